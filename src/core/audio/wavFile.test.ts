import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { sniffAudio } from '#core/audio/sniffing.ts';
import { encodeWav16 } from '#core/audio/wavFile.ts';
import { decodeWav } from '#server/decode/wav.ts';

describe('encodeWav16', () => {
  it('is read back within half a step, whatever channels and rate', () => {
    const sound = fc.tuple(
      fc.integer({ min: 1, max: 6 }),
      fc.array(fc.float({ min: -1, max: 1, noNaN: true }), { minLength: 1, maxLength: 200 }),
      fc.constantFrom(8000, 22_050, 44_100, 192_000),
    );
    fc.assert(
      fc.property(sound, ([count, values, sampleRate]) => {
        const channels = Array.from({ length: count }, (_, c) =>
          Float32Array.from(values, (x) => x / (c + 1)),
        );
        const decoded = decodeWav(encodeWav16(channels, sampleRate));
        expect(decoded?.sampleRate).toBe(sampleRate);
        expect(decoded?.channels).toHaveLength(count);
        decoded?.channels.forEach((samples, c) => {
          expect(samples).toHaveLength(values.length);
          // The reader divides by 32 768, the writer multiplies by 32 767.
          samples.forEach((x, i) => expect(Math.abs(x - channels[c]![i]!)).toBeLessThan(1 / 20_000));
        });
      }),
      { numRuns: 50 },
    );
  });

  it('clips, and writes 0 for what is not a number', () => {
    const bytes = encodeWav16([Float32Array.of(0, 1, -1, 7, -Infinity, Number.NaN)], 8000);
    expect([...new Int16Array(bytes.buffer, 44)]).toEqual([0, 32_767, -32_767, 32_767, -32_767, 0]);
  });

  it('has a header that says what is in it', () => {
    const header = sniffAudio(encodeWav16([new Float32Array(24_000), new Float32Array(24_000)], 48_000));
    if (!header.ok) throw new Error(header.error.message);
    expect(header.value).toMatchObject({
      container: 'wav',
      sampleRate: 48_000,
      channels: 2,
      durationSeconds: 0.5,
      durationIsExact: true,
    });
  });

  it('refuses channels of different lengths and none', () => {
    expect(() => encodeWav16([], 8000)).toThrow(RangeError);
    expect(() => encodeWav16([new Float32Array(1), new Float32Array(2)], 8000)).toThrow(RangeError);
  });
});
