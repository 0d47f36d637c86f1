import type { OnnxAttribute, OnnxNode, OnnxTensor, OnnxType } from '#core/graph/onnx.ts';

/** Collects nodes and initialisers, and gives every value a name. Values are passed around by name. */
export class GraphBuilder {
  readonly nodes: OnnxNode[] = [];
  readonly initialisers: OnnxTensor[] = [];
  private readonly known = new Set<string>();
  private count = 0;

  /** Adds a node with one output and returns that output's name: `output` where given, else a fresh one. */
  node(
    opType: string,
    inputs: readonly string[],
    attributes: Readonly<Record<string, OnnxAttribute>> = {},
    output = this.fresh(opType),
  ): string {
    this.nodes.push({ opType, inputs, outputs: [output], attributes });
    return output;
  }

  /** Adds a node with three outputs. */
  node3(
    opType: string,
    inputs: readonly string[],
    attributes: Readonly<Record<string, OnnxAttribute>> = {},
  ): [string, string, string] {
    const outputs: [string, string, string] = [this.fresh(opType), this.fresh(opType), this.fresh(opType)];
    this.nodes.push({ opType, inputs, outputs, attributes });
    return outputs;
  }

  /** A tensor of the weights file; asked for twice, it is added once. */
  external(tensor: OnnxTensor): string {
    if (!this.known.has(tensor.name)) {
      this.known.add(tensor.name);
      this.initialisers.push(tensor);
    }
    return tensor.name;
  }

  /** A small int64 vector, for shapes and axes. */
  int64s(values: readonly number[]): string {
    const data = BigInt64Array.from(values, (value) => BigInt(value));
    return this.inline(`int64:${values.join(',')}`, 'int64', [values.length], data);
  }

  /** A float32 number. */
  float(value: number): string {
    return this.inline(`float:${value}`, 'float32', [], Float32Array.of(value));
  }

  /** A float32 vector of shape `shape`, row-major. */
  floats(name: string, shape: readonly number[], values: Float32Array): string {
    return this.inline(name, 'float32', shape, values);
  }

  private inline(name: string, type: OnnxType, shape: readonly number[], data: ArrayBufferView): string {
    if (!this.known.has(name)) {
      this.known.add(name);
      const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
      this.initialisers.push({ name, type, shape, data: { kind: 'inline', bytes } });
    }
    return name;
  }

  private fresh(opType: string): string {
    this.count += 1;
    return `${opType}_${this.count}`;
  }
}

export const int = (value: number): OnnxAttribute => ({ kind: 'int', value });
export const ints = (...value: number[]): OnnxAttribute => ({ kind: 'ints', value });
export const real = (value: number): OnnxAttribute => ({ kind: 'float', value });
