import { describe, expect, it } from 'vitest';
import type { PcmAudio } from '#core/audio/pcm.ts';
import { channelWeights, integratedLoudness, kWeighting, type Biquad } from '#core/descriptors/loudness.ts';
import { hertz } from '#core/units.ts';

/** Tones of 1000 Hz in a row: [seconds, dBFS], a full-scale sine being 0 dBFS. */
function tones(
  sampleRate: number,
  parts: readonly (readonly [number, number])[],
  hz = 1000,
): Float32Array<ArrayBuffer> {
  const seconds = parts.reduce((sum, [length]) => sum + length, 0);
  const samples = new Float32Array(Math.round(seconds * sampleRate));
  let at = 0;
  for (const [length, level] of parts) {
    const end = at + Math.round(length * sampleRate);
    const amplitude = 10 ** (level / 20);
    for (; at < end; at += 1) samples[at] = amplitude * Math.sin((2 * Math.PI * hz * at) / sampleRate);
  }
  return samples;
}

const pcm = (sampleRate: number, ...channels: Float32Array<ArrayBuffer>[]): PcmAudio => ({
  channels,
  sampleRate: hertz(sampleRate),
});
const stereo = (rate: number, parts: readonly (readonly [number, number])[]): PcmAudio => {
  const channel = tones(rate, parts);
  return pcm(rate, channel, channel);
};

/** Gain in dB at a frequency, from the coefficients. */
function gainDb({ b, a }: Biquad, hz: number, sampleRate: number): number {
  const w = (2 * Math.PI * hz) / sampleRate;
  const square = (c0: number, c1: number, c2: number): number =>
    (c0 + c1 * Math.cos(w) + c2 * Math.cos(2 * w)) ** 2 + (c1 * Math.sin(w) + c2 * Math.sin(2 * w)) ** 2;
  return 10 * Math.log10(square(...b) / square(1, ...a));
}

describe('kWeighting', () => {
  it('at 48 kHz has the coefficients of tables 1 and 2 of ITU-R BS.1770', () => {
    const [shelf, pass] = kWeighting(48_000);
    const expected = [
      [shelf.b, [1.53512485958697, -2.69169618940638, 1.19839281085285]],
      [shelf.a, [-1.69065929318241, 0.73248077421585]],
      [pass.b, [1, -2, 1]],
      [pass.a, [-1.99004745483398, 0.99007225036621]],
    ] as const;
    for (const [found, table] of expected)
      found.forEach((value, i) => expect(value).toBeCloseTo(table[i]!, 11));
  });

  it.each([22_050, 32_000, 44_100, 96_000, 192_000])('at %i Hz has the same response', (rate) => {
    const here = kWeighting(rate);
    const there = kWeighting(48_000);
    for (const hz of [20, 40, 100, 500, 997, 1700, 3000])
      for (const stage of [0, 1] as const)
        expect(Math.abs(gainDb(here[stage], hz, rate) - gainDb(there[stage], hz, 48_000))).toBeLessThan(0.25);
  });
});

describe('integratedLoudness', () => {
  it.each([48_000, 44_100, 22_050])('a full-scale sine of 997 Hz in mono at %i Hz is -3.01 LUFS', (rate) => {
    expect(integratedLoudness(pcm(rate, tones(rate, [[5, 0]], 997)))).toBeCloseTo(-3.01, 1);
  });

  // EBU Tech 3341 v4 (2023), table 1: test signals 1 to 6, all within 0.1 LU.
  it.each([
    ['1', stereo(48_000, [[20, -23]]), -23],
    ['2', stereo(44_100, [[20, -33]]), -33],
    [
      '3',
      stereo(16_000, [
        [10, -36],
        [60, -23],
        [10, -36],
      ]),
      -23,
    ],
    [
      '4',
      stereo(16_000, [
        [10, -72],
        [10, -36],
        [60, -23],
        [10, -36],
        [10, -72],
      ]),
      -23,
    ],
    [
      '5',
      stereo(32_000, [
        [20, -26],
        [20.1, -20],
        [20, -26],
      ]),
      -23,
    ],
    ['6', pcm(48_000, ...[-28, -28, -24, -30, -30].map((level) => tones(48_000, [[20, level]]))), -23],
  ])('EBU Tech 3341 signal %s', (_, sound, expected) => {
    expect(Math.abs(integratedLoudness(sound)! - expected)).toBeLessThan(0.1);
  });

  it('two equal channels are 3.01 LU louder than one, the LFE does not count, the surrounds 1.5 dB more', () => {
    const tone = tones(48_000, [[2, -20]]);
    const mute = new Float32Array(tone.length);
    const one = integratedLoudness(pcm(48_000, tone))!;
    expect(integratedLoudness(pcm(48_000, tone, tone))! - one).toBeCloseTo(3.01, 2);
    expect(integratedLoudness(pcm(48_000, mute, mute, mute, tone, mute, mute))).toBeNull();
    expect(integratedLoudness(pcm(48_000, mute, mute, mute, mute, tone, mute))! - one).toBeCloseTo(1.49, 2);
    expect(channelWeights(9)).toEqual(Array(9).fill(1));
  });

  it('has no number for silence, for less than a block, and counts broken samples as zero', () => {
    const tone = tones(8000, [[2, -20]]);
    expect(integratedLoudness(pcm(8000, new Float32Array(80_000)))).toBeNull();
    expect(integratedLoudness(pcm(8000, tone.slice(0, 3100)))).toBeNull();
    expect(integratedLoudness(pcm(8000))).toBeNull();
    const holes = tone.slice();
    const broken = tone.slice();
    for (let n = 5; n < tone.length; n += 100) {
      holes[n] = 0;
      broken[n] = n % 200 === 5 ? Number.NaN : Infinity;
    }
    expect(integratedLoudness(pcm(8000, broken))).toBe(integratedLoudness(pcm(8000, holes)));
  });

  it('is finite at every rate that a file may have', () => {
    for (const rate of [1000, 3000, 3700, 3800, 8000, 768_000])
      expect(integratedLoudness(pcm(rate, tones(rate, [[0.5, -20]], 300)))).toBeGreaterThan(-40);
  });
});
