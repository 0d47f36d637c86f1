import { ByteView } from '#core/audio/containers/bytes.ts';
import { vint } from '#core/audio/containers/webm.ts';
import type { OpusStream } from '#server/decode/opus.ts';

/** EBML ids (RFC 9559) of what is entered or read; everything else is stepped over. */
const ids = {
  segment: 0x18538067,
  tracks: 0x1654ae6b,
  trackEntry: 0xae,
  trackNumber: 0xd7,
  codecId: 0x86,
  codecPrivate: 0x63a2,
  cluster: 0x1f43b675,
  blockGroup: 0xa0,
  block: 0xa1,
  simpleBlock: 0xa3,
  discardPadding: 0x75a2,
} as const;
const entered: ReadonlySet<number> = new Set([
  ids.segment,
  ids.tracks,
  ids.trackEntry,
  ids.cluster,
  ids.blockGroup,
]);

/**
 * The packets of the first Opus track of a WebM or Matroska file, with what the end says is to be discarded. Elements are
 * read one behind the other whatever their parents' lengths, so that a file cut off in the middle of a cluster, or recorded
 * without lengths, gives what is there. Null where there is no Opus track.
 */
export function webmOpusPackets(bytes: Uint8Array): OpusStream | null {
  const view = new ByteView(bytes);
  const packets: Uint8Array[] = [];
  let entry = { number: 0, isOpus: false, head: new Uint8Array() };
  let track: typeof entry | null = null;
  let isOurs = false;
  let discardSeconds = 0;
  let offset = 0;
  while (offset < view.length) {
    const id = vint(view, offset, true);
    const size = id === null ? null : vint(view, offset + id.length, false);
    if (id === null || size === null) break;
    const start = offset + id.length + size.length;
    if (entered.has(id.value)) {
      if (id.value === ids.trackEntry) entry = { number: 0, isOpus: false, head: new Uint8Array() };
      offset = start;
      continue;
    }
    const end = start + size.value;
    if (end > view.length) break;
    if (id.value === ids.trackNumber) entry.number = integer(bytes.subarray(start, end), false);
    else if (id.value === ids.codecId) entry.isOpus = view.is(start, 'A_OPUS');
    else if (id.value === ids.codecPrivate) entry.head = bytes.slice(start, end);
    else if (id.value === ids.block || id.value === ids.simpleBlock) {
      const number = vint(view, start, false);
      isOurs = number !== null && number.value === track?.number;
      if (isOurs && number !== null) {
        discardSeconds = 0;
        packets.push(...unlaced(view, start + number.length + 2, end));
      }
    } else if (id.value === ids.discardPadding && isOurs) {
      discardSeconds = integer(bytes.subarray(start, end), true) / 1e9;
    }
    if (entry.isOpus) track ??= entry;
    offset = end;
  }
  if (track === null) return null;
  return { head: track.head, packets, end: Math.round(discardSeconds * 48_000), endUnit: 'discarded' };
}

/** Big-endian, up to eight bytes. */
function integer(bytes: Uint8Array, isSigned: boolean): number {
  let value = 0;
  for (const byte of bytes.subarray(0, 8)) value = value * 256 + byte;
  const isNegative = isSigned && ((bytes[0] ?? 0) & 0x80) !== 0;
  return isNegative ? value - 256 ** Math.min(8, bytes.length) : value;
}

/** The frames of a block (RFC 9559, 10.3), `from` its flags on. */
function unlaced(view: ByteView, from: number, end: number): Uint8Array[] {
  const lacing = (view.u8(from) >> 1) & 3;
  let at = from + 1;
  if (lacing === 0) return [view.bytes.subarray(at, end)];
  const count = view.u8(at++) + 1;
  const sizes: number[] = [];
  let known = 0;
  const add = (size: number): void => {
    sizes.push(size);
    known += size;
  };
  for (let i = 0; i < count - 1 && at < end; i++) {
    if (lacing === 1) {
      // Xiph: bytes are summed as long as they are 255
      let size = 0;
      let byte = 255;
      while (byte === 255 && at < end) {
        byte = view.u8(at++);
        size += byte;
      }
      add(size);
    } else if (lacing === 3) {
      // EBML: a length, then signed differences
      const field = vint(view, at, false);
      if (field === null) return [];
      at += field.length;
      const bias = 2 ** (7 * field.length - 1) - 1;
      add(i === 0 ? field.value : (sizes.at(-1) ?? 0) + field.value - bias);
    } else {
      add(Math.floor((end - at) / count));
    }
  }
  const frames: Uint8Array[] = [];
  for (const size of [...sizes, end - at - known]) {
    if (!(size >= 0) || at + size > end) break;
    frames.push(view.bytes.subarray(at, at + size));
    at += size;
  }
  return frames;
}
