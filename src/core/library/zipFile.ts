import { decodeUtf8, encodeUtf8 } from '#core/utf8.ts';

/**
 * The parts of a zip file (PKWARE APPNOTE 6.3.10) that a library archive is made of: deflated entries of known size,
 * without encryption, ZIP64 or several disks. Numbers are little-endian; offsets count from the first byte of the file.
 */
export interface ZipEntry {
  /** UTF-8, read and written as text only: nothing is ever stored under this name. */
  readonly name: string;
  /** CRC-32 of the contents. */
  readonly crc32: number;
  readonly compressedBytes: number;
  readonly bytes: number;
  /** Of the local header. */
  readonly offset: number;
}

/** Sizes and offsets have 32 bits, and all ones mean that ZIP64 says the rest. */
export const largestZipBytes = 0xfffffffe;
/** The end record with the longest comment. */
export const zipTailBytes = 22 + 0xffff;
/** The local header without its name. */
export const localHeaderBytes = 30;

const localSignature = 0x04034b50;
const entrySignature = 0x02014b50;
const endSignature = 0x06054b50;
const deflated = 8;
/** Bit 11: the name is UTF-8. */
const utf8Name = 0x0800;
/** 1980-01-01, the first day that the format knows: the same library gives the same bytes. */
const dosDate = 0x0021;

/** What stands before the deflated bytes of an entry. */
export function localHeader(entry: ZipEntry): Uint8Array<ArrayBuffer> {
  const name = encodeUtf8(entry.name);
  const header = new Uint8Array(localHeaderBytes + name.length);
  const view = new DataView(header.buffer);
  view.setUint32(0, localSignature, true);
  writeCommon(view, 4, entry, name.length);
  header.set(name, localHeaderBytes);
  return header;
}

/** What stands after the last entry, `offset` bytes into the file. */
export function zipDirectory(entries: readonly ZipEntry[], offset: number): Uint8Array<ArrayBuffer> {
  const names = entries.map(({ name }) => encodeUtf8(name));
  const size = names.reduce((sum, name) => sum + 46 + name.length, 0);
  const bytes = new Uint8Array(size + 22);
  const view = new DataView(bytes.buffer);
  let at = 0;
  for (const [index, entry] of entries.entries()) {
    const name = names[index] ?? new Uint8Array();
    view.setUint32(at, entrySignature, true);
    view.setUint16(at + 4, 20, true);
    writeCommon(view, at + 6, entry, name.length);
    view.setUint32(at + 42, entry.offset, true);
    bytes.set(name, at + 46);
    at += 46 + name.length;
  }
  view.setUint32(at, endSignature, true);
  view.setUint16(at + 8, entries.length, true);
  view.setUint16(at + 10, entries.length, true);
  view.setUint32(at + 12, size, true);
  view.setUint32(at + 16, offset, true);
  return bytes;
}

/** The fields that both headers have, from "version needed" to the length of the extra field. */
function writeCommon(view: DataView, at: number, entry: ZipEntry, nameLength: number): void {
  view.setUint16(at, 20, true);
  view.setUint16(at + 2, utf8Name, true);
  view.setUint16(at + 4, deflated, true);
  view.setUint16(at + 8, dosDate, true);
  view.setUint32(at + 10, entry.crc32, true);
  view.setUint32(at + 14, entry.compressedBytes, true);
  view.setUint32(at + 18, entry.bytes, true);
  view.setUint16(at + 22, nameLength, true);
}

export interface ZipDirectoryPlace {
  readonly offset: number;
  readonly bytes: number;
  readonly entries: number;
}

/**
 * Where the directory lies.
 * @param tail the last bytes of the file, up to `zipTailBytes`
 * @returns null where this is no zip file, or one of a kind that is not read here
 */
export function findZipDirectory(tail: Uint8Array, fileBytes: number): ZipDirectoryPlace | null {
  const view = viewOf(tail);
  for (let at = tail.length - 22; at >= 0; at -= 1) {
    if (view.getUint32(at, true) !== endSignature) continue;
    if (at + 22 + view.getUint16(at + 20, true) !== tail.length) continue;
    const place = {
      entries: view.getUint16(at + 10, true),
      bytes: view.getUint32(at + 12, true),
      offset: view.getUint32(at + 16, true),
    };
    const end = fileBytes - tail.length + at;
    const oneDisk = view.getUint32(at + 4, true) === 0 && view.getUint16(at + 8, true) === place.entries;
    return oneDisk && place.offset + place.bytes <= end ? place : null;
  }
  return null;
}

/**
 * The entries of a directory; null where it is damaged, an entry is encrypted or not deflated, a name is there twice, or
 * an entry reaches beyond the directory's offset.
 */
export function readZipDirectory(
  directory: Uint8Array,
  place: ZipDirectoryPlace,
): ReadonlyMap<string, ZipEntry> | null {
  const view = viewOf(directory);
  const entries = new Map<string, ZipEntry>();
  let at = 0;
  for (let index = 0; index < place.entries; index += 1) {
    if (at + 46 > directory.length || view.getUint32(at, true) !== entrySignature) return null;
    const nameLength = view.getUint16(at + 28, true);
    const next = at + 46 + nameLength + view.getUint16(at + 30, true) + view.getUint16(at + 32, true);
    if (next > directory.length) return null;
    const name = decodeUtf8(directory.subarray(at + 46, at + 46 + nameLength));
    const entry: ZipEntry = {
      name,
      crc32: view.getUint32(at + 16, true),
      compressedBytes: view.getUint32(at + 20, true),
      bytes: view.getUint32(at + 24, true),
      offset: view.getUint32(at + 42, true),
    };
    const encrypted = (view.getUint16(at + 8, true) & 0x41) !== 0;
    const isFolder = name.endsWith('/') && entry.bytes === 0;
    if (encrypted || entries.has(name)) return null;
    if (!isFolder && view.getUint16(at + 10, true) !== deflated) return null;
    if (entry.offset + localHeaderBytes + entry.compressedBytes > place.offset) return null;
    entries.set(name, entry);
    at = next;
  }
  return entries;
}

/**
 * Where the deflated bytes of an entry begin.
 * @param header the `localHeaderBytes` bytes at its offset
 * @returns null where there is no local header
 */
export function dataOffset(entry: ZipEntry, header: Uint8Array): number | null {
  const view = viewOf(header);
  if (header.length < localHeaderBytes || view.getUint32(0, true) !== localSignature) return null;
  return entry.offset + localHeaderBytes + view.getUint16(26, true) + view.getUint16(28, true);
}

const viewOf = (bytes: Uint8Array): DataView =>
  new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
