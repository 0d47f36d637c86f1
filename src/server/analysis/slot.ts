import { Worker } from 'node:worker_threads';
import { err, type Result } from '#core/result.ts';
import type { Analysed } from '#server/analysis/analysisPool.ts';
import { threadSource } from '#server/analysis/processFlags.ts';
import type { ThreadAsk, ThreadJob, ThreadMessage, ThreadSettings } from '#server/analysis/threadMessages.ts';
import type { ServiceLog } from '#server/observability/serviceLog.ts';
import { type ServiceError, serviceError } from '#server/serviceErrors.ts';

type Answer = Result<Omit<Analysed, 'waitMs'>, ServiceError>;

export interface SlotEvents {
  /** The thread is ready for a job: after it has opened its model, well or not, and after each job. */
  readonly onFree: () => void;
  /** Whenever the default model was opened, or could not be, or the thread ended before. */
  readonly onOpened: (result: Result<void, ServiceError>) => void;
  /** A thread or a decoder broke and is started again. */
  readonly onRestart: () => void;
}

/** One thread that is kept alive, and the job it has. */
export interface Slot {
  readonly isFree: () => boolean;
  readonly isBusy: () => boolean;
  /** Its thread runs and has tried to open the default model. */
  readonly isOpen: () => boolean;
  run(job: ThreadJob): { readonly answer: Promise<Answer>; readonly cancel: () => void };
  /** Ends thread and decoder; a job that is there ends with `shutting-down`. */
  close(): Promise<void>;
}

/** A thread that does not come back so long after its job's own limit is ended. */
const patienceMs = 30_000;
/** Between the death of a thread that never worked and the next try; doubles. */
const firstRetryMs = 500;
const longestRetryMs = 30_000;
/** For a thread that was told to end. */
const closeMs = 15_000;

export function createSlot(settings: ThreadSettings, log: ServiceLog, events: SlotEvents): Slot {
  let worker: Worker | null = null;
  let isOpen = false;
  let isClosed = false;
  let decoderPid: number | null = null;
  let retryMs = firstRetryMs;
  let retry: NodeJS.Timeout | undefined;
  let job: { readonly id: number; readonly end: (answer: Answer) => void } | null = null;
  let lastId = 0;

  function killDecoder(): void {
    if (decoderPid === null) return;
    try {
      process.kill(decoderPid, 'SIGKILL');
    } catch {
      // it has gone by itself
    }
    decoderPid = null;
  }

  function start(): void {
    const started = new Worker(threadSource(new URL('analysisThread.ts', import.meta.url)), {
      eval: true,
      execArgv: [],
      workerData: settings,
    });
    worker = started;
    started.on('message', (message: ThreadMessage) => {
      switch (message.kind) {
        case 'opened':
          isOpen = true;
          retryMs = firstRetryMs;
          events.onOpened(message.result);
          events.onFree();
          break;
        case 'decoder':
          decoderPid = message.pid;
          break;
        case 'decoder-broken':
          log.warn('decoder-broken', { reason: message.reason });
          events.onRestart();
          break;
        case 'analysed':
          if (message.id === job?.id) job.end(message.result);
          break;
        default:
          message satisfies never;
      }
    });
    started.on('error', (cause) => log.error('thread-failed', { error: cause }));
    started.on('exit', () => {
      worker = null;
      killDecoder();
      if (isClosed) return;
      events.onRestart();
      if (!isOpen) {
        events.onOpened(err(serviceError('internal', 'the thread of the network ended while it opened')));
      }
      // A thread that worked is started again at once, one that never did after a while.
      retry = setTimeout(start, isOpen ? 0 : retryMs);
      if (!isOpen) retryMs = Math.min(longestRetryMs, 2 * retryMs);
      isOpen = false;
      job?.end(err(serviceError('internal', 'the thread of the network ended')));
    });
  }

  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread, not a window
  const tell = (ask: ThreadAsk): void => worker?.postMessage(ask);
  start();

  return {
    isOpen: () => isOpen,
    isBusy: () => job !== null,
    isFree: () => isOpen && job === null && !isClosed,
    run: (asked) => {
      const id = ++lastId;
      const answer = new Promise<Answer>((resolve) => {
        const late = setTimeout(() => {
          log.error('thread-hangs', { afterMs: asked.timeLimitMs + patienceMs });
          job?.end(err(serviceError('time-limit', `no answer after ${asked.timeLimitMs} ms`)));
          isOpen = false;
          void worker?.terminate();
        }, asked.timeLimitMs + patienceMs);
        job = {
          id,
          end: (result) => {
            clearTimeout(late);
            job = null;
            resolve(result);
            if (isOpen) events.onFree();
          },
        };
      });
      tell({ kind: 'analyse', id, job: asked });
      return { answer, cancel: () => tell({ kind: 'cancel', id }) };
    },
    close: async () => {
      isClosed = true;
      clearTimeout(retry);
      job?.end(err(serviceError('shutting-down', 'the service ended before the file did')));
      const ending = worker;
      if (ending !== null) {
        const ended = new Promise<void>((resolve) => {
          ending.once('exit', () => resolve());
        });
        tell({ kind: 'close' });
        const late = setTimeout(() => void ending.terminate(), closeMs);
        await ended;
        clearTimeout(late);
      }
      killDecoder();
    },
  };
}
