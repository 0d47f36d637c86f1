import { createHash } from 'node:crypto';
import { assert, asyncProperty, nat, uint8Array } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { computeSha256Hex, sha256Hex } from '#platform/sha256.ts';

describe('computeSha256Hex', () => {
  it('equals the published digests of FIPS 180-4', () => {
    const encoder = new TextEncoder();
    expect(computeSha256Hex(encoder.encode(''))).toBe(
      'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
    );
    expect(computeSha256Hex(encoder.encode('abc'))).toBe(
      'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad',
    );
  });

  it('equals the platform digest for any bytes, also in the middle of a buffer', async () => {
    await assert(
      asyncProperty(uint8Array({ maxLength: 300 }), nat(20), async (bytes, offset) => {
        const buffer = new Uint8Array(bytes.length + offset);
        buffer.set(bytes, offset);
        const view = buffer.subarray(offset);
        const expected = createHash('sha256').update(bytes).digest('hex');
        expect(computeSha256Hex(view)).toBe(expected);
        expect(await sha256Hex(view)).toBe(expected);
      }),
    );
  });
});
