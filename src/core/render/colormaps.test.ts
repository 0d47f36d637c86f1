import { describe, expect, it } from 'vitest';
import { colormapEntry, colormapNames, colormaps } from '#core/render/colormaps.ts';

const colour = (name: 'magma' | 'viridis' | 'grey', i: number): number[] => [
  ...colormaps[name].subarray(3 * i, 3 * i + 3),
];

const linear = (v: number): number =>
  v / 255 <= 0.04045 ? v / 255 / 12.92 : ((v / 255 + 0.055) / 1.055) ** 2.4;

/** Rec. 709 luminance of the linearised colour. */
function luminance([r = 0, g = 0, b = 0]: readonly number[]): number {
  return 0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b);
}

/** FNV-1a of the bytes: any changed byte changes it. */
function checksum(bytes: Uint8Array): number {
  return bytes.reduce((hash, byte) => Math.imul(hash ^ byte, 16777619) >>> 0, 2166136261);
}

describe('colormaps', () => {
  it.each([
    // Drawn by matplotlib 3.11.2 (Agg).
    ['magma', 0, [0, 0, 4]],
    ['magma', 64, [81, 18, 124]],
    ['magma', 128, [183, 55, 121]],
    ['magma', 255, [252, 253, 191]],
    ['viridis', 0, [68, 1, 84]],
    ['viridis', 128, [33, 145, 140]],
    ['viridis', 255, [253, 231, 37]],
    ['grey', 77, [77, 77, 77]],
  ] as const)('%s has the reference colour at %i', (name, i, expected) => {
    expect(colour(name, i)).toEqual(expected);
  });

  it.each([
    ['magma', 3964372094],
    ['viridis', 90588091],
  ] as const)('%s is the whole reference table', (name, expected) => {
    expect(checksum(colormaps[name])).toBe(expected);
  });

  it.each(colormapNames)('%s grows brighter from entry to entry', (name) => {
    expect(colormaps[name].length).toBe(768);
    for (let i = 1; i < 256; i += 1) {
      // Rounding to 8 bits may cost a hair in the dark.
      expect(luminance(colour(name, i))).toBeGreaterThan(luminance(colour(name, i - 1)) - 1e-3);
    }
  });
});

describe('colormapEntry', () => {
  it.each([
    [-1, 0],
    [0, 0],
    [1 / 256 - 1e-9, 0],
    [1 / 256, 1],
    [0.5, 128],
    [0.999999, 255],
    [1, 255],
    [7, 255],
    [Number.NaN, 0],
  ])('puts %s into entry %i', (x, entry) => {
    expect(colormapEntry(x)).toBe(entry);
  });
});
