import { ByteView } from '#core/audio/containers/bytes.ts';
import { joined } from '#server/decode/packets.ts';
import type { OpusStream } from '#server/decode/opus.ts';

const pageHeader = 27;

/**
 * The Opus packets of the first Opus stream of an Ogg file (RFC 3533, RFC 7845). Goes on behind damage at the next page
 * and takes of a page that is cut off the packets that are whole. Of chained streams the first is read. Null where there
 * is no OpusHead.
 */
export function oggOpusPackets(bytes: Uint8Array): OpusStream | null {
  const view = new ByteView(bytes);
  const packets: Uint8Array[] = [];
  let serial: number | null = null;
  let granule: number | null = null;
  let open: Uint8Array[] = [];
  let offset = 0;
  while (offset + pageHeader <= view.length) {
    if (!view.is(offset, 'OggS')) {
      offset = nextPage(bytes, offset + 1);
      open = [];
      continue;
    }
    const segments = view.u8(offset + 26);
    let at = offset + pageHeader + segments;
    const pageSerial = view.u32(offset + 14, true);
    if (serial === null && view.is(at, 'OpusHead')) serial = pageSerial;
    const isOurs = serial === pageSerial;
    const isContinued = (view.u8(offset + 5) & 1) !== 0;
    if (isOurs) {
      if (!isContinued) open = [];
      const pageGranule = view.u64(offset + 6, true);
      if (pageGranule < 2 ** 63) granule = pageGranule;
    }
    // what continues a packet whose beginning is lost
    let isOrphan = isContinued && open.length === 0;
    let size = 0;
    for (let i = 0; i < segments; i++) {
      const lace = view.u8(offset + pageHeader + i);
      size += lace;
      const isLast = i === segments - 1;
      if (lace === 255 && !isLast) continue;
      if (isOurs && at + size <= view.length) {
        if (!isOrphan) open.push(bytes.subarray(at, at + size));
        if (lace < 255) {
          if (!isOrphan) packets.push(open.length === 1 ? open[0]! : joined(open));
          open = [];
          isOrphan = false;
        }
      }
      at += size;
      size = 0;
    }
    offset = at;
  }
  const head = packets[0];
  // also where files were joined one behind the other
  const sound = packets.filter((packet) => !isHeader(packet));
  return head === undefined ? null : { head, packets: sound, end: granule, endUnit: 'granule' };
}

/** OpusHead and OpusTags; as sound these bytes would be a packet of an impossible length. */
function isHeader(packet: Uint8Array): boolean {
  const view = new ByteView(packet);
  return view.is(0, 'OpusHead') || view.is(0, 'OpusTags');
}

function nextPage(bytes: Uint8Array, from: number): number {
  for (let offset = bytes.indexOf(0x4f, from); offset >= 0; offset = bytes.indexOf(0x4f, offset + 1)) {
    if (bytes[offset + 1] === 0x67 && bytes[offset + 2] === 0x67 && bytes[offset + 3] === 0x53) return offset;
  }
  return bytes.length;
}
