import type { AnalysisError } from '#core/errors.ts';
import type { Result } from '#core/result.ts';
import { ok } from '#core/result.ts';

/*
 * How far an explanation names the patches that move the answer: deletion and insertion (Petsiuk, Das, Saenko 2018, "RISE"),
 * always beside a random order, because the areas of themselves say little.
 */

/** A window before the network, and how to ask it. */
export interface FaithfulnessSubject {
  /** Input of the network, row-major [channels x imageSize x imageSize]. */
  readonly input: Float32Array;
  /** What stands where a patch is removed, of the same shape. */
  readonly baseline: Float32Array;
  readonly imageSize: number;
  readonly patchSize: number;
  /** Probability of the class that is explained, 0..1. */
  readonly probability: (input: Float32Array) => Promise<Result<number, AnalysisError>>;
}

/** Areas under the curves of probability over the share of patches, 0..1. */
export interface CurveAreas {
  /** Patches taken out one group after the other, most important first: the lower, the more those patches mattered. */
  readonly deletion: number;
  /** Patches put into the baseline in the same order: the higher, the sooner they suffice. */
  readonly insertion: number;
}

export interface Faithfulness extends CurveAreas {
  /** Mean of the areas over random orders. */
  readonly random: CurveAreas;
  /**
   * random.deletion - deletion, and insertion - random.insertion, each -1..1: above 0 where the explanation's order is better
   * than chance. Not a probability, and nothing to compare between windows of different certainty.
   */
  readonly gain: CurveAreas;
}

/** Patches from the most important to the least; of equals the earlier first, so that no order is by chance. */
export function patchOrder(shares: ArrayLike<number>): number[] {
  return Array.from({ length: shares.length }, (_, patch) => patch).toSorted(
    (a, b) => shares[b]! - shares[a]! || a - b,
  );
}

/** A permutation of 0..count-1: the same for the same seed (any 32-bit integer). */
export function randomOrder(count: number, seed: number): number[] {
  const next = uniform(seed);
  const order = Array.from({ length: count }, (_, patch) => patch);
  for (let last = count - 1; last > 0; last -= 1) {
    const chosen = Math.floor(next() * (last + 1));
    [order[last], order[chosen]] = [order[chosen]!, order[last]!];
  }
  return order;
}

/**
 * The areas of one order of patches, by trapezoids over `steps` groups of (nearly) equal size.
 *
 * @param order every patch once, row-major numbers from the first image row on
 * @param steps 1..patches; each costs two runs of the network
 * @returns the first error of the network, else the areas
 */
export async function curveAreas(
  subject: FaithfulnessSubject,
  order: readonly number[],
  steps: number,
): Promise<Result<CurveAreas, AnalysisError>> {
  const { input, baseline, probability } = subject;
  if (!Number.isInteger(steps) || steps < 1 || steps > order.length)
    throw new RangeError(`${steps} steps for ${order.length} patches`);
  const removed = input.slice();
  const built = baseline.slice();
  let deletion = 0;
  let insertion = 0;
  for (let step = 0; step <= steps; step += 1) {
    if (step > 0) {
      const group = order.slice(groupStart(step - 1, steps, order), groupStart(step, steps, order));
      for (const patch of group) {
        copyPatch(subject, baseline, removed, patch);
        copyPatch(subject, input, built, patch);
      }
    }
    // the ends of a trapezoid rule count half
    const weight = step === 0 || step === steps ? 0.5 / steps : 1 / steps;
    const without = await probability(removed);
    if (!without.ok) return without;
    const only = await probability(built);
    if (!only.ok) return only;
    deletion += weight * without.value;
    insertion += weight * only.value;
  }
  return ok({ deletion, insertion });
}

/**
 * Deletion and insertion of an explanation beside the mean over random orders, one for each seed.
 *
 * @param shares importance of every patch
 * @param random the mean areas of random orders of the same subject and number of steps (`randomAreas`)
 */
export async function faithfulness(
  subject: FaithfulnessSubject,
  shares: ArrayLike<number>,
  steps: number,
  random: CurveAreas,
): Promise<Result<Faithfulness, AnalysisError>> {
  const areas = await curveAreas(subject, patchOrder(shares), steps);
  if (!areas.ok) return areas;
  const { deletion, insertion } = areas.value;
  const gain = { deletion: random.deletion - deletion, insertion: insertion - random.insertion };
  return ok({ deletion, insertion, random, gain });
}

/** The mean areas over one random order for each seed; at least one. */
export async function randomAreas(
  subject: FaithfulnessSubject,
  steps: number,
  seeds: readonly number[],
): Promise<Result<CurveAreas, AnalysisError>> {
  if (seeds.length === 0) throw new RangeError('no seeds');
  const patches = (subject.imageSize / subject.patchSize) ** 2;
  let deletion = 0;
  let insertion = 0;
  for (const seed of seeds) {
    const areas = await curveAreas(subject, randomOrder(patches, seed), steps);
    if (!areas.ok) return areas;
    deletion += areas.value.deletion / seeds.length;
    insertion += areas.value.insertion / seeds.length;
  }
  return ok({ deletion, insertion });
}

const groupStart = (step: number, steps: number, { length }: readonly number[]): number =>
  Math.round((step * length) / steps);

/** Copies one patch, in all channels. */
function copyPatch(
  { imageSize, patchSize }: FaithfulnessSubject,
  from: Float32Array,
  to: Float32Array,
  patch: number,
): void {
  const across = imageSize / patchSize;
  const top = Math.floor(patch / across) * patchSize;
  const left = (patch % across) * patchSize;
  for (let channel = 0; channel < from.length; channel += imageSize * imageSize)
    for (let row = top; row < top + patchSize; row += 1) {
      const start = channel + row * imageSize + left;
      to.set(from.subarray(start, start + patchSize), start);
    }
}

/** Numbers in 0..1, the same for the same seed (mulberry32). */
function uniform(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
