import { aacChannels, aacRates } from '#core/audio/containers/aacConfig.ts';
import type { ByteView } from '#core/audio/containers/bytes.ts';
import type { AudioHeader } from '#core/audio/pcm.ts';
import { hertz } from '#core/units.ts';

/** First byte after the ID3v2 tags at `start` (id3.org, ID3v2.4.0 section 3.1), of which some files carry several. */
export function afterId3(view: ByteView, start = 0): number {
  let offset = start;
  while (view.is(offset, 'ID3') && offset + 10 <= view.length) {
    const size =
      ((view.u8(offset + 6) & 0x7f) << 21) |
      ((view.u8(offset + 7) & 0x7f) << 14) |
      ((view.u8(offset + 8) & 0x7f) << 7) |
      (view.u8(offset + 9) & 0x7f);
    const footer = (view.u8(offset + 5) & 0x10) !== 0 ? 10 : 0;
    offset += 10 + size + footer;
  }
  return offset;
}

interface FrameHeader {
  readonly sampleRate: number;
  readonly channels: number;
  readonly bytes: number;
  readonly samples: number;
  readonly bitRate: number;
  readonly isMpeg1: boolean;
}

// Kilobits a second by index (ISO 11172-3 2.4.2.3, ISO 13818-3 2.4.2.3).
const bitRates = {
  mpeg1: {
    1: [0, 32, 64, 96, 128, 160, 192, 224, 256, 288, 320, 352, 384, 416, 448],
    2: [0, 32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384],
    3: [0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320],
  },
  mpeg2: {
    1: [0, 32, 48, 56, 64, 80, 96, 112, 128, 144, 160, 176, 192, 224, 256],
    2: [0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160],
    3: [0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160],
  },
} as const;
const mpeg1Rates = [44_100, 48_000, 32_000] as const;

function readFrameHeader(view: ByteView, offset: number): FrameHeader | null {
  if (view.u8(offset) !== 0xff || (view.u8(offset + 1) & 0xe0) !== 0xe0) return null;
  const version = (view.u8(offset + 1) >> 3) & 3; // 0: MPEG 2.5, 2: MPEG 2, 3: MPEG 1
  const layer = 4 - ((view.u8(offset + 1) >> 1) & 3);
  const bitRateIndex = view.u8(offset + 2) >> 4;
  const rateIndex = (view.u8(offset + 2) >> 2) & 3;
  const padding = (view.u8(offset + 2) >> 1) & 1;
  if (version === 1 || (layer !== 1 && layer !== 2 && layer !== 3)) return null;
  const base = mpeg1Rates[rateIndex];
  const isMpeg1 = version === 3;
  const bitRate = 1000 * (bitRates[isMpeg1 ? 'mpeg1' : 'mpeg2'][layer][bitRateIndex] ?? 0);
  if (base === undefined || bitRate === 0) return null;
  const sampleRate = base / (isMpeg1 ? 1 : version === 2 ? 2 : 4);
  const samples = layer === 1 ? 384 : layer === 3 && !isMpeg1 ? 576 : 1152;
  const slot = layer === 1 ? 4 : 1;
  const bytes = (Math.floor((samples / 8 / slot) * (bitRate / sampleRate)) + padding) * slot;
  const channels = view.u8(offset + 3) >> 6 === 3 ? 1 : 2;
  return { sampleRate, channels, bytes, samples, bitRate, isMpeg1 };
}

/** Bytes in which the first frame must begin: encoders and cutters leave little before it. */
const searchBytes = 128 * 1024;

/**
 * MPEG audio layers 1 to 3, found by frame headers that agree, one behind the other. The length is exact where the
 * first frame is a Xing, Info or VBRI frame (then without the delay and padding that LAME notes), else that of the frames
 * that are there, which is no promise. Null where this is no MPEG audio.
 */
export function readMp3(view: ByteView, start: number): AudioHeader | null {
  const found = firstFrame(view, start);
  if (found === null) return null;
  const { frame } = found;
  const { samples, isExact } = soundOf(view, found);
  return {
    container: 'mp3',
    sampleRate: hertz(frame.sampleRate),
    channels: frame.channels,
    durationSeconds: samples / frame.sampleRate,
    durationIsExact: isExact,
  };
}

interface FirstFrame {
  readonly offset: number;
  readonly frame: FrameHeader;
}

/**
 * Samples of music, and whether the file itself promises them. Where far more frames are there than the first one
 * promises, several files stand one behind the other; decoders play them all.
 */
function soundOf(
  view: ByteView,
  first: FirstFrame,
): { readonly samples: number; readonly isExact: boolean; readonly tag: Mp3Tag | null } {
  const tag = readTag(view, first.offset, first.frame);
  const present = countSamples(view, first);
  if (tag === null) return { samples: present, isExact: false, tag };
  const whole = tag.samples + tag.delay + tag.padding;
  if (present <= whole + 4 * first.frame.samples) return { samples: tag.samples, isExact: true, tag };
  const lag = tag.delay === 0 ? 0 : tag.delay + decoderDelay;
  return { samples: present - lag, isExact: false, tag };
}

/**
 * Samples of the frames that are there, at the rate of the first, without frames that hold a tag in place of sound. Passes
 * over damage and the tags between two files as far as `firstFrame` looks. Time linear in the length.
 */
function countSamples(view: ByteView, { offset: start, frame: first }: FirstFrame): number {
  let samples = 0;
  let offset = start;
  while (offset + 4 <= view.length) {
    const frame = readFrameHeader(view, offset);
    if (frame !== null) {
      if (readTag(view, offset, frame) === null)
        samples += frame.samples * (first.sampleRate / frame.sampleRate);
      offset += frame.bytes;
      continue;
    }
    const next = firstFrame(view, Math.max(offset + 1, afterId3(view, offset)));
    if (next === null) break;
    offset = next.offset;
  }
  return Math.round(samples);
}

function firstFrame(view: ByteView, start: number): FirstFrame | null {
  const end = Math.min(view.length - 4, start + searchBytes);
  for (let offset = start; offset <= end; offset++) {
    const frame = readFrameHeader(view, offset);
    if (frame === null) continue;
    if (isStream(view, offset, frame, offset === start)) return { offset, frame };
  }
  return null;
}

/** Headers that must agree, one behind the other: two in a row turn up by chance in pictures and archives. */
const headersToAgree = 4;

/** `fromTheStart`: a file that ends earlier passes with the headers it has, if it begins with them. */
function isStream(view: ByteView, offset: number, first: FrameHeader, fromTheStart: boolean): boolean {
  let next = offset + first.bytes;
  for (let count = 1; count < headersToAgree; count++) {
    if (next + 4 > view.length) return fromTheStart && view.length >= offset + 24;
    const frame = readFrameHeader(view, next);
    if (frame?.sampleRate !== first.sampleRate || frame.samples !== first.samples) return false;
    next += frame.bytes;
  }
  return true;
}

/** What the first frame says about the stream where it is a Xing, Info or VBRI frame. */
interface Mp3Tag {
  /** Samples that the frames hold, without what `delay` and `padding` cut. */
  readonly samples: number;
  readonly delay: number;
  readonly padding: number;
}

function readTag(view: ByteView, offset: number, frame: FrameHeader): Mp3Tag | null {
  const sideInfo = frame.isMpeg1 ? (frame.channels === 1 ? 17 : 32) : frame.channels === 1 ? 9 : 17;
  const tag = offset + 4 + sideInfo;
  if (view.is(tag, 'Xing') || view.is(tag, 'Info')) {
    const flags = view.u32(tag + 4);
    if ((flags & 1) === 0) return null;
    const frames = view.u32(tag + 8);
    // frames, bytes, table of contents and quality are each there only if their flag is set
    const lame =
      tag + 8 + 4 + ((flags & 2) !== 0 ? 4 : 0) + ((flags & 4) !== 0 ? 100 : 0) + ((flags & 8) !== 0 ? 4 : 0);
    const hasLame = view.is(lame, 'LAME') || view.is(lame, 'Lavc') || view.is(lame, 'Lavf');
    const delays = hasLame ? (view.u8(lame + 21) << 16) | (view.u8(lame + 22) << 8) | view.u8(lame + 23) : 0;
    const delay = delays >> 12;
    const padding = delays & 0xfff;
    if (frames === 0) return null;
    return { samples: Math.max(0, frames * frame.samples - delay - padding), delay, padding };
  }
  if (view.is(offset + 36, 'VBRI')) {
    const frames = view.u32(offset + 36 + 14);
    return frames > 0 ? { samples: frames * frame.samples, delay: 0, padding: 0 } : null;
  }
  return null;
}

/** Samples by which every MPEG layer 3 decoder lags behind its encoder (528, and one more). */
const decoderDelay = 529;

/**
 * Which stretch of a decode that was not trimmed is the music: encoders put silence at both ends and LAME notes how much
 * (as FFmpeg 5.1 reads it). Null where the file says nothing, and then nothing is to be cut.
 */
export function mp3MusicStretch(view: ByteView): { readonly start: number; readonly samples: number } | null {
  const found = firstFrame(view, afterId3(view));
  if (found === null) return null;
  const { tag, samples } = soundOf(view, found);
  if (tag === null || (tag.delay === 0 && tag.padding === 0)) return null;
  return { start: tag.delay + decoderDelay, samples };
}

/**
 * AAC in ADTS frames (ISO 14496-3 1.A.3). The length is counted frame by frame: it is what is there, not a promise. Null
 * where this is no ADTS.
 */
export function readAdts(view: ByteView, start: number): AudioHeader | null {
  let headers = 0;
  let frames = 0;
  let sampleRate = 0;
  let channels = 0;
  let offset = start;
  while (offset + 7 <= view.length) {
    // sync word, and layer 0, which MPEG audio never has
    if (view.u8(offset) !== 0xff || (view.u8(offset + 1) & 0xf6) !== 0xf0) break;
    const rate = aacRates[(view.u8(offset + 2) >> 2) & 15];
    const bytes = ((view.u8(offset + 3) & 3) << 11) | (view.u8(offset + 4) << 3) | (view.u8(offset + 5) >> 5);
    if (rate === undefined || bytes < 7) break;
    if (frames === 0) {
      sampleRate = rate;
      channels = ((view.u8(offset + 2) & 1) << 2) | (view.u8(offset + 3) >> 6);
    } else if (rate !== sampleRate) break;
    headers += 1;
    frames += 1 + (view.u8(offset + 6) & 3);
    offset += bytes;
  }
  // two headers that agree are chance once in many files, three are a stream; a very short file may have fewer
  if (headers < (offset >= view.length ? 1 : 3)) return null;
  return {
    container: 'aac',
    sampleRate: hertz(sampleRate),
    channels: aacChannels(channels),
    durationSeconds: (frames * 1024) / sampleRate,
    durationIsExact: false,
  };
}
