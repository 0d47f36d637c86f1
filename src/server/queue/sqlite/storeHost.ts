import type { MessagePort } from 'node:worker_threads';
import type { EnqueueOutcome, JobState, SongJob } from '#server/queue/jobQueue.ts';
import { hostClocks } from '#server/queue/sqlite/queueClock.ts';
import { sqliteFailure } from '#server/queue/sqlite/sqliteFailure.ts';
import { SqliteStore } from '#server/queue/sqlite/sqliteStore.ts';
import type {
  PackedOutcomes,
  StoreCalls,
  StoreEvent,
  StoreRequest,
  StoreThreadData,
} from '#server/queue/sqlite/storeProtocol.ts';
import { serviceError } from '#server/serviceErrors.ts';

/** How soon a song that another process puts in is seen. */
const watchMs = 50;
const aliveMs = 500;

const letterOfState: Readonly<Record<JobState, string>> = {
  waiting: 'w',
  delayed: 'l',
  active: 'a',
  done: 'd',
  dead: 'x',
};
const stateOfLetter: Readonly<Record<string, JobState>> = Object.fromEntries(
  Object.entries(letterOfState).map(([state, letter]) => [letter, state as JobState]),
);
const queuedLetter = 'q';
const idLength = 40;

const pack = (outcomes: readonly EnqueueOutcome[]): PackedOutcomes => ({
  ids: outcomes.map(({ jobId }) => jobId).join(''),
  letters: outcomes
    .map((outcome) => (outcome.outcome === 'queued' ? queuedLetter : letterOfState[outcome.state]))
    .join(''),
});

export const unpack = ({ ids, letters }: PackedOutcomes): readonly EnqueueOutcome[] =>
  Array.from(letters, (letter, index): EnqueueOutcome => {
    const jobId = ids.slice(index * idLength, (index + 1) * idLength);
    return letter === queuedLetter
      ? { jobId, outcome: 'queued' }
      : { jobId, outcome: 'known', state: stateOfLetter[letter]! };
  });

/** How often a worker gives a sign of life: five in the time after which it is given up. */
const beatMsOf = (lockMs: number): number => Math.min(5000, Math.max(50, lockMs / 5));

/**
 * The store in a thread of its own. SQLite's calls are synchronous: a write waits for the disk and for the lock of other
 * processes, which must not hold up the requests of a server; and signs of life are given on time here, however busy the
 * program's own thread is.
 *
 * @param hold Called before everything that is done; tests hold the thread there, or fill the disk.
 */
export function hostStore(
  port: MessagePort,
  data: StoreThreadData,
  hold: (store: SqliteStore) => void = () => undefined,
): void {
  const tell = (event: StoreEvent): void => port.postMessage(event);
  const { file, policy } = data.store;
  const opened = SqliteStore.open(data.store);
  if (!opened.ok) {
    tell({ kind: 'opened', error: opened.error });
    port.close();
    return;
  }
  const store = opened.value;
  const batches = new Map<number, SongJob[]>();
  const workers = new Map<number, { id: string | null; readonly concurrency: number }>();
  let open = true;

  /** An expected failure of the database; a bug is thrown on and ends the thread. */
  const failureOf = (cause: unknown) => {
    const failure = sqliteFailure(cause, file);
    if (failure === null) throw cause;
    return failure;
  };
  const stir = (): void => tell({ kind: 'stir' });

  const calls: StoreCalls = {
    part(batch, songs) {
      const parts = batches.get(batch) ?? [];
      for (const song of JSON.parse(songs) as SongJob[]) parts.push(song);
      batches.set(batch, parts);
    },
    enqueue(batch) {
      const songs = batches.get(batch) ?? [];
      batches.delete(batch);
      const outcomes = pack(store.enqueue(songs));
      stir();
      return outcomes;
    },
    work(handle, concurrency) {
      // Known from here on, even if the file cannot be written now: the next sign of life registers it.
      const worker = { id: null as string | null, concurrency };
      workers.set(handle, worker);
      worker.id = store.register(concurrency);
    },
    take(handle, count) {
      const id = workers.get(handle)?.id ?? null;
      return id === null ? { jobs: [], againMs: 1000 } : store.take(id, count);
    },
    settle(taken, outcome) {
      const counted = store.settle(taken, outcome);
      if (outcome.kind === 'failed') stir();
      return counted;
    },
    giveBack(taken) {
      store.giveBack(taken);
      stir();
    },
    endWork(handle) {
      const id = workers.get(handle)?.id ?? null;
      workers.delete(handle);
      if (id !== null) store.unregister(id);
      stir();
    },
    store(method, args) {
      const value: unknown = (store[method] as (...values: readonly unknown[]) => unknown)(...args);
      if (method === 'resume' || method === 'requeueDead') stir();
      return value;
    },
    close() {
      open = false;
      store.close();
    },
  };

  port.on('message', ({ call, method, args, notAfter }: StoreRequest) => {
    hold(store);
    if (!open) return;
    if (notAfter !== null && hostClocks.monotonicMs() > notAfter) {
      if (method === 'enqueue') batches.delete(args[0] as number);
      const late = serviceError('queue-unavailable', `the queue ${file} did not answer in time`, { file });
      tell({ kind: 'failure', call, error: late });
      return;
    }
    try {
      const value = (calls[method] as (...values: readonly unknown[]) => unknown)(...args);
      tell({ kind: 'answer', call, value });
    } catch (cause) {
      tell({ kind: 'failure', call, error: failureOf(cause) });
    }
    if (!open) port.close();
  });

  // What the thread does by itself. A sign of life is a write: its success is the end of any trouble.
  let troubled = false;
  const byItself = (work: () => void): boolean => {
    hold(store);
    if (!open) return false;
    try {
      work();
      return true;
    } catch (cause) {
      const error = failureOf(cause);
      if (!troubled) tell({ kind: 'trouble', error });
      troubled = true;
      return false;
    }
  };
  const repeat = (everyMs: number, work: () => void): void => {
    setTimeout(() => {
      if (!open) return;
      work();
      repeat(everyMs, work);
    }, everyMs).unref();
  };

  let toldAlive = 0;
  repeat(watchMs, () => {
    hold(store);
    if (!open) return;
    try {
      if (store.changedByOthers()) stir();
    } catch (cause) {
      failureOf(cause); // The signs of life and whoever asks will tell of it.
    }
    if (performance.now() - toldAlive < aliveMs) return;
    toldAlive = performance.now();
    tell({ kind: 'alive' });
  });
  repeat(beatMsOf(policy.lockMs), () => {
    if (workers.size === 0) return;
    const well = byItself(() => {
      const mine = [...workers.values()];
      const { lost, freed } = store.beat(mine.flatMap(({ id }) => (id === null ? [] : [id])));
      for (const worker of mine) {
        if (worker.id !== null && lost.includes(worker.id)) {
          tell({ kind: 'lost', worker: worker.id });
          worker.id = null;
        }
        worker.id ??= store.register(worker.concurrency);
      }
      if (freed || lost.length > 0) stir();
    });
    if (!well) return;
    troubled = false;
    tell({ kind: 'trouble', error: null });
  });
  const prune = (): void => {
    let more = false;
    byItself(() => {
      more = store.prune();
    });
    // In small steps, so that nobody waits long for the file.
    setTimeout(prune, more ? 20 : data.pruneMs).unref();
  };
  setTimeout(prune, Math.min(1000, data.pruneMs)).unref();

  tell({ kind: 'opened', error: null });
}
