import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { weighByGain, type FrameGain } from '#core/dsp/stftWeighting.ts';

const noise = (length: number, seed = 1): Float32Array<ArrayBuffer> => {
  let state = seed;
  return Float32Array.from({ length }, () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 31 - 1;
  });
};
const constant =
  (value: number): FrameGain =>
  (_, gains) => {
    gains.fill(value);
  };
const largestDifference = (a: Float32Array, b: Float32Array): number =>
  a.reduce((worst, value, i) => Math.max(worst, Math.abs(value - b[i]!)), 0);
const tilted: FrameGain = (frame, gains) => {
  for (let k = 0; k < gains.length; k += 1) gains[k] = ((k + frame + 100) % 7) / 7;
};
/** Up to 1500 Hz, at 8 kHz and 1024 samples a frame. */
const low: FrameGain = (_, gains) => {
  gains.fill(0).fill(1, 0, 192);
};
/** From sample 10 000 on, at hop 256. */
const secondHalf: FrameGain = (frame, gains) => {
  gains.fill(frame * 256 >= 10_000 ? 1 : 0);
};
const options = { nFft: 1024, hopLength: 256 };

describe('weighByGain', () => {
  it('with gain 1 gives back sound of any length, hop and start', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 5000 }),
        fc.constantFrom([64, 16], [64, 32], [1024, 256], [512, 100], [256, 1]),
        (length, [nFft, hopLength]) => {
          const samples = noise(length);
          const result = weighByGain(samples, { nFft, hopLength }, constant(1));
          expect(result).toHaveLength(length);
          expect(largestDifference(result, samples)).toBeLessThan(1e-6);
        },
      ),
      { numRuns: 40 },
    );
  });

  it('with gain 0 gives zeros', () => {
    expect(weighByGain(noise(5000), options, constant(0)).every((x) => x === 0)).toBe(true);
  });

  it('is linear, and the same in place', () => {
    const samples = noise(6000);
    const once = weighByGain(samples, options, tilted);
    const doubled = weighByGain(
      samples.map((x) => 2 * x),
      options,
      tilted,
    );
    expect(
      largestDifference(
        doubled,
        once.map((x) => 2 * x),
      ),
    ).toBeLessThan(1e-6);
    const place = samples.slice();
    expect(weighByGain(place, options, tilted, place)).toBe(place);
    expect(place).toEqual(once);
  });

  it('a band that is kept stays, a band that is not falls by more than 60 dB', () => {
    const rate = 8000;
    const tone = (hz: number): Float32Array =>
      Float32Array.from({ length: rate }, (_, n) => Math.sin((2 * Math.PI * hz * n) / rate));
    const inside = (samples: Float32Array): Float32Array => samples.subarray(1024, rate - 1024);
    const kept = weighByGain(tone(500), options, low);
    expect(largestDifference(inside(kept), inside(tone(500)))).toBeLessThan(1e-3);
    const rest = inside(weighByGain(tone(2500), options, low));
    expect(Math.max(...rest.map(Math.abs))).toBeLessThan(1e-3);
  });

  it('a gain by frame acts at the time of the frame', () => {
    const samples = new Float32Array(20_000).fill(0.5);
    const result = weighByGain(samples, options, secondHalf);
    expect(Math.max(...result.subarray(0, 10_000 - 512))).toBe(0);
    for (const x of result.subarray(10_000 + 768)) expect(x).toBeCloseTo(0.5, 6);
  });

  it('tells how far it is, rising to 1', () => {
    const seen: number[] = [];
    weighByGain(noise(200_000), options, constant(1), undefined, (done) => seen.push(done));
    expect(seen.length).toBeGreaterThan(10);
    expect(seen).toEqual(seen.toSorted((a, b) => a - b));
    expect([seen[0], seen.at(-1)]).toEqual([0, 1]);
  });

  it('refuses frames that do not overlap', () => {
    expect(() => weighByGain(noise(9), { nFft: 64, hopLength: 64 }, constant(1))).toThrow(RangeError);
  });
});
