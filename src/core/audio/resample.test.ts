import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { resample, resampledLength, resampleSource } from '#core/audio/resample.ts';
import { createRealFft } from '#core/dsp/fft.ts';
import { fixtureFloat32 } from '#core/testing/fixture.ts';

const modelRate = 22050;
const commonRates = [
  8000, 11025, 12000, 16000, 22050, 24000, 32000, 37800, 44100, 48000, 64000, 88200, 96000, 176400, 192000,
];

const tone = (frequency: number, rate: number, length: number): Float32Array =>
  Float32Array.from({ length }, (_, n) => Math.sin((2 * Math.PI * frequency * n) / rate));

const decibels = (energyRatio: number): number => 10 * Math.log10(energyRatio);

/** Signal to difference in dB, without the first and last `trim` samples. */
function snr(actual: Float32Array, expected: Float32Array, trim: number): number {
  let signal = 0;
  let difference = 0;
  for (let i = trim; i < expected.length - trim; i += 1) {
    signal += expected[i]! ** 2;
    difference += (actual[i]! - expected[i]!) ** 2;
  }
  return decibels(signal / difference);
}

/** Amplitude of one frequency in the middle 16 384 samples, in dB under a full-scale sine. */
function levelAt(frequency: number, rate: number, samples: Float32Array): number {
  const size = 16384;
  const start = (samples.length - size) >> 1;
  let re = 0;
  let im = 0;
  for (let n = 0; n < size; n += 1) {
    // A Blackman-Harris window: its side lobes are under -92 dB.
    const phase = (2 * Math.PI * n) / size;
    const window =
      0.35875 - 0.48829 * Math.cos(phase) + 0.14128 * Math.cos(2 * phase) - 0.01168 * Math.cos(3 * phase);
    const angle = (2 * Math.PI * frequency * n) / rate;
    re += window * samples[start + n]! * Math.cos(angle);
    im += window * samples[start + n]! * Math.sin(angle);
  }
  return decibels((4 * (re * re + im * im)) / (0.35875 * size) ** 2);
}

const rms = (samples: Float32Array): number =>
  Math.sqrt(samples.reduce((sum, x) => sum + x * x, 0) / samples.length);

/** White noise, uniform in -0.5..0.5. */
function noise(length: number): Float32Array {
  let state = 7;
  return Float32Array.from({ length }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32 - 0.5;
  });
}

describe('resample against soxr VHQ', () => {
  it.each([44100, 48000])('%i Hz: at least 80 dB, the 13 kHz tone under -80 dB', (rate) => {
    const reference = fixtureFloat32(`resample_out_${rate}_to_22050.f32`);
    const input = fixtureFloat32(`resample_in_${rate}.f32`);
    const output = resample(input, rate, modelRate);
    expect(output.length).toBe(reference.length);
    expect(snr(output, reference, Math.round(0.05 * modelRate))).toBeGreaterThan(88);
    // 13 kHz would fold to 9050 Hz, where the input holds white noise as loud as in the reference.
    expect(levelAt(13000, rate, input)).toBeGreaterThan(-20);
    const alias = output.map((x, i) => x - reference[i]!);
    expect(levelAt(modelRate - 13000, modelRate, alias)).toBeLessThan(-80);
  });
});

describe('resample', () => {
  it.each(commonRates)('a 1 kHz tone survives from %i Hz', (rate) => {
    const output = resample(tone(1000, rate, rate / 2), rate, modelRate);
    const expected = tone(1000, modelRate, output.length);
    expect(snr(output, expected, 1000)).toBeGreaterThan(105);
  });

  it.each(commonRates.filter((rate) => rate > modelRate))(
    'content above the Nyquist frequency does not alias from %i Hz',
    (rate) => {
      for (const frequency of [11030, 12000, 0.49 * rate]) {
        const output = resample(tone(frequency, rate, rate / 2), rate, modelRate);
        const middle = output.subarray(1000, -1000);
        expect(decibels(2 * rms(middle) ** 2)).toBeLessThan(-100);
      }
    },
  );

  it.each(commonRates.filter((rate) => rate < modelRate))(
    'no image appears above the band of %i Hz',
    (rate) => {
      const output = resample(noise(2 * rate), rate, modelRate);
      const size = 16384;
      const fft = createRealFft(size);
      const power = new Float64Array(fft.bins);
      const window = Float64Array.from({ length: size }, (_, n) => Math.sin((Math.PI * n) / size) ** 4);
      fft.windowedPower(output, 2000, window, power);
      const firstAbove = Math.ceil(((rate / 2) * size) / modelRate) + 4;
      const inBand = power.subarray(0, firstAbove).reduce((a, b) => a + b, 0);
      const above = power.subarray(firstAbove).reduce((a, b) => a + b, 0);
      expect(decibels(above / inBand)).toBeLessThan(-100);
    },
  );

  it('keeps tone, level and time at any rate', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 8000, max: 192_000 }),
        fc.constantFrom(16000, 22050, 32000, 44100),
        (rate, outputRate) => {
          const output = resample(tone(1000, rate, Math.round(rate / 4)), rate, outputRate);
          const expected = tone(1000, outputRate, output.length);
          expect(snr(output, expected, Math.round(outputRate * 0.05))).toBeGreaterThan(100);
        },
      ),
      { numRuns: 25 },
    );
  });

  it('has gain 1 at 0 Hz', () => {
    fc.assert(
      fc.property(fc.integer({ min: 8000, max: 192_000 }), (rate) => {
        const output = resample(new Float32Array(Math.round(rate / 4)).fill(0.75), rate, modelRate);
        for (const x of output.subarray(1500, -1500)) expect(Math.abs(x - 0.75)).toBeLessThan(1e-6);
      }),
      { numRuns: 15 },
    );
  });

  it('is linear', () => {
    const x = noise(9600);
    const y = tone(3000, 48000, 9600);
    const ofX = resample(x, 48000, modelRate);
    const ofY = resample(y, 48000, modelRate);
    const mixed = resample(
      x.map((value, i) => 0.3 * value - 1.7 * y[i]!),
      48000,
      modelRate,
    );
    for (let i = 0; i < mixed.length; i += 1) {
      expect(Math.abs(mixed[i]! - 0.3 * ofX[i]! + 1.7 * ofY[i]!)).toBeLessThan(1e-6);
    }
  });

  it.each([44100, 48000, 96000, 16000, 44099])('has no delay and linear phase at %i Hz', (rate) => {
    // An impulse on a whole output sample comes out symmetric around it.
    const half = new Float32Array(2 * rate);
    half[rate] = 1;
    const output = resample(half, rate, modelRate);
    const peak = output.reduce((best, x, i) => (x > output[best]! ? i : best), 0);
    expect(peak).toBe(modelRate);
    for (let i = 1; i < 200; i += 1) {
      expect(Math.abs(output[peak + i]! - output[peak - i]!)).toBeLessThan(1e-6);
    }
  });

  it('does not depend on where blocks begin', () => {
    for (const rate of [44100, 48000]) {
      const long = noise(40_000);
      const shift = 3 * 320;
      const whole = resample(long, rate, modelRate);
      const later = resample(long.subarray(shift), rate, modelRate);
      const skip = (shift * modelRate) / rate;
      for (let i = 400; i < later.length; i += 1) {
        expect(Math.abs(whole[i + skip]! - later[i]!)).toBeLessThan(1e-5);
      }
    }
  });

  it('gives ceil(n out / in) samples', () => {
    const rate = fc.integer({ min: 8000, max: 192_000 });
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 3000 }), rate, (length, inputRate) => {
        const output = resample(new Float32Array(length), inputRate, modelRate);
        const exact = (BigInt(length) * 22050n + BigInt(inputRate) - 1n) / BigInt(inputRate);
        expect(output.length).toBe(Number(exact));
        expect(output.every((x) => x === 0)).toBe(true);
      }),
      { numRuns: 40 },
    );
    expect(resampledLength(3600 * 192_000, 192_000, 22050)).toBe(3600 * 22050);
  });

  it('copies where the rates are equal', () => {
    const x = noise(5000);
    const output = resample(x, modelRate, modelRate);
    expect(output).toEqual(x);
    expect(output.buffer).not.toBe(x.buffer);
  });

  it.each([0, -1, 44100.5, Number.NaN, 2 ** 21])('refuses the rate %s', (rate) => {
    expect(() => resample(new Float32Array(10), rate, modelRate)).toThrow(RangeError);
    expect(() => resample(new Float32Array(10), modelRate, rate)).toThrow(RangeError);
  });
});

describe('resampleSource', () => {
  it.each([22050, 44100, 48000, 12000])('reads every sample of %i Hz once, in order', (rate) => {
    let next = 0;
    const length = 30_011;
    const source = {
      length,
      read(start: number, count: number, target: Float64Array, at: number): void {
        expect(start).toBe(next);
        next = start + count;
        target.fill(0.5, at, at + count);
      },
    };
    resampleSource(source, rate, modelRate);
    expect(next).toBe(length);
  });
});

describe('the two qualities', () => {
  const rate = 44_100;

  it('soxr-hq removes what lies above the lower Nyquist frequency, 13 kHz and just above it', () => {
    for (const frequency of [13_000, 11_060]) {
      const out = resample(tone(frequency, rate, 3 * rate), rate, modelRate, 'soxr-hq');
      // What folds, folds to the model's rate minus the tone.
      expect(levelAt(modelRate - frequency, modelRate, out)).toBeLessThan(-110);
    }
  });

  it('they agree up to 0.91 of the Nyquist frequency and differ above it', () => {
    const gain = (frequency: number, quality: 'soxr-hq' | 'soxr-vhq'): number =>
      levelAt(frequency, modelRate, resample(tone(frequency, rate, 3 * rate), rate, modelRate, quality));
    for (const share of [0.1, 0.5, 0.9, 0.91]) {
      const frequency = share * (modelRate / 2);
      expect(gain(frequency, 'soxr-hq')).toBeCloseTo(gain(frequency, 'soxr-vhq'), 2);
      expect(gain(frequency, 'soxr-hq')).toBeCloseTo(0, 1);
    }
    const above = 0.97 * (modelRate / 2);
    // Half gain is at 0.957 and 0.956 of the Nyquist frequency; the sharper filter has fallen further.
    expect(gain(above, 'soxr-hq') - gain(above, 'soxr-vhq')).toBeGreaterThan(0.5);
  });

  it('soxr-hq falls to half gain at 0.9569 of the Nyquist frequency', () => {
    const frequency = 0.95687183 * (modelRate / 2);
    const out = resample(tone(frequency, rate, 3 * rate), rate, modelRate, 'soxr-hq');
    expect(levelAt(frequency, modelRate, out)).toBeCloseTo(20 * Math.log10(0.5), 1);
  });
});
