import { afterAll, beforeAll } from 'vitest';
import type { JobQueue } from '#server/queue/jobQueue.ts';
import { queueContract } from '#server/queue/queueContract.ts';
import { openRedisQueue } from '#server/queue/redis/openRedisQueue.ts';
import { type CuttableNetwork, createCuttableNetwork } from '#server/queue/redis/testing/cuttableNetwork.ts';
import { type PrivateRedis, startPrivateRedis } from '#server/queue/redis/testing/privateRedis.ts';

let redis: PrivateRedis;
let stores = 0;
beforeAll(async () => {
  redis = await startPrivateRedis();
});
afterAll(async () => redis?.dispose());

queueContract('redis', async (policy) => {
  // A database number for each store would do, but the prefix is part of the promise; results have none, so one at a time.
  const prefix = `contract${++stores}`;
  const database = stores % 16;
  const ways = new Map<JobQueue, CuttableNetwork>();
  const reopen = async (changes: object = {}): Promise<JobQueue> => {
    const way = await createCuttableNetwork(redis.port);
    const queue = await openRedisQueue({
      url: `${way.url}/${database}`,
      prefix,
      policy: { ...policy, ...changes },
    });
    if (!queue.ok) throw new Error(queue.error.message);
    ways.set(queue.value, way);
    return queue.value;
  };
  return {
    queue: await reopen(),
    reopen,
    async crash(queue) {
      await ways.get(queue)?.cut('reset');
    },
    async cut(queue) {
      await ways.get(queue)?.cut('reset');
      return async () => ways.get(queue)?.heal();
    },
    async remove() {
      await Promise.all([...ways.keys()].map((queue) => queue.close()));
      await Promise.all([...ways.values()].map((way) => way.close()));
    },
  };
});
