import { deflateSync } from 'node:zlib';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { crc32, insertPngText, pictureLimits, readPngText } from '#core/report/pngText.ts';
import { onePixelPng, pngChunk } from '#core/testing/pngFile.ts';

const withText = (data: Buffer): Uint8Array =>
  new Uint8Array(
    Buffer.concat([
      onePixelPng.subarray(0, onePixelPng.length - 12),
      pngChunk('iTXt', data),
      onePixelPng.subarray(-12),
    ]),
  );

describe('text inside PNG', () => {
  it('the checksum is CRC-32: the published check value of "123456789"', () => {
    expect(crc32(Buffer.from('123456789'))).toBe(0xcbf43926);
  });

  it('a text of any script comes back as it was, and the pixels stay', () => {
    const text = JSON.stringify({ name: '<b>爵士 🎺.mp3</b>', probability: 0.1 + 0.2 });
    const png = insertPngText(onePixelPng, 'acousticsense.report', text);
    expect(readPngText(png, 'acousticsense.report')).toEqual({ ok: true, value: text });
    expect(Buffer.from(png).includes(Buffer.from(onePixelPng).subarray(8, onePixelPng.length - 12))).toBe(
      true,
    );
    expect(Buffer.from(png).subarray(-12)).toEqual(Buffer.from(onePixelPng).subarray(-12));
  });

  it('a PNG without the chunk, or with another keyword, has no text', () => {
    expect(readPngText(onePixelPng, 'acousticsense.report')).toEqual({ ok: true, value: null });
    expect(readPngText(insertPngText(onePixelPng, 'other', 'x'), 'acousticsense.report')).toEqual({
      ok: true,
      value: null,
    });
  });

  const damaged = { ok: false, error: { code: 'picture-damaged' } };
  const keyword = 'acousticsense.report';

  it('a damaged chunk is refused, other bytes are no PNG', () => {
    const png = insertPngText(onePixelPng, keyword, '{"a":1}');
    const at = Buffer.from(png).indexOf('{"a"');
    png[at + 1] = 0x40;
    expect(readPngText(png, keyword)).toMatchObject(damaged);
    expect(readPngText(new Uint8Array(4), 'x')).toMatchObject({
      ok: false,
      error: { code: 'unsupported-format' },
    });
    expect(() => insertPngText(new Uint8Array(4), 'x', 'y')).toThrow(/not a PNG/);
  });

  it('a file that ends early is damaged, wherever it was cut', () => {
    const png = insertPngText(onePixelPng, keyword, JSON.stringify({ name: '爵士' }));
    for (let length = 8; length < png.length - 12; length += 1)
      expect(readPngText(png.subarray(0, length), keyword)).toMatchObject(damaged);
  });

  it('a length that points outside the file ends the reading', () => {
    const png = onePixelPng.slice();
    new DataView(png.buffer).setUint32(33, 0xffffffff);
    expect(readPngText(png, keyword)).toMatchObject(damaged);
  });

  it.each([
    ['compressed text', Buffer.concat([Buffer.from(`${keyword}\0\x01\0\0\0`), deflateSync('{}')])],
    ['no end of the language tag', Buffer.from(`${keyword}\0\0\0en`)],
    ['no end of the translated keyword', Buffer.from(`${keyword}\0\0\0\0abc`)],
    ['nothing after the keyword', Buffer.from(`${keyword}\0`)],
    [
      'bytes that are no UTF-8',
      Buffer.concat([Buffer.from(`${keyword}\0\0\0\0\0`), Buffer.from([0xc0, 0x80])]),
    ],
  ])('%s is refused', (_, data) => {
    expect(readPngText(withText(data), keyword)).toMatchObject(damaged);
  });

  it('two chunks of one keyword are refused: which of them was meant?', () => {
    const png = insertPngText(insertPngText(onePixelPng, keyword, '{"a":1}'), keyword, '{"a":2}');
    expect(readPngText(png, keyword)).toMatchObject(damaged);
  });

  it('two texts of different keywords do not disturb each other', () => {
    const png = insertPngText(insertPngText(onePixelPng, keyword, '1'), `${keyword}s`, '2');
    expect(readPngText(png, keyword)).toEqual({ ok: true, value: '1' });
    expect(readPngText(png, `${keyword}s`)).toEqual({ ok: true, value: '2' });
  });

  it('what stands after the end of the picture is not read', () => {
    const png = Buffer.concat([onePixelPng, pngChunk('iTXt', Buffer.from(`${keyword}\0\0\0\0\0{}`))]);
    expect(readPngText(new Uint8Array(png), keyword)).toEqual({ ok: true, value: null });
  });

  it('a file over the limit is refused without a look into it', () => {
    const large = new Uint8Array(pictureLimits.fileBytes + 1);
    large.set(onePixelPng);
    expect(readPngText(large, keyword)).toMatchObject({ ok: false, error: { code: 'file-too-large' } });
  });

  it('whatever bytes are changed, it answers with the text, with nothing or with an error', () => {
    const text = JSON.stringify({ name: 'Wäldchen 爵士', values: [1, 2, 3] });
    const png = insertPngText(onePixelPng, keyword, text);
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.integer({ min: 8, max: png.length - 1 }), fc.integer({ min: 0, max: 255 })), {
          minLength: 1,
          maxLength: 6,
        }),
        (changes) => {
          const changed = png.slice();
          for (const [at, byte] of changes) changed[at] = byte;
          const read = readPngText(changed, keyword);
          if (read.ok && read.value !== null) expect(read.value).toBe(text);
        },
      ),
      { numRuns: 300 },
    );
  });
});
