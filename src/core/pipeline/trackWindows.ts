import { isSilentWindow, windowOf, windowStarts } from '#core/audio/windows.ts';
import type { LogMelSpectrogram } from '#core/dsp/spectrogram.ts';
import type { FrontEnd } from '#core/model/manifest.ts';

/** A window that is to be read, or that is known to be silent. */
export interface TrackWindow {
  readonly startFrame: number;
  readonly silent: boolean;
  /** Decibels against 1.0, row-major [nMels x windowFrames]; a fresh array. Not asked for of a silent window. */
  readonly db: () => Float32Array<ArrayBuffer>;
}

/** A track as its windows: what is left to do is the network. */
export interface TrackWindows {
  /** Frames of the whole track. */
  readonly nFrames: number;
  /** Windows that the whole track has; more than `windows` where fewer were asked for. */
  readonly total: number;
  /** Rising; at least one. */
  readonly windows: readonly TrackWindow[];
}

/**
 * `count` of `length` places, evenly spread: the middles of `count` equal stretches, so that neither a fade-in nor the
 * applause at the end is preferred.
 *
 * @returns Rising indexes below `length`; all of them where there are no more than `count`.
 */
export function spread(length: number, count: number): number[] {
  if (count >= length) return Array.from({ length }, (_, i) => i);
  return Array.from({ length: count }, (_, i) => Math.floor(((i + 0.5) * length) / count));
}

/**
 * Cuts a track into the windows that the network reads.
 *
 * With `most` fewer windows are read, `spread` over the track, where speed counts for more than the last percent: an
 * approximation, which `windowsResult` marks with the warning `windows-sampled`. Where one of them is silent, they are
 * spread over the windows that have sound instead.
 *
 * @param most At least 1; null for every window, the silent ones among them.
 */
export function trackWindows(
  logMel: LogMelSpectrogram,
  frontEnd: FrontEnd,
  most: number | null = null,
): TrackWindows {
  const { nFrames } = logMel;
  const starts = windowStarts(nFrames, frontEnd);
  const total = starts.length;
  const windowAt = (startFrame: number): TrackWindow => {
    const db = (): Float32Array<ArrayBuffer> => windowOf(logMel, startFrame, frontEnd);
    return { startFrame, silent: isSilentWindow(db(), frontEnd), db };
  };
  if (most !== null && most < total) {
    const picked = spread(total, most).map((index) => windowAt(starts[index] ?? 0));
    if (picked.every(({ silent }) => !silent)) return { nFrames, total, windows: picked };
  }
  const all = starts.map(windowAt);
  const heard = all.filter(({ silent }) => !silent);
  if (most === null || most >= total || heard.length === 0) return { nFrames, total, windows: all };
  return { nFrames, total, windows: spread(heard.length, most).map((index) => heard[index]!) };
}
