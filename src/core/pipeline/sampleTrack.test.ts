import { describe, expect, it } from 'vitest';
import type { PcmAudio } from '#core/audio/pcm.ts';
import { createLogMelExtractor } from '#core/dsp/logMel.ts';
import { prepareSpectrogram } from '#core/pipeline/prepareTrack.ts';
import { sampleTrack } from '#core/pipeline/sampleTrack.ts';
import { trackWindows } from '#core/pipeline/trackWindows.ts';
import { acousticsenseFrontEnd as frontEnd } from '#core/testing/frontEnds.ts';
import { seededNoise } from '#core/testing/sounds.ts';
import { hertz } from '#core/units.ts';

const extractor = createLogMelExtractor(frontEnd);
const clock = (): number => 0;

/** Noise whose level breathes, over a tone that rises: no two windows are alike. */
function sound(rate: number, seconds: number, level: (second: number) => number = () => 1): PcmAudio {
  const random = seededNoise(3);
  const make = (share: number): Float32Array<ArrayBuffer> =>
    Float32Array.from({ length: Math.round(rate * seconds) }, (_, i) => {
      const t = i / rate;
      const tone = Math.sin(2 * Math.PI * (200 + 20 * t) * t);
      return level(t) * (0.3 * share * random() * (1 + Math.sin(t)) + 0.2 * tone);
    });
  return { channels: [make(1), make(0.5)], sampleRate: hertz(rate) };
}

function both(pcm: PcmAudio, most: number) {
  const sampled = sampleTrack(pcm, frontEnd, clock, extractor, most);
  const whole = prepareSpectrogram(pcm, frontEnd, clock, extractor);
  if (!sampled.ok || !whole.ok) throw new Error('not prepared');
  return {
    sampled: sampled.value,
    cut: trackWindows(whole.value.logMel, frontEnd, most),
    whole: whole.value,
  };
}

describe('sampleTrack', () => {
  it.each([22_050, 44_100, 48_000, 32_000, 96_000, 11_025, 44_099])(
    'gives the windows of the whole track at %i Hz',
    (rate) => {
      const { sampled, cut, whole } = both(sound(rate, 70.3), 3);
      expect(sampled.durationSeconds).toBe(whole.durationSeconds);
      expect(sampled.windows).toMatchObject({ nFrames: cut.nFrames, total: cut.total });
      expect(sampled.windows.windows.map(({ startFrame }) => startFrame)).toEqual(
        cut.windows.map(({ startFrame }) => startFrame),
      );
      for (const [i, window] of sampled.windows.windows.entries()) {
        const expected = cut.windows[i]?.db() ?? new Float32Array();
        let largest = 0;
        window.db().forEach((db, at) => {
          // Under -70 dB there is nothing but the rounding of the transforms.
          if (Math.max(db, expected[at]!) > -70) largest = Math.max(largest, Math.abs(db - expected[at]!));
        });
        expect(largest).toBeLessThan(0.001);
      }
    },
  );

  it('the first and the last window of a track that has few are right too', () => {
    // One window in the middle of each half of a track of four: near both edges.
    const { sampled, cut } = both(sound(44_100, 31), 2);
    for (const [i, window] of sampled.windows.windows.entries()) {
      const expected = cut.windows[i]?.db() ?? new Float32Array();
      expect(window.db()[100 * 224 + 100]).toBeCloseTo(expected[100 * 224 + 100] ?? 0, 3);
    }
  });

  it('a silent window moves the sample, as on the whole track', () => {
    const { sampled, cut } = both(
      sound(22_050, 100, (second) => (second > 35 && second < 65 ? 0 : 1)),
      3,
    );
    expect(sampled.windows.windows.map(({ startFrame }) => startFrame)).toEqual(
      cut.windows.map(({ startFrame }) => startFrame),
    );
    expect(sampled.windows.windows.every(({ silent }) => !silent)).toBe(true);
  });

  it('no sound is the error of the whole track', () => {
    const none = { channels: [new Float32Array(0)], sampleRate: hertz(44_100) };
    expect(sampleTrack(none, frontEnd, clock, extractor, 3)).toMatchObject({ error: { code: 'no-samples' } });
  });
});
