import { createLogMelExtractor, type LogMelExtractor } from '#core/dsp/logMel.ts';
import type { FrontEnd } from '#core/model/manifest.ts';
import { prepareSpectrogram } from '#core/pipeline/prepareTrack.ts';
import { trackWindows } from '#core/pipeline/trackWindows.ts';
import { ok, type Result } from '#core/result.ts';
import { type DecoderAsk, type HeardMessage, windowsMessage } from '#server/analysis/heardMessage.ts';
import { decodeAudioFile } from '#server/decode/decodeFile.ts';
import type { ServiceError } from '#server/serviceErrors.ts';

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
  const nowMs = (): number => performance.now();
  const decoded = await decodeAudioFile(ask.path, nowMs, ask.maxSeconds);
  if (!decoded.ok) return decoded;
  const { bytes, sha256, header, pcm, timings } = decoded.value;
  const prepared = prepareSpectrogram(pcm, ask.frontEnd, nowMs, extractorOf(ask.frontEnd));
  if (!prepared.ok) return prepared;
  const { logMel, durationSeconds, nonFiniteSamples } = prepared.value;
  return ok({
    bytes,
    sha256,
    header,
    sampleRate: pcm.sampleRate,
    channels: pcm.channels.length,
    durationSeconds,
    nonFiniteSamples,
    timings: { ...timings, ...prepared.value.timings, pictureMs: 0 },
    ...windowsMessage(trackWindows(logMel, ask.frontEnd, ask.windows), logMel),
  });
}
