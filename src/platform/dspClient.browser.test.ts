import { describe, expect, it } from 'vitest';
import type { PcmAudio } from '#core/audio/pcm.ts';
import { testFrontEnd } from '#core/testing/manifest.ts';
import { hertz } from '#core/units.ts';
import { createFrontEndPort } from '#platform/dspClient.ts';

/** A stereo tone. */
function tone(seconds: number, sampleRate = 22_050): PcmAudio {
  const samples = Float32Array.from({ length: seconds * sampleRate }, (_, index) =>
    Math.sin((2 * Math.PI * 1000 * index) / sampleRate),
  );
  return { channels: [samples, samples.slice()], sampleRate: hertz(sampleRate) };
}

describe('createFrontEndPort', () => {
  it('gives spectrogram and picture of a tone, and takes the samples over', async () => {
    const port = createFrontEndPort();
    const pcm = tone(3);
    const prepared = await port.prepare(pcm, testFrontEnd, new AbortController().signal);
    if (!prepared.ok) throw new Error(prepared.error.message);
    const { logMel, picture, waveform, durationSeconds } = prepared.value;
    expect(durationSeconds).toBeCloseTo(3, 6);
    expect(logMel.nMels).toBe(224);
    expect(logMel.nFrames).toBe(1 + Math.floor((3 * 22_050) / 1024));
    expect(logMel.values).toHaveLength(logMel.nMels * logMel.nFrames);
    expect(picture.levels[0]?.bytes).toHaveLength(logMel.nMels * logMel.nFrames);
    expect(Math.max(...waveform.highs)).toBe(127);
    expect(pcm.channels[0]).toHaveLength(0);
  });

  it('ends at once when cancelled, and the next track is fine', async () => {
    const port = createFrontEndPort();
    const controller = new AbortController();
    const running = port.prepare(tone(120), testFrontEnd, controller.signal);
    const waiting = port.prepare(tone(1), testFrontEnd, new AbortController().signal);
    setTimeout(() => controller.abort(), 20);
    const cancelled = await running;
    expect(!cancelled.ok && cancelled.error.code).toBe('cancelled');
    expect((await waiting).ok).toBe(true);
    const already = await port.prepare(tone(1), testFrontEnd, { aborted: true });
    expect(!already.ok && already.error.code).toBe('cancelled');
  });

  it('describes what it prepared last, and stops at once when cancelled', async () => {
    const port = createFrontEndPort();
    const never = { aborted: false };
    expect((await port.prepare(tone(5), testFrontEnd, never)).ok).toBe(true);
    const described = await port.describe(never);
    if (!described.ok) throw new Error(described.error.message);
    expect(Math.abs((described.value.spectralCentroidHz ?? 0) - 1000)).toBeLessThan(20);
    expect(described.value.integratedLoudnessLufs).toBeCloseTo(0, 0);
    const controller = new AbortController();
    expect((await port.prepare(tone(240), testFrontEnd, controller.signal)).ok).toBe(true);
    const running = port.describe(controller.signal);
    const waiting = port.prepare(tone(1), testFrontEnd, never);
    setTimeout(() => controller.abort(), 20);
    expect(await running).toMatchObject({ ok: false, error: { code: 'cancelled' } });
    expect((await waiting).ok).toBe(true);
  });

  it('turns a dying worker into an error, and the next track is fine', async () => {
    let started = 0;
    const port = createFrontEndPort(() => {
      started += 1;
      if (started > 1) {
        return new Worker(new URL('../workers/dsp/dsp.worker.ts', import.meta.url), { type: 'module' });
      }
      const code =
        "onmessage = () => { setTimeout(() => { throw new RangeError('Array buffer allocation failed'); }); };";
      return new Worker(URL.createObjectURL(new Blob([code], { type: 'text/javascript' })));
    });
    const dead = await port.prepare(tone(1), testFrontEnd, { aborted: false });
    expect(!dead.ok && dead.error.code).toBe('out-of-memory');
    expect((await port.prepare(tone(1), testFrontEnd, { aborted: false })).ok).toBe(true);
    expect(started).toBe(2);
  });
});
