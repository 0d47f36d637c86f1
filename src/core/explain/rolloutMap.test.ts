import { describe, expect, it } from 'vitest';
import { hertzToMel } from '#core/dsp/melFilterbank.ts';
import { layOutRollout, patchRowEdges } from '#core/explain/rolloutMap.ts';
import type { WindowResult } from '#core/report/report.ts';
import { acousticsenseFrontEnd, librosaDefaultFrontEnd } from '#core/testing/frontEnds.ts';

const windowAt = (startFrame: number, rollout: readonly number[], silent = false): WindowResult => ({
  index: 0,
  startFrame,
  startSeconds: 0,
  endSeconds: 1,
  silent,
  noise: false,
  predictions: [],
  rollout,
});
const log = { frontEnd: acousticsenseFrontEnd, imageSize: 224, patchSize: 16 };
/** Two by two patches over a window of four frames. */
const tiny = {
  frontEnd: { ...acousticsenseFrontEnd, windowFrames: 4, nMels: 4 },
  imageSize: 4,
  patchSize: 2,
};
const onePatch = (index: number): number[] => Array.from({ length: 196 }, (_, i) => (i === index ? 1 : 0));

describe('layOutRollout', () => {
  it('puts a patch on its sixteen bands and sixteen frames, and nowhere else', () => {
    const map = layOutRollout([windowAt(112, onePatch(3 * 14 + 5))], log, 500);
    expect([map.rows, map.nFrames, map.values.length]).toEqual([14, 500, 7000]);
    const lit = [...map.values.keys()].filter((i) => map.values[i] !== 0);
    expect(lit).toEqual(Array.from({ length: 16 }, (_, i) => 3 * 500 + 112 + 5 * 16 + i));
    expect(lit.every((i) => map.values[i] === 196)).toBe(true);
  });

  it('is 1 everywhere for even attention, in overlapping windows too, and 0 where no window is', () => {
    const even = Array<number>(196).fill(1 / 196);
    const map = layOutRollout([windowAt(0, even), windowAt(112, even), windowAt(200, even, true)], log, 400);
    for (let row = 0; row < 14; row++)
      for (let frame = 0; frame < 400; frame++)
        expect(map.values[row * 400 + frame]).toBeCloseTo(frame < 336 ? 1 : 0, 5);
  });

  it('takes the mean of the windows that cover a frame', () => {
    const map = layOutRollout([windowAt(0, [1, 0, 0, 0]), windowAt(2, [0, 0.5, 0.5, 0])], tiny, 6);
    // Frames 2 and 3: first window's right column (0), second window's left column (0 below, 0.5 above).
    expect([...map.values.subarray(0, 6)]).toEqual([4, 4, 0, 0, 2, 2]);
    expect([...map.values.subarray(6)]).toEqual([0, 0, 1, 1, 0, 0]);
  });

  it('of a picture counts image rows from the top', () => {
    const picture = { ...tiny, frontEnd: { ...tiny.frontEnd, input: librosaDefaultFrontEnd.input } };
    const rollout = [0.1, 0.2, 0.3, 0.4];
    expect([...layOutRollout([windowAt(0, rollout)], tiny, 4).values].map((x) => x.toFixed(1))).toEqual([
      '0.4',
      '0.4',
      '0.8',
      '0.8',
      '1.2',
      '1.2',
      '1.6',
      '1.6',
    ]);
    expect([...layOutRollout([windowAt(0, rollout)], picture, 4).values].map((x) => x.toFixed(1))).toEqual([
      '1.2',
      '1.2',
      '1.6',
      '1.6',
      '0.4',
      '0.4',
      '0.8',
      '0.8',
    ]);
  });

  it('folds a looped track back on itself', () => {
    // Three frames, repeated to four: frame 0 is heard at 0 (left column) and at 3 (right column).
    const map = layOutRollout([windowAt(0, [0.5, 0.25, 0.25, 0])], tiny, 3);
    expect([...map.values]).toEqual([1.5, 2, 1, 0.5, 1, 0]);
    // Its mean over all cells of one repetition stays that of the rollout where the loop is whole.
    const whole = layOutRollout([windowAt(0, [0.5, 0.25, 0.25, 0])], tiny, 2);
    expect(whole.values.reduce((sum, x) => sum + x, 0) / whole.values.length).toBeCloseTo(1, 6);
  });

  it('of nothing but silence is zero, and never NaN', () => {
    expect(layOutRollout([windowAt(0, [], true)], log, 10).values.every((x) => x === 0)).toBe(true);
    expect(layOutRollout([], log, 1).values.every((x) => x === 0)).toBe(true);
  });

  it('throws for the rollout of another model', () => {
    expect(() => layOutRollout([windowAt(0, [1])], log, 10)).toThrow('196 patches');
  });
});

describe('patchRowEdges', () => {
  it('goes from the lowest to the highest frequency, evenly on the mel scale between', () => {
    const edges = patchRowEdges(acousticsenseFrontEnd, 14);
    expect([edges.length, edges[0], edges[14]]).toEqual([15, 0, 11025]);
    // 224 bands have 225 steps between edges and centres; bands meet half a step beside their centres.
    const step = hertzToMel(11025) / 225;
    for (let row = 1; row < 14; row++)
      expect(hertzToMel(edges[row]!)).toBeCloseTo((16 * row + 0.5) * step, 9);
  });

  it('is ascending where rows do not hold whole bands', () => {
    const edges = patchRowEdges(librosaDefaultFrontEnd, 14);
    for (let row = 0; row < 14; row++) expect(edges[row + 1]!).toBeGreaterThan(edges[row]!);
    const centres = Array.from({ length: 128 }, (_, m) => ((m + 1) * hertzToMel(11025)) / 129);
    const inRow = (row: number) =>
      centres.filter((mel) => mel > hertzToMel(edges[row]!) && mel <= hertzToMel(edges[row + 1]!)).length;
    for (let row = 0; row < 14; row++) expect(Math.abs(inRow(row) - 128 / 14)).toBeLessThan(1);
  });
});
