import type { ByteView } from '#core/audio/containers/bytes.ts';
import type { AudioHeader } from '#core/audio/pcm.ts';
import { type AnalysisError, analysisError } from '#core/errors.ts';
import { err, ok, type Result } from '#core/result.ts';
import { hertz } from '#core/units.ts';

/** Chunks looked at; a file with more is damaged or hostile. */
const maxChunks = 65_536;
/** In RF64 and BW64: the size is in the ds64 chunk. */
const sizeElsewhere = 0xffffffff;

/**
 * True for what writers put into a size field that they cannot come back to: 0, all ones (ffmpeg) or a little under the
 * largest signed number (sox), sometimes less the bytes before the data.
 */
function isPlaceholder(size: number, present: number): boolean {
  if (size === 0) return true;
  return size > present && (size >= 0xffff_0000 || (size >= 0x7fff_0000 && size <= 0x8000_0000));
}

/** Codecs by their registered number that browsers do not decode in WAV (RFC 2361). */
const otherCodecs: Readonly<Record<number, string>> = {
  2: 'ms adpcm',
  17: 'ima adpcm',
  49: 'gsm',
  85: 'mp3',
};

/** The name of a codec that browsers do not decode, null where they do: PCM to 32 bits, 32-bit float, A-law and mu-law. */
function undecoded(view: ByteView, body: number): string | null {
  const declared = view.u16(body, true);
  // WAVE_FORMAT_EXTENSIBLE: the codec is the beginning of the sub-format's identifier
  const tag = declared === 0xfffe ? view.u16(body + 24, true) : declared;
  const bits = view.u16(body + 14, true);
  if (tag === 6 || tag === 7) return null;
  if (tag === 1) return bits <= 32 ? null : `${bits}-bit pcm`;
  if (tag === 3) return bits === 32 ? null : `${bits}-bit float`;
  return otherCodecs[tag] ?? `codec 0x${tag.toString(16)}`;
}

/**
 * RIFF/WAVE, RF64 and BW64 (EBU Tech 3306). The promised length is that of the data chunk, even where the file ends
 * earlier; a size that a streaming writer left behind promises nothing.
 *
 * Errors: `unsupported-format` with the codec; `no-samples`; `decode-failed` without a valid `fmt ` chunk before the data.
 */
export function readWav(view: ByteView): Result<AudioHeader, AnalysisError> {
  let sampleRate = 0;
  let channels = 0;
  let blockAlign = 0;
  let codec: string | null = null;
  let dataSize64: number | null = null;
  let offset = 12;
  for (let count = 0; count < maxChunks && offset + 8 <= view.length; count++) {
    const size = view.u32(offset + 4, true);
    const body = offset + 8;
    if (view.is(offset, 'ds64')) dataSize64 = view.u64(body + 8, true);
    else if (view.is(offset, 'fmt ')) {
      channels = view.u16(body + 2, true);
      sampleRate = view.u32(body + 4, true);
      blockAlign = view.u16(body + 12, true);
      codec = undecoded(view, body);
    } else if (view.is(offset, 'data')) {
      if (codec !== null)
        return err(analysisError('unsupported-format', `WAV with ${codec}`, { found: `wav (${codec})` }));
      if (sampleRate === 0 || channels === 0 || blockAlign === 0)
        return err(analysisError('decode-failed', 'the WAV data come before a valid fmt chunk'));
      const present = view.length - body;
      if (present <= 0)
        return err(analysisError('no-samples', 'the WAV file ends where its samples should begin'));
      const size64 = size === sizeElsewhere ? dataSize64 : null;
      const promised = size64 ?? size;
      const isPromise = size64 === null ? !isPlaceholder(size, present) : size64 > 0 && size64 < 2 ** 63;
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
