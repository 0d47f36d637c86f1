import { parentPort, workerData } from 'node:worker_threads';
import { hostStore } from '#server/queue/sqlite/storeHost.ts';
import type { StoreThreadData } from '#server/queue/sqlite/storeProtocol.ts';

/** The thread of the store, which stands still while the first number of `entry` is 1: a disk that hangs, a process that is stopped. */
const data = workerData as StoreThreadData & { readonly entry: Int32Array };
if (parentPort === null) throw new Error('a thread');
hostStore(parentPort, data, () => {
  Atomics.wait(data.entry, 0, 1);
});
