import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { colormapNames, colormaps } from '#core/render/colormaps.ts';
import { contourLines, overlayColorOn, renderOverlay } from '#core/render/overlayPicture.ts';

const map = (rows: number, columns: number, at: (row: number, column: number) => number) => ({
  rows,
  columns,
  values: Float32Array.from({ length: rows * columns }, (_, i) => at(Math.floor(i / columns), i % columns)),
});

const linear = (byte: number): number =>
  byte / 255 <= 0.04045 ? byte / 255 / 12.92 : ((byte / 255 + 0.055) / 1.055) ** 2.4;

/** CIE 1976 lightness, 0 to 100, of 8-bit sRGB. */
function lightness(red: number, green: number, blue: number): number {
  const y = 0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue);
  return y > 216 / 24389 ? 116 * Math.cbrt(y) - 16 : (24389 / 27) * y;
}

describe('colours of the overlay', () => {
  it.each(colormapNames)('read by lightness alone over the darker three quarters of %s', (name) => {
    const [red, green, blue, alpha] = overlayColorOn(name, 1);
    expect(alpha).toBe(255);
    const table = colormaps[name];
    for (let entry = 0; entry < 192; entry += 1) {
      const under = lightness(table[3 * entry]!, table[3 * entry + 1]!, table[3 * entry + 2]!);
      expect(lightness(red, green, blue) - under).toBeGreaterThan(10);
    }
  });

  it.each(colormapNames)('grow more opaque and lighter over %s', (name) => {
    for (let t = 0.05; t <= 1; t += 0.05) {
      const now = overlayColorOn(name, t);
      const before = overlayColorOn(name, t - 0.05);
      expect(now[3]).toBeGreaterThan(before[3]);
      expect(lightness(now[0], now[1], now[2])).toBeGreaterThanOrEqual(
        lightness(before[0], before[1], before[2]),
      );
    }
    expect(overlayColorOn(name, 0)[3]).toBe(0);
  });
});

describe('renderOverlay', () => {
  it('puts low frequencies at the bottom and draws nothing under the threshold', () => {
    const rgba = renderOverlay(
      map(2, 3, (row, column) => row * 3 + column),
      { colormap: 'magma', scaleMax: 5, threshold: 2 },
    );
    const alphas = Array.from({ length: 6 }, (_, pixel) => rgba[4 * pixel + 3]!);
    // Row 1 (3, 4, 5) is on top, then row 0 (0, 1, 2).
    expect(alphas.slice(0, 3).every((alpha) => alpha > 0)).toBe(true);
    expect(alphas.slice(3)).toEqual([0, 0, alphas[5]]);
    expect(alphas[5]).toBeGreaterThan(0);
    expect(alphas[2]).toBe(255);
  });
});

describe('contourLines', () => {
  it('one cell inside has four sides', () => {
    const lines = contourLines(
      map(4, 5, (row, column) => (row === 1 && column === 2 ? 2 : 0)),
      1,
    );
    expect([...lines]).toEqual([2, 1, 3, 1, 2, 2, 3, 2, 2, 1, 2, 2, 3, 1, 3, 2]);
  });

  it('is as long as there are borders between over and under, and the ends of the stretch stay open', () => {
    const cells = fc.array(fc.integer({ min: 0, max: 3 }), { minLength: 35, maxLength: 35 });
    fc.assert(
      fc.property(cells, (values) => {
        const grid = map(5, 7, (row, column) => values[row * 7 + column]!);
        const over = (row: number, column: number): boolean =>
          row >= 0 && row < 5 && values[row * 7 + column]! >= 2;
        let borders = 0;
        for (let column = 0; column < 7; column += 1)
          for (let row = 0; row <= 5; row += 1) if (over(row - 1, column) !== over(row, column)) borders += 1;
        for (let column = 1; column < 7; column += 1)
          for (let row = 0; row < 5; row += 1) if (over(row, column - 1) !== over(row, column)) borders += 1;
        const lines = contourLines(grid, 2);
        let length = 0;
        for (let at = 0; at < lines.length; at += 4)
          length += lines[at + 2]! - lines[at]! + lines[at + 3]! - lines[at + 1]!;
        expect(length).toBe(borders);
      }),
    );
  });

  it('nothing over the threshold has no edge', () => {
    expect(
      contourLines(
        map(3, 3, () => 0.5),
        1,
      ),
    ).toHaveLength(0);
    expect(
      contourLines(
        map(3, 3, () => 0),
        0,
      ),
    ).toHaveLength(0);
  });
});
