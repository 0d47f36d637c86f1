import { describe, expect, it } from 'vitest';
import { decodeBfloat16, decodeFloat16, encodeFloat16 } from '#core/checkpoint/float16.ts';

const allHalves = Uint16Array.from({ length: 65536 }, (_, i) => i);

/** The value of a half by the definition of the format. */
function halfValue(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 31;
  const mantissa = bits & 1023;
  if (exponent === 31) return mantissa === 0 ? sign * Infinity : NaN;
  return exponent === 0 ? sign * mantissa * 2 ** -24 : sign * (1 + mantissa / 1024) * 2 ** (exponent - 15);
}

describe('float16', () => {
  it('decodes all 65536 patterns to their defined value', () => {
    const values = decodeFloat16(allHalves);
    const wrong = [...values.entries()].filter(([bits, value]) => !Object.is(value, halfValue(bits)));
    expect(wrong).toEqual([]);
  });

  it('gives every pattern back after decoding and encoding, NaN payloads included', () => {
    expect(encodeFloat16(decodeFloat16(allHalves))).toEqual(allHalves);
  });

  it('rounds to the nearest, and halfway to the even neighbour, between every two finite neighbours', () => {
    let wrong = 0;
    for (let bits = 0; bits < 0x7bff; bits++) {
      const low = halfValue(bits);
      const middle = (low + halfValue(bits + 1)) / 2;
      // The middle of two halves is exact in float32; its float32 neighbours must go down and up.
      const step = Math.max(Math.abs(middle) * 2 ** -23, 2 ** -149);
      const [below, at, above] = encodeFloat16(Float32Array.of(middle - step, middle, middle + step));
      const [negative] = encodeFloat16(Float32Array.of(-middle));
      const even = bits % 2 === 0 ? bits : bits + 1;
      if (below !== bits || at !== even || above !== bits + 1 || negative !== (even | 0x8000)) wrong++;
    }
    expect(wrong).toBe(0);
  });

  it('overflows to infinity from 65520 on, and underflows to signed zero', () => {
    expect([
      ...encodeFloat16(Float32Array.of(65519.99, 65520, -1e30, Infinity, 2 ** -25, -(2 ** -26))),
    ]).toEqual([0x7bff, 0x7c00, 0xfc00, 0x7c00, 0, 0x8000]);
    expect(encodeFloat16(Float32Array.of(NaN))[0]! & 0x7fff).toBeGreaterThan(0x7c00);
  });

  it('reads bfloat16 as the upper half of float32', () => {
    expect([...decodeBfloat16(Uint16Array.of(0x3f80, 0xc000, 0x0001))]).toEqual([1, -2, 2 ** -133]);
  });
});
