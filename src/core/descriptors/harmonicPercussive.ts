/** Frames and bins of the two median filters, as librosa's default has it; odd. */
const kernel = 31;

/**
 * Energy of the percussive part of a magnitude spectrogram over that of its harmonic part, in dB, by median filtering
 * (D. Fitzgerald, "Harmonic/percussive separation using median filtering", DAFx 2010): a median along time keeps what
 * sounds on, a median along frequency keeps what is everywhere at once, and a soft mask of their squares divides the
 * spectrogram. librosa 0.11 `decompose.hpss(S, kernel_size=31, power=2, margin=1)`, edges reflected (scipy's `reflect`); the
 * energies are the sums of the squared parts.
 */
export interface PartEnergies {
  readonly harmonic: number;
  readonly percussive: number;
}

/**
 * @param magnitude Row-major [nFrames x bins], frame after frame.
 */
export function separatePartEnergies(magnitude: Float32Array, nFrames: number, bins: number): PartEnergies {
  const median = createMedianFilter(Math.max(nFrames, bins));
  const harmonicOf = new Float32Array(nFrames * bins);
  for (let k = 0; k < bins; k += 1) median(magnitude, k, bins, nFrames, harmonicOf);
  const percussiveOf = new Float32Array(nFrames * bins);
  for (let frame = 0; frame < nFrames; frame += 1) median(magnitude, frame * bins, 1, bins, percussiveOf);
  let harmonic = 0;
  let percussive = 0;
  for (let i = 0; i < magnitude.length; i += 1) {
    const h = harmonicOf[i]! ** 2;
    const p = percussiveOf[i]! ** 2;
    const both = h + p;
    // librosa splits what neither filter claims.
    const share = both > 0 ? h / both : 0.5;
    const energy = magnitude[i]! ** 2;
    harmonic += energy * share ** 2;
    percussive += energy * (1 - share) ** 2;
  }
  return { harmonic, percussive };
}

/** A ratio beyond this, in dB, says no more than that one part is all there is. */
const largestRatioDb = 60;

/** Ratio of the two in dB, from -60 to 60; null where there is neither. */
export function percussiveToHarmonicDb({ harmonic, percussive }: PartEnergies): number | null {
  if (!(harmonic + percussive > 0)) return null;
  const ratio = 10 * Math.log10(percussive / harmonic);
  return Math.min(largestRatioDb, Math.max(-largestRatioDb, ratio));
}

type MedianFilter = (
  values: Float32Array,
  first: number,
  stride: number,
  count: number,
  result: Float32Array,
) => void;

/** Running medians of a row or column, with scratch for at most `longest` values. */
function createMedianFilter(longest: number): MedianFilter {
  const half = (kernel - 1) / 2;
  const line = new Float32Array(longest + 2 * half);
  // The values under the filter, sorted; each step takes one out and puts one in.
  const sorted = new Float32Array(kernel);
  return (values, first, stride, count, result) => {
    for (let i = 0; i < count; i += 1) line[half + i] = values[first + i * stride]!;
    for (let i = 1; i <= half; i += 1) {
      line[half - i] = line[half + reflected(i - 1, count)]!;
      line[half + count - 1 + i] = line[half + count - 1 - reflected(i - 1, count)]!;
    }
    sorted.set(line.subarray(0, kernel));
    sorted.sort();
    result[first] = sorted[half]!;
    for (let i = 1; i < count; i += 1) {
      replace(sorted, line[i - 1]!, line[i + kernel - 1]!);
      result[first + i * stride] = sorted[half]!;
    }
  };
}

/** Distance from the edge, reflected back and forth inside `count` values, edges repeated. */
function reflected(distance: number, count: number): number {
  const place = distance % (2 * count);
  return place < count ? place : 2 * count - 1 - place;
}

/** Takes one value out of a sorted array and puts another in, keeping it sorted. */
function replace(sorted: Float32Array, out: number, into: number): void {
  if (out === into) return;
  let at = 0;
  while (sorted[at] !== out) at += 1;
  if (into > out) {
    for (; at + 1 < kernel && sorted[at + 1]! < into; at += 1) sorted[at] = sorted[at + 1]!;
  } else {
    for (; at > 0 && sorted[at - 1]! > into; at -= 1) sorted[at] = sorted[at - 1]!;
  }
  sorted[at] = into;
}
