import { useId, type CSSProperties } from 'react';
import { markedLabel } from '#core/model/labels.ts';
import { formatClock } from '#core/render/axes.ts';
import type { WindowResult } from '#core/report/report.ts';
import { selectWindow } from '#state/actions/jobActions.ts';
import type { TrackView } from '#ui/features/result/trackView.ts';
import { useLanguage } from '#ui/i18n/LanguageContext.tsx';
import { useJobs, useWorkbench } from '#ui/WorkbenchContext.tsx';
import styles from './WindowStrip.module.css';

interface WindowStripProps {
  readonly view: TrackView;
  /** Length of the time axis above, seconds. */
  readonly span: number;
}

/** Where a window's cell ends: windows overlap, so each gets the stretch up to the start of the next. */
function cellEnd(windows: readonly WindowResult[], at: number, span: number, total: number | null): number {
  const next = windows[at + 1];
  if (next !== undefined) return next.startSeconds;
  const window = windows[at];
  if (window === undefined) return span;
  if (total === null || at === total - 1) return span;
  const before = windows[at - 1];
  const hop =
    before === undefined
      ? (window.endSeconds - window.startSeconds) / 2
      : window.startSeconds - before.startSeconds;
  return Math.min(span, window.startSeconds + hop);
}

/**
 * The windows under their stretch of the picture. One is looked at, or the whole track. Radio buttons underneath, so the
 * arrow keys work as everywhere.
 */
export function WindowStrip({ view, span }: WindowStripProps) {
  const { bench } = useWorkbench();
  const { text, language, format } = useLanguage();
  const selected = useJobs((state) => state.selectedWindow);
  const group = useId();
  const { windows, windowsTotal } = view;
  const labelOf = (genre: string): string => markedLabel(view.labels, genre, language);
  const selectable = windows.length > 0;

  return (
    <fieldset className={styles['strip']} disabled={!selectable}>
      <legend className="visually-hidden">{text.windows.title}</legend>
      <label className={styles['track']} title={text.windows.track} data-testid="whole-track">
        <input
          type="radio"
          name={group}
          className="visually-hidden"
          aria-label={text.windows.track}
          checked={selected === null}
          onChange={() => selectWindow.effect(bench, null)}
        />
        <span aria-hidden="true">{text.windows.all}</span>
      </label>
      <div className={styles['cells']}>
        {windows.map((window, at) => {
          const best = window.predictions[0];
          const start = formatClock(window.startSeconds, 0.1);
          const end = formatClock(window.endSeconds, 0.1);
          const content =
            window.silent || best === undefined
              ? text.windows.silent
              : `${labelOf(best.genre)} ${format.percentShort(best.probability)}`;
          const left = span > 0 ? window.startSeconds / span : 0;
          const right = span > 0 ? cellEnd(windows, at, span, windowsTotal) / span : 1;
          const name = `${text.windows.name(window.index + 1)}, ${text.windows.span(start, end)}: ${content}`;
          return (
            <label
              key={window.index}
              title={name}
              className={`${styles['cell']} ${window.silent ? styles['silent'] : ''}`}
              style={
                {
                  left: `${left * 100}%`,
                  width: `calc(${Math.max(0, right - left) * 100}% - 2px)`,
                  '--amount': best?.probability ?? 0,
                } as CSSProperties
              }
              data-testid="window"
              data-index={window.index}
            >
              <input
                type="radio"
                name={group}
                className="visually-hidden"
                aria-label={name}
                checked={selected === window.index}
                onChange={() => selectWindow.effect(bench, window.index)}
              />
              <span className={styles['amount']} />
              <span className={styles['label']} aria-hidden="true">
                {window.silent ? '—' : labelOf(best?.genre ?? '')}
              </span>
            </label>
          );
        })}
        {selectable ? null : <p className={styles['pending']}>{text.windows.pending}</p>}
      </div>
    </fieldset>
  );
}
