import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, expect, test } from 'vitest';
import type { JobOutcome, QueueCounts, SongJob } from '#server/queue/jobQueue.ts';
import { contractJob, contractResult } from '#server/queue/queueContract.ts';
import {
  type MistreatedStore,
  sqliteContractStore,
} from '#server/queue/sqlite/testing/sqliteContractStore.ts';
import type { ServiceError } from '#server/serviceErrors.ts';

const policy = { attempts: 100, backoffMs: 10, lockMs: 1000, resultTtlMs: null, jobsPerMinute: null };
const stores: MistreatedStore[] = [];
afterEach(async () => {
  for (const store of stores.splice(0)) await store.remove();
});

async function until(what: string, holds: () => boolean | Promise<boolean>): Promise<void> {
  const end = performance.now() + 60_000;
  while (!(await holds())) {
    if (performance.now() > end) throw new Error(`never came about: ${what}`);
    await sleep(20);
  }
}

async function opened() {
  const store = await sqliteContractStore(policy);
  stores.push(store);
  const { queue } = store;
  const counts = async (): Promise<QueueCounts | null> => {
    const answer = await queue.counts();
    return answer.ok ? answer.value : null;
  };
  const troubles: ServiceError[] = [];
  const hands: { job: SongJob; finish: (outcome: JobOutcome) => void }[] = [];
  const worker = queue.work(
    (job) =>
      new Promise((finish) => {
        hands.push({ job, finish });
      }),
    { concurrency: 1, onTrouble: (error) => troubles.push(error) },
  );
  return { store, queue, counts, troubles, hands, worker };
}

test('a full disk: what is put in is refused, an outcome is kept until there is room, nothing is lost', async () => {
  const { store, queue, counts, troubles, hands, worker } = await opened();
  expect((await queue.enqueue([contractJob('a'), contractJob('b')])).ok).toBe(true);
  await until('one is in hand', () => hands.length === 1);
  store.limitPages(queue, 1);
  const songs = Array.from({ length: 2000 }, (_, index) => contractJob(`song ${index}`));
  expect(await queue.enqueue(songs)).toMatchObject({ ok: false, error: { code: 'storage-full' } });
  const { job, finish } = hands[0]!;
  const top5 = Array.from({ length: 20_000 }, () => ({ genre: 'Jazz', confidence: 0 }));
  finish({ kind: 'done', result: { ...contractResult(job), top5 } });
  await until('the worker says so', () => troubles.length > 0);
  expect(troubles).toMatchObject([{ code: 'storage-full' }]);
  expect(await counts()).toMatchObject({ waiting: 1, active: 1, done: 0 });
  store.limitPages(queue, 1_000_000);
  await until('the outcome is stored', async () => (await counts())?.done === 1);
  await until('the worker goes on', () => hands.length === 2);
  expect(troubles.at(-1)).toMatchObject({ code: 'storage-full', details: { recovered: 1 } });
  hands[1]!.finish({ kind: 'done', result: contractResult(hands[1]!.job) });
  expect((await queue.enqueue(songs)).ok).toBe(true);
  await worker.close(0);
  expect(await counts()).toMatchObject({ waiting: 2000, active: 0, done: 2 });
});

test('a thread of the queue that ends is started anew; its job is taken again and counts once', async () => {
  const { store, queue, counts, troubles, hands, worker } = await opened();
  expect((await queue.enqueue([contractJob('a')])).ok).toBe(true);
  await until('it is in hand', () => hands.length === 1);
  store.breakThread(queue);
  await until('the worker says so', () => troubles.length > 0);
  expect(troubles[0]).toMatchObject({ code: 'queue-unavailable' });
  expect(troubles[0]!.message).toContain('a bug of the thread');
  expect(await queue.counts()).toMatchObject({ ok: false, error: { code: 'queue-unavailable' } });
  await until('it is taken again', () => hands.length === 2);
  for (const { job, finish } of hands) finish({ kind: 'done', result: contractResult(job) });
  await until('it is done', async () => (await counts())?.done === 1);
  await worker.close(0);
  expect(await counts()).toMatchObject({ waiting: 0, active: 0, done: 1 });
  expect(troubles.at(-1)).toMatchObject({ details: { recovered: 1 } });
});
