import { lazy, Suspense, useId, useRef, useState } from 'react';
import { formatClock } from '#core/render/axes.ts';
import type { Prediction, TrackResult, WindowResult } from '#core/report/report.ts';
import { Button } from '#ui/components/Button.tsx';
import { Panel } from '#ui/components/Panel.tsx';
import { useElementSize } from '#ui/components/useElementSize.ts';
import { rowHeight } from '#ui/features/predictions/layout.ts';
import type { BarRow } from '#ui/features/predictions/PredictionBars.tsx';
import { PredictionTable } from '#ui/features/predictions/PredictionTable.tsx';
import type { TrackView } from '#ui/features/result/trackView.ts';
import { JudgementNotes } from '#ui/features/review/JudgementNotes.tsx';
import { useLanguage } from '#ui/i18n/LanguageContext.tsx';
import { useJobs } from '#ui/WorkbenchContext.tsx';
import styles from './PredictionsPanel.module.css';

/** The chart library is larger than the rest of the page: it comes when the first result does. */
export const loadBars = () => import('#ui/features/predictions/PredictionBars.tsx');
const PredictionBars = lazy(loadBars);

const shownBars = 5;
/** What the numbers refer to: one window or the track, and how far the analysis is. */
function useScope(view: TrackView): { predictions: readonly Prediction[]; note: string; silent: boolean } {
  const { text } = useLanguage();
  const selectedWindow = useJobs((state) => state.selectedWindow);
  if (selectedWindow !== null) {
    const window = view.windows.find((candidate) => candidate.index === selectedWindow);
    return {
      predictions: window?.predictions ?? [],
      note:
        window === undefined
          ? text.windows.name(selectedWindow + 1)
          : `${text.windows.name(selectedWindow + 1)} · ${text.windows.span(formatClock(window.startSeconds, 0.1), formatClock(window.endSeconds, 0.1))}`,
      silent: window?.silent === true,
    };
  }
  if (view.track === null) return { predictions: [], note: '', silent: false };
  const heard = view.windows.filter((window) => !window.silent).length;
  const note =
    view.report === null
      ? text.predictions.partial(view.windows.length, view.windowsTotal ?? view.windows.length)
      : heard > 1
        ? `${text.predictions.forTrack(heard)} · ${text.predictions.agreement(Math.round(view.track.agreement * heard), heard)}`
        : text.predictions.forTrack(heard);
  return { predictions: view.track.predictions, note, silent: false };
}

/** What is judged: the window that is looked at, or the finished track. */
function useJudged(
  view: TrackView,
): { track: TrackResult; windows: readonly WindowResult[]; window: WindowResult | null } | null {
  const selectedWindow = useJobs((state) => state.selectedWindow);
  const { track, windows, report } = view;
  if (track === null) return null;
  if (selectedWindow === null) return report === null ? null : { track, windows, window: null };
  const window = windows.find((candidate) => candidate.index === selectedWindow);
  return window === undefined ? null : { track, windows, window };
}

interface PredictionsPanelProps {
  readonly view: TrackView;
  /** Said in the place of the bars while there are none. */
  readonly placeholder: string;
}

export function PredictionsPanel({ view, placeholder }: PredictionsPanelProps) {
  const { text, language, format } = useLanguage();
  const { predictions, note, silent } = useScope(view);
  const [all, setAll] = useState(false);
  const area = useRef<HTMLDivElement>(null);
  const { width } = useElementSize(area);
  const tableId = useId();

  const rows: readonly BarRow[] = predictions.map(({ genre, probability }) => {
    const label = view.labels.find((candidate) => candidate.id === genre);
    return {
      genre,
      label: label?.[language] ?? genre,
      experimental: label?.experimental ?? false,
      probability,
      short: format.percentShort(probability),
      exact: format.percentExact(probability),
    };
  });
  const shown = rows.slice(0, shownBars);
  const judged = useJudged(view);
  const marked = (all ? rows : shown).some((row) => row.experimental);

  return (
    <Panel
      title={text.predictions.title}
      note={<span data-testid="predictions-scope">{note}</span>}
      tools={
        rows.length === 0 ? undefined : (
          <Button
            kind="quiet"
            label={all ? text.predictions.showFive : text.predictions.showAll}
            expanded={all}
            controls={tableId}
            onPress={() => setAll(!all)}
          />
        )
      }
    >
      <div ref={area} className={styles['area']} style={{ minHeight: shownBars * rowHeight }}>
        {shown.length === 0 ? (
          <div className={styles['empty']}>
            <Skeleton />
            <p className={styles['placeholder']}>{silent ? text.predictions.silentWindow : placeholder}</p>
          </div>
        ) : (
          <Suspense fallback={<Skeleton />}>
            {width > 0 ? (
              <PredictionBars rows={shown} width={width} describedBy={text.predictions.chart(shown.length)} />
            ) : null}
          </Suspense>
        )}
      </div>
      {rows.length === 0 ? null : (
        <div id={tableId} className={all ? styles['table'] : 'visually-hidden'}>
          <PredictionTable rows={rows} caption={`${text.predictions.title}: ${note}`} />
        </div>
      )}
      {judged === null ? null : <JudgementNotes {...judged} labels={view.labels} />}
      {marked ? <p className={styles['footnote']}>{text.predictions.experimentalDetail}</p> : null}
    </Panel>
  );
}

/** The bars' places before the bars. */
function Skeleton() {
  return (
    <div className={styles['skeleton']} aria-hidden="true">
      {[62, 44, 30, 22, 16].map((length) => (
        <div key={length} className={styles['line']} style={{ height: rowHeight }}>
          <span className={styles['name']} />
          <span className={styles['track']}>
            <span style={{ inlineSize: `${length}%` }} />
          </span>
        </div>
      ))}
    </div>
  );
}
