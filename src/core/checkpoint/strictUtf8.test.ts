import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeUtf8Strict } from '#core/checkpoint/strictUtf8.ts';

describe('decodeUtf8Strict', () => {
  it('decodes as the platform does', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const bytes = new TextEncoder().encode(text);
        expect(decodeUtf8Strict(bytes)).toBe(new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes));
      }),
    );
  });

  it('refuses exactly what the strict platform decoder refuses', () => {
    const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 6 }), (bytes) => {
        let expected: string | undefined;
        try {
          expected = strict.decode(bytes);
        } catch {
          expected = undefined;
        }
        expect(decodeUtf8Strict(bytes)).toBe(expected);
      }),
      { numRuns: 2000 },
    );
    for (const bytes of [
      [0xc0, 0x80],
      [0xed, 0xa0, 0x80],
      [0xf4, 0x90, 0x80, 0x80],
      [0xe2, 0x82],
      [0xf0, 0x80, 0x80, 0x80],
    ])
      expect(decodeUtf8Strict(Uint8Array.from(bytes))).toBeUndefined();
  });
});
