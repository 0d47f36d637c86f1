import { crc32, deflateSync, inflateSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { palettePng, readPng } from './palettePng.ts';

const chunk = (type: string, data: Uint8Array): Buffer => {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const out = Buffer.alloc(body.length + 8);
  out.writeUInt32BE(data.length, 0);
  body.copy(out, 4);
  out.writeUInt32BE(crc32(body), body.length + 4);
  return out;
};

/** A PNG of RGBA pixels whose rows use the five filters in turn. */
function writePng(
  width: number,
  height: number,
  colour: (x: number, y: number) => readonly number[],
): Buffer {
  const lines = Array.from({ length: height }, (_, y) =>
    Array.from({ length: width }, (_, x) => [...colour(x, y), 255]).flat(),
  );
  const rows = lines.map((line, y) => {
    const up = lines[y - 1];
    return Uint8Array.from([
      y % 5,
      ...line.map((value, at) => {
        const a = line[at - 4] ?? 0;
        const b = up?.[at] ?? 0;
        const c = up?.[at - 4] ?? 0;
        const guess = a + b - c;
        const [pa, pb, pc] = [Math.abs(guess - a), Math.abs(guess - b), Math.abs(guess - c)];
        const paeth = pa <= pb && pa <= pc ? a : pb <= pc ? b : c;
        return value - ([0, a, b, (a + b) >> 1, paeth][y % 5] ?? 0);
      }),
    ]);
  });
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, 6, 0, 0, 0], 8);
  return Buffer.concat([
    Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
    chunk('IHDR', header),
    chunk('IDAT', deflateSync(Buffer.concat(rows))),
    chunk('IEND', new Uint8Array()),
  ]);
}

/** RGB of a picture with a palette. */
function colours(png: Buffer): number[] {
  const part = (type: string): Buffer => {
    const at = png.indexOf(type, 0, 'latin1');
    return png.subarray(at + 4, at + 4 + png.readUInt32BE(at - 4));
  };
  const [header, palette, rows] = [part('IHDR'), part('PLTE'), inflateSync(part('IDAT'))];
  const width = header.readUInt32BE(0);
  return Array.from({ length: header.readUInt32BE(4) }, (_, y) => [
    ...rows.subarray(y * (width + 1) + 1, (y + 1) * (width + 1)),
  ])
    .flat()
    .flatMap((place) => [...palette.subarray(place * 3, place * 3 + 3)]);
}

/** 256 colours on 16 by 16 pixels. */
const colour = (x: number, y: number): number[] => [x * 16, y * 16, (x * 40 + y * 7) % 256];

describe('palettePng', () => {
  it('reads all filters, and keeps up to 256 colours as they are', () => {
    const png = writePng(16, 16, colour);
    const expected = Array.from({ length: 256 }, (_, at) => colour(at % 16, Math.floor(at / 16))).flat();
    expect([...readPng(png).rgb]).toEqual(expected);
    expect(colours(palettePng(png))).toEqual(expected);
  });

  it('comes near where there are more', () => {
    const png = writePng(64, 64, (x, y) => [x * 4, y * 4, 128]);
    const { rgb } = readPng(png);
    const shown = colours(palettePng(png));
    expect(new Set(rgb).size).toBeGreaterThan(1);
    expect(Math.max(...shown.map((value, at) => Math.abs(value - (rgb[at] ?? 0))))).toBeLessThanOrEqual(12);
  });
});
