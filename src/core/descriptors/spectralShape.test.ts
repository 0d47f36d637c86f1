import { describe, expect, it } from 'vitest';
import {
  spectralCentroid,
  spectralFlatness,
  spectralIrregularity,
  type FrameSpectrum,
} from '#core/descriptors/spectralShape.ts';
import { createPowerStft } from '#core/dsp/stft.ts';
import { whiteNoise } from '#core/testing/sounds.ts';

const sampleRate = 22_050;
const binHz = sampleRate / 2048;
const stft = createPowerStft({ nFft: 2048, winLength: 2048, hopLength: 512 });

/** Spectrum of a frame in the middle of a sound. */
function spectrum(samples: Float32Array, frame = 8): FrameSpectrum {
  const power = new Float64Array(1025);
  stft.framePower(samples, frame, power);
  return { power, magnitude: power.map(Math.sqrt) };
}

/** Partials at multiples of 400 Hz with these amplitudes. */
const partials = (...amplitudes: readonly number[]): Float32Array =>
  Float32Array.from({ length: 8192 }, (_, n) =>
    amplitudes.reduce(
      (sum, a, i) => sum + a * Math.sin((2 * Math.PI * 400 * (i + 1) * n) / sampleRate + i),
      0,
    ),
  );

describe('spectralCentroid', () => {
  it('of one bin is its frequency, of two the mean by magnitude, of nothing 0', () => {
    const magnitude = new Float64Array(1025);
    expect(spectralCentroid(magnitude, binHz)).toBe(0);
    magnitude[100] = 3;
    expect(spectralCentroid(magnitude, binHz)).toBeCloseTo(100 * binHz, 9);
    magnitude[200] = 1;
    expect(spectralCentroid(magnitude, binHz)).toBeCloseTo(125 * binHz, 9);
  });

  it('of a tone is near the tone, of white noise near the middle of the band', () => {
    expect(Math.abs(spectralCentroid(spectrum(partials(0, 0, 1)).magnitude, binHz) - 1200)).toBeLessThan(15);
    const noise = whiteNoise(2);
    const frames = Array.from({ length: 70 }, (_, i) =>
      spectralCentroid(spectrum(noise, 5 + i).magnitude, binHz),
    );
    const mean = frames.reduce((sum, hz) => sum + hz, 0) / frames.length;
    expect(Math.abs(mean - sampleRate / 4)).toBeLessThan(60);
  });
});

describe('spectralFlatness', () => {
  it('is 1 for equal bins, whatever their power, and for silence', () => {
    for (const power of [0, 1e-12, 1, 1e9, 1e23])
      expect(spectralFlatness(new Float64Array(1025).fill(power))).toBeCloseTo(1, 9);
  });

  it('follows geometric over arithmetic mean', () => {
    const power = Float64Array.from({ length: 1025 }, (_, k) => (k % 2 === 0 ? 4 : 1));
    expect(spectralFlatness(power)).toBeCloseTo(4 ** (513 / 1025) / ((513 * 4 + 512) / 1025), 9);
  });

  it('of white noise is exp(-gamma) = 0.561, the ratio for exponentially distributed powers', () => {
    const noise = whiteNoise(4);
    const frames = Array.from({ length: 40 }, (_, i) => spectralFlatness(spectrum(noise, 4 + 4 * i).power));
    expect(frames.reduce((sum, x) => sum + x, 0) / frames.length).toBeCloseTo(0.5615, 1);
    expect(spectralFlatness(spectrum(partials(1)).power)).toBeLessThan(1e-5);
  });
});

describe('spectralIrregularity', () => {
  it.each([
    ['one tone', [1], 1],
    ['two equal partials', [1, 1], 1 / 2],
    ['five equal partials', [1, 1, 1, 1, 1], 1 / 5],
    ['a falling series', [1, 1 / 2, 1 / 3, 1 / 4], (1 / 4 + 1 / 36 + 1 / 144 + 1 / 16) / (205 / 144)],
    ['odd partials loud', [1, 0.1, 1, 0.1], (3 * 0.81 + 0.01) / 2.02],
  ])('of %s is what its amplitudes say', (_, amplitudes, expected) => {
    const found = spectralIrregularity(spectrum(partials(...amplitudes)));
    expect(Math.abs(found! / expected - 1)).toBeLessThan(0.04);
  });

  it('does not depend on the level, ignores what is 40 dB down, and has no answer without a peak', () => {
    const loud = spectralIrregularity(spectrum(partials(1, 0.4, 0.7)));
    const soft = spectralIrregularity(spectrum(partials(0.01, 0.004, 0.007)));
    expect(soft! / loud!).toBeCloseTo(1, 3);
    const shadowed = spectralIrregularity(spectrum(partials(1, 0.4, 0.7, 0.002)));
    expect(shadowed! / loud!).toBeCloseTo(1, 2);
    const flat = new Float64Array(1025).fill(2);
    expect(spectralIrregularity({ power: flat, magnitude: flat })).toBeNull();
  });
});
