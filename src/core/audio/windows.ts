import { powerToDb } from '#core/dsp/powerToDb.ts';
import type { LogMelSpectrogram } from '#core/dsp/spectrogram.ts';
import type { FrontEnd } from '#core/model/manifest.ts';

/**
 * First frames of the windows of a track, rising; at least one. A track shorter than one window has the single start 0.
 *
 * `aligned-to-end`: 0, hop, 2 hop, ...; where the last of them does not reach the end, one more ends with the track.
 * `centred`: as many windows, hop by hop, as fit, the frames left over split equally (the odd one at the end).
 *
 * @param nFrames Frames of the track, at least 1.
 */
export function windowStarts(
  nFrames: number,
  frontEnd: Pick<FrontEnd, 'windowFrames' | 'windowHopFrames' | 'windowPlacement'>,
): number[] {
  const { windowFrames, windowHopFrames, windowPlacement } = frontEnd;
  const spare = nFrames - windowFrames;
  if (spare <= 0) return [0];
  const count = 1 + Math.floor(spare / windowHopFrames);
  const rest = spare - (count - 1) * windowHopFrames;
  const first = windowPlacement === 'centred' ? Math.floor(rest / 2) : 0;
  const starts = Array.from({ length: count }, (_, i) => first + i * windowHopFrames);
  if (windowPlacement === 'aligned-to-end' && rest > 0) starts.push(spare);
  return starts;
}

/**
 * One window cut from a track, copied. A track that is shorter than the window is repeated, frame by frame from its start.
 *
 * @param startFrame One of `windowStarts`.
 * @returns Decibels, row-major [nMels x windowFrames]; row 0 is the lowest band.
 */
export function windowOf(
  logMel: LogMelSpectrogram,
  startFrame: number,
  frontEnd: Pick<FrontEnd, 'windowFrames'>,
): Float32Array<ArrayBuffer> {
  const { values, nMels, nFrames } = logMel;
  const { windowFrames } = frontEnd;
  const isShort = nFrames < windowFrames;
  if (startFrame < 0 || (isShort ? startFrame !== 0 : startFrame + windowFrames > nFrames)) {
    throw new RangeError(`window of ${windowFrames} frames at frame ${startFrame} of a track of ${nFrames}`);
  }
  const window = new Float32Array(nMels * windowFrames);
  for (let band = 0; band < nMels; band += 1) {
    const from = band * nFrames + startFrame;
    const to = band * windowFrames;
    if (!isShort) {
      window.set(values.subarray(from, from + windowFrames), to);
      continue;
    }
    for (let i = 0; i < windowFrames; i += 1) window[to + i] = values[from + (i % nFrames)]!;
  }
  return window;
}

/**
 * True where the largest mel power of a window is at or under `silenceMaxMelPower`.
 *
 * @param windowDb Decibels against 1.0 in any order.
 */
export function isSilentWindow(
  windowDb: Float32Array,
  frontEnd: Pick<FrontEnd, 'silenceMaxMelPower' | 'dbFloorPower'>,
): boolean {
  const threshold = silenceThresholdDb(frontEnd);
  return windowDb.every((db) => db <= threshold);
}

/**
 * `silenceMaxMelPower` in decibels, the most that counts as silence. A power exactly at the limit went through a logarithm
 * and a rounding to float32 on its way here and may have come out one float32 step above the limit's own decibels: at
 * -70 dB that is 8e-6 dB, or 2e-6 of the power, far below what separates two implementations of the transform.
 */
export function silenceThresholdDb(frontEnd: Pick<FrontEnd, 'silenceMaxMelPower' | 'dbFloorPower'>): number {
  const db = powerToDb(frontEnd.silenceMaxMelPower, frontEnd.dbFloorPower);
  return db + Math.abs(db) * 2 ** -23;
}

/**
 * Where a window lies in the sound: from the middle of its first frame to the middle of the frame after its last, cut at
 * the end of the sound.
 *
 * @param durationSeconds Length of the sound.
 */
export function windowSeconds(
  startFrame: number,
  frontEnd: Pick<FrontEnd, 'windowFrames' | 'hopLength' | 'sampleRate'>,
  durationSeconds: number,
): { readonly startSeconds: number; readonly endSeconds: number } {
  const frameSeconds = frontEnd.hopLength / frontEnd.sampleRate;
  return {
    startSeconds: Math.min(startFrame * frameSeconds, durationSeconds),
    endSeconds: Math.min((startFrame + frontEnd.windowFrames) * frameSeconds, durationSeconds),
  };
}
