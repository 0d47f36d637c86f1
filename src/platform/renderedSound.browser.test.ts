import { describe, expect, it } from 'vitest';
import { encodeWav16 } from '#core/audio/wavFile.ts';
import { patchRowEdges, type AttentionMap } from '#core/explain/rolloutMap.ts';
import { acousticsenseFrontEnd } from '#core/testing/frontEnds.ts';
import { createAudioFileReader } from '#platform/decodeAudio.ts';
import { exactSound, weighedSound } from '#platform/renderedSound.ts';

const never = new AbortController().signal;
const sampleRate = 44_100;
const rows = 14;
const frameSeconds = acousticsenseFrontEnd.hopLength / acousticsenseFrontEnd.sampleRate;
const rowEdgesHz = patchRowEdges(acousticsenseFrontEnd, rows);

async function decode(sound: Blob): Promise<readonly Float32Array[]> {
  const answer = await createAudioFileReader().decode(new File([sound], 'x'), never, () => undefined);
  if (!answer.ok) throw new Error(answer.error.message);
  return answer.value.pcm.channels;
}

const fixture = async (name: string): Promise<File> =>
  new File([await (await fetch(`/e2e/fixtures/audio/${name}`)).blob()], name);

/** Stereo: a low tone left, a high tone right, so that the mono sound has both. */
const lowHz = 250;
const highHz = 3000;
function twoTones(seconds: number): File {
  const make = (hz: number): Float32Array =>
    Float32Array.from(
      { length: seconds * sampleRate },
      (_, i) => 0.5 * Math.sin((2 * Math.PI * hz * i) / sampleRate),
    );
  return new File([encodeWav16([make(lowHz), make(highHz)], sampleRate)], 'tones.wav');
}

/** Attention of 3 on the rows up to 1 kHz until `untilSeconds`, nothing elsewhere. */
function lowAndEarly(seconds: number, untilSeconds: number): AttentionMap {
  const nFrames = Math.ceil(seconds / frameSeconds) + 1;
  const values = new Float32Array(rows * nFrames);
  for (let row = 0; row < rows; row += 1)
    for (let frame = 0; frame < nFrames; frame += 1)
      values[row * nFrames + frame] =
        rowEdgesHz[row + 1]! < 1000 && frame * frameSeconds < untilSeconds ? 3 : 0;
  return { values, rows, nFrames, rowEdgesHz };
}

/** Amplitude of a tone between two moments. */
function level(samples: Float32Array, hz: number, from: number, to: number): number {
  let [re, im, n] = [0, 0, 0];
  for (let i = Math.round(from * sampleRate); i < Math.round(to * sampleRate); i += 1, n += 1) {
    const phase = (2 * Math.PI * hz * i) / sampleRate;
    re += samples[i]! * Math.cos(phase);
    im += samples[i]! * Math.sin(phase);
  }
  return (2 * Math.hypot(re, im)) / n;
}

describe('exactSound', () => {
  it.each(['cbr.mp3', 'vorbis.ogg'])('of %s has the samples that the analysis decodes', async (name) => {
    const file = await fixture(name);
    const exact = await exactSound(file, never);
    if (!exact.ok || exact.value === null) throw new Error('a WAV file was expected');
    const there = await decode(exact.value);
    const here = await decode(file);
    expect(there.map(({ length }) => length)).toEqual(here.map(({ length }) => length));
    for (const [channel, samples] of here.entries()) {
      const worst = samples.reduce(
        (most, sample, i) =>
          Math.max(most, Math.abs(Math.max(-1, Math.min(1, sample)) - there[channel]![i]!)),
        0,
      );
      // Half a step of 16 bits, and the different full scales of the two directions.
      expect(worst).toBeLessThan(1.6 / 32_768);
    }
  });

  it('is not made where the browser seeks exactly by itself', async () => {
    for (const name of ['s16.wav', 'music.flac', 'aac.m4a', 'opus.opus'])
      expect(await exactSound(await fixture(name), never), name).toEqual({ ok: true, value: null });
  });

  it('fails like the decoder', async () => {
    expect(await exactSound(await fixture('text.mp3'), never)).toMatchObject({
      ok: false,
      error: { code: 'unsupported-format' },
    });
  });
});

describe('weighedSound', () => {
  it('keeps what was looked at and silences the rest, on the same timeline', async () => {
    const seconds = 6;
    const map = lowAndEarly(seconds, 3);
    const progress: number[] = [];
    const answer = await weighedSound(twoTones(seconds), { map, frameSeconds }, null, never, (done) =>
      progress.push(done),
    );
    if (!answer.ok) throw new Error(answer.error.message);
    const [samples = new Float32Array(0), ...others] = await decode(answer.value);
    expect(others).toHaveLength(0);
    expect(samples).toHaveLength(seconds * sampleRate);
    // The mean of two channels: each tone at half its level.
    expect(level(samples, lowHz, 0.5, 2.5)).toBeCloseTo(0.25, 2);
    expect(level(samples, highHz, 0.5, 2.5)).toBeLessThan(0.001);
    expect(level(samples, lowHz, 3.5, 5.5)).toBeLessThan(0.001);
    expect(progress.length).toBeGreaterThan(2);
    expect(progress).toEqual(progress.toSorted((a, b) => a - b));
    expect(progress.at(-1)).toBe(1);
  });

  it('of a stretch has silence around it and the sound at its own time', async () => {
    const seconds = 6;
    const map = lowAndEarly(seconds, seconds);
    const stretch = { startSeconds: 2, endSeconds: 4 };
    const answer = await weighedSound(
      twoTones(seconds),
      { map, frameSeconds },
      stretch,
      never,
      () => undefined,
    );
    if (!answer.ok) throw new Error(answer.error.message);
    const [samples = new Float32Array(0)] = await decode(answer.value);
    expect(samples).toHaveLength(seconds * sampleRate);
    expect(samples.subarray(0, 2 * sampleRate).every((sample) => sample === 0)).toBe(true);
    expect(samples.subarray(4 * sampleRate).every((sample) => sample === 0)).toBe(true);
    expect(level(samples, lowHz, 2.2, 3.8)).toBeCloseTo(0.25, 2);
  });

  it('stops when asked', async () => {
    const stop = new AbortController();
    const answer = weighedSound(
      twoTones(20),
      { map: lowAndEarly(20, 20), frameSeconds },
      null,
      stop.signal,
      (done) => {
        if (done > 0.1) stop.abort();
      },
    );
    expect(await answer).toMatchObject({ ok: false, error: { code: 'cancelled' } });
  });
});
