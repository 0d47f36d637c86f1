import { expect, it } from 'vitest';
import type { OnnxModel } from '#core/graph/onnx.ts';
import { writeOnnxModel } from '#core/graph/onnx.ts';

const model: OnnxModel = {
  name: 'g',
  producer: 'p',
  opset: 17,
  nodes: [
    {
      opType: 'Op',
      inputs: ['x', 'w'],
      outputs: ['y'],
      attributes: {
        axis: { kind: 'int', value: -1 },
        eps: { kind: 'float', value: 0.5 },
        k: { kind: 'ints', value: [300] },
      },
    },
  ],
  initialisers: [
    {
      name: 'w',
      type: 'float32',
      shape: [2],
      data: { kind: 'external', file: 'f', byteOffset: 64, byteLength: 8 },
    },
    {
      name: 'c',
      type: 'int64',
      shape: [],
      data: { kind: 'inline', bytes: Uint8Array.of(7, 0, 0, 0, 0, 0, 0, 0) },
    },
  ],
  inputs: [{ name: 'x', type: 'float32', shape: ['n', 2] }],
  outputs: [{ name: 'y', type: 'float32', shape: ['n', 2] }],
};

/** Protocol buffer text to bytes: strings and numbers are bytes, lists are written with their length before them. */
type Part = string | number | readonly Part[];
function bytesOf(part: Part): number[] {
  if (typeof part === 'number') return [part];
  if (typeof part === 'string') return Array.from(part, (letter) => letter.charCodeAt(0));
  const inside = part.flatMap(bytesOf);
  return inside.length < 128
    ? [inside.length, ...inside]
    : [0x80 | (inside.length & 127), inside.length >> 7, ...inside];
}
const field = (number: number, ...content: Part[]): Part[] => [number * 8 + 2, content];
const minusOne = [255, 255, 255, 255, 255, 255, 255, 255, 255, 1];

it('writes the messages of onnx.proto, byte for byte', () => {
  const value = (name: string): Part[] => [
    ...field(1, name),
    ...field(2, ...field(1, 8, 1, ...field(2, ...field(1, ...field(2, 'n')), ...field(1, 8, 2)))),
  ];
  const entry = (key: string, text: string): Part[] => field(13, ...field(1, key), ...field(2, text));
  const node = [
    ...field(1, 'x'),
    ...field(1, 'w'),
    ...field(2, 'y'),
    ...field(3, 'y'),
    ...field(4, 'Op'),
    ...field(5, ...field(1, 'axis'), 3 * 8, ...minusOne, 0xa0, 1, 2),
    ...field(5, ...field(1, 'eps'), 2 * 8 + 5, 0, 0, 0, 0x3f, 0xa0, 1, 1),
    ...field(5, ...field(1, 'k'), 8 * 8, 0xac, 2, 0xa0, 1, 7),
  ];
  const graph = [
    ...field(1, ...node),
    ...field(2, 'g'),
    ...field(
      5,
      8,
      2,
      16,
      1,
      ...field(8, 'w'),
      ...entry('location', 'f'),
      ...entry('offset', '64'),
      ...entry('length', '8'),
      14 * 8,
      1,
    ),
    ...field(5, 16, 7, ...field(8, 'c'), ...field(9, 7, 0, 0, 0, 0, 0, 0, 0)),
    ...field(11, ...value('x')),
    ...field(12, ...value('y')),
  ];
  const expected = [8, 8, ...field(2, 'p'), ...field(7, ...graph), ...field(8, ...field(1, ''), 16, 17)];
  expect([...writeOnnxModel(model)]).toEqual(expected.flatMap(bytesOf));
});

it('refuses names that are not ASCII', () => {
  expect(() => writeOnnxModel({ ...model, name: 'Grüße' })).toThrow('ASCII');
});
