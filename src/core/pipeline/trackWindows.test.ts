import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { windowStarts } from '#core/audio/windows.ts';
import { spread, trackWindows } from '#core/pipeline/trackWindows.ts';
import { acousticsenseFrontEnd as frontEnd } from '#core/testing/frontEnds.ts';

/** A track whose level in each frame is `level(frame)` dB; -100 is digital silence. */
function track(nFrames: number, level: (frame: number) => number) {
  const values = new Float32Array(frontEnd.nMels * nFrames);
  for (let i = 0; i < values.length; i++) values[i] = level(i % nFrames);
  return { values, nMels: frontEnd.nMels, nFrames };
}

describe('spread', () => {
  it('takes the middles of equal stretches', () => {
    expect(spread(34, 3)).toEqual([5, 17, 28]);
    expect(spread(9, 1)).toEqual([4]);
    expect(spread(3, 8)).toEqual([0, 1, 2]);
  });

  it('gives so many different places, none of them further apart than the stretch they stand for', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 2000 }), fc.integer({ min: 1, max: 2000 }), (length, count) => {
        const places = spread(length, count);
        expect(places).toHaveLength(Math.min(length, count));
        expect(new Set(places).size).toBe(places.length);
        const bounds = [-1, ...places, length];
        const gaps = bounds.slice(1).map((place, i) => place - bounds[i]!);
        expect(Math.max(...gaps)).toBeLessThanOrEqual(Math.ceil(length / count) + 1);
        expect(places.every((place) => place >= 0 && place < length)).toBe(true);
      }),
    );
  });
});

describe('trackWindows', () => {
  const starts = windowStarts(2240, frontEnd);

  it('without a limit every window is there, the silent ones marked', () => {
    const cut = trackWindows(
      track(2240, (frame) => (frame < 224 ? -100 : -10)),
      frontEnd,
    );
    expect(cut.windows.map(({ startFrame }) => startFrame)).toEqual(starts);
    expect(cut.windows.map(({ silent }) => silent)).toEqual(starts.map((start) => start === 0));
    expect(cut).toMatchObject({ nFrames: 2240, total: starts.length });
  });

  it('with a limit the windows of the spread are cut, with their own sound', () => {
    const cut = trackWindows(
      track(2240, (frame) => -50 + frame / 100),
      frontEnd,
      3,
    );
    expect(cut.windows.map(({ startFrame }) => startFrame)).toEqual(
      spread(starts.length, 3).map((i) => starts[i]),
    );
    expect(cut.total).toBe(starts.length);
    for (const { startFrame, db } of cut.windows) expect(db()[0]).toBeCloseTo(-50 + startFrame / 100, 4);
  });

  it('silence under the spread moves it to the windows that have sound', () => {
    // The middle third is silent: the middle of three windows would be.
    const cut = trackWindows(
      track(2240, (frame) => (frame > 700 && frame < 1500 ? -100 : -10)),
      frontEnd,
      3,
    );
    expect(cut.windows).toHaveLength(3);
    expect(cut.windows.every(({ silent }) => !silent)).toBe(true);
    expect(cut.windows.some(({ startFrame }) => startFrame > 1200)).toBe(true);
  });

  it('a track that is silent all over gives all its windows', () => {
    const cut = trackWindows(
      track(2240, () => -100),
      frontEnd,
      3,
    );
    expect(cut.windows).toHaveLength(starts.length);
    expect(cut.windows.every(({ silent }) => silent)).toBe(true);
  });

  it('a limit that no window exceeds changes nothing', () => {
    const sound = track(500, (frame) => (frame < 224 ? -100 : -10));
    const all = trackWindows(sound, frontEnd);
    const limited = trackWindows(sound, frontEnd, all.total);
    expect(limited.windows.map(({ silent }) => silent)).toEqual(all.windows.map(({ silent }) => silent));
  });
});
