import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  readSafetensors,
  tensorBytes,
  tensorFloat32,
  type SafetensorsFile,
} from '#core/checkpoint/safetensors.ts';
import { writeSafetensors, type TensorToWrite } from '#core/checkpoint/writeSafetensors.ts';
import { fixtureBytes } from '#core/testing/fixture.ts';

function file(header: unknown, dataBytes = 0): Uint8Array {
  const json = new TextEncoder().encode(typeof header === 'string' ? header : JSON.stringify(header));
  const bytes = new Uint8Array(8 + json.length + dataBytes);
  new DataView(bytes.buffer).setUint32(0, json.length, true);
  bytes.set(json, 8);
  return bytes;
}

function read(bytes: Uint8Array): SafetensorsFile {
  const result = readSafetensors(bytes);
  if (!result.ok) throw new Error(result.error.message);
  return result.value;
}

const refusal = (bytes: Uint8Array): string => {
  const result = readSafetensors(bytes);
  if (result.ok) return 'accepted';
  expect(result.error.code).toBe('checkpoint-refused');
  return result.error.message;
};

describe('readSafetensors', () => {
  it('reads a file of the reference writer', () => {
    const model = read(fixtureBytes('tiny_linear.safetensors'));
    expect(model.tensors.size).toBe(44);
    expect(model.tensors.get('encoder.pos_embedding')).toMatchObject({ dtype: 'F32', shape: [1, 197, 64] });
    const bias = tensorFloat32(model, 'heads.head.bias');
    expect(bias.ok && bias.value.length).toBe(16);
    expect(bias.ok && bias.value.every((x) => Math.abs(x) < 1)).toBe(true);
  });

  it.each([
    ['nothing', new Uint8Array(3), 'too few'],
    ['a header longer than the file', Uint8Array.of(200, 0, 0, 0, 0, 0, 0, 0, 123), 'claims 200 bytes'],
    ['an enormous header', Uint8Array.of(0, 0, 0, 0, 1, 0, 0, 0, 123), 'over the limit'],
    ['no JSON', file('{"a":'), 'not JSON'],
    ['leading space', file(' {}'), 'not UTF-8 JSON'],
    ['an array', file('[]'), 'not UTF-8 JSON'],
    ['a null entry', file({ a: null }), 'tensor a is not described'],
    [
      'an unknown dtype',
      file({ a: { dtype: 'F4', shape: [1], data_offsets: [0, 1] } }, 1),
      'unknown dtype F4',
    ],
    [
      'a dtype from the prototype',
      file({ a: { dtype: 'toString', shape: [], data_offsets: [0, 1] } }, 1),
      'unknown dtype',
    ],
    [
      'a negative length',
      file({ a: { dtype: 'U8', shape: [-1], data_offsets: [0, 1] } }, 1),
      'no valid shape',
    ],
    [
      'a fractional length',
      file({ a: { dtype: 'U8', shape: [0.5], data_offsets: [0, 1] } }, 1),
      'no valid shape',
    ],
    [
      'negative offsets',
      file({ a: { dtype: 'U8', shape: [1], data_offsets: [-1, 0] } }, 1),
      'no valid offsets',
    ],
    [
      'swapped offsets',
      file({ a: { dtype: 'U8', shape: [1], data_offsets: [1, 0] } }, 1),
      'outside the file',
    ],
    [
      'data beyond the end',
      file({ a: { dtype: 'U8', shape: [2], data_offsets: [0, 2] } }, 1),
      'outside the file',
    ],
    ['a wrong length', file({ a: { dtype: 'F32', shape: [2], data_offsets: [0, 4] } }, 4), 'needs 8'],
    [
      'an overflowing shape',
      file({ a: { dtype: 'U8', shape: [2 ** 40, 2 ** 40], data_offsets: [0, 4] } }, 4),
      'tensor a has 4 bytes',
    ],
    ['a hole', file({ a: { dtype: 'U8', shape: [1], data_offsets: [1, 2] } }, 2), 'hole before tensor a'],
    [
      'bytes at the end',
      file({ a: { dtype: 'U8', shape: [1], data_offsets: [0, 1] } }, 2),
      '1 bytes belong to no tensor',
    ],
    [
      'an overlap',
      file(
        {
          a: { dtype: 'U8', shape: [2], data_offsets: [0, 2] },
          b: { dtype: 'U8', shape: [2], data_offsets: [1, 3] },
        },
        3,
      ),
      'tensor b overlaps',
    ],
    ['metadata of numbers', file({ __metadata__: { a: 1 } }), '__metadata__'],
  ])('refuses %s', (_, bytes, reason) => {
    expect(refusal(bytes)).toContain(reason);
  });

  it('never throws on changed bytes', () => {
    const original = fixtureBytes('tiny_linear.safetensors');
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(4800), fc.nat(255)), { minLength: 1, maxLength: 4 }),
        fc.nat(original.length),
        (changes, length) => {
          const bytes = original.slice(0, Math.max(length, 5000));
          for (const [at, value] of changes) bytes[at] = value;
          expect(typeof readSafetensors(bytes).ok).toBe('boolean');
        },
      ),
    );
  });
});

describe('tensorFloat32', () => {
  const tensors = new Map<string, TensorToWrite>([
    ['half', { dtype: 'F16', shape: [3], data: Uint16Array.of(0x3c00, 0xc000, 0x3555) }],
    ['brain', { dtype: 'BF16', shape: [2], data: Uint16Array.of(0x3f80, 0xc000) }],
    ['double', { dtype: 'F64', shape: [1], data: Float64Array.of(0.1) }],
    ['rows', { dtype: 'I8', shape: [2, 3], data: Int8Array.of(1, 2, 3, -1, -2, 127) }],
    ['rows.scale', { dtype: 'F32', shape: [2], data: Float32Array.of(0.5, 2) }],
    ['columns', { dtype: 'I8', shape: [3, 2], data: Int8Array.of(1, -1, 2, -2, 3, 127) }],
    ['columns.scale', { dtype: 'F32', shape: [2], data: Float32Array.of(0.5, 2) }],
    ['bare', { dtype: 'I8', shape: [1], data: Int8Array.of(1) }],
    ['count', { dtype: 'I64', shape: [1], data: BigInt64Array.of(1n) }],
  ]);
  const model = read(writeSafetensors(tensors));
  const values = (name: string, axis?: 'last'): number[] | string => {
    const result = tensorFloat32(model, name, axis);
    return result.ok ? [...result.value] : result.error.message;
  };

  it('reads every float dtype', () => {
    expect(values('half')).toEqual([1, -2, 0.333251953125]);
    expect(values('brain')).toEqual([1, -2]);
    expect(values('double')).toEqual([Math.fround(0.1)]);
  });

  it('reads a Node Buffer that lies inside a larger one as it reads a plain array', () => {
    const larger = Buffer.alloc(model.bytes.length + 64);
    larger.set(model.bytes, 13);
    const shifted = read(larger.subarray(13, 13 + model.bytes.length));
    const result = tensorFloat32(shifted, 'rows');
    expect(result.ok && [...result.value]).toEqual([0.5, 1, 1.5, -2, -4, 254]);
  });

  it('dequantises int8 by the scale of its row, or of its column', () => {
    expect(values('rows')).toEqual([0.5, 1, 1.5, -2, -4, 254]);
    expect(values('columns', 'last')).toEqual([0.5, -2, 1, -4, 1.5, 254]);
  });

  it('names what is missing', () => {
    expect(values('absent')).toContain('no tensor absent');
    expect(values('bare')).toContain('bare.scale');
    expect(values('rows', 'last')).toContain('rows.scale is not F32 [3]');
    expect(values('count')).toContain('I64');
  });
});

describe('writeSafetensors', () => {
  it('gives back every tensor, in one order whatever the order of the map', () => {
    const original = read(fixtureBytes('tiny_ccmusic.safetensors'));
    const tensors = new Map(
      [...original.tensors].map(([name, tensor]) => [
        name,
        { ...tensor, data: tensorBytes(original, tensor) },
      ]),
    );
    const written = writeSafetensors(tensors, { origin: 'test', a: '1' });
    const reversed = new Map([...tensors].toReversed());
    expect(Buffer.compare(writeSafetensors(reversed, { a: '1', origin: 'test' }), written)).toBe(0);
    const again = read(written);
    expect(again.metadata).toEqual({ a: '1', origin: 'test' });
    expect(again.tensors.size).toBe(original.tensors.size);
    for (const [name, tensor] of original.tensors)
      expect(
        Buffer.compare(tensorBytes(again, again.tensors.get(name)!), tensorBytes(original, tensor)),
        name,
      ).toBe(0);
  });

  it('aligns data to 64 bytes, all but what odd lengths make impossible, and every tensor to its elements', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.constantFrom('F32', 'F16', 'I8'), fc.nat(40)), { maxLength: 12 }),
        (sizes) => {
          const bytesOf = { F32: 4, F16: 2, I8: 1 } as const;
          const tensors = new Map<string, TensorToWrite>(
            sizes.map(([dtype, n], i) => [
              `${i}`,
              { dtype: dtype as 'I8', shape: [n], data: new Uint8Array(n * bytesOf[dtype as 'I8']) },
            ]),
          );
          const written = read(writeSafetensors(tensors));
          expect(written.tensors.size).toBe(sizes.length);
          for (const tensor of written.tensors.values()) {
            expect(tensor.byteOffset % bytesOf[tensor.dtype as 'I8']).toBe(0);
            if (tensor.byteLength % 64 === 0) expect(tensor.byteOffset % 64).toBe(0);
          }
        },
      ),
    );
  });

  it('throws where data does not fit its shape', () => {
    expect(() =>
      writeSafetensors(new Map([['a', { dtype: 'F32', shape: [2], data: new Float32Array(1) }]])),
    ).toThrow('tensor a');
  });
});
