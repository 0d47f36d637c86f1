import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { downmix, monoSource } from '#core/audio/downmix.ts';

const channel = (...samples: number[]): Float32Array => Float32Array.from(samples);

describe('downmix', () => {
  it.each([1, 2, 6, 8])('is the mean of %i channels', (count) => {
    const channels = Array.from({ length: count }, (_, c) => channel(0.1 * c, -0.5, c % 2));
    const { samples, nonFiniteSamples } = downmix(channels);
    expect(nonFiniteSamples).toBe(0);
    expect(samples[0]).toBeCloseTo((0.1 * (count - 1)) / 2, 6);
    expect(samples[1]).toBe(-0.5);
    expect(samples[2]).toBeCloseTo(Math.floor(count / 2) / count, 6);
  });

  it('keeps mono bit for bit, in a copy', () => {
    const mono = Float32Array.from({ length: 10_000 }, (_, i) => Math.sin(i * i));
    const { samples } = downmix([mono]);
    expect(samples).toEqual(mono);
    expect(samples.buffer).not.toBe(mono.buffer);
  });

  it('counts what is no plausible number and takes it for zero', () => {
    const { samples, nonFiniteSamples } = downmix([
      channel(Number.NaN, 1, Infinity, 3e38),
      channel(0.5, -Infinity, Number.NaN, 0.5),
    ]);
    expect([...samples]).toEqual([0.25, 0.5, 0, 0.25]);
    expect(nonFiniteSamples).toBe(5);
  });

  it('is finite for any float32 at all', () => {
    const samples = fc.array(fc.float(), { minLength: 1, maxLength: 50 });
    fc.assert(
      fc.property(samples, fc.integer({ min: 1, max: 8 }), (values, count) => {
        const channels = Array.from({ length: count }, () => Float32Array.from(values));
        expect(downmix(channels).samples.every(Number.isFinite)).toBe(true);
      }),
    );
  });

  it('gives nothing for no samples and for no channels', () => {
    expect(downmix([channel()]).samples.length).toBe(0);
    expect(downmix([]).samples.length).toBe(0);
  });
});

describe('monoSource', () => {
  it('reads a stretch to its place and leaves the rest of the target alone', () => {
    const target = new Float64Array(5).fill(9);
    monoSource([channel(1, 2, 3, 4), channel(3, 4, 5, 6)]).read(1, 2, target, 2);
    expect([...target]).toEqual([9, 9, 3, 4, 9]);
  });
});
