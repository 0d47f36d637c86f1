import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { colormaps } from '#core/render/colormaps.ts';
import {
  buildSpectrogramPyramid,
  decibelsPerByte,
  pyramidBytes,
  pyramidLevelFor,
  renderPictureTile,
} from '#core/render/spectrogramPyramid.ts';

const track = (nMels: number, nFrames: number, db: (band: number, frame: number) => number) => ({
  values: Float32Array.from({ length: nMels * nFrames }, (_, i) => db(Math.floor(i / nFrames), i % nFrames)),
  nMels,
  nFrames,
});
/** No two neighbours alike, 0 to -96 dB. */
const busy = (nMels: number, nFrames: number) =>
  track(nMels, nFrames, (band, frame) => -((band * 37 + frame * 11) % 97));

describe('buildSpectrogramPyramid', () => {
  it('keeps the upper 127.5 dB to a quarter of a decibel, and nothing wraps around below', () => {
    const db = fc.float({ min: -200, max: 60, noNaN: true });
    fc.assert(
      fc.property(fc.array(db, { minLength: 2, maxLength: 60 }), (values) => {
        const maximum = Math.max(...values);
        fc.pre(maximum > Math.min(...values));
        const { levels, maximumDb } = buildSpectrogramPyramid(
          track(1, values.length, (_, at) => values[at]!),
        );
        for (const [at, value] of values.entries()) {
          const shown = maximumDb + (levels[0]!.bytes[at]! - 255) * decibelsPerByte;
          if (value > maximum - 127.5) expect(Math.abs(shown - value)).toBeLessThanOrEqual(0.2501);
          else expect(levels[0]!.bytes[at]).toBe(0);
        }
      }),
    );
  });

  it('each level is the maximum over 4 ** level frames', () => {
    const nFrames = 2500;
    const { levels } = buildSpectrogramPyramid(busy(3, nFrames));
    expect(levels.map((level) => [level.framesPerColumn, level.columns])).toEqual([
      [1, 2500],
      [4, 625],
      [16, 157],
    ]);
    const [finest] = levels;
    for (const { framesPerColumn, columns, bytes } of levels)
      for (let band = 0; band < 3; band += 1)
        for (let column = 0; column < columns; column += 1) {
          const from = band * nFrames + column * framesPerColumn;
          const to = Math.min((band + 1) * nFrames, from + framesPerColumn);
          expect(bytes[band * columns + column]).toBe(Math.max(...finest!.bytes.subarray(from, to)));
        }
  });

  it('a single loud frame is bright at every zoom', () => {
    const { levels } = buildSpectrogramPyramid(track(2, 9000, (_, frame) => (frame === 4567 ? 0 : -90)));
    for (const { framesPerColumn, bytes } of levels)
      expect(bytes[Math.floor(4567 / framesPerColumn)]).toBe(255);
  });

  it('two hours take a third more than one byte a value', () => {
    const pyramid = buildSpectrogramPyramid(busy(4, 155_000));
    expect(pyramidBytes(pyramid)).toBeGreaterThan(4 * 155_000);
    expect(pyramidBytes(pyramid)).toBeLessThan(4 * 155_000 * 1.34);
  });

  it.each([
    ['constant', track(3, 40, () => -60), undefined],
    ['under the level of silence', track(3, 40, (band) => -75 - band), -70],
  ])('a track that is %s is all zero', (_, logMel, silenceDb) => {
    const { levels } = buildSpectrogramPyramid(logMel, silenceDb);
    expect(levels[0]!.bytes.every((byte) => byte === 0)).toBe(true);
  });

  it('silence and a constant track are dark: they have no loudest part that could be bright', () => {
    const quiet = { values: Float32Array.of(-95, -90, -92, -91), nMels: 2, nFrames: 2 };
    const constant = { values: new Float32Array(4).fill(-20), nMels: 2, nFrames: 2 };
    expect([...(buildSpectrogramPyramid(quiet, -90).levels[0]?.bytes ?? [])]).toEqual([0, 0, 0, 0]);
    expect([...(buildSpectrogramPyramid(constant).levels[0]?.bytes ?? [])]).toEqual([0, 0, 0, 0]);
    // The same track where it counts as sound.
    expect(buildSpectrogramPyramid(quiet, -91).levels[0]?.bytes[1]).toBe(255);
  });

  it('no frames have no levels', () => {
    expect(buildSpectrogramPyramid(track(3, 0, () => 0)).levels).toEqual([]);
  });
});

it('the level has one to four columns for a pixel', () => {
  const pyramid = buildSpectrogramPyramid(busy(1, 100_000));
  for (const framesPerPixel of [0.01, 0.9, 1, 3.9, 4, 15, 16.5, 64, 90]) {
    const level = pyramidLevelFor(pyramid, framesPerPixel);
    const columnsPerPixel = framesPerPixel / 4 ** level;
    expect(columnsPerPixel).toBeLessThan(4);
    if (level > 0) expect(columnsPerPixel).toBeGreaterThanOrEqual(1);
  }
  expect(pyramidLevelFor(pyramid, 1e9)).toBe(pyramid.levels.length - 1);
});

describe('renderPictureTile', () => {
  it('puts the lowest band at the bottom and the first frame at the left', () => {
    const pyramid = buildSpectrogramPyramid(
      track(4, 3, (band, frame) => (band === 0 && frame === 2 ? 0 : -200)),
    );
    const rgba = renderPictureTile(pyramid, 0, 0, 3, 'grey', -80, 0);
    expect(Array.from({ length: 12 }, (_, pixel) => rgba[4 * pixel])).toEqual([
      0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 255,
    ]);
  });

  it.each(['magma', 'viridis', 'grey'] as const)('spans floor to ceiling with all of %s', (colormap) => {
    const pyramid = buildSpectrogramPyramid(track(1, 201, (_, frame) => -frame / 2));
    const table = colormaps[colormap];
    const colourAt = (floorDb: number, ceilingDb: number, db: number) => [
      ...renderPictureTile(pyramid, 0, -2 * db, 1, colormap, floorDb, ceilingDb),
    ];
    const entry = (i: number) => [...table.subarray(3 * i, 3 * i + 3), 255];
    expect(colourAt(-80, 0, 0)).toEqual(entry(255));
    expect(colourAt(-80, 0, -80)).toEqual(entry(0));
    expect(colourAt(-80, 0, -100)).toEqual(entry(0));
    expect(colourAt(-80, 0, -40)).toEqual(entry(128));
    expect(colourAt(-60, -20, -20)).toEqual(entry(255));
    expect(colourAt(-60, -20, -10)).toEqual(entry(255));
    expect(colourAt(-60, -20, -40)).toEqual(entry(128));
    expect(colourAt(-60, -20, -60)).toEqual(entry(0));
  });

  it('tiles side by side are the picture in one piece', () => {
    const pyramid = buildSpectrogramPyramid(busy(5, 1100));
    const whole = renderPictureTile(pyramid, 0, 0, 1100, 'magma', -80, 0);
    for (const [first, width] of [
      [0, 512],
      [512, 512],
      [1024, 76],
    ] as const) {
      const tile = renderPictureTile(pyramid, 0, first, width, 'magma', -80, 0);
      for (let row = 0; row < 5; row += 1) {
        const from = 4 * (row * 1100 + first);
        expect(tile.subarray(4 * row * width, 4 * (row + 1) * width)).toEqual(
          whole.subarray(from, from + 4 * width),
        );
      }
    }
  });

  it('refuses columns that are not there', () => {
    const pyramid = buildSpectrogramPyramid(busy(2, 10));
    expect(() => renderPictureTile(pyramid, 0, 5, 6, 'magma', -80, 0)).toThrow(RangeError);
    expect(() => renderPictureTile(pyramid, 1, 0, 1, 'magma', -80, 0)).toThrow(RangeError);
  });
});
