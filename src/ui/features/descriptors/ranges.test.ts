import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { descriptorNames } from '#core/descriptors/trackDescriptors.ts';
import { descriptorRanges, digitsFor, placeInRange } from '#ui/features/descriptors/ranges.ts';

it.each(descriptorNames)('%s: the bar goes from 0 to 1, rising, and the usual range lies on it', (name) => {
  const range = descriptorRanges[name];
  expect(placeInRange(range.lowest, range)).toBe(0);
  expect(placeInRange(range.highest, range)).toBe(1);
  const [from, to] = range.usual.map((value) => placeInRange(value, range));
  expect(from).toBeGreaterThan(0);
  expect(to).toBeGreaterThan(from!);
  expect(to).toBeLessThan(1);
  const anything = fc.double({ noNaN: true });
  fc.assert(
    fc.property(anything, anything, (a, b) => {
      const [low, high] = [placeInRange(Math.min(a, b), range), placeInRange(Math.max(a, b), range)];
      expect(low >= 0 && high <= 1 && low <= high).toBe(true);
    }),
  );
});

it('small figures keep two digits that say something', () => {
  const flatness = descriptorRanges.spectralFlatness;
  expect([0.56, 0.011, 0.000_27, 0.000_013_7, 0, 1].map((value) => digitsFor(value, flatness))).toEqual([
    2, 3, 5, 6, 1, 1,
  ]);
  expect(digitsFor(1234.5, descriptorRanges.spectralCentroidHz)).toBe(0);
});
