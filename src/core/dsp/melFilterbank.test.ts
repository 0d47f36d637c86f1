import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  applyMelFilterbank,
  createMelFilterbank,
  hertzToMel,
  melFrequencies,
  melToHertz,
} from '#core/dsp/melFilterbank.ts';
import { fixtureFloat32 } from '#core/testing/fixture.ts';
import { acousticsenseFrontEnd, librosaDefaultFrontEnd } from '#core/testing/frontEnds.ts';

describe('createMelFilterbank', () => {
  it.each([
    ['acousticsense', acousticsenseFrontEnd],
    ['librosa_default', librosaDefaultFrontEnd],
  ] as const)('equals librosa.filters.mel for %s to float32 rounding', (name, frontEnd) => {
    const reference = fixtureFloat32(`mel_filterbank_${name}.f32`);
    const bank = createMelFilterbank(frontEnd);
    const dense = new Float32Array(bank.nMels * bank.bins);
    for (let m = 0; m < bank.nMels; m += 1) {
      const first = bank.offsets[m]!;
      const end = bank.offsets[m + 1]!;
      dense.set(bank.weights.subarray(first, end), m * bank.bins + bank.firstBins[m]!);
    }
    expect(reference.length).toBe(dense.length);
    const peak = reference.reduce((most, w) => Math.max(most, w), 0);
    let worst = 0;
    for (let i = 0; i < dense.length; i += 1) {
      worst = Math.max(worst, Math.abs(dense[i]! - reference[i]!));
    }
    expect(worst / peak).toBeLessThan(2e-7);
  });

  it('reads a flat spectrum as nearly the same density in every wide band (area 1 in hertz)', () => {
    const bank = createMelFilterbank(acousticsenseFrontEnd);
    const mel = new Float64Array(bank.nMels);
    applyMelFilterbank(bank, new Float64Array(bank.bins).fill(1), mel, 0);
    const binWidth = 22050 / 2048;
    // Low bands are narrower than a few bins, where a sum is a coarse integral.
    for (const density of mel.subarray(120)) {
      expect(density * binWidth).toBeGreaterThan(0.93);
      expect(density * binWidth).toBeLessThan(1.07);
    }
  });

  it('leaves a band that no bin falls into empty instead of reading beyond', () => {
    const bank = createMelFilterbank({ ...acousticsenseFrontEnd, nFft: 256 });
    const mel = new Float64Array(bank.nMels + 2).fill(-1);
    applyMelFilterbank(bank, new Float64Array(bank.bins).fill(1), mel, 1);
    expect(mel[0]).toBe(-1);
    expect(mel[mel.length - 1]).toBe(-1);
    const bands = mel.subarray(1, -1);
    expect(bands.every((value) => value >= 0)).toBe(true);
    expect(bands.some((value) => value === 0)).toBe(true);
  });

  it.each([
    { fMin: -1, fMax: 11025 },
    { fMin: 0, fMax: 11026 },
    { fMin: 500, fMax: 500 },
    { fMin: 0, fMax: Number.NaN },
  ])('refuses the edges %o', (edges) => {
    expect(() => createMelFilterbank({ ...acousticsenseFrontEnd, ...edges })).toThrow(RangeError);
  });
});

describe('the Slaney mel scale', () => {
  it('has its known points: 1000 Hz is 15 mel, 6400 Hz is 42 mel', () => {
    expect(hertzToMel(1000)).toBeCloseTo(15, 12);
    expect(hertzToMel(6400)).toBeCloseTo(42, 12);
    expect(hertzToMel(200)).toBeCloseTo(3, 12);
  });

  it('goes there and back', () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 96000, noNaN: true }), (frequency) => {
        expect(melToHertz(hertzToMel(frequency))).toBeCloseTo(frequency, 7);
      }),
    );
  });

  it('spaces the edges from fMin to fMax, rising', () => {
    const edges = melFrequencies(224, 20, 8000);
    expect(edges.length).toBe(226);
    expect(edges[0]).toBeCloseTo(20, 9);
    expect(edges[225]).toBeCloseTo(8000, 6);
    expect(edges.every((edge, i) => i === 0 || edge > edges[i - 1]!)).toBe(true);
  });
});
