import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { analysisError } from '#core/errors.ts';
import type { FaithfulnessSubject } from '#core/explain/faithfulness.ts';
import {
  curveAreas,
  faithfulness,
  patchOrder,
  randomAreas,
  randomOrder,
} from '#core/explain/faithfulness.ts';
import { err, ok } from '#core/result.ts';

const across = 4;
const patchSize = 2;
const imageSize = across * patchSize;
const patches = across * across;
const channels = 2;

/** Whole patches that show the input (1) and not the baseline (0), in all of their pixels and channels. */
function visiblePatches(picture: Float32Array): boolean[] {
  return Array.from({ length: patches }, (_, patch) => {
    const seen = new Set<number>();
    for (let index = 0; index < picture.length; index += 1) {
      const pixel = index % (imageSize * imageSize);
      const row = Math.floor(pixel / imageSize / patchSize);
      const column = Math.floor((pixel % imageSize) / patchSize);
      if (row * across + column === patch) seen.add(picture[index]!);
    }
    if (seen.size !== 1) throw new Error(`patch ${patch} is shown in part`);
    return seen.has(1);
  });
}

/** A network whose probability is the sum of the weights of the patches that it sees. */
const additive = (weights: readonly number[]): FaithfulnessSubject => ({
  input: new Float32Array(channels * imageSize * imageSize).fill(1),
  baseline: new Float32Array(channels * imageSize * imageSize),
  imageSize,
  patchSize,
  probability: async (picture) =>
    ok(visiblePatches(picture).reduce((sum, shown, patch) => sum + (shown ? weights[patch]! : 0), 0)),
});

async function valueOf<T>(result: Promise<{ ok: true; value: T } | { ok: false }>): Promise<T> {
  const settled = await result;
  if (!settled.ok) throw new Error('refused');
  return settled.value;
}

describe('deletion and insertion', () => {
  const oneMatters = additive(Array.from({ length: patches }, (_, patch) => (patch === 6 ? 1 : 0)));
  const shares = Array.from({ length: patches }, (_, patch) => (patch === 6 ? 0.9 : 0.1 / (patches - 1)));

  it('of the one patch that matters, named first, are all but 0 and 1', async () => {
    const areas = await valueOf(curveAreas(oneMatters, patchOrder(shares), patches));
    expect(areas.deletion).toBeCloseTo(0.5 / patches, 12);
    expect(areas.insertion).toBeCloseTo(1 - 0.5 / patches, 12);
  });

  it('in groups keep to the same curve', async () => {
    const areas = await valueOf(curveAreas(oneMatters, patchOrder(shares), 3));
    expect(areas.deletion).toBeCloseTo(0.5 / 3, 12);
    expect(areas.insertion).toBeCloseTo(1 - 0.5 / 3, 12);
  });

  it('are those of chance where every patch matters the same', async () => {
    const even = additive(Array.from({ length: patches }, () => 1 / patches));
    const random = await valueOf(randomAreas(even, 4, [1, 2]));
    const found = await valueOf(faithfulness(even, shares, 4, random));
    expect(found.gain.deletion).toBeCloseTo(0, 12);
    expect(found.gain.insertion).toBeCloseTo(0, 12);
    expect(random.deletion).toBeCloseTo(0.5, 12);
  });

  it('are best in the order of what patches truly weigh, and chance lies between it and its reverse', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: patches, maxLength: patches }),
        fc.integer(),
        async (weights, seed) => {
          const subject = additive(weights);
          const random = await valueOf(randomAreas(subject, 8, [seed, seed + 1]));
          const best = await valueOf(faithfulness(subject, weights, 8, random));
          const worst = await valueOf(
            faithfulness(
              subject,
              weights.map((weight) => -weight),
              8,
              random,
            ),
          );
          expect(best.gain.deletion).toBeGreaterThanOrEqual(-1e-9);
          expect(best.gain.insertion).toBeGreaterThanOrEqual(-1e-9);
          expect(worst.gain.deletion).toBeLessThanOrEqual(1e-9);
          expect(worst.gain.insertion).toBeLessThanOrEqual(1e-9);
        },
      ),
      { numRuns: 20 },
    );
  });

  it('leave input and baseline as they were', async () => {
    await valueOf(curveAreas(oneMatters, randomOrder(patches, 3), 5));
    expect(oneMatters.input.every((value) => value === 1)).toBe(true);
    expect(oneMatters.baseline.every((value) => value === 0)).toBe(true);
  });

  it('hand on what went wrong in the network, and refuse impossible steps', async () => {
    const lost = err(analysisError('backend-lost', 'gone'));
    const broken = { ...oneMatters, probability: async () => lost };
    expect(await randomAreas(broken, 4, [1])).toEqual(lost);
    for (const steps of [0, patches + 1, 1.5])
      await expect(curveAreas(oneMatters, patchOrder(shares), steps)).rejects.toThrow(RangeError);
  });
});

it('orders patches by share, equals by number', () => {
  expect(patchOrder([0.2, 0.5, 0.2, 0.1])).toEqual([1, 0, 2, 3]);
});

it('random orders are permutations, the same for the same seed', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 300 }), fc.integer(), (count, seed) => {
      const order = randomOrder(count, seed);
      expect(order.toSorted((a, b) => a - b)).toEqual(Array.from({ length: count }, (_, index) => index));
      expect(randomOrder(count, seed)).toEqual(order);
    }),
  );
  expect(randomOrder(196, 1)).not.toEqual(randomOrder(196, 2));
});
