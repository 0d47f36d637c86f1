import { type AacConfig, readEsds } from '#core/audio/containers/aacConfig.ts';
import type { ByteView } from '#core/audio/containers/bytes.ts';
import { type Box, boxes, find, knownNumber } from '#core/audio/containers/mp4Boxes.ts';
import { fragmentsLength } from '#core/audio/containers/mp4Fragments.ts';
import type { AudioHeader } from '#core/audio/pcm.ts';
import { type AnalysisError, analysisError } from '#core/errors.ts';
import { err, ok, type Result } from '#core/result.ts';
import { hertz } from '#core/units.ts';

/** Codecs that browsers decode in this container. */
const knownCodecs = new Set(['mp4a', 'Opus', 'fLaC', '.mp3']);

/**
 * MP4, M4A and QuickTime: the first sound track of the `moov` box, wherever in the file it stands. The length is that of
 * the track, less what its edit list cuts; where a fragmented file does not say it, the fragments that are there are
 * counted, which is no promise.
 */
export function readMp4(view: ByteView): Result<AudioHeader, AnalysisError> {
  const moov = find(view, 0, view.length, ['moov']);
  if (moov === null)
    return err(
      analysisError(
        'decode-failed',
        'the MP4 file has no index (moov): its end is missing, or it was never finished',
      ),
    );
  let isProtected = false;
  let other = '';
  for (const trak of boxes(view, moov.start, moov.end)) {
    if (trak.type !== 'trak') continue;
    const handler = find(view, trak.start, trak.end, ['mdia', 'hdlr']);
    if (handler === null || !view.is(handler.start + 8, 'soun')) continue;
    const table = find(view, trak.start, trak.end, ['mdia', 'minf', 'stbl', 'stsd']);
    const header = find(view, trak.start, trak.end, ['mdia', 'mdhd']);
    if (table === null || header === null) continue;
    const entry = boxes(view, table.start + 8, table.end).next().value;
    if (entry === undefined) continue;
    if (entry.type === 'enca') isProtected = true;
    if (!knownCodecs.has(entry.type)) {
      other = entry.type.trim();
      continue;
    }
    const timescale = view.u32(header.start + (view.u8(header.start) === 1 ? 20 : 12));
    const declared = view.u32(entry.start + 24) >>> 16;
    // The 16.16 field cannot hold rates over 65 535 Hz; the track's time scale is its rate in practice.
    const own = entry.type === 'mp4a' ? aacConfig(view, entry) : null;
    const sampleRate =
      entry.type === 'Opus' ? 48_000 : (own?.sampleRate ?? (declared > 0 ? declared : timescale));
    const promised =
      trackSeconds(view, moov, trak) ?? mediaSeconds(view, header) ?? announcedSeconds(view, moov);
    const seconds = promised ?? presentSeconds(view, moov, trak, timescale);
    return ok({
      container: 'mp4',
      sampleRate: hertz(sampleRate),
      channels: own?.channels ?? (view.u16(entry.start + 16) || null),
      durationSeconds: seconds,
      durationIsExact: promised !== null,
    });
  }
  if (other !== '')
    return err(
      analysisError(
        'unsupported-format',
        isProtected ? 'the sound is encrypted' : `MP4 with codec ${other}`,
        {
          found: isProtected ? 'encrypted mp4' : other,
        },
      ),
    );
  return err(analysisError('no-audio-track', 'the MP4 file has no sound track'));
}

function aacConfig(view: ByteView, entry: Box): AacConfig | null {
  // QuickTime's versions 1 and 2 of the entry have more fields before its boxes
  const version = view.u16(entry.start + 8);
  const children = entry.start + (version === 1 ? 44 : version === 2 ? 64 : 28);
  const esds = find(view, children, entry.end, ['esds']) ?? find(view, children, entry.end, ['wave', 'esds']);
  return esds === null ? null : readEsds(view, esds.start, esds.end);
}

/** Length of the movie's unit of time. */
function unitSeconds(view: ByteView, moov: Box): number | null {
  const header = find(view, moov.start, moov.end, ['mvhd']);
  if (header === null) return null;
  const timescale = view.u32(header.start + (view.u8(header.start) === 1 ? 20 : 12));
  return timescale > 0 ? 1 / timescale : null;
}

/** Length of the track on the movie's time line. */
function trackSeconds(view: ByteView, moov: Box, trak: Box): number | null {
  const header = find(view, trak.start, trak.end, ['tkhd']);
  const units = header === null ? null : knownNumber(view, header, 20, 28);
  const unit = unitSeconds(view, moov);
  return units === null || unit === null ? null : units * unit;
}

/** Length of the coded sound. */
function mediaSeconds(view: ByteView, header: Box): number | null {
  const timescale = view.u32(header.start + (view.u8(header.start) === 1 ? 20 : 12));
  const units = knownNumber(view, header, 16, 24);
  return units === null || timescale === 0 ? null : units / timescale;
}

/** Length of all fragments together, where the index announces it. */
function announcedSeconds(view: ByteView, moov: Box): number | null {
  const header = find(view, moov.start, moov.end, ['mvex', 'mehd']);
  const units = header === null ? null : knownNumber(view, header, 4, 4);
  const unit = unitSeconds(view, moov);
  return units === null || unit === null ? null : units * unit;
}

function presentSeconds(view: ByteView, moov: Box, trak: Box, timescale: number): number | null {
  const header = find(view, trak.start, trak.end, ['tkhd']);
  if (header === null || timescale === 0) return null;
  const trackId = view.u32(header.start + (view.u8(header.start) === 1 ? 20 : 12));
  const length = fragmentsLength(view, moov, trackId);
  return length === null || length <= 0 ? null : length / timescale;
}
