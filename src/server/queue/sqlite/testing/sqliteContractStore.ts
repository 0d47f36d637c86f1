import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { JobQueue, QueuePolicy } from '#server/queue/jobQueue.ts';
import type { ContractStore } from '#server/queue/queueContract.ts';
import { openSqliteQueue } from '#server/queue/sqlite/openSqliteQueue.ts';
import type { StoreClient } from '#server/queue/sqlite/storeClient.ts';

interface Handle {
  readonly client: StoreClient;
  readonly held: Int32Array;
}

export interface MistreatedStore extends ContractStore {
  readonly file: string;
  /** To this handle the disk has so many pages of 4096 bytes. */
  limitPages(queue: JobQueue, pages: number): void;
  /** The handle's thread meets a bug, once. */
  breakThread(queue: JobQueue): void;
}

/** A queue file in a directory of its own, whose threads can be held and ended. */
export async function sqliteContractStore(policy: QueuePolicy): Promise<MistreatedStore> {
  const directory = mkdtempSync(join(tmpdir(), 'acousticsense-queue-'));
  const file = join(directory, 'queue.sqlite');
  const handles = new Map<JobQueue, Handle>();

  const open = async (changes: Partial<QueuePolicy> = {}): Promise<JobQueue> => {
    const held = new Int32Array(new SharedArrayBuffer(12));
    let client: StoreClient | null = null;
    const opened = await openSqliteQueue(
      { file, policy: { ...policy, ...changes }, patienceMs: 4000, pruneMs: 200 },
      {
        entry: new URL('./heldStoreThread.ts', import.meta.url),
        entryData: held,
        onClient: (made) => {
          client = made;
        },
      },
    );
    if (!opened.ok) throw new Error(opened.error.message);
    handles.set(opened.value, { client: client!, held });
    return opened.value;
  };
  const release = ({ held }: Handle): void => {
    Atomics.store(held, 0, 0);
    Atomics.notify(held, 0);
  };

  return {
    file,
    queue: await open(),
    reopen: open,
    crash: async (queue) => {
      await handles.get(queue)!.client.kill();
    },
    cut: (queue) => {
      const handle = handles.get(queue)!;
      Atomics.store(handle.held, 0, 1);
      return Promise.resolve(() => {
        release(handle);
        return Promise.resolve();
      });
    },
    limitPages: (queue, pages) => {
      Atomics.store(handles.get(queue)!.held, 1, pages);
    },
    breakThread: (queue) => {
      Atomics.store(handles.get(queue)!.held, 2, 1);
    },
    remove: async () => {
      for (const [queue, handle] of handles) {
        release(handle);
        await queue.close();
      }
      handles.clear();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}
