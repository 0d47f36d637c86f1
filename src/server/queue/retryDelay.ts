import type { QueuePolicy } from '#server/queue/jobQueue.ts';

/** No wait between two attempts is longer, its jitter included. */
export const longestRetryDelayMs = 3_600_000;

/**
 * The wait before the next attempt: `backoffMs` after the first failure, twice as long after each further one, plus up to
 * 20 % so that what failed together does not come back together; an hour at most. Milliseconds, a whole number.
 *
 * @param failedAttempts Attempts begun so far, from 1.
 * @param random From 0 to below 1.
 */
export function retryDelayMs(
  policy: Pick<QueuePolicy, 'backoffMs'>,
  failedAttempts: number,
  random: number,
): number {
  // Capped before it is infinite: no wait at all times infinity is no number.
  const doublings = Math.min(Math.max(0, failedAttempts - 1), 1000);
  const doubled = policy.backoffMs * 2 ** doublings;
  return Math.round(Math.min(longestRetryDelayMs, doubled * (1 + 0.2 * random)));
}
