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
  trackType: 0x83,
  codecId: 0x86,
  audio: 0xe1,
  samplingFrequency: 0xb5,
  channels: 0x9f,
  cluster: 0x1f43b675,
} as const;

/** Reads a variable-length number; `keepMarker` for ids. Null where it is malformed or outside. */
function vint(view: ByteView, offset: number, keepMarker: boolean): { value: number; length: number } | null {
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

/**
 * WebM and Matroska: the first sound track, and the length where the segment's Info has one (what a browser records has
 * none).
 */
export function readWebm(view: ByteView): Result<AudioHeader, AnalysisError> {
  let scale = 1_000_000;
  let duration = 0;
  let sound: { codec: string; sampleRate: number; channels: number } | null = null;
  let hasTracks = false;
  for (const segment of elements(view, 0, view.length)) {
    if (segment.id !== ids.segment) continue;
    for (const part of elements(view, segment.start, segment.end)) {
      // what describes the file comes before the first cluster of samples
      if (part.id === ids.cluster && hasTracks) break;
      if (part.id === ids.info) {
        for (const field of elements(view, part.start, part.end)) {
          if (field.id === ids.timestampScale) scale = unsigned(view, field);
          if (field.id === ids.duration) duration = float(view, field);
        }
      }
      if (part.id === ids.tracks) {
        hasTracks = true;
        for (const track of elements(view, part.start, part.end)) {
          if (track.id === ids.trackEntry) sound ??= soundTrack(view, track);
        }
      }
    }
    break;
  }
  if (!hasTracks) return err(analysisError('decode-failed', 'the WebM file has no list of tracks'));
  if (sound === null) return err(analysisError('no-audio-track', 'the WebM file has no sound track'));
  if (sound.codec !== 'A_OPUS' && sound.codec !== 'A_VORBIS')
    return err(
      analysisError('unsupported-format', `Matroska with codec ${sound.codec}`, { found: sound.codec }),
    );
  const seconds = (duration * scale) / 1e9;
  const isKnown = Number.isFinite(seconds) && seconds > 0;
  return ok({
    container: 'webm',
    sampleRate: hertz(sound.codec === 'A_OPUS' ? 48_000 : sound.sampleRate),
    channels: sound.channels,
    durationSeconds: isKnown ? seconds : null,
    durationIsExact: isKnown,
  });
}

function soundTrack(
  view: ByteView,
  track: Element,
): { codec: string; sampleRate: number; channels: number } | null {
  let isSound = false;
  let codec = '';
  // Matroska's defaults
  let sampleRate = 8000;
  let channels = 1;
  for (const field of elements(view, track.start, track.end)) {
    if (field.id === ids.trackType) isSound = unsigned(view, field) === 2;
    else if (field.id === ids.codecId) codec = view.text(field.start, Math.min(32, field.end - field.start));
    else if (field.id === ids.audio) {
      for (const setting of elements(view, field.start, field.end)) {
        if (setting.id === ids.samplingFrequency) sampleRate = float(view, setting);
        if (setting.id === ids.channels) channels = unsigned(view, setting);
      }
    }
  }
  return isSound && sampleRate > 0 ? { codec, sampleRate, channels } : null;
}
