import { transfer, type Remote } from 'comlink';
import type { TrackDescriptors } from '#core/descriptors/trackDescriptors.ts';
import type { AnalysisError, CancelSignal } from '#core/errors.ts';
import { analysisError } from '#core/errors.ts';
import type { FrontEndPort, PreparedTrack } from '#core/pipeline/ports.ts';
import type { Result } from '#core/result.ts';
import { err } from '#core/result.ts';
import type { WorkerHandle } from '#platform/workerHandle.ts';
import { workerHandle } from '#platform/workerHandle.ts';
import type { DspWorkerApi } from '#workers/dsp/api.ts';

const startWorker = (): Worker =>
  new Worker(new URL('../workers/dsp/dsp.worker.ts', import.meta.url), { type: 'module', name: 'dsp' });

/**
 * The front end in a worker, one track at a time. The channels' buffers are transferred. Where the signal is an
 * AbortSignal, aborting ends the worker at once and the next track gets a new one; so does a crash (`internal` or
 * `out-of-memory`).
 */
export function createFrontEndPort(start: () => Worker = startWorker): FrontEndPort {
  let worker: WorkerHandle<DspWorkerApi> | null = null;
  /** Ends when the track before has ended: ending the worker for one must not hit another. */
  let queue: Promise<unknown> = Promise.resolve();

  const retire = (): void => {
    worker?.terminate();
    worker = null;
  };

  /** One call, ended with its worker when the signal fires. */
  const call = async <T>(
    signal: CancelSignal,
    run: (api: Remote<DspWorkerApi>) => Promise<Result<T, AnalysisError>>,
  ): Promise<Result<T, AnalysisError>> => {
    const cancelled = err(analysisError('cancelled', 'cancelled before the front end was ready'));
    if (signal.aborted) return cancelled;
    const handle = (worker ??= workerHandle<DspWorkerApi>(start(), 'dsp'));
    const source = signal instanceof AbortSignal ? signal : null;
    source?.addEventListener('abort', retire, { once: true });
    const answer = await handle.call<Result<T, AnalysisError>>(run);
    source?.removeEventListener('abort', retire);
    // Not through retire(): by now `worker` may belong to the next track.
    if (handle.crashed) {
      handle.terminate();
      if (worker === handle) worker = null;
    }
    if (signal.aborted) return cancelled;
    return answer.ok ? answer.value : answer;
  };

  const inTurn = <T>(run: () => Promise<T>): Promise<T> => {
    const turn = queue.then(run);
    queue = turn.catch(() => undefined);
    return turn;
  };

  return {
    prepare: (pcm, frontEnd, signal) =>
      inTurn(() =>
        call<PreparedTrack>(signal, async (api) =>
          api.prepare(
            transfer(
              pcm,
              pcm.channels.map((channel) => channel.buffer),
            ),
            frontEnd,
          ),
        ),
      ),
    describe: (signal) => inTurn(() => call<TrackDescriptors>(signal, async (api) => api.describe())),
  };
}
