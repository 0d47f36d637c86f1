import { floatElements } from '#core/checkpoint/float16.ts';
import { decodeUtf8Strict } from '#core/checkpoint/strictUtf8.ts';
import { analysisError, type AnalysisError } from '#core/errors.ts';
import { err, ok, type Result } from '#core/result.ts';

/** Bytes of one element. */
export const safetensorsElementBytes = {
  BOOL: 1,
  U8: 1,
  I8: 1,
  F8_E4M3: 1,
  F8_E5M2: 1,
  I16: 2,
  U16: 2,
  F16: 2,
  BF16: 2,
  I32: 4,
  U32: 4,
  F32: 4,
  I64: 8,
  U64: 8,
  F64: 8,
} as const;

export type SafetensorsDtype = keyof typeof safetensorsElementBytes;

export interface SafetensorsTensor {
  readonly dtype: SafetensorsDtype;
  /** Row-major: the last index runs fastest. */
  readonly shape: readonly number[];
  /** From the first byte of the file. */
  readonly byteOffset: number;
  readonly byteLength: number;
}

export interface SafetensorsFile {
  /** In the order of the header. */
  readonly tensors: ReadonlyMap<string, SafetensorsTensor>;
  readonly metadata: Readonly<Record<string, string>>;
  /** The whole file; not copied. */
  readonly bytes: Uint8Array;
}

const maxHeaderBytes = 16 * 1024 * 1024;
const maxTensors = 65_536;
const maxRank = 8;

const refused = (
  message: string,
  details: Readonly<Record<string, string | number>> = {},
): Result<never, AnalysisError> =>
  err(analysisError('checkpoint-refused', `safetensors: ${message}`, { format: 'safetensors', ...details }));

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const isCount = (value: unknown): value is number =>
  typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;

const isDtype = (value: unknown): value is SafetensorsDtype =>
  typeof value === 'string' && Object.hasOwn(safetensorsElementBytes, value);

/**
 * Reads the directory of a safetensors file (format of safetensors 0.7): 8 bytes header length, little-endian, a JSON header, the data.
 * Nothing is copied. Bounded: header at most 16 MiB, 65 536 tensors, rank 8. As in the reference reader the data must be covered
 * exactly: no overlap, no hole, nothing after the last tensor; and shape times element size must be the length.
 * Fails with `checkpoint-refused`, the message naming the tensor and what was found.
 */
export function readSafetensors(bytes: Uint8Array): Result<SafetensorsFile, AnalysisError> {
  if (bytes.length < 8) return refused(`${bytes.length} bytes are too few for a header`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const headerBytes = view.getUint32(0, true) + view.getUint32(4, true) * 2 ** 32;
  if (headerBytes > maxHeaderBytes)
    return refused(`a header of ${headerBytes} bytes is over the limit`, { headerBytes });
  if (8 + headerBytes > bytes.length)
    return refused(`the header claims ${headerBytes} bytes, the file has ${bytes.length}`, { headerBytes });
  const text = decodeUtf8Strict(bytes.subarray(8, 8 + headerBytes));
  if (text === undefined || !text.startsWith('{')) return refused('the header is not UTF-8 JSON');
  let header: unknown;
  try {
    header = JSON.parse(text);
  } catch {
    return refused('the header is not JSON');
  }
  if (!isRecord(header)) return refused('the header is not a JSON object');
  return readDirectory(header, bytes, 8 + headerBytes);
}

function readDirectory(
  header: Readonly<Record<string, unknown>>,
  bytes: Uint8Array,
  dataStart: number,
): Result<SafetensorsFile, AnalysisError> {
  const entries = Object.entries(header);
  if (entries.length > maxTensors) return refused(`${entries.length} tensors are over the limit`);
  const tensors = new Map<string, SafetensorsTensor>();
  const metadata: Record<string, string> = {};
  for (const [name, entry] of entries) {
    if (name === '__metadata__') {
      if (!isRecord(entry)) return refused('__metadata__ is not an object of texts');
      for (const [key, value] of Object.entries(entry)) {
        if (typeof value !== 'string') return refused('__metadata__ is not an object of texts');
        Object.defineProperty(metadata, key, { value, enumerable: true });
      }
      continue;
    }
    const tensor = readEntry(name, entry, dataStart, bytes.length);
    if (!tensor.ok) return tensor;
    tensors.set(name, tensor.value);
  }
  let end = dataStart;
  for (const [name, tensor] of [...tensors].toSorted(
    (a, b) => a[1].byteOffset - b[1].byteOffset || a[1].byteLength - b[1].byteLength,
  )) {
    if (tensor.byteOffset < end) return refused(`tensor ${name} overlaps its neighbour`, { tensor: name });
    if (tensor.byteOffset > end) return refused(`there is a hole before tensor ${name}`, { tensor: name });
    end += tensor.byteLength;
  }
  if (end !== bytes.length) return refused(`${bytes.length - end} bytes belong to no tensor`);
  // A plain Uint8Array: of a Node Buffer, `slice` would be a view and not a copy.
  const plain = new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return ok({ tensors, metadata, bytes: plain });
}

function readEntry(
  name: string,
  entry: unknown,
  dataStart: number,
  fileBytes: number,
): Result<SafetensorsTensor, AnalysisError> {
  if (!isRecord(entry)) return refused(`tensor ${name} is not described`, { tensor: name });
  const { dtype, shape, data_offsets: offsets } = entry;
  if (!isDtype(dtype)) {
    const found = typeof dtype === 'string' ? dtype : typeof dtype;
    return refused(`tensor ${name} has the unknown dtype ${found}`, { tensor: name, dtype: found });
  }
  if (!Array.isArray(shape) || shape.length > maxRank || !shape.every(isCount))
    return refused(`tensor ${name} has no valid shape`, { tensor: name });
  if (!Array.isArray(offsets) || offsets.length !== 2 || !offsets.every(isCount))
    return refused(`tensor ${name} has no valid offsets`, { tensor: name });
  const [begin, end] = offsets as [number, number];
  if (begin > end || dataStart + end > fileBytes)
    return refused(`tensor ${name} lies outside the file (${begin} to ${end})`, { tensor: name });
  const expected =
    shape.reduce((product: number, length: number) => product * length, 1) * safetensorsElementBytes[dtype];
  if (end - begin !== expected)
    return refused(
      `tensor ${name} has ${end - begin} bytes, its shape [${shape.join(', ')}] of ${dtype} needs ${expected}`,
      {
        tensor: name,
      },
    );
  return ok({ dtype, shape, byteOffset: dataStart + begin, byteLength: end - begin });
}

/** The bytes of a tensor, a view into the file. */
export const tensorBytes = (file: SafetensorsFile, tensor: SafetensorsTensor): Uint8Array =>
  file.bytes.subarray(tensor.byteOffset, tensor.byteOffset + tensor.byteLength);

/**
 * A tensor as float32, row-major in its own shape; always a fresh array. F32, F16 and BF16 are exact, F64 is rounded; I8 [out, ...] is
 * multiplied by the F32 scale of its row from the tensor `<name>.scale` [out] (with `scaleAxis: 'last'`, I8 [in, out] by the
 * scale of its column). Fails with `checkpoint-refused` where the tensor is missing, of another dtype, or its scale does not fit.
 */
export function tensorFloat32(
  file: SafetensorsFile,
  name: string,
  scaleAxis: 'first' | 'last' = 'first',
): Result<Float32Array<ArrayBuffer>, AnalysisError> {
  const tensor = file.tensors.get(name);
  if (tensor === undefined) return refused(`there is no tensor ${name}`, { tensor: name });
  // A copy is aligned, whatever the offset in the file; made so because the slice of a Node Buffer is none.
  const data = new Uint8Array(tensorBytes(file, tensor)).buffer;
  if (tensor.dtype === 'I8') return dequantise(file, name, tensor, new Int8Array(data), scaleAxis);
  const values = floatElements(tensor.dtype, data);
  return values === undefined
    ? refused(`tensor ${name} is ${tensor.dtype}, not a float`, { tensor: name, dtype: tensor.dtype })
    : ok(values);
}

function dequantise(
  file: SafetensorsFile,
  name: string,
  tensor: SafetensorsTensor,
  values: Int8Array,
  scaleAxis: 'first' | 'last',
): Result<Float32Array<ArrayBuffer>, AnalysisError> {
  const outputs = scaleAxis === 'first' ? tensor.shape[0] : tensor.shape.at(-1);
  const scaleTensor = file.tensors.get(`${name}.scale`);
  if (
    outputs === undefined ||
    scaleTensor?.dtype !== 'F32' ||
    scaleTensor.shape.length !== 1 ||
    scaleTensor.shape[0] !== outputs
  )
    return refused(`tensor ${name} is I8 and ${name}.scale is not F32 [${outputs ?? ''}]`, { tensor: name });
  const scale = new Float32Array(new Uint8Array(tensorBytes(file, scaleTensor)).buffer);
  const result = new Float32Array(values.length);
  // Elements that share one scale lie together for rows, and outputs apart for columns.
  const rowLength = scaleAxis === 'first' ? values.length / outputs : 1;
  for (let i = 0; i < values.length; i++)
    result[i] = values[i]! * scale[Math.floor(i / rowLength) % outputs]!;
  return ok(result);
}
