import { setImmediate as turn } from 'node:timers/promises';
import { err, ok, type Result } from '#core/result.ts';
import type {
  DeadJob,
  EnqueueOutcome,
  JobQueue,
  JobStatus,
  QueueCounts,
  QueuePolicy,
  QueueWorker,
  SongJob,
  SongResult,
} from '#server/queue/jobQueue.ts';
import { startSqliteWorker } from '#server/queue/sqlite/sqliteWorker.ts';
import { StoreClient } from '#server/queue/sqlite/storeClient.ts';
import { unpack } from '#server/queue/sqlite/storeHost.ts';
import type { StoreMethod } from '#server/queue/sqlite/storeProtocol.ts';
import type { ServiceError } from '#server/serviceErrors.ts';

export interface SqliteQueueOptions {
  /** The file of the queue; its directory must be there. `-wal` and `-shm` files lie beside it while it is open. */
  readonly file: string;
  readonly policy: QueuePolicy;
  /** How long an answer of the store is waited for, in milliseconds: 10 000 unless given. */
  readonly patienceMs?: number;
  /** How often expired results are looked for, in milliseconds: a minute unless given. */
  readonly pruneMs?: number;
}

/** For tests of what happens to a store that hangs or ends. */
export interface SqliteQueueInternals {
  readonly entry: URL;
  readonly entryData: unknown;
  readonly onClient: (client: StoreClient) => void;
}

/** Songs that cross to the thread at once: below a millisecond for either side. */
const partSize = 250;

/**
 * Opens the embedded queue: a SQLite file that the processes of one host share (docs/adr/0017-embedded-queue.md). The
 * database lives in a thread of its own, so that neither its disk nor the locks of other processes hold up the caller.
 *
 * Errors: `queue-unavailable` with the reason (damaged, another program's, of a newer version, no permission, no directory,
 * a network file system); `storage-full`.
 */
export async function openSqliteQueue(
  options: SqliteQueueOptions,
  internals?: SqliteQueueInternals,
): Promise<Result<JobQueue, ServiceError>> {
  const patienceMs = options.patienceMs ?? 10_000;
  const client = new StoreClient({
    data: {
      store: { file: options.file, policy: options.policy, busyMs: Math.floor(patienceMs * 0.4) },
      pruneMs: options.pruneMs ?? 60_000,
    },
    patienceMs,
    entry: internals?.entry ?? new URL('./storeThread.ts', import.meta.url),
    entryData: internals?.entryData,
  });
  const opened = await client.open();
  if (!opened.ok) return opened;
  internals?.onClient(client);
  return ok(sqliteQueue(client));
}

function sqliteQueue(client: StoreClient): JobQueue {
  const workers = new Set<QueueWorker>();
  let handles = 0;
  let batches = 0;
  const ask = async <T>(method: StoreMethod, ...args: readonly unknown[]): Promise<Result<T, ServiceError>> =>
    (await client.call('store', [method, args])) as Result<T, ServiceError>;

  return {
    kind: 'sqlite',

    async enqueue(jobs): Promise<Result<readonly EnqueueOutcome[], ServiceError>> {
      const batch = ++batches;
      // Parts of a list wait in the thread's memory; it is one transaction that stores them.
      for (let first = 0; first < jobs.length; first += partSize) {
        const part = jobs.slice(first, first + partSize) satisfies readonly SongJob[];
        const passed = client.call('part', [batch, JSON.stringify(part)], 'unlimited');
        if (first + partSize >= jobs.length) break;
        await Promise.race([passed, turn()]);
      }
      const answer = await client.call('enqueue', [batch]);
      return answer.ok ? ok(unpack(answer.value)) : answer;
    },

    work(handler, options) {
      const worker = startSqliteWorker(client, ++handles, handler, options);
      const handle: QueueWorker = {
        async close(graceMs) {
          await worker.close(graceMs);
          workers.delete(handle);
        },
      };
      workers.add(handle);
      return handle;
    },

    counts: async () => await ask<QueueCounts>('counts'),
    status: async (jobId) => await ask<JobStatus | null>('status', jobId),
    pause: async () => await ask<void>('pause'),
    resume: async () => await ask<void>('resume'),
    dead: async (limit, offset) => await ask<readonly DeadJob[]>('dead', limit, offset),
    requeueDead: async (jobIds) => await ask<number>('requeueDead', jobIds),
    removeDead: async (jobIds) => await ask<number>('removeDead', jobIds),

    async songResult(songId) {
      const answer = await ask<string | null>('songResult', songId);
      if (!answer.ok || answer.value === null) return answer.ok ? ok(null) : answer;
      return ok(JSON.parse(answer.value) as SongResult);
    },

    async resultsSince(cursor, limit) {
      const answer = await ask<Result<{ results: readonly string[]; cursor: string }, ServiceError>>(
        'resultsSince',
        cursor,
        limit,
      );
      if (!answer.ok) return answer;
      if (!answer.value.ok) return err(answer.value.error);
      const { results, cursor: next } = answer.value.value;
      return ok({ results: results.map((text) => JSON.parse(text) as SongResult), cursor: next });
    },

    bookmark: async (name) => await ask<string>('bookmark', name),
    setBookmark: async (name, cursor) => await ask<void>('setBookmark', name, cursor),
    lease: async (name, owner, holdMs) => await ask<boolean>('lease', name, owner, holdMs),

    async close() {
      await Promise.all([...workers].map((worker) => worker.close(0)));
      await client.close();
    },
  };
}
