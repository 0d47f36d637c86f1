import type { Remote } from 'comlink';
import { wrap } from 'comlink';
import type { AnalysisError } from '#core/errors.ts';
import { analysisError } from '#core/errors.ts';
import type { Result } from '#core/result.ts';
import { err, ok } from '#core/result.ts';

/** A worker whose death is a value: a call on a dead worker ends, instead of waiting for an answer for ever. */
export interface WorkerHandle<Api> {
  /**
   * One call. `internal` or `out-of-memory` where the worker died or threw; `crashed` then tells whether it is dead.
   */
  call<T>(run: (api: Remote<Api>) => Promise<T>): Promise<Result<T, AnalysisError>>;
  readonly crashed: boolean;
  /** Ends the worker; calls in flight end with `cancelled`. */
  terminate(): void;
}

/** Takes over a worker that serves `Api` over comlink. */
export function workerHandle<Api>(worker: Worker, name: string): WorkerHandle<Api> {
  const api = wrap<Api>(worker);
  let crashed = false;
  const waiting: ((error: AnalysisError) => void)[] = [];
  const ended = new Promise<AnalysisError>((resolve) => {
    waiting.push(resolve);
  });
  const settle = (error: AnalysisError): void => {
    for (const resolve of waiting) resolve(error);
  };
  worker.addEventListener('error', (event) => {
    crashed = true;
    event.preventDefault();
    settle(workerError(name, event.message));
  });
  worker.addEventListener('messageerror', () => {
    crashed = true;
    settle(workerError(name, 'a message could not be read'));
  });
  return {
    async call(run) {
      // comlink waits for an answer that a dead worker never gives.
      const answer = run(api).then(
        (value) => ok(value),
        (cause: unknown) => err(workerError(name, String(cause))),
      );
      return Promise.race([answer, ended.then((error) => err(error))]);
    },
    get crashed() {
      return crashed;
    },
    terminate() {
      worker.terminate();
      settle(analysisError('cancelled', `the ${name} worker was ended`));
    },
  };
}

/** What a worker's death or exception means; the browser gives no more than a text. */
export function workerError(name: string, text: string): AnalysisError {
  const memory = /out of memory|bad_alloc|allocation fail|array buffer allocation|could not allocate/i;
  return analysisError(memory.test(text) ? 'out-of-memory' : 'internal', `${name} worker: ${text}`);
}
