import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { noReview, recordIdOf, type LibraryRow } from '#core/library/record.ts';
import { rowOf } from '#core/library/row.ts';
import { hellingerDistance, nearestRows } from '#core/library/similarity.ts';
import { testReport } from '#core/testing/reports.ts';

const genres = 6;
const distribution = fc
  .array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: genres, maxLength: genres })
  .filter((masses) => masses.some((mass) => mass > 1e-3))
  .map((masses) => {
    const total = masses.reduce((sum, mass) => sum + mass, 0);
    return Float32Array.from(masses, (mass) => mass / total);
  });

const report = testReport();
const base = rowOf({
  id: recordIdOf(report),
  report,
  review: noReview,
  thumbnail: null,
  addedAt: report.createdAt,
});
const rowWith = (name: string, probabilities: Float32Array): LibraryRow => ({
  ...base,
  id: name,
  name,
  audioSha256: name,
  probabilities,
});

describe('the Hellinger distance', () => {
  it('is a metric between 0 and 1', () => {
    fc.assert(
      fc.property(distribution, distribution, distribution, (p, q, r) => {
        const d = hellingerDistance(p, q);
        expect(d).toBe(hellingerDistance(q, p));
        expect(d).toBeGreaterThanOrEqual(0);
        expect(d).toBeLessThanOrEqual(1);
        expect(hellingerDistance(p, p)).toBe(0);
        expect(d).toBeLessThanOrEqual(hellingerDistance(p, r) + hellingerDistance(r, q) + 1e-6);
        if (d === 0) for (let i = 0; i < genres; i += 1) expect(p[i]).toBeCloseTo(q[i]!, 6);
      }),
    );
  });

  it('of distributions by hand', () => {
    expect(hellingerDistance(Float32Array.of(1, 0), Float32Array.of(0, 1))).toBe(1);
    // 1 - H^2 is the Bhattacharyya coefficient, the sum of sqrt(p q): here sqrt(0.5).
    const d = hellingerDistance(Float32Array.of(1, 0), Float32Array.of(0.5, 0.5));
    expect(d * d).toBeCloseTo(1 - Math.sqrt(0.5), 7);
  });
});

describe('tracks like this one', () => {
  it('are the nearest by distance, as sorting all of them finds', () => {
    fc.assert(
      fc.property(
        fc.array(distribution, { maxLength: 40 }),
        distribution,
        fc.integer({ min: 1, max: 8 }),
        (all, mine, k) => {
          const rows = all.map((probabilities, index) => rowWith(`${index}`, probabilities));
          const near = nearestRows(rowWith('me', mine), [...rows, rowWith('me', mine)], k);
          const sorted = rows
            .map((row) => hellingerDistance(mine, row.probabilities))
            .toSorted((a, b) => a - b)
            .slice(0, k);
          expect(near.map(({ distance }) => distance)).toEqual(
            sorted.map((distance) => expect.closeTo(distance, 6) as number),
          );
        },
      ),
    );
  });

  it('are of the same model, and never the same sound', () => {
    const p = Float32Array.of(1, 0, 0, 0, 0, 0);
    const me = rowWith('me', p);
    const rows = [
      me,
      { ...rowWith('me', p), id: 'the same sound, kept twice' },
      { ...rowWith('other weights', p), modelSha256: 'ff' },
      { ...rowWith('other id', p), modelId: 'other' },
      rowWith('mine', p),
    ];
    expect(nearestRows(me, rows, 5).map(({ row }) => row.name)).toEqual(['mine']);
  });
});
