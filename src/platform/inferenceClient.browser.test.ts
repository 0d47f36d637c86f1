import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { prepareVit } from '#core/graph/prepareVit.ts';
import type { BackendCandidate } from '#core/model/engine.ts';
import { goldenInput } from '#core/model/goldenInput.ts';
import type { GoldenRecord, ModelManifest } from '#core/model/manifest.ts';
import { librosaDefaultFrontEnd } from '#core/testing/frontEnds.ts';
import tinyLinearUrl from '#core/testing/fixtures/tiny_linear.safetensors?url';
import { quantiseTiny, tinyManifest } from '#core/testing/tinyModels.ts';
import type { InferenceClient } from '#platform/inferenceClient.ts';
import { startInferenceClient } from '#platform/inferenceClient.ts';
import { openRuntimeSession } from '#workers/inference/runtimeSession.ts';

const wasm1: BackendCandidate = { kind: 'wasm', threads: 1, precision: 'float32' };
const wasm2: BackendCandidate = { kind: 'wasm', threads: 2, precision: 'float32' };
const webgpu: BackendCandidate = { kind: 'webgpu', threads: 1, precision: 'float32' };
const frontEnd = librosaDefaultFrontEnd;
const manifest: ModelManifest = { ...tinyManifest('tiny_linear'), frontEnd };

let weights: Uint8Array<ArrayBuffer>;
let golden: GoldenRecord;

beforeAll(async () => {
  weights = new Uint8Array(await (await fetch(tinyLinearUrl)).arrayBuffer());
  const prepared = prepareVit(manifest, weights, 'float32');
  if (!prepared.ok) throw new Error(prepared.error.message);
  const session = await openRuntimeSession(prepared.value, manifest, wasm1, { allowSoftwareAdapter: false });
  if (!session.ok) throw new Error(session.error.message);
  const output = await session.value.run(goldenInput(manifest));
  if (!output.ok) throw new Error(output.error.message);
  golden = {
    schemaVersion: 1,
    weightsSha256: manifest.weights.sha256,
    recipe: 'mod-29-pattern',
    logits: [...output.value.logits],
    rollout: [...output.value.rollout],
    tolerance: { float32: 1e-4, float16: 0.02, int8: 0.1 },
  };
});

const clients: InferenceClient[] = [];
afterEach(() => {
  for (const client of clients.splice(0)) client.terminate();
});

async function load(
  candidates: readonly BackendCandidate[],
  changes: {
    golden?: GoldenRecord;
    manifest?: ModelManifest;
    weights?: Uint8Array<ArrayBuffer>;
    allowSoftwareAdapter?: boolean;
  } = {},
) {
  const client = startInferenceClient();
  clients.push(client);
  const loaded = await client.load({
    manifest: changes.manifest ?? manifest,
    golden: changes.golden ?? golden,
    weights: (changes.weights ?? weights).slice().buffer,
    candidates,
    allowSoftwareAdapter: changes.allowSoftwareAdapter ?? false,
  });
  return { client, loaded };
}

/** A window of decibels with some structure: -80..0, row-major [nMels x windowFrames]. */
function testWindow(): Float32Array {
  const { nMels, windowFrames } = frontEnd;
  return Float32Array.from({ length: nMels * windowFrames }, (_, index) => -((index * 37) % 801) / 10);
}

function largest(a: ArrayLike<number>, b: ArrayLike<number>): number {
  expect(a.length).toBe(b.length);
  return Array.from(a, (value, index) => Math.abs(value - (b[index] ?? NaN))).reduce((x, y) =>
    Math.max(x, y),
  );
}

describe('the inference worker', () => {
  it('runs on two threads, one thread and WebGPU by name, and all agree on a window', async () => {
    const reference = await load([wasm1]);
    const expected = await reference.client.infer(testWindow());
    if (!expected.ok) throw new Error(expected.error.message);
    expect(expected.value.logits).toHaveLength(16);
    expect(expected.value.rollout).toHaveLength(197);
    expect(expected.value.rollout.reduce((sum, value) => sum + value)).toBeCloseTo(1, 4);

    for (const candidate of [wasm2, webgpu]) {
      const { client, loaded } = await load([candidate], { allowSoftwareAdapter: true });
      if (!loaded.ok) throw new Error(loaded.error.message);
      expect(loaded.value.backend).toMatchObject(candidate);
      expect(loaded.value.backend.attempts).toHaveLength(1);
      const window = testWindow();
      const output = await client.infer(window);
      // The window is copied, not transferred: it may have to be asked again.
      expect(window.length).toBe(frontEnd.nMels * frontEnd.windowFrames);
      if (!output.ok) throw new Error(output.error.message);
      expect(largest(output.value.logits, expected.value.logits)).toBeLessThan(1e-4);
      expect(largest(output.value.rollout, expected.value.rollout)).toBeLessThan(1e-5);
    }
  });

  it('refuses a software adapter that nobody asked for, and takes the next backend', async () => {
    const { loaded } = await load([webgpu, wasm1]);
    if (!loaded.ok) throw new Error(loaded.error.message);
    expect(loaded.value.backend.kind).toBe('wasm');
    expect(loaded.value.backend.attempts[0]).toMatchObject({ kind: 'webgpu', outcome: 'unavailable' });
    expect(loaded.value.backend.attempts[0]?.detail).toContain('software');
  });

  it('refuses a backend that disagrees and uses the next', async () => {
    // int8 products differ from float32 by more than a tolerance of 1e-7 allows.
    const { int8, rounded } = quantiseTiny(weights);
    const prepared = prepareVit(manifest, rounded, 'float32');
    if (!prepared.ok) throw new Error(prepared.error.message);
    const session = await openRuntimeSession(prepared.value, manifest, wasm1, {
      allowSoftwareAdapter: false,
    });
    const output = session.ok ? await session.value.run(goldenInput(manifest)) : session;
    if (!output.ok) throw new Error(output.error.message);
    const packaged: ModelManifest = {
      ...manifest,
      weights: { ...manifest.weights, linear: 'int8-rows', layout: 'in-out' },
    };
    const { loaded } = await load([{ ...wasm1, precision: 'int8' }, wasm1], {
      manifest: packaged,
      weights: new Uint8Array(int8),
      golden: {
        ...golden,
        logits: [...output.value.logits],
        rollout: [...output.value.rollout],
        tolerance: { ...golden.tolerance, int8: 1e-7 },
      },
    });
    if (!loaded.ok) throw new Error(loaded.error.message);
    expect(loaded.value.backend).toMatchObject(wasm1);
    expect(loaded.value.backend.attempts.map(({ outcome }) => outcome)).toEqual(['disagreed', 'used']);
  });

  it('refuses every backend when the golden record was altered', async () => {
    const logits = golden.logits.with(3, (golden.logits[3] ?? 0) + 0.01);
    const { loaded } = await load([wasm1], { golden: { ...golden, logits } });
    expect(!loaded.ok && loaded.error.code).toBe('backend-disagrees');
    expect(!loaded.ok && loaded.error.attempts).toMatchObject([{ outcome: 'disagreed' }]);
  });

  it('names weights that are no model', async () => {
    const { loaded } = await load([wasm1], { weights: new Uint8Array(64) });
    expect(!loaded.ok && loaded.error.code).toBe('model-invalid');
  });

  it('answers every call of a worker that is ended', async () => {
    const { client } = await load([wasm1]);
    const pending = client.infer(testWindow());
    client.terminate();
    const answer = await pending;
    expect(!answer.ok && answer.error.code).toBe('cancelled');
  });
});

describe('a WebGPU session', () => {
  it('says backend-lost when its device goes away', async () => {
    const prepared = prepareVit(manifest, weights, 'float32');
    if (!prepared.ok) throw new Error(prepared.error.message);
    const session = await openRuntimeSession(prepared.value, manifest, webgpu, {
      allowSoftwareAdapter: true,
    });
    if (!session.ok) throw new Error(session.error.message);
    const { env } = await import('onnxruntime-web/webgpu');
    (await env.webgpu.device).destroy();
    const after = await session.value.run(goldenInput(manifest));
    expect(!after.ok && after.error.code).toBe('backend-lost');
  });
});
