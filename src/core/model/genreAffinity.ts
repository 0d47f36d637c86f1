/**
 * How alike two genres are to a classifier: the cosine between the weight vectors of its last layer, after their mean is
 * taken away. Adding one vector to all rows changes no probability, so only the centred rows mean anything; two genres
 * whose centred rows point the same way gain and lose logits together, whatever the network sees.
 *
 * @param weights linear weights, row-major [inputs x labels] (`in-out`)
 * @returns [labels x labels], symmetric, 1 on the diagonal, -1..1, rounded to 3 decimals
 */
export function genreAffinity(weights: Float32Array, labels: number): readonly (readonly number[])[] {
  const inputs = weights.length / labels;
  const rows = Array.from({ length: labels }, () => new Float64Array(inputs));
  for (let i = 0; i < inputs; i += 1) {
    let mean = 0;
    for (let g = 0; g < labels; g += 1) mean += weights[i * labels + g]! / labels;
    for (let g = 0; g < labels; g += 1) rows[g]![i] = weights[i * labels + g]! - mean;
  }
  const lengths = rows.map((row) => Math.sqrt(product(row, row)));
  return rows.map((a, g) =>
    rows.map((b, h) => {
      if (g === h) return 1;
      const length = lengths[g]! * lengths[h]!;
      const cosine = length > 0 ? product(a, b) / length : 0;
      return Math.round(Math.min(1, Math.max(-1, cosine)) * 1000) / 1000 + 0;
    }),
  );
}

/** A genre that is not among those shown, and how near it is. */
export interface NearGenre {
  /** The label id. */
  readonly genre: string;
  /** 0..1 */
  readonly score: number;
  /** The genre of the track that brings it near most; null where it is mostly its own probability. */
  readonly through: string | null;
}

/** Scores under this say nothing. */
const leastScore = 0.02;

/**
 * Other genres that a listener of a track may like, nearest first. The score of genre g is the similarity that one may
 * expect between g and a genre drawn from the track's probabilities p:
 *
 *   s(g) = sum over h of p(h) * Z(g, h),   Z(g, h) = max(0, affinity(g, h)),   Z(g, g) = 1
 *
 * which is the "ordinariness" (Zp)_g of Leinster & Cobbold 2012 (Measuring diversity: the importance of species
 * similarity, Ecology 93, 477-489). It lies in 0..1 and is 1 only where the track is all of g.
 *
 * @param predictions the track's probabilities
 * @param labels ids in the order of `affinity`
 * @param shown how many best predictions are on the page already and are left out
 */
export function nearGenres(
  predictions: readonly { readonly genre: string; readonly probability: number }[],
  labels: readonly string[],
  affinity: readonly (readonly number[])[],
  shown = 5,
): readonly NearGenre[] {
  const left = new Set(predictions.slice(0, shown).map(({ genre }) => genre));
  const indexOf = new Map(labels.map((id, index) => [id, index]));
  const found: NearGenre[] = [];
  for (const [g, genre] of labels.entries()) {
    if (left.has(genre)) continue;
    let score = 0;
    let most = 0;
    let through: string | null = null;
    for (const { genre: other, probability } of predictions) {
      const h = indexOf.get(other);
      if (h === undefined) continue;
      const share = probability * (h === g ? 1 : Math.max(0, affinity[g]?.[h] ?? 0));
      score += share;
      if (share <= most) continue;
      most = share;
      through = h === g ? null : other;
    }
    if (score >= leastScore) found.push({ genre, score: Math.min(1, score), through });
  }
  return found.toSorted((a, b) => b.score - a.score || indexOf.get(a.genre)! - indexOf.get(b.genre)!);
}

const product = (a: Float64Array, b: Float64Array): number =>
  a.reduce((sum, value, i) => sum + value * b[i]!, 0);
