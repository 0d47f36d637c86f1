import type { AnalysisError } from '#core/errors.ts';
import { analysisError } from '#core/errors.ts';
import type {
  BackendAttempt,
  BackendCandidate,
  BackendDescription,
  InferencePort,
} from '#core/model/engine.ts';
import type { ModelLoadSummary } from '#core/model/loading.ts';
import type { GoldenRecord, ModelManifest } from '#core/model/manifest.ts';
import type { Result } from '#core/result.ts';
import { err, ok } from '#core/result.ts';
import type { InferenceClient } from '#platform/inferenceClient.ts';
import type { WeightsAnswer } from '#platform/modelStore.ts';

/** What an engine needs of the loader that makes it. */
export interface EngineHost {
  readonly manifest: ModelManifest;
  readonly allowSoftwareAdapter: boolean;
  /** Asked again after every start that failed: the host may have changed. */
  candidates(): Promise<readonly BackendCandidate[]>;
  golden(): Promise<Result<GoldenRecord, AnalysisError>>;
  /** From the store where it has them. */
  weights(): Promise<Result<WeightsAnswer, AnalysisError>>;
  spawn(): InferenceClient;
  onSession(): void;
  onReady(summary: Omit<ModelLoadSummary, 'timings'> & { timings: EngineTimings }): void;
  onLost(detail: string): void;
}

type EngineTimings = Omit<ModelLoadSummary['timings'], 'manifestMs'>;

interface Running {
  readonly client: InferenceClient;
  readonly backend: BackendDescription;
}

/**
 * The engine of one model over the inference worker. Started on the first call, once. A window is never lost to a dying
 * backend: where a WebGPU device is lost (or its worker dies), WebGPU is given up and the window runs on the next
 * backend; where a WASM worker dies, it gets one new worker, and only a second death in the same window is an error. A
 * start that failed is tried anew on the next call.
 */
export function createEngine(host: EngineHost): () => Promise<Result<InferencePort, AnalysisError>> {
  let starting: Promise<Result<Running, AnalysisError>> | null = null;
  let running: Running | null = null;
  let backend: BackendDescription | null = null;
  /** Null: to be asked of the host. */
  let candidates: readonly BackendCandidate[] | null = null;
  let history: readonly BackendAttempt[] = [];

  const start = async (): Promise<Result<Running, AnalysisError>> => {
    candidates ??= await host.candidates();
    const started = await startEngine(host, candidates, history);
    if (started.ok) {
      running = started.value;
      ({ backend } = running);
    } else {
      starting = null;
      candidates = null;
      history = [];
    }
    return started;
  };
  const ensure = (): Promise<Result<Running, AnalysisError>> => (starting ??= start());

  /** Ends a dead engine; the next `ensure` starts on what is left. A second window with the same news changes nothing. */
  const replace = (dead: Running, without: 'webgpu' | null, error: AnalysisError): void => {
    if (running !== dead) return;
    dead.client.terminate();
    running = null;
    starting = null;
    const { kind, threads, precision } = dead.backend;
    const failed = dead.backend.attempts.filter(({ outcome }) => outcome !== 'used');
    history = [...failed, { kind, threads, precision, outcome: 'failed', detail: error.message }];
    if (without !== null) {
      candidates = (candidates ?? []).filter((candidate) => candidate.kind !== without);
      host.onLost(error.message);
    }
  };

  const infer: InferencePort['infer'] = async (windowDb, ask) => {
    let deaths = 0;
    for (;;) {
      const engine = await ensure();
      if (!engine.ok) return engine;
      const result = await engine.value.client.infer(windowDb, ask);
      if (result.ok) return ok({ ...result.value, backend: engine.value.backend });
      const died = engine.value.client.crashed || result.error.code === 'out-of-memory';
      const onGpu = engine.value.backend.kind === 'webgpu';
      // Another window may have replaced this engine meanwhile, which ends its calls.
      const replaced = running !== engine.value;
      if (!replaced && result.error.code !== 'backend-lost' && !died) return result;
      if (!replaced) replace(engine.value, onGpu ? 'webgpu' : null, result.error);
      if (!replaced && !onGpu) deaths += 1;
      if (deaths > 1) return result;
    }
  };

  return async () => {
    const engine = await ensure();
    if (!engine.ok) return engine;
    const first = engine.value.backend;
    return ok({
      get backend() {
        return backend ?? first;
      },
      infer,
    });
  };
}

/**
 * Tries the candidates, one worker for each runtime: threads of a WASM runtime are settled when it starts, and one that
 * failed to start cannot be started again in the same worker.
 */
async function startEngine(
  host: EngineHost,
  candidates: readonly BackendCandidate[],
  history: readonly BackendAttempt[],
): Promise<Result<Running, AnalysisError>> {
  const golden = await host.golden();
  if (!golden.ok) return golden;
  const attempts = [...history];
  let failure = noCandidates(history);
  for (const group of groupByRuntime(candidates)) {
    for (let deaths = 0; deaths < 2; deaths += 1) {
      const weights = await host.weights();
      if (!weights.ok) return weights;
      host.onSession();
      const client = host.spawn();
      const loaded = await client.load({
        manifest: host.manifest,
        golden: golden.value,
        weights: weights.value.data,
        candidates: group,
        allowSoftwareAdapter: host.allowSoftwareAdapter,
      });
      if (loaded.ok) {
        const backend = {
          ...loaded.value.backend,
          attempts: [...attempts, ...loaded.value.backend.attempts],
        };
        const { fromCache, stored, storeDetail, weightsMs, verifyMs } = weights.value;
        const timings = { weightsMs, verifyMs, ...loaded.value.timings };
        host.onReady({ backend, fromCache, stored, storeDetail, timings });
        return ok({ client, backend });
      }
      const { attempts: failed, ...error } = loaded.error;
      const { crashed } = client;
      client.terminate();
      attempts.push(...failed);
      // Disagreement says more about the machine than what was missing after it.
      if (failure.code !== 'backend-disagrees') failure = error;
      if (!isAboutTheBackend(error) && !crashed) return err(error);
      if (!crashed) break;
    }
  }
  return err(failure);
}

function noCandidates(history: readonly BackendAttempt[]): AnalysisError {
  const last = history.at(-1);
  return last === undefined
    ? analysisError('backend-unavailable', 'this browser has none of the backends that were asked for')
    : analysisError('backend-lost', last.detail);
}

/** The model itself is at fault with the other codes: no other backend would help. */
function isAboutTheBackend({ code }: AnalysisError): boolean {
  return (
    code === 'backend-unavailable' ||
    code === 'backend-disagrees' ||
    code === 'backend-lost' ||
    code === 'out-of-memory' ||
    code === 'internal'
  );
}

/** Neighbours that run in the same worker: one kind, one number of threads. */
export function groupByRuntime(candidates: readonly BackendCandidate[]): BackendCandidate[][] {
  const groups: BackendCandidate[][] = [];
  for (const candidate of candidates) {
    const group = groups.at(-1);
    const first = group?.[0];
    if (group !== undefined && first?.kind === candidate.kind && first.threads === candidate.threads) {
      group.push(candidate);
    } else groups.push([candidate]);
  }
  return groups;
}
