import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { longestRetryDelayMs, retryDelayMs } from '#server/queue/retryDelay.ts';

test('the wait doubles with each failure and has at most a fifth of jitter', () => {
  const policy = { backoffMs: 5000 };
  expect([1, 2, 3, 4].map((attempt) => retryDelayMs(policy, attempt, 0))).toEqual([
    5000, 10000, 20000, 40000,
  ]);
  expect(retryDelayMs(policy, 1, 0.5)).toBe(5500);
  expect(retryDelayMs(policy, 3, 0.999999)).toBe(24000);
});

test('no wait is longer than an hour, however many attempts there were', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 3_600_000 }),
      fc.integer({ min: 1, max: 5000 }),
      fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
      (backoffMs, attempt, random) => {
        const wait = retryDelayMs({ backoffMs }, attempt, random);
        expect(wait).toBeGreaterThanOrEqual(Math.min(backoffMs, longestRetryDelayMs));
        expect(wait).toBeLessThanOrEqual(longestRetryDelayMs);
        expect(Number.isInteger(wait)).toBe(true);
      },
    ),
  );
  expect(retryDelayMs({ backoffMs: 5000 }, 40, 0)).toBe(longestRetryDelayMs);
});

test('a queue that does not wait does not wait after a thousand attempts either', () => {
  expect(retryDelayMs({ backoffMs: 0 }, 1025, 0)).toBe(0);
  expect(retryDelayMs({ backoffMs: 0 }, 5000, 0.5)).toBe(0);
});
