import { describe, expect, it } from 'vitest';
import { powerToDb } from '#core/dsp/powerToDb.ts';

describe('powerToDb', () => {
  it.each([
    [1, 0],
    [10, 10],
    [2, 3.010299956639812],
    [1e-7, -70],
    [1e-10, -100],
    [1e-11, -100],
    [0, -100],
    [-1, -100],
    [Number.NaN, -100],
  ])('%s is %s dB over a floor of 1e-10', (power, db) => {
    expect(powerToDb(power, 1e-10)).toBeCloseTo(db, 12);
  });
});
