import type { SampleSource } from '#core/audio/downmix.ts';
import { kaiserSinc } from '#core/audio/resampleKaiser.ts';
import { createRealFft } from '#core/dsp/fft.ts';
import type { ResamplerQuality } from '#core/model/manifest.ts';

/** A Kaiser-windowed sinc, as long as it is sharp. */
interface SharpFilter {
  readonly kaiserBeta: number;
  /** Half gain, as a part of the lower Nyquist frequency. */
  readonly cutoffOfNyquist: number;
  /** Half the filter's length, in samples of the lower rate. */
  readonly halfLengthAtLowerRate: number;
}

/**
 * The resampler's sharp filters, fitted to two settings of soxr 1.1. Both have gain 1 up to 0.91 of the lower Nyquist
 * frequency and nothing from the Nyquist frequency on: under -170 dB for `soxr-vhq`, under -120 dB for `soxr-hq`. Between
 * the two frequencies they differ, which moves a loud song's probabilities by up to 0.07.
 */
const sharpFilters: Readonly<Record<ResamplerQuality, SharpFilter>> = {
  'soxr-vhq': { kaiserBeta: 18.434, cutoffOfNyquist: 0.955664, halfLengthAtLowerRate: 133.251 },
  'soxr-hq': { kaiserBeta: 13.04005, cutoffOfNyquist: 0.95687183, halfLengthAtLowerRate: 97.25 },
};

/** Band-limited sound at `2^octaves` times the input rate, block after block. */
export interface BandLimiter {
  /** Values in one block. */
  readonly blockLength: number;
  /** Fills `target` from `at` on with the next block. Values before the sound and after it are the filter's tails. */
  next(target: Float64Array, at: number): void;
}

/**
 * Filters a source to the lower of two Nyquist frequencies and changes its rate by a power of two on the way. The filter
 * is linear-phase with zero delay. It has hundreds of taps, so it is applied as a product of spectra (overlap-save);
 * dropping the empty upper bins before the way back halves the rate, appending empty ones doubles it.
 *
 * @param lowerRate The lower one of the input and the final output rate, in hertz.
 * @param octaves Power of two between the input rate and the rate of the blocks.
 * @param leadValues The first block starts at least this many values before the sound.
 * @param quality Which of soxr's settings the filter's shape follows.
 * @returns The limiter and `firstIndex`, the index of the first block's first value; value 0 is the sound's first sample.
 */
export function createBandLimiter(
  source: SampleSource,
  inputRate: number,
  lowerRate: number,
  octaves: number,
  leadValues: number,
  quality: ResamplerQuality,
): { readonly limiter: BandLimiter; readonly firstIndex: number } {
  // Blocks must begin on samples that survive the decimation.
  const grid = 2 ** Math.max(0, -octaves);
  const filter = sharpFilters[quality];
  const reach = Math.ceil((filter.halfLengthAtLowerRate * inputRate) / lowerRate);
  const margin = Math.ceil(reach / grid) * grid;
  const size = 2 ** Math.ceil(Math.log2(8 * margin));
  const step = size - 2 * margin;
  const forward = createRealFft(size);
  const backward = createRealFft(size * 2 ** octaves);
  const gains = frequencyResponse(filter, inputRate, lowerRate, reach, size);
  // The inverse transform divides by its own size, not by that of the forward one.
  // Bins from the lower Nyquist frequency on are the stop band: zeros.
  const keptBins = Math.min(forward.bins, backward.bins, 1 + Math.ceil((0.5 * size * lowerRate) / inputRate));
  for (let k = 0; k < keptBins; k += 1) gains[k]! *= backward.size / size;

  const input = new Float64Array(size);
  const real = new Float64Array(Math.max(forward.bins, backward.bins));
  const imaginary = new Float64Array(real.length);
  const output = new Float64Array(backward.size);
  const firstOut = margin * 2 ** octaves;
  const blockLength = step * 2 ** octaves;

  const lead = Math.ceil(leadValues / 2 ** octaves / grid) * grid;
  /** Sample that the next block's `input[0]` stands for. */
  let position = -lead - margin;
  let filled = 0;

  function readInput(): void {
    const from = position + filled;
    const count = size - filled;
    const before = Math.min(count, Math.max(0, -from));
    const inside = Math.max(0, Math.min(count - before, source.length - (from + before)));
    input.fill(0, filled, filled + before);
    if (inside > 0) source.read(from + before, inside, input, filled + before);
    input.fill(0, filled + before + inside, size);
  }

  return {
    firstIndex: -lead * 2 ** octaves,
    limiter: {
      blockLength,
      next(target, at) {
        readInput();
        forward.forward(input, real, imaginary);
        for (let k = 0; k < keptBins; k += 1) {
          const gain = gains[k]!;
          real[k]! *= gain;
          imaginary[k]! *= gain;
        }
        real.fill(0, keptBins);
        imaginary.fill(0, keptBins);
        backward.inverse(real, imaginary, output);
        for (let i = 0; i < blockLength; i += 1) target[at + i] = output[firstOut + i]!;
        input.copyWithin(0, step);
        position += step;
        filled = size - step;
      },
    },
  };
}

/** Real spectrum [size / 2 + 1] of the zero-phase filter with `reach` samples on either side, gain 1 at 0 Hz. */
function frequencyResponse(
  { kaiserBeta, cutoffOfNyquist, halfLengthAtLowerRate }: SharpFilter,
  inputRate: number,
  lowerRate: number,
  reach: number,
  size: number,
): Float64Array {
  const cutoff = (0.5 * cutoffOfNyquist * lowerRate) / inputRate;
  const halfLength = (halfLengthAtLowerRate * inputRate) / lowerRate;
  const response = new Float64Array(size);
  let sum = 0;
  for (let n = 0; n <= reach; n += 1) {
    const value = kaiserSinc(n, cutoff, halfLength, kaiserBeta);
    response[n] = value;
    if (n > 0) response[size - n] = value;
    sum += n > 0 ? 2 * value : value;
  }
  for (let n = 0; n < size; n += 1) response[n]! /= sum;
  const fft = createRealFft(size);
  const real = new Float64Array(fft.bins);
  fft.forward(response, real, new Float64Array(fft.bins));
  return real;
}
