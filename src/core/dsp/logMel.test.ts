import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createLogMelExtractor } from '#core/dsp/logMel.ts';
import { melFrequencies } from '#core/dsp/melFilterbank.ts';
import { fixtureFloat32 } from '#core/testing/fixture.ts';
import { acousticsenseFrontEnd, librosaDefaultFrontEnd } from '#core/testing/frontEnds.ts';
import { hasShared, sharedFloat32 } from '#core/testing/shared.ts';

const frontEnds = [
  ['acousticsense', acousticsenseFrontEnd],
  ['librosa_default', librosaDefaultFrontEnd],
] as const;

const largest = (values: Float32Array): number =>
  values.reduce((most, value) => Math.max(most, value), -Infinity);

/** Largest |power - reference| against the largest reference. */
function powerError(power: Float32Array, reference: Float32Array): number {
  expect(power.length).toBe(reference.length);
  const worst = power.reduce((w, value, i) => Math.max(w, Math.abs(value - reference[i]!)), 0);
  return worst / largest(reference);
}

/** Largest difference in dB where the reference is above -79: dB against the maximum, range 80 dB. */
function dbError(logMel: Float32Array, reference: Float32Array): number {
  expect(logMel.length).toBe(reference.length);
  const maximum = largest(logMel);
  let worst = 0;
  for (let i = 0; i < reference.length; i += 1) {
    if (reference[i]! <= -79) continue;
    worst = Math.max(worst, Math.abs(logMel[i]! - maximum - reference[i]!));
  }
  return worst;
}

const tone = (frequency: number, length: number, amplitude = 0.5): Float32Array =>
  Float32Array.from({ length }, (_, n) => amplitude * Math.sin((2 * Math.PI * frequency * n) / 22050));

describe.each(frontEnds)('createLogMelExtractor for %s', (name, frontEnd) => {
  const extractor = createLogMelExtractor(frontEnd);
  const samples = fixtureFloat32('mel_in_22050.f32');

  it("equals librosa's mel power within 1e-5 of the maximum", () => {
    const reference = fixtureFloat32(`mel_power_${name}.f32`);
    expect(powerError(extractor.melPower(samples), reference)).toBeLessThan(1e-5);
  });

  it("equals librosa's decibels within 0.01 dB where the reference is above -79 dB", () => {
    const { values, nMels, nFrames } = extractor.logMel(samples);
    expect(nMels).toBe(frontEnd.nMels);
    expect(nFrames).toBe(1 + Math.floor(samples.length / frontEnd.hopLength));
    expect(dbError(values, fixtureFloat32(`mel_db_${name}.f32`))).toBeLessThan(0.01);
  });

  for (const recording of ['vibe-ace', 'solo-trumpet']) {
    const absent = !hasShared(`reference/audio_${recording}_22050.f32`);
    it.skipIf(absent)(
      `equals librosa on ${recording}${absent ? ' (skipped: the shared recordings are not here)' : ''}`,
      () => {
        const music = sharedFloat32(`reference/audio_${recording}_22050.f32`);
        const power = sharedFloat32(`reference/mel_power_${name}__${recording}.f32`);
        const db = sharedFloat32(`reference/mel_db_${name}__${recording}.f32`);
        expect(powerError(extractor.melPower(music), power)).toBeLessThan(1e-5);
        expect(dbError(extractor.logMel(music).values, db)).toBeLessThan(0.01);
      },
    );
  }

  it('puts a pure tone into the band that holds its frequency', () => {
    const edges = melFrequencies(frontEnd.nMels, frontEnd.fMin, frontEnd.fMax);
    fc.assert(
      fc.property(fc.double({ min: 300, max: 10500, noNaN: true }), (frequency) => {
        const { values, nFrames } = extractor.logMel(tone(frequency, 8192));
        const middle = nFrames >> 1;
        let best = 0;
        for (let m = 1; m < frontEnd.nMels; m += 1) {
          if (values[m * nFrames + middle]! > values[best * nFrames + middle]!) best = m;
        }
        // Bands are narrower than a bin and a half at the low end: the peak may sit one bin off the band's edges.
        const bin = 22050 / frontEnd.nFft;
        expect(frequency).toBeGreaterThan(edges[best]! - bin);
        expect(frequency).toBeLessThan(edges[best + 2]! + bin);
      }),
      { numRuns: 40 },
    );
  });

  it('scales: twice the amplitude is four times the power and 6.0206 dB', () => {
    const half = samples.map((x) => 0.5 * x);
    const power = extractor.melPower(samples);
    expect(
      powerError(
        extractor.melPower(half),
        power.map((p) => p / 4),
      ),
    ).toBeLessThan(1e-7);
    const loud = largest(extractor.logMel(samples).values);
    expect(loud - largest(extractor.logMel(half).values)).toBeCloseTo(20 * Math.log10(2), 4);
  });

  it('gives the floor for digital silence, and one frame for less than a hop', () => {
    const { values, nFrames } = extractor.logMel(new Float32Array(100));
    expect(nFrames).toBe(1);
    expect(values.every((db) => db === -100)).toBe(true);
    expect(extractor.logMel(new Float32Array(0)).nFrames).toBe(1);
  });

  it('gives the same numbers again: nothing is left over from the track before', () => {
    const first = extractor.logMel(samples).values;
    extractor.logMel(tone(440, 5000));
    expect(extractor.logMel(samples).values).toEqual(first);
  });

  it('stays finite on absurdly loud samples', () => {
    const { values } = extractor.logMel(tone(1000, 4096, 1e30));
    expect(values.every((db) => Number.isFinite(db))).toBe(true);
  });
});

describe('a shorter analysis window', () => {
  it('stands in the middle of the frame, as librosa pads it', () => {
    const settings = { ...acousticsenseFrontEnd, winLength: 1024 };
    const extractor = createLogMelExtractor(settings);
    // An impulse 600 samples after the middle of frame 4 lies outside 1024 samples, 400 lies inside.
    const at = (offset: number): number => {
      const impulse = new Float32Array(8192);
      impulse[4 * 1024 + offset] = 1;
      const power = extractor.melPower(impulse);
      return power[100 * 9 + 4]!;
    };
    expect(at(600)).toBe(0);
    expect(at(-600)).toBe(0);
    expect(at(400)).toBeGreaterThan(0);
    expect(at(400) / at(-400)).toBeCloseTo(1, 6);
  });
});
