import type { AnalysisError } from '#core/errors.ts';
import { analysisError } from '#core/errors.ts';
import type { VitArchitecture, WeightsFile } from '#core/model/manifest.ts';
import type { Result } from '#core/result.ts';
import { err, ok } from '#core/result.ts';

/** Where one tensor lies in the weights file; the shape of what `readSafetensors` gives. */
export interface StoredTensor {
  readonly dtype: string;
  /** As stored: for linear weights in the manifest's layout. */
  readonly shape: readonly number[];
  /** From the start of the file. */
  readonly byteOffset: number;
  readonly byteLength: number;
}
export type TensorIndex = ReadonlyMap<string, StoredTensor>;

/** A linear layer of the network: torch's names of its tensors, and its sizes. */
export interface LinearLayer {
  readonly weight: string;
  readonly bias: string;
  readonly inputs: number;
  readonly outputs: number;
}

export interface EncoderLayer {
  readonly ln1: string;
  readonly inProjection: LinearLayer;
  readonly outProjection: LinearLayer;
  readonly ln2: string;
  readonly mlp1: LinearLayer;
  readonly mlp2: LinearLayer;
}

/** Names of a ViT's parts as torchvision 0.29 `VisionTransformer.state_dict()` has them. */
export interface VitLayers {
  readonly encoder: readonly EncoderLayer[];
  readonly classifier: readonly LinearLayer[];
}

/** Number of patches of the picture, the class token left out. */
export function patchCount(architecture: VitArchitecture): number {
  return (architecture.imageSize / architecture.patchSize) ** 2;
}

/** The tensor that holds the scales of an int8 weight, one for each output. */
export const scaleName = (weight: string): string => `${weight}.scale`;

const linear = (name: string, inputs: number, outputs: number): LinearLayer => ({
  weight: `${name}.weight`,
  bias: `${name}.bias`,
  inputs,
  outputs,
});

/**
 * Finds the linear layers of the encoder and of the classifier. The classifier is `heads.head`, or the numbered members
 * of a Sequential of that name; the numbers have gaps where ReLU and dropout stand.
 *
 * Fails with `model-invalid` where encoder or classifier have other numbers of layers than the manifest says.
 */
export function findVitLayers(
  architecture: VitArchitecture,
  tensors: TensorIndex,
): Result<VitLayers, AnalysisError> {
  const { hiddenSize, mlpSize } = architecture;
  const encoder = Array.from({ length: architecture.layers }, (_, index): EncoderLayer => {
    const prefix = `encoder.layers.encoder_layer_${index}`;
    return {
      ln1: `${prefix}.ln_1`,
      inProjection: {
        weight: `${prefix}.self_attention.in_proj_weight`,
        bias: `${prefix}.self_attention.in_proj_bias`,
        inputs: hiddenSize,
        outputs: 3 * hiddenSize,
      },
      outProjection: linear(`${prefix}.self_attention.out_proj`, hiddenSize, hiddenSize),
      ln2: `${prefix}.ln_2`,
      mlp1: linear(`${prefix}.mlp.0`, hiddenSize, mlpSize),
      mlp2: linear(`${prefix}.mlp.3`, mlpSize, hiddenSize),
    };
  });
  const heads: { name: string; position: number }[] = [];
  for (const name of tensors.keys()) {
    const match = /^(heads\.head(?:\.(\d+))?)\.weight$/.exec(name);
    if (match?.[1] !== undefined) heads.push({ name: match[1], position: Number(match[2] ?? 0) });
  }
  heads.sort((a, b) => a.position - b.position);
  if (heads.length !== architecture.classifier.length) {
    return err(
      analysisError(
        'model-invalid',
        `the weights have ${heads.length} classifier layers, the manifest says ${architecture.classifier.length}`,
      ),
    );
  }
  // what the manifest does not speak of would be left out of the network in silence
  const unknown = [
    `encoder.layers.encoder_layer_${architecture.layers}.ln_1.weight`,
    'heads.pre_logits.weight',
  ];
  for (const name of unknown) {
    if (tensors.has(name))
      return err(analysisError('model-invalid', `the manifest has no place for ${name}`));
  }
  const classifier = heads.map(({ name }, index) =>
    linear(name, architecture.classifier[index - 1] ?? hiddenSize, architecture.classifier[index] ?? 0),
  );
  return ok({ encoder, classifier });
}

export const linearLayers = (layers: VitLayers): LinearLayer[] => [
  ...layers.encoder.flatMap((layer) => [layer.inProjection, layer.outProjection, layer.mlp1, layer.mlp2]),
  ...layers.classifier,
];

/**
 * Checks that every tensor of the network is there with the shape that the architecture asks for, and as numbers that
 * the graph can read: F32 or F16, linear weights also as I8 with their scales.
 */
export function checkVitTensors(
  architecture: VitArchitecture,
  layers: VitLayers,
  tensors: TensorIndex,
  layout: WeightsFile['layout'],
): Result<null, AnalysisError> {
  const { hiddenSize, patchSize, inputChannels } = architecture;
  const expected: { name: string; shape: readonly number[]; linear?: LinearLayer }[] = [
    { name: 'class_token', shape: [1, 1, hiddenSize] },
    { name: 'conv_proj.weight', shape: [hiddenSize, inputChannels, patchSize, patchSize] },
    { name: 'conv_proj.bias', shape: [hiddenSize] },
    { name: 'encoder.pos_embedding', shape: [1, 1 + patchCount(architecture), hiddenSize] },
  ];
  const norms = ['encoder.ln', ...layers.encoder.flatMap((layer) => [layer.ln1, layer.ln2])];
  for (const norm of norms) {
    expected.push(
      { name: `${norm}.weight`, shape: [hiddenSize] },
      { name: `${norm}.bias`, shape: [hiddenSize] },
    );
  }
  for (const linear of linearLayers(layers)) {
    const { weight, bias, inputs, outputs } = linear;
    expected.push({ name: bias, shape: [outputs] });
    expected.push({
      name: weight,
      shape: layout === 'out-in' ? [outputs, inputs] : [inputs, outputs],
      linear,
    });
    if (tensors.get(weight)?.dtype === 'I8') expected.push({ name: scaleName(weight), shape: [outputs] });
  }
  for (const { name, shape, linear } of expected) {
    const tensor = tensors.get(name);
    if (tensor === undefined)
      return err(analysisError('model-invalid', `the weights lack the tensor ${name}`));
    if (tensor.shape.length !== shape.length || tensor.shape.some((length, axis) => length !== shape[axis])) {
      const found = tensor.shape.join(', ');
      return err(
        analysisError('model-invalid', `tensor ${name} is [${found}], expected [${shape.join(', ')}]`),
      );
    }
    const readable = tensor.dtype === 'F32' || tensor.dtype === 'F16' || (tensor.dtype === 'I8' && linear);
    if (!readable) return err(analysisError('model-invalid', `tensor ${name} has dtype ${tensor.dtype}`));
  }
  return ok(null);
}
