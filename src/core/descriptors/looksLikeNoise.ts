import type { FrontEnd } from '#core/model/manifest.ts';

/** Bands whose mean is within this of the loudest band's count, in dB: below lies what a filter or a codec left out. */
const heardRangeDb = 60;
/** Noise is broad: at least this share of the bands is heard. A tone has a twentieth of them. */
const leastHeardShare = 1 / 3;
/**
 * A band's mean over the window differs from the mean of its four neighbours by at most this, in dB (root mean square over the
 * bands). Noise of any colour has 0.15 to 0.7, which is chance; music has 1.4 and more: partials, keys, formants.
 */
const largestUnevennessDb = 1.1;
/**
 * The mean of all heard bands moves from frame to frame by at most this, in dB (root mean square). Noise has 0.2 to 0.7, also
 * when it swells like surf; music and speech have 0.8 to 30.
 */
const largestStepDb = 1;
/**
 * A single band, beside the mean of all, moves by at least this, in dB (root mean square over bands and frames): the power of
 * noise in a frame is a chance number, 2 to 4 dB from the one before. A steady buzz does not move.
 */
const leastTextureDb = 1;

/**
 * Whether a window of a log-mel spectrogram looks like noise (white, pink, brown, hiss, wind) rather than music or speech: broad,
 * smooth along frequency, steady in time as a whole, and random in every band. These are the two sides of spectral flatness
 * (Wiener entropy): no lines in the mean spectrum, and the fluctuation of a chi-squared variable around it. The four
 * figures and their limits stand above; the limits were set half way (on a logarithmic scale) between synthesised noise and
 * the quietest and steadiest recordings at hand, and all four must hold.
 *
 * @param windowDb Decibels against any reference, row-major [nMels x windowFrames].
 */
export function looksLikeNoise(
  windowDb: Float32Array,
  { nMels, windowFrames }: Pick<FrontEnd, 'nMels' | 'windowFrames'>,
): boolean {
  const means = new Float64Array(nMels);
  for (let band = 0; band < nMels; band += 1) {
    let sum = 0;
    for (let i = band * windowFrames; i < (band + 1) * windowFrames; i += 1) sum += windowDb[i]!;
    means[band] = sum / windowFrames;
  }
  const least = Math.max(...means) - heardRangeDb;
  const heard = [...means.keys()].filter((band) => means[band]! >= least);
  if (heard.length < leastHeardShare * nMels || unevenness(means, least) > largestUnevennessDb) return false;

  const levels = new Float64Array(windowFrames);
  for (const band of heard)
    for (let frame = 0; frame < windowFrames; frame += 1)
      levels[frame]! += windowDb[band * windowFrames + frame]! / heard.length;
  const steps = levels.map((level, frame) => (frame === 0 ? 0 : level - levels[frame - 1]!));
  if (rootMeanSquare(steps) > largestStepDb) return false;

  let squares = 0;
  for (const band of heard)
    for (let frame = 1; frame < windowFrames; frame += 1) {
      const at = band * windowFrames + frame;
      squares += (windowDb[at]! - windowDb[at - 1]! - steps[frame]!) ** 2;
    }
  return Math.sqrt(squares / (heard.length * windowFrames)) >= leastTextureDb;
}

/** Five bands that fall by more than this, in dB, are the slope of a filter: where a low sample rate or a codec ends. */
const filterSlopeDb = 12;

/** How far the bands stand out from their neighbours, among those whose neighbours are heard too and that no filter cuts. */
function unevenness(means: Float64Array, least: number): number {
  const differences: number[] = [];
  for (let band = 2; band < means.length - 2; band += 1) {
    const around = means.subarray(band - 2, band + 3);
    const slope = Math.abs(around[4]! - around[0]!);
    if (slope > filterSlopeDb || around.some((mean) => mean < least)) continue;
    differences.push((5 / 4) * (means[band]! - around.reduce((sum, mean) => sum + mean, 0) / 5));
  }
  return differences.length === 0 ? Infinity : rootMeanSquare(differences);
}

const rootMeanSquare = (values: ArrayLike<number> & Iterable<number>): number => {
  let squares = 0;
  for (const value of values) squares += value * value;
  return Math.sqrt(squares / values.length);
};
