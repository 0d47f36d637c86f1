import { kaiserSinc } from '#core/audio/resampleKaiser.ts';

/** A filter with linear phase: every frequency comes `latencySamples` late, none is turned. */
export interface LinearPhaseFir {
  /** [2 latencySamples + 1], symmetric. */
  readonly taps: Float32Array<ArrayBuffer>;
  readonly latencySamples: number;
  readonly latencySeconds: number;
}

export interface BandPassOptions {
  /** Length of the filter; an even number is taken as the next odd one. Without it, as many as `transitionHz` asks for. */
  readonly taps?: number;
  /** Width of the slope at each edge, in hertz. */
  readonly transitionHz?: number;
}

/**
 * Attenuation of each of the two low-passes, in dB. Their ripples add up in the worst case, so that each has 6 dB more
 * than the 60 dB that are promised.
 */
const designAttenuation = 67;
const kaiserBeta = 0.1102 * (designAttenuation - 8.7);
/** Slope at the edges unless asked otherwise: about a tone and a half at 200 Hz. */
const usualTransitionHz = 40;
/** A filter longer than this costs more than it gives: 0.37 s at 44.1 kHz. */
const mostTaps = 16_385;

/**
 * A band-pass filter as the difference of two windowed-sinc low-passes under a Kaiser window (Kaiser and Schafer 1980; the
 * length follows Kaiser's formula, `scipy.signal.kaiserord`). Gain 1 in the middle of the band, one half (-6 dB) at its
 * edges, at least 60 dB of attenuation from half a transition beyond them. A low edge of 0 makes it a low-pass, a high
 * edge at the Nyquist frequency a high-pass, both together a delay. A band that is narrower than its slopes is as wide as
 * these.
 *
 * @param lowHz Lower edge in hertz; under 0 counts as 0.
 * @param highHz Upper edge in hertz; beyond the Nyquist frequency counts as that.
 * @param sampleRate In hertz.
 * @throws RangeError where the band is empty.
 */
export function designBandPass(
  lowHz: number,
  highHz: number,
  sampleRate: number,
  options: BandPassOptions = {},
): LinearPhaseFir {
  const low = Math.max(0, lowHz) / sampleRate;
  const high = Math.min(0.5, highHz / sampleRate);
  if (!(low < high)) throw new RangeError(`band from ${lowHz} to ${highHz} Hz at ${sampleRate} Hz`);
  const length = options.taps ?? tapsFor(options.transitionHz ?? usualTransitionHz, sampleRate);
  const latency = Math.max(1, Math.floor(length / 2));
  const response = new Float64Array(2 * latency + 1);
  const passesLow = low === 0;
  const passesHigh = high === 0.5;
  for (let n = -latency; n <= latency; n += 1) {
    // At half the sampling rate the sinc is 1 at n = 0 and 0 elsewhere: all there is.
    const upper = passesHigh ? (n === 0 ? 1 : 0) : kaiserSinc(n, high, latency + 1, kaiserBeta);
    const lower = passesLow ? 0 : kaiserSinc(n, low, latency + 1, kaiserBeta);
    response[n + latency] = upper - lower;
  }
  const middle = passesLow ? 0 : passesHigh ? 0.5 : (low + high) / 2;
  const gain = zeroPhaseGain(response, middle);
  return {
    taps: Float32Array.from(response, (value) => value / gain),
    latencySamples: latency,
    latencySeconds: latency / sampleRate,
  };
}

/** Kaiser's estimate of the length for a slope of so many hertz. */
function tapsFor(transitionHz: number, sampleRate: number): number {
  const slope = (2 * Math.PI * transitionHz) / sampleRate;
  return Math.min(mostTaps, 1 + Math.ceil((designAttenuation - 7.95) / (2.285 * slope)));
}

/** Gain of a symmetric filter at `frequency` cycles per sample; real, because the delay is taken out. */
function zeroPhaseGain(response: Float64Array, frequency: number): number {
  const latency = (response.length - 1) / 2;
  let sum = response[latency]!;
  for (let n = 1; n <= latency; n += 1) {
    sum += 2 * response[latency + n]! * Math.cos(2 * Math.PI * frequency * n);
  }
  return sum;
}
