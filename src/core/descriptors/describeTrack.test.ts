import { describe, expect, it } from 'vitest';
import { describeTrack } from '#core/descriptors/describeTrack.ts';
import { descriptorNames, type TrackDescriptors } from '#core/descriptors/trackDescriptors.ts';
import { fixtureFloat32 } from '#core/testing/fixture.ts';
import { hasShared, sharedFloat32 } from '#core/testing/shared.ts';
import { brownNoise, clicks, pinkNoise, tone, whiteNoise } from '#core/testing/sounds.ts';
import { hertz } from '#core/units.ts';

const ofMono = (samples: Float32Array<ArrayBuffer>, sampleRate = 22_050): TrackDescriptors =>
  describeTrack({ channels: [samples], sampleRate: hertz(sampleRate) }, { samples, sampleRate });

/**
 * Reference numbers: the formulas of librosa 0.11 (feature.tempo, spectral_centroid, spectral_flatness, decompose.hpss)
 * written down in numpy 2.4 and scipy 1.17 (librosa itself was not at hand), on the same samples.
 */
describe('describeTrack beside librosa', () => {
  it('on a sound of tones, noise and clicks', () => {
    const found = ofMono(fixtureFloat32('mel_in_22050.f32'));
    expect(found.tempoBpm).toBeCloseTo(117.453_8, 2);
    expect(found.spectralCentroidHz! / 1471.968_109).toBeCloseTo(1, 4);
    expect(found.spectralFlatness! / 0.028_328_517).toBeCloseTo(1, 4);
    expect(found.percussiveToHarmonicDb).toBeCloseTo(-8.448_365, 3);
  });

  for (const [name, tempo, centroid, flatness, ratio] of [
    ['vibe-ace', 129.199_219, 905.894_756, 0.001_123_794, -10.661_807],
    ['solo-trumpet', 123.046_875, 1588.125_497, 0.000_258_929, -5.273_044],
  ] as const) {
    const file = `reference/audio_${name}_22050.f32`;
    const absent = !hasShared(file);
    it.skipIf(absent)(`on ${name}${absent ? ' (skipped: the shared recordings are not here)' : ''}`, () => {
      const found = ofMono(sharedFloat32(file));
      expect(found.tempoBpm).toBeCloseTo(tempo, 2);
      expect(found.spectralCentroidHz! / centroid).toBeCloseTo(1, 4);
      expect(found.spectralFlatness! / flatness).toBeCloseTo(1, 3);
      expect(found.percussiveToHarmonicDb).toBeCloseTo(ratio, 3);
    });
  }

  // The lags are whole frames of 23 ms, and the prior prefers 100 to 200 beats a minute.
  it.each([
    [50, 49.692],
    [60, 60.0927],
    [75, 75.9995],
    [90, 89.1029],
    [100, 99.384],
    [120, 117.4538],
    [128, 129.1992],
    [140, 143.5547],
    [150, 151.9991],
    [174, 172.2656],
    [200, 99.384],
  ])('clicks at %i beats a minute', (beats, expected) => {
    expect(ofMono(clicks(beats, 12)).tempoBpm).toBeCloseTo(expected, 2);
  });
});

describe('describeTrack', () => {
  it('of silence has no number at all', () => {
    const nothing = Object.fromEntries(descriptorNames.map((name) => [name, null]));
    expect(ofMono(new Float32Array(22_050 * 5))).toEqual(nothing);
    expect(ofMono(new Float32Array(1))).toEqual(nothing);
    // Dither: sound of -90 dBFS is silence.
    expect(ofMono(whiteNoise(5, 22_050, 5e-5))).toEqual(nothing);
  });

  it.each([
    ['white noise', whiteNoise(6)],
    ['pink noise', pinkNoise(6)],
    ['brown noise', brownNoise(6)],
    ['a steady tone', tone(441, 6)],
  ])('%s has no tempo', (_, samples) => {
    expect(ofMono(samples).tempoBpm).toBeNull();
  });

  it('of a tone: its frequency, no flatness, irregularity 1, all harmonic, its loudness', () => {
    const found = ofMono(tone(1000, 5));
    expect(Math.abs(found.spectralCentroidHz! - 1000)).toBeLessThan(10);
    expect(found.spectralFlatness).toBeLessThan(0.001);
    expect(found.spectralIrregularity).toBeCloseTo(1, 1);
    expect(found.percussiveToHarmonicDb).toBeLessThan(-20);
    expect(found.integratedLoudnessLufs).toBeCloseTo(-3 - 6, 1);
    expect(found.lowBandRhythmicContrastDb).toBeNull();
  });

  it('of a bass that pulses: how deep it pulses', () => {
    const bass = tone(100, 12).map((x, n) => (Math.floor(n / 11_025) % 2 === 0 ? x : x * 10 ** (-14 / 20)));
    expect(ofMono(bass).lowBandRhythmicContrastDb).toBeCloseTo(14, 1);
    const above = tone(100, 12).map((x, n) => 0.2 * x + 0.5 * Math.sin(n / 5));
    expect(ofMono(above).lowBandRhythmicContrastDb).toBeLessThan(0.5);
  });

  it('clicks are percussive, chords are not', () => {
    const chord = tone(220, 6).map((x, n) => x + 0.4 * Math.sin(n / 9) + 0.4 * Math.sin(n / 7));
    const beats = clicks(120, 6);
    const impulses = beats.map((_, n) => (n % 11_025 === 5000 ? 1 : 0));
    expect(ofMono(chord).percussiveToHarmonicDb).toBeLessThan(-15);
    expect(ofMono(impulses).percussiveToHarmonicDb).toBe(60);
  });

  it('is the same whatever the front end resampled to, and leaves silence around the music out', () => {
    const song = pinkNoise(6, 44_100).map((x, n) => x + 0.2 * Math.sin(n / 20));
    const pcm = { channels: [song, song], sampleRate: hertz(44_100) };
    const here = describeTrack(pcm, { samples: new Float32Array(0), sampleRate: 16_000 });
    const there = describeTrack(pcm, { samples: new Float32Array(16_000), sampleRate: 16_000 });
    expect(here).toEqual(there);
    const padded = new Float32Array(song.length + 8 * 44_100);
    padded.set(song, 4 * 44_100);
    const around = describeTrack(
      { channels: [padded, padded], sampleRate: hertz(44_100) },
      { samples: padded, sampleRate: 44_100 },
    );
    for (const name of ['spectralCentroidHz', 'spectralFlatness', 'spectralIrregularity'] as const)
      expect(Math.abs(around[name]! / here[name]! - 1)).toBeLessThan(0.05);
    expect(Math.abs(around.integratedLoudnessLufs! - here.integratedLoudnessLufs!)).toBeLessThan(0.3);
  });

  it('of a track over three minutes hears evenly spread pieces, and says the same of the same music', () => {
    const bar = clicks(120, 4).map((x, n) => 0.5 * x + 0.3 * Math.sin((2 * Math.PI * 110 * n) / 22_050));
    const repeat = (times: number): Float32Array<ArrayBuffer> => {
      const all = new Float32Array(bar.length * times);
      for (let i = 0; i < times; i += 1) all.set(bar, i * bar.length);
      return all;
    };
    const short = ofMono(repeat(8));
    const long = ofMono(repeat(50));
    for (const name of descriptorNames) {
      const [a, b] = [short[name]!, long[name]!];
      expect(Math.abs(a - b) / Math.max(1, Math.abs(a)), name).toBeLessThan(0.05);
    }
  });
});
