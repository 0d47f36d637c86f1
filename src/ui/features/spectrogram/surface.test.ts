import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  adjustRegion,
  gripAt,
  placeOf,
  regionBetween,
  secondsAt,
  hertzAt,
  type Grip,
} from '#ui/features/spectrogram/surface.ts';

const range = { fMin: 0, fMax: 11_025, nMels: 224 };
const viewport = { startSeconds: 10, endSeconds: 30, lowBand: 20, highBand: 180 };
const unit = fc.double({ min: 0, max: 1, noNaN: true });
const wild = fc.double({ min: -2, max: 3, noNaN: true });
const place = fc.record({ x: wild, y: wild });

describe('places on the picture', () => {
  it('there and back again', () => {
    fc.assert(
      fc.property(unit, unit, (x, y) => {
        const back = placeOf(secondsAt(viewport, x), hertzAt(viewport, y, range), viewport, range);
        expect(back.x).toBeCloseTo(x, 9);
        expect(back.y).toBeCloseTo(y, 9);
      }),
    );
  });

  it('a box between any two corners is inside the view and the right way round', () => {
    fc.assert(
      fc.property(place, place, (from, to) => {
        const region = regionBetween(from, to, viewport, range, 25);
        expect(region.startSeconds).toBeGreaterThanOrEqual(10);
        expect(region.endSeconds).toBeLessThanOrEqual(25);
        expect(region.lowHz).toBeLessThanOrEqual(region.highHz);
        expect(region.lowHz).toBeGreaterThanOrEqual(0);
        expect(region.highHz).toBeLessThanOrEqual(11_025);
      }),
    );
  });
});

describe('adjusting a box', () => {
  const region = { startSeconds: 12, endSeconds: 18, lowHz: 500, highHz: 2000 };
  const least = { seconds: 0.1, bands: 1 };
  const edge = fc.constantFrom<-1 | 0 | 1>(-1, 0, 1);

  it('keeps it inside, not inverted, not smaller than the least, whatever is asked', () => {
    fc.assert(
      fc.property(
        edge,
        edge,
        fc.double({ min: -99, max: 99, noNaN: true }),
        fc.double({ min: -400, max: 400, noNaN: true }),
        (time, band, seconds, bands) => {
          const next = adjustRegion(region, { time, band }, { seconds, bands }, range, 40, least);
          expect(next.startSeconds).toBeGreaterThanOrEqual(0);
          expect(next.endSeconds).toBeLessThanOrEqual(40);
          expect(next.endSeconds - next.startSeconds).toBeGreaterThanOrEqual(0.1 - 1e-9);
          expect(next.lowHz).toBeGreaterThanOrEqual(0);
          expect(next.highHz).toBeLessThanOrEqual(11_025);
          expect(next.highHz).toBeGreaterThan(next.lowHz);
          if (time === 0 && band === 0) expect(next.endSeconds - next.startSeconds).toBeCloseTo(6, 9);
        },
      ),
    );
  });

  it('an edge leaves the others where they are', () => {
    const next = adjustRegion(region, { time: 1, band: 0 }, { seconds: 2, bands: 50 }, range, 40, least);
    expect(next).toMatchObject({ startSeconds: 12, endSeconds: 20 });
    expect(next.lowHz).toBeCloseTo(500, 6);
    expect(next.highHz).toBeCloseTo(2000, 6);
  });

  it('is taken by its edges, its corners and its inside', () => {
    const size = { width: 1000, height: 400 };
    const from = placeOf(12, 500, viewport, range);
    const to = placeOf(18, 2000, viewport, range);
    const at = (x: number, y: number): Grip | null => gripAt({ x, y }, region, viewport, range, size);
    const middle = { x: (from.x + to.x) / 2, y: (from.y + to.y) / 2 };
    expect(at(middle.x, middle.y)).toEqual({ time: 0, band: 0 });
    expect(at(from.x, middle.y)).toEqual({ time: -1, band: 0 });
    expect(at(to.x, to.y)).toEqual({ time: 1, band: 1 });
    expect(at(middle.x, from.y)).toEqual({ time: 0, band: -1 });
    expect(at(to.x + 0.05, middle.y)).toBeNull();
  });
});
