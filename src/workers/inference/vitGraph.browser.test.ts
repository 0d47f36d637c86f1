import type * as Ort from 'onnxruntime-web';
import asyncifyUrl from 'onnxruntime-web/ort-wasm-simd-threaded.asyncify.wasm?url';
import wasmUrl from 'onnxruntime-web/ort-wasm-simd-threaded.wasm?url';
import { beforeAll, describe, expect, it } from 'vitest';
import { prepareVit } from '#core/graph/prepareVit.ts';
import { largestDeviation } from '#core/model/deviation.ts';
import type { InferenceOutput } from '#core/model/engine.ts';
import type { ModelManifest, Precision } from '#core/model/manifest.ts';
import { quantiseTiny, tinyBatch, tinyManifest, tinyModelNames } from '#core/testing/tinyModels.ts';

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

/** The outputs for the whole reference batch. */
async function runTiny(
  ort: typeof Ort,
  provider: 'wasm' | 'webgpu',
  manifest: ModelManifest,
  weights: Uint8Array,
  precision: Precision,
  input: Float32Array,
): Promise<InferenceOutput> {
  const prepared = prepareVit(manifest, weights, precision);
  if (!prepared.ok) throw new Error(prepared.error.message);
  const { graph, weightsPath, weights: data } = prepared.value;
  const session = await ort.InferenceSession.create(graph, {
    executionProviders: [provider],
    externalData: [{ path: weightsPath, data }],
  });
  const { imageSize, inputChannels } = manifest.architecture;
  const dims = [tinyBatch, inputChannels, imageSize, imageSize];
  const outputs = await session.run({ input: new ort.Tensor('float32', input, dims) });
  await session.release();
  const [logits, rollout, classAttention] = ['logits', 'rollout', 'class_attention'].map((name) => {
    const data = outputs[name]?.data;
    if (!(data instanceof Float32Array)) throw new Error(`no output ${name}`);
    return data;
  });
  if (logits === undefined || rollout === undefined || classAttention === undefined)
    throw new Error('outputs');
  return { logits, rollout, classAttention };
}

/** Every head of every layer spreads the whole of its attention over the tokens. */
function expectAttention({ classAttention = new Float32Array() }: InferenceOutput): void {
  expect(classAttention.length).toBe(tinyBatch * 2 * 3 * 197);
  for (let row = 0; row < classAttention.length; row += 197) {
    const values = classAttention.subarray(row, row + 197);
    expect(Math.min(...values)).toBeGreaterThanOrEqual(0);
    expect(values.reduce((total, value) => total + value, 0)).toBeCloseTo(1, 4);
  }
}

const packaged = { linear: 'int8-rows', layout: 'in-out' } as const;

describe('on onnxruntime-web, WebAssembly', () => {
  let ort: typeof Ort;
  beforeAll(async () => {
    ort = await import('onnxruntime-web/wasm');
    ort.env.wasm.wasmPaths = { wasm: wasmUrl };
    ort.env.wasm.numThreads = 2;
  });

  it.each(tinyModelNames)(
    '%s gives torchvision’s logits within 1e-4 and the rollout within 1e-5',
    async (name) => {
      expect(crossOriginIsolated).toBe(true);
      const input = await floats(`${name}_input.f32`);
      const weights = await fixture(`${name}.safetensors`);
      const output = await runTiny(ort, 'wasm', tinyManifest(name), weights, 'float32', input);
      expect(largestDeviation(output.logits, await floats(`${name}_logits.f32`))).toBeLessThan(1e-4);
      expect(largestDeviation(output.rollout, await floats(`${name}_rollout.f32`))).toBeLessThan(1e-5);
      expectAttention(output);
    },
  );

  it('with int8 products stays close to the same weights in float32', async () => {
    const input = await floats('tiny_linear_input.f32');
    const { int8, rounded } = quantiseTiny(await fixture('tiny_linear.safetensors'));
    const expected = await runTiny(ort, 'wasm', tinyManifest('tiny_linear'), rounded, 'float32', input);
    const manifest = tinyManifest('tiny_linear', packaged);
    const output = await runTiny(ort, 'wasm', manifest, int8, 'int8', input);
    const deviation = largestDeviation(output.logits, expected.logits);
    expect(deviation).toBeLessThan(0.05);
    expect(deviation).toBeGreaterThan(0);
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

  it.each(tinyModelNames)(
    '%s gives torchvision’s logits within 1e-4 and the rollout within 1e-5',
    async (name) => {
      const input = await floats(`${name}_input.f32`);
      const weights = await fixture(`${name}.safetensors`);
      const output = await runTiny(ort, 'webgpu', tinyManifest(name), weights, 'float32', input);
      expect(largestDeviation(output.logits, await floats(`${name}_logits.f32`))).toBeLessThan(1e-4);
      expect(largestDeviation(output.rollout, await floats(`${name}_rollout.f32`))).toBeLessThan(1e-5);
      expectAttention(output);
    },
  );

  it('runs int8 weights dequantised at load', async () => {
    const input = await floats('tiny_linear_input.f32');
    const { int8, rounded } = quantiseTiny(await fixture('tiny_linear.safetensors'));
    const expected = await runTiny(ort, 'webgpu', tinyManifest('tiny_linear'), rounded, 'float32', input);
    const manifest = tinyManifest('tiny_linear', packaged);
    const output = await runTiny(ort, 'webgpu', manifest, int8, 'float32', input);
    expect(largestDeviation(output.logits, expected.logits)).toBeLessThan(1e-4);
  });
});
