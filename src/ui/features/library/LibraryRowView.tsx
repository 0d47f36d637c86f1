import { memo } from 'react';
import type { LibraryRow } from '#core/library/record.ts';
import { formatClock } from '#core/render/axes.ts';
import { FileName } from '#ui/components/FileName.tsx';
import { Icon, type IconName } from '#ui/components/Icon.tsx';
import { libraryTexts } from '#ui/features/library/texts.ts';
import { useThumbnail } from '#ui/features/library/useThumbnail.ts';
import { useLanguage, useTexts } from '#ui/i18n/LanguageContext.tsx';
import { useLibraryView } from '#ui/WorkbenchContext.tsx';
import styles from './LibraryRowView.module.css';

/** Tags that a row shows; the others are counted. */
const shownTags = 3;

const verdictIcons: Readonly<Record<'accepted' | 'corrected' | 'unsure', IconName>> = {
  accepted: 'check',
  corrected: 'pencil',
  unsure: 'question',
};

export const rowElementId = (id: string): string => `library-row-${id}`;

function Thumbnail({ row }: { readonly row: LibraryRow }) {
  const url = useThumbnail(row.id, row.hasThumbnail);
  return url === null ? (
    <span className={styles['picture']} />
  ) : (
    <img
      className={styles['picture']}
      src={url}
      alt=""
      decoding="async"
      draggable={false}
      data-testid="thumbnail"
    />
  );
}

interface LibraryRowViewProps {
  readonly row: LibraryRow;
  readonly place: number;
  /** Pixels from the top of the list. */
  readonly top: number;
  readonly height: number;
  readonly formatDate: Intl.DateTimeFormat;
  readonly formatMoment: Intl.DateTimeFormat;
}

/** One result. Renders again only when it, its place or its selection changes. */
export const LibraryRowView = memo(function LibraryRowView(props: LibraryRowViewProps) {
  const { row, place, top, height, formatDate, formatMoment } = props;
  const { language, format } = useLanguage();
  const text = useTexts(libraryTexts);
  const index = useLibraryView((state) => state.index);
  const selected = useLibraryView((state) => state.selected.has(row.id));
  const focused = useLibraryView((state) => state.focusedId === row.id);
  const { verdict, tags, note } = row.review;
  const [first, second] = row.top;
  const nameOf = (genre: string): string => row.names[genre]?.[language] ?? genre;
  // A corrected genre may stand outside the row's own five.
  const isExperimental = (genre: string): boolean =>
    row.experimental.includes(genre) || index.experimentalGenres.has(genre);
  const genreText = (genre: string): string => (isExperimental(genre) ? `${nameOf(genre)} *` : nameOf(genre));
  const experimental = [first, second].some((entry) => entry !== undefined && isExperimental(entry.genre));
  const createdMs = Date.parse(row.createdAt);
  const dated = Number.isFinite(createdMs);
  return (
    <div
      role="row"
      id={rowElementId(row.id)}
      aria-rowindex={place + 2}
      aria-selected={selected}
      className={styles['row']}
      style={{ transform: `translateY(${top}px)`, blockSize: height }}
      data-testid="library-row"
      data-place={place}
      data-id={row.id}
      data-name={row.name}
      data-selected={selected}
      data-focused={focused}
      data-genre={first?.genre ?? ''}
      data-probability={first?.probability ?? ''}
      data-verdict={verdict.kind}
      data-tags={tags.join('\n')}
    >
      <div role="gridcell" className={styles['check']} data-toggle="" title={text.toggleNamed(row.name)}>
        <span className={styles['box']}>{selected ? <Icon name="check" /> : null}</span>
      </div>
      <div role="gridcell" className={styles['pictureCell']}>
        <Thumbnail row={row} />
      </div>
      <div role="gridcell" className={styles['name']}>
        <FileName name={row.name} />
        {tags.length === 0 && note === '' ? null : (
          <span className={styles['tags']}>
            {note === '' ? null : (
              <span className={styles['note']} title={note}>
                <Icon name="note" />
                <span className="visually-hidden">{text.note}</span>
              </span>
            )}
            {tags.slice(0, shownTags).map((tag) => (
              <bdi key={tag} className={styles['tag']} title={tag}>
                {tag}
              </bdi>
            ))}
            {tags.length > shownTags ? <span>+{tags.length - shownTags}</span> : null}
          </span>
        )}
      </div>
      <div
        role="gridcell"
        className={styles['genre']}
        title={experimental ? `* ${text.experimentalDetail}` : undefined}
      >
        {first === undefined ? (
          <span className={styles['second']}>{text.noGenre}</span>
        ) : (
          <span className={styles['first']}>
            <span className={styles['genreName']}>{genreText(first.genre)}</span>
            <span className={styles['percent']}>{format.percentExact(first.probability)}</span>
          </span>
        )}
        {second === undefined ? null : (
          <span className={styles['second']}>
            <span className={styles['genreName']}>{genreText(second.genre)}</span>
            <span className={styles['percent']}>{format.percentExact(second.probability)}</span>
          </span>
        )}
      </div>
      <div role="gridcell" className={styles['review']}>
        {verdict.kind === 'none' ? null : (
          <span className={`${styles['verdict']} ${styles[verdict.kind]}`}>
            <Icon name={verdictIcons[verdict.kind]} />
            <span className={styles['verdictWords']}>
              {verdict.kind === 'corrected'
                ? text.correctedTo(genreText(verdict.genre))
                : text.verdicts[verdict.kind]}
            </span>
          </span>
        )}
        {row.ambiguous || row.notMusic ? (
          <span className={styles['marks']}>
            {row.ambiguous ? <span title={text.ambiguousDetail}>{text.marks.ambiguous}</span> : null}
            {row.notMusic ? <span title={text.notMusicDetail}>{text.marks['not-music']}</span> : null}
          </span>
        ) : null}
      </div>
      <div role="gridcell" className={styles['duration']}>
        {formatClock(row.durationSeconds, 1)}
      </div>
      <div
        role="gridcell"
        className={styles['date']}
        title={dated ? formatMoment.format(createdMs) : undefined}
      >
        {dated ? formatDate.format(createdMs) : ''}
      </div>
      <div role="gridcell" className={styles['open']}>
        <button
          type="button"
          className={styles['openButton']}
          tabIndex={-1}
          data-open=""
          aria-label={text.openNamed(row.name)}
          title={text.open}
        >
          <Icon name="wave" />
        </button>
      </div>
    </div>
  );
});
