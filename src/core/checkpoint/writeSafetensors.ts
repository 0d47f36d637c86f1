import { safetensorsElementBytes, type SafetensorsDtype } from '#core/checkpoint/safetensors.ts';
import { encodeUtf8 } from '#core/utf8.ts';

export interface TensorToWrite {
  readonly dtype: SafetensorsDtype;
  readonly shape: readonly number[];
  /** Row-major, little-endian; any view of shape times element size bytes. */
  readonly data: ArrayBufferView;
}

/** The largest power of two up to 64 that divides a length: what it leaves of its start's alignment to the next tensor. */
const alignmentKept = (byteLength: number): number => {
  let alignment = 64;
  while (byteLength % alignment !== 0) alignment /= 2;
  return alignment;
};

const byName = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/**
 * Writes a safetensors file (format of safetensors 0.7); the same tensors give the same bytes, whatever the order of the map.
 * The data starts at a multiple of 64 bytes (the header is padded with spaces). The format allows no holes, so tensors whose
 * length is a multiple of 64 come first, then of 32, and so on, each group by name: as many as can be are aligned to 64 bytes,
 * and all to their element size. Throws where a tensor's data does not fit its shape: that is a bug of the caller.
 */
export function writeSafetensors(
  tensors: ReadonlyMap<string, TensorToWrite>,
  metadata: Readonly<Record<string, string>> = {},
): Uint8Array<ArrayBuffer> {
  const ordered = [...tensors].toSorted(
    ([nameA, a], [nameB, b]) =>
      alignmentKept(b.data.byteLength) - alignmentKept(a.data.byteLength) || byName(nameA, nameB),
  );
  const header: [string, unknown][] = [];
  const metadataEntries = Object.entries(metadata).toSorted(([a], [b]) => byName(a, b));
  if (metadataEntries.length > 0) header.push(['__metadata__', Object.fromEntries(metadataEntries)]);
  let dataBytes = 0;
  for (const [name, { dtype, shape, data }] of ordered) {
    const expected = shape.reduce((product, length) => product * length, 1) * safetensorsElementBytes[dtype];
    if (data.byteLength !== expected || name === '__metadata__')
      throw new Error(`tensor ${name}: ${data.byteLength} bytes for [${shape.join(', ')}] of ${dtype}`);
    header.push([name, { dtype, shape, data_offsets: [dataBytes, dataBytes + expected] }]);
    dataBytes += expected;
  }
  // Not Object.fromEntries for the whole: integer-like names would jump to the front of the header.
  const json = encodeUtf8(
    `{${header.map(([name, entry]) => `${JSON.stringify(name)}:${JSON.stringify(entry)}`).join(',')}}`,
  );
  const headerBytes = Math.ceil((8 + json.length) / 64) * 64 - 8;
  const bytes = new Uint8Array(8 + headerBytes + dataBytes);
  new DataView(bytes.buffer).setUint32(0, headerBytes, true);
  bytes.fill(0x20, 8, 8 + headerBytes);
  bytes.set(json, 8);
  let offset = 8 + headerBytes;
  for (const [, { data }] of ordered) {
    bytes.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), offset);
    offset += data.byteLength;
  }
  return bytes;
}
