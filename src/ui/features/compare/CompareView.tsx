import { useState } from 'react';
import { recordIdOf } from '#core/library/record.ts';
import { markedLabel } from '#core/model/labels.ts';
import { formatClock } from '#core/render/axes.ts';
import { compareReports } from '#core/report/compareReports.ts';
import type { AnalysisReport } from '#core/report/report.ts';
import {
  chooseSide,
  comparableJobs,
  compare,
  compareUnderModel,
  swapSides,
} from '#state/actions/compareActions.ts';
import type { CompareSide } from '#state/compare.ts';
import { Button } from '#ui/components/Button.tsx';
import { FileName } from '#ui/components/FileName.tsx';
import { Panel } from '#ui/components/Panel.tsx';
import { CommandButton } from '#ui/features/commands/CommandButton.tsx';
import { ComparePicture } from '#ui/features/compare/ComparePicture.tsx';
import { compareTexts } from '#ui/features/compare/texts.ts';
import { useCompared, type Compared } from '#ui/features/compare/useCompared.ts';
import { descriptorsTexts } from '#ui/features/descriptors/texts.ts';
import { useLanguage, useTexts } from '#ui/i18n/LanguageContext.tsx';
import { useCompare, useJobs, useModel, useWorkbench } from '#ui/WorkbenchContext.tsx';
import styles from './CompareView.module.css';

/** Rows of the table of genres before "all" is asked for. */
const shownGenres = 8;

/** Two results side by side: two files, or one file under two models. */
export function CompareView() {
  const { bench } = useWorkbench();
  const text = useTexts(compareTexts);
  const sides = useCompare((state) => state);
  const left = useCompared(sides.left);
  const right = useCompared(sides.right);
  const ready = [left, right].filter((side) => side.kind === 'ready');
  const spanSeconds = ready.reduce((most, { report }) => Math.max(most, report.file.durationSeconds), 0);

  return (
    <article className={styles['view']} aria-label={text.title} data-testid="compare">
      <header className={styles['header']}>
        <h2>{text.title}</h2>
        <div className={styles['tools']}>
          <Button icon="retry" label={text.swap} onPress={() => swapSides.effect(bench)} />
          <CommandButton command={compare} label={text.back} kind="primary" />
        </div>
      </header>
      <div className={styles['sides']}>
        <Side side="left" choice={sides.left} compared={left} spanSeconds={spanSeconds} />
        <Side side="right" choice={sides.right} compared={right} spanSeconds={spanSeconds} />
      </div>
      {left.kind === 'ready' && right.kind === 'ready' ? (
        <Differences left={left.report} right={right.report} />
      ) : (
        <p className={styles['hint']}>{text.nothing}</p>
      )}
    </article>
  );
}

interface SideProps {
  readonly side: 'left' | 'right';
  readonly choice: CompareSide;
  readonly compared: Compared;
  readonly spanSeconds: number;
}

function Side({ side, choice, compared, spanSeconds }: SideProps) {
  const { bench } = useWorkbench();
  const { language, format } = useLanguage();
  const text = useTexts(compareTexts);
  const available = useModel((state) => state.available);
  // The list of files is what the choices are made of.
  const jobs = useJobs((state) => state.jobs);
  const done = comparableJobs(bench);
  const jobId =
    compared.kind === 'ready' ? (compared.job?.id ?? null) : choice.kind === 'job' ? choice.id : null;
  const report = compared.kind === 'ready' ? compared.report : null;
  const best = report?.track.predictions[0];
  const others =
    report === null || jobId === null || !bench.files.has(jobId)
      ? []
      : available.filter((model) => model !== report.model.id);

  return (
    <section
      className={styles['side']}
      aria-label={text[side]}
      data-testid={`compare-${side}`}
      data-kind={compared.kind}
    >
      <label className={styles['choice']}>
        <span className="visually-hidden">{text[side]}</span>
        <select
          value={jobId ?? ''}
          data-testid={`compare-choose-${side}`}
          onChange={(event) => {
            const { value } = event.currentTarget;
            if (value !== '') chooseSide.effect(bench, side, { kind: 'job', id: value });
          }}
        >
          {jobId !== null && done.includes(jobId) ? null : (
            <option value={jobId ?? ''}>{report?.file.name ?? text.choose}</option>
          )}
          {done.map((id) => {
            const job = jobs[id];
            return job?.phase.kind === 'done' ? (
              <option key={id} value={id}>
                {job.name} · {job.phase.report.model.id}
              </option>
            ) : null;
          })}
        </select>
      </label>
      {compared.kind === 'pending' ? <p className={styles['hint']}>{text.pending}</p> : null}
      {compared.kind === 'gone' ? <p className={styles['hint']}>{text.gone}</p> : null}
      {report === null || compared.kind !== 'ready' ? null : (
        <>
          <p
            className={styles['facts']}
            data-testid={`compare-facts-${side}`}
            data-record={recordIdOf(report)}
            data-model={report.model.id}
          >
            <FileName name={report.file.name} />
            <span>
              {[
                formatClock(report.file.durationSeconds, 0.1),
                report.model.id,
                best === undefined
                  ? ''
                  : `${markedLabel(report.model.labels, best.genre, language)} ${format.percentExact(best.probability)}`,
              ].join('  ·  ')}
            </span>
          </p>
          <ComparePicture
            report={report}
            prepared={compared.prepared}
            spanSeconds={spanSeconds}
            side={side}
          />
          {others.length === 0 || jobId === null ? null : (
            <div className={styles['models']}>
              {others.map((model) => (
                <Button
                  key={model}
                  kind="quiet"
                  icon="columns"
                  label={text.underModel(model)}
                  onPress={() => compareUnderModel.effect(bench, jobId, model)}
                />
              ))}
            </div>
          )}
        </>
      )}
    </section>
  );
}

function Differences({ left, right }: { readonly left: AnalysisReport; readonly right: AnalysisReport }) {
  const { text: page, language, format } = useLanguage();
  const text = useTexts(compareTexts);
  const words = useTexts(descriptorsTexts);
  const [all, setAll] = useState(false);
  const found = compareReports(left, right);
  const labels = [...left.model.labels, ...right.model.labels];
  const percent = (value: number | null): string =>
    value === null ? text.notKnown : format.percentExact(value);
  const signed = (value: number, digits: number): string =>
    `${value > 0 ? '+' : value < 0 ? '−' : '±'}${format.decimal(Math.abs(value), digits)}`;
  const rows = all ? found.genres : found.genres.slice(0, shownGenres);
  const summary = [
    `${found.sameAudio ? text.sameAudio : text.otherAudio}, ${found.sameModel ? text.sameModel : text.otherModel}.`,
    found.sameFirst ? text.agree : text.disagree,
    text.distance(format.decimal(found.distance * 100, 1)),
  ];

  return (
    <div className={styles['tables']}>
      <Panel
        title={text.genres}
        note={
          <span data-testid="compare-summary" data-distance={found.distance}>
            {summary.join(' ')}
          </span>
        }
        tools={
          found.genres.length > shownGenres ? (
            <Button
              kind="quiet"
              label={all ? page.predictions.showFive : page.predictions.showAll}
              expanded={all}
              onPress={() => setAll(!all)}
            />
          ) : undefined
        }
      >
        <table className={styles['table']}>
          <thead>
            <tr>
              <th scope="col">{text.genre}</th>
              <th scope="col">{text.left}</th>
              <th scope="col">{text.right}</th>
              <th scope="col">{text.difference}</th>
            </tr>
          </thead>
          <tbody>
            {rows.map((row) => (
              <tr
                key={row.genre}
                data-testid="compare-genre"
                data-genre={row.genre}
                data-left={row.left ?? ''}
                data-right={row.right ?? ''}
                data-difference={row.difference ?? ''}
              >
                <th scope="row">{markedLabel(labels, row.genre, language)}</th>
                <td>{percent(row.left)}</td>
                <td>{percent(row.right)}</td>
                <td>
                  {row.difference === null ? text.notKnown : text.points(signed(row.difference * 100, 2))}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </Panel>
      <Panel title={text.descriptors}>
        <table className={styles['table']}>
          <thead>
            <tr>
              <th scope="col">{text.name}</th>
              <th scope="col">{text.left}</th>
              <th scope="col">{text.right}</th>
              <th scope="col">{text.difference}</th>
            </tr>
          </thead>
          <tbody>
            <tr>
              <th scope="row">{text.duration}</th>
              <td>{formatClock(left.file.durationSeconds, 0.1)}</td>
              <td>{formatClock(right.file.durationSeconds, 0.1)}</td>
              <td>{signed(right.file.durationSeconds - left.file.durationSeconds, 1)} s</td>
            </tr>
            <tr>
              <th scope="row">{text.agreement}</th>
              <td>{format.percentShort(left.track.agreement)}</td>
              <td>{format.percentShort(right.track.agreement)}</td>
              <td>{text.points(signed((right.track.agreement - left.track.agreement) * 100, 0))}</td>
            </tr>
            {found.descriptors.map((row) => (
              <tr key={row.name} data-testid="compare-descriptor" data-name={row.name}>
                <th scope="row">{words.names[row.name]}</th>
                <td>{row.left === null ? text.notKnown : format.decimal(row.left, 2)}</td>
                <td>{row.right === null ? text.notKnown : format.decimal(row.right, 2)}</td>
                <td>{row.difference === null ? text.notKnown : signed(row.difference, 2)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </Panel>
    </div>
  );
}
