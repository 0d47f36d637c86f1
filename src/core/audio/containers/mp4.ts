import { type AacConfig, readEsds } from '#core/audio/containers/aacConfig.ts';
import type { ByteView } from '#core/audio/containers/bytes.ts';
import type { AudioHeader } from '#core/audio/pcm.ts';
import { type AnalysisError, analysisError } from '#core/errors.ts';
import { err, ok, type Result } from '#core/result.ts';
import { hertz } from '#core/units.ts';

interface Box {
  readonly type: string;
  readonly start: number;
  readonly end: number;
}

/** Boxes looked at on one level; a file with more is damaged or hostile. */
const maxBoxes = 4096;

/** The boxes between two offsets (ISO 14496-12, 4.2). Stops at the first one that does not fit. */
function* boxes(view: ByteView, from: number, to: number): Generator<Box> {
  let offset = from;
  for (let count = 0; count < maxBoxes && offset + 8 <= to; count++) {
    const size32 = view.u32(offset);
    const header = size32 === 1 ? 16 : 8;
    const size = size32 === 1 ? view.u64(offset + 8) : size32 === 0 ? to - offset : size32;
    if (size < header) return;
    yield { type: view.text(offset + 4, 4), start: offset + header, end: Math.min(to, offset + size) };
    offset += size;
  }
}

function find(view: ByteView, from: number, to: number, path: readonly string[]): Box | null {
  let at: Box = { type: '', start: from, end: to };
  for (const type of path) {
    let next: Box | null = null;
    for (const box of boxes(view, at.start, at.end)) {
      if (box.type !== type) continue;
      next = box;
      break;
    }
    if (next === null) return null;
    at = next;
  }
  return at;
}

/** Codecs that browsers decode in this container. */
const knownCodecs = new Set(['mp4a', 'Opus', 'fLaC', '.mp3']);

/**
 * MP4, M4A and QuickTime: the first sound track of the `moov` box, wherever in the file it stands. The length is that of
 * the movie header, which leaves out what the edit list cuts; fragmented files may not say it.
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
    const seconds = movieSeconds(view, moov) ?? trackSeconds(view, header, timescale);
    return ok({
      container: 'mp4',
      sampleRate: hertz(sampleRate),
      channels: own?.channels ?? (view.u16(entry.start + 16) || null),
      durationSeconds: seconds,
      durationIsExact: seconds !== null,
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

function movieSeconds(view: ByteView, moov: Box): number | null {
  const header = find(view, moov.start, moov.end, ['mvhd']);
  if (header === null) return null;
  const isLong = view.u8(header.start) === 1;
  const timescale = view.u32(header.start + (isLong ? 20 : 12));
  const fragments = find(view, moov.start, moov.end, ['mvex', 'mehd']);
  const own = isLong ? view.u64(header.start + 24) : view.u32(header.start + 16);
  const duration =
    own > 0 || fragments === null
      ? own
      : view.u8(fragments.start) === 1
        ? view.u64(fragments.start + 4)
        : view.u32(fragments.start + 4);
  return known(duration, isLong) && timescale > 0 ? duration / timescale : null;
}

function trackSeconds(view: ByteView, header: Box, timescale: number): number | null {
  const isLong = view.u8(header.start) === 1;
  const duration = isLong ? view.u64(header.start + 24) : view.u32(header.start + 16);
  return known(duration, isLong) && timescale > 0 ? duration / timescale : null;
}

/** 0 and all ones mean unknown. */
function known(duration: number, isLong: boolean): boolean {
  return duration > 0 && duration < (isLong ? 2 ** 63 : 0xffffffff);
}
