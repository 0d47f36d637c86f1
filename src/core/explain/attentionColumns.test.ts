import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { attentionColumns, attentionScaleMax } from '#core/explain/attentionColumns.ts';
import { layOutRollout } from '#core/explain/rolloutMap.ts';
import { testFrontEnd } from '#core/testing/manifest.ts';
import type { WindowResult } from '#core/report/report.ts';

const geometry = (windowFrames: number) => ({
  frontEnd: { ...testFrontEnd, windowFrames },
  imageSize: 64,
  patchSize: 16,
});

/** A window of four by four patches whose attention is the given numbers, scaled to sum 1. */
function windowAt(startFrame: number, weights: readonly number[], silent = false): WindowResult {
  const sum = weights.reduce((total, weight) => total + weight, 0);
  return {
    index: 0,
    startFrame,
    startSeconds: 0,
    endSeconds: 1,
    silent,
    noise: false,
    predictions: [],
    rollout: weights.map((weight) => weight / sum),
  };
}

const weights = fc.array(fc.integer({ min: 1, max: 90 }), { minLength: 16, maxLength: 16 });

describe('attentionColumns', () => {
  it('at one frame a column is the whole map, also of parts of it, of windows that overlap and of repeated tracks', () => {
    const windows = fc.array(fc.tuple(fc.integer({ min: 0, max: 70 }), weights, fc.boolean()), {
      maxLength: 5,
    });
    const size = fc.tuple(fc.integer({ min: 1, max: 110 }), fc.integer({ min: 5, max: 40 }));
    fc.assert(
      fc.property(windows, size, fc.nat(50), (given, [nFrames, windowFrames], cut) => {
        const model = geometry(windowFrames);
        const list = given
          .filter(([start]) => (nFrames < windowFrames ? start === 0 : start + windowFrames <= nFrames))
          .map(([start, values, silent]) => windowAt(start, values, silent));
        const whole = layOutRollout(list, model, nFrames);
        const first = Math.min(cut, nFrames - 1);
        const part = attentionColumns(list, model, nFrames, {
          firstColumn: first,
          columns: nFrames - first,
          framesPerColumn: 1,
        });
        expect(part.rowEdgesHz).toEqual(whole.rowEdgesHz);
        for (let row = 0; row < 4; row += 1)
          for (let frame = first; frame < nFrames; frame += 1)
            expect(part.values[row * part.columns + frame - first]).toBeCloseTo(
              whole.values[row * nFrames + frame]!,
              4,
            );
      }),
    );
  });

  it('a wider column is the mean of its frames', () => {
    const model = geometry(32);
    const list = [
      windowAt(
        0,
        Array.from({ length: 16 }, (_, at) => 1 + at),
      ),
      windowAt(
        32,
        Array.from({ length: 16 }, (_, at) => 20 - at),
      ),
    ];
    const whole = layOutRollout(list, model, 64);
    const wide = attentionColumns(list, model, 64, { firstColumn: 1, columns: 5, framesPerColumn: 11 });
    for (let row = 0; row < 4; row += 1)
      for (let column = 0; column < 5; column += 1) {
        const from = (column + 1) * 11;
        const frames = whole.values.subarray(row * 64 + from, row * 64 + Math.min(64, from + 11));
        const mean = frames.reduce((sum, value) => sum + value, 0) / frames.length;
        expect(wide.values[row * 5 + column]).toBeCloseTo(mean, 4);
      }
  });

  it('refuses a rollout of another length', () => {
    expect(() =>
      attentionColumns([{ startFrame: 0, silent: false, rollout: [1] }], geometry(32), 64, {
        firstColumn: 0,
        columns: 64,
        framesPerColumn: 1,
      }),
    ).toThrow('1 values for 16 patches');
  });
});

it('the scale ends near the top of the patches, at twice the even share at least, and silence does not count', () => {
  expect(attentionScaleMax([])).toBe(2);
  expect(attentionScaleMax([windowAt(0, Array<number>(16).fill(1))])).toBe(2);
  const ramp = {
    startFrame: 0,
    silent: false,
    rollout: Array.from({ length: 10_000 }, (_, at) => (at / 10_000) * 6e-4),
  };
  expect(attentionScaleMax([ramp])).toBeGreaterThanOrEqual(5.9);
  expect(attentionScaleMax([ramp])).toBeLessThanOrEqual(6.1);
  expect(attentionScaleMax([{ ...ramp, silent: true }])).toBe(2);
});
