import { deflateSync } from 'node:zlib';
import { crc32 } from '#core/report/pngText.ts';

/** A chunk of a PNG file: length, type, data and check sum. */
export function pngChunk(type: string, data: Uint8Array): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(data.length);
  const crc = Buffer.alloc(4);
  crc.writeUInt32BE(crc32(body));
  return Buffer.concat([length, body, crc]);
}

/** The smallest picture: one pixel and no text. */
export const onePixelPng = new Uint8Array(
  Buffer.concat([
    Buffer.from([0x89, 0x50, 0x4e, 0x47, 13, 10, 26, 10]),
    pngChunk('IHDR', Buffer.from([0, 0, 0, 1, 0, 0, 0, 1, 8, 6, 0, 0, 0])),
    pngChunk('IDAT', deflateSync(Buffer.from([0, 1, 2, 3, 255]))),
    pngChunk('IEND', Buffer.alloc(0)),
  ]),
);
