import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { downmix } from '#core/audio/downmix.ts';
import type { PcmAudio } from '#core/audio/pcm.ts';
import { resample } from '#core/audio/resample.ts';
import { createLogMelExtractor } from '#core/dsp/logMel.ts';
import { prepareTrack } from '#core/pipeline/prepareTrack.ts';
import type { PreparedTrack } from '#core/pipeline/ports.ts';
import { fixtureFloat32 } from '#core/testing/fixture.ts';
import { acousticsenseFrontEnd } from '#core/testing/frontEnds.ts';
import { hertz } from '#core/units.ts';

/** A clock that moves by one millisecond each time it is read. */
function countingClock(): () => number {
  let now = 100;
  return () => (now += 1);
}

const pcmOf = (sampleRate: number, ...channels: Float32Array<ArrayBuffer>[]): PcmAudio => ({
  channels,
  sampleRate: hertz(sampleRate),
});

function prepared(pcm: PcmAudio): PreparedTrack {
  const result = prepareTrack(pcm, acousticsenseFrontEnd, countingClock());
  if (!result.ok) throw new Error(result.error.message);
  return result.value;
}

describe('prepareTrack', () => {
  it("ends at librosa's decibels for a track at the model's rate", () => {
    const { logMel } = prepared(pcmOf(22050, fixtureFloat32('mel_in_22050.f32')));
    const reference = fixtureFloat32('mel_db_acousticsense.f32');
    const maximum = logMel.values.reduce((most, db) => Math.max(most, db), -Infinity);
    expect(logMel.values.length).toBe(reference.length);
    const differences = logMel.values.map((db, i) =>
      reference[i]! > -79 ? Math.abs(db - maximum - reference[i]!) : 0,
    );
    expect(Math.max(...differences)).toBeLessThan(0.01);
  });

  it('is downmix, resample and log-mel in a row', () => {
    const left = fixtureFloat32('resample_in_48000.f32');
    const right = left.map((x, i) => 0.5 * x + 0.1 * Math.sin(i / 9));
    const { logMel, durationSeconds, timings } = prepared(pcmOf(48000, left, right));
    const mono = resample(downmix([left, right]).samples, 48000, 22050, acousticsenseFrontEnd.resampler);
    const expected = createLogMelExtractor(acousticsenseFrontEnd).logMel(mono);
    expect(logMel.nFrames).toBe(expected.nFrames);
    // The mean is not rounded to float32 on its way here; that shows only far under the signal.
    const differences = expected.values.map((db, i) => (db > -60 ? Math.abs(logMel.values[i]! - db) : 0));
    expect(Math.max(...differences)).toBeLessThan(0.01);
    expect(durationSeconds).toBe(left.length / 48000);
    expect(timings).toEqual({ resampleMs: 1, melMs: 1, pictureMs: 1 });
  });

  it('only reads its input', () => {
    const left = fixtureFloat32('resample_in_44100.f32');
    const right = left.map((x) => -x);
    const copy = left.slice();
    prepared(pcmOf(44100, left, right));
    expect(left.every((x, i) => x === copy[i])).toBe(true);
  });

  it('has a picture of every frame and band, and silence is dark and flat', () => {
    const { logMel, picture, waveform } = prepared(pcmOf(8000, new Float32Array(8000 * 60)));
    expect(picture).toMatchObject({ nMels: 224, nFrames: logMel.nFrames });
    expect(picture.levels[0]!.columns).toBe(logMel.nFrames);
    for (const { bytes } of picture.levels) expect(bytes.every((byte) => byte === 0)).toBe(true);
    expect(waveform.columns).toBe(4096);
    expect(waveform.highs.every((value) => value === 0)).toBe(true);
  });

  it('the loudest frame is the top of the picture, and the waveform is that of the mean channel', () => {
    const left = Float32Array.from({ length: 44_100 }, (_, n) => (n < 22_050 ? 0 : Math.sin(n / 5)));
    const { logMel, picture, waveform } = prepared(pcmOf(22_050, left, new Float32Array(44_100)));
    const loudest = logMel.values.reduce((most, db) => Math.max(most, db), -Infinity);
    expect(picture.maximumDb).toBe(loudest);
    expect(picture.levels[0]!.bytes[logMel.values.indexOf(loudest)]).toBe(255);
    expect(waveform.highs.subarray(0, 2000).every((value) => value === 0)).toBe(true);
    // Half of full scale: the other channel is silent.
    expect(waveform.highs.reduce((most, value) => Math.max(most, value), 0)).toBe(64);
  });

  it('never lets a broken sample through', () => {
    const sample = fc.oneof(fc.float(), fc.constantFrom(Number.NaN, Infinity, -Infinity));
    const samples = fc.array(sample, { minLength: 1, maxLength: 3000 });
    const rate = fc.constantFrom(8000, 22050, 44100, 48000);
    fc.assert(
      fc.property(samples, rate, (values, sampleRate) => {
        const channel = Float32Array.from(values);
        const { logMel, nonFiniteSamples } = prepared(pcmOf(sampleRate, channel, channel.slice()));
        expect(logMel.values.every(Number.isFinite)).toBe(true);
        const broken = channel.filter((x) => !(Math.abs(x) <= 1e9)).length;
        expect(nonFiniteSamples).toBe(2 * broken);
      }),
      { numRuns: 30 },
    );
  });

  it.each([8000, 192_000])('takes a tenth of a second in eight channels at %i Hz', (rate) => {
    const channels = Array.from({ length: 8 }, (_, c) =>
      Float32Array.from({ length: rate / 10 }, (_, n) => Math.sin((n * (c + 1) * 300) / rate)),
    );
    expect(prepared(pcmOf(rate, ...channels)).logMel.nFrames).toBe(3);
  });

  it.each([
    ['no samples', pcmOf(44100, new Float32Array(0), new Float32Array(0)), 'no-samples'],
    ['no channels', pcmOf(44100), 'no-samples'],
    ['a rate of 0', pcmOf(0, new Float32Array(9)), 'decode-failed'],
    ['a rate of NaN', pcmOf(Number.NaN, new Float32Array(9)), 'decode-failed'],
    ['a rate of 1 MHz', pcmOf(1e6, new Float32Array(9)), 'decode-failed'],
  ])('refuses %s', (_, pcm, code) => {
    const result = prepareTrack(pcm, acousticsenseFrontEnd, countingClock());
    expect(result).toMatchObject({ ok: false, error: { code } });
  });
});
