import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { decodeUtf8, encodeUtf8 } from '#core/utf8.ts';

it('equals TextEncoder and TextDecoder on every string, unpaired surrogates included', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      const bytes = encodeUtf8(text);
      expect(bytes).toEqual(new TextEncoder().encode(text));
      expect(decodeUtf8(bytes)).toBe(new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes));
    }),
    { numRuns: 500 },
  );
  expect(encodeUtf8('\ud800x')).toEqual(new TextEncoder().encode('\ud800x'));
});

it('never throws on bytes that are no text', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
      expect(typeof decodeUtf8(bytes)).toBe('string');
    }),
  );
});

it('survives more characters than a call may have arguments', () => {
  const text = '爵士'.repeat(200_000);
  expect(decodeUtf8(encodeUtf8(text))).toBe(text);
});
