import type { ByteView } from '#core/audio/containers/bytes.ts';
import type { AudioHeader } from '#core/audio/pcm.ts';
import { type AnalysisError, analysisError } from '#core/errors.ts';
import { err, ok, type Result } from '#core/result.ts';
import { hertz } from '#core/units.ts';

/** What writers that do not know the length yet put into a size field. */
const unknownSize = 0xffffffff;

/**
 * RIFF/WAVE, RF64 and BW64 (EBU Tech 3306). The promised length is that of the data chunk, even where the file ends
 * earlier; a streaming writer's 0xffffffff, or 0 with bytes behind it, promises nothing.
 */
export function readWav(view: ByteView): Result<AudioHeader, AnalysisError> {
  let sampleRate = 0;
  let channels = 0;
  let blockAlign = 0;
  let dataSize64: number | null = null;
  for (let offset = 12; offset + 8 <= view.length;) {
    const size = view.u32(offset + 4, true);
    const body = offset + 8;
    if (view.is(offset, 'ds64')) dataSize64 = view.u64(body + 8, true);
    else if (view.is(offset, 'fmt ')) {
      channels = view.u16(body + 2, true);
      sampleRate = view.u32(body + 4, true);
      blockAlign = view.u16(body + 12, true);
    } else if (view.is(offset, 'data')) {
      if (sampleRate === 0 || channels === 0 || blockAlign === 0)
        return err(analysisError('decode-failed', 'the WAV data come before a valid fmt chunk'));
      const present = view.length - body;
      if (present <= 0)
        return err(analysisError('no-samples', 'the WAV file ends where its samples should begin'));
      const promised = size === unknownSize && dataSize64 !== null ? dataSize64 : size;
      const isPromise = promised !== unknownSize && promised !== 0;
      const frames = Math.floor((isPromise ? promised : present) / blockAlign);
      if (frames === 0) return err(analysisError('no-samples', 'the WAV data chunk holds no whole sample'));
      return ok({
        container: 'wav',
        sampleRate: hertz(sampleRate),
        channels,
        durationSeconds: frames / sampleRate,
        durationIsExact: isPromise,
      });
    }
    // chunks are padded to even lengths
    offset = body + size + (size & 1);
  }
  return err(analysisError('no-samples', 'the WAV file has no data chunk'));
}
