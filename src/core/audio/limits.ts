import type { AudioHeader } from '#core/audio/pcm.ts';
import { type AnalysisError, analysisError } from '#core/errors.ts';
import { err, ok, type Result } from '#core/result.ts';

/** Longest accepted track, where its decoded samples fit: everything after decoding grows with the length alone. */
export const longestSeconds = 2 * 60 * 60;
/** Largest accepted file: an hour of 24-bit stereo at 96 kHz is 2.1 GB, of 16-bit stereo at 44.1 kHz 0.64 GB. */
export const largestFileBytes = 700 * 1024 * 1024;
/**
 * Most samples after decoding, over all channels, in bytes of float32. `decodeAudioData` peaks at about two and a half times
 * that; more would cost the tab. Stereo at 44.1 kHz fits for 76 minutes, at 48 kHz for 69, mono at 48 kHz for two hours.
 */
export const largestDecodedBytes = 1.5 * 1024 ** 3;

/**
 * Whether a file may be decoded, judged by its header before the memory is spent. The same policy on every host.
 *
 * @param maxSeconds A host's own limit under `longestSeconds`.
 * Errors: `file-too-large` with bytes and limitBytes, `file-too-long` with durationSeconds and limitSeconds.
 */
export function checkLimits(
  header: AudioHeader,
  bytes: number,
  maxSeconds = longestSeconds,
): Result<void, AnalysisError> {
  const tooLarge = checkFileBytes(bytes);
  if (!tooLarge.ok) return tooLarge;
  const { durationSeconds, sampleRate, channels } = header;
  if (durationSeconds === null) return ok(undefined);
  const bytesPerSecond = sampleRate * (channels ?? 2) * 4;
  const limitSeconds = Math.min(longestSeconds, maxSeconds, Math.floor(largestDecodedBytes / bytesPerSecond));
  if (durationSeconds <= limitSeconds) return ok(undefined);
  return err(
    analysisError('file-too-long', `${durationSeconds} s at ${sampleRate} Hz, ${channels ?? '?'} channels`, {
      durationSeconds: Math.round(durationSeconds),
      limitSeconds,
    }),
  );
}

/** The part of `checkLimits` that can be asked before the file is read. */
export function checkFileBytes(bytes: number): Result<void, AnalysisError> {
  if (bytes <= largestFileBytes) return ok(undefined);
  return err(analysisError('file-too-large', `${bytes} bytes`, { bytes, limitBytes: largestFileBytes }));
}
