/**
 * A writer for the part of ONNX (onnx.proto, IR version 8) that a transformer needs: one graph, its nodes, small tensors
 * inside the file and large ones as (file, offset, length) outside it. Protocol buffers are written by hand: tag, then
 * varint, four bytes, or length and bytes.
 */

/** Element types, with the numbers of TensorProto.DataType. */
export const onnxTypes = {
  float32: 1,
  uint8: 2,
  int8: 3,
  int32: 6,
  int64: 7,
  float16: 10,
} as const;
export type OnnxType = keyof typeof onnxTypes;

export type OnnxAttribute =
  | { readonly kind: 'int'; readonly value: number }
  | { readonly kind: 'float'; readonly value: number }
  | { readonly kind: 'ints'; readonly value: readonly number[] };

export interface OnnxNode {
  readonly opType: string;
  /** Names of values; an empty name leaves an optional input out. */
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes?: Readonly<Record<string, OnnxAttribute>>;
}

export interface OnnxTensor {
  readonly name: string;
  readonly type: OnnxType;
  readonly shape: readonly number[];
  readonly data:
    /** Little-endian bytes inside the model file. */
    | { readonly kind: 'inline'; readonly bytes: Uint8Array }
    /** Bytes of another file, from its start. */
    | {
        readonly kind: 'external';
        readonly file: string;
        readonly byteOffset: number;
        readonly byteLength: number;
      };
}

/** A graph input or output; a string in the shape names a dimension that is known only when the graph runs. */
export interface OnnxValue {
  readonly name: string;
  readonly type: OnnxType;
  readonly shape: readonly (number | string)[];
}

export interface OnnxModel {
  readonly name: string;
  readonly producer: string;
  /** Version of the default operator set. */
  readonly opset: number;
  readonly nodes: readonly OnnxNode[];
  readonly initialisers: readonly OnnxTensor[];
  readonly inputs: readonly OnnxValue[];
  readonly outputs: readonly OnnxValue[];
}

/** IR version that goes with operator set 17; readers accept newer sets' files too. */
const irVersion = 8;
const externalLocation = 1;
const attributeTypes = { float: 1, int: 2, ints: 7 } as const;

/** Bytes of a message under construction. */
class MessageWriter {
  private bytes: number[] = [];

  private varint(value: number): void {
    // int64 in two's complement: negative numbers take ten bytes
    let rest = BigInt.asUintN(64, BigInt(value));
    while (rest > 0x7fn) {
      this.bytes.push(Number(rest & 0x7fn) | 0x80);
      rest >>= 7n;
    }
    this.bytes.push(Number(rest));
  }

  int(field: number, value: number): this {
    this.varint(field * 8);
    this.varint(value);
    return this;
  }

  float(field: number, value: number): this {
    this.varint(field * 8 + 5);
    const view = new DataView(new ArrayBuffer(4));
    view.setFloat32(0, value, true);
    for (let i = 0; i < 4; i++) this.bytes.push(view.getUint8(i));
    return this;
  }

  raw(field: number, value: Uint8Array): this {
    this.varint(field * 8 + 2);
    this.varint(value.length);
    for (const byte of value) this.bytes.push(byte);
    return this;
  }

  text(field: number, value: string): this {
    return this.raw(field, ascii(value));
  }

  message(field: number, write: (child: MessageWriter) => void): this {
    const child = new MessageWriter();
    write(child);
    return this.raw(field, child.finish());
  }

  finish(): Uint8Array<ArrayBuffer> {
    return Uint8Array.from(this.bytes);
  }
}

function ascii(value: string): Uint8Array {
  const bytes = new Uint8Array(value.length);
  for (let i = 0; i < value.length; i++) {
    const code = value.charCodeAt(i);
    if (code > 0x7f) throw new Error(`name is not ASCII: ${value}`);
    bytes[i] = code;
  }
  return bytes;
}

function writeAttribute(out: MessageWriter, name: string, attribute: OnnxAttribute): void {
  out.text(1, name);
  if (attribute.kind === 'float') out.float(2, attribute.value);
  else if (attribute.kind === 'int') out.int(3, attribute.value);
  else for (const value of attribute.value) out.int(8, value);
  out.int(20, attributeTypes[attribute.kind]);
}

function writeNode(out: MessageWriter, node: OnnxNode): void {
  for (const input of node.inputs) out.text(1, input);
  for (const output of node.outputs) out.text(2, output);
  // a node's name is only for messages: that of its first output says most
  out.text(3, node.outputs[0] ?? node.opType);
  out.text(4, node.opType);
  for (const [name, attribute] of Object.entries(node.attributes ?? {})) {
    out.message(5, (child) => writeAttribute(child, name, attribute));
  }
}

function writeTensor(out: MessageWriter, tensor: OnnxTensor): void {
  for (const length of tensor.shape) out.int(1, length);
  out.int(2, onnxTypes[tensor.type]);
  out.text(8, tensor.name);
  if (tensor.data.kind === 'inline') {
    out.raw(9, tensor.data.bytes);
    return;
  }
  const entries = {
    location: tensor.data.file,
    offset: String(tensor.data.byteOffset),
    length: String(tensor.data.byteLength),
  };
  for (const [key, value] of Object.entries(entries)) {
    out.message(13, (entry) => entry.text(1, key).text(2, value));
  }
  out.int(14, externalLocation);
}

function writeValue(out: MessageWriter, value: OnnxValue): void {
  out.text(1, value.name).message(2, (type) =>
    type.message(1, (tensor) =>
      tensor.int(1, onnxTypes[value.type]).message(2, (shape) => {
        for (const length of value.shape) {
          shape.message(1, (dim) => (typeof length === 'number' ? dim.int(1, length) : dim.text(2, length)));
        }
      }),
    ),
  );
}

/**
 * The bytes of an ONNX model file (onnx.ModelProto, as onnx 1.12 and later read it). Deterministic: the same model gives
 * the same bytes.
 */
export function writeOnnxModel(model: OnnxModel): Uint8Array<ArrayBuffer> {
  const out = new MessageWriter();
  out.int(1, irVersion).text(2, model.producer);
  out.message(7, (graph) => {
    for (const node of model.nodes) graph.message(1, (child) => writeNode(child, node));
    graph.text(2, model.name);
    for (const tensor of model.initialisers) graph.message(5, (child) => writeTensor(child, tensor));
    for (const value of model.inputs) graph.message(11, (child) => writeValue(child, value));
    for (const value of model.outputs) graph.message(12, (child) => writeValue(child, value));
  });
  out.message(8, (opset) => opset.text(1, '').int(2, model.opset));
  return out.finish();
}
