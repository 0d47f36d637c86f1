import { useMemo } from 'react';
import { noReview, recordIdOf } from '#core/library/record.ts';
import { rowOf } from '#core/library/row.ts';
import { nearestRows } from '#core/library/similarity.ts';
import { nearGenres } from '#core/model/genreAffinity.ts';
import { markedLabel } from '#core/model/labels.ts';
import type { AnalysisReport } from '#core/report/report.ts';
import { openRecord } from '#state/actions/libraryActions.ts';
import { FileName } from '#ui/components/FileName.tsx';
import { Panel } from '#ui/components/Panel.tsx';
import { neighboursTexts } from '#ui/features/neighbours/texts.ts';
import { useLanguage, useTexts } from '#ui/i18n/LanguageContext.tsx';
import { useLibrary, useModel, useWorkbench } from '#ui/WorkbenchContext.tsx';
import styles from './NearGenres.module.css';

/** How many genres, and how many tracks, are named. */
const mostShown = 5;

/** Under the five genres: what else a listener of this may like, and tracks of the library like this one. */
export function NearGenres({ report }: { readonly report: AnalysisReport }) {
  const text = useTexts(neighboursTexts);
  return (
    <Panel title={text.title}>
      <Genres report={report} />
      <h4 className={styles['subtitle']}>{text.likeTitle}</h4>
      <Tracks report={report} />
    </Panel>
  );
}

function Genres({ report }: { readonly report: AnalysisReport }) {
  const text = useTexts(neighboursTexts);
  const { language, format } = useLanguage();
  const manifest = useModel((state) => state.manifest);
  const { labels, sha256 } = report.model;
  // Another model has another geometry: it says nothing about this result.
  const affinity = manifest?.weights.sha256 === sha256 ? manifest.affinity : undefined;
  if (affinity === undefined)
    return (
      <p className={styles['measure']} data-testid="near-genres-unknown">
        {text.otherModel}
      </p>
    );
  const ids = labels.map(({ id }) => id);
  const near = nearGenres(report.track.predictions, ids, affinity).slice(0, mostShown);
  if (near.length === 0) return <p className={styles['measure']}>{text.none}</p>;
  return (
    <>
      <ul className={styles['list']}>
        {near.map(({ genre, score, through }) => (
          <li
            key={genre}
            className={styles['genre']}
            data-testid="near-genre"
            data-genre={genre}
            data-score={score}
          >
            <span className={styles['name']}>{markedLabel(labels, genre, language)}</span>
            <span className={styles['through']}>
              {through === null ? null : text.through(markedLabel(labels, through, language))}
            </span>
            <span className={styles['value']}>{format.decimal(score, 2)}</span>
            <span className={styles['track']} aria-hidden="true">
              <span className={styles['bar']} style={{ inlineSize: `${score * 100}%` }} />
            </span>
          </li>
        ))}
      </ul>
      <p className={styles['measure']}>{text.measure}</p>
    </>
  );
}

function Tracks({ report }: { readonly report: AnalysisReport }) {
  const { bench } = useWorkbench();
  const text = useTexts(neighboursTexts);
  const { language, format } = useLanguage();
  // Reviews change no distance: only what comes and goes does.
  const kept = useLibrary((state) => state.rows.size);
  const near = useMemo(() => {
    if (kept === 0) return [];
    const { rows } = bench.library.getState();
    const id = recordIdOf(report);
    const row = rows.get(id) ?? rowOf({ id, report, review: noReview, thumbnail: null, addedAt: '' });
    return nearestRows(row, rows.values(), mostShown);
  }, [bench, report, kept]);
  if (near.length === 0) return <p className={styles['measure']}>{text.likeNone}</p>;
  return (
    <>
      <ul className={styles['list']}>
        {near.map(({ row, distance }) => {
          const [best] = row.top;
          const name = best === undefined ? undefined : row.names[best.genre]?.[language];
          const mark = best !== undefined && row.experimental.includes(best.genre) ? ' *' : '';
          return (
            <li key={row.id} data-testid="similar-track" data-record-id={row.id} data-distance={distance}>
              <button
                type="button"
                className={styles['similar']}
                title={text.open(row.name)}
                onClick={() => void openRecord.effect(bench, row.id)}
              >
                <span className={styles['name']}>
                  <FileName name={row.name} />
                </span>
                <span className={styles['through']}>
                  {best === undefined ? '' : `${name ?? best.genre}${mark}`}
                </span>
                <span className={styles['value']}>
                  <span className={styles['unseen']}>{text.distance} </span>
                  {format.decimal(distance, 2)}
                </span>
              </button>
            </li>
          );
        })}
      </ul>
      <p className={styles['measure']}>{text.likeMeasure}</p>
    </>
  );
}
