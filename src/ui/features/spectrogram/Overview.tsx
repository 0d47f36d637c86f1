import { useCallback, useRef, type KeyboardEvent, type PointerEvent } from 'react';
import { formatClock } from '#core/render/axes.ts';
import type { WaveformOverview } from '#core/render/waveformOverview.ts';
import { seenOf, setViewport } from '#state/actions/viewActions.ts';
import type { Viewport } from '#state/view.ts';
import type { PictureExtent } from '#state/viewport.ts';
import { useResolvedTheme } from '#ui/components/useResolvedTheme.ts';
import { Playhead } from '#ui/features/player/Playhead.tsx';
import { spectrogramTexts } from '#ui/features/spectrogram/texts.ts';
import { usePaintedCanvas } from '#ui/features/spectrogram/usePaintedCanvas.ts';
import { useViewport } from '#ui/features/spectrogram/useViewport.ts';
import { useTexts } from '#ui/i18n/LanguageContext.tsx';
import { useWorkbench } from '#ui/WorkbenchContext.tsx';
import styles from './Overview.module.css';

interface OverviewProps {
  readonly waveform: WaveformOverview;
  readonly extent: PictureExtent;
  /** Length of the sound, which may end a fraction of a frame before the axis. */
  readonly soundSeconds: number;
}

/** Pixels at each end of the handle that change its length. */
const grip = 8;

interface Drag {
  readonly part: 'whole' | 'start' | 'end';
  readonly fromSeconds: number;
  readonly viewport: Viewport;
}

const neverChanges = (): (() => void) => () => undefined;

/** The whole track's waveform, and over it a handle for the part that the spectrogram shows. */
export function Overview({ waveform, extent, soundSeconds }: OverviewProps) {
  const { bench } = useWorkbench();
  const text = useTexts(spectrogramTexts);
  const theme = useResolvedTheme();
  const { startSeconds, endSeconds } = useViewport();
  const strip = useRef<HTMLDivElement>(null);
  const drag = useRef<Drag | null>(null);
  const { durationSeconds } = extent;

  const paint = useCallback(
    (canvas: HTMLCanvasElement): boolean => {
      paintWaveform(canvas, waveform, soundSeconds / durationSeconds, theme);
      return true;
    },
    [waveform, soundSeconds, durationSeconds, theme],
  );
  const canvas = usePaintedCanvas(paint, neverChanges);

  const secondsOf = (event: PointerEvent): number => {
    const { left, width } = strip.current!.getBoundingClientRect();
    return width > 0 ? ((event.clientX - left) / width) * durationSeconds : 0;
  };
  const moveTo = (start: number, length: number): void => {
    const seen = seenOf(bench);
    if (seen === null) return;
    setViewport.effect(bench, { ...seen.viewport, startSeconds: start, endSeconds: start + length });
  };

  const onPointerDown = (event: PointerEvent<HTMLDivElement>): void => {
    const seen = seenOf(bench);
    if (seen === null || event.button !== 0) return;
    const { width } = event.currentTarget.getBoundingClientRect();
    const at = secondsOf(event);
    const reach = (grip / Math.max(1, width)) * durationSeconds;
    const { viewport } = seen;
    const length = viewport.endSeconds - viewport.startSeconds;
    event.currentTarget.setPointerCapture(event.pointerId);
    const part =
      Math.abs(at - viewport.startSeconds) <= reach && length > 3 * reach
        ? 'start'
        : Math.abs(at - viewport.endSeconds) <= reach && length > 3 * reach
          ? 'end'
          : 'whole';
    let from = viewport;
    if (part === 'whole' && (at < viewport.startSeconds - reach || at > viewport.endSeconds + reach)) {
      moveTo(at - length / 2, length);
      from = seenOf(bench)?.viewport ?? viewport;
    }
    drag.current = { part, fromSeconds: at, viewport: from };
  };
  const onPointerMove = (event: PointerEvent<HTMLDivElement>): void => {
    const now = drag.current;
    if (now === null) return;
    const by = secondsOf(event) - now.fromSeconds;
    const { startSeconds: start, endSeconds: end } = now.viewport;
    const shortest = 12 * extent.secondsPerFrame;
    if (now.part === 'whole') moveTo(start + by, end - start);
    else if (now.part === 'start') {
      const next = Math.max(0, Math.min(end - shortest, start + by));
      moveTo(next, end - next);
    } else moveTo(start, Math.max(shortest, Math.min(durationSeconds, end + by) - start));
  };

  const onKeyDown = (event: KeyboardEvent): void => {
    const length = endSeconds - startSeconds;
    const to: Readonly<Record<string, number>> = {
      ArrowLeft: startSeconds - length / 10,
      ArrowDown: startSeconds - length / 10,
      ArrowRight: startSeconds + length / 10,
      ArrowUp: startSeconds + length / 10,
      PageUp: startSeconds - length,
      PageDown: startSeconds + length,
      Home: 0,
      End: durationSeconds - length,
    };
    const start = to[event.key];
    if (start === undefined || event.shiftKey || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    event.stopPropagation();
    moveTo(start, length);
  };

  const share = (seconds: number): string => `${(seconds / durationSeconds) * 100}%`;
  return (
    <div
      ref={strip}
      className={styles['strip']}
      data-testid="overview"
      onPointerDown={onPointerDown}
      onPointerMove={onPointerMove}
      onPointerUp={() => (drag.current = null)}
      onPointerCancel={() => (drag.current = null)}
    >
      <canvas ref={canvas} className={styles['canvas']} aria-hidden="true" />
      <div className={styles['outside']} style={{ left: 0, width: share(startSeconds) }} />
      <div className={styles['outside']} style={{ left: share(endSeconds), right: 0 }} />
      <div
        className={styles['handle']}
        style={{ left: share(startSeconds), width: share(endSeconds - startSeconds) }}
        // An input of type range has no length: its thumb could not show how much is seen.
        // oxlint-disable-next-line jsx-a11y/prefer-tag-over-role
        role="slider"
        tabIndex={0}
        aria-label={text.overview}
        aria-valuemin={0}
        aria-valuemax={Math.max(0, Math.round((durationSeconds - (endSeconds - startSeconds)) * 1000) / 1000)}
        aria-valuenow={Math.round(startSeconds * 1000) / 1000}
        aria-valuetext={text.overviewValue(
          formatClock(startSeconds, 0.1),
          formatClock(endSeconds, 0.1),
          formatClock(durationSeconds, 0.1),
        )}
        data-testid="overview-handle"
        data-start={startSeconds}
        data-end={endSeconds}
        onKeyDown={onKeyDown}
      />
      <Playhead whole />
    </div>
  );
}

/** Peaks of each pixel, scaled to the track's own peak so that a quiet recording is seen too. */
function paintWaveform(
  canvas: HTMLCanvasElement,
  { columns, lows, highs }: WaveformOverview,
  soundShare: number,
  theme: 'light' | 'dark',
): void {
  const context = canvas.getContext('2d');
  if (context === null) return;
  const { width, height } = canvas;
  context.clearRect(0, 0, width, height);
  if (columns === 0) return;
  let peak = 1;
  for (let column = 0; column < columns; column += 1) peak = Math.max(peak, highs[column]!, -lows[column]!);
  const middle = height / 2;
  const scale = (height / 2 - 1) / peak;
  context.fillStyle = theme === 'dark' ? '#8f9bb0' : '#6b7789';
  const used = width * soundShare;
  for (let x = 0; x < used; x += 1) {
    const from = Math.floor((x / used) * columns);
    const to = Math.max(from + 1, Math.floor(((x + 1) / used) * columns));
    let low = 127;
    let high = -127;
    for (let column = from; column < to && column < columns; column += 1) {
      if (lows[column]! < low) low = lows[column]!;
      if (highs[column]! > high) high = highs[column]!;
    }
    const top = middle - high * scale;
    context.fillRect(x, top, 1, Math.max(1, middle - low * scale - top));
  }
}
