import { createRealFft } from '#core/dsp/fft.ts';
import { hannWindow } from '#core/dsp/hann.ts';

export interface StftWeightingOptions {
  /** FFT length and window length in samples, a power of two from 8 on. */
  readonly nFft: number;
  /** Distance of neighbouring frames in samples, at least 1 and at most nFft / 2. */
  readonly hopLength: number;
}

/**
 * Writes the gain of one frame: `gains` [nFft / 2 + 1], from 0 Hz to the Nyquist frequency. The frame's middle is sample
 * `frame * hopLength`; the first frames are negative and the last lie beyond the end, so that each sample is in as many
 * frames as any other.
 */
export type FrameGain = (frame: number, gains: Float32Array) => void;

/** Frames between two calls of `onProgress`: about a second and a half of sound. */
const framesBetweenReports = 64;

/**
 * Sound through a gain that changes with time and frequency: periodic Hann window, STFT, gain, inverse STFT, the same
 * window again, overlap-add, divided by the sum of the squared windows. That is the signal whose STFT is nearest to the
 * weighted one in the least-squares sense (Griffin and Lim 1984, eq. 6; `scipy.signal.istft`, librosa 0.11 `istft`). A gain
 * of 1 gives the sound back up to rounding, a gain of 0 gives zeros.
 *
 * @param samples Mono, finite.
 * @param target Receives as many samples; it may be `samples` itself, which saves the second copy of a long track.
 * @param onProgress Called now and then with the part that is done, 0 to 1, and at the end with 1.
 * @throws RangeError for options outside their ranges.
 */
export function weighByGain(
  samples: Float32Array,
  { nFft, hopLength }: StftWeightingOptions,
  gain: FrameGain,
  target: Float32Array<ArrayBuffer> = new Float32Array(samples.length),
  onProgress: (done: number) => void = () => undefined,
): Float32Array<ArrayBuffer> {
  if (!(Number.isInteger(hopLength) && hopLength >= 1 && hopLength <= nFft / 2)) {
    throw new RangeError(`hop of ${hopLength} samples for frames of ${nFft}`);
  }
  const fft = createRealFft(nFft);
  const window = hannWindow(nFft);
  const scale = inverseOverlap(window, hopLength);
  const frame = new Float64Array(nFft);
  const real = new Float64Array(fft.bins);
  const imaginary = new Float64Array(fft.bins);
  const gains = new Float32Array(fft.bins);
  // What the frames so far have added to the samples from the current frame's first on.
  const sum = new Float64Array(nFft);
  const half = nFft / 2;
  const first = -Math.floor((half - 1) / hopLength);
  const last = Math.floor((samples.length - 1 + half) / hopLength);
  for (let index = first; index <= last; index += 1) {
    const start = index * hopLength - half;
    for (let i = 0; i < nFft; i += 1) frame[i] = window[i]! * (samples[start + i] ?? 0);
    fft.forward(frame, real, imaginary);
    gain(index, gains);
    for (let k = 0; k < fft.bins; k += 1) {
      real[k]! *= gains[k]!;
      imaginary[k]! *= gains[k]!;
    }
    fft.inverse(real, imaginary, frame);
    for (let i = 0; i < nFft; i += 1) sum[i]! += window[i]! * frame[i]!;
    // No later frame reaches these samples, nor reads them: they may be overwritten.
    const from = Math.max(0, -start);
    const to = Math.min(hopLength, samples.length - start);
    for (let i = from; i < to; i += 1) target[start + i] = sum[i]! * scale[i % hopLength]!;
    sum.copyWithin(0, hopLength);
    sum.fill(0, nFft - hopLength);
    if ((index - first) % framesBetweenReports === 0) onProgress((index - first) / (last - first + 1));
  }
  onProgress(1);
  return target;
}

/** 1 over the sum of the squared windows that cover a sample, for each place in a hop: [hopLength]. */
function inverseOverlap(window: Float64Array, hopLength: number): Float64Array {
  const scale = new Float64Array(hopLength);
  window.forEach((value, i) => (scale[i % hopLength]! += value * value));
  return scale.map((value) => 1 / value);
}
