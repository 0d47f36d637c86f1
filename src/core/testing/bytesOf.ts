/** Bytes by hand, for headers that no encoder writes. */

export const ascii = (text: string): Uint8Array<ArrayBuffer> =>
  Uint8Array.from(text, (letter) => letter.charCodeAt(0));

export function joined(...parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    all.set(part, offset);
    offset += part.length;
  }
  return all;
}

function numbers(
  values: readonly number[],
  bytes: number,
  write: (view: DataView, offset: number, value: number) => void,
): Uint8Array<ArrayBuffer> {
  const view = new DataView(new ArrayBuffer(values.length * bytes));
  values.forEach((value, i) => write(view, i * bytes, value));
  return new Uint8Array(view.buffer);
}

export const u16le = (...values: readonly number[]): Uint8Array<ArrayBuffer> =>
  numbers(values, 2, (view, offset, value) => view.setUint16(offset, value, true));
export const u32le = (...values: readonly number[]): Uint8Array<ArrayBuffer> =>
  numbers(values, 4, (view, offset, value) => view.setUint32(offset, value, true));
export const u64le = (...values: readonly number[]): Uint8Array<ArrayBuffer> =>
  numbers(values, 8, (view, offset, value) => view.setBigUint64(offset, BigInt(value), true));
export const u16be = (...values: readonly number[]): Uint8Array<ArrayBuffer> =>
  numbers(values, 2, (view, offset, value) => view.setUint16(offset, value));
export const u32be = (...values: readonly number[]): Uint8Array<ArrayBuffer> =>
  numbers(values, 4, (view, offset, value) => view.setUint32(offset, value));
export const u64be = (...values: readonly number[]): Uint8Array<ArrayBuffer> =>
  numbers(values, 8, (view, offset, value) => view.setBigUint64(offset, BigInt(value)));
export const f64be = (...values: readonly number[]): Uint8Array<ArrayBuffer> =>
  numbers(values, 8, (view, offset, value) => view.setFloat64(offset, value));
