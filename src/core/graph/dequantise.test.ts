import { describe, expect, it } from 'vitest';
import { decodeFloat16 } from '#core/checkpoint/float16.ts';
import { readSafetensors } from '#core/checkpoint/safetensors.ts';
import { writeSafetensors } from '#core/checkpoint/writeSafetensors.ts';
import { dequantise } from '#core/graph/dequantise.ts';

/** Two outputs of three inputs each, and a tensor that is not quantised. */
const scales = Float32Array.of(0.5, 0.25);
const rows = Int8Array.of(127, -127, 0, 4, -8, 12);
const columns = Int8Array.of(127, 4, -127, -8, 0, 12);
const bias = Float32Array.of(1.5, -2.5, 3.5);

function stored(layout: 'out-in' | 'in-out') {
  const bytes = writeSafetensors(
    new Map([
      [
        'w',
        {
          dtype: 'I8',
          ...(layout === 'out-in' ? { shape: [2, 3], data: rows } : { shape: [3, 2], data: columns }),
        },
      ],
      ['w.scale', { dtype: 'F32', shape: [2], data: scales }],
      ['b', { dtype: 'F32', shape: [3], data: bias }],
    ]),
  );
  // shifted by one byte: nothing may rely on the file's own alignment
  const shifted = new Uint8Array(bytes.length + 1).subarray(1);
  shifted.set(bytes);
  const file = readSafetensors(shifted);
  if (!file.ok) throw new Error(file.error.message);
  return file.value;
}

describe('dequantise', () => {
  it.each([
    ['out-in', [63.5, -63.5, 0, 1, -2, 3]],
    ['in-out', [63.5, 1, -63.5, -2, 0, 3]],
  ] as const)('multiplies each output with its scale and keeps the order %s', (layout, expected) => {
    const { bytes, tensors } = dequantise(stored(layout), layout, 'float32');
    const weight = tensors.get('w');
    expect(weight).toMatchObject({
      dtype: 'F32',
      shape: layout === 'out-in' ? [2, 3] : [3, 2],
      byteLength: 24,
    });
    const offset = weight?.byteOffset ?? 0;
    expect([...new Float32Array(bytes.slice(offset, offset + 24).buffer)]).toEqual(expected);
    const half = dequantise(stored(layout), layout, 'float16');
    const halfOffset = half.tensors.get('w')?.byteOffset ?? 0;
    expect(half.tensors.get('w')?.dtype).toBe('F16');
    const halves = new Uint16Array(half.bytes.slice(halfOffset, halfOffset + 12).buffer);
    expect([...decodeFloat16(halves)]).toEqual(expected);
  });

  it('copies the other tensors, leaves the scales out, and aligns all to 64 bytes', () => {
    const { bytes, tensors } = dequantise(stored('out-in'), 'out-in', 'float16');
    expect([...tensors.keys()].toSorted()).toEqual(['b', 'w']);
    for (const { byteOffset } of tensors.values()) expect(byteOffset % 64).toBe(0);
    const offset = tensors.get('b')?.byteOffset ?? 0;
    expect([...new Float32Array(bytes.slice(offset, offset + 12).buffer)]).toEqual([...bias]);
  });
});
