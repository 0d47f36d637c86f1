import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { leadingGenres, predictionsAt, ribbonOf, settledUntil } from '#core/render/ribbon.ts';
import { ribbonBands } from '#core/render/ribbonScene.ts';
import { windowsOf } from '#core/testing/windows.ts';

const genres = ['Jazz', 'Folk', 'Rock', 'Pop', 'Metal', 'Blues', 'Disco'];
const somePredictions = fc
  .array(fc.double({ min: 0.01, max: 1, noNaN: true }), { minLength: 7, maxLength: 7 })
  .map((weights) => {
    const sum = weights.reduce((a, b) => a + b, 0);
    return Object.fromEntries(genres.map((genre, at) => [genre, weights[at]! / sum]));
  });

describe('leadingGenres', () => {
  const predictions = genres.map((genre, at) => ({ genre, probability: (7 - at) / 28 }));

  it('takes the five most likely of the track', () => {
    expect(leadingGenres(predictions)).toEqual(['Jazz', 'Folk', 'Rock', 'Pop', 'Metal']);
    expect(leadingGenres(predictions.slice(0, 2))).toEqual(['Jazz', 'Folk']);
    expect(leadingGenres([])).toEqual([]);
  });

  it('a genre keeps its place while it leads; a newcomer takes the place that falls free', () => {
    const before = ['Metal', 'Disco', 'Rock', 'Folk', 'Jazz'];
    expect(leadingGenres(predictions, before)).toEqual(['Metal', 'Pop', 'Rock', 'Folk', 'Jazz']);
    expect(leadingGenres(predictions, ['Pop'])).toEqual(['Pop', 'Jazz', 'Folk', 'Rock', 'Metal']);
  });

  it('whatever was before, the five are the five', () => {
    fc.assert(
      fc.property(fc.shuffledSubarray(genres), (before) => {
        expect(leadingGenres(predictions, before).toSorted()).toEqual(genres.slice(0, 5).toSorted());
      }),
    );
  });
});

describe('ribbonOf', () => {
  const jazz = { Jazz: 1 };
  const folk = { Folk: 1 };

  it('a moment is the mean of the windows that cover it', () => {
    const { moments } = ribbonOf(windowsOf([jazz, folk]), ['Jazz', 'Folk']);
    expect(moments).toEqual([
      { startSeconds: 0, endSeconds: 5, shares: [1, 0, 0] },
      { startSeconds: 5, endSeconds: 10, shares: [0.5, 0.5, 0] },
      { startSeconds: 10, endSeconds: 15, shares: [0, 1, 0] },
    ]);
  });

  it('silence is empty where nothing else is heard, and counts for nothing where something is', () => {
    const { moments } = ribbonOf(windowsOf([jazz, null, null, null]), ['Jazz']);
    expect(moments.map(({ shares }) => shares)).toEqual([[1, 0], [1, 0], null, null, null]);
  });

  it('the rest is one band', () => {
    const { moments } = ribbonOf(windowsOf([{ Jazz: 0.5, Folk: 0.3, Pop: 0.2 }]), ['Jazz']);
    expect(moments[0]?.shares).toEqual([0.5, 0.5]);
  });

  it('shares of every moment are those of the moment, and sum to 1', () => {
    fc.assert(
      fc.property(
        fc.array(fc.oneof(somePredictions, fc.constant(null)), { minLength: 1, maxLength: 12 }),
        fc.constantFrom(2.5, 5, 10, 13),
        (kinds, hop) => {
          const windows = windowsOf(kinds, { length: 10, hop });
          const leading = genres.slice(0, 5);
          const { moments } = ribbonOf(windows, leading);
          for (const [at, moment] of moments.entries()) {
            if (at > 0) expect(moment.startSeconds).toBe(moments[at - 1]!.endSeconds);
            const here = predictionsAt(windows, (moment.startSeconds + moment.endSeconds) / 2);
            if (moment.shares === null) expect(here).toEqual([]);
            else {
              expect(moment.shares.reduce((a, b) => a + b, 0)).toBeCloseTo(1, 9);
              for (const [place, genre] of leading.entries())
                expect(moment.shares[place]).toBeCloseTo(
                  here.find((prediction) => prediction.genre === genre)!.probability,
                  9,
                );
            }
          }
          expect(moments.at(-1)?.endSeconds).toBe(windows.at(-1)?.endSeconds);
        },
      ),
      { numRuns: 60 },
    );
  });

  it('while windows arrive, what is shown never changes afterwards', () => {
    const all = windowsOf([jazz, folk, jazz, null, folk, folk]);
    const whole = ribbonOf(all, ['Jazz', 'Folk']);
    for (let count = 1; count < all.length; count += 1) {
      const some = all.slice(0, count);
      const part = ribbonOf(some, ['Jazz', 'Folk'], settledUntil(some, all.length));
      expect(part.moments.length).toBeGreaterThan(0);
      expect(whole.moments.slice(0, part.moments.length)).toEqual(part.moments);
    }
    expect(settledUntil([], null)).toBe(0);
    expect(settledUntil(all, all.length)).toBe(Number.POSITIVE_INFINITY);
  });
});

describe('ribbonBands', () => {
  const ribbon = ribbonOf(
    windowsOf([
      { Jazz: 0.75, Folk: 0.25 },
      { Jazz: 0.25, Folk: 0.75 },
    ]),
    ['Jazz', 'Folk'],
  );

  it('stacks the bands from the bottom to the whole height', () => {
    const [jazz, folk, rest] = ribbonBands(
      ribbon,
      { startSeconds: 0, endSeconds: 15, width: 150, height: 40 },
      10,
    );
    expect(jazz?.steps[0]).toEqual({ x: 0, width: 50, y: 10, height: 30 });
    expect(folk?.steps[0]).toEqual({ x: 0, width: 50, y: 0, height: 10 });
    expect(rest?.steps.every((step) => step.height === 0)).toBe(true);
    expect(rest?.genre).toBeNull();
  });

  it('finds room for a name only where it fits between the edges of its band', () => {
    const frame = { startSeconds: 0, endSeconds: 15, width: 150, height: 40 };
    const [jazz] = ribbonBands(ribbon, frame, 15);
    expect(jazz?.room).toEqual({ x: 0, width: 100, y: 20, height: 20 });
    expect(ribbonBands(ribbon, frame, 35)[0]?.room).toBeNull();
  });

  it('shows a part of the time: steps cover the part without gaps, and nothing leaves the frame', () => {
    fc.assert(
      fc.property(
        fc.double({ min: -5, max: 14, noNaN: true }),
        fc.double({ min: 0.5, max: 20, noNaN: true }),
        fc.integer({ min: 1, max: 900 }),
        (startSeconds, span, width) => {
          const bands = ribbonBands(
            ribbon,
            { startSeconds, endSeconds: startSeconds + span, width, height: 40 },
            10,
          );
          for (const { steps } of bands)
            for (const [at, step] of steps.entries()) {
              expect(step.x).toBeGreaterThanOrEqual(0);
              expect(step.x + step.width).toBeLessThanOrEqual(width);
              if (at > 0) expect(step.x).toBe(steps[at - 1]!.x + steps[at - 1]!.width);
            }
        },
      ),
      { numRuns: 100 },
    );
  });
});
