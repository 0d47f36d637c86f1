import type { ByteView } from '#core/audio/containers/bytes.ts';
import type { AudioHeader } from '#core/audio/pcm.ts';
import { hertz } from '#core/units.ts';

/** FLAC's STREAMINFO block (RFC 9639, 8.2), which must come first. Null where it is not there. */
export function readFlac(view: ByteView, start: number): AudioHeader | null {
  const info = start + 8;
  if ((view.u8(start + 4) & 0x7f) !== 0 || view.length < info + 18) return null;
  const packed = view.u32(info + 10);
  const sampleRate = packed >>> 12;
  const channels = ((packed >>> 9) & 7) + 1;
  // 36 bits: the last 4 of byte 13 and the four bytes after it; 0 means unknown
  const samples = (view.u8(info + 13) & 15) * 2 ** 32 + view.u32(info + 14);
  if (sampleRate === 0) return null;
  return {
    container: 'flac',
    sampleRate: hertz(sampleRate),
    channels,
    durationSeconds: samples > 0 ? samples / sampleRate : null,
    durationIsExact: samples > 0,
  };
}
