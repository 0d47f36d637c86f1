import type { LibraryRow } from '#core/library/record.ts';

/**
 * How far apart two results are as the models heard them: Hellinger distance of their probabilities,
 * sqrt(1 - sum of sqrt(p q)), 0 for the same to 1 for nothing in common. NaN where the probabilities are of different
 * labels and cannot be compared.
 */
export function rowDistance(from: LibraryRow, to: LibraryRow): number {
  const [p, q] = [from.probabilities, to.probabilities];
  if (from.modelSha256 !== to.modelSha256 || p.length !== q.length) return Number.NaN;
  let affinity = 0;
  for (let label = 0; label < p.length; label++) affinity += Math.sqrt(p[label]! * q[label]!);
  return Math.sqrt(Math.max(0, 1 - affinity));
}
