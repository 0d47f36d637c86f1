import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { relevanceShares } from '#core/explain/relevance.ts';

describe('shares of relevance', () => {
  it('leave the class token out and sum to 1', () => {
    expect([...relevanceShares(Float32Array.of(1.7, 1, 0, 3))]).toEqual([0.25, 0, 0.75]);
  });

  it('are all 0 where nothing argued for the class', () => {
    expect([...relevanceShares(Float32Array.of(1, 0, 0, 0))]).toEqual([0, 0, 0]);
  });

  it('keep the order of the patches, however small the relevance', () => {
    const small = fc.float({ min: 0, max: Math.fround(1e-30), noNaN: true });
    fc.assert(
      fc.property(fc.array(small, { minLength: 1, maxLength: 50 }), (patches) => {
        const shares = relevanceShares(Float32Array.of(1, ...patches));
        const sum = shares.reduce((total, share) => total + share, 0);
        expect(sum).toBeCloseTo(patches.some((patch) => patch > 0) ? 1 : 0, 4);
        for (const [index, patch] of patches.entries())
          if (index > 0 && patch >= patches[index - 1]!)
            expect(shares[index]!).toBeGreaterThanOrEqual(shares[index - 1]!);
      }),
    );
  });

  it('are not made from what no graph gives', () => {
    for (const values of [[1], [1, -1], [1, NaN], [1, Infinity]])
      expect(() => relevanceShares(Float32Array.from(values))).toThrow(RangeError);
  });

  it('do not change what they are made from', () => {
    const relevance = Float32Array.of(1, 2, 2);
    relevanceShares(relevance);
    expect([...relevance]).toEqual([1, 2, 2]);
  });
});
