import { deflateSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { crc32, insertPngText, readPngText } from '#core/report/pngText.ts';

/** A chunk written independently of the code under test. */
function chunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(data.length);
  const crc = Buffer.alloc(4);
  crc.writeUInt32BE(crc32(body));
  return Buffer.concat([length, body, crc]);
}

const onePixel = new Uint8Array(
  Buffer.concat([
    Buffer.from([0x89, 0x50, 0x4e, 0x47, 13, 10, 26, 10]),
    chunk('IHDR', Buffer.from([0, 0, 0, 1, 0, 0, 0, 1, 8, 6, 0, 0, 0])),
    chunk('IDAT', deflateSync(Buffer.from([0, 1, 2, 3, 255]))),
    chunk('IEND', Buffer.alloc(0)),
  ]),
);

describe('text inside PNG', () => {
  it('the checksum is CRC-32: the published check value of "123456789"', () => {
    expect(crc32(Buffer.from('123456789'))).toBe(0xcbf43926);
  });

  it('a text of any script comes back as it was, and the pixels stay', () => {
    const text = JSON.stringify({ name: '<b>爵士 🎺.mp3</b>', probability: 0.1 + 0.2 });
    const png = insertPngText(onePixel, 'acousticsense.report', text);
    expect(readPngText(png, 'acousticsense.report')).toEqual({ ok: true, value: text });
    expect(Buffer.from(png).includes(Buffer.from(onePixel).subarray(8, onePixel.length - 12))).toBe(true);
    expect(Buffer.from(png).subarray(-12)).toEqual(Buffer.from(onePixel).subarray(-12));
  });

  it('a PNG without the chunk, or with another keyword, has no text', () => {
    expect(readPngText(onePixel, 'acousticsense.report')).toEqual({ ok: true, value: null });
    expect(readPngText(insertPngText(onePixel, 'other', 'x'), 'acousticsense.report')).toEqual({
      ok: true,
      value: null,
    });
  });

  it('a damaged chunk is refused, other bytes are no PNG', () => {
    const png = insertPngText(onePixel, 'acousticsense.report', '{"a":1}');
    const at = Buffer.from(png).indexOf('{"a"');
    png[at + 1] = 0x40;
    expect(readPngText(png, 'acousticsense.report')).toMatchObject({
      ok: false,
      error: { code: 'decode-failed' },
    });
    expect(readPngText(new Uint8Array(4), 'x')).toMatchObject({
      ok: false,
      error: { code: 'unsupported-format' },
    });
    expect(() => insertPngText(new Uint8Array(4), 'x', 'y')).toThrow(/not a PNG/);
  });

  it('a length that points outside the file ends the reading', () => {
    const png = onePixel.slice();
    new DataView(png.buffer).setUint32(33, 0xffffffff);
    expect(readPngText(png, 'acousticsense.report')).toEqual({ ok: true, value: null });
  });
});
