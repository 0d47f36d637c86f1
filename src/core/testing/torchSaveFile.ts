/** Writes torch.save files byte by byte, so that tests can make ones that torch would never write. */

const encoder = new TextEncoder();
type Bytes = readonly number[];

const u16 = (value: number): Bytes => [value & 255, value >>> 8];
const u32 = (value: number): Bytes => [...u16(value & 0xffff), ...u16(value >>> 16)];
const u64 = (value: number): Bytes => [...u32(value >>> 0), ...u32(Math.floor(value / 2 ** 32))];

/** Opcodes of pickle protocol 2, as byte arrays to concatenate. */
export const op = {
  proto: [0x80, 2],
  mark: [0x28],
  tuple: [0x74],
  emptyTuple: [0x29],
  emptyDict: [0x7d],
  emptyList: [0x5d],
  append: [0x61],
  setItem: [0x73],
  setItems: [0x75],
  reduce: [0x52],
  build: [0x62],
  persId: [0x51],
  stop: [0x2e],
  none: [0x4e],
  false: [0x89],
  text: (text: string): Bytes => [0x58, ...u32(encoder.encode(text).length), ...encoder.encode(text)],
  int: (value: number): Bytes =>
    Number.isInteger(value) && Math.abs(value) < 2 ** 31
      ? [0x4a, ...u32(value >>> 0)]
      : [0x8a, 8, ...u64(value)],
  global: (module: string, name: string): Bytes => [0x63, ...encoder.encode(`${module}\n${name}\n`)],
  put: (index: number): Bytes => [0x71, index],
  get: (index: number): Bytes => [0x68, index],
} as const;

export interface PickledTensor {
  readonly key?: string;
  readonly storage?: string;
  readonly elements: number;
  readonly offset?: number;
  readonly shape: readonly number[];
  readonly strides: readonly number[];
}

const tupleOf = (values: readonly number[]): Bytes => [...op.mark, ...values.flatMap(op.int), ...op.tuple];

/** Opcodes that leave an empty OrderedDict on the stack. */
export const emptyOrderedDict: Bytes = [
  ...op.global('collections', 'OrderedDict'),
  ...op.emptyTuple,
  ...op.reduce,
];

/** Opcodes that leave a storage on the stack. */
export const pickledStorage = ({ key = '0', storage = 'FloatStorage', elements }: PickledTensor): Bytes => [
  ...op.mark,
  ...op.text('storage'),
  ...op.global('torch', storage),
  ...op.text(key),
  ...op.text('cpu'),
  ...op.int(elements),
  ...op.tuple,
  ...op.persId,
];

/** Opcodes that leave a tensor on the stack. */
export const pickledTensor = (tensor: PickledTensor): Bytes => [
  ...op.global('torch._utils', '_rebuild_tensor_v2'),
  ...op.mark,
  ...pickledStorage(tensor),
  ...op.int(tensor.offset ?? 0),
  ...tupleOf(tensor.shape),
  ...tupleOf(tensor.strides),
  ...op.false,
  ...emptyOrderedDict,
  ...op.tuple,
  ...op.reduce,
];

/** A whole pickle of a dict with these values (opcodes each). */
export const pickledDict = (entries: Readonly<Record<string, Bytes>>): Bytes => [
  ...op.proto,
  ...op.emptyDict,
  ...op.mark,
  ...Object.entries(entries).flatMap(([name, value]) => [...op.text(name), ...value]),
  ...op.setItems,
  ...op.stop,
];

/** A zip archive of stored entries; with `zip64` every size and offset stands in ZIP64 records, as in files over 4 GB. */
export function storedZip(
  entries: Readonly<Record<string, Uint8Array | Bytes>>,
  { zip64 = false, method = 0 }: { readonly zip64?: boolean; readonly method?: number } = {},
): Uint8Array<ArrayBuffer> {
  const bytes: number[] = [];
  const directory: number[] = [];
  const none = 0xffffffff;
  const list = Object.entries(entries);
  for (const [name, data] of list) {
    const offset = bytes.length;
    const nameBytes = encoder.encode(name);
    const size = u32(zip64 ? none : data.length);
    const extra = zip64
      ? [...u16(1), ...u16(24), ...u64(data.length), ...u64(data.length), ...u64(offset)]
      : [];
    const common = [
      ...u16(0),
      ...u16(method),
      ...u32(0),
      ...u32(0),
      ...size,
      ...size,
      ...u16(nameBytes.length),
    ];
    bytes.push(...u32(0x04034b50), ...u16(45), ...common, ...u16(0), ...nameBytes);
    for (const byte of data) bytes.push(byte);
    directory.push(...u32(0x02014b50), ...u16(45), ...u16(45), ...common, ...u16(extra.length), ...u16(0));
    directory.push(...u16(0), ...u16(0), ...u32(0), ...u32(zip64 ? none : offset), ...nameBytes, ...extra);
  }
  const start = bytes.length;
  for (const byte of directory) bytes.push(byte);
  if (zip64) {
    const record = bytes.length;
    bytes.push(...u32(0x06064b50), ...u64(44), ...u16(45), ...u16(45), ...u32(0), ...u32(0));
    bytes.push(...u64(list.length), ...u64(list.length), ...u64(directory.length), ...u64(start));
    bytes.push(...u32(0x07064b50), ...u32(0), ...u64(record), ...u32(1));
  }
  const count = u16(zip64 ? 0xffff : list.length);
  bytes.push(...u32(0x06054b50), ...u16(0), ...u16(0), ...count, ...count);
  bytes.push(...u32(zip64 ? none : directory.length), ...u32(zip64 ? none : start), ...u16(0));
  return Uint8Array.from(bytes);
}

/** A torch.save file: a pickle and its storages by key. */
export const torchSaveFile = (
  pickle: Bytes,
  storages: Readonly<Record<string, ArrayBufferView>> = {},
  options: { readonly zip64?: boolean; readonly byteorder?: string } = {},
): Uint8Array<ArrayBuffer> =>
  storedZip(
    {
      'model/data.pkl': pickle,
      'model/byteorder': encoder.encode(options.byteorder ?? 'little'),
      ...Object.fromEntries(
        Object.entries(storages).map(([key, view]) => [
          `model/data/${key}`,
          new Uint8Array(view.buffer, view.byteOffset, view.byteLength),
        ]),
      ),
    },
    { zip64: options.zip64 ?? false },
  );
