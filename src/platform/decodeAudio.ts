import type { AudioHeader, DecodedFile, PcmAudio } from '#core/audio/pcm.ts';
import { checkFileBytes, checkLimits } from '#core/audio/limits.ts';
import { sniffAudio } from '#core/audio/sniffing.ts';
import type { AnalysisError } from '#core/errors.ts';
import { analysisError } from '#core/errors.ts';
import type { Result } from '#core/result.ts';
import { err, ok } from '#core/result.ts';
import { hertz } from '#core/units.ts';
import { sha256Hex } from '#platform/sha256.ts';

/** Same shape as the state's `AudioFilePort`. */
export interface AudioFileReader {
  /**
   * Reads, hashes, sniffs and decodes one file at its own rate. Pages on plain http work too: the hash is then computed
   * here, as the browser has none for them. `onHashed` is waited for before decoding.
   *
   * Errors: `unreadable-file` (a folder, a file that has gone), `empty-file`, those of `sniffAudio` and `checkLimits`,
   * `no-samples`, `decode-failed`, `out-of-memory`, `cancelled`. A decode cannot be stopped: cancelling returns at once
   * and drops what comes.
   */
  decode(
    file: File,
    signal: AbortSignal,
    onStage: (stage: 'reading' | 'decoding') => void,
    onHashed?: (sha256: string) => Promise<void>,
  ): Promise<Result<DecodedFile, AnalysisError>>;
}

/** The browser's decoder: encoded bytes (which it takes over) and a rate in hertz, to decoded sound. */
export type DecodeFunction = (encoded: ArrayBuffer, sampleRate: number) => Promise<AudioBuffer>;

/** Rates that every browser's OfflineAudioContext takes (Chromium's go from 3 000 to 768 000 Hz). */
const safeRate = 48_000;

/**
 * Web Audio's decoder. At the file's own rate it does not resample (its resampler is far from the one in core); a rate
 * that the browser refuses is decoded at 48 kHz instead.
 */
export const webAudioDecode: DecodeFunction = (encoded, sampleRate) => {
  let context: OfflineAudioContext;
  try {
    context = decodingContext(sampleRate);
  } catch {
    context = decodingContext(safeRate);
  }
  return context.decodeAudioData(encoded);
};

function decodingContext(sampleRate: number): OfflineAudioContext {
  return new OfflineAudioContext({ numberOfChannels: 1, length: 1, sampleRate });
}

export function createAudioFileReader(decodeWith: DecodeFunction = webAudioDecode): AudioFileReader {
  return {
    async decode(file, signal, onStage, onHashed) {
      if (signal.aborted) return cancelled();
      onStage('reading');
      const startMs = performance.now();
      const size = checkFileBytes(file.size);
      if (!size.ok) return size;
      let encoded: ArrayBuffer;
      try {
        encoded = await file.arrayBuffer();
      } catch (cause) {
        return err(readFailure(file, cause));
      }
      if (signal.aborted) return cancelled();
      const header = sniffAudio(new Uint8Array(encoded));
      if (!header.ok) return header;
      const limits = checkLimits(header.value, file.size);
      if (!limits.ok) return limits;
      const readMs = performance.now() - startMs;

      // Before decoding, which takes the bytes away even where it fails.
      const hashStartMs = performance.now();
      const sha256 = await sha256Hex(new Uint8Array(encoded));
      if (signal.aborted) return cancelled();
      const hashMs = performance.now() - hashStartMs;

      await onHashed?.(sha256);
      if (signal.aborted) return cancelled();
      onStage('decoding');
      const decodeStartMs = performance.now();
      const pcm = await decodePcm(encoded, header.value, signal, decodeWith);
      if (!pcm.ok) return pcm;
      const decodeMs = performance.now() - decodeStartMs;
      return ok({
        name: file.name,
        bytes: file.size,
        sha256,
        header: header.value,
        pcm: pcm.value,
        timings: { readMs, hashMs, decodeMs },
      });
    },
  };
}

async function decodePcm(
  encoded: ArrayBuffer,
  header: AudioHeader,
  signal: AbortSignal,
  decodeWith: DecodeFunction,
): Promise<Result<PcmAudio, AnalysisError>> {
  let audio: AudioBuffer | 'aborted';
  try {
    audio = await Promise.race([decodeWith(encoded, header.sampleRate), whenAborted(signal)]);
  } catch (cause) {
    const code = cause instanceof RangeError ? 'out-of-memory' : 'decode-failed';
    return err(analysisError(code, `${header.container}: ${String(cause)}`, { container: header.container }));
  }
  if (audio === 'aborted' || signal.aborted) return cancelled();
  if (audio.length === 0) {
    return err(analysisError('no-samples', `${header.container}: the decoder found no samples`));
  }
  try {
    // Copies: the buffers will be transferred, and an AudioBuffer does not let go of its own.
    const decoded = audio;
    const channels = Array.from({ length: decoded.numberOfChannels }, (_, channel) => {
      const samples = new Float32Array(decoded.length);
      decoded.copyFromChannel(samples, channel);
      return samples;
    });
    return ok({ channels, sampleRate: hertz(decoded.sampleRate) });
  } catch (cause) {
    return err(analysisError('out-of-memory', `${audio.length} samples: ${String(cause)}`));
  }
}

function whenAborted(signal: AbortSignal): Promise<'aborted'> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve('aborted');
    signal.addEventListener('abort', () => resolve('aborted'), { once: true });
  });
}

function readFailure(file: File, cause: unknown): AnalysisError {
  if (cause instanceof RangeError) return analysisError('out-of-memory', `${file.name}: ${String(cause)}`);
  return analysisError('unreadable-file', `${file.name} cannot be read: ${String(cause)}`);
}

function cancelled(): Result<never, AnalysisError> {
  return err(analysisError('cancelled', 'cancelled while the file was being read'));
}
