import { ByteView } from '#core/audio/containers/bytes.ts';
import type { DecodedSamples } from '#server/decode/symphonia.ts';

/** Format tags (mmreg.h) that are plain samples. */
const pcm = 1;
const ieeeFloat = 3;
const extensible = 0xfffe;

/**
 * Plain samples of a RIFF, RF64 or BW64 file: unsigned 8 bit, signed 16, 24, 32 bit, float 32 and 64 bit. Integers are
 * divided by 2^(bits - 1). A file that ends early gives the whole frames that are there.
 *
 * @returns null where the samples are coded otherwise (A-law, ADPCM, ...).
 */
export function decodeWav(bytes: Uint8Array): DecodedSamples | null {
  const view = new ByteView(bytes);
  let format = 0;
  let channelCount = 0;
  let sampleRate = 0;
  let blockAlign = 0;
  let bits = 0;
  let dataBytes64 = 0;
  for (let offset = 12; offset + 8 <= view.length;) {
    const size = view.u32(offset + 4, true);
    const body = offset + 8;
    if (view.is(offset, 'ds64')) dataBytes64 = view.u64(body + 8, true);
    else if (view.is(offset, 'fmt ')) {
      format = view.u16(body, true);
      channelCount = view.u16(body + 2, true);
      sampleRate = view.u32(body + 4, true);
      blockAlign = view.u16(body + 12, true);
      bits = view.u16(body + 14, true);
      if (format === extensible) format = view.u16(body + 24, true);
    } else if (view.is(offset, 'data')) {
      const read = sampleReader(format, bits);
      const sampleBytes = bits / 8;
      if (read === null || channelCount === 0 || blockAlign !== channelCount * sampleBytes) return null;
      // Sizes of 0 and all ones come from writers that did not know; RF64 keeps the true one in ds64.
      const promised = size === 0xffffffff ? dataBytes64 : size;
      const end = promised > 0 ? Math.min(view.length, body + promised) : view.length;
      const frames = Math.floor((end - body) / blockAlign);
      const data = new DataView(bytes.buffer, bytes.byteOffset + body, frames * blockAlign);
      const channels = Array.from({ length: channelCount }, (_, channel) => {
        const samples = new Float32Array(frames);
        let at = channel * sampleBytes;
        for (let frame = 0; frame < frames; frame++, at += blockAlign) samples[frame] = read(data, at);
        return samples;
      });
      return { channels, sampleRate };
    }
    offset = body + size + (size & 1);
  }
  return null;
}

function sampleReader(format: number, bits: number): ((data: DataView, at: number) => number) | null {
  if (format === ieeeFloat) {
    if (bits === 32) return (data, at) => data.getFloat32(at, true);
    return bits === 64 ? (data, at) => data.getFloat64(at, true) : null;
  }
  if (format !== pcm) return null;
  switch (bits) {
    case 8:
      return (data, at) => (data.getUint8(at) - 128) / 2 ** 7;
    case 16:
      return (data, at) => data.getInt16(at, true) / 2 ** 15;
    case 24:
      return (data, at) => (data.getInt16(at + 1, true) * 256 + data.getUint8(at)) / 2 ** 23;
    case 32:
      return (data, at) => data.getInt32(at, true) / 2 ** 31;
    default:
      return null;
  }
}
