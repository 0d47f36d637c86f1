import { proxy, transfer, wrap } from 'comlink';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { PcmAudio } from '#core/audio/pcm.ts';
import { describeTrack, type MonoSound } from '#core/descriptors/describeTrack.ts';
import { weighByAttention, type TimedAttention } from '#core/explain/attentionGain.ts';
import { patchRowEdges } from '#core/explain/rolloutMap.ts';
import { prepareTrack } from '#core/pipeline/prepareTrack.ts';
import { acousticsenseFrontEnd, librosaDefaultFrontEnd } from '#core/testing/frontEnds.ts';
import { hertz } from '#core/units.ts';
import type { DspWorkerApi } from '#workers/dsp/api.ts';

/** Two seconds in two channels that differ: a chirp and a decaying tone, with one broken sample. */
function sound(sampleRate: number): PcmAudio {
  const length = 2 * sampleRate;
  const left = Float32Array.from({ length }, (_, n) => 0.5 * Math.sin((n * n) / (4 * sampleRate)));
  const right = Float32Array.from({ length }, (_, n) => Math.exp(-n / 9000) * Math.cos(n / 7));
  right[1000] = Number.NaN;
  return { channels: [left, right], sampleRate: hertz(sampleRate) };
}

const buffersOf = (pcm: PcmAudio): ArrayBuffer[] => pcm.channels.map((channel) => channel.buffer);

describe('dsp.worker', () => {
  let worker: Worker;
  let start: () => ReturnType<typeof wrap<DspWorkerApi>>;

  beforeAll(() => {
    worker = new Worker(new URL('./dsp.worker.ts', import.meta.url), { type: 'module' });
    const remote = wrap<DspWorkerApi>(worker);
    start = () => remote;
  });
  afterAll(() => {
    worker.terminate();
  });

  it.each([
    ['acousticsense', 44100, acousticsenseFrontEnd],
    ['acousticsense', 48000, acousticsenseFrontEnd],
    ['librosa_default', 16000, librosaDefaultFrontEnd],
    ['acousticsense', 22050, acousticsenseFrontEnd],
  ] as const)('gives for %s at %i Hz what prepareTrack gives here', async (_, rate, frontEnd) => {
    const here = prepareTrack(sound(rate), frontEnd, () => performance.now());
    const pcm = sound(rate);
    const there = await start().prepare(transfer(pcm, buffersOf(pcm)), frontEnd);
    if (!here.ok || !there.ok) throw new Error('expected two results');
    expect(there.value.logMel.nFrames).toBe(1 + Math.floor((2 * 22050) / frontEnd.hopLength));
    // Bit for bit: toEqual takes equal floats, and there is no NaN to hide behind.
    expect(there.value.logMel).toEqual(here.value.logMel);
    expect(there.value.logMel.values.every(Number.isFinite)).toBe(true);
    expect(there.value.picture).toEqual(here.value.picture);
    expect(there.value.waveform).toEqual(here.value.waveform);
    expect(there.value.durationSeconds).toBe(2);
    expect(there.value.nonFiniteSamples).toBe(1);
    for (const milliseconds of Object.values(there.value.timings)) {
      expect(milliseconds).toBeGreaterThanOrEqual(0);
    }
  });

  it('takes the samples over: they are gone from the page', async () => {
    const pcm = sound(44100);
    const answer = start().prepare(transfer(pcm, buffersOf(pcm)), acousticsenseFrontEnd);
    expect(pcm.channels.map((channel) => channel.length)).toEqual([0, 0]);
    expect((await answer).ok).toBe(true);
  });

  it('reports expected failures and bugs as data, and goes on', async () => {
    const none: PcmAudio = { channels: [new Float32Array(0)], sampleRate: hertz(44100) };
    const empty = await start().prepare(none, acousticsenseFrontEnd);
    expect(empty).toMatchObject({ ok: false, error: { code: 'no-samples' } });
    const broken = { ...acousticsenseFrontEnd, nFft: 1000 };
    const bug = await start().prepare(sound(44100), broken);
    expect(bug).toMatchObject({ ok: false, error: { code: 'internal' } });
    expect((await start().prepare(sound(44100), acousticsenseFrontEnd)).ok).toBe(true);
  });

  it('describes the track prepared last as describeTrack does here, once', async () => {
    const prepareThere = async (pcm: PcmAudio): Promise<void> => {
      const there = await start().prepare(transfer(pcm, buffersOf(pcm)), acousticsenseFrontEnd);
      expect(there.ok).toBe(true);
    };
    await prepareThere({ channels: [new Float32Array(44_100)], sampleRate: hertz(44_100) });
    await prepareThere(sound(44_100));
    const there = await start().describe();
    const pcm = sound(44_100);
    const keep: MonoSound[] = [];
    prepareTrack(
      pcm,
      acousticsenseFrontEnd,
      () => 0,
      undefined,
      (mono) => keep.push(mono),
    );
    if (!there.ok) throw new Error(there.error.message);
    expect(there.value).toEqual(describeTrack(pcm, keep[0]!));
    expect(there.value.spectralCentroidHz).toBeGreaterThan(100);
    expect(await start().describe()).toMatchObject({ ok: false, error: { code: 'internal' } });
  });

  it('weighs sound by attention as weighByAttention does here, telling how far it is', async () => {
    const rows = 14;
    const attention: TimedAttention = {
      map: {
        values: Float32Array.from({ length: rows * 100 }, (_, i) => (i % 7) / 2),
        rows,
        nFrames: 100,
        rowEdgesHz: patchRowEdges(acousticsenseFrontEnd, rows),
      },
      frameSeconds: 1024 / 22_050,
      startSeconds: 1.5,
    };
    const samples = sound(44_100).channels[0]!;
    const here = weighByAttention(samples.slice(), 44_100, attention);
    const seen: number[] = [];
    const onProgress = proxy((done: number) => void seen.push(done));
    const there = await start().weigh(transfer(samples, [samples.buffer]), 44_100, attention, onProgress);
    expect(samples).toHaveLength(0);
    expect(there.ok && there.value).toEqual(here);
    expect(here.some((x) => Math.abs(x) > 0.01)).toBe(true);
    await expect.poll(() => seen.at(-1)).toBe(1);
    expect(seen[0]).toBe(0);
  });
});
