import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { testFrontEnd } from '#core/testing/manifest.ts';
import type { Viewport } from '#state/view.ts';
import {
  clampViewport,
  extentOf,
  fewestBands,
  fewestFrames,
  isWhole,
  panViewport,
  revealStretch,
  wholeViewport,
  zoomViewport,
  type PictureExtent,
} from '#state/viewport.ts';

const extents = fc.integer({ min: 1, max: 200_000 }).map((nFrames) => extentOf(nFrames, testFrontEnd));
const share = fc.double({ min: -3, max: 4, noNaN: true });

/** Any four numbers, inverted and outside included. */
const wild = fc.tuple(extents, share, share, share, share).map(([extent, a, b, c, d]) => ({
  extent,
  viewport: {
    startSeconds: a * extent.durationSeconds,
    endSeconds: b * extent.durationSeconds,
    lowBand: c * extent.nMels,
    highBand: d * extent.nMels,
  },
}));

function expectInside(viewport: Viewport, extent: PictureExtent): void {
  const { durationSeconds, secondsPerFrame, nMels } = extent;
  const span = viewport.endSeconds - viewport.startSeconds;
  expect(viewport.startSeconds).toBeGreaterThanOrEqual(0);
  expect(viewport.endSeconds).toBeLessThanOrEqual(durationSeconds * (1 + 1e-12));
  expect(span).toBeGreaterThanOrEqual(Math.min(durationSeconds, fewestFrames * secondsPerFrame) * (1 - 1e-6));
  expect(viewport.lowBand).toBeGreaterThanOrEqual(0);
  expect(viewport.highBand).toBeLessThanOrEqual(nMels * (1 + 1e-12));
  expect(viewport.highBand - viewport.lowBand).toBeGreaterThanOrEqual(
    Math.min(nMels, fewestBands) * (1 - 1e-6),
  );
}

describe('viewport', () => {
  it('is inside the picture and never inverted, whatever is asked', () => {
    fc.assert(
      fc.property(wild, share, share, ({ extent, viewport }, x, y) => {
        const clamped = clampViewport(viewport, extent);
        expectInside(clamped, extent);
        expectInside(
          panViewport(clamped, extent, { seconds: x * extent.durationSeconds, bands: y * 224 }),
          extent,
        );
        const around = { seconds: x * extent.durationSeconds, band: y * 224 };
        expectInside(zoomViewport(clamped, extent, { times: 2 ** (4 * y), bands: 2 ** x }, around), extent);
      }),
    );
  });

  it('a zoom keeps the point under the pointer, unless an end of the picture is in the way', () => {
    const unit = fc.double({ min: 0, max: 1, noNaN: true });
    fc.assert(
      fc.property(
        unit,
        unit,
        unit,
        unit,
        fc.double({ min: 0.2, max: 5, noNaN: true }),
        (at, span, x, y, factor) => {
          const extent = extentOf(20_000, testFrontEnd);
          const length = extent.durationSeconds * (0.01 + 0.5 * span);
          const start = at * (extent.durationSeconds - length);
          const before = { startSeconds: start, endSeconds: start + length, lowBand: 50, highBand: 150 };
          const around = { seconds: start + x * length, band: 50 + 100 * y };
          const after = zoomViewport(before, extent, { times: factor, bands: factor }, around);
          const touchesTime = after.startSeconds === 0 || after.endSeconds > extent.durationSeconds - 1e-9;
          if (!touchesTime) {
            const place = (around.seconds - after.startSeconds) / (after.endSeconds - after.startSeconds);
            expect(place).toBeCloseTo(x, 6);
          }
          const touchesBands = after.lowBand === 0 || after.highBand > 224 - 1e-9;
          if (!touchesBands)
            expect((around.band - after.lowBand) / (after.highBand - after.lowBand)).toBeCloseTo(y, 6);
        },
      ),
    );
  });

  it('coming closer and going back shows the same again', () => {
    const extent = extentOf(20_000, testFrontEnd);
    const before = { startSeconds: 300, endSeconds: 420, lowBand: 60, highBand: 160 };
    const around = { seconds: 333, band: 99 };
    const near = zoomViewport(before, extent, { times: 0.25, bands: 0.5 }, around);
    expect(near.endSeconds - near.startSeconds).toBeCloseTo(30, 9);
    const back = zoomViewport(near, extent, { times: 4, bands: 2 }, around);
    expect(back.startSeconds).toBeCloseTo(300, 9);
    expect(back.highBand).toBeCloseTo(160, 9);
  });

  it('a pan keeps the span and stops at the ends', () => {
    const extent = extentOf(20_000, testFrontEnd);
    const before = { startSeconds: 300, endSeconds: 420, lowBand: 0, highBand: 224 };
    const moved = panViewport(before, extent, { seconds: 1e9, bands: 40 });
    expect(moved.endSeconds).toBeCloseTo(extent.durationSeconds, 9);
    expect(moved.endSeconds - moved.startSeconds).toBeCloseTo(120, 6);
    expect(moved).toMatchObject({ lowBand: 0, highBand: 224 });
  });

  it('reveals a stretch with the least movement', () => {
    const extent = extentOf(20_000, testFrontEnd);
    const view = { startSeconds: 100, endSeconds: 160, lowBand: 0, highBand: 224 };
    expect(revealStretch(view, extent, 110, 120)).toBe(view);
    expect(revealStretch(view, extent, 155, 165).endSeconds).toBeCloseTo(165, 9);
    expect(revealStretch(view, extent, 90, 105).startSeconds).toBeCloseTo(90, 9);
    expect(revealStretch(view, extent, 200, 900).startSeconds).toBeCloseTo(200, 9);
  });

  it('knows the whole picture', () => {
    const extent = extentOf(700, testFrontEnd);
    expect(isWhole(wholeViewport(extent), extent)).toBe(true);
    expect(isWhole({ ...wholeViewport(extent), lowBand: 1 }, extent)).toBe(false);
  });
});
