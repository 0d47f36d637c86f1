import { createRealFft } from '#core/dsp/fft.ts';
import { hannWindow } from '#core/dsp/hann.ts';

/** Envelope and its frames, as librosa's defaults have them. */
export interface OnsetGrid {
  readonly sampleRate: number;
  readonly nFft: number;
  readonly hopLength: number;
}

const topDb = 80;

/**
 * Onset strength of each frame: the mean over the mel bands of the rise in dB since the frame before, librosa 0.11
 * `onset.onset_strength` with its defaults (power to dB with top_db 80 under the track's maximum, lag 1, no maximum
 * filter, shifted by half a window to undo the framing).
 *
 * @param melDb 10 log10 of the mel power, not under 1e-10, frame after frame: [nFrames x nMels].
 * @returns [nFrames]
 */
export function onsetStrength(
  melDb: Float32Array,
  nMels: number,
  { nFft, hopLength }: OnsetGrid,
): Float32Array {
  const nFrames = Math.floor(melDb.length / nMels);
  let highest = -Infinity;
  for (const value of melDb) if (value > highest) highest = value;
  const floor = highest - topDb;
  const envelope = new Float32Array(nFrames);
  const shift = 1 + Math.floor(nFft / (2 * hopLength));
  for (let frame = 0; frame + shift < nFrames; frame += 1) {
    let sum = 0;
    for (let i = frame * nMels; i < (frame + 1) * nMels; i += 1) {
      const rise = Math.max(melDb[i + nMels]!, floor) - Math.max(melDb[i]!, floor);
      if (rise > 0) sum += rise;
    }
    envelope[frame + shift] = sum / nMels;
  }
  return envelope;
}

const startBpm = 120;
const highestBpm = 320;
/** Length of the autocorrelation in seconds. */
const autocorrelationSeconds = 8;
/** An envelope that never rises so far, in dB, has no onsets: the ripple of a steady tone is a hundred times less. */
const leastOnsetDb = 1;
/**
 * How far the autocorrelation at the beat must stand above its mean from half to one and a half times the lag. Noise of
 * 3 s and more stays under 0.009, a flexible string orchestra has 0.02, a drum machine 0.3 to 0.8. Without the condition
 * everything would have a tempo, noise one near 120.
 */
const leastPulse = 0.015;

/**
 * Tempo of a track, librosa 0.11 `feature.tempo(start_bpm=120, std_bpm=1, ac_size=8, max_tempo=320)`: the onset strength's
 * autocorrelation in centred windows of 8 s, each divided by its maximum, averaged over all frames; then the lag with
 * the largest log1p(1e6 r) plus the logarithm of a log-normal prior around 120 beats a minute. The answer is one of the lags:
 * 117.5 and 123.0 are neighbours at 22 050 Hz and hop 512.
 *
 * Unlike librosa it has no answer where nothing begins (`leastOnsetDb`) or no pulse stands out (`leastPulse`).
 *
 * @returns Beats a minute, or null.
 */
export function estimateTempo(envelope: Float32Array, grid: OnsetGrid): number | null {
  const { sampleRate, hopLength } = grid;
  const framesPerMinute = (60 * sampleRate) / hopLength;
  const length = Math.floor((autocorrelationSeconds * sampleRate) / hopLength);
  if (!envelope.some((rise) => rise >= leastOnsetDb)) return null;
  const correlation = meanAutocorrelation(envelope, length);
  if (correlation === null) return null;
  let best = 0;
  let bestScore = -Infinity;
  for (let lag = 1; lag < length; lag += 1) {
    const bpm = framesPerMinute / lag;
    if (bpm >= highestBpm) continue;
    const score = Math.log1p(1e6 * correlation[lag]!) - 0.5 * Math.log2(bpm / startBpm) ** 2;
    if (score > bestScore) {
      best = lag;
      bestScore = score;
    }
  }
  return pulseClarity(correlation, best) < leastPulse ? null : framesPerMinute / best;
}

/** How far the autocorrelation at a lag stands above its mean around it. */
export function pulseClarity(correlation: Float64Array, lag: number): number {
  const from = Math.ceil(lag / 2);
  const to = Math.min(correlation.length - 1, Math.floor(1.5 * lag));
  let sum = 0;
  for (let at = from; at <= to; at += 1) sum += correlation[at]!;
  return correlation[lag]! - sum / (to - from + 1);
}

/**
 * Mean over all frames of the autocorrelation of the Hann-windowed envelope around each, divided by its value at lag 0:
 * librosa 0.11 `feature.tempogram` averaged over time. By Wiener and Khinchin the mean of the autocorrelations is the transform
 * of the mean of the power spectra, so that there is one inverse transform for the whole track.
 *
 * @returns [length], or null where the envelope is zero.
 */
export function meanAutocorrelation(envelope: Float32Array, length: number): Float64Array | null {
  const half = Math.floor(length / 2);
  // Twice the length, so that the circular correlation does not wrap.
  const fft = createRealFft(2 ** Math.ceil(Math.log2(2 * length)));
  const window = new Float64Array(fft.size);
  window.set(hannWindow(length));
  // librosa pads with a linear ramp to 0; behind it come zeros for the window's own padding.
  const padded = new Float32Array(envelope.length + 2 * half + fft.size);
  const firstValue = envelope[0] ?? 0;
  const lastValue = envelope.at(-1) ?? 0;
  for (let i = 0; i < half; i += 1) {
    padded[i] = (firstValue * i) / half;
    padded[half + envelope.length + half - 1 - i] = (lastValue * i) / half;
  }
  padded.set(envelope, half);

  const power = new Float64Array(fft.bins);
  const mean = new Float64Array(fft.bins);
  let used = 0;
  for (let frame = 0; frame < envelope.length; frame += 1) {
    let energy = 0;
    for (let i = 0; i < length; i += 1) energy += (padded[frame + i]! * window[i]!) ** 2;
    if (!(energy > 0)) continue;
    used += 1;
    fft.windowedPower(padded, frame, window, power);
    const scale = 1 / energy;
    for (let k = 0; k < power.length; k += 1) mean[k]! += power[k]! * scale;
  }
  if (used === 0) return null;
  const correlation = new Float64Array(fft.size);
  fft.inverse(mean, new Float64Array(fft.bins), correlation);
  return correlation.subarray(0, length).map((value) => value / envelope.length);
}
