import { describe, expect, it } from 'vitest';
import type { FrontEnd } from '#core/model/manifest.ts';
import { createModelInput, drawMagmaPicture } from '#core/model/modelInput.ts';
import { colormaps } from '#core/render/colormaps.ts';
import { fixtureBytes } from '#core/testing/fixture.ts';
import { librosaDefaultFrontEnd } from '#core/testing/frontEnds.ts';
import { testManifest } from '#core/testing/manifest.ts';

const small: FrontEnd = { ...testManifest.frontEnd, nMels: 2, windowFrames: 2 };
const architecture = { ...testManifest.architecture, imageSize: 2 };

const specshow: FrontEnd = {
  ...librosaDefaultFrontEnd,
  input: { kind: 'magma-picture', rasterWidth: 496, rasterHeight: 369.6, mean: [0, 0, 0], std: [1, 1, 1] },
};
/** Exact tenths of a decibel, over a range of 100 dB. */
const patternDb = Float32Array.from({ length: 128 * 491 }, (_, i) => {
  const [band, frame] = [Math.trunc(i / 491), i % 491];
  return -((band * 37 + frame * 11 + ((band * frame) % 97)) % 1000) / 10 - 20;
});

const colour = (entry: number) => [...colormaps.magma.subarray(entry * 3, entry * 3 + 3)];
const draw = (...db: number[]) =>
  drawMagmaPicture(Float32Array.from(db), { nMels: 1, windowFrames: 2, topDb: 80 }, { width: 2, height: 1 });

describe('log-mel input', () => {
  it('is the window under its own maximum, scaled to 0..1, normalised, in the same order', () => {
    const input = createModelInput(small, architecture)(Float32Array.of(-10, -50, -30, -200));
    const expected = [1, 0.5, 0.75, 0].map((x) => (x - 0.42) / 0.22);
    for (const [i, value] of expected.entries()) expect(input[i]).toBeCloseTo(value, 6);
  });

  it('does not depend on the level, and is fresh each time', () => {
    const make = createModelInput(small, architecture);
    const quiet = make(Float32Array.of(-110, -150, -130, -300));
    const loud = make(Float32Array.of(-10, -50, -30, -200));
    expect(quiet).toEqual(loud);
    expect(quiet).not.toBe(make(Float32Array.of(-110, -150, -130, -300)));
  });

  it('throws for a window of another size', () => {
    expect(() => createModelInput(small, architecture)(new Float32Array(3))).toThrow('not 4');
  });
});

describe('magma-picture input', () => {
  it('equals matplotlib (specshow, savefig) and Pillow (resize) on a pattern, to the bit', () => {
    // Made with matplotlib 3.6.3 and Pillow 9.4.0 from the same pattern: pcolormesh of a default figure, saved tight, resized.
    const reference = fixtureBytes('magma_picture_specshow.rgb8');
    const input = createModelInput(specshow, { ...testManifest.architecture, inputChannels: 3 })(patternDb);
    let largest = 0;
    for (let i = 0; i < 224 * 224; i++)
      for (let c = 0; c < 3; c++)
        largest = Math.max(largest, Math.abs(input[c * 224 * 224 + i]! * 255 - reference[i * 3 + c]!));
    expect(largest).toBeLessThan(1e-4);
  });

  it('draws low frequencies at the bottom, early frames at the left, the loudest in the last colour of magma', () => {
    const rgb = drawMagmaPicture(
      Float32Array.of(0, -20, -80, -100),
      { nMels: 2, windowFrames: 2, topDb: 80 },
      { width: 4, height: 2 },
    );
    const at = (x: number, y: number) => [...rgb.subarray((y * 4 + x) * 3, (y * 4 + x) * 3 + 3)];
    expect([at(0, 1), at(1, 1), at(2, 1), at(3, 1)]).toEqual([255, 255, 192, 192].map(colour));
    expect([at(0, 0), at(3, 0)]).toEqual([0, 0].map(colour));
  });

  it('spreads the colours from the minimum of the window, and draws a level window in the first', () => {
    expect([...draw(-3, -13)]).toEqual([...colormaps.magma.subarray(765), ...colormaps.magma.subarray(0, 3)]);
    expect([...draw(-3, -3)]).toEqual([...colormaps.magma.subarray(0, 3), ...colormaps.magma.subarray(0, 3)]);
  });

  it('is normalised channel by channel, planes one after the other', () => {
    const frontEnd: FrontEnd = {
      ...small,
      input: { kind: 'magma-picture', rasterWidth: 8, rasterHeight: 8, mean: [0, 0.5, 1], std: [1, 0.5, 2] },
    };
    const input = createModelInput(frontEnd, { ...architecture, inputChannels: 3 })(new Float32Array(4));
    const [r, g, b] = colormaps.magma;
    expect(input.length).toBe(12);
    expect(input[0]).toBeCloseTo(r! / 255, 6);
    expect(input[4]).toBeCloseTo((g! / 255 - 0.5) / 0.5, 6);
    expect(input[11]).toBeCloseTo((b! / 255 - 1) / 2, 6);
  });
});
