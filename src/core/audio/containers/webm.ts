import type { ByteView } from '#core/audio/containers/bytes.ts';
import type { AudioHeader } from '#core/audio/pcm.ts';
import { type AnalysisError, analysisError } from '#core/errors.ts';
import { err, ok, type Result } from '#core/result.ts';
import { hertz } from '#core/units.ts';

interface Element {
  readonly id: number;
  readonly start: number;
  readonly end: number;
}

const maxElements = 4096;
/** EBML ids (RFC 8794, RFC 9559). */
const ids = {
  segment: 0x18538067,
  info: 0x1549a966,
  timestampScale: 0x2ad7b1,
  duration: 0x4489,
  tracks: 0x1654ae6b,
  trackEntry: 0xae,
  trackNumber: 0xd7,
  trackType: 0x83,
  codecId: 0x86,
  audio: 0xe1,
  samplingFrequency: 0xb5,
  channels: 0x9f,
  cluster: 0x1f43b675,
  timestamp: 0xe7,
  simpleBlock: 0xa3,
  blockGroup: 0xa0,
  block: 0xa1,
} as const;

/**
 * Reads a variable-length number (RFC 8794, 4); `keepMarker` for ids. All ones, an unknown size, is infinity. Null where
 * it is malformed or outside.
 */
export function vint(
  view: ByteView,
  offset: number,
  keepMarker: boolean,
): { value: number; length: number } | null {
  const first = view.u8(offset);
  if (first === 0 || offset >= view.length) return null;
  const length = Math.clz32(first) - 23;
  let value = keepMarker ? first : first & (0xff >> length);
  let allOnes = (first & (0xff >> length)) === 0xff >> length;
  for (let i = 1; i < length; i++) {
    const byte = view.u8(offset + i);
    allOnes &&= byte === 0xff;
    value = value * 256 + byte;
  }
  return { value: !keepMarker && allOnes ? Number.POSITIVE_INFINITY : value, length };
}

function* elements(view: ByteView, from: number, to: number): Generator<Element> {
  let offset = from;
  for (let count = 0; count < maxElements && offset < to; count++) {
    const id = vint(view, offset, true);
    if (id === null || id.length > 4) return;
    const size = vint(view, offset + id.length, false);
    if (size === null) return;
    const start = offset + id.length + size.length;
    const end = Math.min(to, start + size.value);
    yield { id: id.value, start, end };
    offset = start + size.value;
  }
}

function unsigned(view: ByteView, element: Element): number {
  let value = 0;
  for (let i = element.start; i < Math.min(element.end, element.start + 8); i++)
    value = value * 256 + view.u8(i);
  return value;
}

function float(view: ByteView, element: Element): number {
  const length = element.end - element.start;
  return length === 4 ? view.f32(element.start) : length === 8 ? view.f64(element.start) : 0;
}

interface SoundTrack {
  readonly number: number;
  readonly codec: string;
  readonly sampleRate: number;
  readonly channels: number;
}

/**
 * WebM and Matroska: the first sound track, and the length where the segment's Info has one, else (browsers record without)
 * the time of the last block of sound, which is no promise.
 *
 * Errors: `decode-failed` without tracks, `no-audio-track`, `unsupported-format` with the codec.
 */
export function readWebm(view: ByteView): Result<AudioHeader, AnalysisError> {
  let scale = 1_000_000;
  let duration = 0;
  let tracks = 0;
  let sound: SoundTrack | null = null;
  const segment = find(view, 0, view.length, ids.segment);
  if (segment !== null) {
    for (const part of elements(view, segment.start, segment.end)) {
      // what describes the file comes before the first cluster of samples
      if (part.id === ids.cluster && tracks > 0) break;
      if (part.id === ids.info) {
        for (const field of elements(view, part.start, part.end)) {
          if (field.id === ids.timestampScale) scale = unsigned(view, field);
          if (field.id === ids.duration) duration = float(view, field);
        }
      }
      if (part.id === ids.tracks) {
        for (const track of elements(view, part.start, part.end)) {
          if (track.id !== ids.trackEntry) continue;
          tracks += 1;
          sound ??= soundTrack(view, track);
        }
      }
    }
  }
  if (segment === null || tracks === 0)
    return err(analysisError('decode-failed', 'the WebM file has no list of tracks'));
  if (sound === null) return err(analysisError('no-audio-track', 'the WebM file has no sound track'));
  if (sound.codec !== 'A_OPUS' && sound.codec !== 'A_VORBIS')
    return err(
      analysisError('unsupported-format', `Matroska with codec ${sound.codec}`, { found: sound.codec }),
    );
  const told = (duration * scale) / 1e9;
  const isTold = Number.isFinite(told) && told > 0;
  const seconds = isTold ? told : (blocksLength(view, segment, sound.number) * scale) / 1e9;
  return ok({
    container: 'webm',
    sampleRate: hertz(sound.codec === 'A_OPUS' ? 48_000 : sound.sampleRate),
    channels: sound.channels || null,
    durationSeconds: Number.isFinite(seconds) && seconds > 0 ? seconds : null,
    // the length of a film may be that of its picture
    durationIsExact: isTold && tracks === 1,
  });
}

function find(view: ByteView, from: number, to: number, id: number): Element | null {
  for (const element of elements(view, from, to)) if (element.id === id) return element;
  return null;
}

/** Elements read in search of the last block: an hour of Opus has 180 000 blocks. */
const maxBlocks = 4_000_000;

/**
 * Time from the first block of a track to its last, in units of the segment; 0 where there are none. Clusters and groups are gone into
 * rather than skipped, so that it does not matter whether they tell their size.
 */
function blocksLength(view: ByteView, segment: Element, track: number): number {
  let first: number | null = null;
  let last = 0;
  let clusterTime = 0;
  let offset = segment.start;
  for (let count = 0; count < maxBlocks && offset < segment.end; count++) {
    const id = vint(view, offset, true);
    if (id === null || id.length > 4) break;
    const size = vint(view, offset + id.length, false);
    if (size === null) break;
    const start = offset + id.length + size.length;
    offset = start;
    if (id.value === ids.cluster || id.value === ids.blockGroup) continue;
    offset += size.value;
    if (id.value === ids.timestamp) {
      clusterTime = unsigned(view, { id: id.value, start, end: Math.min(segment.end, offset) });
    } else if (id.value === ids.simpleBlock || id.value === ids.block) {
      const number = vint(view, start, false);
      if (number?.value !== track) continue;
      // signed, against the time of its cluster
      const relative = (view.u16(start + number.length) << 16) >> 16;
      first ??= clusterTime + relative;
      last = Math.max(last, clusterTime + relative);
    }
  }
  return last - (first ?? 0);
}

function soundTrack(view: ByteView, track: Element): SoundTrack | null {
  let isSound = false;
  let number = 0;
  let codec = '';
  // Matroska's defaults
  let sampleRate = 8000;
  let channels = 1;
  for (const field of elements(view, track.start, track.end)) {
    if (field.id === ids.trackType) isSound = unsigned(view, field) === 2;
    else if (field.id === ids.trackNumber) number = unsigned(view, field);
    else if (field.id === ids.codecId) codec = view.text(field.start, Math.min(32, field.end - field.start));
    else if (field.id === ids.audio) {
      for (const setting of elements(view, field.start, field.end)) {
        if (setting.id === ids.samplingFrequency) sampleRate = float(view, setting);
        if (setting.id === ids.channels) channels = unsigned(view, setting);
      }
    }
  }
  return isSound && sampleRate > 0 ? { number, codec, sampleRate, channels } : null;
}
