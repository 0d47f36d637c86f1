import { queueContract } from '#server/queue/queueContract.ts';
import { sqliteContractStore } from '#server/queue/sqlite/testing/sqliteContractStore.ts';

queueContract('SQLite', sqliteContractStore);
