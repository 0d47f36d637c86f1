import { describe, expect, it } from 'vitest';
import { analysisError } from '#core/errors.ts';
import type { HostNotice, ModelLoadProgress, ModelLoadSummary } from '#core/model/loading.ts';
import type { GoldenRecord } from '#core/model/manifest.ts';
import { err, ok } from '#core/result.ts';
import { testManifest } from '#core/testing/manifest.ts';
import type { ModelLoaderHost, ModelLoaderOptions } from '#platform/modelLoader.ts';
import { createModelLoader } from '#platform/modelLoader.ts';

const golden: GoldenRecord = {
  schemaVersion: 1,
  weightsSha256: testManifest.weights.sha256,
  recipe: 'mod-29-pattern',
  logits: [1, -2, 0.5, 3],
  rollout: Array<number>(197).fill(1 / 197),
  tolerance: { float32: 1e-3, float16: 0.05, int8: 0.5 },
};
const files: Readonly<Record<string, unknown>> = {
  '/app/models/test-model/manifest.json': testManifest,
  '/app/models/test-model/golden.json': golden,
};

function fakeLoader(changes: Partial<ModelLoaderHost> = {}) {
  const fetched: string[] = [];
  const kept: string[] = [];
  const weightsUrls: string[] = [];
  const notices: HostNotice[] = [];
  const progress: ModelLoadProgress[] = [];
  const ready: ModelLoadSummary[] = [];
  let now = 0;
  const host: ModelLoaderHost = {
    baseUrl: '/app/',
    fetch: (url) => {
      fetched.push(url);
      return Promise.resolve(
        url in files ? new Response(JSON.stringify(files[url])) : new Response('', { status: 404 }),
      );
    },
    store: {
      weights: ({ url }, onProgress) => {
        weightsUrls.push(url);
        onProgress({ stage: 'verify' });
        const answer = { fromCache: false, stored: 'not-stored', storeDetail: 'denied' } as const;
        return Promise.resolve(ok({ data: new ArrayBuffer(1), ...answer, weightsMs: 5, verifyMs: 2 }));
      },
    },
    detect: () =>
      Promise.resolve({
        secureContext: true,
        crossOriginIsolated: false,
        hardwareConcurrency: 4,
        online: true,
        webgpu: { status: 'none', shaderF16: false, name: '', detail: 'none here' },
        opfs: false,
        cacheStorage: false,
      }),
    spawn: () => ({
      load: ({ candidates }) => {
        const [first = { kind: 'wasm', threads: 1, precision: 'float32' }] = candidates;
        const backend = { ...first, device: 'fake', attempts: [] };
        return Promise.resolve(ok({ backend, timings: { sessionMs: 7, goldenMs: 3 } }));
      },
      infer: () => Promise.resolve(ok({ logits: new Float32Array(4), rollout: new Float32Array(197) })),
      crashed: false,
      terminate: () => undefined,
    }),
    keep: (kind, urls) => {
      kept.push(kind, ...urls);
    },
    online: () => true,
    nowMs: () => (now += 10),
    ...changes,
  };
  const options: ModelLoaderOptions = {
    onProgress: (event) => progress.push(event),
    onReady: (summary) => ready.push(summary),
    onNotice: (notice) => notices.push(notice),
  };
  return { loader: createModelLoader(host), options, fetched, kept, weightsUrls, notices, progress, ready };
}

describe('createModelLoader', () => {
  it('opens a model on its manifest alone, and loads the rest with the engine', async () => {
    const fake = fakeLoader();
    const model = await fake.loader.open('test-model', fake.options);
    if (!model.ok) throw new Error(model.error.message);
    expect(model.value.manifest).toEqual(testManifest);
    expect(fake.fetched).toEqual(['/app/models/test-model/manifest.json']);
    expect(fake.weightsUrls).toEqual([]);

    const engine = await model.value.engine();
    expect(engine.ok && engine.value.backend).toMatchObject({
      kind: 'wasm',
      threads: 1,
      precision: 'float32',
    });
    expect(fake.weightsUrls).toEqual(['/app/models/test-model/model.safetensors']);
    expect(fake.progress.map(({ stage }) => stage)).toEqual(['manifest', 'verify', 'session']);
    expect(fake.ready).toHaveLength(1);
    expect(fake.ready[0]).toMatchObject({
      stored: 'not-stored',
      storeDetail: 'denied',
      timings: { manifestMs: 10, weightsMs: 5, verifyMs: 2, sessionMs: 7, goldenMs: 3 },
    });
    expect(fake.notices.map(({ code }) => code)).toEqual(['not-isolated', 'no-webgpu', 'not-stored']);
    expect(fake.kept).toEqual([
      'wasm',
      '/app/models/index.json',
      '/app/models/test-model/manifest.json',
      '/app/models/test-model/golden.json',
    ]);
  });

  it('opening another model ends the worker of the one before, for good', async () => {
    const terminated: number[] = [];
    let spawned = 0;
    const fake = fakeLoader({
      spawn: () => {
        const number = ++spawned;
        let crashed = false;
        return {
          load: ({ candidates }) => {
            const [first = { kind: 'wasm', threads: 1, precision: 'float32' }] = candidates;
            return Promise.resolve(
              ok({
                backend: { ...first, device: 'fake', attempts: [] },
                timings: { sessionMs: 7, goldenMs: 3 },
              }),
            );
          },
          infer: () =>
            Promise.resolve(
              crashed
                ? err(analysisError('internal', 'dead'))
                : ok({ logits: new Float32Array(4), rollout: new Float32Array(197) }),
            ),
          get crashed() {
            return crashed;
          },
          terminate: () => {
            crashed = true;
            terminated.push(number);
          },
        };
      },
    });
    const first = await fake.loader.open('test-model', fake.options);
    const engine = first.ok ? await first.value.engine() : first;
    if (!engine.ok) throw new Error(engine.error.message);
    const second = await fake.loader.open('test-model', fake.options);
    expect(terminated).toEqual([1]);
    expect(second.ok && (await second.value.engine()).ok).toBe(true);
    // A window that still asks the old engine gets an error and brings no worker back to life.
    const late = await engine.value.infer(new Float32Array(1));
    expect(!late.ok && late.error.code).toBe('cancelled');
    expect(spawned).toBe(2);
  });

  it('says model-missing for a model that is not there, and never leaves the models folder', async () => {
    const fake = fakeLoader();
    for (const id of ['absent', '../secret', '..', 'a/b', '']) {
      const model = await fake.loader.open(id, fake.options);
      expect(!model.ok && model.error.code).toBe('model-missing');
    }
    expect(fake.fetched).toEqual(['/app/models/absent/manifest.json']);
  });

  it('tells a page without network, and a server that fails', async () => {
    const offline = fakeLoader({
      fetch: () => Promise.reject(new TypeError('Failed to fetch')),
      online: () => false,
    });
    const model = await offline.loader.open('test-model', offline.options);
    expect(!model.ok && model.error).toMatchObject({
      code: 'model-download-failed',
      details: { offline: 'yes' },
    });
    expect(offline.notices.map(({ code }) => code)).toEqual(['offline']);
    const failing = fakeLoader({ fetch: () => Promise.resolve(new Response('', { status: 503 })) });
    const failed = await failing.loader.open('test-model', failing.options);
    expect(!failed.ok && failed.error.code).toBe('model-download-failed');
  });

  it('refuses a manifest that is no JSON, and a golden record of other weights', async () => {
    const noJson = fakeLoader({ fetch: () => Promise.resolve(new Response('{')) });
    const invalid = await noJson.loader.open('test-model', noJson.options);
    expect(!invalid.ok && invalid.error.code).toBe('model-invalid');

    const other = { ...golden, weightsSha256: '0'.repeat(64) };
    const mixed = fakeLoader({
      fetch: (url) =>
        Promise.resolve(new Response(JSON.stringify(url.endsWith('golden.json') ? other : testManifest))),
    });
    const model = await mixed.loader.open('test-model', mixed.options);
    const engine = model.ok ? await model.value.engine() : model;
    expect(!engine.ok && engine.error.code).toBe('model-invalid');
  });
});
