import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readSafetensors, tensorBytes } from '#core/checkpoint/safetensors.ts';
import { readTorchSave, torchTensorBytes, torchTensorFloat32 } from '#core/checkpoint/torchSave.ts';
import type { AnalysisError } from '#core/errors.ts';
import { fixtureBytes } from '#core/testing/fixture.ts';
import {
  emptyOrderedDict,
  op,
  pickledDict,
  pickledStorage,
  pickledTensor,
  storedZip,
  torchSaveFile,
} from '#core/testing/torchSaveFile.ts';

const ramp = Float32Array.from({ length: 6 }, (_, i) => i);
const vector = { elements: 6, shape: [6], strides: [1] };

function read(bytes: Uint8Array): Record<string, number[]> {
  const checkpoint = readTorchSave(bytes);
  if (!checkpoint.ok) throw new Error(checkpoint.error.message);
  return Object.fromEntries(
    [...checkpoint.value.tensors.keys()].map((name) => {
      const values = torchTensorFloat32(checkpoint.value, name);
      return [name, values.ok ? [...values.value] : []];
    }),
  );
}

function refusal(bytes: Uint8Array): AnalysisError {
  const checkpoint = readTorchSave(bytes);
  if (checkpoint.ok) throw new Error('accepted');
  expect(checkpoint.error.code).toBe('checkpoint-refused');
  return checkpoint.error;
}

const pair = (storage: string, key: string) =>
  pickledTensor({ storage, key, elements: 2, shape: [2], strides: [1] });

const hostile = (value: readonly number[], storages: Record<string, ArrayBufferView> = { 0: ramp }) =>
  refusal(torchSaveFile(pickledDict({ a: value }), storages));
const call = (module: string, name: string, args: readonly number[]) => [
  ...op.global(module, name),
  ...op.mark,
  ...args,
  ...op.tuple,
  ...op.reduce,
];

describe('readTorchSave', () => {
  it.each(['tiny_linear', 'tiny_ccmusic'])(
    'reads %s as torch wrote it, equal to its safetensors byte for byte',
    (name) => {
      const checkpoint = readTorchSave(fixtureBytes(`${name}.save.pt`));
      const reference = readSafetensors(fixtureBytes(`${name}.safetensors`));
      if (!checkpoint.ok || !reference.ok) throw new Error('refused');
      expect([...checkpoint.value.tensors.keys()].toSorted()).toEqual(
        [...reference.value.tensors.keys()].toSorted(),
      );
      for (const [key, expected] of reference.value.tensors) {
        const tensor = checkpoint.value.tensors.get(key)!;
        expect({ dtype: tensor.dtype, shape: tensor.shape }, key).toEqual({
          dtype: expected.dtype,
          shape: expected.shape,
        });
        const difference = Buffer.compare(
          torchTensorBytes(checkpoint.value, tensor),
          tensorBytes(reference.value, expected),
        );
        expect(difference, key).toBe(0);
      }
    },
  );

  it('reads a Node Buffer that lies inside a larger one as it reads a plain array', () => {
    const file = torchSaveFile(pickledDict({ a: pickledTensor(vector) }), { 0: ramp });
    const larger = Buffer.alloc(file.length + 64);
    larger.set(file, 13);
    expect(read(larger.subarray(13, 13 + file.length))).toEqual({ a: [0, 1, 2, 3, 4, 5] });
  });

  it('reads a file with ZIP64 records', () => {
    expect(
      read(torchSaveFile(pickledDict({ a: pickledTensor(vector) }), { 0: ramp }, { zip64: true })),
    ).toEqual({
      a: [0, 1, 2, 3, 4, 5],
    });
  });

  it.each(['state_dict', 'model_state_dict', 'model'])(
    'finds the state_dict under %s, beside other things',
    (key) => {
      const inner = pickledDict({ a: pickledTensor(vector) }).slice(2, -1);
      const outer = pickledDict({ epoch: op.int(7), loss: op.none, [key]: inner });
      expect(read(torchSaveFile(outer, { 0: ramp }))).toEqual({ a: [0, 1, 2, 3, 4, 5] });
    },
  );

  it('reads views of a shared storage: a slice, a transpose, a step', () => {
    const pickle = pickledDict({
      slice: pickledTensor({ elements: 6, offset: 2, shape: [2, 2], strides: [2, 1] }),
      transposed: pickledTensor({ elements: 6, shape: [3, 2], strides: [1, 3] }),
      step: pickledTensor({ elements: 6, offset: 1, shape: [3], strides: [2] }),
      scalar: pickledTensor({ elements: 6, offset: 4, shape: [], strides: [] }),
      empty: pickledTensor({ elements: 6, shape: [0, 3], strides: [3, 1] }),
    });
    expect(read(torchSaveFile(pickle, { 0: ramp }))).toEqual({
      slice: [2, 3, 4, 5],
      transposed: [0, 3, 1, 4, 2, 5],
      step: [1, 3, 5],
      scalar: [4],
      empty: [],
    });
  });

  it('orders any strided view as indexing by strides does', () => {
    const axes = fc.array(fc.tuple(fc.integer({ min: 1, max: 4 }), fc.nat(9)), {
      minLength: 1,
      maxLength: 4,
    });
    fc.assert(
      fc.property(axes, fc.nat(5), (sizes, offset) => {
        const shape = sizes.map(([length]) => length);
        const strides = sizes.map(([, stride]) => stride);
        let expected = [offset];
        for (const [length, stride] of sizes)
          expected = expected.flatMap((at) => Array.from({ length }, (_, i) => at + i * stride));
        const storage = Float32Array.from({ length: 400 }, (_, i) => i);
        const file = torchSaveFile(
          pickledDict({ a: pickledTensor({ elements: 400, offset, shape, strides }) }),
          {
            0: storage,
          },
        );
        expect(read(file).a).toEqual(expected);
      }),
      { numRuns: 40 },
    );
  });

  it('reads half, bfloat16 and double storages as floats, and keeps integers apart', () => {
    const file = torchSaveFile(
      pickledDict({
        half: pair('HalfStorage', '1'),
        brain: pair('BFloat16Storage', '2'),
        double: pair('DoubleStorage', '3'),
        count: pair('LongStorage', '4'),
      }),
      {
        1: Uint16Array.of(0x3c00, 0xc000),
        2: Uint16Array.of(0x3f80, 0xc000),
        3: Float64Array.of(0.1, 2),
        4: BigInt64Array.of(1n, 2n),
      },
    );
    expect(read(file)).toEqual({ half: [1, -2], brain: [1, -2], double: [Math.fround(0.1), 2], count: [] });
    const checkpoint = readTorchSave(file);
    expect(checkpoint.ok && checkpoint.value.tensors.get('count')?.dtype).toBe('I64');
  });

  it('accepts parameters, and the module versions of a state_dict', () => {
    const parameter = [
      ...op.global('torch._utils', '_rebuild_parameter'),
      ...op.mark,
      ...pickledTensor(vector),
      ...op.false,
      ...emptyOrderedDict,
      ...op.tuple,
      ...op.reduce,
    ];
    const metadata = [...op.emptyDict, ...op.text('_metadata'), ...emptyOrderedDict, ...op.setItem];
    const pickle = [
      ...op.proto,
      ...emptyOrderedDict,
      ...op.text('a'),
      ...parameter,
      ...op.setItem,
      ...metadata,
      ...op.build,
      ...op.stop,
    ];
    expect(read(torchSaveFile(pickle, { 0: ramp }))).toEqual({ a: [0, 1, 2, 3, 4, 5] });
  });
});

describe('what readTorchSave refuses by name', () => {
  it.each([
    ['os', 'system'],
    ['posix', 'system'],
    ['builtins', 'eval'],
    ['__builtin__', 'getattr'],
    ['torch', 'load'],
    ['torch.serialization', '_load'],
    ['collections', 'defaultdict'],
    ['numpy.core.multiarray', '_reconstruct'],
  ])('the global %s.%s', (module, name) => {
    const error = hostile(call(module, name, op.text('touch /tmp/x')));
    expect(error.details?.['global']).toBe(`${module}.${name}`);
    expect(error.message).toContain(`${module}.${name}`);
  });

  it('a global spelled by STACK_GLOBAL, and one that is only named', () => {
    expect(hostile([...op.text('os'), ...op.text('system'), 0x93]).details?.['global']).toBe('os.system');
    expect(hostile(op.global('os', 'system')).details?.['global']).toBe('os.system');
    expect(hostile([0x93]).message).toContain('no value on the stack');
  });

  it('a name made to deceive: control and format characters are made visible', () => {
    const { message } = hostile(op.global('os', 'sys\u202Etem\u0007'));
    expect(message).toContain('os.sys\u{FFFD}tem\u{FFFD}');
  });

  it('every opcode that tensors do not need', () => {
    const accepted = new Set<number>();
    for (let opcode = 0; opcode < 256; opcode++) {
      const error = refusal(torchSaveFile([...op.proto, opcode, ...op.stop]));
      if (!error.message.includes('is not one that tensors need')) accepted.add(opcode);
      else expect(error.details?.['opcode'], `${opcode}`).toBeTruthy();
    }
    const letters = Array.from('.NJKMGX(t)]ae}suqrhjcQRb').map((letter) => letter.charCodeAt(0));
    expect(accepted).toEqual(
      new Set([...letters, 0x80, 0x95, 0x88, 0x89, 0x8a, 0x8c, 0x85, 0x86, 0x87, 0x94, 0x93]),
    );
    expect(hostile([0x81]).details?.['opcode']).toBe('NEWOBJ');
    expect(hostile([0x69]).details?.['opcode']).toBe('INST');
  });

  it('allowed globals in other roles', () => {
    const rebuild = ['torch._utils', '_rebuild_tensor_v2'] as const;
    expect(hostile(call('torch', 'FloatStorage', [])).details?.['global']).toBe('torch.FloatStorage');
    expect(hostile(call(...rebuild, op.text('a'))).details?.['global']).toBe(
      'torch._utils._rebuild_tensor_v2',
    );
    expect(hostile(call('collections', 'OrderedDict', op.emptyList)).details?.['global']).toBe(
      'collections.OrderedDict',
    );
    expect(hostile([...op.text('os.system'), ...op.emptyTuple, ...op.reduce]).details?.['opcode']).toBe(
      'REDUCE',
    );
    expect(hostile([...pickledTensor(vector), ...op.emptyDict, ...op.build]).details?.['opcode']).toBe(
      'BUILD',
    );
    const attribute = [...op.emptyDict, ...op.text('__class__'), ...op.none, ...op.setItem];
    expect(hostile([...emptyOrderedDict, ...attribute, ...op.build]).details?.['opcode']).toBe('BUILD');
    expect(hostile([...op.text('module'), ...op.persId]).details?.['opcode']).toBe('BINPERSID');
    expect(hostile(pickledStorage({ ...vector, storage: 'UntypedStorage' })).details?.['global']).toBe(
      'torch.UntypedStorage',
    );
  });

  it.each([
    ['a storage that is not there', { ...vector, key: '9' }, 'model/data/9 is missing'],
    ['a path instead of a key', { ...vector, key: '../byteorder' }, 'model/data/../byteorder is missing'],
    ['a storage of another size', { ...vector, elements: 7 }, 'not 7 elements of F32'],
    ['a huge storage', { ...vector, elements: 2 ** 50 }, 'not 1125899906842624 elements'],
    ['a negative storage', { ...vector, elements: -1 }, 'not that of a storage'],
    ['a shape beyond its storage', { ...vector, shape: [7] }, 'does not fit its storage of 6 elements'],
    ['a huge shape', { ...vector, shape: [2 ** 50, 2 ** 50], strides: [0, 0] }, 'does not fit its storage'],
    ['a negative shape', { ...vector, shape: [-6] }, 'no valid shape'],
    ['a negative offset', { ...vector, offset: -1 }, 'no valid offset'],
    ['an offset beyond', { ...vector, offset: 1 }, 'does not fit its storage'],
    ['negative strides', { ...vector, offset: 5, strides: [-1] }, 'no valid strides'],
    ['strides beyond', { ...vector, shape: [2], strides: [6] }, 'does not fit its storage'],
    ['an expanded tensor', { ...vector, shape: [100], strides: [0] }, 'does not fit its storage'],
    ['missing strides', { ...vector, shape: [2, 3] }, 'more strides than dimensions, or fewer'],
    ['too many axes', { ...vector, shape: Array(9).fill(1), strides: Array(9).fill(1) }, 'no valid shape'],
  ])('%s', (_, tensor, message) => {
    expect(hostile(pickledTensor(tensor)).message).toContain(message);
  });

  it('a pickle that is cut, at every byte', () => {
    const pickle = pickledDict({ a: pickledTensor(vector) });
    for (let length = 0; length < pickle.length; length++)
      expect(refusal(torchSaveFile(pickle.slice(0, length), { 0: ramp })).message).toContain('pickle: ');
  });

  it('things that contain themselves, nest without end or use what is not there', () => {
    const cycle = [...op.emptyDict, ...op.put(0), ...op.text('a'), ...op.get(0), ...op.setItem];
    expect(refusal(torchSaveFile([...op.proto, ...cycle, ...op.stop])).message).toContain('entry a');
    const wrapped = [...op.emptyDict, ...op.put(0), ...op.text('model'), ...op.get(0), ...op.setItem];
    expect(refusal(torchSaveFile([...op.proto, ...wrapped, ...op.stop])).message).toContain('entry model');
    expect(hostile(Array<number>(5000).fill(0x28)).message).toContain('nested over the limit');
    expect(hostile(op.get(3)).message).toContain('memo 3');
    expect(hostile(op.tuple.concat(op.tuple)).message).toContain('finds no');
    expect(hostile([0x8a, 255]).message).toContain('integer of 255 bytes');
    expect(hostile([0x58, 255, 255, 255, 255]).message).toContain('ends in the middle');
    expect(hostile([0x58, 1, 0, 0, 0, 0xff]).message).toContain('not UTF-8');
  });

  it('a state_dict that is none', () => {
    expect(hostile(op.int(3)).details?.['entry']).toBe('a');
    expect(refusal(torchSaveFile([...op.proto, ...op.none, ...op.stop])).message).toContain('no state_dict');
    expect(refusal(torchSaveFile([...op.proto, ...op.emptyDict, ...op.stop])).message).toContain('empty');
    expect(refusal(torchSaveFile([0x80, 1, ...op.stop])).message).toContain('protocol 1');
  });

  it('other formats and damaged archives', () => {
    const good = torchSaveFile(pickledDict({ a: pickledTensor(vector) }), { 0: ramp });
    expect(refusal(new Uint8Array(0)).message).toContain('empty');
    expect(refusal(Uint8Array.of(0x80, 2, 0x8a, 0x0a, 0x6c, 0xfc)).details?.['format']).toBe('legacy-pickle');
    const tar = new Uint8Array(1024);
    tar.set(new TextEncoder().encode('ustar'), 257);
    expect(refusal(tar).details?.['format']).toBe('legacy-tar');
    expect(refusal(new TextEncoder().encode('hello')).message).toContain('no torch.save file');
    expect(refusal(good.slice(0, good.length - 30)).message).toContain('no end of directory');
    expect(refusal(torchSaveFile([], {}, { byteorder: 'big' })).details?.['byteorder']).toBe('big');
    expect(refusal(storedZip({ 'a/b': [1] })).message).toContain('no single data.pkl');
    expect(refusal(storedZip({ 'a/data.pkl': [1], 'b/data.pkl': [1] })).message).toContain(
      'no single data.pkl',
    );
    expect(refusal(storedZip({ 'a/data.pkl': [1], 'a/constants.pkl': [1] })).message).toContain(
      'TorchScript',
    );
    expect(refusal(storedZip({ 'a/data.pkl': [1] }, { method: 8 })).message).toContain('compressed');
  });

  it('never throws or hangs, whatever bytes are changed', () => {
    const small = torchSaveFile(pickledDict({ a: pickledTensor(vector) }), { 0: ramp }, { zip64: true });
    const real = fixtureBytes('tiny_ccmusic.save.pt');
    const change = fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 3 });
    const attempt = (original: Uint8Array, from: number, to: number, runs: number) =>
      fc.assert(
        fc.property(change, (changes) => {
          const bytes = original.slice();
          for (const [at, value] of changes) bytes[from + (at % (to - from))] = value;
          const result = readTorchSave(bytes);
          expect(result.ok || result.error.code === 'checkpoint-refused').toBe(true);
          if (result.ok)
            for (const name of result.value.tensors.keys()) torchTensorFloat32(result.value, name);
        }),
        { numRuns: runs },
      );
    attempt(small, 0, small.length, 3000);
    // The pickle of a real file, and its directory.
    attempt(real, 70, 8400, 300);
    attempt(real, real.length - 6000, real.length, 300);
  });
});
