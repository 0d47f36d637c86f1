import { describe, expect, it } from 'vitest';
import { patchAttention } from '#core/explain/classAttention.ts';

/** Two heads, three layers, the class token and two patches. */
const shape = { heads: 2, layers: 3, tokens: 3 };
const rows = [
  [0.5, 0.5, 0],
  [0.2, 0.2, 0.6],
  [1, 0, 0],
  [0, 0.1, 0.9],
  [0.2, 0.6, 0.2],
  [0.4, 0.3, 0.3],
];
const classAttention = Float32Array.from(rows.flat());

describe('patchAttention', () => {
  it('is the row of the head and layer without the class token, sum 1', () => {
    expect([...patchAttention(classAttention, shape, { layer: 1, head: 0 })]).toEqual([
      expect.closeTo(0.25, 6),
      expect.closeTo(0.75, 6),
    ]);
    expect([...patchAttention(classAttention, shape, { layer: 0, head: 1 })]).toEqual([
      expect.closeTo(0.1, 6),
      expect.closeTo(0.9, 6),
    ]);
  });

  it('means the heads before the class token is left out', () => {
    const [first = 0, second = 0] = patchAttention(classAttention, shape, { layer: 1, head: 'mean' });
    expect(first).toBeCloseTo(0.8 / 1.6, 6);
    expect(first + second).toBeCloseTo(1, 12);
  });

  it('is nothing where the head looks at the class token alone', () => {
    expect([...patchAttention(classAttention, shape, { layer: 2, head: 0 })]).toEqual([0, 0]);
  });

  it('refuses what does not fit', () => {
    expect(() => patchAttention(classAttention, shape, { layer: 3, head: 0 })).toThrow('layer 3');
    expect(() => patchAttention(classAttention, shape, { layer: 0, head: 2 })).toThrow('head 2');
    expect(() => patchAttention(new Float32Array(5), shape, { layer: 0, head: 0 })).toThrow('5 values');
  });
});
