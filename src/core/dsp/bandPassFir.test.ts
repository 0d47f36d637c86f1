import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { designBandPass } from '#core/dsp/bandPassFir.ts';

/** Gain in dB of a filter at a frequency, by its definition. */
function gainDb(taps: Float32Array, frequency: number, sampleRate: number): number {
  let real = 0;
  let imaginary = 0;
  taps.forEach((tap, n) => {
    const angle = (2 * Math.PI * frequency * n) / sampleRate;
    real += tap * Math.cos(angle);
    imaginary -= tap * Math.sin(angle);
  });
  return 10 * Math.log10(real * real + imaginary * imaginary + 1e-30);
}

describe('designBandPass', () => {
  it('passes the band within 0.1 dB, halves its edges and stops 60 dB beyond the slopes', () => {
    const { taps } = designBandPass(500, 2000, 44_100);
    for (const frequency of [525, 800, 1250, 1900, 1975])
      expect(Math.abs(gainDb(taps, frequency, 44_100))).toBeLessThan(0.1);
    for (const edge of [500, 2000]) expect(gainDb(taps, edge, 44_100)).toBeCloseTo(-6.02, 1);
    for (let frequency = 0; frequency <= 22_050; frequency += 37)
      if (frequency < 478 || frequency > 2022)
        expect(gainDb(taps, frequency, 44_100)).toBeLessThanOrEqual(-60);
  });

  it('delays by its latency and is symmetric', () => {
    const { taps, latencySamples, latencySeconds } = designBandPass(300, 900, 48_000, { taps: 1000 });
    expect(taps).toHaveLength(1001);
    expect(latencySamples).toBe(500);
    expect(latencySeconds).toBeCloseTo(500 / 48_000, 12);
    expect(taps.toReversed()).toEqual(taps);
  });

  it('from 0 is a low-pass, to the Nyquist frequency a high-pass, over everything a delay', () => {
    const low = designBandPass(0, 1000, 44_100).taps;
    expect(gainDb(low, 0, 44_100)).toBeCloseTo(0, 4);
    expect(gainDb(low, 50, 44_100)).toBeCloseTo(0, 1);
    expect(gainDb(low, 1100, 44_100)).toBeLessThan(-60);
    const high = designBandPass(1000, 22_050, 44_100).taps;
    expect(gainDb(high, 22_050, 44_100)).toBeCloseTo(0, 4);
    expect(gainDb(high, 0, 44_100)).toBeLessThan(-60);
    const all = designBandPass(-5, 99_999, 44_100, { taps: 9 }).taps;
    expect([...all]).toEqual([0, 0, 0, 0, 1, 0, 0, 0, 0]);
  });

  it('for any band at any rate: gain 1 in its middle, 60 dB down outside its slopes', () => {
    const rate = fc.constantFrom(8000, 22_050, 44_100, 96_000);
    const edges = fc.tuple(
      fc.double({ min: 0.001, max: 0.9, noNaN: true }),
      fc.double({ min: 0, max: 1, noNaN: true }),
    );
    fc.assert(
      fc.property(rate, edges, (sampleRate, [from, share]) => {
        const lowHz = from * 0.5 * sampleRate;
        const highHz = lowHz + 250 + share * (0.5 * sampleRate - lowHz - 250);
        const { taps } = designBandPass(lowHz, highHz, sampleRate, { transitionHz: 200 });
        expect(Math.abs(gainDb(taps, (lowHz + highHz) / 2, sampleRate))).toBeLessThan(0.2);
        for (const outside of [lowHz - 110, highHz + 110])
          if (outside > 0 && outside < sampleRate / 2)
            expect(gainDb(taps, outside, sampleRate)).toBeLessThan(-60);
      }),
      { numRuns: 30 },
    );
  });

  it('refuses an empty band', () => {
    expect(() => designBandPass(2000, 2000, 44_100)).toThrow(RangeError);
    expect(() => designBandPass(Number.NaN, 2000, 44_100)).toThrow(RangeError);
    expect(() => designBandPass(30_000, 40_000, 44_100)).toThrow(RangeError);
  });
});
