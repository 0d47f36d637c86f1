import type { SampleSource } from '#core/audio/downmix.ts';
import { createBandLimiter, type BandLimiter } from '#core/audio/resampleBandLimit.ts';
import { kaiserSinc } from '#core/audio/resampleKaiser.ts';
import type { ResamplerQuality } from '#core/model/manifest.ts';

/** Stop band of the interpolating filter, in dB: well under the noise of 16-bit sound. */
const interpolationAttenuation = 120;
/** Phases that are tabulated exactly; rates with more in common than this are interpolated between so many. */
const maxPhases = 1024;
/** The intermediate rate is at least this many times the output rate, which keeps the interpolating filter short. */
const minOversampling = 1.4;

/** Length of a resampled sound: ceil(samples * outputRate / inputRate), as soxr and librosa have it. */
export function resampledLength(samples: number, inputRate: number, outputRate: number): number {
  return Math.ceil((samples * outputRate) / inputRate);
}

/**
 * Changes the sample rate with linear phase and no delay: output sample m is the sound at time m / outputRate. What
 * lies above the lower Nyquist frequency is removed. Matches soxr 1.1 at the quality asked for: `soxr-vhq` (librosa 0.11
 * `resample(res_type='soxr_vhq')`) with 144 dB of signal to difference from 44.1 to 22.05 kHz and 89 dB from 48 to
 * 22.05 kHz; `soxr-hq` is librosa's default, which most models were trained with.
 *
 * Two windowed-sinc filters: a sharp one at a power of two of the input rate, close to twice the output rate, and a
 * short polyphase one from there to the output's grid, which is left out where the first lands on it (44.1 to 22.05 kHz).
 *
 * @param samples Mono, finite.
 * @param inputRate Whole hertz, 1 to 2^20; so is `outputRate`.
 * @returns [ceil(samples * outputRate / inputRate)]. Equal rates give a copy.
 * @throws RangeError for rates outside the range.
 */
export function resample(
  samples: Float32Array,
  inputRate: number,
  outputRate: number,
  quality: ResamplerQuality = 'soxr-vhq',
): Float32Array<ArrayBuffer> {
  const source: SampleSource = {
    length: samples.length,
    read(start, count, target, at) {
      for (let i = 0; i < count; i += 1) target[at + i] = samples[start + i]!;
    },
  };
  return resampleSource(source, inputRate, outputRate, quality);
}

/** As `resample`, from a source that is read once, in order; needs memory for the result and a few blocks only. */
export function resampleSource(
  source: SampleSource,
  inputRate: number,
  outputRate: number,
  quality: ResamplerQuality = 'soxr-vhq',
): Float32Array<ArrayBuffer> {
  for (const rate of [inputRate, outputRate]) {
    if (!Number.isInteger(rate) || rate < 1 || rate > 2 ** 20) {
      throw new RangeError(`sample rate must be whole hertz from 1 to 2^20, got ${rate}`);
    }
  }
  const result = new Float32Array(resampledLength(source.length, inputRate, outputRate));
  if (result.length === 0) return result;
  if (inputRate === outputRate) {
    copySource(source, result);
    return result;
  }
  const octaves = octavesToIntermediate(inputRate, outputRate);
  const lowerRate = Math.min(inputRate, outputRate);
  // Intermediate samples for each output sample, as a fraction of whole numbers.
  const numerator = inputRate * 2 ** Math.max(0, octaves);
  const denominator = outputRate * 2 ** Math.max(0, -octaves);
  if (numerator === denominator) {
    const { limiter } = createBandLimiter(source, inputRate, lowerRate, octaves, 0, quality);
    const block = new Float64Array(limiter.blockLength);
    for (let at = 0; at < result.length; at += block.length) {
      limiter.next(block, 0);
      const count = Math.min(block.length, result.length - at);
      for (let i = 0; i < count; i += 1) result[at + i] = block[i]!;
    }
    return result;
  }
  const bandOfIntermediate = lowerRate / 2 / (inputRate * 2 ** octaves);
  const filter = createPhases(numerator, denominator, bandOfIntermediate);
  const { limiter, firstIndex } = createBandLimiter(
    source,
    inputRate,
    lowerRate,
    octaves,
    filter.taps,
    quality,
  );
  interpolate(limiter, firstIndex, filter, result);
  return result;
}

function copySource(source: SampleSource, result: Float32Array): void {
  const piece = new Float64Array(4096);
  for (let start = 0; start < source.length; start += piece.length) {
    const count = Math.min(piece.length, source.length - start);
    source.read(start, count, piece, 0);
    for (let i = 0; i < count; i += 1) result[start + i] = piece[i]!;
  }
}

/** Power of two that leads from the input rate to the intermediate one: exactly the output rate if that can be reached. */
function octavesToIntermediate(inputRate: number, outputRate: number): number {
  const direct = Math.log2(outputRate / inputRate);
  if (Number.isInteger(direct)) return direct;
  return Math.ceil(direct + Math.log2(minOversampling));
}

/** The polyphase filter from the intermediate rate to the output grid. */
interface Phases {
  /** Taps of one phase, even. */
  readonly taps: number;
  /** Output sample m lies at m * (whole + step / count) intermediate samples. */
  readonly whole: number;
  readonly step: number;
  readonly count: number;
  /** Phases in the table: `count`, or `maxPhases` with one more at the end for interpolation. */
  readonly tabulated: number;
  /** Row-major [tabulated or tabulated + 1, taps]; each row sums to 1, so that a constant stays what it is. */
  readonly table: Float64Array;
}

/** @param band Highest frequency of the sound, in cycles per intermediate sample; under 0.5. */
function createPhases(numerator: number, denominator: number, band: number): Phases {
  const common = greatestCommonDivisor(numerator, denominator);
  const count = denominator / common;
  const whole = Math.floor(numerator / denominator);
  const step = numerator / common - whole * count;
  // Kaiser's formulas: the images of the band begin at 1 - band, so the transition is as wide as 1 - 2 band.
  const beta = 0.1102 * (interpolationAttenuation - 8.7);
  const transition = 2 * Math.PI * (1 - 2 * band);
  const halfTaps = Math.ceil((interpolationAttenuation - 8) / (2.285 * transition) / 2);
  const taps = 2 * halfTaps;
  const tabulated = Math.min(count, maxPhases);
  const rows = count > maxPhases ? tabulated + 1 : tabulated;
  const table = new Float64Array(rows * taps);
  for (let row = 0; row < rows; row += 1) {
    let sum = 0;
    for (let k = 0; k < taps; k += 1) {
      const value = kaiserSinc(row / tabulated + halfTaps - 1 - k, 0.5, halfTaps, beta);
      table[row * taps + k] = value;
      sum += value;
    }
    for (let k = 0; k < taps; k += 1) table[row * taps + k]! /= sum;
  }
  return { taps, whole, step, count, tabulated, table };
}

/** Where the next output sample stands. */
interface Cursor {
  /** Index of the output sample. */
  index: number;
  /** Index in the buffer of its first tap. */
  first: number;
  phase: number;
}

function interpolate(limiter: BandLimiter, firstIndex: number, filter: Phases, result: Float32Array): void {
  // Holds what is left of the block before, then one block.
  const buffer = new Float64Array(limiter.blockLength + 2 * filter.taps);
  const cursor: Cursor = { index: 0, first: 1 - firstIndex - filter.taps / 2, phase: 0 };
  let held = 0;
  while (cursor.index < result.length) {
    limiter.next(buffer, held);
    held += limiter.blockLength;
    interpolateBlock(filter, buffer.subarray(0, held), cursor, result);
    const kept = Math.min(cursor.first, held);
    buffer.copyWithin(0, kept, held);
    held -= kept;
    cursor.first -= kept;
  }
}

/** Writes every output sample whose taps all lie in `buffer`. */
function interpolateBlock(filter: Phases, buffer: Float64Array, cursor: Cursor, result: Float32Array): void {
  const { taps, whole, step, count, tabulated, table } = filter;
  let { index, first, phase } = cursor;
  for (; index < result.length && first + taps <= buffer.length; index += 1) {
    if (tabulated === count) {
      result[index] = product(table, phase * taps, buffer, first, taps);
    } else {
      const position = (phase * tabulated) / count;
      const left = Math.floor(position);
      const before = product(table, left * taps, buffer, first, taps);
      const after = product(table, (left + 1) * taps, buffer, first, taps);
      result[index] = before + (position - left) * (after - before);
    }
    first += whole;
    phase += step;
    if (phase >= count) {
      phase -= count;
      first += 1;
    }
  }
  cursor.index = index;
  cursor.first = first;
  cursor.phase = phase;
}

/** Sum of `taps` (even) products of a row of the table and the samples. */
function product(
  table: Float64Array,
  row: number,
  samples: Float64Array,
  first: number,
  taps: number,
): number {
  // Engines compute array indices as int32 only where they can see it; two sums hide the latency of an addition.
  const end = (row + taps) | 0;
  let even = 0;
  let odd = 0;
  for (let i = row | 0, j = first | 0; i < end; i += 2, j += 2) {
    even += table[i]! * samples[j]!;
    odd += table[i + 1]! * samples[j + 1]!;
  }
  return even + odd;
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}
