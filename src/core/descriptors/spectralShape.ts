/** Spectrum of one frame, as the shape is measured on it. */
export interface FrameSpectrum {
  /** |X|^2, [bins]. */
  readonly power: Float64Array;
  /** |X|, [bins]. */
  readonly magnitude: Float64Array;
}

/**
 * Mean frequency of one frame, weighted by magnitude: sum f |X| / sum |X|, librosa 0.11 `feature.spectral_centroid`.
 *
 * @param binHz Distance of the bins in hertz.
 */
export function spectralCentroid(magnitude: Float64Array, binHz: number): number {
  let sum = 0;
  let weighted = 0;
  for (let k = 0; k < magnitude.length; k += 1) {
    const value = magnitude[k]!;
    sum += value;
    weighted += k * value;
  }
  return sum > 0 ? (weighted / sum) * binHz : 0;
}

/** Least power of a bin in `spectralFlatness`, librosa's `amin`. */
const flatnessFloor = 1e-10;
/** Powers multiplied before a logarithm is taken: 8 of them stay inside float64, and logarithms are dear. */
const factorsPerLogarithm = 8;

/**
 * Geometric over arithmetic mean of the power of one frame: 0 for a tone, about 0.56 for one frame of white noise, 1 for equal
 * bins. librosa 0.11 `feature.spectral_flatness(power=2, amin=1e-10)`.
 */
export function spectralFlatness(power: Float64Array): number {
  let logarithms = 0;
  let product = 1;
  let sum = 0;
  for (let k = 0; k < power.length; k += 1) {
    const value = power[k]! > flatnessFloor ? power[k]! : flatnessFloor;
    sum += value;
    product *= value;
    if (k % factorsPerLogarithm === factorsPerLogarithm - 1) {
      logarithms += Math.log(product);
      product = 1;
    }
  }
  logarithms += Math.log(product);
  return (Math.exp(logarithms / power.length) / sum) * power.length;
}

/** A peak of the spectrum counts as a partial down to so far under the frame's largest bin, in dB. */
const partialRangeDb = 40;

/**
 * Irregularity after Jensen (K. Jensen, "Timbre models of musical sounds", 1999): sum (a_k - a_(k+1))^2 / sum a_k^2 over the
 * partials from low to high, the one after the last being 0 (`mirregularity` of MIRtoolbox 1.8 in its default form). Partials
 * are the local maxima of the magnitude spectrum within 40 dB of the largest, with the amplitude of the parabola through the
 * three bins in dB. A single tone has 1, partials of equal strength 1 / their number.
 *
 * @returns null where no bin stands above both of its neighbours.
 */
export function spectralIrregularity({ power, magnitude }: FrameSpectrum): number | null {
  let largest = 0;
  for (let k = 0; k < power.length; k += 1) if (power[k]! > largest) largest = power[k]!;
  const least = largest * 10 ** (-partialRangeDb / 10);
  let before = -1;
  let differences = 0;
  let squares = 0;
  for (let k = 1; k < power.length - 1; k += 1) {
    const value = power[k]!;
    if (value <= least || value <= power[k - 1]! || value < power[k + 1]!) continue;
    const amplitude = peakAmplitude(magnitude[k - 1]!, magnitude[k]!, magnitude[k + 1]!);
    if (before >= 0) differences += (before - amplitude) ** 2;
    squares += amplitude * amplitude;
    before = amplitude;
  }
  return before < 0 ? null : (differences + before * before) / squares;
}

/** Top of the parabola through three magnitudes in dB: within 0.1 dB of the tone's own amplitude under a Hann window. */
function peakAmplitude(left: number, middle: number, right: number): number {
  if (!(left > 0 && right > 0)) return middle;
  const toLeft = Math.log(left / middle);
  const toRight = Math.log(right / middle);
  const curvature = toLeft + toRight;
  return curvature < 0 ? middle * Math.exp(-((toLeft - toRight) ** 2) / (8 * curvature)) : middle;
}
