import { useMemo } from 'react';
import { timeTicksIn, type AxisTick } from '#core/render/axes.ts';
import { frequencyTicksIn, octaveTicksIn } from '#core/render/melAxis.ts';
import type { FrontEnd } from '#core/model/manifest.ts';
import { useViewport } from '#ui/features/spectrogram/useViewport.ts';
import { useSettings, useView } from '#ui/WorkbenchContext.tsx';
import styles from './Axes.module.css';

/** CSS pixels that two labels keep between them. */
const labelHeight = 15;
const labelWidth = 76;

interface FrequencyAxisProps {
  readonly frontEnd: FrontEnd;
  /** Of the picture beside it, CSS pixels. */
  readonly height: number;
}

/** Hertz, or the octaves of C, at their true places on the mel scale. */
export function FrequencyAxis({ frontEnd, height }: FrequencyAxisProps) {
  const viewport = useView((state) => state.viewport);
  const notes = useSettings((state) => state.octaveNotes);
  const low = viewport?.lowBand ?? 0;
  const high = viewport?.highBand ?? frontEnd.nMels;
  const gap = height > 0 ? labelHeight / height : 1;
  const hertz = useMemo(
    () => withoutCrowdedEdges(frequencyTicksIn(frontEnd, low, high, gap), height),
    [frontEnd, low, high, gap, height],
  );
  const octaves = useMemo(
    // Their labels have a ground of their own, and are higher for it.
    () => (notes ? octaveTicksIn(frontEnd, low, high, 1.4 * gap) : []),
    [notes, frontEnd, low, high, gap],
  );
  return (
    <div className={styles['frequencies']} aria-hidden="true">
      {hertz.map((tick) => (
        <span
          key={tick.value}
          className={styles['hertz']}
          style={{ bottom: `${tick.position * 100}%` }}
          data-edge={edgeOf(tick.position, height)}
          data-testid="frequency-tick"
          data-hertz={tick.value}
        >
          {tick.label}
        </span>
      ))}
      {octaves.map((tick) => (
        <span
          key={tick.label}
          className={styles['note']}
          style={{ bottom: `${tick.position * 100}%` }}
          data-edge={edgeOf(tick.position, height)}
          data-testid="note-tick"
          data-hertz={tick.value}
        >
          {tick.label}
        </span>
      ))}
    </div>
  );
}

/** Labels at the ends stand inside. */
const edgeOf = (position: number, height: number): 'top' | 'bottom' | undefined =>
  (1 - position) * height < 7 ? 'top' : position * height < 7 ? 'bottom' : undefined;

/** A label at an edge is moved inside by half a line, towards its neighbour, which may have no room left. */
function withoutCrowdedEdges(ticks: readonly AxisTick[], height: number): readonly AxisTick[] {
  const crowds = (edge: AxisTick | undefined, tick: AxisTick): boolean =>
    edge !== undefined &&
    edgeOf(edge.position, height) !== undefined &&
    edgeOf(tick.position, height) === undefined &&
    Math.abs(edge.position - tick.position) * height < labelHeight + 6;
  return ticks.filter((tick, at) => !crowds(ticks[at - 1], tick) && !crowds(ticks[at + 1], tick));
}

/** Seconds under the picture, at round steps; `width` in CSS pixels. */
export function TimeAxis({ width }: { readonly width: number }) {
  const { startSeconds, endSeconds } = useViewport();
  const ticks =
    endSeconds > startSeconds
      ? timeTicksIn(startSeconds, endSeconds, Math.max(2, Math.floor(width / labelWidth)))
      : [];
  return (
    <div className={styles['times']} aria-hidden="true" data-start={startSeconds} data-end={endSeconds}>
      {ticks.map((tick) => (
        <span
          key={tick.value}
          style={{ left: `${tick.position * 100}%` }}
          data-edge={
            tick.position * width < 20 ? 'start' : (1 - tick.position) * width < 20 ? 'end' : undefined
          }
          data-testid="time-tick"
        >
          {tick.label}
        </span>
      ))}
    </div>
  );
}
