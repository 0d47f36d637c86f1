import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { Worker as Thread } from 'node:worker_threads';
import { Redis } from 'ioredis';
import { afterEach, describe, expect, test } from 'vitest';
import type { Result } from '#core/result.ts';
import { createServiceLog } from '#server/observability/serviceLog.ts';
import { jobIdOf } from '#server/queue/jobId.ts';
import type { JobHandler, QueuePolicy } from '#server/queue/jobQueue.ts';
import { contractJob, contractResult } from '#server/queue/queueContract.ts';
import { openRedisQueue, type RedisQueue } from '#server/queue/redis/openRedisQueue.ts';
import { createCuttableNetwork } from '#server/queue/redis/testing/cuttableNetwork.ts';
import { freePort, type PrivateRedis, startPrivateRedis } from '#server/queue/redis/testing/privateRedis.ts';
import type { ServiceError } from '#server/serviceErrors.ts';

const policy: QueuePolicy = {
  attempts: 3,
  backoffMs: 50,
  lockMs: 1500,
  resultTtlMs: null,
  jobsPerMinute: null,
};
const cleanups: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const clean of cleanups.splice(0).toReversed()) await clean();
});

async function redisWith(settings: readonly string[] = [], started = true): Promise<PrivateRedis> {
  const redis = await startPrivateRedis(settings, started);
  cleanups.push(() => redis.dispose());
  return redis;
}

async function queueAt(
  url: string,
  changes: Partial<QueuePolicy> = {},
  lines?: string[],
): Promise<RedisQueue> {
  const opened = await openRedisQueue({
    url,
    prefix: 'trouble',
    policy: { ...policy, ...changes },
    ...(lines === undefined ? {} : { log: createServiceLog('warn', (line) => lines.push(line)) }),
  });
  if (!opened.ok) throw new Error(opened.error.message);
  cleanups.push(() => opened.value.close());
  return opened.value;
}

function value<T>(result: Result<T, ServiceError>): T {
  if (!result.ok) throw new Error(`${result.error.code}: ${result.error.message}`);
  return result.value;
}

async function until(what: string, holds: () => boolean | Promise<boolean>, limitMs = 60_000): Promise<void> {
  const end = performance.now() + limitMs;
  while (!(await holds())) {
    if (performance.now() > end) throw new Error(`never came about: ${what}`);
    await sleep(20);
  }
}

const succeeding: JobHandler = (job) => Promise.resolve({ kind: 'done', result: contractResult(job) });

/** The failure of each method that asks Redis. None may take longer than "within seconds". */
async function failures(queue: RedisQueue): Promise<readonly ServiceError[]> {
  const begin = performance.now();
  const answers = await Promise.all([
    queue.enqueue([contractJob('x')]),
    queue.counts(),
    queue.status('0'.repeat(40)),
    queue.pause(),
    queue.resume(),
    queue.dead(1, 0),
    queue.requeueDead('all'),
    queue.removeDead('all'),
    queue.songResult('x'),
    queue.resultsSince('', 1),
    queue.bookmark('x'),
    queue.setBookmark('x', ''),
    queue.lease('x', 'y', 1000),
  ]);
  expect(performance.now() - begin).toBeLessThan(12_000);
  return answers.map((answer) => {
    if (answer.ok) throw new Error('it answered');
    return answer.error;
  });
}

describe('a Redis that is not there', () => {
  test('is waited for: each method says so within seconds, and works when it comes', async () => {
    const redis = await redisWith([], false);
    const queue = await queueAt(redis.url);
    const troubles: ServiceError[] = [];
    const worker = queue.work(succeeding, { concurrency: 1, onTrouble: (error) => troubles.push(error) });
    for (const error of await failures(queue)) {
      expect(error.code).toBe('queue-unavailable');
      expect(error.message).toContain('no Redis answers');
    }
    await sleep(3000);
    // Told once, however often the connection was tried.
    expect(troubles).toHaveLength(1);
    await redis.start();
    await until('it is put in', async () => (await queue.enqueue([contractJob('a')])).ok);
    await until('it is done', async () => {
      const result = await queue.songResult('a');
      return result.ok && result.value !== null;
    });
    expect(troubles).toHaveLength(2);
    expect(troubles[1]?.details).toMatchObject({ recovered: 1 });
    await worker.close(1000);
  });

  test('can be closed, with and without a worker', async () => {
    const url = `redis://127.0.0.1:${await freePort()}`;
    const queue = await queueAt(url);
    const begin = performance.now();
    const worker = queue.work(succeeding, { concurrency: 2 });
    await worker.close(30_000);
    await queue.close();
    expect(performance.now() - begin).toBeLessThan(10_000);
  });

  test('lost in the middle, a worker that is closed does not wait for it', async () => {
    const redis = await redisWith();
    const queue = await queueAt(redis.url);
    let begun = 0;
    const worker = queue.work(
      () => {
        begun++;
        return new Promise(() => {});
      },
      { concurrency: 1 },
    );
    value(await queue.enqueue([contractJob('a')]));
    await until('it is begun', () => begun === 1);
    await redis.kill();
    const begin = performance.now();
    await worker.close(200);
    expect(performance.now() - begin).toBeLessThan(15_000);
    await redis.start();
    const again = await queueAt(redis.url);
    again.work(succeeding, { concurrency: 1 });
    await until('it is done', async () => value(await again.counts()).done === 1);
  });

  test('silent but connected, it is given up within seconds', async () => {
    const redis = await redisWith();
    const way = await createCuttableNetwork(redis.port);
    cleanups.push(() => way.close());
    const queue = await queueAt(way.url);
    value(await queue.enqueue([contractJob('a')]));
    await way.cut('silent');
    for (const error of await failures(queue)) expect(error.code).toBe('queue-unavailable');
    await way.heal('reset');
    await until('it answers', async () => (await queue.counts()).ok, 20_000);
  });

  test('an address that is none is refused, and not repeated: it may hold a password', async () => {
    for (const url of [
      '',
      'localhost',
      'http://user:geheim@host/',
      'redis://:geheim@host/text',
      'redis://',
    ]) {
      const opened = await openRedisQueue({ url, prefix: 'trouble', policy });
      expect(opened).toMatchObject({ ok: false, error: { code: 'queue-unavailable' } });
      expect(JSON.stringify(opened)).not.toContain('geheim');
    }
  });
});

describe('a Redis that does not do as it should', () => {
  test('a wrong password, and none, are named; the right one works', async () => {
    const redis = await redisWith(['--requirepass', 'geheim']);
    for (const login of [':falsch@', '']) {
      const queue = await queueAt(redis.url.replace('//', `//${login}`));
      for (const error of await failures(queue)) {
        expect(error.code).toBe('queue-unavailable');
        expect(error.message).toContain('password');
        expect(error.message).not.toContain('falsch');
      }
    }
    const queue = await queueAt(redis.url.replace('//', '//:geheim@'));
    expect(value(await queue.counts()).waiting).toBe(0);
  });

  test('without memory for writes it is full; reading works, and so does all when there is room', async () => {
    const redis = await redisWith(['--maxmemory-policy', 'noeviction']);
    const queue = await queueAt(redis.url);
    const jobs = Array.from({ length: 50 }, (_, index) => contractJob(`song ${index}`));
    value(await queue.enqueue(jobs.slice(0, 10)));
    const admin = new Redis(redis.url);
    cleanups.push(async () => admin.disconnect());
    await admin.config('SET', 'maxmemory', '1');
    const troubles: ServiceError[] = [];
    const worker = queue.work(succeeding, { concurrency: 2, onTrouble: (error) => troubles.push(error) });
    expect(await queue.enqueue(jobs)).toMatchObject({ ok: false, error: { code: 'storage-full' } });
    // All or none of them.
    expect(value(await queue.counts())).toMatchObject({ waiting: 10, active: 0 });
    await until('the worker says so', () => troubles.length > 0);
    expect(troubles[0]?.code).toBe('storage-full');
    await admin.config('SET', 'maxmemory', '0');
    await until('there is room', async () => (await queue.enqueue(jobs)).ok);
    await until('all are done', async () => value(await queue.counts()).done === 50);
    expect(troubles.filter(({ details }) => details?.['recovered'] === undefined)).toHaveLength(1);
    await worker.close(1000);
  });

  test('full in the middle of a job, nothing is lost', async () => {
    const redis = await redisWith(['--maxmemory-policy', 'noeviction']);
    const queue = await queueAt(redis.url, { attempts: 100 });
    const admin = new Redis(redis.url);
    cleanups.push(async () => admin.disconnect());
    let begun = 0;
    const worker = queue.work(
      async (job) => {
        if (++begun === 1) await admin.config('SET', 'maxmemory', '1');
        return { kind: 'done', result: contractResult(job) };
      },
      { concurrency: 2 },
    );
    value(await queue.enqueue(['a', 'b', 'c'].map((song) => contractJob(song))));
    await until('it has begun', () => begun > 0);
    await sleep(4000);
    expect(value(await queue.counts()).done).toBe(0);
    await admin.config('SET', 'maxmemory', '0');
    await until('all are done', async () => value(await queue.counts()).done === 3);
    expect(value(await queue.resultsSince('', 10)).results).toHaveLength(3);
    await worker.close(1000);
  });

  test('a replica that takes no writes is named', async () => {
    const primary = await redisWith();
    const redis = await redisWith(['--replicaof', `127.0.0.1 ${primary.port}`]);
    const lines: string[] = [];
    const queue = await queueAt(redis.url, {}, lines);
    await until('it is known', async () => {
      const answer = await queue.enqueue([contractJob('a')]);
      return !answer.ok && answer.error.message.includes('read-only replica');
    });
    await until('it is in the log', () => lines.join('').includes('this Redis is a replica'));
  });

  test('settings with which jobs get lost are in the log, once; good ones are not', async () => {
    const good = await redisWith();
    const bad = await redisWith(['--appendonly', 'no', '--maxmemory-policy', 'allkeys-lru']);
    const lines: string[] = [];
    const queue = await queueAt(good.url, {}, lines);
    value(await queue.counts());
    await sleep(300);
    expect(lines).toEqual([]);
    const risky = await queueAt(bad.url, {}, lines);
    value(await risky.counts());
    await until('it is in the log', () => lines.length > 0);
    await bad.kill();
    await bad.start();
    await until('it is back', async () => (await risky.counts()).ok);
    await sleep(300);
    expect(lines).toHaveLength(1);
    expect(lines[0]).toContain('appendonly is off');
    expect(lines[0]).toContain('allkeys-lru');
  });
});

describe('locks', () => {
  /** A thread that does nothing but compute until it is told to end. */
  const spinning = 'while (true) Math.sqrt(Math.random());';

  test('are kept while every core computes in other threads, for several times as long as a lock lives', async () => {
    const redis = await redisWith();
    const queue = await queueAt(redis.url, { lockMs: 1000 });
    const threads = Array.from({ length: 6 }, () => new Thread(spinning, { eval: true }));
    cleanups.push(async () => void (await Promise.all(threads.map((thread) => thread.terminate()))));
    await Promise.all(threads.map((thread) => once(thread, 'online')));
    const attempts: number[] = [];
    const signals: AbortSignal[] = [];
    const handler: JobHandler = async (job, { attempt, signal }) => {
      attempts.push(attempt);
      signals.push(signal);
      await sleep(5000);
      return { kind: 'done', result: contractResult(job) };
    };
    const workers = [
      queue.work(handler, { concurrency: 1 }),
      (await queueAt(redis.url, { lockMs: 1000 })).work(handler, { concurrency: 1 }),
    ];
    value(await queue.enqueue([contractJob('heavy')]));
    await until('it is done', async () => value(await queue.counts()).done === 1);
    expect(attempts).toEqual([1]);
    expect(signals.map(({ aborted }) => aborted)).toEqual([false]);
    await Promise.all(workers.map((worker) => worker.close(1000)));
  });

  test('do not go by the wall clock: an hour back changes nothing', async () => {
    const redis = await redisWith();
    const queue = await queueAt(redis.url, { lockMs: 1000 });
    let begun = 0;
    const worker = queue.work(
      async (job) => {
        begun++;
        await sleep(3500);
        return { kind: 'done', result: contractResult(job) };
      },
      { concurrency: 1 },
    );
    value(await queue.enqueue([contractJob('a')]));
    await until('it is begun', () => begun === 1);
    const real = Date.now;
    Date.now = () => real() - 3_600_000;
    try {
      await until('it is done', async () => value(await queue.counts()).done === 1);
    } finally {
      Date.now = real;
    }
    expect(begun).toBe(1);
    await worker.close(1000);
  });

  test('a job whose worker dies each time is dead after its attempts, and can be requeued', async () => {
    const redis = await redisWith();
    const queue = await queueAt(redis.url, { lockMs: 400, attempts: 2 });
    const job = contractJob('poison');
    value(await queue.enqueue([job]));
    for (let attempt = 1; attempt <= 2; attempt++) {
      // A process that dies: its way to Redis is gone at once, and for good.
      const way = await createCuttableNetwork(redis.port);
      const victim = await queueAt(way.url, { lockMs: 400, attempts: 2 });
      let begun = 0;
      victim.work(
        () => {
          begun++;
          return new Promise(() => {});
        },
        { concurrency: 1 },
      );
      await until('it is begun', () => begun === 1);
      await way.close();
    }
    const worker = queue.work(succeeding, { concurrency: 1 });
    await until('it is dead', async () => value(await queue.counts()).dead === 1);
    expect(value(await queue.dead(1, 0))[0]).toMatchObject({
      songId: 'poison',
      error: { code: 'internal', details: { attempts: 2 } },
    });
    expect(value(await queue.requeueDead([jobIdOf(job)]))).toBe(1);
    await until('it is done', async () => value(await queue.counts()).done === 1);
    await worker.close(1000);
  });
});

describe('what a catalogue reads', () => {
  test('genre:{song_id} is the result as JSON, with the time to live of the policy', async () => {
    const redis = await redisWith();
    const queue = await queueAt(redis.url, { resultTtlMs: 86_400_000 });
    const job = contractJob('歌 1');
    value(await queue.enqueue([job]));
    const worker = queue.work(succeeding, { concurrency: 1 });
    await until('it is done', async () => value(await queue.counts()).done === 1);
    const cms = new Redis(redis.url);
    cleanups.push(async () => cms.disconnect());
    const stored = JSON.parse((await cms.get('genre:歌 1')) ?? '') as Record<string, unknown>;
    expect(Object.keys(stored)).toEqual(
      expect.arrayContaining(['genre', 'confidence', 'top5', 'model', 'at']),
    );
    expect(stored['genre']).toBe('Jazz');
    const ttl = await cms.pttl('genre:歌 1');
    expect(ttl).toBeGreaterThan(86_000_000);
    expect(ttl).toBeLessThanOrEqual(86_400_000);
    await worker.close(1000);
  });
});

const ensure = (environment: Record<string, string>): ReturnType<typeof spawnSync> =>
  spawnSync(process.execPath, ['--import', 'tsx', 'scripts/ensure-redis.ts'], {
    env: { ...process.env, ...environment },
    encoding: 'utf8',
  });

describe('the script that provides a server', () => {
  test('prints its path, and fails where the one that is named is none', () => {
    const found = ensure({});
    expect(found.stdout).toMatch(/^Redis server: \/.+/m);
    expect(found.status).toBe(0);
    const none = ensure({ REDIS_SERVER_PATH: '/no/such/server' });
    expect(none.stderr).toContain('/no/such/server');
    expect(none.status).toBe(1);
  });
});
