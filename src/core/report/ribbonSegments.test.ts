import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ribbonSegments } from '#core/report/ribbonSegments.ts';
import { windowCells } from '#core/report/windowCells.ts';
import { windowsOf } from '#core/testing/windows.ts';

const jazz = { Jazz: 0.7, Folk: 0.3 };
const folk = { Jazz: 0.4, Folk: 0.6 };

describe('ribbonSegments', () => {
  it('joins consecutive windows with the same best genre, cut half way between their middles', () => {
    const windows = windowsOf([jazz, { Jazz: 0.9, Folk: 0.1 }, folk]);
    const segments = ribbonSegments({ windows });
    expect(segments).toEqual([
      { startSeconds: 0, endSeconds: 12.5, genre: 'Jazz', probability: 0.8, windows: 2 },
      { startSeconds: 12.5, endSeconds: 20, genre: 'Folk', probability: 0.6, windows: 1 },
    ]);
  });

  it('leaves silence out: it ends a run, and the same genre after it is another run', () => {
    const segments = ribbonSegments({ windows: windowsOf([jazz, null, jazz]) });
    expect(segments.map(({ startSeconds, endSeconds }) => [startSeconds, endSeconds])).toEqual([
      [0, 7.5],
      [12.5, 20],
    ]);
  });

  it('does not bridge a gap between windows', () => {
    const windows = windowsOf([jazz, jazz], { length: 10, hop: 20 });
    expect(
      ribbonSegments({ windows }).map(({ startSeconds, endSeconds }) => [startSeconds, endSeconds]),
    ).toEqual([
      [0, 10],
      [20, 30],
    ]);
  });

  it('of nothing and of silence alone there are none', () => {
    expect(ribbonSegments({ windows: [] })).toEqual([]);
    expect(ribbonSegments({ windows: windowsOf([null, null]) })).toEqual([]);
  });

  it('segments never overlap, are in order, and hold every window that is not silent', () => {
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom(jazz, folk, null), { maxLength: 40 }),
        fc.double({ min: 1, max: 12, noNaN: true }),
        (kinds, hop) => {
          const windows = windowsOf(kinds, { length: 10, hop });
          const segments = ribbonSegments({ windows });
          expect(segments.reduce((sum, segment) => sum + segment.windows, 0)).toBe(
            windows.filter((window) => !window.silent).length,
          );
          for (const [at, segment] of segments.entries()) {
            expect(segment.endSeconds).toBeGreaterThan(segment.startSeconds);
            expect(segment.startSeconds).toBeGreaterThanOrEqual(segments[at - 1]?.endSeconds ?? 0);
          }
        },
      ),
      { numRuns: 50 },
    );
  });
});

describe('windowCells', () => {
  it('gives every moment to the window whose middle is nearest', () => {
    const windows = windowsOf([jazz, folk, null, jazz], { length: 10, hop: 4 });
    const cells = windowCells(windows);
    for (let seconds = 0.05; seconds < 22; seconds += 0.1) {
      const nearest = windows.toSorted(
        (a, b) => Math.abs(a.startSeconds + 5 - seconds) - Math.abs(b.startSeconds + 5 - seconds),
      )[0];
      const cell = cells.find((one) => one.startSeconds <= seconds && seconds < one.endSeconds);
      expect(cell?.window.index).toBe(nearest?.index);
    }
  });
});
