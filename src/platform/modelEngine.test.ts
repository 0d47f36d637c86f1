import { describe, expect, it } from 'vitest';
import type { AnalysisError } from '#core/errors.ts';
import { analysisError } from '#core/errors.ts';
import type { BackendCandidate } from '#core/model/engine.ts';
import type { GoldenRecord } from '#core/model/manifest.ts';
import { err, ok } from '#core/result.ts';
import type { InferenceClient } from '#platform/inferenceClient.ts';
import type { EngineHost } from '#platform/modelEngine.ts';
import { createEngine, groupByRuntime } from '#platform/modelEngine.ts';
import { testManifest as manifest } from '#core/testing/manifest.ts';

const webgpu: BackendCandidate = { kind: 'webgpu', threads: 1, precision: 'float32' };
const wasm2: BackendCandidate = { kind: 'wasm', threads: 2, precision: 'int8' };
const wasm1: BackendCandidate = { kind: 'wasm', threads: 1, precision: 'int8' };

const golden: GoldenRecord = {
  schemaVersion: 1,
  weightsSha256: 'x',
  recipe: 'mod-29-pattern',
  logits: [],
  rollout: [],
  tolerance: { float32: 1, float16: 1, int8: 1 },
};
const output = { logits: new Float32Array([1]), rollout: new Float32Array([1]) };

type Answer = 'fine' | 'crash' | AnalysisError;

/** A worker that answers as the script says, then fine; and a record of what was asked of it. */
interface Script {
  readonly load?: readonly Answer[];
  readonly infer?: readonly Answer[];
}

function fakeHost(scripts: readonly Script[], candidates: readonly BackendCandidate[]) {
  const log: string[] = [];
  const lost: string[] = [];
  let spawned = 0;
  const host: EngineHost = {
    manifest,
    allowSoftwareAdapter: false,
    candidates: () => Promise.resolve(candidates),
    golden: () => Promise.resolve(ok(golden)),
    weights: () => {
      log.push('weights');
      return Promise.resolve(
        ok({
          data: new ArrayBuffer(1),
          fromCache: true,
          stored: 'opfs' as const,
          storeDetail: '',
          weightsMs: 1,
          verifyMs: 0,
        }),
      );
    },
    spawn: () => {
      const script = scripts[spawned] ?? {};
      spawned += 1;
      return fakeClient(script, log);
    },
    onSession: () => undefined,
    onReady: ({ backend }) => {
      log.push(`ready ${backend.kind}/${backend.threads}`);
    },
    onLost: (detail) => {
      lost.push(detail);
    },
  };
  return { host, log, lost };
}

function fakeClient(script: Script, log: string[]): InferenceClient {
  const loads = [...(script.load ?? [])];
  const infers = [...(script.infer ?? [])];
  let crashed = false;
  const next = (answers: Answer[]): AnalysisError | null => {
    const answer = answers.shift() ?? 'fine';
    if (answer === 'fine') return null;
    if (answer !== 'crash') return answer;
    crashed = true;
    return analysisError('internal', 'the worker died');
  };
  return {
    load({ candidates }) {
      const [first = webgpu] = candidates;
      const error = next(loads);
      if (error !== null) {
        const attempts = candidates.map((tried) => ({
          ...tried,
          outcome: 'failed' as const,
          detail: error.message,
        }));
        return Promise.resolve(err({ ...error, attempts }));
      }
      const attempts = [{ ...first, outcome: 'used' as const, detail: '' }];
      return Promise.resolve(
        ok({ backend: { ...first, device: 'fake', attempts }, timings: { sessionMs: 1, goldenMs: 1 } }),
      );
    },
    infer() {
      const error = next(infers);
      return Promise.resolve(error === null ? ok(output) : err(error));
    },
    get crashed() {
      return crashed;
    },
    terminate() {
      log.push('terminate');
    },
  };
}

const lostError = analysisError('backend-lost', 'device lost (unknown): driver reset');

async function inferOnce(engine: ReturnType<typeof createEngine>) {
  const port = await engine();
  if (!port.ok) return port;
  return port.value.infer(new Float32Array(4));
}

describe('createEngine', () => {
  it('starts once for all callers', async () => {
    const { host, log } = fakeHost([], [wasm1]);
    const engine = createEngine(host);
    await Promise.all([engine(), engine()]);
    await engine();
    expect(log).toEqual(['weights', 'ready wasm/1']);
  });

  it('finishes the window on the next backend when the GPU device is lost, with the weights from the store', async () => {
    const { host, log, lost } = fakeHost([{ infer: ['fine', lostError] }], [webgpu, wasm2, wasm1]);
    const engine = createEngine(host);
    const first = await inferOnce(engine);
    expect(first.ok && first.value.backend.kind).toBe('webgpu');
    const second = await inferOnce(engine);
    expect(second.ok && second.value.backend).toMatchObject({ kind: 'wasm', threads: 2 });
    expect(second.ok && second.value.backend.attempts).toEqual([
      { ...webgpu, outcome: 'failed', detail: lostError.message },
      { ...wasm2, outcome: 'used', detail: '' },
    ]);
    expect(lost).toEqual([lostError.message]);
    expect(log).toEqual(['weights', 'ready webgpu/1', 'terminate', 'weights', 'ready wasm/2']);
    const port = await engine();
    expect(port.ok && port.value.backend.kind).toBe('wasm');
  });

  it('replaces a lost device once, however many windows were waiting for it', async () => {
    const { host, log, lost } = fakeHost([{ infer: [lostError, lostError, lostError] }], [webgpu, wasm1]);
    const engine = createEngine(host);
    const results = await Promise.all([inferOnce(engine), inferOnce(engine), inferOnce(engine)]);
    expect(results.map((result) => result.ok && result.value.backend.kind)).toEqual(['wasm', 'wasm', 'wasm']);
    expect(lost).toHaveLength(1);
    expect(log.filter((entry) => entry === 'weights')).toHaveLength(2);
  });

  it('gives up WebGPU when its worker dies', async () => {
    const { host, lost } = fakeHost([{ infer: ['crash'] }], [webgpu, wasm1]);
    const result = await inferOnce(createEngine(host));
    expect(result.ok && result.value.backend.kind).toBe('wasm');
    expect(lost).toHaveLength(1);
  });

  it('says backend-lost where nothing may replace the lost device, and tries again for the next job', async () => {
    const { host } = fakeHost([{ infer: [lostError] }], [webgpu]);
    const engine = createEngine(host);
    const lost = await inferOnce(engine);
    expect(!lost.ok && lost.error.code).toBe('backend-lost');
    const next = await inferOnce(engine);
    expect(next.ok && next.value.backend.kind).toBe('webgpu');
  });

  it('gives a dying WASM worker one successor in a window, and the next window a new chance', async () => {
    const once = fakeHost([{ infer: ['crash'] }], [wasm2]);
    const survived = await inferOnce(createEngine(once.host));
    expect(survived.ok).toBe(true);

    const twice = fakeHost([{ infer: ['crash'] }, { infer: ['crash'] }], [wasm2]);
    const engine = createEngine(twice.host);
    const failed = await inferOnce(engine);
    expect(!failed.ok && failed.error.code).toBe('internal');
    const next = await inferOnce(engine);
    expect(next.ok).toBe(true);
  });

  it('goes to a fresh worker for another number of threads, and keeps the reasons', async () => {
    const unavailable = analysisError('backend-unavailable', 'no threads');
    const { host, log } = fakeHost([{ load: [unavailable] }], [wasm2, wasm1]);
    const engine = await createEngine(host)();
    expect(engine.ok && engine.value.backend.attempts).toEqual([
      { ...wasm2, outcome: 'failed', detail: 'no threads' },
      { ...wasm1, outcome: 'used', detail: '' },
    ]);
    expect(log).toEqual(['weights', 'terminate', 'weights', 'ready wasm/1']);
  });

  it('starts a worker that died while loading once more', async () => {
    const { host } = fakeHost([{ load: ['crash'] }], [wasm1]);
    const engine = await createEngine(host)();
    expect(engine.ok && engine.value.backend.kind).toBe('wasm');
  });

  it('does not blame the backends for a bad model', async () => {
    const invalid = analysisError('model-invalid', 'no tensor');
    const { host, log } = fakeHost([{ load: [invalid] }], [webgpu, wasm2, wasm1]);
    const engine = await createEngine(host)();
    expect(!engine.ok && engine.error).toEqual(invalid);
    expect(log).toEqual(['weights', 'terminate']);
  });

  it('tells disagreement rather than what was missing after it', async () => {
    const scripts: Script[] = [
      { load: [analysisError('backend-disagrees', 'off by 3')] },
      { load: [analysisError('backend-unavailable', 'no threads')] },
    ];
    const engine = await createEngine(fakeHost(scripts, [wasm2, wasm1]).host)();
    expect(!engine.ok && engine.error.code).toBe('backend-disagrees');
  });

  it('reports an empty list of candidates, and other errors of a job unchanged', async () => {
    const none = await createEngine(fakeHost([], []).host)();
    expect(!none.ok && none.error.code).toBe('backend-unavailable');
    const odd = analysisError('internal', 'a shape');
    const { host, log } = fakeHost([{ infer: [odd] }], [wasm1]);
    const result = await inferOnce(createEngine(host));
    expect(!result.ok && result.error).toEqual(odd);
    expect(log).not.toContain('terminate');
  });
});

describe('groupByRuntime', () => {
  it('keeps what can share a worker together, in order', () => {
    const float: BackendCandidate = { ...wasm2, precision: 'float32' };
    expect(groupByRuntime([webgpu, wasm2, float, wasm1])).toEqual([[webgpu], [wasm2, float], [wasm1]]);
  });
});
