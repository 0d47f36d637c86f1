import { createLogMelExtractor, type LogMelExtractor } from '#core/dsp/logMel.ts';
import type { FrontEnd } from '#core/model/manifest.ts';
import { prepareSpectrogram } from '#core/pipeline/prepareTrack.ts';
import { sampleTrack } from '#core/pipeline/sampleTrack.ts';
import { trackWindows } from '#core/pipeline/trackWindows.ts';
import { ok, type Result } from '#core/result.ts';
import { type DecoderAsk, type HeardMessage, windowsMessage } from '#server/analysis/heardMessage.ts';
import { decodeAudioFile } from '#server/decode/decodeFile.ts';
import type { ServiceError } from '#server/serviceErrors.ts';

const nowMs = (): number => performance.now();

/** Tables of the front end of the file before. */
let kept: { readonly key: string; readonly extractor: LogMelExtractor } | null = null;

function extractorOf(frontEnd: FrontEnd): LogMelExtractor {
  const key = JSON.stringify(frontEnd);
  if (kept?.key !== key) kept = { key, extractor: createLogMelExtractor(frontEnd) };
  return kept.extractor;
}

/**
 * A file on disk to the windows of its track: read, hash, sniff, decode, downmix, resample, log-mel. Errors: those of
 * `decodeAudioFile` and `prepareSpectrogram`.
 */
export async function hearFile(ask: DecoderAsk): Promise<Result<HeardMessage, ServiceError>> {
  const decoded = await decodeAudioFile(ask.path, nowMs, ask.maxSeconds);
  if (!decoded.ok) return decoded;
  const { bytes, sha256, header, pcm, timings } = decoded.value;
  const extractor = extractorOf(ask.frontEnd);
  const file = {
    bytes,
    sha256,
    header,
    sampleRate: pcm.sampleRate,
    channels: pcm.channels.length,
  };
  if (ask.windows === null) {
    const prepared = prepareSpectrogram(pcm, ask.frontEnd, nowMs, extractor);
    if (!prepared.ok) return prepared;
    const { logMel, ...rest } = prepared.value;
    return ok({
      ...file,
      ...rest,
      timings: { ...timings, ...rest.timings, pictureMs: 0 },
      ...windowsMessage(trackWindows(logMel, ask.frontEnd), logMel),
    });
  }
  const sampled = sampleTrack(pcm, ask.frontEnd, nowMs, extractor, ask.windows);
  if (!sampled.ok) return sampled;
  const { windows, ...rest } = sampled.value;
  return ok({
    ...file,
    ...rest,
    timings: { ...timings, ...rest.timings, pictureMs: 0 },
    ...windowsMessage(windows, null),
  });
}
