import {
  useCallback,
  useId,
  useMemo,
  useRef,
  useState,
  type KeyboardEvent,
  type PointerEvent,
  type ReactNode,
} from 'react';
import { markedLabel } from '#core/model/labels.ts';
import { formatClock } from '#core/render/axes.ts';
import { leadingGenres, predictionsAt, ribbonOf, settledUntil } from '#core/render/ribbon.ts';
import { ribbonColor } from '#core/render/ribbonPaint.ts';
import { lookAtWindow, pointAt } from '#state/actions/ribbonActions.ts';
import type { Job } from '#state/jobs.ts';
import { useResolvedTheme } from '#ui/components/useResolvedTheme.ts';
import type { TrackView } from '#ui/features/result/trackView.ts';
import { RibbonCanvas } from '#ui/features/ribbon/RibbonCanvas.tsx';
import { RibbonCells } from '#ui/features/ribbon/RibbonCells.tsx';
import { ribbonTexts } from '#ui/features/ribbon/texts.ts';
import { useViewport } from '#ui/features/spectrogram/useViewport.ts';
import { useLanguage, useTexts } from '#ui/i18n/LanguageContext.tsx';
import { useJobs, useView, useWorkbench } from '#ui/WorkbenchContext.tsx';
import styles from './Ribbon.module.css';

interface RibbonProps {
  readonly view: TrackView;
  readonly job: Job;
}

/**
 * The genres over time, on the time axis of the spectrogram under it (`useViewport`). One window is looked at, or the
 * whole track: radio buttons underneath, so the arrow keys work as everywhere.
 */
export function Ribbon({ view, job }: RibbonProps) {
  const { bench } = useWorkbench();
  const { language } = useLanguage();
  const text = useTexts(ribbonTexts);
  const theme = useResolvedTheme();
  const axis = useViewport();
  const selected = useJobs((state) => state.selectedWindow);
  const group = useId();
  const hint = useId();
  const trackButton = useRef<HTMLInputElement>(null);
  const { windows, windowsTotal, track, labels, report } = view;

  // Without a picture there is no axis to share: the ribbon then shows the whole track.
  const whole = report?.file.durationSeconds ?? windows.at(-1)?.endSeconds ?? 0;
  const durationSeconds = axis.durationSeconds > 0 ? axis.durationSeconds : whole;
  const startSeconds = axis.durationSeconds > 0 ? axis.startSeconds : 0;
  const endSeconds = axis.durationSeconds > 0 ? axis.endSeconds : whole;
  const span = endSeconds - startSeconds;

  // While windows arrive a genre keeps its colour; the finished track has them in their order.
  const [leading, setLeading] = useState<readonly string[]>([]);
  const next = useMemo(
    () => leadingGenres(track?.predictions ?? [], report === null ? leading : []),
    [track, report, leading],
  );
  if (next.join('\n') !== leading.join('\n')) setLeading(next);
  const ribbon = useMemo(
    () => ribbonOf(windows, leading, settledUntil(windows, windowsTotal)),
    [windows, windowsTotal, leading],
  );
  const nameOf = useCallback((genre: string) => markedLabel(labels, genre, language), [labels, language]);

  const framed = selected === null ? undefined : windows.find((window) => window.index === selected);
  const selectable = windows.length > 0 && span > 0;

  const back = useCallback(
    (event: KeyboardEvent): void => {
      if (event.key !== 'Escape' || bench.jobs.getState().selectedWindow === null) return;
      // The page's own Escape has another meaning.
      event.preventDefault();
      event.stopPropagation();
      lookAtWindow.effect(bench, null);
      trackButton.current?.focus();
    },
    [bench],
  );

  return (
    <fieldset
      className={styles['strip']}
      disabled={!selectable}
      data-testid="ribbon"
      data-leading={leading.join(' ')}
      data-job={job.id}
      aria-describedby={hint}
    >
      <legend className="visually-hidden">{text.title}</legend>
      <p id={hint} className="visually-hidden">
        {text.hint}
      </p>
      <label className={styles['track']} title={text.track} data-testid="whole-track">
        <input
          ref={trackButton}
          type="radio"
          name={group}
          className="visually-hidden"
          aria-label={text.track}
          checked={selected === null}
          onKeyDown={back}
          onChange={() => lookAtWindow.effect(bench, null)}
        />
        <span aria-hidden="true">{text.all}</span>
      </label>
      <div className={styles['ribbon']}>
        {selectable ? (
          <>
            <RibbonCanvas
              ribbon={ribbon}
              startSeconds={startSeconds}
              endSeconds={endSeconds}
              theme={theme}
              nameOf={nameOf}
            />
            <Pointed
              view={view}
              leading={leading}
              theme={theme}
              startSeconds={startSeconds}
              span={span}
              nameOf={nameOf}
            >
              <div
                className={styles['whole']}
                style={{
                  left: `${(-startSeconds / span) * 100}%`,
                  width: `${(durationSeconds / span) * 100}%`,
                }}
              >
                <RibbonCells
                  windows={windows}
                  selected={selected}
                  group={group}
                  durationSeconds={durationSeconds}
                  nameOf={nameOf}
                  onKeyDown={back}
                />
                {framed === undefined ? null : (
                  <div
                    className={styles['frame']}
                    style={{
                      left: `${(framed.startSeconds / durationSeconds) * 100}%`,
                      width: `${((framed.endSeconds - framed.startSeconds) / durationSeconds) * 100}%`,
                    }}
                  />
                )}
              </div>
            </Pointed>
          </>
        ) : (
          <p className={styles['pending']}>{text.pending}</p>
        )}
      </div>
    </fieldset>
  );
}

interface PointedProps {
  readonly view: TrackView;
  readonly leading: readonly string[];
  readonly theme: 'light' | 'dark';
  readonly startSeconds: number;
  readonly span: number;
  readonly nameOf: (genre: string) => string;
  readonly children: ReactNode;
}

/** Follows the pointer: a line at its moment, also where it is over another picture, and what is heard there. */
function Pointed({ view, leading, theme, startSeconds, span, nameOf, children }: PointedProps) {
  const { bench } = useWorkbench();
  const cursor = useView((state) => state.cursor);
  const [over, setOver] = useState(false);
  const seconds = cursor?.seconds ?? null;
  const place = seconds === null ? -1 : (seconds - startSeconds) / span;

  const follow = (event: PointerEvent<HTMLDivElement>): void => {
    const { left, width } = event.currentTarget.getBoundingClientRect();
    if (width === 0) return;
    setOver(true);
    pointAt.effect(bench, startSeconds + ((event.clientX - left) / width) * span);
  };
  const leave = (): void => {
    setOver(false);
    pointAt.effect(bench, null);
  };

  return (
    <div className={styles['pointed']} onPointerMove={follow} onPointerLeave={leave}>
      <div className={styles['clip']}>
        {children}
        {place >= 0 && place <= 1 ? (
          <div className={styles['cursor']} style={{ left: `${place * 100}%` }} data-testid="ribbon-cursor" />
        ) : null}
      </div>
      {over && seconds !== null && place >= 0 && place <= 1 ? (
        <Heard view={view} leading={leading} theme={theme} seconds={seconds} place={place} nameOf={nameOf} />
      ) : null}
    </div>
  );
}

interface HeardProps {
  readonly view: TrackView;
  readonly leading: readonly string[];
  readonly theme: 'light' | 'dark';
  readonly seconds: number;
  /** 0..1 from left to right. */
  readonly place: number;
  readonly nameOf: (genre: string) => string;
}

/** The time and the five most likely genres at a moment. The radio buttons say the same of each window. */
function Heard({ view, leading, theme, seconds, place, nameOf }: HeardProps) {
  const { format } = useLanguage();
  const text = useTexts(ribbonTexts);
  const predictions = predictionsAt(view.windows, seconds).slice(0, 5);
  return (
    <div
      className={styles['heard']}
      style={place < 0.5 ? { left: `${place * 100}%` } : { right: `${(1 - place) * 100}%` }}
      aria-hidden="true"
      data-testid="ribbon-heard"
      data-seconds={seconds}
    >
      <strong>{formatClock(seconds, 0.1)}</strong>
      {predictions.length === 0 ? <span>{text.silent}</span> : null}
      {predictions.map(({ genre, probability }) => {
        const at = leading.indexOf(genre);
        return (
          <span
            key={genre}
            className={styles['row']}
            data-testid="ribbon-heard-genre"
            data-genre={genre}
            data-probability={probability}
          >
            <i style={{ background: ribbonColor(at, at < 0, theme) }} />
            <span>{nameOf(genre)}</span>
            <span>{format.percentShort(probability)}</span>
          </span>
        );
      })}
    </div>
  );
}
