import type { Prediction, WindowResult } from '#core/report/report.ts';

/**
 * The genre ribbon: what the windows say, over time. One band for each leading genre, stacked, heights are
 * probabilities. Every moment is the mean of the windows that cover it, so the bands run in steps and promise no finer
 * resolution than the windows have.
 */

/** Genres with a band of their own; the rest is one band, `other`. */
export const mostLeading = 5;

/** A stretch of time that the same windows cover. */
export interface RibbonMoment {
  readonly startSeconds: number;
  readonly endSeconds: number;
  /**
   * One share for each leading genre, then the rest; they sum to 1. Null where only silent windows lie, or none: there
   * is nothing to say.
   */
  readonly shares: readonly number[] | null;
}

export interface Ribbon {
  /** Label ids, at most `mostLeading`; the first is the band at the bottom. */
  readonly leading: readonly string[];
  /** In the order of time, without gaps. */
  readonly moments: readonly RibbonMoment[];
}

/**
 * The genres that get a band: the most likely of the track, best first. Genres that had a band before keep their place
 * while they stay among the leading, so that a ribbon that grows does not change its colours.
 *
 * @param predictions of the track, most likely first
 */
export function leadingGenres(predictions: readonly Prediction[], before: readonly string[] = []): string[] {
  const best = predictions.slice(0, mostLeading).map((prediction) => prediction.genre);
  const seats = before.slice(0, mostLeading);
  const newcomers = best.filter((genre) => !seats.includes(genre));
  const places = seats.map((genre) => (best.includes(genre) ? genre : newcomers.shift()));
  return [...places, ...newcomers].filter((genre) => genre !== undefined);
}

/**
 * Where the ribbon of an analysis that is under way may be shown up to: what lies after it will still be covered by
 * windows to come. Infinity where all windows are there, 0 where none is.
 */
export function settledUntil(windows: readonly WindowResult[], windowsTotal: number | null): number {
  const last = windows.at(-1);
  if (last === undefined) return 0;
  if (windowsTotal !== null && windows.length >= windowsTotal) return Number.POSITIVE_INFINITY;
  const before = windows.at(-2);
  const hop =
    before === undefined
      ? (last.endSeconds - last.startSeconds) / 2
      : last.startSeconds - before.startSeconds;
  return last.startSeconds + hop;
}

/** Times nearer than this are one time: starts and ends of windows come from frames through different sums. */
const sameSeconds = 1e-6;

/**
 * Cuts the windows' time where a window begins or ends and says for each piece what the windows over it say on average.
 *
 * @param windows in the order of time
 * @param leading from `leadingGenres`
 * @param until nothing after this is told, seconds (`settledUntil`)
 */
export function ribbonOf(
  windows: readonly WindowResult[],
  leading: readonly string[],
  until = Number.POSITIVE_INFINITY,
): Ribbon {
  const cuts: number[] = [];
  const edges = windows
    .flatMap((window) => [window.startSeconds, window.endSeconds])
    .map((seconds) => Math.min(seconds, until))
    .toSorted((a, b) => a - b);
  for (const edge of edges) if (cuts.length === 0 || edge - cuts.at(-1)! > sameSeconds) cuts.push(edge);
  const shares = windows.map((window) => (window.silent ? null : sharesOf(window.predictions, leading)));
  const moments: RibbonMoment[] = [];
  let first = 0;
  for (const [at, endSeconds] of cuts.entries()) {
    const startSeconds = cuts[at - 1];
    if (startSeconds === undefined) continue;
    const middle = (startSeconds + endSeconds) / 2;
    while (first < windows.length && windows[first]!.endSeconds < middle) first += 1;
    const sum = Array.from({ length: leading.length + 1 }, () => 0);
    let heard = 0;
    for (let index = first; index < windows.length && windows[index]!.startSeconds <= middle; index += 1) {
      const share = shares[index];
      if (share === null || share === undefined || windows[index]!.endSeconds < middle) continue;
      heard += 1;
      for (const [place, value] of share.entries()) sum[place]! += value;
    }
    moments.push({
      startSeconds,
      endSeconds,
      shares: heard === 0 ? null : sum.map((value) => value / heard),
    });
  }
  return { leading, moments };
}

function sharesOf(predictions: readonly Prediction[], leading: readonly string[]): number[] {
  const shares = leading.map(
    (genre) => predictions.find((prediction) => prediction.genre === genre)?.probability ?? 0,
  );
  return [...shares, Math.max(0, 1 - shares.reduce((sum, value) => sum + value, 0))];
}

/**
 * All genres at one moment, most likely first: the mean of the windows that cover it and are not silent; empty where
 * there is none.
 */
export function predictionsAt(windows: readonly WindowResult[], seconds: number): Prediction[] {
  const over = windows.filter(
    (window) => !window.silent && window.startSeconds <= seconds && seconds <= window.endSeconds,
  );
  const sums = new Map<string, number>();
  for (const window of over)
    for (const { genre, probability } of window.predictions)
      sums.set(genre, (sums.get(genre) ?? 0) + probability);
  return [...sums]
    .map(([genre, sum]) => ({ genre, probability: sum / over.length }))
    .toSorted((a, b) => b.probability - a.probability);
}
