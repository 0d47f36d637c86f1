import type { ByteView } from '#core/audio/containers/bytes.ts';
import type { AudioHeader } from '#core/audio/pcm.ts';
import { type AnalysisError, analysisError } from '#core/errors.ts';
import { err, ok, type Result } from '#core/result.ts';
import { hertz } from '#core/units.ts';

/** Streams in one physical file that are looked at; more is no music file. */
const maxStreams = 16;
/** The last page begins within this many bytes of the end: a page has at most 65 307 bytes (RFC 3533, 6). */
const lastPageBytes = 65_307;

/**
 * Ogg (RFC 3533) with Vorbis or Opus (RFC 7845). The length comes from the last page that is there: a truncated file
 * looks like a short one, so it is never a promise.
 */
export function readOgg(view: ByteView): Result<AudioHeader, AnalysisError> {
  let other = '';
  let offset = 0;
  for (let stream = 0; stream < maxStreams; stream++) {
    // every logical stream begins with a page of its own, marked 2, before any other page
    if (!view.is(offset, 'OggS') || (view.u8(offset + 5) & 2) === 0) break;
    const segments = view.u8(offset + 26);
    const packet = offset + 27 + segments;
    const serial = view.u32(offset + 14, true);
    if (view.is(packet, '\u0001vorbis')) {
      const sampleRate = view.u32(packet + 12, true);
      if (sampleRate === 0)
        return err(analysisError('decode-failed', 'the Vorbis header has no sample rate'));
      const samples = lastGranule(view, serial);
      return ok({
        container: 'ogg-vorbis',
        sampleRate: hertz(sampleRate),
        channels: view.u8(packet + 11) || null,
        durationSeconds: samples === null ? null : samples / sampleRate,
        durationIsExact: false,
      });
    }
    if (view.is(packet, 'OpusHead')) {
      const samples = lastGranule(view, serial);
      const preSkip = view.u16(packet + 10, true);
      return ok({
        container: 'ogg-opus',
        // whatever was recorded, Opus decodes at 48 kHz
        sampleRate: hertz(48_000),
        channels: view.u8(packet + 9) || null,
        durationSeconds: samples === null ? null : Math.max(0, samples - preSkip) / 48_000,
        durationIsExact: false,
      });
    }
    if (view.is(packet, '\u0080theora')) other = 'theora video';
    else if (view.is(packet, 'Speex')) other = 'speex';
    else if (view.is(packet, '\u007fFLAC')) other = 'flac in ogg';
    let body = 0;
    for (let i = 0; i < segments; i++) body += view.u8(offset + 27 + i);
    offset = packet + body;
  }
  return other === 'theora video'
    ? err(analysisError('no-audio-track', 'the Ogg file holds video without sound'))
    : err(
        analysisError(
          'unsupported-format',
          `an Ogg file with ${other === '' ? 'an unknown stream' : other}`,
          {
            found: other === '' ? 'ogg' : other,
          },
        ),
      );
}

/** Granule position of the last page of a stream; null where none is found. */
function lastGranule(view: ByteView, serial: number): number | null {
  // A page of another stream may stand last: look a few pages further back.
  const from = Math.max(0, view.length - 4 * lastPageBytes);
  for (let offset = view.length - 27; offset >= from; offset--) {
    if (view.u8(offset) !== 0x4f || !view.is(offset, 'OggS') || view.u32(offset + 14, true) !== serial)
      continue;
    const granule = view.u64(offset + 6, true);
    // all ones: no packet ends on this page
    if (granule < 2 ** 63) return granule;
  }
  return null;
}
