import type { LibraryRow } from '#core/library/record.ts';
import { hellingerDistanceFrom } from '#core/library/similarity.ts';

/**
 * How far apart two results are as the model heard them: `hellingerDistance` of their probabilities, 0..1. NaN where they
 * come from different weights or labels and cannot be compared.
 */
export function rowDistance(from: LibraryRow): (to: LibraryRow) => number {
  const { probabilities, modelSha256, modelId } = from;
  const distanceTo = hellingerDistanceFrom(probabilities);
  return (to) =>
    to.modelSha256 === modelSha256 &&
    to.modelId === modelId &&
    to.probabilities.length === probabilities.length
      ? distanceTo(to.probabilities)
      : Number.NaN;
}
