import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { overviewColumns, waveformOverview } from '#core/render/waveformOverview.ts';

it('every sample lies between the low and the high of its column', () => {
  const sample = fc.float({ min: -1, max: 1, noNaN: true });
  fc.assert(
    fc.property(
      fc.array(sample, { minLength: 1, maxLength: 400 }),
      fc.integer({ min: 1, max: 60 }),
      (list, most) => {
        const samples = Float32Array.from(list);
        const { columns, lows, highs } = waveformOverview(samples, most);
        expect(columns).toBe(Math.min(most, samples.length));
        for (let column = 0; column < columns; column += 1) {
          const part = samples.subarray(
            Math.floor((column * samples.length) / columns),
            Math.floor(((column + 1) * samples.length) / columns),
          );
          const low = Math.min(...part) * 127;
          const high = Math.max(...part) * 127;
          expect(lows[column]).toBeLessThanOrEqual(low + 1e-3);
          expect(highs[column]).toBeGreaterThanOrEqual(high - 1e-3);
          expect(low - lows[column]!).toBeLessThan(1.001);
          expect(highs[column]! - high).toBeLessThan(1.001);
        }
      },
    ),
  );
});

it('one click among silence is seen, and nothing is wider than the overview', () => {
  const samples = new Float32Array(1_000_000);
  samples[654_321] = 0.001;
  const { columns, lows, highs } = waveformOverview(samples);
  expect(columns).toBe(overviewColumns);
  expect(highs.reduce((sum, value) => sum + value, 0)).toBe(1);
  expect(highs[Math.floor((654_321 / 1e6) * overviewColumns)]).toBe(1);
  expect(lows.every((value) => value === 0)).toBe(true);
});

it('what is louder than full scale is clipped', () => {
  const { lows, highs } = waveformOverview(Float32Array.of(-3, 3), 1);
  expect([lows[0], highs[0]]).toEqual([-127, 127]);
});

it('no samples have no columns', () => {
  expect(waveformOverview(new Float32Array(0)).columns).toBe(0);
});
