/** Runs `prepareTrack` off the main thread: messages in, transfers out, no numbers of its own. */
import { expose, transfer } from 'comlink';
import { createLogMelExtractor, type LogMelExtractor } from '#core/dsp/logMel.ts';
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

const api: DspWorkerApi = {
  async prepare(pcm, frontEnd) {
    try {
      const extractor = extractorFor(frontEnd);
      const result = prepareTrack(pcm, frontEnd, () => performance.now(), extractor);
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
