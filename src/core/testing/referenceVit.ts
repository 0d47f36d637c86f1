import type { TensorToWrite } from '#core/checkpoint/writeSafetensors.ts';
import { writeSafetensors } from '#core/checkpoint/writeSafetensors.ts';
import type { VitArchitecture, WeightsFile } from '#core/model/manifest.ts';

/**
 * A Vision Transformer in plain float64 loops, for tests: nothing of it is shared with the graph. Class relevance comes from
 * central differences of the logit over single entries of the attention, so that no derivative is written down twice.
 */

/** Tensors by torch's names, row-major, linear weights [out, in]. */
export type ReferenceWeights = ReadonlyMap<
  string,
  { readonly shape: readonly number[]; readonly values: Float32Array }
>;

/** Weights for an architecture, from numbers that are near a standard normal distribution. */
export function randomWeights(architecture: VitArchitecture, normal: () => number): ReferenceWeights {
  const { hiddenSize, mlpSize, imageSize, patchSize, inputChannels, classifier } = architecture;
  const weights = new Map<string, { shape: number[]; values: Float32Array }>();
  const add = (name: string, shape: number[], spread: number, centre = 0): void => {
    const length = shape.reduce((product, size) => product * size, 1);
    weights.set(name, { shape, values: Float32Array.from({ length }, () => centre + spread * normal()) });
  };
  const addLinear = (weight: string, bias: string, outputs: number, inputs: number): void => {
    add(weight, [outputs, inputs], 1.2 / Math.sqrt(inputs));
    add(bias, [outputs], 0.2);
  };
  const addNorm = (name: string): void => {
    add(`${name}.weight`, [hiddenSize], 0.2, 1);
    add(`${name}.bias`, [hiddenSize], 0.2);
  };
  add('class_token', [1, 1, hiddenSize], 1);
  add('conv_proj.weight', [hiddenSize, inputChannels, patchSize, patchSize], 0.5 / patchSize);
  add('conv_proj.bias', [hiddenSize], 0.2);
  add('encoder.pos_embedding', [1, 1 + (imageSize / patchSize) ** 2, hiddenSize], 1);
  for (let layer = 0; layer < architecture.layers; layer += 1) {
    const name = `encoder.layers.encoder_layer_${layer}`;
    addNorm(`${name}.ln_1`);
    addLinear(
      `${name}.self_attention.in_proj_weight`,
      `${name}.self_attention.in_proj_bias`,
      3 * hiddenSize,
      hiddenSize,
    );
    addLinear(
      `${name}.self_attention.out_proj.weight`,
      `${name}.self_attention.out_proj.bias`,
      hiddenSize,
      hiddenSize,
    );
    addNorm(`${name}.ln_2`);
    addLinear(`${name}.mlp.0.weight`, `${name}.mlp.0.bias`, mlpSize, hiddenSize);
    addLinear(`${name}.mlp.3.weight`, `${name}.mlp.3.bias`, hiddenSize, mlpSize);
  }
  addNorm('encoder.ln');
  for (const [index, outputs] of classifier.entries()) {
    const name = classifier.length === 1 ? 'heads.head' : `heads.head.${3 * index}`;
    addLinear(`${name}.weight`, `${name}.bias`, outputs, classifier[index - 1] ?? hiddenSize);
  }
  return weights;
}

/** The weights as a file, linear weights in the order that the manifest is to name. */
export function weightsFile(
  weights: ReferenceWeights,
  layout: WeightsFile['layout'],
): Uint8Array<ArrayBuffer> {
  const tensors = new Map<string, TensorToWrite>();
  for (const [name, { shape, values }] of weights) {
    const [outputs = 0, inputs = 0] = shape;
    if (shape.length !== 2 || layout === 'out-in') {
      tensors.set(name, { dtype: 'F32', shape, data: values });
      continue;
    }
    const data = new Float32Array(values.length);
    for (let o = 0; o < outputs; o += 1)
      for (let i = 0; i < inputs; i += 1) data[i * outputs + o] = values[o * inputs + i]!;
    tensors.set(name, { dtype: 'F32', shape: [inputs, outputs], data });
  }
  return writeSafetensors(tensors);
}

/** What one forward pass gave: logits, and the attention [layers][heads x tokens x tokens] that it ran with. */
interface Forward {
  readonly logits: readonly number[];
  readonly attention: readonly Float64Array[];
}

/** One entry of the attention after softmax, and what is added to it. */
interface Nudge {
  readonly layer: number;
  readonly entry: number;
  readonly by: number;
}

type Rows = readonly Float64Array[];

const sum = (a: Rows, b: Rows): Rows => a.map((row, t) => row.map((x, i) => x + b[t]![i]!));

/** The forward pass for one picture, with one entry of one attention changed where `nudge` says so. */
export function referenceForward(
  architecture: VitArchitecture,
  weights: ReferenceWeights,
  input: Float32Array,
  nudge?: Nudge,
): Forward {
  const { heads, hiddenSize, layerNormEps } = architecture;
  const headSize = hiddenSize / heads;
  const tensor = (name: string): Float32Array => {
    const found = weights.get(name);
    if (found === undefined) throw new Error(`no tensor ${name}`);
    return found.values;
  };
  const linear = (rows: Rows, weight: string, bias: string): Rows =>
    rows.map((row) => product(tensor(weight), tensor(bias), row));
  const norm = (rows: Rows, name: string): Rows =>
    rows.map((row) => {
      const mean = row.reduce((sum, x) => sum + x, 0) / row.length;
      const variance = row.reduce((sum, x) => sum + (x - mean) ** 2, 0) / row.length;
      const spread = Math.sqrt(variance + layerNormEps);
      return row.map(
        (x, i) => ((x - mean) / spread) * tensor(`${name}.weight`)[i]! + tensor(`${name}.bias`)[i]!,
      );
    });

  let x: Rows = embed(architecture, tensor, input);
  const tokens = x.length;
  const attention: Float64Array[] = [];
  for (let layer = 0; layer < architecture.layers; layer += 1) {
    const name = `encoder.layers.encoder_layer_${layer}`;
    const self = `${name}.self_attention`;
    const qkv = linear(norm(x, `${name}.ln_1`), `${self}.in_proj_weight`, `${self}.in_proj_bias`);
    const weightsOfLayer = new Float64Array(heads * tokens * tokens);
    const mixed = x.map(() => new Float64Array(hiddenSize));
    for (let head = 0; head < heads; head += 1)
      for (let q = 0; q < tokens; q += 1) {
        const scores = Float64Array.from({ length: tokens }, (_, k) => {
          let dot = 0;
          for (let i = head * headSize; i < (head + 1) * headSize; i += 1)
            dot += qkv[q]![i]! * qkv[k]![hiddenSize + i]!;
          return Math.exp(dot / Math.sqrt(headSize));
        });
        const total = scores.reduce((all, value) => all + value, 0);
        for (let k = 0; k < tokens; k += 1) {
          const entry = (head * tokens + q) * tokens + k;
          const nudged = nudge?.layer === layer && nudge.entry === entry ? nudge.by : 0;
          weightsOfLayer[entry] = scores[k]! / total + nudged;
          for (let i = head * headSize; i < (head + 1) * headSize; i += 1)
            mixed[q]![i]! += weightsOfLayer[entry] * qkv[k]![2 * hiddenSize + i]!;
        }
      }
    attention.push(weightsOfLayer);
    x = sum(x, linear(mixed, `${self}.out_proj.weight`, `${self}.out_proj.bias`));
    const hidden = linear(norm(x, `${name}.ln_2`), `${name}.mlp.0.weight`, `${name}.mlp.0.bias`);
    const activated = hidden.map((row) => row.map((value) => (value / 2) * (1 + erf(value / Math.SQRT2))));
    x = sum(x, linear(activated, `${name}.mlp.3.weight`, `${name}.mlp.3.bias`));
  }
  let read = norm(x.slice(0, 1), 'encoder.ln');
  for (let index = 0; index < architecture.classifier.length; index += 1) {
    const name = architecture.classifier.length === 1 ? 'heads.head' : `heads.head.${3 * index}`;
    if (index > 0) read = read.map((row) => row.map((value) => Math.max(0, value)));
    read = linear(read, `${name}.weight`, `${name}.bias`);
  }
  return { logits: [...(read[0] ?? [])], attention };
}

/**
 * The class token's row of R (Chefer, Gur, Wolf 2021), R multiplied out in full, [1 + patches]. A central difference of a
 * smooth function with a step of 1e-5 is off by some 1e-10 of its size.
 */
export function referenceRelevance(
  architecture: VitArchitecture,
  weights: ReferenceWeights,
  input: Float32Array,
  classIndex: number,
): Float64Array {
  const step = 1e-5;
  const { heads, layers } = architecture;
  const tokens = 1 + (architecture.imageSize / architecture.patchSize) ** 2;
  const { attention } = referenceForward(architecture, weights, input);
  const logit = (nudge: Nudge): number =>
    referenceForward(architecture, weights, input, nudge).logits[classIndex]!;
  let r: Float64Array[] = Array.from({ length: tokens }, (_, t) =>
    new Float64Array(tokens).fill(1, t, t + 1),
  );
  for (let layer = 0; layer < layers; layer += 1) {
    const argued = Array.from({ length: tokens }, () => new Float64Array(tokens));
    for (let entry = 0; entry < heads * tokens * tokens; entry += 1) {
      const slope = (logit({ layer, entry, by: step }) - logit({ layer, entry, by: -step })) / (2 * step);
      const q = Math.floor(entry / tokens) % tokens;
      argued[q]![entry % tokens]! += Math.max(0, slope * attention[layer]![entry]!) / heads;
    }
    const before = r;
    r = before.map((row, q) =>
      row.map((value, k) => value + argued[q]!.reduce((all, m, t) => all + m * before[t]![k]!, 0)),
    );
  }
  return r[0] ?? new Float64Array();
}

function product(weight: Float32Array, bias: Float32Array, row: Float64Array): Float64Array {
  return Float64Array.from(bias, (start, o) => {
    let value = start;
    for (let i = 0; i < row.length; i += 1) value += weight[o * row.length + i]! * row[i]!;
    return value;
  });
}

/** Class token and patches with their positions. */
function embed(
  { imageSize, patchSize, inputChannels, hiddenSize }: VitArchitecture,
  tensor: (name: string) => Float32Array,
  input: Float32Array,
): Float64Array[] {
  const across = imageSize / patchSize;
  const positions = tensor('encoder.pos_embedding');
  const at = (token: number, of: (i: number) => number): Float64Array =>
    Float64Array.from({ length: hiddenSize }, (_, i) => of(i) + positions[token * hiddenSize + i]!);
  const classToken = tensor('class_token');
  const rows = [at(0, (i) => classToken[i]!)];
  for (let patch = 0; patch < across * across; patch += 1) {
    const pixels = new Float64Array(inputChannels * patchSize * patchSize);
    for (let p = 0; p < pixels.length; p += 1) {
      const channel = Math.floor(p / (patchSize * patchSize));
      const y = Math.floor(patch / across) * patchSize + (Math.floor(p / patchSize) % patchSize);
      const x = (patch % across) * patchSize + (p % patchSize);
      pixels[p] = input[(channel * imageSize + y) * imageSize + x]!;
    }
    const projected = product(tensor('conv_proj.weight'), tensor('conv_proj.bias'), pixels);
    rows.push(at(1 + patch, (i) => projected[i]!));
  }
  return rows;
}

/** 2 / sqrt(pi) exp(-x^2) sum of 2^n x^(2n+1) / (1 3 5 ... (2n+1)): terms of one sign, full precision. */
function erf(x: number): number {
  if (Math.abs(x) > 6) return Math.sign(x);
  let term = x;
  let total = x;
  for (let n = 1; Math.abs(term) > 1e-18 * Math.abs(total); n += 1) {
    term *= (2 * x * x) / (2 * n + 1);
    total += term;
  }
  return (2 / Math.sqrt(Math.PI)) * Math.exp(-x * x) * total;
}
