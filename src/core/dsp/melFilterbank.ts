/**
 * The mel filterbank of librosa 0.11 `filters.mel(htk=False, norm='slaney')`: triangles on Slaney's mel scale, linear up
 * to 1000 Hz and logarithmic above, each scaled to unit area in hertz.
 */

/** A filterbank without its zeros. Band m reads `weights[offsets[m] .. offsets[m + 1])` against the bins from `firstBins[m]` on. */
export interface MelFilterbank {
  readonly nMels: number;
  /** Bins of the power spectrum that the bank reads: nFft / 2 + 1. */
  readonly bins: number;
  /** [nMels] first bin with a weight above zero; 0 for an empty band. */
  readonly firstBins: Uint32Array;
  /** [nMels + 1] */
  readonly offsets: Uint32Array;
  /** All weights, band after band, rounded to float32 as librosa stores them; in 1/Hz. */
  readonly weights: Float32Array;
}

export interface MelFilterbankOptions {
  /** In hertz, above 0. */
  readonly sampleRate: number;
  /** FFT length in samples. */
  readonly nFft: number;
  readonly nMels: number;
  /** Lowest and highest edge in hertz; 0 <= fMin < fMax <= sampleRate / 2. */
  readonly fMin: number;
  readonly fMax: number;
}

const linearHertzPerMel = 200 / 3;
const logStartHertz = 1000;
const logStartMel = logStartHertz / linearHertzPerMel;
const logStep = Math.log(6.4) / 27;

/** Hertz to Slaney mel (librosa 0.11 `hz_to_mel(htk=False)`). */
export function hertzToMel(frequency: number): number {
  return frequency < logStartHertz
    ? frequency / linearHertzPerMel
    : logStartMel + Math.log(frequency / logStartHertz) / logStep;
}

/** Slaney mel to hertz (librosa 0.11 `mel_to_hz(htk=False)`). */
export function melToHertz(mel: number): number {
  return mel < logStartMel
    ? mel * linearHertzPerMel
    : logStartHertz * Math.exp(logStep * (mel - logStartMel));
}

/**
 * Edges and centres of the bands: band m rises from `[m]`, peaks at `[m + 1]` and ends at `[m + 2]`.
 *
 * @returns [nMels + 2] hertz, evenly spaced in mel (librosa 0.11 `mel_frequencies(nMels + 2)`).
 */
export function melFrequencies(nMels: number, fMin: number, fMax: number): Float64Array {
  const lowest = hertzToMel(fMin);
  const step = (hertzToMel(fMax) - lowest) / (nMels + 1);
  return Float64Array.from({ length: nMels + 2 }, (_, i) => melToHertz(lowest + step * i));
}

/** @throws RangeError for options outside their ranges: a validated manifest has none. */
export function createMelFilterbank(options: MelFilterbankOptions): MelFilterbank {
  const { sampleRate, nFft, nMels, fMin, fMax } = options;
  if (!(fMin >= 0 && fMin < fMax && fMax <= sampleRate / 2) || !(nMels >= 1) || !(nFft >= 2)) {
    throw new RangeError(`mel filterbank out of range: ${JSON.stringify(options)}`);
  }
  const bins = nFft / 2 + 1;
  const edges = melFrequencies(nMels, fMin, fMax);
  const firstBins = new Uint32Array(nMels);
  const offsets = new Uint32Array(nMels + 1);
  const weights: number[] = [];
  for (let m = 0; m < nMels; m += 1) {
    const left = edges[m]!;
    const centre = edges[m + 1]!;
    const right = edges[m + 2]!;
    const height = 2 / (right - left);
    for (let k = 0; k < bins; k += 1) {
      const frequency = (k * sampleRate) / nFft;
      const rising = (frequency - left) / (centre - left);
      const falling = (right - frequency) / (right - centre);
      const triangle = Math.min(rising, falling);
      if (triangle <= 0) continue;
      if (weights.length === offsets[m]) firstBins[m] = k;
      // librosa fills a float32 array and then scales it in place: two roundings.
      weights.push(Math.fround(Math.fround(triangle) * height));
    }
    offsets[m + 1] = weights.length;
  }
  return { nMels, bins, firstBins, offsets, weights: Float32Array.from(weights) };
}

/**
 * One power spectrum through the bank.
 *
 * @param power [bins]
 * @param mel Receives nMels values from `at` on.
 */
export function applyMelFilterbank(
  bank: MelFilterbank,
  power: Float64Array,
  mel: Float64Array,
  at: number,
): void {
  const { nMels, firstBins, offsets, weights } = bank;
  let i = 0;
  for (let m = 0; m < nMels; m += 1) {
    const end = offsets[m + 1]!;
    let sum = 0;
    for (let k = firstBins[m]!; i < end; i += 1, k += 1) sum += weights[i]! * power[k]!;
    mel[at + m] = sum;
  }
}
