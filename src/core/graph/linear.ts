import type { GraphBuilder } from '#core/graph/graphBuilder.ts';
import { int, ints } from '#core/graph/graphBuilder.ts';
import type { OnnxType } from '#core/graph/onnx.ts';
import { onnxTypes } from '#core/graph/onnx.ts';
import type { LinearLayer, TensorIndex } from '#core/graph/vitTensors.ts';
import { scaleName } from '#core/graph/vitTensors.ts';
import type { Precision, WeightsFile } from '#core/model/manifest.ts';

export interface LinearContext {
  readonly graph: GraphBuilder;
  readonly tensors: TensorIndex;
  readonly precision: Precision;
  readonly weightsFile: string;
  readonly layout: WeightsFile['layout'];
}

const storedTypes: Readonly<Record<string, OnnxType>> = { F32: 'float32', F16: 'float16', I8: 'int8' };

/** A tensor of the weights file as it is stored. */
function rawTensor(context: LinearContext, name: string): { value: string; type: OnnxType } {
  const stored = context.tensors.get(name);
  const type = storedTypes[stored?.dtype ?? ''];
  if (stored === undefined || type === undefined) throw new Error(`tensor ${name} was not checked`);
  const { shape, byteOffset, byteLength } = stored;
  const data = { kind: 'external', file: context.weightsFile, byteOffset, byteLength } as const;
  return { value: context.graph.external({ name, type, shape, data }), type };
}

/** A tensor of the weights file as float32 or float16 (a cast of a constant is computed once, at session start). */
export function storedTensor(
  context: LinearContext,
  name: string,
  wanted: 'float32' | 'float16' = 'float32',
): string {
  const { value, type } = rawTensor(context, name);
  return type === wanted ? value : cast(context.graph, value, wanted);
}

const cast = (graph: GraphBuilder, value: string, type: OnnxType): string =>
  graph.node('Cast', [value], { to: int(onnxTypes[type]) });

/** x W^T + b of torch's nn.Linear: x is [rows, inputs], the result float32 [rows, outputs]. */
export function linearProduct(
  context: LinearContext,
  layer: LinearLayer,
  x: string,
  precision: Precision,
  output?: string,
): string {
  const { graph } = context;
  const quantised = context.tensors.get(layer.weight)?.dtype === 'I8';
  const bias = storedTensor(context, layer.bias);
  const gemm = { transB: int(context.layout === 'out-in' ? 1 : 0) };
  if (quantised && precision === 'int8') {
    return graph.node('Add', [int8Product(context, layer, x), bias], {}, output);
  }
  if (quantised) throw new Error(`${layer.weight} is int8: dequantise the file for ${precision}`);
  if (precision === 'float16') {
    const weight = storedTensor(context, layer.weight, 'float16');
    const product = graph.node('Gemm', [cast(graph, x, 'float16'), weight], gemm);
    return graph.node('Add', [cast(graph, product, 'float32'), bias], {}, output);
  }
  return graph.node('Gemm', [x, storedTensor(context, layer.weight), bias], gemm, output);
}

/**
 * The gradient of `linearProduct` in x, float32: gradient [rows, outputs] times W, [rows, inputs]. int8 weights must have been
 * dequantised.
 */
export function linearGradient(context: LinearContext, layer: LinearLayer, gradient: string): string {
  if (context.tensors.get(layer.weight)?.dtype === 'I8')
    throw new Error(`${layer.weight} is int8: dequantise the file for a gradient`);
  return context.graph.node('Gemm', [gradient, storedTensor(context, layer.weight)], {
    transB: int(context.layout === 'out-in' ? 0 : 1),
  });
}

/**
 * Product of a weight in int8 and activations in uint8 with one scale and zero point for the whole matrix, found as the
 * matrix goes by. onnxruntime fuses these five operators into its DynamicQuantizeMatMul.
 */
function int8Product(context: LinearContext, layer: LinearLayer, x: string): string {
  const { graph } = context;
  const stored = rawTensor(context, layer.weight).value;
  // MatMulInteger has no transposed operand: [out, in] is turned once, when the session starts
  const weight =
    context.layout === 'in-out' ? stored : graph.node('Transpose', [stored], { perm: ints(1, 0) });
  const weightScale = rawTensor(context, scaleName(layer.weight)).value;
  const [quantised, scale, zeroPoint] = graph.node3('DynamicQuantizeLinear', [x]);
  const product = graph.node('MatMulInteger', [quantised, weight, zeroPoint]);
  const bothScales = graph.node('Mul', [scale, weightScale]);
  return graph.node('Mul', [cast(graph, product, 'float32'), bothScales]);
}
