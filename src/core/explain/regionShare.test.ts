import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { regionShare } from '#core/explain/regionShare.ts';

/** Two rows (0 to 1000 Hz, 1000 to 4000 Hz) by four frames of half a second. */
const map = {
  rows: 2,
  nFrames: 4,
  rowEdgesHz: Float64Array.of(0, 1000, 4000),
  values: Float32Array.of(1, 1, 1, 0, 3, 1, 1, 0),
};
const whole = { startSeconds: 0, endSeconds: 2, lowHz: 0, highHz: 4000 };

describe('regionShare', () => {
  it('is everything for the whole picture and nothing outside of it', () => {
    expect(regionShare(map, 0.5, whole)).toEqual({ attention: 1, area: 1 });
    expect(regionShare(map, 0.5, { ...whole, startSeconds: 5, endSeconds: 6 })).toEqual({
      attention: 0,
      area: 0,
    });
  });

  it('counts whole cells, and cut cells by their part', () => {
    const upperLeft = { startSeconds: 0, endSeconds: 0.5, lowHz: 1000, highHz: 4000 };
    expect(regionShare(map, 0.5, upperLeft).attention).toBeCloseTo(3 / 8, 12);
    expect(regionShare(map, 0.5, upperLeft).area).toBeCloseTo(1 / 6, 12);
    expect(regionShare(map, 0.5, { ...upperLeft, endSeconds: 0.25 }).attention).toBeCloseTo(1.5 / 8, 12);
    expect(regionShare(map, 0.5, { ...upperLeft, lowHz: 2500 }).attention).toBeCloseTo(1.5 / 8, 12);
  });

  it('of even attention is the covered area', () => {
    const even = { ...map, values: new Float32Array(8).fill(1) };
    fc.assert(
      fc.property(
        fc.tuple(fc.double({ min: 0, max: 2, noNaN: true }), fc.double({ min: 0, max: 2, noNaN: true })),
        fc.tuple(fc.integer({ min: 0, max: 4000 }), fc.integer({ min: 0, max: 4000 })),
        (seconds, hertz) => {
          const box = {
            startSeconds: Math.min(...seconds),
            endSeconds: Math.max(...seconds),
            lowHz: Math.min(...hertz),
            highHz: Math.max(...hertz),
          };
          const share = regionShare(even, 0.5, box);
          expect(share.attention).toBeCloseTo(share.area, 9);
        },
      ),
    );
  });

  it('says 0 where no window was read', () => {
    expect(regionShare({ ...map, values: new Float32Array(8) }, 0.5, whole)).toEqual({
      attention: 0,
      area: 0,
    });
  });
});
