import { ByteView } from '#core/audio/containers/bytes.ts';

/**
 * A WAV file as Symphonia reads it: RF64 and BW64 (EBU Tech 3306, ITU-R BS.2088), whose 64-bit lengths no file within the
 * limits needs, become plain RIFF. Anything else is returned as it is. The argument is not changed.
 */
export function plainRiff(bytes: Uint8Array): Uint8Array {
  const view = new ByteView(bytes);
  if (!view.is(0, 'RF64') && !view.is(0, 'BW64')) return bytes;
  const copy = bytes.slice();
  const write = new DataView(copy.buffer);
  copy.set(new TextEncoder().encode('RIFF'), 0);
  write.setUint32(4, Math.min(0xffffffff, bytes.length - 8), true);
  let dataBytes = 0;
  for (let offset = 12; offset + 8 <= bytes.length;) {
    const size = view.u32(offset + 4, true);
    if (view.is(offset, 'ds64')) {
      dataBytes = view.u64(offset + 16, true);
      copy.set(new TextEncoder().encode('JUNK'), offset);
    }
    if (view.is(offset, 'data')) {
      if (size === 0xffffffff) {
        write.setUint32(offset + 4, Math.min(dataBytes, bytes.length - offset - 8), true);
      }
      break;
    }
    offset += 8 + size + (size & 1);
  }
  return copy;
}
