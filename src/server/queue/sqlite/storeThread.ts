import { parentPort, workerData } from 'node:worker_threads';
import { hostStore } from '#server/queue/sqlite/storeHost.ts';
import type { StoreThreadData } from '#server/queue/sqlite/storeProtocol.ts';

if (parentPort === null) throw new Error('this is the thread of the store, started by openSqliteQueue');
hostStore(parentPort, workerData as StoreThreadData);
