import type { AnalysisError } from '#core/errors.ts';
import { GraphBuilder, int, ints } from '#core/graph/graphBuilder.ts';
import type { LinearContext } from '#core/graph/linear.ts';
import { linearGradient, storedTensor } from '#core/graph/linear.ts';
import { writeOnnxModel } from '#core/graph/onnx.ts';
import type { VitGraphOptions } from '#core/graph/vit.ts';
import type { EncoderValues } from '#core/graph/vitForward.ts';
import { classify, embedPatches, encoderLayer, layerNorm, vitOpset } from '#core/graph/vitForward.ts';
import type { EncoderLayer, LinearLayer, TensorIndex } from '#core/graph/vitTensors.ts';
import { checkVitTensors, findVitLayers, patchCount } from '#core/graph/vitTensors.ts';
import type { VitArchitecture } from '#core/model/manifest.ts';
import type { Result } from '#core/result.ts';
import { ok } from '#core/result.ts';

/**
 * Builds the ONNX file of a Vision Transformer that also says what argued for a class: the forward pass of
 * `buildVitGraph` in float32, and after it the backward pass from the chosen logit to the attention of every layer,
 * written by hand (Chefer, Gur, Wolf 2021, "Generic Attention-model Explainability for Interpreting Bi-Modal and
 * Encoder-Decoder Transformers", the rule for self-attention). With A_l the attention of layer l after softmax and dA_l
 * the gradient of the logit in it:
 *
 *     M_l = mean over heads of max(dA_l * A_l, 0)       R <- R + M_l R, from R = I, first layer to last
 *
 * Inputs: `input` float32 [batch, channels, imageSize, imageSize]; `class_weights` float32 [batch, classes], the weight of
 * each logit in what is explained: 1 for the class, 0 for the others. Outputs: `logits` float32 [batch, classes];
 * `relevance` float32 [batch, 1 + patches], the class token's row of R. The class token itself is first and at least 1 (it
 * starts as the identity); patches are at least 0, and all 0 where no attention argued for the class.
 *
 * Only the class token's row is wanted, so R is never made: the row of (I + M_L) ... (I + M_1) is multiplied from the last
 * layer to the first, in step with the backward pass, and each layer's gradient is dropped once it is in the row. What is
 * kept for the backward pass is 7 MB a layer for a ViT-B/16 and one window.
 *
 * Fails with `model-invalid` where the tensors do not fit the architecture.
 */
export function buildVitRelevanceGraph(
  architecture: VitArchitecture,
  tensors: TensorIndex,
  options: Omit<VitGraphOptions, 'precision'>,
): Result<Uint8Array<ArrayBuffer>, AnalysisError> {
  const found = findVitLayers(architecture, tensors);
  if (!found.ok) return found;
  const { encoder, classifier } = found.value;
  const checked = checkVitTensors(architecture, found.value, tensors, options.layout);
  if (!checked.ok) return checked;

  const graph = new GraphBuilder();
  const context: LinearContext = { graph, tensors, ...options, precision: 'float32' };
  const tokens = 1 + patchCount(architecture);
  const { hiddenSize, imageSize, inputChannels, layerNormEps } = architecture;

  let x = embedPatches(context, architecture, tokens);
  const passed: { readonly layer: EncoderLayer; readonly values: EncoderValues }[] = [];
  for (const [index, layer] of encoder.entries()) {
    const values = encoderLayer(context, architecture, layer, x, tokens, index === encoder.length - 1);
    passed.push({ layer, values });
    x = values.output;
  }
  const products = classify(context, classifier, layerNorm(context, 'encoder.ln', x, layerNormEps));

  let gradient = classifierGradient(context, classifier, products);
  gradient = layerNormGradient(context, 'encoder.ln', x, gradient, layerNormEps);
  const classRow = new Float32Array(tokens);
  classRow[0] = 1;
  let row = '';
  for (const [index, { layer, values }] of [...passed.entries()].toReversed()) {
    const step = attentionGradient(context, architecture, layer, values, gradient);
    // [batch, queries, tokens]: M_l, of the last layer the class token's row alone
    const argued = graph.node('ReduceMean', [graph.node('Relu', [step.weighted])], {
      axes: ints(1),
      keepdims: int(0),
    });
    row =
      row === ''
        ? graph.node('Add', [argued, graph.floats('relevance-start', [1, 1, tokens], classRow)])
        : graph.node('Add', [graph.node('MatMul', [row, argued]), row]);
    if (index > 0) gradient = inputGradient(context, architecture, layer, values, step, tokens);
  }
  graph.node('Reshape', [row, graph.int64s([-1, tokens])], {}, 'relevance');

  const classes = classifier.at(-1)?.outputs ?? 0;
  return ok(
    writeOnnxModel({
      name: `vit ${hiddenSize}x${architecture.layers} relevance`,
      producer: 'acousticsense',
      opset: vitOpset,
      nodes: graph.nodes,
      initialisers: graph.initialisers,
      inputs: [
        { name: 'input', type: 'float32', shape: ['batch', inputChannels, imageSize, imageSize] },
        { name: 'class_weights', type: 'float32', shape: ['batch', classes] },
      ],
      outputs: [
        { name: 'logits', type: 'float32', shape: ['batch', classes] },
        { name: 'relevance', type: 'float32', shape: ['batch', tokens] },
      ],
    }),
  );
}

/** From the logits' weights to the gradient of what the classifier read, [batch, hidden]. */
function classifierGradient(
  context: LinearContext,
  classifier: readonly LinearLayer[],
  products: readonly string[],
): string {
  const { graph } = context;
  let gradient = 'class_weights';
  for (const [index, layer] of [...classifier.entries()].toReversed()) {
    gradient = linearGradient(context, layer, gradient);
    const beforeRelu = products[index - 1];
    if (beforeRelu === undefined) continue;
    const passes = graph.node('Greater', [beforeRelu, graph.float(0)]);
    gradient = graph.node('Where', [passes, gradient, graph.float(0)]);
  }
  return gradient;
}

/** What a layer's backward pass has found when it has come to the attention; names of values. */
interface AttentionGradient {
  /** Gradient of the stream between attention and MLP: [batch x queries, hidden]. */
  readonly stream: string;
  /** Gradient of what the heads gave: [batch, heads, queries, headSize]. */
  readonly mixed: string;
  /** Gradient of the attention times the attention: [batch, heads, queries, tokens]. */
  readonly weighted: string;
}

/** From the gradient of a layer's output [batch x queries, hidden] back to its attention. */
function attentionGradient(
  context: LinearContext,
  architecture: VitArchitecture,
  layer: EncoderLayer,
  values: EncoderValues,
  output: string,
): AttentionGradient {
  const { graph } = context;
  const { hiddenSize, heads, layerNormEps } = architecture;
  const activated = linearGradient(context, layer.mlp2, output);
  const hidden = graph.node('Mul', [activated, geluSlope(graph, values.hidden)]);
  const normed = linearGradient(context, layer.mlp1, hidden);
  const throughMlp = layerNormGradient(context, layer.ln2, values.afterAttention, normed, layerNormEps);
  const stream = graph.node('Add', [output, throughMlp]);

  const joined = linearGradient(context, layer.outProjection, stream);
  const headShape = graph.int64s([-1, values.queries, heads, hiddenSize / heads]);
  const perHead = graph.node('Reshape', [joined, headShape]);
  const mixed = graph.node('Transpose', [perHead], { perm: ints(0, 2, 1, 3) });
  const attention = graph.node('MatMul', [mixed, turned(graph, values.value)]);
  const weighted = graph.node('Mul', [attention, values.attention]);
  return { stream, mixed, weighted };
}

/** From a layer's attention on to the gradient of its input, [batch x tokens, hidden]. */
function inputGradient(
  context: LinearContext,
  architecture: VitArchitecture,
  layer: EncoderLayer,
  values: EncoderValues,
  { stream, mixed, weighted }: AttentionGradient,
  tokens: number,
): string {
  const { graph } = context;
  const { hiddenSize, heads, layerNormEps } = architecture;
  const headSize = hiddenSize / heads;
  const { query, key, attention, queries } = values;

  // softmax: dS = A dA - A sum(A dA), the sum over the tokens that a query attends to
  const total = graph.node('ReduceSum', [weighted, graph.int64s([-1])], { keepdims: int(1) });
  const scores = graph.node('Sub', [weighted, graph.node('Mul', [attention, total])]);
  const ofQuery = graph.node('Mul', [
    graph.node('MatMul', [scores, turned(graph, key)]),
    graph.float(1 / Math.sqrt(headSize)),
  ]);
  // the forward pass has divided the query by sqrt(headSize) already
  const ofKey = graph.node('MatMul', [turned(graph, scores), query]);
  const ofValue = graph.node('MatMul', [turned(graph, attention), mixed]);
  const parts = [ofQuery, ofKey, ofValue].map((part, index) => {
    const perToken = graph.node('Transpose', [part], { perm: ints(0, 2, 1, 3) });
    const everyToken =
      index === 0 && queries < tokens
        ? graph.node('Pad', [perToken, graph.int64s([0, 0, 0, 0, 0, tokens - queries, 0, 0]), graph.float(0)])
        : perToken;
    return graph.node('Reshape', [everyToken, graph.int64s([-1, hiddenSize])]);
  });
  const projected = graph.node('Concat', parts, { axis: int(1) });
  const normed = linearGradient(context, layer.inProjection, projected);
  const throughAttention = layerNormGradient(context, layer.ln1, values.input, normed, layerNormEps);
  return graph.node('Add', [throughAttention, atEveryToken(graph, stream, queries, tokens, hiddenSize)]);
}

/** A gradient of the carried tokens [batch x queries, hidden] as one of all of them; the others have 0. */
function atEveryToken(
  graph: GraphBuilder,
  gradient: string,
  queries: number,
  tokens: number,
  hiddenSize: number,
): string {
  if (queries === tokens) return gradient;
  const batched = graph.node('Reshape', [gradient, graph.int64s([-1, queries, hiddenSize])]);
  const padded = graph.node('Pad', [
    batched,
    graph.int64s([0, 0, 0, 0, tokens - queries, 0]),
    graph.float(0),
  ]);
  return graph.node('Reshape', [padded, graph.int64s([-1, hiddenSize])]);
}

/**
 * From the gradient of a layer norm's output to that of its input x: with n = (x - mean) / s and g = gradient * weight,
 * (g - mean(g) - n mean(g n)) / s. Mean and s are computed again: not every runtime hands out those of the operator.
 */
function layerNormGradient(
  context: LinearContext,
  name: string,
  x: string,
  gradient: string,
  epsilon: number,
): string {
  const { graph } = context;
  const mean = (value: string): string =>
    graph.node('ReduceMean', [value], { axes: ints(-1), keepdims: int(1) });
  const centred = graph.node('Sub', [x, mean(x)]);
  const variance = mean(graph.node('Mul', [centred, centred]));
  const spread = graph.node('Sqrt', [graph.node('Add', [variance, graph.float(epsilon)])]);
  const normed = graph.node('Div', [centred, spread]);
  const weighted = graph.node('Mul', [gradient, storedTensor(context, `${name}.weight`)]);
  const along = graph.node('Mul', [normed, mean(graph.node('Mul', [weighted, normed]))]);
  const level = graph.node('Sub', [weighted, mean(weighted)]);
  return graph.node('Div', [graph.node('Sub', [level, along]), spread]);
}

/** Derivative of x/2 (1 + erf(x / sqrt 2)): (1 + erf(x / sqrt 2)) / 2 + x exp(-x^2 / 2) / sqrt(2 pi). */
function geluSlope(graph: GraphBuilder, x: string): string {
  const erf = graph.node('Erf', [graph.node('Div', [x, graph.float(Math.SQRT2)])]);
  const gate = graph.node('Mul', [graph.node('Add', [erf, graph.float(1)]), graph.float(0.5)]);
  const square = graph.node('Mul', [graph.node('Mul', [x, x]), graph.float(-0.5)]);
  const bell = graph.node('Mul', [graph.node('Exp', [square]), graph.float(1 / Math.sqrt(2 * Math.PI))]);
  return graph.node('Add', [gate, graph.node('Mul', [x, bell])]);
}

/** The last two axes of [batch, heads, a, b] exchanged; runtimes take it into the product that follows. */
const turned = (graph: GraphBuilder, value: string): string =>
  graph.node('Transpose', [value], { perm: ints(0, 1, 3, 2) });
