import type { LibraryRow } from '#core/library/record.ts';

/**
 * How far apart two results are as the models heard them: Hellinger distance of their probabilities,
 * sqrt(1 - sum of sqrt(p q)), 0 for the same to 1 for nothing in common. NaN where the probabilities are of different
 * models and cannot be compared.
 */
export function rowDistance(from: LibraryRow): (to: LibraryRow) => number {
  const roots = from.probabilities.map(Math.sqrt);
  const { modelSha256 } = from;
  return (to) => {
    const q = to.probabilities;
    if (to.modelSha256 !== modelSha256 || q.length !== roots.length) return Number.NaN;
    let affinity = 0;
    for (let label = 0; label < q.length; label++) affinity += roots[label]! * Math.sqrt(q[label]!);
    return Math.sqrt(Math.max(0, 1 - affinity));
  };
}
