import { describe, expect, it } from 'vitest';
import { readSafetensors } from '#core/checkpoint/safetensors.ts';
import { writeSafetensors } from '#core/checkpoint/writeSafetensors.ts';
import { buildVitGraph } from '#core/graph/vit.ts';
import { largestDeviation } from '#core/model/deviation.ts';
import type { InferenceAsk, InferenceOutput } from '#core/model/engine.ts';
import type { ModelManifest, Precision } from '#core/model/manifest.ts';
import { fixtureBytes, fixtureFloat32 } from '#core/testing/fixture.ts';
import { quantiseTiny, tinyManifest, tinyModelNames } from '#core/testing/tinyModels.ts';
import { openNodeSession } from '#server/engine/nodeSession.ts';

/** The outputs for the whole reference batch. */
async function runTiny(
  manifest: ModelManifest,
  weights: Uint8Array,
  precision: Precision,
  input: Float32Array,
  ask?: InferenceAsk,
): Promise<InferenceOutput> {
  const opened = await openNodeSession(manifest, weights, { kind: 'node-cpu', threads: 1, precision });
  if (!opened.ok) throw new Error(opened.error.message);
  const ran = await opened.value.run(input, ask);
  await opened.value.dispose();
  if (!ran.ok) throw new Error(ran.error.message);
  return ran.value;
}

describe.each(tinyModelNames)('%s on onnxruntime-node', (name) => {
  const input = fixtureFloat32(`${name}_input.f32`);
  const logits = fixtureFloat32(`${name}_logits.f32`);
  const rollout = fixtureFloat32(`${name}_rollout.f32`);
  const weights = fixtureBytes(`${name}.safetensors`);
  const packaged = { linear: 'int8-rows', layout: 'in-out' } as const;

  it('gives torchvision’s logits within 1e-4 and the rollout within 1e-5, straight from the file', async () => {
    const output = await runTiny(tinyManifest(name), weights, 'float32', input);
    expect(largestDeviation(output.logits, logits)).toBeLessThan(1e-4);
    expect(largestDeviation(output.rollout, rollout)).toBeLessThan(1e-5);
  });

  it('has a rollout that sums to 1', async () => {
    const output = await runTiny(tinyManifest(name), weights, 'float32', input);
    for (const start of [0, 197]) {
      const sum = output.rollout.subarray(start, start + 197).reduce((total, value) => total + value, 0);
      expect(sum).toBeCloseTo(1, 5);
    }
  });

  it('gives what the class token attends to in every head and layer, when asked', async () => {
    const plain = await runTiny(tinyManifest(name), weights, 'float32', input);
    expect(plain.classAttention).toBeUndefined();
    const output = await runTiny(tinyManifest(name), weights, 'float32', input, { classAttention: true });
    expect(output.logits).toEqual(plain.logits);
    const attention = output.classAttention ?? new Float32Array();
    expect(attention.length).toBe(2 * 2 * 3 * 197);
    for (let row = 0; row < attention.length; row += 197) {
      const values = attention.subarray(row, row + 197);
      expect(Math.min(...values)).toBeGreaterThanOrEqual(0);
      expect(values.reduce((total, value) => total + value, 0)).toBeCloseTo(1, 5);
    }
  });

  it('of a single layer, the head mean and the class token make the rollout', async () => {
    const read = readSafetensors(weights);
    if (!read.ok) throw new Error(read.error.message);
    const oneLayer = writeSafetensors(
      new Map(
        [...read.value.tensors]
          .filter(([tensorName]) => !/encoder_layer_[12]\./.test(tensorName))
          .map(([tensorName, { shape, byteOffset, byteLength }]) => [
            tensorName,
            { dtype: 'F32' as const, shape, data: weights.slice(byteOffset, byteOffset + byteLength) },
          ]),
      ),
    );
    const manifest = tinyManifest(name);
    const shallow = { ...manifest, architecture: { ...manifest.architecture, layers: 1 } };
    const { rollout: row, classAttention = new Float32Array() } = await runTiny(
      shallow,
      oneLayer,
      'float32',
      input.subarray(0, input.length / 2),
      { classAttention: true },
    );
    // Two heads of one layer: A' = (mean + I) / 2, its class row.
    const expected = Float32Array.from(
      { length: 197 },
      (_, token) =>
        ((classAttention[token] ?? 0) + (classAttention[197 + token] ?? 0)) / 4 + (token === 0 ? 0.5 : 0),
    );
    expect(largestDeviation(row, expected)).toBeLessThan(1e-6);
  });

  it('in float16 stays within 2e-3', async () => {
    const output = await runTiny(tinyManifest(name), weights, 'float16', input);
    expect(largestDeviation(output.logits, logits)).toBeLessThan(2e-3);
    expect(largestDeviation(output.rollout, rollout)).toBeLessThan(1e-4);
  });

  it('dequantised from int8 [in, out] equals the same weights stored as float32 [out, in]', async () => {
    const { int8, rounded } = quantiseTiny(weights);
    const expected = await runTiny(tinyManifest(name), rounded, 'float32', input);
    const output = await runTiny(tinyManifest(name, packaged), int8, 'float32', input);
    expect(largestDeviation(output.logits, expected.logits)).toBeLessThan(1e-5);
    expect(largestDeviation(output.rollout, expected.rollout)).toBeLessThan(1e-6);
  });

  it('with int8 products stays close to the same weights in float32', async () => {
    const { int8, rounded } = quantiseTiny(weights);
    const expected = await runTiny(tinyManifest(name), rounded, 'float32', input);
    const output = await runTiny(tinyManifest(name, packaged), int8, 'int8', input);
    const deviation = largestDeviation(output.logits, expected.logits);
    expect(deviation).toBeLessThan(0.05);
    // exactly 0 would mean that nothing was quantised
    expect(deviation).toBeGreaterThan(0);
    const half = await runTiny(tinyManifest(name, packaged), int8, 'float16', input);
    expect(largestDeviation(half.logits, expected.logits)).toBeLessThan(2e-3);
  });
});

describe('weights that do not fit the manifest', () => {
  const weights = fixtureBytes('tiny_linear.safetensors');
  const manifest = tinyManifest('tiny_linear');
  const open = (architecture: Partial<ModelManifest['architecture']>, bytes: Uint8Array = weights) =>
    openNodeSession({ ...manifest, architecture: { ...manifest.architecture, ...architecture } }, bytes, {
      kind: 'node-cpu',
      threads: 1,
      precision: 'float32',
    });

  it.each([
    ['a layer too many', { layers: 4 }, 'lack the tensor encoder.layers.encoder_layer_3'],
    ['a layer too few', { layers: 2 }, 'no place for encoder.layers.encoder_layer_2'],
    ['another width', { hiddenSize: 128 }, 'class_token is [1, 1, 64], expected [1, 1, 128]'],
    ['another number of channels', { inputChannels: 1 }, 'conv_proj.weight'],
    ['another head', { classifier: [32, 16] }, '1 classifier layers'],
    ['another number of classes', { classifier: [10] }, 'heads.head'],
  ])('%s is refused by name', async (_, architecture, named) => {
    const opened = await open(architecture);
    expect(opened).toMatchObject({ ok: false, error: { code: 'model-invalid' } });
    expect(!opened.ok && opened.error.message).toContain(named);
  });

  it('refuses numbers that the graph cannot read, and files that are no safetensors', async () => {
    const read = readSafetensors(weights);
    if (!read.ok) throw new Error(read.error.message);
    const tensors = new Map(
      [...read.value.tensors].map(([name, tensor]) => [
        name,
        {
          dtype: name === 'encoder.ln.bias' ? ('I32' as const) : tensor.dtype,
          shape: tensor.shape,
          data: weights.slice(tensor.byteOffset, tensor.byteOffset + tensor.byteLength),
        },
      ]),
    );
    expect(await open({}, writeSafetensors(tensors))).toMatchObject({
      ok: false,
      error: { code: 'model-invalid', message: 'tensor encoder.ln.bias has dtype I32' },
    });
    expect(await open({}, new Uint8Array(100))).toMatchObject({
      ok: false,
      error: { code: 'model-invalid' },
    });
  });
});

it('the same model gives the same graph, byte for byte', () => {
  const read = readSafetensors(fixtureBytes('tiny_linear.safetensors'));
  if (!read.ok) throw new Error(read.error.message);
  const { tensors } = read.value;
  const options = { precision: 'float32', weightsFile: 'model.safetensors', layout: 'out-in' } as const;
  const build = () => buildVitGraph(tinyManifest('tiny_linear').architecture, tensors, options);
  expect(build()).toEqual(build());
});
