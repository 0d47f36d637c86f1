import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createRealFft } from '#core/dsp/fft.ts';
import { hannWindow } from '#core/dsp/hann.ts';

const sizes = [8, 16, 32, 64, 128, 512, 2048];

/** Deterministic noise in -1..1. */
function noise(length: number, seed = 1): Float64Array {
  let state = seed >>> 0;
  return Float64Array.from({ length }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 31 - 1;
  });
}

function spectrumOf(signal: Float64Array): { real: Float64Array; imaginary: Float64Array } {
  const fft = createRealFft(signal.length);
  const real = new Float64Array(fft.bins);
  const imaginary = new Float64Array(fft.bins);
  fft.forward(signal, real, imaginary);
  return { real, imaginary };
}

function naiveDft(signal: Float64Array): { real: Float64Array; imaginary: Float64Array } {
  const n = signal.length;
  const real = new Float64Array(n / 2 + 1);
  const imaginary = new Float64Array(n / 2 + 1);
  for (let k = 0; k <= n / 2; k += 1) {
    for (let i = 0; i < n; i += 1) {
      const angle = (-2 * Math.PI * ((k * i) % n)) / n;
      real[k]! += signal[i]! * Math.cos(angle);
      imaginary[k]! += signal[i]! * Math.sin(angle);
    }
  }
  return { real, imaginary };
}

function largestDifference(a: Float64Array, b: Float64Array): number {
  return a.reduce((worst, value, i) => Math.max(worst, Math.abs(value - b[i]!)), 0);
}

describe('createRealFft', () => {
  it.each(sizes)('equals the sum of the definition at %i points', (size) => {
    const signal = noise(size, size);
    const fast = spectrumOf(signal);
    const slow = naiveDft(signal);
    expect(largestDifference(fast.real, slow.real)).toBeLessThan(1e-11);
    expect(largestDifference(fast.imaginary, slow.imaginary)).toBeLessThan(1e-11);
  });

  it.each(sizes)('is undone by the inverse at %i points', (size) => {
    const signal = noise(size, size + 1);
    const { real, imaginary } = spectrumOf(signal);
    const back = new Float64Array(size);
    createRealFft(size).inverse(real, imaginary, back);
    expect(largestDifference(back, signal)).toBeLessThan(1e-14 * 16);
  });

  it.each(sizes)('keeps the energy (Parseval) at %i points', (size) => {
    const signal = noise(size, size + 2);
    const { real, imaginary } = spectrumOf(signal);
    const inTime = signal.reduce((sum, x) => sum + x * x, 0);
    let inFrequency = 0;
    for (let k = 0; k <= size / 2; k += 1) {
      const weight = k === 0 || k === size / 2 ? 1 : 2;
      inFrequency += (weight * (real[k]! ** 2 + imaginary[k]! ** 2)) / size;
    }
    expect(inFrequency / inTime).toBeCloseTo(1, 12);
  });

  it('is linear', () => {
    const sample = fc.double({ min: -1e3, max: 1e3, noNaN: true });
    const block = fc.array(sample, { minLength: 64, maxLength: 64 });
    fc.assert(
      fc.property(block, block, sample, (x, y, a) => {
        const mixed = spectrumOf(Float64Array.from(x, (value, i) => a * value + y[i]!));
        const ofX = spectrumOf(Float64Array.from(x));
        const ofY = spectrumOf(Float64Array.from(y));
        const scale = 64 * 1e6 * 1e-14;
        for (let k = 0; k <= 32; k += 1) {
          expect(Math.abs(mixed.real[k]! - a * ofX.real[k]! - ofY.real[k]!)).toBeLessThan(scale);
          expect(Math.abs(mixed.imaginary[k]! - a * ofX.imaginary[k]! - ofY.imaginary[k]!)).toBeLessThan(
            scale,
          );
        }
      }),
    );
  });

  it('gives the power of a windowed stretch as the squared transform of the product', () => {
    const size = 256;
    const samples = Float32Array.from(noise(size + 37, 5));
    const window = hannWindow(size);
    const power = new Float64Array(size / 2 + 1);
    createRealFft(size).windowedPower(samples, 31, window, power);
    const { real, imaginary } = naiveDft(window.map((w, i) => w * samples[31 + i]!));
    expect(
      largestDifference(
        power,
        real.map((re, k) => re * re + imaginary[k]! ** 2),
      ),
    ).toBeLessThan(1e-10);
  });

  it.each([0, 4, 12, 2047, 2.5, Number.NaN])('refuses the size %s', (size) => {
    expect(() => createRealFft(size)).toThrow(RangeError);
  });
});
