import { readFileSync } from 'node:fs';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  isSilentWindow,
  silenceThresholdDb,
  windowOf,
  windowSeconds,
  windowStarts,
} from '#core/audio/windows.ts';
import type { LogMelSpectrogram } from '#core/dsp/spectrogram.ts';
import { acousticsenseFrontEnd, librosaDefaultFrontEnd } from '#core/testing/frontEnds.ts';
import { hasShared, sharedPath } from '#core/testing/shared.ts';

/** Value 1000 band + frame, so that every cell says where it came from. */
function numbered(nMels: number, nFrames: number): LogMelSpectrogram {
  const values = Float32Array.from(
    { length: nMels * nFrames },
    (_, i) => 1000 * Math.floor(i / nFrames) + (i % nFrames),
  );
  return { values, nMels, nFrames };
}

describe('windowStarts', () => {
  it.each([
    [1, [0]],
    [223, [0]],
    [224, [0]],
    [225, [0, 1]],
    [259, [0, 35]],
    [336, [0, 112]],
    [337, [0, 112, 113]],
    [431, [0, 112, 207]],
  ])('aligned to the end: %i frames', (nFrames, starts) => {
    expect(windowStarts(nFrames, acousticsenseFrontEnd)).toEqual(starts);
  });

  it.each([
    [100, [0]],
    [491, [0]],
    [492, [0]],
    [981, [245]],
    [982, [0, 491]],
    [1000, [9, 500]],
  ])('centred: %i frames', (nFrames, starts) => {
    expect(windowStarts(nFrames, librosaDefaultFrontEnd)).toEqual(starts);
  });

  it('covers every frame, stays inside and rises, when aligned to the end', () => {
    const lengths = fc.integer({ min: 1, max: 400 });
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 5000 }), lengths, lengths, (nFrames, a, b) => {
        const windowFrames = Math.max(a, b);
        const windowHopFrames = Math.min(a, b);
        const starts = windowStarts(nFrames, {
          windowFrames,
          windowHopFrames,
          windowPlacement: 'aligned-to-end',
        });
        expect(starts[0]).toBe(0);
        for (let i = 1; i < starts.length; i += 1) {
          expect(starts[i]!).toBeGreaterThan(starts[i - 1]!);
          expect(starts[i]! - starts[i - 1]!).toBeLessThanOrEqual(windowHopFrames);
        }
        const end = starts[starts.length - 1]! + windowFrames;
        expect(end).toBe(Math.max(nFrames, windowFrames));
      }),
    );
  });

  it('leaves the same rest at both ends, but for an odd frame, when centred', () => {
    fc.assert(
      fc.property(fc.integer({ min: 491, max: 50_000 }), (nFrames) => {
        const starts = windowStarts(nFrames, librosaDefaultFrontEnd);
        expect(starts.length).toBe(Math.floor(nFrames / 491));
        const after = nFrames - starts[starts.length - 1]! - 491;
        expect(after - starts[0]!).toBeGreaterThanOrEqual(0);
        expect(after - starts[0]!).toBeLessThanOrEqual(1);
      }),
    );
  });

  const expectedFile = 'model/acousticsense-vit-ti16/expected.json';
  it.skipIf(!hasShared(expectedFile))(
    `equals the window starts of the reference run${hasShared(expectedFile) ? '' : ' (skipped: the shared model folder is not here)'}`,
    () => {
      const expected = JSON.parse(readFileSync(sharedPath(expectedFile), 'utf8')) as {
        files: Record<
          string,
          {
            frames: number;
            durationSeconds: number;
            windows: { startFrame: number; startSeconds: number }[];
          }
        >;
      };
      const files = Object.values(expected.files);
      expect(files.length).toBeGreaterThan(4);
      for (const { frames, durationSeconds, windows } of files) {
        const starts = windowStarts(frames, acousticsenseFrontEnd);
        expect(starts).toEqual(windows.map((window) => window.startFrame));
        for (const [i, start] of starts.entries()) {
          const { startSeconds } = windowSeconds(start, acousticsenseFrontEnd, durationSeconds);
          expect(startSeconds).toBeCloseTo(windows[i]!.startSeconds, 3);
        }
      }
    },
  );
});

describe('windowOf', () => {
  it('cuts the stretch out of every band', () => {
    const window = windowOf(numbered(3, 300), 35, acousticsenseFrontEnd);
    expect(window.length).toBe(3 * 224);
    expect([window[0], window[223], window[224], window[2 * 224 + 5]]).toEqual([35, 258, 1035, 2040]);
  });

  it('repeats a short track frame by frame from its start', () => {
    const window = windowOf(numbered(2, 100), 0, acousticsenseFrontEnd);
    expect([window[99], window[100], window[200], window[223]]).toEqual([99, 0, 0, 23]);
    expect(window[224 + 123]).toBe(1023);
  });

  it('is a copy', () => {
    const track = numbered(2, 224);
    windowOf(track, 0, acousticsenseFrontEnd).fill(-1);
    expect(track.values[0]).toBe(0);
  });

  it.each([
    [300, 77],
    [300, -1],
    [100, 1],
  ])('refuses a window outside a track of %i frames at %i', (nFrames, start) => {
    expect(() => windowOf(numbered(1, nFrames), start, acousticsenseFrontEnd)).toThrow(RangeError);
  });
});

const windowOfPower = (power: number): Float32Array => Float32Array.of(-100, 10 * Math.log10(power), -90);

describe('isSilentWindow', () => {
  const limit = 1e-7;

  it.each([
    [limit, true],
    [Math.fround(limit), true],
    [0.99 * limit, true],
    [1e-10, true],
    [limit * 1.0001, false],
    [1, false],
  ])('largest mel power %s: %s', (power, silent) => {
    expect(isSilentWindow(windowOfPower(power), acousticsenseFrontEnd)).toBe(silent);
  });

  it('forgives one float32 step at the limit, no more', () => {
    const step = 2 ** -17; // of float32 between 64 and 128
    const threshold = silenceThresholdDb(acousticsenseFrontEnd);
    expect(-70 + step).toBeLessThanOrEqual(threshold + step / 8);
    expect(-70 + 2 * step).toBeGreaterThan(threshold);
  });
});

describe('windowSeconds', () => {
  it('goes from frame to frame and stops with the sound', () => {
    const time = windowSeconds(112, acousticsenseFrontEnd, 12);
    expect(time.startSeconds).toBeCloseTo((112 * 1024) / 22050, 9);
    expect(time.endSeconds).toBe(12);
    expect(windowSeconds(0, acousticsenseFrontEnd, 60).endSeconds).toBeCloseTo(10.4025, 4);
    expect(windowSeconds(0, acousticsenseFrontEnd, 0.1)).toEqual({
      startSeconds: 0,
      endSeconds: 0.1,
    });
  });
});
