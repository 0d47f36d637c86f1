import { refuse } from '#core/checkpoint/refusal.ts';
import { decodeUtf8Strict } from '#core/checkpoint/strictUtf8.ts';

/** Where the bytes of a stored entry lie, from the first byte of the archive. */
export interface ZipEntry {
  readonly byteOffset: number;
  readonly byteLength: number;
}

const maxEntries = 65_536;
const u32Max = 0xffffffff;

/**
 * Reads the directory of a zip archive of stored (uncompressed) entries, as torch.save writes them; ZIP64 included (APPNOTE 6.3.10).
 * Everything is checked against the file: signatures, names in both headers, sizes, ends. Checksums are not compared:
 * torch can be told to leave them out. Refuses by name: compressed or encrypted entries, several disks, duplicate names.
 */
export function readZipDirectory(bytes: Uint8Array): ReadonlyMap<string, ZipEntry> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const { count, offset, end } = findDirectory(view);
  if (count > maxEntries) refuse(`zip: ${count} entries are over the limit`, { entries: count });
  const entries = new Map<string, ZipEntry>();
  let position = offset;
  for (let i = 0; i < count; i++) {
    if (position + 46 > end || view.getUint32(position, true) !== 0x02014b50)
      refuse('zip: the directory is damaged or cut');
    const nameLength = view.getUint16(position + 28, true);
    const extraLength = view.getUint16(position + 30, true);
    const next = position + 46 + nameLength + extraLength + view.getUint16(position + 32, true);
    if (next > end) refuse('zip: the directory is damaged or cut');
    const nameBytes = bytes.subarray(position + 46, position + 46 + nameLength);
    const name = decodeUtf8Strict(nameBytes);
    if (name === undefined) refuse('zip: the name of an entry is not UTF-8');
    if (entries.has(name)) refuse(`zip: two entries are named ${name}`, { entry: name });
    if ((view.getUint16(position + 8, true) & 0x41) !== 0)
      refuse(`zip: ${name} is encrypted`, { entry: name });
    if (view.getUint16(position + 10, true) !== 0)
      refuse(`zip: ${name} is compressed, torch.save stores its entries`, { entry: name });
    const sizes = readSizes(view, position, position + 46 + nameLength, extraLength, name);
    entries.set(name, locate(view, bytes, sizes, name, nameBytes, offset));
    position = next;
  }
  return entries;
}

function findDirectory(view: DataView): { count: number; offset: number; end: number } {
  const last = view.byteLength - 22;
  for (let position = last; position >= Math.max(0, last - 0xffff); position--) {
    if (view.getUint32(position, true) !== 0x06054b50) continue;
    if (position + 22 + view.getUint16(position + 20, true) !== view.byteLength) continue;
    let count = view.getUint16(position + 10, true);
    let size = view.getUint32(position + 12, true);
    let offset = view.getUint32(position + 16, true);
    let end = position;
    if (view.getUint16(position + 4, true) !== 0 && view.getUint16(position + 4, true) !== 0xffff)
      refuse('zip: the archive is split over several files');
    if (position >= 20 && view.getUint32(position - 20, true) === 0x07064b50) {
      const record = readU64(view, position - 12, 'the ZIP64 directory');
      if (record + 56 > position - 20 || view.getUint32(record, true) !== 0x06064b50)
        refuse('zip: the ZIP64 directory is damaged');
      count = readU64(view, record + 32, 'the number of entries');
      size = readU64(view, record + 40, 'the directory');
      offset = readU64(view, record + 48, 'the directory');
      end = record;
    }
    if (offset + size !== end) refuse('zip: the directory does not end where its end says');
    return { count, offset, end };
  }
  return refuse('zip: no end of directory; the file is cut short or no zip archive');
}

/** Sizes and position of an entry from its directory record; those too large for it stand in the ZIP64 field, in this order. */
function readSizes(
  view: DataView,
  record: number,
  extraStart: number,
  extraLength: number,
  name: string,
): { stored: number; header: number } {
  let stored = view.getUint32(record + 20, true);
  let plain = view.getUint32(record + 24, true);
  let header = view.getUint32(record + 42, true);
  let position = extraStart;
  while (position + 4 <= extraStart + extraLength) {
    const id = view.getUint16(position, true);
    const fieldEnd = position + 4 + view.getUint16(position + 2, true);
    if (fieldEnd > extraStart + extraLength) break;
    if (id === 1) {
      let field = position + 4;
      const take = (value: number): number => {
        if (value !== u32Max) return value;
        if (field + 8 > fieldEnd) refuse(`zip: the ZIP64 field of ${name} is cut`, { entry: name });
        field += 8;
        return readU64(view, field - 8, name);
      };
      plain = take(plain);
      stored = take(stored);
      header = take(header);
    }
    position = fieldEnd;
  }
  if (plain !== stored)
    refuse(`zip: ${name} is stored in ${stored} bytes, but has ${plain}`, { entry: name });
  return { stored, header };
}

function locate(
  view: DataView,
  bytes: Uint8Array,
  { stored, header }: { stored: number; header: number },
  name: string,
  nameBytes: Uint8Array,
  directoryOffset: number,
): ZipEntry {
  if (header + 30 > directoryOffset || view.getUint32(header, true) !== 0x04034b50)
    refuse(`zip: ${name} has no header where the directory says`, { entry: name });
  const nameLength = view.getUint16(header + 26, true);
  const byteOffset = header + 30 + nameLength + view.getUint16(header + 28, true);
  if (byteOffset + stored > directoryOffset)
    refuse(`zip: ${name} (${stored} bytes) does not fit in the file`, { entry: name, bytes: stored });
  if (nameLength !== nameBytes.length || nameBytes.some((byte, i) => bytes[header + 30 + i] !== byte))
    refuse(`zip: ${name} has another name in its header`, { entry: name });
  return { byteOffset, byteLength: stored };
}

function readU64(view: DataView, position: number, what: string): number {
  const value = view.getUint32(position, true) + view.getUint32(position + 4, true) * 2 ** 32;
  if (!Number.isSafeInteger(value)) refuse(`zip: ${what} is beyond every file`);
  return value;
}
