import type { WindowResult } from '#core/report/report.ts';

/**
 * Windows of `length` seconds, one every `hop` seconds, each with these probabilities (most likely first is made here);
 * null is a silent window.
 */
export function windowsOf(
  probabilities: readonly (Readonly<Record<string, number>> | null)[],
  { length = 10, hop = length / 2 }: { readonly length?: number; readonly hop?: number } = {},
): WindowResult[] {
  return probabilities.map((shares, index) => ({
    index,
    startFrame: index * hop * 100,
    startSeconds: index * hop,
    endSeconds: index * hop + length,
    silent: shares === null,
    noise: false,
    predictions: Object.entries(shares ?? {})
      .map(([genre, probability]) => ({ genre, probability }))
      .toSorted((a, b) => b.probability - a.probability),
    rollout: [],
  }));
}
