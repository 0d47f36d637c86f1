import { decodeUtf8Strict } from '#core/checkpoint/strictUtf8.ts';
import { type AnalysisError, analysisError } from '#core/errors.ts';
import { err, ok, type Result } from '#core/result.ts';
import { encodeUtf8 } from '#core/utf8.ts';

/** Text inside PNG files: iTXt chunks (W3C PNG Specification, third edition, 11.3.3.4), uncompressed UTF-8. */

/** Keyword of the chunk that carries an AnalysisReport as JSON. */
export const reportKeyword = 'acousticsense.report';
/** Keyword of the chunk that carries what a person said of the result (`Review`) as JSON. */
export const reviewKeyword = 'acousticsense.review';

const signature = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];

/** What a picture may hold; anything beyond was not written by this program. */
export const pictureLimits = {
  /** Of the whole file. */
  fileBytes: 128 * 1024 * 1024,
  /** Of one text: a report of an hour of music is 4 million, of three hours 12 million. */
  textBytes: 64 * 1024 * 1024,
  /** A canvas writes a picture in some hundred; a file of a million tiny ones is an attack on patience. */
  chunks: 100_000,
} as const;

const crcTable = Uint32Array.from({ length: 256 }, (_, byte) => {
  let value = byte;
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? 0xedb88320 ^ (value >>> 1) : value >>> 1;
  return value >>> 0;
});

/** CRC-32 as PNG and zip use it (ISO 3309); of bytes in pieces, each with the value of those before. */
export function crc32(bytes: Uint8Array, before = 0): number {
  let crc = (before ^ 0xffffffff) >>> 0;
  for (const byte of bytes) crc = (crcTable[(crc ^ byte) & 0xff] ?? 0) ^ (crc >>> 8);
  return (crc ^ 0xffffffff) >>> 0;
}

interface Chunk {
  readonly type: string;
  /** Offset of the length field. */
  readonly offset: number;
  readonly dataOffset: number;
  readonly dataLength: number;
}

/** True where the first eight bytes are those of a PNG. */
export function isPng(bytes: Uint8Array): boolean {
  return signature.every((byte, index) => bytes[index] === byte);
}

/** The chunks as far as they are whole, to IEND at most. */
function* chunks(bytes: Uint8Array): Generator<Chunk> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let offset = signature.length;
  for (let count = 0; offset + 12 <= bytes.length && count < pictureLimits.chunks; count += 1) {
    const dataLength = view.getUint32(offset);
    if (offset + 12 + dataLength > bytes.length) return;
    const type = String.fromCharCode(...bytes.subarray(offset + 4, offset + 8));
    yield { type, offset, dataOffset: offset + 8, dataLength };
    if (type === 'IEND') return;
    offset += 12 + dataLength;
  }
}

/**
 * A copy of a PNG with one more iTXt chunk before IEND. `keyword` is 1 to 79 Latin-1 characters. Throws on bytes that are
 * no PNG: the caller made them.
 */
export function insertPngText(png: Uint8Array, keyword: string, text: string): Uint8Array<ArrayBuffer> {
  if (!isPng(png)) throw new Error('insertPngText: not a PNG');
  const end = [...chunks(png)].find((chunk) => chunk.type === 'IEND');
  if (end === undefined) throw new Error('insertPngText: no IEND chunk');
  // keyword, NUL, compression flag and method, empty language tag NUL, empty translated keyword NUL, text
  const data = encodeUtf8(text);
  const key = encodeUtf8(keyword);
  const body = new Uint8Array(4 + key.length + 5 + data.length);
  body.set(encodeUtf8('iTXt'), 0);
  body.set(key, 4);
  body.set(data, 4 + key.length + 5);
  const result = new Uint8Array(png.length + body.length + 8);
  const view = new DataView(result.buffer);
  result.set(png.subarray(0, end.offset), 0);
  view.setUint32(end.offset, body.length - 4);
  result.set(body, end.offset + 4);
  view.setUint32(end.offset + 4 + body.length, crc32(body));
  result.set(png.subarray(end.offset), end.offset + 8 + body.length);
  return result;
}

const damaged = (message: string): Result<never, AnalysisError> =>
  err(analysisError('picture-damaged', message));

/**
 * The text of the one uncompressed iTXt chunk with this keyword, or null if the file is whole and has none. The bytes may
 * come from anybody: nothing is read outside of them, and `pictureLimits` bound the work.
 *
 * Errors: `unsupported-format` (no PNG), `file-too-large`, and `picture-damaged` for a chunk with a wrong checksum, a
 * compressed or malformed one, one that is there twice or too long, bytes that are no UTF-8, and for a file that ends early.
 */
export function readPngText(bytes: Uint8Array, keyword: string): Result<string | null, AnalysisError> {
  if (!isPng(bytes)) return err(analysisError('unsupported-format', 'not a PNG file', { found: 'unknown' }));
  if (bytes.length > pictureLimits.fileBytes)
    return err(
      analysisError('file-too-large', `a picture of ${bytes.length} bytes`, {
        bytes: bytes.length,
        limitBytes: pictureLimits.fileBytes,
      }),
    );
  const key = encodeUtf8(keyword);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let found: Uint8Array | null = null;
  let whole = false;
  for (const chunk of chunks(bytes)) {
    whole ||= chunk.type === 'IEND';
    if (chunk.type !== 'iTXt') continue;
    const data = bytes.subarray(chunk.dataOffset, chunk.dataOffset + chunk.dataLength);
    if (data[key.length] !== 0 || !key.every((byte, index) => data[index] === byte)) continue;
    if (found !== null) return damaged(`two chunks of the keyword ${keyword}`);
    if (data.length > pictureLimits.textBytes) return damaged(`the text chunk has ${data.length} bytes`);
    const stored = view.getUint32(chunk.dataOffset + chunk.dataLength);
    const actual = crc32(bytes.subarray(chunk.offset + 4, chunk.dataOffset + chunk.dataLength));
    if (stored !== actual) return damaged('the text chunk has another checksum than it says (CRC)');
    if (data[key.length + 1] !== 0) return damaged('the text chunk is compressed, this program writes none');
    const languageEnd = data.indexOf(0, key.length + 3);
    const translatedEnd = languageEnd < 0 ? -1 : data.indexOf(0, languageEnd + 1);
    if (translatedEnd < 0) return damaged('the text chunk is malformed');
    found = data.subarray(translatedEnd + 1);
  }
  if (found === null) return whole ? ok(null) : damaged('the file ends early');
  const text = decodeUtf8Strict(found);
  return text === undefined ? damaged('the text is no UTF-8') : ok(text);
}
