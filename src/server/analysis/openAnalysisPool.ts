import { totalmem } from 'node:os';
import { fileURLToPath } from 'node:url';
import { err, ok, type Result } from '#core/result.ts';
import type { Analysed, AnalysisPool, AnalysisRequest } from '#server/analysis/analysisPool.ts';
import type { ThreadSettings } from '#server/analysis/threadMessages.ts';
import { readModelFolder } from '#server/analysis/modelFolder.ts';
import { createSlot, type Slot } from '#server/analysis/slot.ts';
import type { ServiceLog } from '#server/observability/serviceLog.ts';
import { type ServiceError, serviceError } from '#server/serviceErrors.ts';

export interface PoolSettings {
  /** Folder of the model packages, with its `index.json`. */
  readonly models: string;
  /** Id of the default model; null for the one that the index marks. */
  readonly model: string | null;
  /** Files analysed at once. */
  readonly slots: number;
  /** Threads of the network in one slot. */
  readonly threads: number;
  /** Interactive requests that may wait. */
  readonly maxWaiting: number;
  /** Longest accepted track. */
  readonly maxSeconds: number;
  readonly log: ServiceLog;
  /** Parts of the decoder process, for tests of what happens when it breaks. */
  readonly decoder?: Partial<ThreadSettings['decoder']>;
}

/** The longest track that the limits allow takes 2.5 times its decoded 1.5 GiB for a moment. */
const decoderMaxBytes = 5 * 2 ** 30;
/** A three-minute song leaves the process at 0.3 GB. */
const decoderIdleBytes = 0.75 * 2 ** 30;
/** What native decoders leave behind is bounded so, for a start of a second in every 500 files. */
const decoderMostFiles = 500;

/** Weight of the last file in the mean time of a file. */
const meanWeight = 0.2;

interface Waiting {
  readonly request: AnalysisRequest;
  readonly sinceMs: number;
  readonly end: (result: Result<Analysed, ServiceError>) => void;
}

/**
 * Opens the analysis pool: slots start at once, in the background (`ready`).
 *
 * Errors: those of `readModelFolder`: the models are known before the first request.
 */
export async function openAnalysisPool(settings: PoolSettings): Promise<Result<AnalysisPool, ServiceError>> {
  const folder = await readModelFolder(settings.models, settings.model);
  if (!folder.ok) return folder;
  const models = folder.value;
  const waiting = { interactive: [] as Waiting[], batch: [] as Waiting[] };
  let restarts = 0;
  let meanSeconds = 0;
  let isClosing = false;
  let onIdle: (() => void) | null = null;

  const opened: Promise<Result<void, ServiceError>>[] = [];
  const slots = Array.from({ length: settings.slots }, (): Slot => {
    let resolveOpened: ((result: Result<void, ServiceError>) => void) | null = null;
    opened.push(
      new Promise((resolve) => {
        resolveOpened = resolve;
      }),
    );
    return createSlot(
      {
        models: settings.models,
        defaultModel: models.find(({ isDefault }) => isDefault)?.id ?? '',
        threads: settings.threads,
        maxSeconds: settings.maxSeconds,
        decoder: {
          module: fileURLToPath(new URL('decoder.ts', import.meta.url)),
          maxBytes: Math.min(decoderMaxBytes, 0.7 * totalmem()),
          idleBytes: decoderIdleBytes,
          mostFiles: decoderMostFiles,
          ...settings.decoder,
        },
      },
      settings.log,
      {
        onFree: dispatch,
        onOpened: (result) => {
          resolveOpened?.(result);
          if (!result.ok) refuseIfNoneOpens(result);
        },
        onRestart: () => {
          restarts++;
        },
      },
    );
  });

  const isIdle = (): boolean => busySlots() === 0 && waiting.interactive.length + waiting.batch.length === 0;
  const busySlots = (): number => slots.filter((slot) => slot.isBusy()).length;

  /** Nobody waits for threads that cannot start: the next try is soon enough for the next request. */
  function refuseIfNoneOpens(failure: Result<never, ServiceError>): void {
    if (slots.some((slot) => slot.isOpen())) return;
    for (const line of [waiting.interactive, waiting.batch]) {
      for (const { end } of line.splice(0)) end(failure);
    }
    if (isClosing && isIdle()) onIdle?.();
  }

  function dispatch(): void {
    for (const slot of slots) {
      if (!slot.isFree()) continue;
      const next = waiting.interactive.shift() ?? waiting.batch.shift();
      if (next === undefined) break;
      void work(slot, next);
    }
    if (isClosing && isIdle()) onIdle?.();
  }

  async function work(slot: Slot, { request, sinceMs, end }: Waiting): Promise<void> {
    const { signal, priority: _, ...job } = request;
    const startMs = performance.now();
    const running = slot.run(job);
    signal?.addEventListener('abort', running.cancel, { once: true });
    const result = await running.answer;
    signal?.removeEventListener('abort', running.cancel);
    if (!result.ok) {
      end(result);
      return;
    }
    const seconds = (performance.now() - startMs) / 1000;
    meanSeconds = meanSeconds === 0 ? seconds : meanSeconds + meanWeight * (seconds - meanSeconds);
    end(ok({ ...result.value, waitMs: startMs - sinceMs }));
  }

  function enqueue(request: AnalysisRequest): Promise<Result<Analysed, ServiceError>> {
    const { signal, priority } = request;
    const line = waiting[priority];
    return new Promise((resolve) => {
      const entry: Waiting = {
        request,
        sinceMs: performance.now(),
        end: (result) => {
          signal?.removeEventListener('abort', leave);
          resolve(result);
        },
      };
      const leave = (): void => {
        const at = line.indexOf(entry);
        // Not in the line: its slot hears the signal too.
        if (at < 0) return;
        line.splice(at, 1);
        entry.end(err(serviceError('cancelled', 'cancelled while waiting')));
        if (isClosing && isIdle()) onIdle?.();
      };
      signal?.addEventListener('abort', leave, { once: true });
      line.push(entry);
      dispatch();
    });
  }

  return ok({
    models,
    ready: async () => {
      const results = await Promise.all(opened);
      return results.find((result) => !result.ok) ?? ok(undefined);
    },
    analyse: async (request) => {
      if (isClosing) return err(serviceError('shutting-down', 'the pool is closing'));
      if (request.signal?.aborted === true)
        return err(serviceError('cancelled', 'cancelled before it began'));
      if (!models.some(({ id }) => id === request.modelId)) {
        const known = models.map(({ id }) => id).join(', ');
        return err(serviceError('unknown-model', `no model '${request.modelId}', only ${known}`, { known }));
      }
      const isFull =
        request.priority === 'interactive' &&
        waiting.interactive.length >= settings.maxWaiting &&
        !slots.some((slot) => slot.isFree());
      if (isFull) {
        const ahead = waiting.interactive.length + 1;
        const retryAfterSeconds = Math.max(1, Math.ceil((meanSeconds * ahead) / settings.slots));
        return err(
          serviceError('busy', `${waiting.interactive.length} requests wait`, { retryAfterSeconds }),
        );
      }
      return enqueue(request);
    },
    counts: () => ({
      slots: settings.slots,
      busy: busySlots(),
      waiting: { interactive: waiting.interactive.length, batch: waiting.batch.length },
      meanSeconds,
      restarts,
    }),
    close: async (graceMs) => {
      isClosing = true;
      if (!isIdle()) {
        await new Promise<void>((resolve) => {
          const grace = setTimeout(resolve, graceMs);
          onIdle = () => {
            clearTimeout(grace);
            resolve();
          };
        });
      }
      for (const line of [waiting.interactive, waiting.batch]) {
        for (const { end } of line.splice(0)) {
          end(err(serviceError('shutting-down', 'the service ended before its turn')));
        }
      }
      await Promise.all(slots.map((slot) => slot.close()));
    },
  });
}
