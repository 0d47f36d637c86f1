import { hertzToMel } from '#core/dsp/melFilterbank.ts';
import { weighByGain, type FrameGain, type StftWeightingOptions } from '#core/dsp/stftWeighting.ts';
import type { AttentionMap } from '#core/explain/rolloutMap.ts';

/** Relative attention at and under which nothing is heard: half of what even attention would give. */
export const silentAttention = 0.5;
/** Relative attention from which the sound is as it was: twice the even share, where the overlay's scale ends at least. */
export const fullAttention = 2;

/** Half length of the cross-fade between neighbouring frames of the map, in seconds: slow enough for no click. */
const fadeSeconds = 0.15;
/** Part of a patch row, on either side of its edge, over which the gain goes over into that of its neighbour. */
const fadeOfRow = 0.25;
/** Length of the STFT's frames: 10 Hz and 93 ms, finer than a patch in both directions. */
const stftFrameSeconds = 0.093;

/** An attention map with its place in time. */
export interface TimedAttention {
  readonly map: AttentionMap;
  /** Seconds from one frame of the map to the next: hopLength / sampleRate of the model's front end. */
  readonly frameSeconds: number;
  /** Time in the track of the first sample that is weighed; 0 for a whole track. */
  readonly startSeconds: number;
}

/**
 * Gain of a relative attention, 0 to 1: nothing up to `silentAttention`, all from `fullAttention`, between them
 * 3 t^2 - 2 t^3 of the place on a logarithmic scale. Even attention (1) is in the middle: 0.5, which is -6 dB.
 */
export function gainOfAttention(attention: number): number {
  if (!(attention > silentAttention)) return 0;
  if (attention >= fullAttention) return 1;
  const t = Math.log2(attention / silentAttention) / Math.log2(fullAttention / silentAttention);
  return t * t * (3 - 2 * t);
}

/** The STFT that attention is heard through, at a sample rate in hertz: frames of 66 to 132 ms, a quarter apart. */
export function attentionStft(sampleRate: number): StftWeightingOptions {
  const nFft = Math.max(64, 2 ** Math.round(Math.log2(stftFrameSeconds * sampleRate)));
  return { nFft, hopLength: nFft / 4 };
}

/**
 * The gain of each STFT frame and bin for an attention map. In time it is the mean of the map's frames under a raised cosine
 * of 0.15 s on either side; in frequency the row's own value in its inner half, with raised-cosine cross-fades over the
 * quarters (in mel) beside each edge. What the network does not see (outside its lowest and highest frequency) is silent
 * but for such a cross-fade. Times before the map and after it have its first and last frame.
 */
export function createAttentionGain(
  { map, frameSeconds, startSeconds }: TimedAttention,
  sampleRate: number,
  { nFft, hopLength }: StftWeightingOptions,
): FrameGain {
  const { values, rows, nFrames } = map;
  const { upperRows, upperShares } = rowsOfBins(map, sampleRate, nFft);
  // One more row on either side: what the network does not see.
  const rowGains = new Float64Array(rows + 2);
  const reach = Math.max(1, fadeSeconds / frameSeconds);
  return (frame, gains) => {
    const seconds = startSeconds + (frame * hopLength) / sampleRate;
    const middle = Math.min(nFrames - 1, Math.max(0, seconds / frameSeconds));
    rowGains.fill(0);
    let weights = 0;
    const last = Math.min(nFrames - 1, Math.floor(middle + reach));
    for (let at = Math.max(0, Math.ceil(middle - reach)); at <= last; at += 1) {
      const weight = 0.5 + 0.5 * Math.cos((Math.PI * (at - middle)) / reach);
      weights += weight;
      for (let row = 0; row < rows; row += 1)
        rowGains[row + 1]! += weight * gainOfAttention(values[row * nFrames + at]!);
    }
    if (weights > 0) for (let row = 1; row <= rows; row += 1) rowGains[row]! /= weights;
    for (let k = 0; k < gains.length; k += 1) {
      const upper = upperRows[k]!;
      const share = upperShares[k]!;
      gains[k] = rowGains[upper]! * share + (share < 1 ? rowGains[upper - 1]! * (1 - share) : 0);
    }
  };
}

/**
 * For each bin the row it is heard through, and that row's share; the rest is the row below. Row numbers are one more than
 * the map's, 0 and rows + 1 being what lies below and above it.
 */
function rowsOfBins(
  { rows, rowEdgesHz }: AttentionMap,
  sampleRate: number,
  nFft: number,
): { readonly upperRows: Uint16Array; readonly upperShares: Float64Array } {
  const edges = Float64Array.from(rowEdgesHz, (hz) => hertzToMel(hz));
  const bins = nFft / 2 + 1;
  const upperRows = new Uint16Array(bins);
  const upperShares = new Float64Array(bins);
  /** Width of a row; the invisible ones are as wide as their neighbours. */
  const width = (row: number): number => {
    const inside = Math.min(rows - 1, Math.max(0, row));
    return edges[inside + 1]! - edges[inside]!;
  };
  let row = -1;
  for (let k = 0; k < bins; k += 1) {
    const mel = hertzToMel((k * sampleRate) / nFft);
    while (row < rows && mel >= edges[row + 1]!) row += 1;
    // Distance from the row's edges in rows; the outermost ones have only one.
    const above = row < 0 ? Infinity : (mel - edges[row]!) / width(row);
    const below = row >= rows ? Infinity : (edges[row + 1]! - mel) / width(row);
    // 0 Hz is an end, not an edge: there is nothing under it to fade into.
    const fadesDown = above < fadeOfRow && !(row === 0 && edges[0] === 0);
    if (below < fadeOfRow) {
      upperRows[k] = row + 2;
      upperShares[k] = raisedCosine(-below / fadeOfRow);
    } else {
      upperRows[k] = row + 1;
      upperShares[k] = fadesDown ? raisedCosine(above / fadeOfRow) : 1;
    }
  }
  return { upperRows, upperShares };
}

/** 0 at -1, a half at 0, 1 at 1. */
const raisedCosine = (x: number): number => 0.5 + 0.5 * Math.sin((Math.PI / 2) * x);

/**
 * "What it looked at", to be heard: sound weighted by the attention on it, through `weighByGain`.
 *
 * @param samples Mono at its own rate, from `attention.startSeconds` on. They are overwritten with the result.
 * @param onProgress Called now and then with the part that is done, 0 to 1.
 * @returns `samples`.
 */
export function weighByAttention(
  samples: Float32Array<ArrayBuffer>,
  sampleRate: number,
  attention: TimedAttention,
  onProgress?: (done: number) => void,
): Float32Array<ArrayBuffer> {
  const stft = attentionStft(sampleRate);
  return weighByGain(samples, stft, createAttentionGain(attention, sampleRate, stft), samples, onProgress);
}
