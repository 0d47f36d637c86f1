import { parentPort, workerData } from 'node:worker_threads';
import { hostStore } from '#server/queue/sqlite/storeHost.ts';
import type { StoreThreadData } from '#server/queue/sqlite/storeProtocol.ts';

/**
 * The thread of the store as tests mistreat it by the numbers of `entry`: it stands still while the first is 1 (a disk that
 * hangs, a process that is stopped), its disk has as many pages as the second where that is not 0, and it breaks once where the
 * third is 1.
 */
const data = workerData as StoreThreadData & { readonly entry: Int32Array };
if (parentPort === null) throw new Error('a thread');
let pages = 0;
hostStore(parentPort, data, (store) => {
  Atomics.wait(data.entry, 0, 1);
  const asked = Atomics.load(data.entry, 1);
  if (asked !== pages) store.limitPages(asked);
  pages = asked;
  if (Atomics.exchange(data.entry, 2, 0) === 1) throw new Error('a bug of the thread');
});
