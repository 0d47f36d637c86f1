import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import type { JobHandler, JobOutcome, QueueWorker, WorkOptions } from '#server/queue/jobQueue.ts';
import type { TakenSong } from '#server/queue/sqlite/sqliteStore.ts';
import type { StoreClient, StoreListener } from '#server/queue/sqlite/storeClient.ts';
import { type ServiceError, serviceError } from '#server/serviceErrors.ts';

interface InHand {
  readonly taken: TakenSong;
  readonly abort: AbortController;
  readonly settled: Promise<unknown>;
}

/** Between two tries where the file cannot be read or written. */
const againAfterTroubleMs = 500;
/** Even where nobody calls, a look is taken so often: it costs one read. */
const longestWaitMs = 5000;

/** Takes jobs from the store and hands them to the handler, as many at once as the options say. */
export function startSqliteWorker(
  client: StoreClient,
  handle: number,
  handler: JobHandler,
  options: WorkOptions,
): QueueWorker {
  const inHand = new Set<InHand>();
  const ending = new AbortController();
  let closed: Promise<void> | null = null;
  let stirred = true;
  let wake: (() => void) | null = null;
  /** Whose outcomes could not be stored so far: a small write may succeed where theirs does not. */
  const unstored = new Set<TakenSong>();
  let trouble: { readonly error: ServiceError; readonly since: number } | null = null;

  const stir = (): void => {
    stirred = true;
    wake?.();
  };

  const told = (error: ServiceError | null): void => {
    if (error !== null) {
      if (trouble?.error.code === error.code) return;
      trouble = { error, since: trouble?.since ?? performance.now() };
      options.onTrouble?.(error);
    } else if (trouble !== null && unstored.size === 0) {
      const { error: over, since } = trouble;
      trouble = null;
      options.onTrouble?.(
        serviceError(over.code, 'the queue is back, work goes on', {
          recovered: 1,
          outageMs: Math.round(performance.now() - since),
        }),
      );
    }
  };

  const register = (): void => {
    void (async () => {
      const registered = await client.call('work', [handle, options.concurrency], 'unlimited');
      told(registered.ok ? null : registered.error);
      stir();
    })();
  };

  const listener: StoreListener = {
    stirred: stir,
    lost: (worker) => {
      for (const { taken, abort } of inHand) {
        if (worker === null || taken.worker === worker)
          abort.abort(new Error('the lock of the job was lost'));
      }
      stir();
    },
    trouble: told,
    restarted: register,
  };
  const unlisten = client.listen(listener);
  register();

  const run = async (taken: TakenSong, signal: AbortSignal): Promise<void> => {
    let outcome: JobOutcome;
    try {
      outcome = await handler(taken.job, { jobId: taken.jobId, attempt: taken.attempt, signal });
    } catch (cause) {
      const message = cause instanceof Error ? cause.message : String(cause);
      const error = serviceError('internal', `the handler of the job broke: ${message}`);
      outcome = { kind: 'failed', retry: true, error };
    }
    // An outcome is worth minutes of work: where it cannot be stored now it is kept until it can, or the lock is lost.
    while (!signal.aborted && !client.closed) {
      const settled = await client.call('settle', [taken, outcome], 'unlimited');
      if (settled.ok) {
        unstored.delete(taken);
        told(null);
        return;
      }
      if (signal.aborted) return;
      unstored.add(taken);
      told(settled.error);
      await sleep(againAfterTroubleMs, undefined, { signal }).catch(() => undefined);
    }
  };

  const begin = (taken: TakenSong): void => {
    const abort = new AbortController();
    // A handler that does not hear the signal keeps no slot: its outcome counts no more.
    const aborted = once(abort.signal, 'abort');
    const job: InHand = { taken, abort, settled: Promise.race([run(taken, abort.signal), aborted]) };
    inHand.add(job);
    void (async () => {
      await job.settled;
      unstored.delete(taken);
      inHand.delete(job);
      stir();
    })();
  };

  const loop = async (): Promise<void> => {
    while (!ending.signal.aborted && !client.closed) {
      stirred = false;
      let waitMs = longestWaitMs;
      const free = options.concurrency - inHand.size;
      if (free > 0) {
        const answer = await client.call('take', [handle, free], 'unlimited');
        if (!answer.ok) {
          told(answer.error);
          waitMs = againAfterTroubleMs;
        } else {
          const { jobs, againMs } = answer.value;
          // Looking in vain proves nothing: a full disk can be read.
          if (jobs.length > 0) told(null);
          if (ending.signal.aborted) {
            if (jobs.length > 0) await client.call('giveBack', [jobs], 'unlimited');
            return;
          }
          for (const job of jobs) begin(job);
          if (againMs !== null) waitMs = Math.min(waitMs, againMs);
        }
      }
      if (ending.signal.aborted || (stirred && waitMs !== againAfterTroubleMs)) continue;
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, waitMs);
        wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
  };
  const looping = loop();

  const end = async (graceMs: number): Promise<void> => {
    ending.abort();
    stir();
    const stop = new AbortController();
    await Promise.race([
      (async () => {
        await looping;
        await Promise.all([...inHand].map(({ settled }) => settled));
      })(),
      sleep(graceMs, undefined, { signal: stop.signal }).catch(() => undefined),
    ]);
    stop.abort();
    for (const { abort } of inHand) abort.abort(new Error('the worker was closed'));
    await client.call('endWork', [handle]);
    unlisten();
  };

  return { close: (graceMs) => (closed ??= end(graceMs)) };
}
