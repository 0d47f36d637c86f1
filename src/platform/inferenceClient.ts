import { transfer } from 'comlink';
import type { AnalysisError } from '#core/errors.ts';
import type { InferenceAsk, InferenceOutput } from '#core/model/engine.ts';
import type { BackendFailure } from '#core/model/selectBackend.ts';
import type { Result } from '#core/result.ts';
import { err } from '#core/result.ts';
import { workerHandle } from '#platform/workerHandle.ts';
import type { InferenceWorkerApi, LoadRequest, LoadedModel } from '#workers/inference/api.ts';

/** The inference worker as the engine sees it; tests put fakes here. */
export interface InferenceClient {
  /** Transfers `request.weights`. */
  load(request: LoadRequest): Promise<Result<LoadedModel, BackendFailure>>;
  /** Copies `windowDb`, so that a window can be asked again. */
  infer(windowDb: Float32Array, ask?: InferenceAsk): Promise<Result<InferenceOutput, AnalysisError>>;
  /** True once the worker is dead. */
  readonly crashed: boolean;
  terminate(): void;
}

export function startInferenceClient(): InferenceClient {
  const worker = new Worker(new URL('../workers/inference/inference.worker.ts', import.meta.url), {
    type: 'module',
    name: 'inference',
  });
  const handle = workerHandle<InferenceWorkerApi>(worker, 'inference');
  return {
    async load(request) {
      const answer = await handle.call<Result<LoadedModel, BackendFailure>>(async (api) =>
        api.load(transfer(request, [request.weights])),
      );
      if (answer.ok) return answer.value;
      const { message } = answer.error;
      return err({
        ...answer.error,
        attempts: request.candidates.map((tried) => ({ ...tried, outcome: 'failed', detail: message })),
      });
    },
    async infer(windowDb, ask) {
      const answer = await handle.call<Result<InferenceOutput, AnalysisError>>(async (api) =>
        api.infer(windowDb, ask),
      );
      return answer.ok ? answer.value : answer;
    },
    get crashed() {
      return handle.crashed;
    },
    terminate: () => {
      handle.terminate();
    },
  };
}
