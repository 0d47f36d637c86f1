import type { AnalysisError } from '#core/errors.ts';
import { GraphBuilder, int, ints } from '#core/graph/graphBuilder.ts';
import type { LinearContext } from '#core/graph/linear.ts';
import { writeOnnxModel } from '#core/graph/onnx.ts';
import { classify, embedPatches, encoderLayer, layerNorm, vitOpset } from '#core/graph/vitForward.ts';
import type { TensorIndex } from '#core/graph/vitTensors.ts';
import { checkVitTensors, findVitLayers, patchCount } from '#core/graph/vitTensors.ts';
import type { Precision, VitArchitecture, WeightsFile } from '#core/model/manifest.ts';
import type { Result } from '#core/result.ts';
import { ok } from '#core/result.ts';

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
 * After the last layer's keys and values only the class token is carried on: nothing else reaches the logits.
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
    const values = encoderLayer(context, architecture, layer, x, tokens, onlyClassToken);
    x = values.output;
    attention.push(graph.node('ReduceMean', [values.attention], { axes: ints(1), keepdims: int(0) }));
    // [batch, heads, 1, tokens], the class token's row
    classAttention.push(
      onlyClassToken
        ? values.attention
        : graph.node('Slice', [values.attention, graph.int64s([0]), graph.int64s([1]), graph.int64s([2])]),
    );
  }
  classify(context, layers.classifier, layerNorm(context, 'encoder.ln', x, architecture.layerNormEps));
  rollout(graph, attention, tokens);
  graph.node('Concat', classAttention, { axis: int(2) }, 'class_attention');

  const classes = layers.classifier.at(-1)?.outputs ?? 0;
  return ok(
    writeOnnxModel({
      name: `vit ${hiddenSize}x${architecture.layers} ${options.precision}`,
      producer: 'acousticsense',
      opset: vitOpset,
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
