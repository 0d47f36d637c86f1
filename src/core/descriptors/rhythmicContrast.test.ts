import { describe, expect, it } from 'vitest';
import { rhythmicContrastDb } from '#core/descriptors/rhythmicContrast.ts';

const rate = 43;
/** Energy in each frame of a sound of so many seconds. */
const envelope = (seconds: number, energy: (second: number) => number): Float32Array =>
  Float32Array.from({ length: seconds * rate }, (_, frame) => energy(frame / rate));

describe('rhythmicContrastDb', () => {
  it('is 0 for a steady band, the difference of the levels for one that switches, whatever its level', () => {
    expect(
      rhythmicContrastDb(
        envelope(10, () => 3),
        rate,
      ),
    ).toBeCloseTo(0, 6);
    for (const scale of [1, 1e-6, 1e6]) {
      const pulse = envelope(10, (second) => scale * (second % 0.5 < 0.25 ? 100 : 1));
      expect(rhythmicContrastDb(pulse, rate)).toBeCloseTo(20, 3);
    }
  });

  it('of 1 + sin is what the strongest and weakest tenth of a sine are', () => {
    const sine = Float32Array.from(
      { length: 30_000 },
      (_, frame) => 1 + 0.9 * Math.sin((2 * Math.PI * 2 * frame) / 1000),
    );
    // Mean of sin over the tenth around its top: sin(0.1 pi) / (0.1 pi).
    const top = Math.sin(0.1 * Math.PI) / (0.1 * Math.PI);
    expect(rhythmicContrastDb(sine, 1000)).toBeCloseTo(10 * Math.log10((1 + 0.9 * top) / (1 - 0.9 * top)), 1);
  });

  it('looks at three seconds at a time: a slow crescendo is no pulse', () => {
    const slow = envelope(60, (second) => 10 ** (second / 20));
    expect(rhythmicContrastDb(slow, rate)).toBeLessThan(1.5);
  });

  it('stops at 60 dB, leaves silent windows out, and has no answer for silence or under a second', () => {
    expect(
      rhythmicContrastDb(
        envelope(6, (second) => (second % 1 < 0.5 ? 1 : 0)),
        rate,
      ),
    ).toBeCloseTo(60, 6);
    const half = envelope(30, (second) => (second < 15 ? (second % 0.5 < 0.25 ? 10 : 1) : 0));
    expect(rhythmicContrastDb(half.slice(0, 12 * rate), rate)).toBeCloseTo(10, 3);
    expect(rhythmicContrastDb(half, rate)).toBeLessThan(20);
    expect(
      rhythmicContrastDb(
        envelope(5, () => 0),
        rate,
      ),
    ).toBeNull();
    expect(rhythmicContrastDb(new Float32Array(rate - 1).fill(1), rate)).toBeNull();
  });
});
