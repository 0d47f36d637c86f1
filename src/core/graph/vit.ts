import type { AnalysisError } from '#core/errors.ts';
import { GraphBuilder, int, ints, real } from '#core/graph/graphBuilder.ts';
import { linearProduct, storedTensor } from '#core/graph/linear.ts';
import type { LinearContext } from '#core/graph/linear.ts';
import { writeOnnxModel } from '#core/graph/onnx.ts';
import type { EncoderLayer, TensorIndex } from '#core/graph/vitTensors.ts';
import { checkVitTensors, findVitLayers, patchCount } from '#core/graph/vitTensors.ts';
import type { Precision, VitArchitecture, WeightsFile } from '#core/model/manifest.ts';
import type { Result } from '#core/result.ts';
import { ok } from '#core/result.ts';

/** Newest operator set that every build of onnxruntime 1.30 (Node, WASM, WebGPU) runs with the operators used here. */
const opset = 17;

export interface VitGraphOptions {
  /** Arithmetic of the encoder's linear layers; everything else is float32. */
  readonly precision: Precision;
  /** Name under which the session is given the weights file as external data. */
  readonly weightsFile: string;
  /** Memory order of the linear weights in that file. */
  readonly layout: WeightsFile['layout'];
}

/**
 * Builds the ONNX file of a Vision Transformer whose weights stay in the safetensors file (torchvision 0.29
 * `VisionTransformer.forward`, with the attention rollout of Abnar & Zuidema 2020).
 *
 * Input `input`: float32 [batch, channels, imageSize, imageSize]. Outputs: `logits` float32 [batch, classes]; `rollout`
 * float32 [batch, 1 + patches], the class token's row, class token first, sum 1; `class_attention` float32
 * [batch, heads, layers, 1 + patches], what the class token attends to in every head of every layer.
 *
 * The stream of tokens is kept two-dimensional, [batch x tokens, hidden], so that every linear layer is one plain matrix
 * product. After the last layer's keys and values only the class token is carried on: nothing else reaches the logits.
 *
 * Fails with `model-invalid` where the tensors do not fit the architecture.
 */
export function buildVitGraph(
  architecture: VitArchitecture,
  tensors: TensorIndex,
  options: VitGraphOptions,
): Result<Uint8Array<ArrayBuffer>, AnalysisError> {
  const found = findVitLayers(architecture, tensors);
  if (!found.ok) return found;
  const layers = found.value;
  const checked = checkVitTensors(architecture, layers, tensors, options.layout);
  if (!checked.ok) return checked;

  const graph = new GraphBuilder();
  const context: LinearContext = { graph, tensors, ...options };
  const tokens = 1 + patchCount(architecture);
  const { hiddenSize, imageSize, inputChannels } = architecture;

  let x = embedPatches(context, architecture, tokens);
  const attention: string[] = [];
  const classAttention: string[] = [];
  for (const [index, layer] of layers.encoder.entries()) {
    const onlyClassToken = index === layers.encoder.length - 1;
    const step = encoderLayer(context, architecture, layer, x, tokens, onlyClassToken);
    x = step.x;
    attention.push(step.meanAttention);
    classAttention.push(step.classAttention);
  }
  x = layerNorm(context, 'encoder.ln', x, architecture.layerNormEps);
  for (const [index, layer] of layers.classifier.entries()) {
    const last = index === layers.classifier.length - 1;
    x = linearProduct(context, layer, x, 'float32', last ? 'logits' : undefined);
    if (!last) x = graph.node('Relu', [x]);
  }
  rollout(graph, attention, tokens);
  graph.node('Concat', classAttention, { axis: int(2) }, 'class_attention');

  const classes = layers.classifier.at(-1)?.outputs ?? 0;
  return ok(
    writeOnnxModel({
      name: `vit ${hiddenSize}x${architecture.layers} ${options.precision}`,
      producer: 'acousticsense',
      opset,
      nodes: graph.nodes,
      initialisers: graph.initialisers,
      inputs: [{ name: 'input', type: 'float32', shape: ['batch', inputChannels, imageSize, imageSize] }],
      outputs: [
        { name: 'logits', type: 'float32', shape: ['batch', classes] },
        { name: 'rollout', type: 'float32', shape: ['batch', tokens] },
        {
          name: 'class_attention',
          type: 'float32',
          shape: ['batch', architecture.heads, architecture.layers, tokens],
        },
      ],
    }),
  );
}

/** Picture to tokens [batch x tokens, hidden]: a convolution with one step per patch, class token, positions. */
function embedPatches(context: LinearContext, architecture: VitArchitecture, tokens: number): string {
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

/**
 * One pre-norm encoder layer. `meanAttention` is [batch, queries, tokens], the mean over the heads; `classAttention` is
 * [batch, heads, 1, tokens], the class token's row.
 */
function encoderLayer(
  context: LinearContext,
  architecture: VitArchitecture,
  layer: EncoderLayer,
  x: string,
  tokens: number,
  onlyClassToken: boolean,
): { x: string; meanAttention: string; classAttention: string } {
  const { graph } = context;
  const { hiddenSize, heads, layerNormEps } = architecture;
  const headSize = hiddenSize / heads;
  const linear = (which: EncoderLayer['mlp1'], value: string): string =>
    linearProduct(context, which, value, context.precision);

  const normed = layerNorm(context, layer.ln1, x, layerNormEps);
  const qkv = linear(layer.inProjection, normed);
  const parts = graph.node3('Split', [qkv, graph.int64s([hiddenSize, hiddenSize, hiddenSize])], {
    axis: int(1),
  });
  const perHead = graph.int64s([-1, tokens, heads, headSize]);
  const [query, key, value] = parts.map((part) => graph.node('Reshape', [part, perHead]));
  if (query === undefined || key === undefined || value === undefined) throw new Error('Split gave no parts');

  const asked = onlyClassToken
    ? graph.node('Slice', [query, graph.int64s([0]), graph.int64s([1]), graph.int64s([1])])
    : query;
  const scaled = graph.node('Mul', [asked, graph.float(1 / Math.sqrt(headSize))]);
  const q = graph.node('Transpose', [scaled], { perm: ints(0, 2, 1, 3) });
  const k = graph.node('Transpose', [key], { perm: ints(0, 2, 3, 1) });
  const v = graph.node('Transpose', [value], { perm: ints(0, 2, 1, 3) });
  const attention = graph.node('Softmax', [graph.node('MatMul', [q, k])], { axis: int(-1) });
  const mixed = graph.node('Transpose', [graph.node('MatMul', [attention, v])], { perm: ints(0, 2, 1, 3) });
  const joined = graph.node('Reshape', [mixed, graph.int64s([-1, hiddenSize])]);

  const carried = onlyClassToken ? classTokens(graph, x, tokens, hiddenSize) : x;
  const afterAttention = graph.node('Add', [carried, linear(layer.outProjection, joined)]);
  const hidden = linear(layer.mlp1, layerNorm(context, layer.ln2, afterAttention, layerNormEps));
  const afterMlp = graph.node('Add', [afterAttention, linear(layer.mlp2, gelu(graph, hidden))]);
  const meanAttention = graph.node('ReduceMean', [attention], { axes: ints(1), keepdims: int(0) });
  const classAttention = onlyClassToken
    ? attention
    : graph.node('Slice', [attention, graph.int64s([0]), graph.int64s([1]), graph.int64s([2])]);
  return { x: afterMlp, meanAttention, classAttention };
}

/** [batch x tokens, hidden] to the class tokens [batch, hidden]. */
function classTokens(graph: GraphBuilder, x: string, tokens: number, hiddenSize: number): string {
  const batched = graph.node('Reshape', [x, graph.int64s([-1, tokens, hiddenSize])]);
  const first = graph.node('Slice', [batched, graph.int64s([0]), graph.int64s([1]), graph.int64s([1])]);
  return graph.node('Reshape', [first, graph.int64s([-1, hiddenSize])]);
}

function layerNorm(context: LinearContext, name: string, x: string, epsilon: number): string {
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
 * Attention rollout, row of the class token: e0 (A'_L ... A'_2 A'_1) with A' = (A + I) / 2. A's rows sum to 1, so those of
 * A' do without being normalised again. As row vector times matrix from the last layer it costs nothing.
 */
function rollout(graph: GraphBuilder, attention: readonly string[], tokens: number): void {
  const half = graph.float(0.5);
  const classRow = new Float32Array(tokens);
  classRow[0] = 0.5;
  const start = graph.floats('rollout-start', [1, 1, tokens], classRow);
  let row = '';
  for (const mean of attention.toReversed()) {
    if (row === '') row = graph.node('Add', [graph.node('Mul', [mean, half]), start]);
    else {
      const looked = graph.node('MatMul', [row, mean]);
      row = graph.node('Mul', [graph.node('Add', [looked, row]), half]);
    }
  }
  graph.node('Reshape', [row, graph.int64s([-1, tokens])], {}, 'rollout');
}
