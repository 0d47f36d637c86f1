import { setTimeout as sleep } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { err, ok, type Result } from '#core/result.ts';
import { threadSource } from '#server/analysis/processFlags.ts';
import { hostClocks } from '#server/queue/sqlite/queueClock.ts';
import type {
  StoreCalls,
  StoreEvent,
  StoreRequest,
  StoreThreadData,
} from '#server/queue/sqlite/storeProtocol.ts';
import { type ServiceError, serviceError } from '#server/serviceErrors.ts';

/** What the workers of a handle are told. */
export interface StoreListener {
  stirred(): void;
  /** Null: all that this handle had taken, as its thread began anew. */
  lost(worker: string | null): void;
  trouble(error: ServiceError | null): void;
  /** The thread was started anew and knows nothing of the workers. */
  restarted(): void;
}

export interface StoreClientOptions {
  readonly data: StoreThreadData;
  /** How long an answer is waited for. */
  readonly patienceMs: number;
  /** The thread's program; tests have one of their own. */
  readonly entry: URL;
  readonly entryData?: unknown;
}

interface Pending {
  readonly settle: (result: Result<unknown, ServiceError>) => void;
  readonly timer: NodeJS.Timeout | null;
}

const restartMs = 1000;

/** The thread of the store as seen from the program: calls with answers, and what it tells by itself. */
export class StoreClient {
  readonly #options: StoreClientOptions;
  readonly #pending = new Map<number, Pending>();
  readonly #listeners = new Set<StoreListener>();
  #thread: Worker | null = null;
  #calls = 0;
  #closed = false;
  #heardAt = performance.now();
  #silent = false;
  #quietLooks = 0;
  #watch: NodeJS.Timeout | null = null;

  constructor(options: StoreClientOptions) {
    this.#options = options;
  }

  /** Starts the thread and has it open the file. */
  async open(): Promise<Result<void, ServiceError>> {
    const { data, entry, entryData } = this.#options;
    const thread = new Worker(threadSource(entry), {
      eval: true,
      workerData: entryData === undefined ? data : { ...data, entry: entryData },
      execArgv: [],
    });
    this.#thread = thread;
    let live = false;
    const ended = (resolve: (result: Result<void, ServiceError>) => void, why: string): void => {
      const error = serviceError('queue-unavailable', `the queue's thread ended${why}`);
      resolve(err(error));
      if (live) this.#ended(thread, error);
    };
    const opened = await new Promise<Result<void, ServiceError>>((resolve) => {
      thread.on('message', (event: StoreEvent) => {
        if (event.kind === 'opened') resolve(event.error === null ? ok(undefined) : err(event.error));
        else this.#hear(event);
      });
      thread.on('error', (cause: Error) => ended(resolve, `: ${cause.message}`));
      thread.on('exit', () => ended(resolve, ''));
    });
    if (!opened.ok) {
      this.#thread = null;
      return opened;
    }
    live = true;
    this.#heardAt = performance.now();
    this.#watch ??= setInterval(() => this.#lookAfter(), 250).unref();
    this.#hold();
    return opened;
  }

  /** Whether it was closed: nothing that is asked of it will be done any more. */
  get closed(): boolean {
    return this.#closed;
  }

  listen(listener: StoreListener): () => void {
    this.#listeners.add(listener);
    this.#hold();
    return () => {
      this.#listeners.delete(listener);
      this.#hold();
    };
  }

  /**
   * Has the thread do something. Fails with `queue-unavailable` where it does not answer in time; a call that has not begun by
   * then is not done later. Calls without a limit wait as long as it takes.
   */
  async call<M extends keyof StoreCalls>(
    method: M,
    args: Parameters<StoreCalls[M]>,
    limit: 'limited' | 'unlimited' = 'limited',
  ): Promise<Result<ReturnType<StoreCalls[M]>, ServiceError>> {
    const thread = this.#thread;
    if (this.#closed) return err(serviceError('queue-unavailable', 'the queue is closed'));
    if (thread === null) {
      return err(serviceError('queue-unavailable', "the queue's thread is being started anew"));
    }
    const call = ++this.#calls;
    const { patienceMs } = this.#options;
    const result = await new Promise<Result<unknown, ServiceError>>((settle) => {
      const timer =
        limit === 'unlimited'
          ? null
          : setTimeout(() => {
              this.#settle(call, err(this.#noAnswer()));
            }, patienceMs);
      this.#pending.set(call, { settle, timer });
      this.#hold();
      const request: StoreRequest = {
        call,
        method,
        args,
        // What begins at half the time has the other half to wait for the lock of others and for the disk.
        notAfter: limit === 'unlimited' ? null : hostClocks.monotonicMs() + patienceMs / 2,
      };
      // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread, not a window
      thread.postMessage(request);
    });
    return result as Result<ReturnType<StoreCalls[M]>, ServiceError>;
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    // Closing the file moves what is in the WAL into it.
    await this.call('close', []);
    await this.kill();
  }

  /** Ends the thread where it is, as a killed process would: nothing is given back. */
  async kill(): Promise<void> {
    this.#closed = true;
    if (this.#watch !== null) clearInterval(this.#watch);
    const thread = this.#thread;
    this.#thread = null;
    await thread?.terminate();
    this.#failAll(serviceError('queue-unavailable', 'the queue is closed'));
    for (const listener of this.#listeners) listener.lost(null);
  }

  #hear(event: Exclude<StoreEvent, { kind: 'opened' }>): void {
    this.#heardAt = performance.now();
    switch (event.kind) {
      case 'answer':
        this.#settle(event.call, ok(event.value));
        break;
      case 'failure':
        this.#settle(event.call, err(event.error));
        break;
      case 'stir':
        for (const listener of this.#listeners) listener.stirred();
        break;
      case 'lost':
        for (const listener of this.#listeners) listener.lost(event.worker);
        break;
      case 'trouble':
        for (const listener of this.#listeners) listener.trouble(event.error);
        break;
      case 'alive':
        break;
    }
  }

  #settle(call: number, result: Result<unknown, ServiceError>): void {
    const pending = this.#pending.get(call);
    if (pending === undefined) return;
    this.#pending.delete(call);
    if (pending.timer !== null) clearTimeout(pending.timer);
    pending.settle(result);
    this.#hold();
  }

  #failAll(error: ServiceError): void {
    for (const call of this.#pending.keys()) this.#settle(call, err(error));
  }

  /** The program stays alive while it waits for an answer or works; an idle queue does not keep it. */
  #hold(): void {
    if (this.#pending.size > 0 || this.#listeners.size > 0) this.#thread?.ref();
    else this.#thread?.unref();
  }

  #noAnswer(): ServiceError {
    const { file } = this.#options.data.store;
    return serviceError('queue-unavailable', `the queue ${file} does not answer (is its disk all right?)`, {
      file,
    });
  }

  /** A thread that hangs in a call of the system says nothing: its silence is the trouble. */
  #lookAfter(): void {
    const quiet = performance.now() - this.#heardAt > this.#options.patienceMs;
    // Twice in a row: where this thread itself was held up, what it was told meanwhile waits behind this look.
    this.#quietLooks = quiet ? this.#quietLooks + 1 : 0;
    const silent = this.#quietLooks > 1;
    if (silent === this.#silent) return;
    this.#silent = silent;
    for (const listener of this.#listeners) listener.trouble(silent ? this.#noAnswer() : null);
  }

  /** A thread that ends by itself has met a bug or the end of its memory. It is started anew, what it had in hand is lost. */
  #ended(thread: Worker, error: ServiceError): void {
    if (this.#closed || this.#thread !== thread) return;
    this.#thread = null;
    this.#failAll(error);
    for (const listener of this.#listeners) {
      listener.lost(null);
      listener.trouble(error);
    }
    setTimeout(() => void this.#openAgain(), restartMs);
  }

  async #openAgain(): Promise<void> {
    while (!this.#closed && !(await this.open()).ok) await sleep(restartMs);
    if (this.#closed) return;
    for (const listener of this.#listeners) {
      listener.restarted();
      listener.trouble(null);
    }
  }
}
