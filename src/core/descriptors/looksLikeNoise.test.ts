import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import type { PcmAudio } from '#core/audio/pcm.ts';
import { isSilentWindow, windowOf, windowStarts } from '#core/audio/windows.ts';
import { looksLikeNoise } from '#core/descriptors/looksLikeNoise.ts';
import { prepareTrack } from '#core/pipeline/prepareTrack.ts';
import { acousticsenseFrontEnd, librosaDefaultFrontEnd } from '#core/testing/frontEnds.ts';
import { hasShared, sharedPath } from '#core/testing/shared.ts';
import { brownNoise, clicks, pinkNoise, tone, whiteNoise } from '#core/testing/sounds.ts';
import { hertz } from '#core/units.ts';
import { decodeAudioFile } from '#server/decode/decodeFile.ts';
import { decodeWav } from '#server/decode/wav.ts';

const frontEnds = [acousticsenseFrontEnd, librosaDefaultFrontEnd];

/** The verdict on every window that is not silent, under both front ends. */
function verdicts(pcm: PcmAudio): readonly boolean[] {
  return frontEnds.flatMap((frontEnd) => {
    const prepared = prepareTrack(pcm, frontEnd, () => 0);
    if (!prepared.ok) throw new Error(prepared.error.message);
    const { logMel } = prepared.value;
    return windowStarts(logMel.nFrames, frontEnd)
      .map((start) => windowOf(logMel, start, frontEnd))
      .filter((window) => !isSilentWindow(window, frontEnd))
      .map((window) => looksLikeNoise(window, frontEnd));
  });
}
const ofMono = (samples: Float32Array<ArrayBuffer>, sampleRate = 22_050): readonly boolean[] =>
  verdicts({ channels: [samples], sampleRate: hertz(sampleRate) });

const rate = 22_050;
const seconds = 11;
const white = whiteNoise(seconds);
/** Noise under another law: each sample from the one before and the noise. */
const filtered = (step: (noise: number, before: number) => number): Float32Array<ArrayBuffer> => {
  let before = 0;
  return white.map((noise) => (before = step(noise, before)));
};
const mixed = (a: Float32Array<ArrayBuffer>, b: Float32Array): Float32Array<ArrayBuffer> =>
  a.map((x, n) => x + (b[n] ?? 0));
/** Voiced syllables with formants and pauses, three a second, with a hissed consonant before each. */
const speech = Float32Array.from({ length: seconds * rate }, (_, n) => {
  const t = n / rate;
  const inSyllable = (t * 3) % 1;
  const pitch = 120 + 20 * Math.sin(2 * Math.PI * 0.7 * t);
  let voiced = 0;
  for (let k = 1; k < 25; k += 1) {
    const formants =
      Math.exp(-(((k * pitch - 600) / 300) ** 2)) + 0.4 * Math.exp(-(((k * pitch - 1700) / 400) ** 2));
    voiced += formants * Math.sin(2 * Math.PI * k * pitch * t);
  }
  const hiss = inSyllable < 0.15 ? 0.1 * white[n]! : 0;
  return 0.2 * (inSyllable > 0.15 && inSyllable < 0.7 ? voiced : 0) + hiss;
});

describe('looksLikeNoise', () => {
  it.each([
    ['white noise', white],
    ['soft white noise', white.map((x) => x / 300)],
    ['pink noise', pinkNoise(seconds)],
    ['brown noise', brownNoise(seconds)],
    ['blue noise', filtered((noise, before) => noise - 0.9 * before)],
    ['dark noise', filtered((noise, before) => 0.1 * noise + 0.9 * before)],
    ['surf', white.map((x, n) => x * (0.3 + 0.25 * Math.sin((0.8 * n) / rate)))],
    ['three seconds of noise, looped', whiteNoise(3)],
  ])('%s is noise', (_, samples) => {
    expect(new Set(ofMono(samples))).toEqual(new Set([true]));
  });

  it.each([8000, 16_000, 44_100, 48_000])('noise recorded at %i Hz is noise', (sampleRate) => {
    expect(new Set(ofMono(whiteNoise(seconds, sampleRate), sampleRate))).toEqual(new Set([true]));
  });

  it.each([
    ['a tone', tone(440, seconds)],
    ['a low tone', tone(55, seconds)],
    [
      'a tone over hiss',
      mixed(
        tone(1500, seconds),
        white.map((x) => x / 10),
      ),
    ],
    [
      'a chord',
      mixed(
        mixed(tone(220, seconds, rate, 0.2), tone(277, seconds, rate, 0.2)),
        tone(330, seconds, rate, 0.2),
      ),
    ],
    ['clicks', clicks(120, seconds)],
    ['a buzz of 15 pulses a second', Float32Array.from(white, (_, n) => (n % 1470 === 0 ? 0.9 : 0))],
    ['bursts of noise', white.map((x, n) => (n % 11_025 < 3000 ? x : x / 20))],
    ['speech', speech],
    [
      'speech in a noisy room',
      mixed(
        speech,
        white.map((x) => x / 100),
      ),
    ],
  ])('%s is not noise', (_, samples) => {
    expect(new Set(ofMono(samples))).toEqual(new Set([false]));
  });

  const samples = fileURLToPath(new URL('../../../public/samples', import.meta.url));
  it.each(readdirSync(samples).filter((file) => file.endsWith('.wav')))(
    'the sample %s is not noise',
    (file) => {
      const decoded = decodeWav(readFileSync(`${samples}/${file}`));
      if (decoded === null) throw new Error(`${file} is not plain PCM`);
      expect(verdicts({ channels: decoded.channels, sampleRate: hertz(decoded.sampleRate) })).not.toContain(
        true,
      );
    },
  );

  const absent = !hasShared('audio');
  for (const file of ['hungarian-dance-5.ogg', 'sugar-plum-fairy.ogg', 'vibe-ace.mp3', 'solo-trumpet.opus'])
    it.skipIf(absent)(
      `no window of ${file} is noise${absent ? ' (skipped: the shared recordings are not here)' : ''}`,
      async () => {
        const decoded = await decodeAudioFile(sharedPath(`audio/${file}`), () => 0);
        if (!decoded.ok) throw new Error(decoded.error.message);
        expect(verdicts(decoded.value.pcm)).not.toContain(true);
      },
    );
});
