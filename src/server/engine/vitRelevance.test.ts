import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { prepareVitRelevance } from '#core/graph/prepareVit.ts';
import { largestDeviation } from '#core/model/deviation.ts';
import type { ModelManifest, VitArchitecture, WeightsFile } from '#core/model/manifest.ts';
import { fixtureBytes, fixtureFloat32 } from '#core/testing/fixture.ts';
import type { ReferenceWeights } from '#core/testing/referenceVit.ts';
import {
  randomWeights,
  referenceForward,
  referenceRelevance,
  weightsFile,
} from '#core/testing/referenceVit.ts';
import { quantiseTiny, tinyManifest } from '#core/testing/tinyModels.ts';
import { runRelevance } from '#server/engine/nodeRelevance.ts';
import { createOrtSession } from '#server/engine/nodeSession.ts';

/** Logits and relevance of one class for the whole input. */
async function relevanceOf(
  manifest: ModelManifest,
  weights: Uint8Array,
  input: Float32Array,
  classIndex: number,
): Promise<{ logits: Float32Array; relevance: Float32Array }> {
  const prepared = prepareVitRelevance(manifest, weights);
  if (!prepared.ok) throw new Error(prepared.error.message);
  const options = { provider: 'cpu', threads: 1, packWeights: false } as const;
  const session = await createOrtSession(prepared.value, options);
  if (!session.ok) throw new Error(session.error.message);
  const ran = await runRelevance(session.value, manifest, input, classIndex);
  await session.value.release();
  if (!ran.ok) throw new Error(ran.error.message);
  return ran.value;
}

/** The patches of every picture, without the class token. */
const patchesOf = (relevance: Float32Array, tokens: number): Float32Array =>
  relevance.filter((_, index) => index % tokens !== 0);

const references = [
  { name: 'tiny_linear', classes: [5, 10] },
  { name: 'tiny_ccmusic', classes: [2, 4] },
] as const;

describe.each(references)('$name against PyTorch', ({ name, classes }) => {
  const input = fixtureFloat32(`${name}_input.f32`);
  const weights = fixtureBytes(`${name}.safetensors`);
  const expectedOf = (classIndex: number): Float32Array =>
    fixtureFloat32(`${name}_relevance_class${classIndex}.f32`);

  it.each(classes)(
    'class %i: every patch within 1e-5 of the largest, the class token within 1e-6',
    async (classIndex) => {
      const expected = expectedOf(classIndex);
      const found = await relevanceOf(tinyManifest(name), weights, input, classIndex);
      const expectedPatches = patchesOf(expected, 197);
      const largest = Math.max(...expectedPatches);
      expect(largestDeviation(patchesOf(found.relevance, 197), expectedPatches)).toBeLessThan(1e-5 * largest);
      expect(largestDeviation(found.relevance, expected)).toBeLessThan(1e-6);
      expect(largestDeviation(found.logits, fixtureFloat32(`${name}_logits.f32`))).toBeLessThan(1e-4);
    },
  );

  it('classes differ by far more than that', () => {
    const [first, second] = classes.map((classIndex) => patchesOf(expectedOf(classIndex), 197));
    if (first === undefined || second === undefined) throw new Error('two classes');
    expect(largestDeviation(first, second)).toBeGreaterThan(0.1 * Math.max(...first));
  });

  it('int8 weights give what the same weights give in float32', async () => {
    const { int8, rounded } = quantiseTiny(weights);
    const packaged = tinyManifest(name, { linear: 'int8-rows', layout: 'in-out' });
    const expected = await relevanceOf(tinyManifest(name), rounded, input, classes[0]);
    const found = await relevanceOf(packaged, int8, input, classes[0]);
    expect(largestDeviation(found.logits, expected.logits)).toBeLessThan(1e-5);
    const patches = patchesOf(expected.relevance, 197);
    expect(largestDeviation(patchesOf(found.relevance, 197), patches)).toBeLessThan(
      1e-5 * Math.max(...patches),
    );
  });
});

/** A small network with random weights and picture. */
interface Network {
  readonly architecture: VitArchitecture;
  readonly layout: WeightsFile['layout'];
  readonly weights: ReferenceWeights;
  readonly input: Float32Array;
  readonly classIndex: number;
}

/** Numbers from -1.7 to 1.7 of variance 1, a different sequence for each seed (mulberry32). */
function uniformSource(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return (((t ^ (t >>> 14)) >>> 0) / 2 ** 32 - 0.5) * Math.sqrt(12);
  };
}

const networks: fc.Arbitrary<Network> = fc
  .record({
    across: fc.integer({ min: 1, max: 3 }),
    patchSize: fc.integer({ min: 1, max: 3 }),
    inputChannels: fc.integer({ min: 1, max: 3 }),
    heads: fc.integer({ min: 1, max: 3 }),
    headSize: fc.integer({ min: 3, max: 5 }),
    layers: fc.integer({ min: 1, max: 3 }),
    mlpSize: fc.integer({ min: 1, max: 9 }),
    layerNormEps: fc.constantFrom(1e-6, 1e-5, 1e-2),
    classifier: fc.array(fc.integer({ min: 2, max: 7 }), { minLength: 1, maxLength: 4 }),
    layout: fc.constantFrom('out-in' as const, 'in-out' as const),
    seed: fc.integer(),
  })
  .map(({ across, headSize, layout, seed, ...rest }): Network => {
    const architecture: VitArchitecture = {
      ...rest,
      kind: 'vit',
      activation: 'gelu-erf',
      imageSize: across * rest.patchSize,
      hiddenSize: rest.heads * headSize,
    };
    const next = uniformSource(seed);
    const weights = randomWeights(architecture, next);
    const { imageSize, inputChannels, classifier } = architecture;
    const input = Float32Array.from({ length: inputChannels * imageSize ** 2 }, next);
    const classIndex = Math.abs(seed) % (classifier.at(-1) ?? 1);
    return { architecture, layout, weights, input, classIndex };
  });

/** The package manifest of a network; only its architecture and the order of its weights are read here. */
function manifestOf({ architecture, layout }: Network): ModelManifest {
  const manifest = tinyManifest('tiny_linear', { linear: 'float32', layout });
  return { ...manifest, architecture };
}

const relevanceOfNetwork = (network: Network) =>
  relevanceOf(
    manifestOf(network),
    weightsFile(network.weights, network.layout),
    network.input,
    network.classIndex,
  );

/** Rows (axis 0) or columns (axis 1) of the blocks of a matrix in another order. */
function reordered(
  values: Float32Array,
  [rows, columns]: readonly [number, number],
  order: readonly number[],
  axis: 0 | 1,
): Float32Array {
  const result = new Float32Array(values.length);
  for (let row = 0; row < rows; row += 1)
    for (let column = 0; column < columns; column += 1) {
      const from = axis === 0 ? order[row]! * columns + column : row * columns + order[column]!;
      result[row * columns + column] = values[from]!;
    }
  return result;
}

/** The same network with its heads in the opposite order, in every layer. */
function withHeadsReversed({ architecture, weights, ...rest }: Network): Network {
  const { heads, hiddenSize } = architecture;
  const headSize = hiddenSize / heads;
  const order = Array.from({ length: hiddenSize }, (_, index) => {
    const head = heads - 1 - Math.floor(index / headSize);
    return head * headSize + (index % headSize);
  });
  const threefold = [0, 1, 2].flatMap((part) => order.map((index) => part * hiddenSize + index));
  const changed = new Map(weights);
  for (const [name, { shape, values }] of weights) {
    const [rows = 1, columns = 1] = shape;
    const change = name.includes('in_proj')
      ? reordered(values, [rows, columns], threefold, 0)
      : name.endsWith('out_proj.weight')
        ? reordered(values, [rows, columns], order, 1)
        : null;
    if (change !== null) changed.set(name, { shape, values: change });
  }
  return { ...rest, architecture, weights: changed };
}

/** Allowed difference from a relevance: gradients of layer norms over few values can be large, and the graph is float32. */
const within = (relevance: ArrayLike<number>): number =>
  1e-4 * Math.max(...Array.from(relevance, (value, index) => (index === 0 ? value - 1 : value))) + 1e-6;

describe('small networks of every architecture', () => {
  it(
    'have the relevance that central differences over the attention give',
    { timeout: 120_000 },
    async () => {
      await fc.assert(
        fc.asyncProperty(networks, async (network) => {
          const { architecture, weights, input, classIndex } = network;
          const found = await relevanceOfNetwork(network);
          const { logits } = referenceForward(architecture, weights, input);
          expect(largestDeviation(found.logits, logits)).toBeLessThan(1e-4);
          const expected = referenceRelevance(architecture, weights, input, classIndex);
          expect(largestDeviation(found.relevance, expected)).toBeLessThan(within(expected));
          expect(found.relevance[0]).toBeGreaterThanOrEqual(1);
          expect(Math.min(...found.relevance)).toBeGreaterThanOrEqual(0);
        }),
        { numRuns: 8 },
      );
    },
  );

  it('have the same relevance with their heads in another order', async () => {
    await fc.assert(
      fc.asyncProperty(networks, async (network) => {
        const { relevance } = await relevanceOfNetwork(network);
        const reversed = await relevanceOfNetwork(withHeadsReversed(network));
        expect(largestDeviation(reversed.relevance, relevance)).toBeLessThan(within(relevance));
      }),
      { numRuns: 12 },
    );
  });

  it('say nothing of a class whose logit no input moves', async () => {
    await fc.assert(
      fc.asyncProperty(networks, async (network) => {
        const weights = new Map(network.weights);
        for (const [name, { shape, values }] of network.weights)
          if (/^heads\..*weight$/.test(name)) weights.set(name, { shape, values: values.map(() => 0) });
        const { relevance } = await relevanceOfNetwork({ ...network, weights });
        expect([...relevance]).toEqual(Array.from(relevance, (_, index) => (index === 0 ? 1 : 0)));
      }),
      { numRuns: 10 },
    );
  });
});

it('asks for a class that the model has', async () => {
  const input = fixtureFloat32('tiny_linear_input.f32');
  const weights = fixtureBytes('tiny_linear.safetensors');
  for (const classIndex of [-1, 16, 0.5])
    await expect(relevanceOf(tinyManifest('tiny_linear'), weights, input, classIndex)).rejects.toThrow(
      RangeError,
    );
});

it('weights that do not fit the manifest are refused by name', () => {
  const manifest = tinyManifest('tiny_linear');
  const deeper = { ...manifest, architecture: { ...manifest.architecture, layers: 4 } };
  expect(prepareVitRelevance(deeper, fixtureBytes('tiny_linear.safetensors'))).toMatchObject({
    ok: false,
    error: { code: 'model-invalid' },
  });
});
