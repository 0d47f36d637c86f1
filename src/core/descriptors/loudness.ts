import type { PcmAudio } from '#core/audio/pcm.ts';

/** One second-order filter: y = b0 x + b1 x[-1] + b2 x[-2] - a1 y[-1] - a2 y[-2]. */
export interface Biquad {
  readonly b: readonly [number, number, number];
  /** a1 and a2; a0 is 1. */
  readonly a: readonly [number, number];
}

/**
 * The two filters of K-weighting for any sample rate: the shelf of the head, then the high-pass ("RLB").
 *
 * ITU-R BS.1770 tabulates coefficients for 48 kHz only and asks for the same response at other rates. The analogue
 * prototypes behind the table (G. Brunet and others, libebur128) through the bilinear transform with their corner frequency
 * prewarped give the table at 48 kHz to 1e-11.
 *
 * @param sampleRate In hertz. Where the Nyquist frequency does not exceed the shelf's corner (1682 Hz), all the sound lies
 *   under the shelf and the first filter is left as the identity.
 */
export function kWeighting(sampleRate: number): readonly [Biquad, Biquad] {
  return [headShelf(sampleRate), highPass(sampleRate)];
}

function headShelf(sampleRate: number): Biquad {
  const corner = 1681.974450955533;
  const q = 0.7071752369554196;
  if (sampleRate <= 2.2 * corner) return { b: [1, 0, 0], a: [0, 0] };
  const k = Math.tan((Math.PI * corner) / sampleRate);
  const high = 10 ** (3.999843853973347 / 20);
  const middle = high ** 0.4996667741545416;
  const a0 = 1 + k / q + k * k;
  return {
    b: [
      (high + (middle * k) / q + k * k) / a0,
      (2 * (k * k - high)) / a0,
      (high - (middle * k) / q + k * k) / a0,
    ],
    a: [(2 * (k * k - 1)) / a0, (1 - k / q + k * k) / a0],
  };
}

function highPass(sampleRate: number): Biquad {
  const q = 0.5003270373238773;
  const k = Math.tan((Math.PI * 38.13547087602444) / sampleRate);
  const a0 = 1 + k / q + k * k;
  // The table's numerator is 1, -2, 1 as it stands, not divided by a0.
  return { b: [1, -2, 1], a: [(2 * (k * k - 1)) / a0, (1 - k / q + k * k) / a0] };
}

/** Weight of the surround channels, +1.5 dB. */
const surround = 1.41;

/**
 * Weights of the channels by their number, in the order of WAV and of Web Audio: L R C LFE Ls Rs. The LFE channel does not
 * count. Four channels are L R Ls Rs, five have no LFE; beyond six, where no order is agreed on, every channel has weight 1.
 */
export function channelWeights(channels: number): readonly number[] {
  switch (channels) {
    case 4:
      return [1, 1, surround, surround];
    case 5:
      return [1, 1, 1, surround, surround];
    case 6:
      return [1, 1, 1, 0, surround, surround];
    default:
      return Array<number>(channels).fill(1);
  }
}

const absoluteGateLufs = -70;
const relativeGateLu = -10;
/** Blocks of 400 ms overlap by 75 %: one begins every 100 ms. */
const stepSeconds = 0.1;
const stepsPerBlock = 4;

const loudnessOf = (power: number): number => -0.691 + 10 * Math.log10(power);

/**
 * Integrated loudness of a programme, ITU-R BS.1770-5 annex 1: K-weighting, mean square of each channel in blocks of
 * 400 ms, weighted sum, and the mean of the blocks above -70 LUFS and above 10 LU under the loudness of these.
 * A full-scale sine of 997 Hz in one channel is -3.01 LUFS.
 *
 * @param pcm At the file's own rate; only read. Samples that are not finite count as zero.
 * @returns LUFS; null for sound under 400 ms and where no block is above -70 LUFS.
 */
export function integratedLoudness({ channels, sampleRate }: PcmAudio): number | null {
  const step = Math.max(1, Math.round(stepSeconds * sampleRate));
  const steps = Math.floor((channels[0]?.length ?? 0) / step);
  const power = new Float64Array(steps);
  const weights = channelWeights(channels.length);
  const filters = kWeighting(sampleRate);
  channels.forEach((samples, index) => addWeightedPower(samples, filters, weights[index]!, step, power));

  const blocks: number[] = [];
  const absoluteGate = 10 ** ((absoluteGateLufs + 0.691) / 10);
  for (let first = 0; first + stepsPerBlock <= steps; first += 1) {
    let sum = 0;
    for (let i = 0; i < stepsPerBlock; i += 1) sum += power[first + i]!;
    const mean = sum / stepsPerBlock;
    if (mean > absoluteGate) blocks.push(mean);
  }
  if (blocks.length === 0) return null;
  const relativeGate = meanOf(blocks) * 10 ** (relativeGateLu / 10);
  return loudnessOf(meanOf(blocks.filter((block) => block > relativeGate)));
}

const meanOf = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

/** Loudest plausible sample, as the downmix has it: what lies beyond is damage. */
const largestPlausibleSample = 1e9;
/** A state under this is silence; smaller ones would become denormal numbers, which are slow. */
const smallestState = 1e-30;

/** Adds the mean square of the K-weighted samples, times `weight`, to each step of `power`. */
function addWeightedPower(
  samples: Float32Array,
  [shelf, pass]: readonly [Biquad, Biquad],
  weight: number,
  step: number,
  power: Float64Array,
): void {
  if (weight === 0) return;
  const [sb0, sb1, sb2] = shelf.b;
  const [sa1, sa2] = shelf.a;
  const [pb0, pb1, pb2] = pass.b;
  const [pa1, pa2] = pass.a;
  // Transposed direct form II: two states a filter.
  let s1 = 0;
  let s2 = 0;
  let p1 = 0;
  let p2 = 0;
  for (let block = 0; block < power.length; block += 1) {
    let sum = 0;
    const end = (block + 1) * step;
    for (let n = block * step; n < end; n += 1) {
      const sample = samples[n]!;
      const x = Math.abs(sample) <= largestPlausibleSample ? sample : 0;
      const shelved = sb0 * x + s1;
      s1 = sb1 * x - sa1 * shelved + s2;
      s2 = sb2 * x - sa2 * shelved;
      const y = pb0 * shelved + p1;
      p1 = pb1 * shelved - pa1 * y + p2;
      p2 = pb2 * shelved - pa2 * y;
      sum += y * y;
    }
    power[block]! += (weight * sum) / step;
    if (Math.abs(s1) < smallestState) s1 = 0;
    if (Math.abs(s2) < smallestState) s2 = 0;
    if (Math.abs(p1) < smallestState) p1 = 0;
    if (Math.abs(p2) < smallestState) p2 = 0;
  }
}
