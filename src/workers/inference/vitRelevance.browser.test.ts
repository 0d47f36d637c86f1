import type * as Ort from 'onnxruntime-web';
import asyncifyUrl from 'onnxruntime-web/ort-wasm-simd-threaded.asyncify.wasm?url';
import wasmUrl from 'onnxruntime-web/ort-wasm-simd-threaded.wasm?url';
import { beforeAll, describe, expect, it } from 'vitest';
import { prepareVitRelevance } from '#core/graph/prepareVit.ts';
import { largestDeviation } from '#core/model/deviation.ts';
import type { TinyModelName } from '#core/testing/tinyModels.ts';
import { tinyBatch, tinyManifest } from '#core/testing/tinyModels.ts';

const fixtureUrls = import.meta.glob<string>('../../core/testing/fixtures/tiny_*', {
  query: '?url',
  import: 'default',
  eager: true,
});

async function fixture(name: string): Promise<Uint8Array> {
  const response = await fetch(fixtureUrls[`../../core/testing/fixtures/${name}`] ?? '');
  if (!response.ok) throw new Error(`no fixture ${name}`);
  return new Uint8Array(await response.arrayBuffer());
}
const floats = async (name: string): Promise<Float32Array> => new Float32Array((await fixture(name)).buffer);

/** Without the class token of each picture. */
const patchesOf = (values: Float32Array): Float32Array => values.filter((_, index) => index % 197 !== 0);

/** Runs the reference batch and holds it against PyTorch: patches to 1e-5 of the largest, class token to 1e-6. */
async function expectReference(
  ort: typeof Ort,
  provider: 'wasm' | 'webgpu',
  name: TinyModelName,
  classIndex: number,
): Promise<void> {
  const manifest = tinyManifest(name);
  const prepared = prepareVitRelevance(manifest, await fixture(`${name}.safetensors`));
  if (!prepared.ok) throw new Error(prepared.error.message);
  const { graph, weightsPath, weights: data } = prepared.value;
  const session = await ort.InferenceSession.create(graph, {
    executionProviders: [provider],
    externalData: [{ path: weightsPath, data }],
  });
  const { imageSize, inputChannels } = manifest.architecture;
  const classWeights = new Float32Array(tinyBatch * 16);
  for (let item = 0; item < tinyBatch; item += 1) classWeights[item * 16 + classIndex] = 1;
  const input = await floats(`${name}_input.f32`);
  const outputs = await session.run({
    input: new ort.Tensor('float32', input, [tinyBatch, inputChannels, imageSize, imageSize]),
    class_weights: new ort.Tensor('float32', classWeights, [tinyBatch, 16]),
  });
  await session.release();
  const logits = outputs['logits']?.data;
  const relevance = outputs['relevance']?.data;
  if (!(logits instanceof Float32Array) || !(relevance instanceof Float32Array)) throw new Error('outputs');
  expect(largestDeviation(logits, await floats(`${name}_logits.f32`))).toBeLessThan(1e-4);
  const expected = await floats(`${name}_relevance_class${classIndex}.f32`);
  const patches = patchesOf(expected);
  expect(largestDeviation(patchesOf(relevance), patches)).toBeLessThan(1e-5 * Math.max(...patches));
  expect(largestDeviation(relevance, expected)).toBeLessThan(1e-6);
}

const references = [
  ['tiny_linear', 5],
  ['tiny_linear', 10],
  ['tiny_ccmusic', 2],
  ['tiny_ccmusic', 4],
] as const;

describe('on onnxruntime-web, WebAssembly', () => {
  let ort: typeof Ort;
  beforeAll(async () => {
    ort = await import('onnxruntime-web/wasm');
    ort.env.wasm.wasmPaths = { wasm: wasmUrl };
    ort.env.wasm.numThreads = 2;
  });

  it.each(references)('%s, class %i has PyTorch’s relevance', async (name, classIndex) => {
    await expectReference(ort, 'wasm', name, classIndex);
  });
});

describe('on onnxruntime-web, WebGPU (software adapter)', () => {
  let ort: typeof Ort;
  beforeAll(async () => {
    const adapter = await navigator.gpu.requestAdapter();
    if (adapter === null) throw new Error('this Chromium has no WebGPU adapter');
    ort = await import('onnxruntime-web/webgpu');
    ort.env.wasm.wasmPaths = { wasm: asyncifyUrl };
  });

  // a run takes ten seconds there: one class of each model
  it.each(references.filter((_, index) => index % 2 === 0))(
    '%s, class %i has PyTorch’s relevance',
    async (name, classIndex) => {
      await expectReference(ort, 'webgpu', name, classIndex);
    },
  );
});
