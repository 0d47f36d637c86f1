import { createHash } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { checkFileBytes, checkLimits, longestSeconds } from '#core/audio/limits.ts';
import type { AudioHeader, DecodedFile, PcmAudio } from '#core/audio/pcm.ts';
import { sniffAudio } from '#core/audio/sniffing.ts';
import { type AnalysisError, analysisError } from '#core/errors.ts';
import { err, ok, type Result } from '#core/result.ts';
import { hertz } from '#core/units.ts';
import { decodeSamples } from '#server/decode/decodeSamples.ts';
import { DecoderMissing } from '#server/decode/symphonia.ts';

/**
 * Reads, hashes, sniffs and decodes a file on disk, at its own rate.
 *
 * @param path Where it is; its last part becomes the name in the result.
 * @param nowMs A clock in milliseconds, for the timings.
 * @param maxSeconds Longest accepted track; by its header before it is decoded, by its samples afterwards.
 * Errors: `unreadable-file` (missing, a folder, no permission), `file-too-large` before anything is read, and those of
 * `decodeAudioBytes`. Never throws on account of the file.
 */
export async function decodeAudioFile(
  path: string,
  nowMs: () => number,
  maxSeconds = longestSeconds,
): Promise<Result<DecodedFile, AnalysisError>> {
  const startMs = nowMs();
  let bytes: Uint8Array;
  try {
    const entry = await stat(path);
    if (!entry.isFile()) {
      const what = entry.isDirectory() ? 'is a folder' : 'is no file';
      return err(analysisError('unreadable-file', `${path} ${what}`));
    }
    const size = checkFileBytes(entry.size);
    if (!size.ok) return size;
    bytes = await readFile(path);
  } catch (cause) {
    return err(analysisError('unreadable-file', `${path} cannot be read: ${reason(cause)}`));
  }
  const readMs = nowMs() - startMs;
  const decoded = await decodeAudioBytes(basename(path), bytes, nowMs, maxSeconds);
  if (!decoded.ok) return decoded;
  return ok({ ...decoded.value, timings: { ...decoded.value.timings, readMs } });
}

/**
 * Hashes, sniffs and decodes a file in memory, at its own rate. `timings.readMs` is 0.
 *
 * @param name Name of the file, for the result only; what it is comes from the bytes.
 * @param bytes The encoded file; only read.
 * @param nowMs A clock in milliseconds, for the timings.
 * Errors: those of `sniffAudio` and `checkLimits`, `no-samples`, `decode-failed`, `unsupported-format` and
 * `no-audio-track` for what only the packets show, `internal` where the native decoder does not load. Never throws on account of the bytes.
 */
export async function decodeAudioBytes(
  name: string,
  bytes: Uint8Array,
  nowMs: () => number,
  maxSeconds = longestSeconds,
): Promise<Result<DecodedFile, AnalysisError>> {
  const header = sniffAudio(bytes);
  if (!header.ok) return header;
  const limits = checkLimits(header.value, bytes.length, maxSeconds);
  if (!limits.ok) return limits;
  const hashStartMs = nowMs();
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  const decodeStartMs = nowMs();
  const pcm = await decodePcm(bytes, header.value, maxSeconds);
  if (!pcm.ok) return pcm;
  return ok({
    name,
    bytes: bytes.length,
    sha256,
    header: header.value,
    pcm: pcm.value,
    timings: { readMs: 0, hashMs: decodeStartMs - hashStartMs, decodeMs: nowMs() - decodeStartMs },
  });
}

async function decodePcm(
  bytes: Uint8Array,
  header: AudioHeader,
  maxSeconds: number,
): Promise<Result<PcmAudio, AnalysisError>> {
  let decoded: Awaited<ReturnType<typeof decodeSamples>>;
  try {
    decoded = await decodeSamples(bytes, header);
  } catch (cause) {
    if (cause instanceof DecoderMissing) return err(analysisError('internal', cause.message));
    // The decoders throw on damage of every kind, and say no more than a text.
    if (reason(cause).includes('unsupported codec')) {
      return err(
        analysisError('unsupported-format', `${header.container}: ${reason(cause)}`, {
          found: header.container,
        }),
      );
    }
    return err(
      analysisError('decode-failed', `${header.container}: ${reason(cause)}`, {
        container: header.container,
      }),
    );
  }
  if (!decoded.ok) return decoded;
  const { channels, sampleRate } = decoded.value;
  const length = channels[0]?.length ?? 0;
  if (length === 0) {
    return err(analysisError('no-samples', `${header.container}: the decoder found no samples`));
  }
  // What the header did not say shows here at the latest.
  const actual = checkLimits(
    {
      ...header,
      sampleRate: hertz(sampleRate),
      channels: channels.length,
      durationSeconds: length / sampleRate,
    },
    bytes.length,
    maxSeconds,
  );
  return actual.ok ? ok({ channels, sampleRate: hertz(sampleRate) }) : actual;
}

function reason(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
