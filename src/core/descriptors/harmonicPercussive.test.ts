import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { percussiveToHarmonicDb, separatePartEnergies } from '#core/descriptors/harmonicPercussive.ts';

const reflect = (i: number, n: number): number => {
  const place = ((i % (2 * n)) + 2 * n) % (2 * n);
  return place < n ? place : 2 * n - 1 - place;
};

const median = (read: (offset: number) => number): number =>
  Array.from({ length: 31 }, (_, i) => read(i - 15)).toSorted((a, b) => a - b)[15]!;

/** A spectrogram of 100 frames and 200 bins that is 1 or 0. */
const along = (isOn: (frame: number, bin: number) => boolean): Float32Array =>
  Float32Array.from({ length: 100 * 200 }, (_, i) => (isOn(Math.floor(i / 200), i % 200) ? 1 : 0));

/** The definition, without any cleverness: sort 31 values around each place, edges reflected. */
function reference(magnitude: Float32Array, nFrames: number, bins: number): readonly [number, number] {
  const at = (frame: number, bin: number): number => magnitude[frame * bins + bin]!;
  let harmonic = 0;
  let percussive = 0;
  for (let frame = 0; frame < nFrames; frame += 1)
    for (let bin = 0; bin < bins; bin += 1) {
      const h = median((i) => at(reflect(frame + i, nFrames), bin)) ** 2;
      const p = median((i) => at(frame, reflect(bin + i, bins))) ** 2;
      const mask = h + p > 0 ? h / (h + p) : 0.5;
      harmonic += (at(frame, bin) * mask) ** 2;
      percussive += (at(frame, bin) * (1 - mask)) ** 2;
    }
  return [harmonic, percussive];
}

describe('separatePartEnergies', () => {
  it('is the definition, for any spectrogram, small ones too', () => {
    const size = fc.tuple(fc.integer({ min: 1, max: 50 }), fc.integer({ min: 1, max: 50 }));
    fc.assert(
      fc.property(size, fc.integer(), ([nFrames, bins], seed) => {
        const magnitude = Float32Array.from(
          { length: nFrames * bins },
          // Many equal values and zeros among the others.
          (_, i) => Math.floor(10 * Math.abs(Math.sin(i * 12.9898 + seed))) ** 2,
        );
        const { harmonic, percussive } = separatePartEnergies(magnitude, nFrames, bins);
        const [h, p] = reference(magnitude, nFrames, bins);
        expect(harmonic).toBeCloseTo(h, 3);
        expect(percussive).toBeCloseTo(p, 3);
      }),
      { numRuns: 40 },
    );
  });

  it('a line along time is harmonic, a line along frequency percussive', () => {
    expect(
      separatePartEnergies(
        along((_, bin) => bin === 77),
        100,
        200,
      ),
    ).toEqual({ harmonic: 100, percussive: 0 });
    expect(
      separatePartEnergies(
        along((frame) => frame === 33),
        100,
        200,
      ),
    ).toEqual({ harmonic: 0, percussive: 200 });
  });

  it('has a ratio in dB, at most 60 either way', () => {
    expect(percussiveToHarmonicDb({ harmonic: 10, percussive: 1 })).toBeCloseTo(-10, 9);
    expect(percussiveToHarmonicDb({ harmonic: 0, percussive: 1 })).toBe(60);
    expect(percussiveToHarmonicDb({ harmonic: 1, percussive: 0 })).toBe(-60);
    expect(percussiveToHarmonicDb({ harmonic: 0, percussive: 0 })).toBeNull();
  });
});
