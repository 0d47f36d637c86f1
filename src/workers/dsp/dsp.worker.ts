/** Runs `prepareTrack` and `describeTrack` off the main thread: messages in, transfers out, no numbers of its own. */
import { expose, transfer } from 'comlink';
import type { PcmAudio } from '#core/audio/pcm.ts';
import { describeTrack, type MonoSound } from '#core/descriptors/describeTrack.ts';
import { createLogMelExtractor, type LogMelExtractor } from '#core/dsp/logMel.ts';
import { analysisError } from '#core/errors.ts';
import { weighByAttention } from '#core/explain/attentionGain.ts';
import type { FrontEnd } from '#core/model/manifest.ts';
import { prepareTrack } from '#core/pipeline/prepareTrack.ts';
import { err, ok } from '#core/result.ts';
import type { DspWorkerApi } from '#workers/dsp/api.ts';
import { failureOf } from '#workers/dsp/failure.ts';

/** The tables of the front end used last: a page has one model at a time, and a switch drops the old ones. */
let cached: { readonly key: string; readonly extractor: LogMelExtractor } | null = null;

function extractorFor(frontEnd: FrontEnd): LogMelExtractor {
  const key = JSON.stringify(frontEnd);
  if (cached?.key !== key) cached = { key, extractor: createLogMelExtractor(frontEnd) };
  return cached.extractor;
}

/** Who wants descriptors asks right after `prepare`; a forgotten hour of stereo is 1.3 GB. */
const keptMilliseconds = 30_000;

/** The samples of the track prepared last, for `describe`. */
let kept: { readonly pcm: PcmAudio; readonly mono: MonoSound } | null = null;
let forgetting: ReturnType<typeof setTimeout> | undefined;

function keep(track: typeof kept): void {
  clearTimeout(forgetting);
  kept = track;
  if (track === null) return;
  forgetting = setTimeout(() => {
    kept = null;
  }, keptMilliseconds);
}

const api: DspWorkerApi = {
  async prepare(pcm, frontEnd) {
    try {
      const extractor = extractorFor(frontEnd);
      keep(null);
      const result = prepareTrack(
        pcm,
        frontEnd,
        () => performance.now(),
        extractor,
        (mono) => keep({ pcm, mono }),
      );
      if (!result.ok) return result;
      const { logMel, picture, waveform } = result.value;
      return transfer(result, [
        logMel.values.buffer,
        ...picture.levels.map((level) => level.bytes.buffer),
        waveform.lows.buffer,
        waveform.highs.buffer,
      ]);
    } catch (error) {
      return err(failureOf(error));
    }
  },
  async describe() {
    try {
      if (kept === null) return err(analysisError('internal', 'dsp worker: no track to describe'));
      return ok(describeTrack(kept.pcm, kept.mono));
    } catch (error) {
      return err(failureOf(error));
    } finally {
      keep(null);
    }
  },
  async weigh(samples, sampleRate, attention, onProgress) {
    try {
      const weighed = weighByAttention(samples, sampleRate, attention, onProgress);
      return transfer(ok(weighed), [weighed.buffer]);
    } catch (error) {
      return err(failureOf(error));
    }
  },
};

expose(api);
