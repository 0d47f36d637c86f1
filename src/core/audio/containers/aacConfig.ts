import type { ByteView } from '#core/audio/containers/bytes.ts';

/** Sampling frequencies by index (ISO 14496-3, table 1.18). */
export const aacRates = [
  96_000, 88_200, 64_000, 48_000, 44_100, 32_000, 24_000, 22_050, 16_000, 12_000, 11_025, 8000, 7350,
] as const;

/** Channels of a channel configuration (ISO 14496-3, table 1.19); null for 0, which leaves it to the stream. */
export function aacChannels(configuration: number): number | null {
  if (configuration === 7 || configuration === 12 || configuration === 14) return 8;
  if (configuration === 11) return 7;
  return configuration >= 1 && configuration <= 6 ? configuration : null;
}

export interface AacConfig {
  /** Rate after decoding: with spectral band replication twice that of the coded core. */
  readonly sampleRate: number | null;
  readonly channels: number | null;
}

/**
 * What the `esds` box of an MP4 sound track says (ISO 14496-1, 7.2.6; ISO 14496-3, 1.6.2.1). Its fields are the truth: the
 * channel count and the rate of the sample entry are templates that many writers leave at 2 and at the core's rate. Null
 * where it is not AAC.
 */
export function readEsds(view: ByteView, start: number, end: number): AacConfig | null {
  const stream = descriptor(view, start + 4, end, 0x03);
  if (stream === null) return null;
  const flags = view.u8(stream.start + 2);
  const skipped =
    ((flags & 0x80) !== 0 ? 2 : 0) +
    ((flags & 0x40) !== 0 ? 1 + view.u8(stream.start + 3) : 0) +
    ((flags & 0x20) !== 0 ? 2 : 0);
  const decoder = descriptor(view, stream.start + 3 + skipped, stream.end, 0x04);
  if (decoder === null) return null;
  const objectType = view.u8(decoder.start);
  // MPEG-4 AAC, and MPEG-2 AAC main, low complexity and scalable rate
  if (objectType !== 0x40 && (objectType < 0x66 || objectType > 0x68)) return null;
  const specific = descriptor(view, decoder.start + 13, decoder.end, 0x05);
  return specific === null ? null : readConfig(view, specific.start, specific.end);
}

function descriptor(
  view: ByteView,
  from: number,
  to: number,
  tag: number,
): { start: number; end: number } | null {
  if (from + 2 > to || view.u8(from) !== tag) return null;
  let size = 0;
  let offset = from + 1;
  // at most four bytes of seven bits each
  for (let i = 0; i < 4; i++) {
    const byte = view.u8(offset++);
    size = (size << 7) | (byte & 0x7f);
    if ((byte & 0x80) === 0) break;
  }
  return { start: offset, end: Math.min(to, offset + size) };
}

function readConfig(view: ByteView, start: number, end: number): AacConfig | null {
  let position = start * 8;
  const bits = (count: number): number => {
    let value = 0;
    for (let i = 0; i < count; i++, position++) {
      const byte = position >> 3;
      value = value * 2 + (byte < end ? (view.u8(byte) >> (7 - (position & 7))) & 1 : 0);
    }
    return value;
  };
  const objectType = (): number => {
    const type = bits(5);
    return type === 31 ? 32 + bits(6) : type;
  };
  const rate = (): number | null => {
    const index = bits(4);
    return index === 15 ? bits(24) : (aacRates[index] ?? null);
  };
  if (start >= end) return null;
  const type = objectType();
  let sampleRate = rate();
  const configuration = bits(4);
  // 5: band replication, 29: that and parametric stereo; the rate that follows is the one after it
  if (type === 5 || type === 29) sampleRate = rate();
  const channels = type === 29 ? 2 : aacChannels(configuration);
  return { sampleRate: sampleRate === 0 ? null : sampleRate, channels };
}
