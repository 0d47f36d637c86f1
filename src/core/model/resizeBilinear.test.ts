import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createBilinearResize } from '#core/model/resizeBilinear.ts';

const grey = (values: readonly number[]): Uint8Array =>
  Uint8Array.from(values.flatMap((value) => [value, value, value]));
const red = (pixels: Uint8Array): number[] => [...pixels].filter((_, i) => i % 3 === 0);
const mean = (list: readonly number[]) => list.reduce((sum, value) => sum + value, 0) / list.length;
const size = fc.integer({ min: 1, max: 40 });

describe('createBilinearResize', () => {
  // Made by Pillow 9.4: sum of the bytes, sum weighted by (index mod 9973), first six.
  it.each([
    [496, 369, 224, 224, 6395090, 31705269026, [15, 71, 160, 148, 151, 156]],
    [10, 7, 5, 3, 1837, 13790, [27, 77, 142, 142, 147, 123]],
    [100, 3, 7, 3, 2693, 26250, [121, 135, 139, 147, 135, 147]],
    [16, 16, 40, 21, 108795, 45571742, [0, 1, 4, 6, 13, 22]],
    [224, 224, 224, 224, 6401792, 31756695143, [0, 7, 28, 63, 112, 175]],
  ])('equals Pillow: %i x %i to %i x %i', (width, height, outWidth, outHeight, sum, weighted, first) => {
    const source = new Uint8Array(width * height * 3);
    for (let y = 0; y < height; y++)
      for (let x = 0; x < width; x++)
        source.fill(x * x * 7 + y * y * 13 + x * y * 5, (y * width + x) * 3, (y * width + x) * 3 + 3);
    const result = red(createBilinearResize(width, height, outWidth, outHeight)(source));
    expect(result.slice(0, 6)).toEqual(first);
    expect(result.reduce((total, value) => total + value, 0)).toBe(sum);
    expect(result.reduce((total, value, i) => total + value * (i % 9973), 0)).toBe(weighted);
  });

  it('is the closed form: halving weighs 1 3 3 1, and the edges what is left of it', () => {
    const result = createBilinearResize(8, 1, 4, 1)(grey([0, 80, 160, 240, 0, 80, 160, 240]));
    // (3*0 + 3*80 + 160) / 7, (80 + 3*160 + 3*240 + 0) / 8, (240 + 0 + 240 + 160) / 8, (80 + 480 + 720) / 7
    expect(red(result)).toEqual([57, 160, 80, 183]);
  });

  it('keeps what is constant, whatever the sizes', () => {
    fc.assert(
      fc.property(size, size, size, size, fc.nat(255), (w, h, ow, oh, value) => {
        const result = createBilinearResize(w, h, ow, oh)(new Uint8Array(w * h * 3).fill(value));
        expect(result.length).toBe(ow * oh * 3);
        expect(result.every((byte) => byte === value)).toBe(true);
      }),
    );
  });

  it('keeps a ramp a ramp away from the edges, to the rounding', () => {
    const ramp = Array.from({ length: 120 }, (_, x) => 2 * x);
    const result = red(createBilinearResize(120, 1, 48, 1)(grey(ramp)));
    for (let x = 2; x < 46; x++)
      expect(Math.abs(result[x]! - 2 * ((x + 0.5) * 2.5 - 0.5))).toBeLessThanOrEqual(0.5);
  });

  it('keeps the mass: the mean stays, to the rounding and the edges', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ minLength: 60, maxLength: 60 }),
        fc.integer({ min: 8, max: 30 }),
        (values, outWidth) => {
          // Constant margins, so that no weight is lost at the edges.
          const source = [...Array<number>(30).fill(128), ...values, ...Array<number>(30).fill(128)];
          const result = red(createBilinearResize(120, 1, outWidth, 1)(grey(source)));
          expect(Math.abs(mean(result) - mean(source))).toBeLessThan(2.5);
        },
      ),
    );
  });

  it('keeps channels apart, and turns with the picture', () => {
    const picture = Uint8Array.from({ length: 9 * 9 * 3 }, (_, i) => (i * 37) % 256);
    const turned = Uint8Array.from({ length: 9 * 9 * 3 }, (_, i) => {
      const [y, x, c] = [Math.trunc(i / 27), Math.trunc(i / 3) % 9, i % 3];
      return picture[(x * 9 + y) * 3 + c]!;
    });
    const resize = createBilinearResize(9, 9, 5, 5);
    const [a, b] = [resize(picture), resize(turned)];
    for (let y = 0; y < 5; y++)
      for (let x = 0; x < 5; x++)
        for (let c = 0; c < 3; c++)
          // Rounding between the passes depends on which comes first.
          expect(Math.abs(a[(y * 5 + x) * 3 + c]! - b[(x * 5 + y) * 3 + c]!)).toBeLessThanOrEqual(1);
  });

  it('throws where the picture has another size', () => {
    expect(() => createBilinearResize(2, 2, 1, 1)(new Uint8Array(3))).toThrow('2 x 2');
  });
});
