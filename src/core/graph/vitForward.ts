import type { GraphBuilder } from '#core/graph/graphBuilder.ts';
import { int, ints, real } from '#core/graph/graphBuilder.ts';
import { linearProduct, storedTensor } from '#core/graph/linear.ts';
import type { LinearContext } from '#core/graph/linear.ts';
import type { EncoderLayer, LinearLayer } from '#core/graph/vitTensors.ts';
import type { VitArchitecture } from '#core/model/manifest.ts';

/*
 * The forward pass of a Vision Transformer (torchvision 0.29 `VisionTransformer.forward`), piece by piece, as operators.
 * The stream of tokens is kept two-dimensional, [batch x tokens, hidden], so that every linear layer is one plain matrix
 * product.
 */

/** Newest operator set that every build of onnxruntime 1.30 (Node, WASM, WebGPU) runs with the operators used here. */
export const vitOpset = 17;

/** Picture to tokens [batch x tokens, hidden]: a convolution with one step per patch, class token, positions. */
export function embedPatches(context: LinearContext, architecture: VitArchitecture, tokens: number): string {
  const { graph } = context;
  const { hiddenSize, patchSize } = architecture;
  const patches = graph.node(
    'Conv',
    ['input', storedTensor(context, 'conv_proj.weight'), storedTensor(context, 'conv_proj.bias')],
    { kernel_shape: ints(patchSize, patchSize), strides: ints(patchSize, patchSize) },
  );
  const flat = graph.node('Reshape', [patches, graph.int64s([-1, hiddenSize, tokens - 1])]);
  const sequence = graph.node('Transpose', [flat], { perm: ints(0, 2, 1) });
  // A row of zeros makes room for the class token, which rides on the position embedding: the second pad and the sum
  // of the two are constants, computed once when the session starts, and no shape depends on the batch.
  const padded = graph.node('Pad', [sequence, graph.int64s([0, 1, 0, 0, 0, 0]), graph.float(0)]);
  const classRow = graph.node('Pad', [
    storedTensor(context, 'class_token'),
    graph.int64s([0, 0, 0, 0, tokens - 1, 0]),
    graph.float(0),
  ]);
  const positions = graph.node('Add', [storedTensor(context, 'encoder.pos_embedding'), classRow]);
  const embedded = graph.node('Add', [padded, positions]);
  return graph.node('Reshape', [embedded, graph.int64s([-1, hiddenSize])]);
}

/** The values of one encoder layer by name. */
export interface EncoderValues {
  /** How many tokens of a window are carried on: 1 in the last layer, else all of them. */
  readonly queries: number;
  /** What the layer read: [batch x tokens, hidden]. */
  readonly input: string;
  /** Queries over sqrt(headSize): [batch, heads, queries, headSize]. */
  readonly query: string;
  /** Turned for the product: [batch, heads, headSize, tokens]. */
  readonly key: string;
  /** [batch, heads, tokens, headSize]. */
  readonly value: string;
  /** After softmax: [batch, heads, queries, tokens]. */
  readonly attention: string;
  /** The stream between attention and MLP: [batch x queries, hidden]. */
  readonly afterAttention: string;
  /** The MLP before its activation: [batch x queries, mlpSize]. */
  readonly hidden: string;
  /** What the next layer reads: [batch x queries, hidden]. */
  readonly output: string;
}

/** One pre-norm encoder layer; `onlyClassToken` leaves the other tokens behind once they have given keys and values. */
export function encoderLayer(
  context: LinearContext,
  architecture: VitArchitecture,
  layer: EncoderLayer,
  input: string,
  tokens: number,
  onlyClassToken: boolean,
): EncoderValues {
  const { graph } = context;
  const { hiddenSize, heads, layerNormEps } = architecture;
  const headSize = hiddenSize / heads;
  const linear = (which: EncoderLayer['mlp1'], value: string): string =>
    linearProduct(context, which, value, context.precision);

  const normed = layerNorm(context, layer.ln1, input, layerNormEps);
  const qkv = linear(layer.inProjection, normed);
  const parts = graph.node3('Split', [qkv, graph.int64s([hiddenSize, hiddenSize, hiddenSize])], {
    axis: int(1),
  });
  const perHead = graph.int64s([-1, tokens, heads, headSize]);
  const [rawQuery, rawKey, rawValue] = parts.map((part) => graph.node('Reshape', [part, perHead]));
  if (rawQuery === undefined || rawKey === undefined || rawValue === undefined)
    throw new Error('Split gave no parts');

  const asked = onlyClassToken
    ? graph.node('Slice', [rawQuery, graph.int64s([0]), graph.int64s([1]), graph.int64s([1])])
    : rawQuery;
  const scaled = graph.node('Mul', [asked, graph.float(1 / Math.sqrt(headSize))]);
  const query = graph.node('Transpose', [scaled], { perm: ints(0, 2, 1, 3) });
  const key = graph.node('Transpose', [rawKey], { perm: ints(0, 2, 3, 1) });
  const value = graph.node('Transpose', [rawValue], { perm: ints(0, 2, 1, 3) });
  const attention = graph.node('Softmax', [graph.node('MatMul', [query, key])], { axis: int(-1) });
  const mixed = graph.node('Transpose', [graph.node('MatMul', [attention, value])], {
    perm: ints(0, 2, 1, 3),
  });
  const joined = graph.node('Reshape', [mixed, graph.int64s([-1, hiddenSize])]);

  const carried = onlyClassToken ? classTokens(graph, input, tokens, hiddenSize) : input;
  const afterAttention = graph.node('Add', [carried, linear(layer.outProjection, joined)]);
  const hidden = linear(layer.mlp1, layerNorm(context, layer.ln2, afterAttention, layerNormEps));
  const output = graph.node('Add', [afterAttention, linear(layer.mlp2, gelu(graph, hidden))]);
  const queries = onlyClassToken ? 1 : tokens;
  return { queries, input, query, key, value, attention, afterAttention, hidden, output };
}

/** [batch x tokens, hidden] to the class tokens [batch, hidden]. */
function classTokens(graph: GraphBuilder, x: string, tokens: number, hiddenSize: number): string {
  const batched = graph.node('Reshape', [x, graph.int64s([-1, tokens, hiddenSize])]);
  const first = graph.node('Slice', [batched, graph.int64s([0]), graph.int64s([1]), graph.int64s([1])]);
  return graph.node('Reshape', [first, graph.int64s([-1, hiddenSize])]);
}

export function layerNorm(context: LinearContext, name: string, x: string, epsilon: number): string {
  const weight = storedTensor(context, `${name}.weight`);
  const bias = storedTensor(context, `${name}.bias`);
  return context.graph.node('LayerNormalization', [x, weight, bias], {
    axis: int(-1),
    epsilon: real(epsilon),
  });
}

/** x/2 (1 + erf(x / sqrt 2)), written as the five operators that every runtime recognises and fuses. */
function gelu(graph: GraphBuilder, x: string): string {
  const erf = graph.node('Erf', [graph.node('Div', [x, graph.float(Math.SQRT2)])]);
  const gate = graph.node('Add', [erf, graph.float(1)]);
  return graph.node('Mul', [graph.node('Mul', [x, gate]), graph.float(0.5)]);
}

/**
 * The classifier over the class tokens [batch, hidden], float32; the last product is the output `logits`.
 *
 * @returns what each of its linear layers gave, before ReLU
 */
export function classify(context: LinearContext, classifier: readonly LinearLayer[], x: string): string[] {
  const products: string[] = [];
  let read = x;
  for (const [index, layer] of classifier.entries()) {
    const last = index === classifier.length - 1;
    const product = linearProduct(context, layer, read, 'float32', last ? 'logits' : undefined);
    products.push(product);
    if (!last) read = context.graph.node('Relu', [product]);
  }
  return products;
}
