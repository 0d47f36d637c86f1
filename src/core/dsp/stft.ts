import { createRealFft } from '#core/dsp/fft.ts';
import { hannWindow } from '#core/dsp/hann.ts';

export interface StftOptions {
  /** FFT length in samples, a power of two from 8 on. */
  readonly nFft: number;
  /** Length of the analysis window in samples, 1 to nFft; shorter windows stand in the middle of the frame. */
  readonly winLength: number;
  /** Distance of neighbouring frames in samples, at least 1. */
  readonly hopLength: number;
}

/** Power spectra of centred, zero-padded frames: |librosa 0.11 `stft(center=True, pad_mode='constant', window='hann')`|^2. */
export interface PowerStft {
  /** nFft / 2 + 1 */
  readonly bins: number;
  /** Frames of a signal of this many samples: 1 + floor(samples / hopLength). */
  frameCount(sampleCount: number): number;
  /**
   * Power of the frame whose middle is sample `frame * hopLength`; what lies outside the signal counts as zero.
   *
   * @param power Receives [bins].
   */
  framePower(samples: Float32Array, frame: number, power: Float64Array): void;
}

export function createPowerStft({ nFft, winLength, hopLength }: StftOptions): PowerStft {
  if (!(winLength >= 1 && winLength <= nFft && hopLength >= 1)) {
    throw new RangeError(`STFT out of range: ${JSON.stringify({ nFft, winLength, hopLength })}`);
  }
  const fft = createRealFft(nFft);
  const window = new Float64Array(nFft);
  window.set(hannWindow(winLength), Math.floor((nFft - winLength) / 2));
  const padded = new Float32Array(nFft);
  return {
    bins: fft.bins,
    frameCount: (sampleCount) => 1 + Math.floor(sampleCount / hopLength),
    framePower(samples, frame, power) {
      const start = frame * hopLength - nFft / 2;
      if (start >= 0 && start + nFft <= samples.length) {
        fft.windowedPower(samples, start, window, power);
        return;
      }
      for (let i = 0; i < nFft; i += 1) padded[i] = samples[start + i] ?? 0;
      fft.windowedPower(padded, 0, window, power);
    },
  };
}
