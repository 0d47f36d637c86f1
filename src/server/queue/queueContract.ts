import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import * as fc from 'fast-check';
import { afterEach, describe, expect, test } from 'vitest';
import type { Result } from '#core/result.ts';
import { jobIdOf } from '#server/queue/jobId.ts';
import type {
  JobContext,
  JobHandler,
  JobOutcome,
  JobQueue,
  QueuePolicy,
  QueueWorker,
  SongJob,
  SongResult,
} from '#server/queue/jobQueue.ts';
import { type ServiceError, serviceError } from '#server/serviceErrors.ts';

/** A store of jobs for one test, and how it is mistreated. */
export interface ContractStore {
  /** A handle on the store, which is empty at first. */
  readonly queue: JobQueue;
  /** One more handle on the same store, as another process has it; the policy is that of the store with these changes. */
  reopen(changes?: Partial<QueuePolicy>): Promise<JobQueue>;
  /** As if the handle's process were killed: it gives nothing back, and nothing that it does later reaches the store. */
  crash(queue: JobQueue): Promise<void>;
  /** The store is out of this handle's reach, at once, until the answer is called. Others reach it. */
  cut(queue: JobQueue): Promise<() => Promise<void>>;
  /** Closes all handles that are open and deletes the store. */
  remove(): Promise<void>;
}

const usual: QueuePolicy = {
  attempts: 3,
  backoffMs: 50,
  lockMs: 1000,
  resultTtlMs: null,
  jobsPerMinute: null,
};

const weights = { id: 'model', sha256: 'e'.repeat(64) };
const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

/** A job as the programs put it in; the sound is another for each song unless given. */
export function contractJob(songId: string, changes: Partial<SongJob> = {}): SongJob {
  return {
    songId,
    path: `/music/${sha256(songId).slice(0, 8)}.mp3`,
    audioSha256: sha256(songId),
    model: weights,
    windows: null,
    priority: 5,
    removeFile: false,
    ...changes,
  };
}

export function contractResult(job: SongJob, genre = 'Jazz'): SongResult {
  return {
    songId: job.songId,
    genre,
    confidence: 0.8312345678901234,
    top5: [
      { genre, confidence: 0.8312345678901234 },
      { genre: 'Soul / R&B', confidence: 0.1 },
    ],
    model: { id: weights.id, version: '1.0.0', sha256: weights.sha256 },
    audioSha256: job.audioSha256,
    durationSeconds: 181.25,
    agreement: 0.9,
    at: new Date().toISOString(),
    jobId: jobIdOf(job),
  };
}

const done = (job: SongJob, genre?: string): JobOutcome => ({
  kind: 'done',
  result: contractResult(job, genre),
});
const failed = (retry: boolean, message = 'it went wrong'): JobOutcome => ({
  kind: 'failed',
  retry,
  error: serviceError('time-limit', message, { seconds: 3 }),
});

const succeeding: JobHandler = (job) => Promise.resolve(done(job));

function value<T>(result: Result<T, ServiceError>): T {
  if (!result.ok) throw new Error(`${result.error.code}: ${result.error.message}`);
  return result.value;
}

/** Asks until it is so. The limit only guards against hanging. */
async function until(what: string, holds: () => boolean | Promise<boolean>, limitMs = 60_000): Promise<void> {
  const end = performance.now() + limitMs;
  while (!(await holds())) {
    if (performance.now() > end) throw new Error(`never came about: ${what}`);
    await sleep(15);
  }
}

interface TakenJob {
  readonly job: SongJob;
  readonly context: JobContext;
  readonly at: number;
  readonly finish: (outcome: JobOutcome) => void;
}

/** A handler whose jobs wait until the test says what becomes of them. */
class HandsOn {
  readonly taken: TakenJob[] = [];
  readonly handler: JobHandler = async (job, context) =>
    await new Promise<JobOutcome>((finish) => {
      this.taken.push({ job, context, at: performance.now(), finish });
    });

  async next(count = 1): Promise<TakenJob> {
    await until(`${count} jobs taken`, () => this.taken.length >= count);
    return this.taken[count - 1]!;
  }
}

/** All of the feed from `cursor` on, asked for in pages. */
async function readFeed(
  queue: JobQueue,
  cursor = '',
  limit = 1000,
): Promise<{ results: SongResult[]; cursor: string }> {
  const results: SongResult[] = [];
  for (;;) {
    const page = value(await queue.resultsSince(cursor, limit));
    expect(page.results.length).toBeLessThanOrEqual(limit);
    results.push(...page.results);
    if (page.results.length === 0) return { results, cursor: page.cursor };
    cursor = page.cursor;
  }
}

const names = (count: number, prefix = 'song'): string[] =>
  Array.from({ length: count }, (_, index) => `${prefix} ${index}`);
const jobsOf = (ids: readonly string[], changes: Partial<SongJob> = {}): SongJob[] =>
  ids.map((id) => contractJob(id, changes));
const bySong = (results: readonly SongResult[]): string[] => results.map(({ songId }) => songId);

async function settled(queue: JobQueue): Promise<boolean> {
  const { waiting, delayed, active } = value(await queue.counts());
  return waiting + delayed + active === 0;
}

/** How many random histories are played; more at night. */
const histories = Number(process.env['ACOUSTICSENSE_QUEUE_HISTORIES'] ?? '4');

/**
 * What every `JobQueue` promises, as tests. An implementation calls this in a test file of its own.
 *
 * @param open A new, empty store each time, with one handle on it.
 */
export function queueContract(name: string, open: (policy: QueuePolicy) => Promise<ContractStore>): void {
  const stores: ContractStore[] = [];
  const opened = async (changes: Partial<QueuePolicy> = {}): Promise<ContractStore> => {
    const store = await open({ ...usual, ...changes });
    stores.push(store);
    return store;
  };
  afterEach(async () => {
    for (const store of stores.splice(0)) await store.remove();
  });

  describe(`${name}: putting in`, () => {
    test('a new song is queued, in the order of the jobs, and its identity is the idempotency key', async () => {
      const { queue } = await opened();
      const jobs = jobsOf(names(5));
      const outcomes = value(await queue.enqueue(jobs));
      expect(outcomes).toEqual(jobs.map((job) => ({ jobId: jobIdOf(job), outcome: 'queued' })));
      expect(value(await queue.status(jobIdOf(jobs[3]!)))).toEqual({
        jobId: jobIdOf(jobs[3]!),
        songId: 'song 3',
        state: 'waiting',
        attempts: 0,
        error: null,
      });
      expect(value(await queue.counts())).toMatchObject({
        waiting: 5,
        active: 0,
        delayed: 0,
        dead: 0,
        done: 0,
      });
      expect(value(await queue.enqueue([]))).toEqual([]);
    });

    test('a song twice in one call is queued once', async () => {
      const { queue } = await opened();
      const outcomes = value(await queue.enqueue([contractJob('a'), contractJob('b'), contractJob('a')]));
      expect(outcomes.map(({ outcome }) => outcome)).toEqual(['queued', 'queued', 'known']);
      expect(outcomes[2]).toMatchObject({ state: 'waiting', jobId: outcomes[0]!.jobId });
      expect(value(await queue.counts()).waiting).toBe(2);
    });

    test('other sound, other weights or other windows make another job of the same song', async () => {
      const { queue } = await opened();
      const outcomes = value(
        await queue.enqueue([
          contractJob('a'),
          contractJob('a', { audioSha256: 'f'.repeat(64) }),
          contractJob('a', { model: { id: 'model', sha256: 'd'.repeat(64) } }),
          contractJob('a', { windows: 3 }),
          contractJob('a', { path: '/elsewhere.mp3', priority: 0 }),
        ]),
      );
      expect(outcomes.map(({ outcome }) => outcome)).toEqual([
        'queued',
        'queued',
        'queued',
        'queued',
        'known',
      ]);
    });

    test('a known song is known in every state; the dead one starts anew', async () => {
      const { queue } = await opened({ attempts: 2, backoffMs: 60_000 });
      const hands = new HandsOn();
      const worker = queue.work(hands.handler, { concurrency: 1 });
      const again = async (songId: string): Promise<unknown> =>
        value(await queue.enqueue([contractJob(songId)]))[0];
      const known = (songId: string, state: string): unknown => ({
        jobId: jobIdOf(contractJob(songId)),
        outcome: 'known',
        state,
      });

      value(await queue.enqueue([contractJob('first')]));
      const first = await hands.next(1);
      expect(await again('first')).toEqual(known('first', 'active'));
      value(await queue.enqueue([contractJob('second')]));
      expect(await again('second')).toEqual(known('second', 'waiting'));
      first.finish(done(first.job));
      await until(
        'first is done',
        async () => value(await queue.status(first.context.jobId))?.state === 'done',
      );
      expect(await again('first')).toEqual(known('first', 'done'));

      const second = await hands.next(2);
      second.finish(failed(true));
      await until(
        'second is delayed',
        async () => value(await queue.status(second.context.jobId))?.state === 'delayed',
      );
      expect(await again('second')).toEqual(known('second', 'delayed'));

      value(await queue.enqueue([contractJob('third')]));
      const third = await hands.next(3);
      third.finish(failed(false));
      await until(
        'third is dead',
        async () => value(await queue.status(third.context.jobId))?.state === 'dead',
      );
      expect(await again('third')).toEqual({ jobId: third.context.jobId, outcome: 'queued' });
      const anew = await hands.next(4);
      expect(anew.context).toMatchObject({ jobId: third.context.jobId, attempt: 1 });
      anew.finish(done(anew.job));
      await worker.close(5000);
      expect(bySong((await readFeed(queue)).results)).toEqual(['first', 'third']);
      expect(value(await queue.counts())).toMatchObject({ dead: 0, delayed: 1, done: 2 });
    });

    test('a thousand songs in one call are there all at once', async () => {
      const store = await opened();
      const reader = await store.reopen();
      const seen = new Set<number>();
      const stop = new AbortController();
      const watching = (async () => {
        while (!stop.signal.aborted) {
          seen.add(value(await reader.counts()).waiting);
          await sleep(5);
        }
      })();
      const jobs = jobsOf(names(1000));
      const outcomes = value(await store.queue.enqueue(jobs));
      stop.abort();
      await watching;
      seen.add(value(await reader.counts()).waiting);
      expect(outcomes.every(({ outcome }) => outcome === 'queued')).toBe(true);
      expect(outcomes.map(({ jobId }) => jobId)).toEqual(jobs.map((job) => jobIdOf(job)));
      expect([...seen].filter((count) => count !== 0 && count !== 1000)).toEqual([]);
      expect(seen.has(1000)).toBe(true);
      const again = value(await store.queue.enqueue(jobs));
      expect(again.every(({ outcome }) => outcome === 'known')).toBe(true);
    });

    test('two handles that put in the same songs at once add each of them once', async () => {
      const store = await opened();
      const other = await store.reopen();
      const jobs = jobsOf(names(300));
      const answers = (
        await Promise.all([
          store.queue.enqueue(jobs),
          other.enqueue([...jobs].toReversed()),
          store.queue.enqueue(jobs.slice(100, 200)),
        ])
      ).flatMap((answer) => value(answer));
      expect(answers.filter(({ outcome }) => outcome === 'queued')).toHaveLength(300);
      expect(value(await other.counts()).waiting).toBe(300);
    });

    test('songs with odd names come back as they are', async () => {
      const { queue } = await opened();
      const odd = [
        '茉莉花（江苏民歌）',
        '🎷🧑‍🎤 blue 🎺',
        `it's "quoted" \\ ; DROP TABLE jobs; --`,
        '歌'.repeat(200),
        '../../etc/passwd',
        'a:b:c',
        '{brace}',
        '%00%0a%s',
        '__proto__',
        'constructor',
        ' spaces ',
        '0',
        'é vs é',
        '\u{202e}right to left\u{200d}',
        'null',
      ];
      value(await queue.enqueue(jobsOf(odd, { path: '/music/歌 "x" 🎷.mp3' })));
      const paths = new Set<string>();
      const worker = queue.work(
        (job) => {
          paths.add(job.path);
          return Promise.resolve(done(job));
        },
        { concurrency: 2 },
      );
      await until('all are done', async () => value(await queue.counts()).done === odd.length);
      await worker.close(1000);
      expect([...paths]).toEqual(['/music/歌 "x" 🎷.mp3']);
      expect(bySong((await readFeed(queue)).results).toSorted()).toEqual(odd.toSorted());
      for (const songId of odd) {
        expect(value(await queue.songResult(songId))?.songId).toBe(songId);
        expect(value(await queue.status(jobIdOf(contractJob(songId))))).toMatchObject({
          songId,
          state: 'done',
        });
      }
      expect(value(await queue.songResult('toString'))).toBeNull();
      expect(value(await queue.status('0'.repeat(40)))).toBeNull();
      expect(value(await queue.status('toString'))).toBeNull();
    });
  });

  describe(`${name}: taking`, () => {
    test('by priority, and first come first served within one', async () => {
      const { queue } = await opened();
      const jobs = [5, 9, 5, 0, 1, 9, 0, 5, 4].map((priority, index) =>
        contractJob(`${index}`, { priority }),
      );
      value(await queue.enqueue(jobs.slice(0, 4)));
      for (const job of jobs.slice(4)) value(await queue.enqueue([job]));
      const order: string[] = [];
      const worker = queue.work(
        (job) => {
          order.push(job.songId);
          return Promise.resolve(done(job));
        },
        { concurrency: 1 },
      );
      await until('all are done', async () => value(await queue.counts()).done === jobs.length);
      await worker.close(1000);
      expect(order).toEqual(['3', '6', '4', '8', '0', '2', '7', '1', '5']);
    });

    test('the job arrives as it was put in, with its identity and the number of the attempt', async () => {
      const { queue } = await opened();
      const job = contractJob('a', { windows: 12, priority: 2, removeFile: true });
      value(await queue.enqueue([job]));
      const hands = new HandsOn();
      const worker = queue.work(hands.handler, { concurrency: 1 });
      const taken = await hands.next();
      expect(taken.job).toEqual(job);
      expect(taken.context).toMatchObject({ jobId: jobIdOf(job), attempt: 1 });
      expect(taken.context.signal.aborted).toBe(false);
      expect(value(await queue.status(jobIdOf(job)))).toMatchObject({ state: 'active', attempts: 1 });
      taken.finish(done(job));
      await worker.close(1000);
    });

    test('as many at once as the worker says, and no job by two workers', async () => {
      const store = await opened();
      const other = await store.reopen();
      value(await store.queue.enqueue(jobsOf(names(120))));
      const seen: string[] = [];
      const most = [0, 0];
      const handler = (worker: number): JobHandler => {
        let now = 0;
        return async (job) => {
          seen.push(job.songId);
          now++;
          most[worker] = Math.max(most[worker]!, now);
          await sleep(10);
          now--;
          return done(job);
        };
      };
      const workers = [
        store.queue.work(handler(0), { concurrency: 3 }),
        other.work(handler(1), { concurrency: 1 }),
      ];
      await until('all are done', async () => value(await other.counts()).done === 120);
      await Promise.all(workers.map((worker) => worker.close(1000)));
      expect(most).toEqual([3, 1]);
      expect(new Set(seen).size).toBe(120);
      expect(seen).toHaveLength(120);
      const feed = bySong((await readFeed(store.queue)).results);
      expect(feed.toSorted()).toEqual(names(120).toSorted());
    });

    test('a song that comes while the worker is idle is taken soon', async () => {
      const store = await opened();
      const other = await store.reopen();
      const hands = new HandsOn();
      const worker = store.queue.work(hands.handler, { concurrency: 1 });
      await sleep(300);
      value(await other.enqueue([contractJob('late')]));
      (await hands.next()).finish(done(contractJob('late')));
      await worker.close(5000);
      expect(value(await other.songResult('late'))?.genre).toBe('Jazz');
    });

    test('not more in a minute than allowed, over all workers', async () => {
      const store = await opened({ jobsPerMinute: 6 });
      const other = await store.reopen();
      value(await store.queue.enqueue(jobsOf(names(20))));
      let begun = 0;
      const handler: JobHandler = (job) => {
        begun++;
        return Promise.resolve(done(job));
      };
      const workers = [store.queue, other].map((queue) => queue.work(handler, { concurrency: 4 }));
      await sleep(3000);
      expect(begun).toBeGreaterThanOrEqual(1);
      expect(begun).toBeLessThanOrEqual(6);
      await Promise.all(workers.map((worker) => worker.close(1000)));
    });
  });

  describe(`${name}: failing`, () => {
    test('goes back with back-off that doubles, and is dead when its attempts are used up', async () => {
      const { queue } = await opened({ attempts: 4, backoffMs: 200 });
      const hands = new HandsOn();
      const worker = queue.work(hands.handler, { concurrency: 1 });
      const job = contractJob('a', { removeFile: true });
      value(await queue.enqueue([job]));
      const ends: number[] = [];
      for (let attempt = 1; attempt <= 4; attempt++) {
        const taken = await hands.next(attempt);
        expect(taken.context.attempt).toBe(attempt);
        ends.push(performance.now());
        taken.finish(failed(true, `failure ${attempt}`));
        await until('the failure is noted', async () => {
          const status = value(await queue.status(jobIdOf(job)));
          return status?.error?.message === `failure ${attempt}`;
        });
      }
      const gaps = hands.taken.slice(1).map(({ at }, index) => at - ends[index]!);
      for (const [index, atLeast] of [200, 400, 800].entries()) {
        expect(gaps[index]).toBeGreaterThanOrEqual(atLeast * 0.8 - 5);
      }
      await worker.close(1000);
      expect(value(await queue.status(jobIdOf(job)))).toEqual({
        jobId: jobIdOf(job),
        songId: 'a',
        state: 'dead',
        attempts: 4,
        error: serviceError('time-limit', 'failure 4', { seconds: 3 }),
      });
      expect(value(await queue.counts())).toMatchObject({
        waiting: 0,
        delayed: 0,
        active: 0,
        dead: 1,
        done: 0,
      });
      expect((await readFeed(queue)).results).toEqual([]);
    });

    test('waits as `delayed` meanwhile, and others are taken', async () => {
      const { queue } = await opened({ backoffMs: 60_000 });
      value(await queue.enqueue([contractJob('bad'), contractJob('good')]));
      const worker = queue.work((job) => Promise.resolve(job.songId === 'bad' ? failed(true) : done(job)), {
        concurrency: 1,
      });
      await until('the good one is done', async () => value(await queue.counts()).done === 1);
      await worker.close(1000);
      expect(value(await queue.counts())).toMatchObject({ waiting: 0, delayed: 1, active: 0, dead: 0 });
      expect(value(await queue.status(jobIdOf(contractJob('bad'))))).toMatchObject({
        state: 'delayed',
        attempts: 1,
        error: { code: 'time-limit' },
      });
    });

    test('without retry it is dead at once', async () => {
      const { queue } = await opened();
      let tries = 0;
      value(await queue.enqueue([contractJob('a')]));
      const worker = queue.work(
        () => {
          tries++;
          return Promise.resolve(failed(false));
        },
        { concurrency: 1 },
      );
      await until('it is dead', async () => value(await queue.counts()).dead === 1);
      await sleep(200);
      await worker.close(1000);
      expect(tries).toBe(1);
    });

    test('a handler that throws is a failure to be tried again, and the worker goes on', async () => {
      const { queue } = await opened({ attempts: 2, backoffMs: 10 });
      value(await queue.enqueue([contractJob('a'), contractJob('b')]));
      const worker = queue.work(
        (job) => (job.songId === 'a' ? Promise.reject(new Error('a bug')) : Promise.resolve(done(job))),
        { concurrency: 1 },
      );
      await until('both are settled', async () => await settled(queue));
      await worker.close(1000);
      expect(value(await queue.status(jobIdOf(contractJob('a'))))).toMatchObject({
        state: 'dead',
        attempts: 2,
        error: { code: 'internal' },
      });
      expect(value(await queue.counts())).toMatchObject({ dead: 1, done: 1 });
    });

    test('the dead are listed latest first, put back or forgotten', async () => {
      const { queue } = await opened();
      const before = Date.now();
      value(await queue.enqueue(jobsOf(names(6), { removeFile: true, path: '/spool/x' })));
      let dying = true;
      const worker = queue.work(
        async (job) => {
          await sleep(5);
          return dying ? failed(false, `died: ${job.songId}`) : done(job);
        },
        { concurrency: 1 },
      );
      await until('all are dead', async () => value(await queue.counts()).dead === 6);
      const dead = value(await queue.dead(100, 0));
      expect(dead.map(({ songId }) => songId)).toEqual(names(6).toReversed());
      expect(dead[0]).toMatchObject({
        state: 'dead',
        attempts: 1,
        error: serviceError('time-limit', 'died: song 5', { seconds: 3 }),
        job: contractJob('song 5', { removeFile: true, path: '/spool/x' }),
      });
      for (const { diedAt } of dead) {
        expect(new Date(diedAt).toISOString()).toBe(diedAt);
        expect(Date.parse(diedAt)).toBeGreaterThanOrEqual(before - 1000);
        expect(Date.parse(diedAt)).toBeLessThanOrEqual(Date.now() + 1000);
      }
      expect(value(await queue.dead(2, 1)).map(({ songId }) => songId)).toEqual(['song 4', 'song 3']);
      expect(value(await queue.dead(10, 6))).toEqual([]);

      const id = (index: number): string => jobIdOf(contractJob(`song ${index}`));
      expect(value(await queue.removeDead([id(0), 'no such job', id(0)]))).toBe(1);
      expect(value(await queue.status(id(0)))).toBeNull();
      dying = false;
      expect(value(await queue.requeueDead([id(1), id(0), 'no such job', id(1)]))).toBe(1);
      await until('it is done', async () => value(await queue.status(id(1)))?.state === 'done');
      expect(value(await queue.requeueDead([id(1)]))).toBe(0);
      expect(value(await queue.removeDead([id(1)]))).toBe(0);
      expect(value(await queue.status(id(1)))).toMatchObject({ state: 'done', attempts: 1 });
      expect(value(await queue.requeueDead('all'))).toBe(4);
      await until('all are done', async () => value(await queue.counts()).done === 5);
      expect(value(await queue.requeueDead('all'))).toBe(0);
      expect(value(await queue.removeDead('all'))).toBe(0);
      expect(value(await queue.dead(10, 0))).toEqual([]);
      await worker.close(1000);
    });

    test('one that is put back has all its attempts again', async () => {
      const { queue } = await opened({ attempts: 2, backoffMs: 10 });
      const attempts: number[] = [];
      const worker = queue.work(
        (_, { attempt }) => {
          attempts.push(attempt);
          return Promise.resolve(failed(true));
        },
        { concurrency: 1 },
      );
      value(await queue.enqueue([contractJob('a')]));
      await until('it is dead', async () => value(await queue.counts()).dead === 1);
      expect(value(await queue.requeueDead('all'))).toBe(1);
      await until(
        'it is dead again',
        async () => attempts.length === 4 && value(await queue.counts()).dead === 1,
      );
      expect(attempts).toEqual([1, 2, 1, 2]);
      await worker.close(1000);
    });
  });

  describe(`${name}: pausing`, () => {
    test('holds all workers, also new ones and after a restart; what is in hand is finished', async () => {
      const store = await opened();
      const hands = new HandsOn();
      const worker = store.queue.work(hands.handler, { concurrency: 1 });
      value(await store.queue.enqueue(jobsOf(names(3))));
      const first = await hands.next();
      value(await store.queue.pause());
      value(await store.queue.pause());
      first.finish(done(first.job));
      await until('the first is done', async () => value(await store.queue.counts()).done === 1);
      const other = await store.reopen();
      expect(value(await other.counts())).toMatchObject({ paused: true, waiting: 2 });
      let taken = 0;
      const later = other.work(
        (job) => {
          taken++;
          return Promise.resolve(done(job));
        },
        { concurrency: 1 },
      );
      value(await other.enqueue([contractJob('while paused')]));
      await sleep(700);
      expect(hands.taken).toHaveLength(1);
      expect(taken).toBe(0);
      expect(value(await other.counts())).toMatchObject({ paused: true, waiting: 3 });
      await worker.close(1000);
      await store.queue.close();

      const third = await store.reopen();
      expect(value(await third.counts()).paused).toBe(true);
      value(await third.resume());
      value(await third.resume());
      await until('all are done', async () => value(await third.counts()).done === 4);
      expect(value(await third.counts()).paused).toBe(false);
      await later.close(1000);
    });
  });

  describe(`${name}: results`, () => {
    test('the latest of a song, as it was given', async () => {
      const { queue } = await opened();
      expect(value(await queue.songResult('a'))).toBeNull();
      const jobs = [contractJob('a'), contractJob('a', { audioSha256: 'f'.repeat(64) })];
      const results = jobs.map((job, index) => contractResult(job, ['Jazz', 'Soul / R&B'][index]));
      for (const [index, job] of jobs.entries()) {
        value(await queue.enqueue([job]));
        const worker = queue.work(() => Promise.resolve({ kind: 'done', result: results[index]! }), {
          concurrency: 1,
        });
        await until('it is done', async () => value(await queue.counts()).done === index + 1);
        await worker.close(1000);
        expect(value(await queue.songResult('a'))).toEqual(results[index]);
      }
      expect((await readFeed(queue)).results).toEqual(results);
    });

    test('survive closing and opening, with the place in the feed', async () => {
      const store = await opened();
      value(await store.queue.enqueue(jobsOf(names(4))));
      const worker = store.queue.work(succeeding, { concurrency: 1 });
      await until('all are done', async () => value(await store.queue.counts()).done === 4);
      await worker.close(1000);
      const half = value(await store.queue.resultsSince('', 2));
      await store.queue.close();
      const again = await store.reopen();
      expect(bySong(half.results)).toEqual(['song 0', 'song 1']);
      expect(bySong((await readFeed(again, half.cursor)).results)).toEqual(['song 2', 'song 3']);
      expect(value(await again.songResult('song 0'))).toEqual(half.results[0]);
    });

    test('the feed: pages of any size give the same, its end is kept, nothing is given twice', async () => {
      const { queue } = await opened();
      const empty = value(await queue.resultsSince('', 10));
      expect(empty.results).toEqual([]);
      value(await queue.enqueue(jobsOf(names(25))));
      const worker = queue.work(succeeding, { concurrency: 1 });
      await until('all are done', async () => value(await queue.counts()).done === 25);
      const all = await readFeed(queue);
      expect(bySong(all.results)).toEqual(names(25));
      expect((await readFeed(queue, empty.cursor)).results).toEqual(all.results);
      for (const limit of [1, 7, 25, 26]) expect(await readFeed(queue, '', limit)).toEqual(all);
      expect(value(await queue.resultsSince(all.cursor, 10))).toEqual({ results: [], cursor: all.cursor });
      value(await queue.enqueue([contractJob('one more')]));
      await until('it is done', async () => value(await queue.counts()).done === 26);
      expect(bySong((await readFeed(queue, all.cursor)).results)).toEqual(['one more']);
      await worker.close(1000);
    });

    test('the feed has no gaps and no doubles for one who reads while workers finish', async () => {
      const store = await opened();
      const handles = [store.queue, await store.reopen(), await store.reopen()];
      const total = 600;
      value(await store.queue.enqueue(jobsOf(names(total))));
      const workers = handles.map((queue) =>
        queue.work(
          async (job) => {
            await sleep(Math.random() * 4);
            return done(job);
          },
          { concurrency: 4 },
        ),
      );
      const reader = await store.reopen();
      const read: string[] = [];
      let cursor = '';
      await until('all were read', async () => {
        const page = value(await reader.resultsSince(cursor, 7));
        read.push(...bySong(page.results));
        cursor = page.cursor;
        return read.length >= total;
      });
      await Promise.all(workers.map((worker) => worker.close(1000)));
      expect((await readFeed(reader, cursor)).results).toEqual([]);
      expect(read.toSorted()).toEqual(names(total).toSorted());
      expect(bySong((await readFeed(reader)).results)).toEqual(read);
      expect(value(await reader.counts())).toMatchObject({ waiting: 0, active: 0, done: total });
    });

    test('a cursor that no queue gave is a bad request', async () => {
      const { queue } = await opened();
      for (const cursor of ['banana', '-1', "1'; --", '1e3', ' 1', '9'.repeat(60)]) {
        const answer = await queue.resultsSince(cursor, 10);
        expect(answer).toMatchObject({ ok: false, error: { code: 'bad-request' } });
      }
    });

    test('are forgotten after their time, and the song can be put in again; cursors stay valid', async () => {
      const { queue } = await opened({ resultTtlMs: 1500 });
      const worker = queue.work(succeeding, { concurrency: 1 });
      value(await queue.enqueue([contractJob('old')]));
      await until('it is done', async () => value(await queue.songResult('old')) !== null);
      const { cursor } = value(await queue.resultsSince('', 10));
      await until('it is forgotten', async () => value(await queue.songResult('old')) === null, 10_000);
      expect(value(await queue.enqueue([contractJob('old'), contractJob('new')]))).toMatchObject([
        { outcome: 'queued' },
        { outcome: 'queued' },
      ]);
      await until('both are done', async () => value(await queue.songResult('new')) !== null);
      expect(bySong((await readFeed(queue, cursor)).results)).toEqual(['old', 'new']);
      expect(value(await queue.counts()).done).toBe(3);
      await worker.close(1000);
    });

    test('bookmarks survive restarts', async () => {
      const store = await opened();
      expect(value(await store.queue.bookmark('webhook'))).toBe('');
      value(await store.queue.enqueue([contractJob('a')]));
      const worker = store.queue.work(succeeding, { concurrency: 1 });
      await until('it is done', async () => value(await store.queue.counts()).done === 1);
      await worker.close(1000);
      const { cursor } = await readFeed(store.queue);
      value(await store.queue.setBookmark('webhook', cursor));
      value(await store.queue.setBookmark('another: 🎷', ''));
      await store.queue.close();
      const again = await store.reopen();
      expect(value(await again.bookmark('webhook'))).toBe(cursor);
      expect(value(await again.bookmark('another: 🎷'))).toBe('');
      expect(value(await again.bookmark('nobody'))).toBe('');
    });
  });

  describe(`${name}: leases`, () => {
    test('one owner holds a lease until it runs out', async () => {
      const store = await opened();
      const other = await store.reopen();
      expect(value(await store.queue.lease('webhook', 'a', 1200))).toBe(true);
      expect(value(await other.lease('webhook', 'b', 1200))).toBe(false);
      expect(value(await other.lease('another', 'b', 1200))).toBe(true);
      await sleep(600);
      expect(value(await store.queue.lease('webhook', 'a', 1200))).toBe(true);
      await sleep(800);
      expect(value(await other.lease('webhook', 'b', 1200))).toBe(false);
      await until('it runs out', async () => value(await other.lease('webhook', 'b', 60_000)), 20_000);
      expect(value(await store.queue.lease('webhook', 'a', 1200))).toBe(false);
    });

    test('of many who ask at once one gets it', async () => {
      const store = await opened();
      const handles = [store.queue, await store.reopen(), await store.reopen()];
      const answers = await Promise.all(
        handles.flatMap((queue, index) =>
          [0, 1, 2].map((turn) => queue.lease('x', `${index}.${turn}`, 60_000)),
        ),
      );
      expect(answers.filter((answer) => value(answer))).toHaveLength(1);
    });
  });

  describe(`${name}: workers that go away`, () => {
    test('a job whose worker vanished is taken by another', async () => {
      const store = await opened();
      const victim = await store.reopen();
      const hands = new HandsOn();
      victim.work(hands.handler, { concurrency: 2 });
      value(await store.queue.enqueue(jobsOf(names(2))));
      await hands.next(2);
      await store.crash(victim);
      const heirs = new HandsOn();
      const worker = store.queue.work(heirs.handler, { concurrency: 2 });
      const taken = [await heirs.next(1), await heirs.next(2)];
      expect(taken.map(({ job }) => job.songId).toSorted()).toEqual(['song 0', 'song 1']);
      for (const { job, finish } of taken) finish(done(job, 'Blues'));
      for (const { job, finish } of hands.taken) finish(done(job, 'Opera'));
      await until('both are done', async () => value(await store.queue.counts()).done === 2);
      await sleep(300);
      await worker.close(1000);
      const { results } = await readFeed(store.queue);
      expect(results.map(({ genre }) => genre)).toEqual(['Blues', 'Blues']);
    });

    test('a worker that is alive keeps its job, however long it takes', async () => {
      const store = await opened();
      const other = await store.reopen();
      const hands = new HandsOn();
      const slow = store.queue.work(hands.handler, { concurrency: 1 });
      value(await store.queue.enqueue([contractJob('long')]));
      const taken = await hands.next();
      const others = new HandsOn();
      const idle = other.work(others.handler, { concurrency: 1 });
      await sleep(3500);
      expect(others.taken).toHaveLength(0);
      expect(taken.context.signal.aborted).toBe(false);
      taken.finish(done(taken.job));
      await until('it is done', async () => value(await other.counts()).done === 1);
      await Promise.all([slow.close(1000), idle.close(1000)]);
    });

    test('a worker whose event loop is held up for less than the lock keeps its job', async () => {
      const store = await opened({ lockMs: 4000 });
      const hands = new HandsOn();
      const worker = store.queue.work(hands.handler, { concurrency: 1 });
      value(await store.queue.enqueue([contractJob('heavy')]));
      const taken = await hands.next();
      for (let turn = 0; turn < 6; turn++) {
        const end = performance.now() + 900;
        while (performance.now() < end);
        await sleep(0);
      }
      taken.finish(done(taken.job));
      await until('it is done', async () => value(await store.queue.counts()).done === 1);
      await worker.close(1000);
      expect(hands.taken).toHaveLength(1);
    });

    test('whoever lost the lock is told, and the late outcome changes nothing', async () => {
      const store = await opened();
      const lost = await store.reopen();
      const hands = new HandsOn();
      const troubles: ServiceError[] = [];
      const late = lost.work(hands.handler, { concurrency: 1, onTrouble: (error) => troubles.push(error) });
      value(await store.queue.enqueue([contractJob('a')]));
      const first = await hands.next();
      const mend = await store.cut(lost);
      const heirs = new HandsOn();
      const worker = store.queue.work(heirs.handler, { concurrency: 1 });
      const second = await heirs.next();
      await mend();
      await until('the first is told', () => first.context.signal.aborted);
      first.finish(done(first.job, 'Opera'));
      await sleep(300);
      expect(value(await store.queue.counts())).toMatchObject({ done: 0, active: 1 });
      second.finish(done(second.job, 'Blues'));
      await until('it is done', async () => value(await store.queue.counts()).done === 1);
      await sleep(300);
      expect((await readFeed(store.queue)).results.map(({ genre }) => genre)).toEqual(['Blues']);
      expect(value(await store.queue.songResult('a'))?.genre).toBe('Blues');
      expect(second.context.signal.aborted).toBe(false);
      await worker.close(1000);

      value(await store.queue.enqueue([contractJob('b')]));
      const after = await hands.next(2);
      after.finish(done(after.job));
      await until('the mended worker goes on', async () => value(await store.queue.counts()).done === 2);
      await late.close(1000);
    });

    test('a second completion of a job changes nothing, and a late failure neither', async () => {
      const store = await opened();
      const lost = await store.reopen();
      const hands = new HandsOn();
      lost.work(hands.handler, { concurrency: 2 });
      value(await store.queue.enqueue(jobsOf(['a', 'b'])));
      const firsts = [await hands.next(1), await hands.next(2)];
      const mend = await store.cut(lost);
      const worker = store.queue.work((job) => Promise.resolve(done(job, 'Blues')), { concurrency: 2 });
      await until('both are done by another', async () => value(await store.queue.counts()).done === 2);
      firsts[0]!.finish(done(firsts[0]!.job, 'Opera'));
      firsts[1]!.finish(failed(false));
      await mend();
      await sleep(1500);
      expect(value(await lost.counts())).toMatchObject({ done: 2, dead: 0, waiting: 0, active: 0 });
      expect((await readFeed(lost)).results.map(({ genre }) => genre)).toEqual(['Blues', 'Blues']);
      await worker.close(1000);
    });

    test('closed with grace, it finishes what it has and takes nothing new', async () => {
      const { queue } = await opened();
      const hands = new HandsOn();
      const worker = queue.work(hands.handler, { concurrency: 1 });
      value(await queue.enqueue(jobsOf(names(3))));
      const taken = await hands.next();
      const closing = worker.close(20_000);
      await sleep(200);
      expect(taken.context.signal.aborted).toBe(false);
      taken.finish(done(taken.job));
      await closing;
      expect(hands.taken).toHaveLength(1);
      expect(value(await queue.counts())).toMatchObject({ waiting: 2, active: 0, done: 1 });
    });

    test('closed without, it gives its jobs back at once, and they lose no attempt', async () => {
      const store = await opened({ attempts: 2, backoffMs: 10, lockMs: 60_000 });
      value(await store.queue.enqueue([contractJob('a')]));
      for (let turn = 0; turn < 3; turn++) {
        const hands = new HandsOn();
        const worker = store.queue.work(hands.handler, { concurrency: 1 });
        const taken = await hands.next();
        await worker.close(50);
        expect(taken.context.signal.aborted).toBe(true);
        await until('it waits', async () => value(await store.queue.counts()).waiting === 1, 10_000);
        taken.finish(failed(false));
      }
      await sleep(200);
      expect(value(await store.queue.counts())).toMatchObject({ waiting: 1, dead: 0 });
      let tries = 0;
      const worker = store.queue.work((job) => Promise.resolve(++tries === 1 ? failed(true) : done(job)), {
        concurrency: 1,
      });
      await until('it is done', async () => value(await store.queue.counts()).done === 1);
      await worker.close(1000);
      expect(tries).toBe(2);
    });

    test('closing the queue closes its workers', async () => {
      const store = await opened({ lockMs: 60_000 });
      const closing = await store.reopen();
      const hands = new HandsOn();
      closing.work(hands.handler, { concurrency: 1 });
      value(await store.queue.enqueue([contractJob('a')]));
      const taken = await hands.next();
      await closing.close();
      expect(taken.context.signal.aborted).toBe(true);
      expect(value(await store.queue.counts())).toMatchObject({ waiting: 1, active: 0 });
      expect(await closing.counts()).toMatchObject({ ok: false, error: { code: 'queue-unavailable' } });
      expect(await closing.enqueue([contractJob('b')])).toMatchObject({
        ok: false,
        error: { code: 'queue-unavailable' },
      });
      await closing.close();
    });
  });

  describe(`${name}: trouble and counts`, () => {
    test('a store out of reach fails within seconds and is used again when it is back', async () => {
      const store = await opened();
      const lost = await store.reopen();
      const troubles: ServiceError[] = [];
      let handled = 0;
      const worker = lost.work(
        (job) => {
          handled++;
          return Promise.resolve(done(job));
        },
        { concurrency: 1, onTrouble: (error) => troubles.push(error) },
      );
      value(await lost.enqueue([contractJob('before')]));
      await until('it is done', async () => value(await lost.counts()).done === 1);
      const mend = await store.cut(lost);
      const answers = await Promise.all([
        lost.counts(),
        lost.enqueue([contractJob('meanwhile')]),
        lost.songResult('before'),
        lost.resultsSince('', 1),
        lost.lease('x', 'y', 1000),
        lost.dead(1, 0),
        lost.pause(),
      ]);
      for (const answer of answers) {
        expect(answer).toMatchObject({ ok: false, error: { code: 'queue-unavailable' } });
      }
      await until('the worker says so', () => troubles.some(({ code }) => code === 'queue-unavailable'));
      value(await store.queue.enqueue([contractJob('by another')]));
      await mend();
      value(await store.queue.resume());
      await until('the worker goes on', async () => {
        const counts = await lost.counts();
        return counts.ok && counts.value.done >= 2;
      });
      expect(handled).toBeGreaterThanOrEqual(2);
      expect(value(await lost.songResult('by another'))?.genre).toBe('Jazz');
      await worker.close(1000);
    });

    test('workers, their concurrency and their speed are counted, for whoever asks', async () => {
      const store = await opened();
      const other = await store.reopen();
      expect(value(await store.queue.counts())).toEqual({
        waiting: 0,
        delayed: 0,
        active: 0,
        dead: 0,
        done: 0,
        paused: false,
        workers: 0,
        concurrency: 0,
        finishedPerSecond: 0,
      });
      const workers: QueueWorker[] = [
        store.queue.work(succeeding, { concurrency: 3 }),
        other.work(succeeding, { concurrency: 1 }),
      ];
      const asking = await store.reopen();
      await until('both are seen', async () => value(await asking.counts()).workers === 2, 10_000);
      expect(value(await asking.counts()).concurrency).toBe(4);
      value(await asking.enqueue(jobsOf(names(60))));
      await until('all are done', async () => value(await asking.counts()).done === 60);
      // 60 within the last minute: one a second, more where the speed is told over less than the whole minute.
      await until(
        'the speed is known',
        async () => value(await asking.counts()).finishedPerSecond >= 0.5,
        20_000,
      );
      expect(value(await asking.counts()).finishedPerSecond).toBeLessThanOrEqual(60);
      await workers[0]!.close(1000);
      await until('one is gone', async () => value(await asking.counts()).workers === 1, 10_000);
      expect(value(await asking.counts()).concurrency).toBe(1);
      await store.crash(other);
      await until('none is left', async () => value(await asking.counts()).workers === 0, 20_000);
    });
  });

  describe(`${name}: random histories`, () => {
    type Step =
      | { readonly do: 'enqueue'; readonly songs: readonly number[] }
      | { readonly do: 'work'; readonly concurrency: number }
      | { readonly do: 'finish'; readonly which: number; readonly how: 'done' | 'retry' | 'dead' }
      | { readonly do: 'crash' | 'cut' | 'mend' | 'close' | 'pause' | 'resume' | 'requeue' | 'wait' };
    const step: fc.Arbitrary<Step> = fc.oneof(
      {
        weight: 4,
        arbitrary: fc.record({
          do: fc.constant('enqueue' as const),
          songs: fc.array(fc.nat(11), { minLength: 1, maxLength: 5 }),
        }),
      },
      {
        weight: 3,
        arbitrary: fc.record({
          do: fc.constant('work' as const),
          concurrency: fc.integer({ min: 1, max: 3 }),
        }),
      },
      {
        weight: 8,
        arbitrary: fc.record({
          do: fc.constant('finish' as const),
          which: fc.nat(20),
          how: fc.constantFrom('done' as const, 'done' as const, 'retry' as const, 'dead' as const),
        }),
      },
      {
        weight: 5,
        arbitrary: fc.record({
          do: fc.constantFrom(
            'crash' as const,
            'cut' as const,
            'mend' as const,
            'close' as const,
            'pause' as const,
            'resume' as const,
            'requeue' as const,
            'wait' as const,
          ),
        }),
      },
    );

    test(
      'nothing is lost and nothing doubled, whatever happens in whatever order',
      async () => {
        await fc.assert(
          fc.asyncProperty(fc.array(step, { minLength: 15, maxLength: 40 }), async (steps) => {
            // Attempts enough that only what a handler calls dead is dead.
            const store = await opened({ attempts: 1000, backoffMs: 5 });
            const main = store.queue;
            const put = new Set<string>();
            const workers: { queue: JobQueue; worker: QueueWorker; mend: (() => Promise<void>) | null }[] =
              [];
            const hands = new HandsOn();
            for (const it of steps) {
              switch (it.do) {
                case 'enqueue': {
                  const ids = it.songs.map((song) => `song ${song}`);
                  const outcomes = value(await main.enqueue(jobsOf(ids)));
                  for (const [index, outcome] of outcomes.entries()) {
                    // Whatever was put in before is known, or dead and put in anew.
                    if (!put.has(ids[index]!)) expect(outcome.outcome).toBe('queued');
                    put.add(ids[index]!);
                  }
                  break;
                }
                case 'work': {
                  if (workers.length >= 3) break;
                  const queue = await store.reopen();
                  const worker = queue.work(hands.handler, { concurrency: it.concurrency });
                  workers.push({ queue, worker, mend: null });
                  break;
                }
                case 'finish': {
                  const taken = hands.taken[it.which % Math.max(1, hands.taken.length)];
                  taken?.finish(it.how === 'done' ? done(taken.job) : failed(it.how === 'retry'));
                  break;
                }
                case 'crash': {
                  const gone = workers.shift();
                  if (gone !== undefined) await store.crash(gone.queue);
                  break;
                }
                case 'cut': {
                  const victim = workers.at(-1);
                  if (victim !== undefined && victim.mend === null)
                    victim.mend = await store.cut(victim.queue);
                  break;
                }
                case 'mend': {
                  for (const it of workers) {
                    await it.mend?.();
                    it.mend = null;
                  }
                  break;
                }
                case 'close': {
                  const gone = workers.shift();
                  if (gone === undefined) break;
                  await gone.mend?.();
                  await gone.worker.close(20);
                  await gone.queue.close();
                  break;
                }
                case 'pause':
                  value(await main.pause());
                  break;
                case 'resume':
                  value(await main.resume());
                  break;
                case 'requeue':
                  value(await main.requeueDead('all'));
                  break;
                case 'wait':
                  await sleep(150);
                  break;
              }
              await sleep(3);
            }
            // The end: all is mended, what is still in hand succeeds, one good worker does the rest.
            value(await main.resume());
            for (const { mend } of workers) await mend?.();
            const finisher = setInterval(() => {
              for (const { job, finish } of hands.taken) finish(done(job));
            }, 20);
            const good = main.work(succeeding, { concurrency: 2 });
            try {
              await until('all is settled', async () => await settled(main));
            } finally {
              clearInterval(finisher);
            }
            await good.close(1000);
            const dead = value(await main.dead(100, 0)).map(({ songId }) => songId);
            const { results } = await readFeed(main, '', 5);
            expect([...bySong(results), ...dead].toSorted()).toEqual([...put].toSorted());
            const counts = value(await main.counts());
            expect(counts).toMatchObject({ done: results.length, dead: dead.length });
            for (const songId of put) {
              const state = value(await main.status(jobIdOf(contractJob(songId))))?.state;
              expect(state).toBe(dead.includes(songId) ? 'dead' : 'done');
            }
            await store.remove();
            stores.splice(stores.indexOf(store), 1);
          }),
          { numRuns: histories, interruptAfterTimeLimit: 3_600_000, endOnFailure: true },
        );
      },
      120_000 + histories * 20_000,
    );
  });
}
