import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  meanProbabilities,
  rankedPredictions,
  softmax,
  sortPredictions,
  topK,
  trackResult,
} from '#core/model/predictions.ts';
import type { WindowResult } from '#core/report/report.ts';

const labels = ['Jazz', 'Rock', 'Folk', 'Pop'].map((id) => ({ id, en: id, zh: id, experimental: false }));

const windowOf = (probabilities: readonly number[] | null, index = 0): WindowResult => ({
  index,
  startFrame: 0,
  startSeconds: 0,
  endSeconds: 1,
  silent: probabilities === null,
  noise: false,
  predictions: probabilities === null ? [] : rankedPredictions(labels, probabilities),
  rollout: [],
});
const logits = fc.array(fc.double({ min: -1e4, max: 1e4, noNaN: true }), { minLength: 4, maxLength: 4 });
const temperature = fc.double({ min: 0.05, max: 20, noNaN: true });
const distribution = fc.tuple(logits, temperature).map(([x, t]) => [...softmax(x, t)]);

describe('softmax', () => {
  it('is the closed form: ln of the ratio of two probabilities is their logits apart, over the temperature', () => {
    const [a, b, c] = softmax([2, 1, -1], 0.5);
    expect(Math.log(a! / b!)).toBeCloseTo(2, 12);
    expect(Math.log(b! / c!)).toBeCloseTo(4, 12);
    expect(softmax([0, Math.log(3)], 1)[1]).toBeCloseTo(0.75, 15);
  });

  it('sums to 1, keeps the order, and does not change when all logits move together', () => {
    fc.assert(
      fc.property(logits, temperature, fc.integer({ min: -1000, max: 1000 }), (x, t, shift) => {
        const p = softmax(x, t);
        expect(p.reduce((sum, value) => sum + value, 0)).toBeCloseTo(1, 12);
        const moved = softmax(
          x.map((value) => value + shift),
          t,
        );
        for (let i = 0; i < 4; i++) {
          expect(moved[i]!).toBeCloseTo(p[i]!, 6);
          for (let j = 0; j < 4; j++) if (x[i]! > x[j]!) expect(p[i]!).toBeGreaterThanOrEqual(p[j]!);
        }
      }),
    );
  });

  it('does not overflow', () => {
    expect([...softmax([1e30, 1e30, -1e30], 1)]).toEqual([0.5, 0.5, 0]);
  });
});

describe('rankings', () => {
  it('sorts, most likely first, equals in the order of the labels, and loses nothing', () => {
    expect(rankedPredictions(labels, [0.2, 0.3, 0.2, 0.3]).map((p) => p.genre)).toEqual([
      'Rock',
      'Pop',
      'Jazz',
      'Folk',
    ]);
    fc.assert(
      fc.property(distribution, fc.nat(6), (p, k) => {
        const ranked = rankedPredictions(labels, p);
        expect(ranked.map(({ genre }) => genre).toSorted()).toEqual(labels.map(({ id }) => id).toSorted());
        for (const [i, { probability }] of ranked.entries())
          expect(probability).toBeLessThanOrEqual(ranked[i - 1]?.probability ?? 1);
        expect(topK(ranked, k)).toEqual(ranked.slice(0, Math.min(k, 4)));
        expect(sortPredictions(ranked.toReversed())[0]!.probability).toBe(ranked[0]!.probability);
      }),
    );
  });
});

describe('trackResult', () => {
  it('is the mean of the windows that have sound, with agreement and vote', () => {
    const track = trackResult(
      [windowOf([0.6, 0.4, 0, 0]), windowOf(null), windowOf([0.1, 0.9, 0, 0]), windowOf([0.5, 0.2, 0.3, 0])],
      labels,
    );
    expect(track?.predictions.map(({ genre }) => genre)).toEqual(['Rock', 'Jazz', 'Folk', 'Pop']);
    expect(track?.predictions[0]!.probability).toBeCloseTo(0.5, 12);
    expect(track?.predictions[1]!.probability).toBeCloseTo(0.4, 12);
    // The mean's best won one window of three; the vote sees it otherwise.
    expect(track?.agreement).toBeCloseTo(1 / 3, 12);
    expect(track?.vote).toEqual([
      { genre: 'Jazz', windows: 2 },
      { genre: 'Rock', windows: 1 },
    ]);
  });

  it('of nothing but silence is null', () => {
    expect(trackResult([windowOf(null)], labels)).toBeNull();
    expect(meanProbabilities([], labels)).toBeNull();
  });

  it('sums to 1, stays within its windows, and is blind to their order', () => {
    fc.assert(
      fc.property(fc.array(distribution, { minLength: 1, maxLength: 8 }), (all) => {
        const windows = all.map(windowOf);
        const track = trackResult(windows, labels)!;
        expect(track.predictions.reduce((sum, p) => sum + p.probability, 0)).toBeCloseTo(1, 9);
        for (const { genre, probability } of track.predictions) {
          const column = all.map((p) => p[labels.findIndex(({ id }) => id === genre)]!);
          expect(probability).toBeGreaterThanOrEqual(Math.min(...column) - 1e-12);
          expect(probability).toBeLessThanOrEqual(Math.max(...column) + 1e-12);
        }
        expect(track.vote.reduce((sum, { windows: n }) => sum + n, 0)).toBe(all.length);
        const best = track.vote.find(({ genre }) => genre === track.predictions[0]!.genre)?.windows ?? 0;
        expect(track.agreement).toBe(best / all.length);
        const mean = meanProbabilities(windows, labels)!;
        const mirrored = meanProbabilities(windows.toReversed(), labels)!;
        for (const [i, value] of mean.entries()) expect(mirrored[i]!).toBeCloseTo(value, 12);
      }),
    );
  });

  it('throws where a window predicts a genre that the model does not have', () => {
    const window = { ...windowOf([1, 0, 0, 0]), predictions: [{ genre: 'Noise', probability: 1 }] };
    expect(() => trackResult([window], labels)).toThrow('Noise');
  });
});
