import { encodeFloat16 } from '#core/checkpoint/float16.ts';
import type { SafetensorsFile, SafetensorsTensor } from '#core/checkpoint/safetensors.ts';
import { tensorBytes } from '#core/checkpoint/safetensors.ts';
import type { StoredTensor, TensorIndex } from '#core/graph/vitTensors.ts';
import { scaleName } from '#core/graph/vitTensors.ts';
import type { WeightsFile } from '#core/model/manifest.ts';

/** Weights ready to be given to a session: the bytes, and where in them each tensor lies. */
export interface ExternalWeights {
  readonly bytes: Uint8Array;
  readonly tensors: TensorIndex;
}

/** Runtimes upload and map whole cache lines: every tensor starts at a multiple of this many bytes. */
const alignment = 64;

/**
 * Turns int8 weights into float32 or float16, once, for backends whose products are not int8. Weight = int8 x scale of
 * its output. The memory order stays as it is; the scales are left out, all other tensors are copied. One buffer of the
 * final size is filled in place; beside it there is never more than one row of a weight.
 *
 * `layout` says along which axis of the I8 tensors the outputs run. Throws where a scale is missing or of the wrong
 * length: `checkVitTensors` has looked before.
 */
export function dequantise(
  file: SafetensorsFile,
  layout: WeightsFile['layout'],
  to: 'float32' | 'float16',
): ExternalWeights {
  const elementBytes = to === 'float32' ? 4 : 2;
  const dtype = to === 'float32' ? 'F32' : 'F16';
  const quantised = [...file.tensors].filter(([, tensor]) => tensor.dtype === 'I8');
  const scales = new Set(quantised.map(([name]) => scaleName(name)));
  const tensors = new Map<string, StoredTensor>();
  let end = 0;
  for (const [name, tensor] of file.tensors) {
    if (scales.has(name)) continue;
    const byteLength = tensor.dtype === 'I8' ? tensor.byteLength * elementBytes : tensor.byteLength;
    const stored = { shape: tensor.shape, byteOffset: end, byteLength };
    tensors.set(name, { ...stored, dtype: tensor.dtype === 'I8' ? dtype : tensor.dtype });
    end += Math.ceil(byteLength / alignment) * alignment;
  }
  const bytes = new Uint8Array(end);
  for (const [name, { byteOffset }] of tensors) {
    const source = file.tensors.get(name);
    if (source === undefined) continue;
    if (source.dtype === 'I8') {
      fillDequantised(bytes, byteOffset, file, name, source, layout, to);
    } else bytes.set(tensorBytes(file, source), byteOffset);
  }
  return { bytes, tensors };
}

function fillDequantised(
  target: Uint8Array<ArrayBuffer>,
  byteOffset: number,
  file: SafetensorsFile,
  name: string,
  tensor: SafetensorsTensor,
  layout: WeightsFile['layout'],
  to: 'float32' | 'float16',
): void {
  const [rows = 0, columns = 0] = tensor.shape;
  const scaleTensor = file.tensors.get(scaleName(name));
  const outputs = layout === 'out-in' ? rows : columns;
  if (scaleTensor?.byteLength !== 4 * outputs) throw new Error(`no scales for ${name}`);
  // a copy is aligned, whatever the offset in the file; made so because the slice of a Node Buffer is none
  const scale = new Float32Array(new Uint8Array(tensorBytes(file, scaleTensor)).buffer);
  const values = new Int8Array(
    file.bytes.buffer,
    file.bytes.byteOffset + tensor.byteOffset,
    tensor.byteLength,
  );
  // float32 is computed in its place, float16 row by row in passing
  const whole = to === 'float32' ? new Float32Array(target.buffer, byteOffset, rows * columns) : null;
  const passing = new Float32Array(columns);
  for (let r = 0; r < rows; r++) {
    const start = r * columns;
    const row = whole?.subarray(start, start + columns) ?? passing;
    if (layout === 'out-in') {
      const factor = scale[r]!;
      for (let c = 0; c < columns; c++) row[c] = values[start + c]! * factor;
    } else {
      for (let c = 0; c < columns; c++) row[c] = values[start + c]! * scale[c]!;
    }
    if (whole === null) {
      new Uint16Array(target.buffer, byteOffset + 2 * start, columns).set(encodeFloat16(row));
    }
  }
}
