import { floatElements } from '#core/checkpoint/float16.ts';
import {
  isKind,
  readPickle,
  type PickleDict,
  type PicklePolicy,
  type PickleValue,
} from '#core/checkpoint/pickle.ts';
import { refusable, refuse } from '#core/checkpoint/refusal.ts';
import { safetensorsElementBytes, type SafetensorsDtype } from '#core/checkpoint/safetensors.ts';
import { readZipDirectory, type ZipEntry } from '#core/checkpoint/zip.ts';
import type { AnalysisError } from '#core/errors.ts';
import type { Result } from '#core/result.ts';

/** A view into a storage of the file. Offset and strides count elements. */
export interface TorchTensor {
  readonly dtype: SafetensorsDtype;
  readonly shape: readonly number[];
  readonly strides: readonly number[];
  /** First element, within the storage. */
  readonly elementOffset: number;
  /** The storage, from the first byte of the file. */
  readonly storage: ZipEntry;
}

export interface TorchCheckpoint {
  /** The state_dict, in its order. */
  readonly tensors: ReadonlyMap<string, TorchTensor>;
  readonly bytes: Uint8Array;
}

type Torch = ({ readonly kind: 'tensor' } & TorchTensor) | TorchStorage;
interface TorchStorage {
  readonly kind: 'storage';
  readonly dtype: SafetensorsDtype;
  readonly entry: ZipEntry;
  readonly elements: number;
}

const storageDtypes: ReadonlyMap<string, SafetensorsDtype> = new Map([
  ['torch.FloatStorage', 'F32'],
  ['torch.HalfStorage', 'F16'],
  ['torch.BFloat16Storage', 'BF16'],
  ['torch.DoubleStorage', 'F64'],
  ['torch.LongStorage', 'I64'],
  ['torch.IntStorage', 'I32'],
  ['torch.ShortStorage', 'I16'],
  ['torch.CharStorage', 'I8'],
  ['torch.ByteStorage', 'U8'],
  ['torch.BoolStorage', 'BOOL'],
]);
const orderedDict = 'collections.OrderedDict';
const rebuildTensor = 'torch._utils._rebuild_tensor_v2';
const rebuildParameter = 'torch._utils._rebuild_parameter';
const globals: ReadonlySet<string> = new Set([
  orderedDict,
  rebuildTensor,
  rebuildParameter,
  ...storageDtypes.keys(),
]);

const maxRank = 8;
/** Where training scripts keep the state_dict inside a larger checkpoint. */
const wrapperKeys = ['state_dict', 'model_state_dict', 'model'];

const isCount = (value: unknown): value is number =>
  typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;

/**
 * Reads a checkpoint of torch.save (the zip format of PyTorch 1.6 to 2.x): a state_dict, or a dict that holds one under `state_dict`,
 * `model_state_dict` or `model`. No element is copied: tensors are views into `file`. Nothing in the file is executed; see `readPickle`. Every tensor
 * must lie inside its storage and have at most as many elements (expanded tensors are refused), every storage inside the file.
 * Fails with `checkpoint-refused`: the message names the opcode, global, tensor, entry or size.
 */
export function readTorchSave(file: Uint8Array): Result<TorchCheckpoint, AnalysisError> {
  // A plain Uint8Array: of a Node Buffer, `slice` would be a view and not a copy.
  const bytes = new Uint8Array(file.buffer, file.byteOffset, file.byteLength);
  return refusable(() => {
    refuseOtherFormats(bytes);
    const entries = readZipDirectory(bytes);
    const pickleNames = [...entries.keys()].filter((name) => /^[^/]+\/data\.pkl$/.test(name));
    const pickleName = pickleNames[0];
    if (pickleName === undefined || pickleNames.length > 1)
      refuse('torch.save: no single data.pkl in the archive');
    const root = pickleName.slice(0, -'data.pkl'.length);
    if (entries.has(`${root}constants.pkl`))
      refuse('torch.save: this is a TorchScript program, not a state_dict');
    const slice = ({ byteOffset, byteLength }: ZipEntry): Uint8Array =>
      bytes.subarray(byteOffset, byteOffset + byteLength);
    const byteOrder = entries.get(`${root}byteorder`);
    if (byteOrder !== undefined) {
      const order = String.fromCharCode(...slice(byteOrder).subarray(0, 16));
      if (order !== 'little')
        refuse(`torch.save: byte order ${order}, only little is read`, { byteorder: order });
    }
    const value = readPickle(slice(entries.get(pickleName)!), torchPolicy(entries, root));
    return { tensors: stateDict(value), bytes };
  });
}

function refuseOtherFormats(bytes: Uint8Array): void {
  const starts = (at: number, text: string): boolean =>
    Array.from(text).every((character, i) => bytes[at + i] === character.charCodeAt(0));
  if (bytes.length === 0) refuse('torch.save: the file is empty');
  const advice = 'load it in PyTorch 1.6 or later and torch.save its state_dict again';
  if (bytes[0] === 0x80 && !starts(0, 'PK'))
    refuse(`torch.save: the old pickle format is not read; ${advice}`, { format: 'legacy-pickle' });
  if (starts(257, 'ustar'))
    refuse(`torch.save: the old tar format is not read; ${advice}`, { format: 'legacy-tar' });
  if (!starts(0, 'PK\u0003\u0004'))
    refuse('torch.save: this is no torch.save file (it does not begin as a zip archive)');
}

function torchPolicy(entries: ReadonlyMap<string, ZipEntry>, root: string): PicklePolicy<Torch> {
  return {
    globals,
    persistent: (id) => ({ kind: 'object', value: readStorage(id, entries, root) }),
    reduce(callable, args) {
      if (callable === orderedDict && args.length === 0) return { kind: 'dict', entries: new Map() };
      if (callable === rebuildTensor) return { kind: 'object', value: readTensor(args) };
      if (callable === rebuildParameter) {
        const [tensor] = args;
        if (args.length === 3 && isKind(tensor, 'object') && tensor.value.kind === 'tensor') return tensor;
      }
      return refuse(`pickle: ${callable} is called with arguments that are not a tensor's`, {
        global: callable,
      });
    },
    // A state_dict carries the versions of its modules as an attribute: read as data, and not needed.
    build(object, state) {
      if (
        !isKind(object, 'dict') ||
        !isKind(state, 'dict') ||
        [...state.entries.keys()].some((key) => key !== '_metadata')
      )
        refuse('pickle: BUILD sets attributes that a state_dict does not have', { opcode: 'BUILD' });
    },
  };
}

function readStorage(
  id: PickleValue<Torch>,
  entries: ReadonlyMap<string, ZipEntry>,
  root: string,
): TorchStorage {
  const [tag, type, key, , elements] = isKind(id, 'tuple') && id.items.length === 5 ? id.items : [];
  if (tag !== 'storage' || !isKind(type, 'global') || typeof key !== 'string' || !isCount(elements))
    refuse('pickle: a persistent id is not that of a storage', { opcode: 'BINPERSID' });
  const dtype = storageDtypes.get(type.name);
  if (dtype === undefined) refuse(`pickle: ${type.name} is not a storage`, { global: type.name });
  const name = `${root}data/${key}`;
  const entry = entries.get(name);
  if (entry === undefined) refuse(`torch.save: storage ${name} is missing`, { storage: name });
  if (entry.byteLength !== elements * safetensorsElementBytes[dtype])
    refuse(
      `torch.save: storage ${name} has ${entry.byteLength} bytes, not ${elements} elements of ${dtype}`,
      {
        storage: name,
        elements,
      },
    );
  return { kind: 'storage', dtype, entry, elements };
}

const readCounts = (value: PickleValue<Torch> | undefined, what: string): readonly number[] => {
  if (!isKind(value, 'tuple') || value.items.length > maxRank || !value.items.every(isCount))
    return refuse(`torch.save: a tensor has no valid ${what}`, { global: rebuildTensor });
  return value.items;
};

function readTensor(args: readonly PickleValue<Torch>[]): Torch {
  const [object, elementOffset, size, stride] = args;
  if (args.length < 6 || args.length > 7 || !isKind(object, 'object') || object.value.kind !== 'storage')
    refuse(`pickle: ${rebuildTensor} is called with arguments that are not a tensor's`, {
      global: rebuildTensor,
    });
  if (!isCount(elementOffset)) refuse('torch.save: a tensor has no valid offset', { global: rebuildTensor });
  const { dtype, entry, elements } = object.value;
  const shape = readCounts(size, 'shape');
  const strides = readCounts(stride, 'strides');
  if (shape.length !== strides.length)
    refuse('torch.save: a tensor has more strides than dimensions, or fewer');
  const count = shape.reduce((product, length) => product * length, 1);
  const last = shape.reduce((sum, length, axis) => sum + (length - 1) * strides[axis]!, elementOffset);
  const found = `[${shape.join(', ')}] with strides [${strides.join(', ')}] from ${elementOffset}`;
  if (count > elements || (count > 0 && last >= elements) || !Number.isSafeInteger(count + last))
    refuse(`torch.save: a tensor ${found} does not fit its storage of ${elements} elements`, { elements });
  return { kind: 'tensor', dtype, shape, strides, elementOffset, storage: entry };
}

function stateDict(value: PickleValue<Torch>): ReadonlyMap<string, TorchTensor> {
  if (!isKind(value, 'dict')) refuse('torch.save: the file holds no state_dict (a dict of tensors)');
  const inner = wrapperKeys.map((key) => value.entries.get(key)).find((entry) => isKind(entry, 'dict'));
  return dictOfTensors(inner ?? value);
}

function dictOfTensors(dict: PickleDict<Torch>): ReadonlyMap<string, TorchTensor> {
  const tensors = new Map<string, TorchTensor>();
  for (const [name, entry] of dict.entries) {
    if (typeof name !== 'string' || !isKind(entry, 'object') || entry.value.kind !== 'tensor')
      refuse(`torch.save: entry ${name} of the state_dict is no tensor`, { entry: name });
    const { dtype, shape, strides, elementOffset, storage } = entry.value;
    tensors.set(name, { dtype, shape, strides, elementOffset, storage });
  }
  if (tensors.size === 0) refuse('torch.save: the state_dict is empty');
  return tensors;
}

/** The elements of a tensor in row-major order, little-endian, whatever its strides; always a fresh copy. */
export function torchTensorBytes(checkpoint: TorchCheckpoint, tensor: TorchTensor): Uint8Array<ArrayBuffer> {
  const elementBytes = safetensorsElementBytes[tensor.dtype];
  const { byteOffset, byteLength } = tensor.storage;
  const storage = checkpoint.bytes.subarray(byteOffset, byteOffset + byteLength);
  const { shape, strides } = tensor;
  const count = shape.reduce((product, length) => product * length, 1);
  let contiguous = 1;
  const isContiguous = [...shape.keys()].toReversed().every((axis) => {
    const fits = shape[axis] === 1 || strides[axis] === contiguous;
    contiguous *= shape[axis]!;
    return fits;
  });
  const start = tensor.elementOffset * elementBytes;
  if (isContiguous || count === 0) return storage.slice(start, start + count * elementBytes);
  const result = new Uint8Array(count * elementBytes);
  const index = shape.map(() => 0);
  let source = tensor.elementOffset;
  for (let i = 0; i < count; i++) {
    for (let byte = 0; byte < elementBytes; byte++)
      result[i * elementBytes + byte] = storage[source * elementBytes + byte]!;
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      source += strides[axis]!;
      if (++index[axis]! < shape[axis]!) break;
      source -= strides[axis]! * shape[axis]!;
      index[axis] = 0;
    }
  }
  return result;
}

/**
 * A tensor as float32, row-major, fresh: F32, F16 and BF16 exact, F64 rounded.
 * Fails with `checkpoint-refused` where it is missing or holds integers.
 */
export function torchTensorFloat32(
  checkpoint: TorchCheckpoint,
  name: string,
): Result<Float32Array<ArrayBuffer>, AnalysisError> {
  return refusable(() => {
    const tensor = checkpoint.tensors.get(name);
    if (tensor === undefined) refuse(`torch.save: there is no tensor ${name}`, { tensor: name });
    const values = floatElements(tensor.dtype, torchTensorBytes(checkpoint, tensor).buffer);
    return values ?? refuse(`torch.save: tensor ${name} is ${tensor.dtype}, not a float`, { tensor: name });
  });
}
