import type { ModelLabel } from '#core/model/manifest.ts';
import type { Prediction, TrackResult, WindowResult } from '#core/report/report.ts';

/**
 * softmax(logits / temperature), in float64 and without overflow for any finite logits.
 *
 * @param logits finite, one per label
 * @param temperature above 0; 1 leaves the logits as they are
 * @returns probabilities in the order of the logits, sum 1
 */
export function softmax(logits: ArrayLike<number>, temperature: number): Float64Array {
  const probabilities = Float64Array.from(logits, (logit) => logit / temperature);
  let highest = -Infinity;
  for (const value of probabilities) highest = Math.max(highest, value);
  let sum = 0;
  for (let i = 0; i < probabilities.length; i++)
    sum += probabilities[i] = Math.exp(probabilities[i]! - highest);
  for (let i = 0; i < probabilities.length; i++) probabilities[i] = probabilities[i]! / sum;
  return probabilities;
}

/** Most likely first; equals stay in the order they came in, which is that of the labels. Fresh array. */
export function sortPredictions(predictions: readonly Prediction[]): readonly Prediction[] {
  return predictions.toSorted((a, b) => b.probability - a.probability);
}

/** Label ids with their probabilities, most likely first. `probabilities` is in the order of the labels. */
export function rankedPredictions(
  labels: readonly ModelLabel[],
  probabilities: ArrayLike<number>,
): readonly Prediction[] {
  return sortPredictions(labels.map(({ id }, i) => ({ genre: id, probability: probabilities[i]! })));
}

/** The k most likely of ranked predictions; all of them where there are fewer. */
export const topK = (ranked: readonly Prediction[], k: number): readonly Prediction[] => ranked.slice(0, k);

/** Mean over the windows that are not silent, in the order of the labels; null where all are silent or there are none. */
export function meanProbabilities(
  windows: readonly WindowResult[],
  labels: readonly ModelLabel[],
): Float64Array | null {
  const heard = windows.filter((window) => !window.silent);
  if (heard.length === 0) return null;
  const position = new Map(labels.map(({ id }, i) => [id, i]));
  const mean = new Float64Array(labels.length);
  for (const { predictions } of heard) {
    for (const { genre, probability } of predictions) {
      const i = position.get(genre);
      if (i === undefined) throw new Error(`a window predicts ${genre}, which is no label of the model`);
      mean[i] = mean[i]! + probability / heard.length;
    }
  }
  return mean;
}

/** The track: mean of its windows, the share of windows that agree, and the vote. Null where no window has predictions. */
export function trackResult(
  windows: readonly WindowResult[],
  labels: readonly ModelLabel[],
): TrackResult | null {
  const mean = meanProbabilities(windows, labels);
  if (mean === null) return null;
  const predictions = rankedPredictions(labels, mean);
  const won = new Map(labels.map(({ id }) => [id, 0]));
  let heard = 0;
  for (const window of windows) {
    const best = window.predictions[0]?.genre;
    if (window.silent || best === undefined) continue;
    won.set(best, (won.get(best) ?? 0) + 1);
    heard++;
  }
  const vote = [...won]
    .filter(([, count]) => count > 0)
    .map(([genre, count]) => ({ genre, windows: count }))
    .toSorted((a, b) => b.windows - a.windows);
  const best = predictions[0]?.genre ?? '';
  return { predictions, agreement: (won.get(best) ?? 0) / heard, vote };
}
