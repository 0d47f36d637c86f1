import { refusable, refuse } from '#core/checkpoint/refusal.ts';
import { torchTensorFloat32, type TorchCheckpoint, type TorchTensor } from '#core/checkpoint/torchSave.ts';
import type { TensorToWrite } from '#core/checkpoint/writeSafetensors.ts';
import type { AnalysisError } from '#core/errors.ts';
import type { VitArchitecture } from '#core/model/manifest.ts';
import type { Result } from '#core/result.ts';

export interface VitCheckpoint {
  readonly architecture: VitArchitecture;
  /** F32, row-major, linear weights [out, in]; torchvision's names, the classifier under `heads.head`. */
  readonly tensors: ReadonlyMap<string, TensorToWrite>;
}

/** Width of one attention head in the published ViTs (Dosovitskiy et al. 2021, table 1). */
const usualHeadSize = 64;
const maxLayers = 256;

type Tensors = ReadonlyMap<string, TorchTensor>;

/**
 * Reads a torchvision `VisionTransformer` out of a checkpoint: all sizes from the tensors' shapes, all tensors as float32.
 * Wrappers' prefixes (`module.`, `model.`) are dropped; the classifier may be one linear layer or numbered members of a
 * Sequential, under `heads.head`, `heads`, `head`, `classifier` or `fc`; the MLP's older names `linear_1` and `linear_2` are known.
 *
 * @param heads number of attention heads, which no shape tells; without it hidden size / 64
 *
 * Fails with `checkpoint-refused`, the message naming the tensor: missing, unknown, of a wrong shape, not float, not finite.
 */
export function readVitCheckpoint(
  checkpoint: TorchCheckpoint,
  heads?: number,
): Result<VitCheckpoint, AnalysisError> {
  return refusable(() => {
    const names = torchvisionNames(checkpoint.tensors);
    const tensors: Tensors = new Map([...names].map(([name, own]) => [name, checkpoint.tensors.get(own)!]));
    const architecture = readArchitecture(tensors, heads);
    checkShapes(tensors, architecture);
    const written = new Map<string, TensorToWrite>();
    for (const [name, own] of names) {
      const values = torchTensorFloat32(checkpoint, own);
      if (!values.ok) return refuse(values.error.message, values.error.details);
      if (!values.value.every(Number.isFinite))
        refuse(`tensor ${own} has values that are not finite`, { tensor: own });
      written.set(name, { dtype: 'F32', shape: tensors.get(name)!.shape, data: values.value });
    }
    return { architecture, tensors: written };
  });
}

/** From torchvision's names to those in the file. */
function torchvisionNames(tensors: Tensors): Map<string, string> {
  const anchor = [...tensors.keys()].find((name) => /^(?:module\.|model\.)*conv_proj\.weight$/.test(name));
  if (anchor === undefined)
    refuse('no tensor conv_proj.weight: this is no torchvision VisionTransformer', {
      tensor: 'conv_proj.weight',
    });
  const prefix = anchor.slice(0, -'conv_proj.weight'.length);
  const names = new Map<string, string>();
  let classifier: string | undefined;
  for (const own of tensors.keys()) {
    let name = own.startsWith(prefix) ? own.slice(prefix.length) : own;
    name = name.replace(/\.mlp\.linear_([12])\./, (_, layer) => `.mlp.${layer === '1' ? 0 : 3}.`);
    const head = /^(heads\.head|heads|head|classifier|fc)((?:\.\d+)?\.(?:weight|bias))$/.exec(name);
    if (head !== null) {
      classifier ??= head[1]!;
      if (head[1] !== classifier)
        refuse(`tensor ${own}: there is a second classifier beside ${classifier}`, { tensor: own });
      name = `heads.head${head[2]!}`;
    }
    if (names.has(name)) refuse(`tensor ${own} stands twice, once with another prefix`, { tensor: own });
    names.set(name, own);
  }
  return names;
}

function shapeOf(tensors: Tensors, name: string, rank: number): readonly number[] {
  const tensor = tensors.get(name);
  if (tensor === undefined) return refuse(`the tensor ${name} is missing`, { tensor: name });
  if (tensor.shape.length !== rank || tensor.shape.includes(0))
    return refuse(`tensor ${name} is [${tensor.shape.join(', ')}], expected ${rank} dimensions`, {
      tensor: name,
    });
  return tensor.shape;
}

/** The numbers that a pattern finds in names, each once, ascending. */
const numbersIn = (tensors: Tensors, pattern: RegExp): number[] =>
  [...new Set([...tensors.keys()].map((name) => pattern.exec(name)?.[1]))]
    .filter((number) => number !== undefined)
    .map(Number)
    .toSorted((a, b) => a - b);

/** Names of the classifier's linear layers, in order; ReLU and dropout stand in the gaps of their numbers. */
function classifierNames(tensors: Tensors): string[] {
  const numbers = numbersIn(tensors, /^heads\.head\.(\d+)\.(?:weight|bias)$/);
  if (numbers.length > 0) return numbers.map((number) => `heads.head.${number}`);
  if (tensors.has('heads.head.weight') || tensors.has('heads.head.bias')) return ['heads.head'];
  return refuse('there is no classifier (heads.head)', { tensor: 'heads.head.weight' });
}

function readArchitecture(tensors: Tensors, heads: number | undefined): VitArchitecture {
  const [hiddenSize, inputChannels, patchSize] = shapeOf(tensors, 'conv_proj.weight', 4) as [
    number,
    number,
    number,
  ];
  const tokens = shapeOf(tensors, 'encoder.pos_embedding', 3)[1]!;
  const side = Math.sqrt(tokens - 1);
  if (!Number.isInteger(side) || side === 0)
    refuse(`tensor encoder.pos_embedding has ${tokens} positions, not 1 + a square`, {
      tensor: 'encoder.pos_embedding',
    });
  const layers = (numbersIn(tensors, /^encoder\.layers\.encoder_layer_(\d+)\./).at(-1) ?? -1) + 1;
  if (layers === 0 || layers > maxLayers)
    refuse(`${layers} encoder layers, expected 1 to ${maxLayers}`, { tensor: 'encoder.layers' });
  const [mlpSize] = shapeOf(tensors, 'encoder.layers.encoder_layer_0.mlp.0.weight', 2) as [number];
  const headCount = heads ?? hiddenSize / usualHeadSize;
  if (!Number.isInteger(headCount) || headCount < 1 || hiddenSize % headCount !== 0)
    refuse(`a width of ${hiddenSize} does not divide into ${headCount} heads: give the number of heads`, {
      hiddenSize,
      heads: headCount,
    });
  const classifier = classifierNames(tensors).map((name) => shapeOf(tensors, `${name}.weight`, 2)[0]!);
  return {
    kind: 'vit',
    imageSize: side * patchSize,
    patchSize,
    inputChannels,
    hiddenSize,
    layers,
    heads: headCount,
    mlpSize,
    layerNormEps: 1e-6,
    activation: 'gelu-erf',
    classifier,
  };
}

/** Every tensor of the network is there with its shape, and no other. */
function checkShapes(tensors: Tensors, architecture: VitArchitecture): void {
  const { hiddenSize: hidden, mlpSize: mlp, patchSize: patch, imageSize, inputChannels } = architecture;
  const expected = new Map<string, readonly number[]>([
    ['class_token', [1, 1, hidden]],
    ['conv_proj.weight', [hidden, inputChannels, patch, patch]],
    ['conv_proj.bias', [hidden]],
    ['encoder.pos_embedding', [1, 1 + (imageSize / patch) ** 2, hidden]],
  ]);
  const norm = (name: string) => expected.set(`${name}.weight`, [hidden]).set(`${name}.bias`, [hidden]);
  const linear = (weight: string, bias: string, inputs: number, outputs: number) =>
    expected.set(weight, [outputs, inputs]).set(bias, [outputs]);
  norm('encoder.ln');
  for (let layer = 0; layer < architecture.layers; layer++) {
    const name = `encoder.layers.encoder_layer_${layer}`;
    const attention = `${name}.self_attention`;
    norm(`${name}.ln_1`);
    norm(`${name}.ln_2`);
    linear(`${attention}.in_proj_weight`, `${attention}.in_proj_bias`, hidden, 3 * hidden);
    linear(`${attention}.out_proj.weight`, `${attention}.out_proj.bias`, hidden, hidden);
    linear(`${name}.mlp.0.weight`, `${name}.mlp.0.bias`, hidden, mlp);
    linear(`${name}.mlp.3.weight`, `${name}.mlp.3.bias`, mlp, hidden);
  }
  let inputs = hidden;
  for (const [i, name] of classifierNames(tensors).entries()) {
    const outputs = architecture.classifier[i]!;
    linear(`${name}.weight`, `${name}.bias`, inputs, outputs);
    inputs = outputs;
  }
  for (const [name, shape] of expected) {
    const found = shapeOf(tensors, name, shape.length);
    if (found.some((length, axis) => length !== shape[axis]))
      refuse(`tensor ${name} is [${found.join(', ')}], expected [${shape.join(', ')}]`, { tensor: name });
  }
  for (const name of tensors.keys())
    if (!expected.has(name))
      refuse(`tensor ${name} belongs to no part of a VisionTransformer`, { tensor: name });
}
