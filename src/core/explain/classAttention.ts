/** Which attention of the network: one head of one layer, or the mean of a layer's heads. Counted from 0, the first layer. */
export interface AttentionChoice {
  readonly layer: number;
  readonly head: number | 'mean';
}

/** Shape of `classAttention`: row-major [heads x layers x tokens], tokens = 1 + patches. */
export interface AttentionShape {
  readonly heads: number;
  readonly layers: number;
  readonly tokens: number;
}

const fits = (index: number, count: number): boolean =>
  Number.isInteger(index) && index >= 0 && index < count;

/**
 * What the class token attends to in one head of one layer (the raw softmax row, not a rollout: it says where this head
 * reads, not what reached the answer), over the patches alone.
 *
 * @param classAttention output `class_attention` of the graph for one window
 * @returns [tokens - 1], from the first image row on, sum 1; all 0 where the class token looks at nothing but itself
 * @throws RangeError for a choice outside the shape or values of another length
 */
export function patchAttention(
  classAttention: Float32Array,
  { heads, layers, tokens }: AttentionShape,
  { layer, head }: AttentionChoice,
): Float64Array {
  const chosen = head === 'mean' ? Array.from({ length: heads }, (_, index) => index) : [head];
  if (!fits(layer, layers) || !chosen.every((index) => fits(index, heads)))
    throw new RangeError(`layer ${layer}, head ${head} of ${layers} layers, ${heads} heads`);
  if (classAttention.length !== heads * layers * tokens)
    throw new RangeError(`${classAttention.length} values for ${heads} x ${layers} x ${tokens}`);
  const patches = new Float64Array(tokens - 1);
  for (const index of chosen) {
    const start = (index * layers + layer) * tokens + 1;
    for (let patch = 0; patch < patches.length; patch += 1)
      patches[patch] = patches[patch]! + classAttention[start + patch]!;
  }
  let sum = 0;
  for (const value of patches) sum += value;
  if (sum > 0) for (let patch = 0; patch < patches.length; patch += 1) patches[patch] = patches[patch]! / sum;
  return patches;
}
