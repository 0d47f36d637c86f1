import { Job, type Queue } from 'bullmq';
import type { Redis } from 'ioredis';
import { err, ok, type Result } from '#core/result.ts';
import type { ServiceLog } from '#server/observability/serviceLog.ts';
import { jobIdOf } from '#server/queue/jobId.ts';
import type {
  DeadJob,
  EnqueueOutcome,
  JobQueue,
  JobState,
  JobStatus,
  QueuePolicy,
  QueueWorker,
  SongJob,
  SongResult,
} from '#server/queue/jobQueue.ts';
import { checkRedisUrl, openRedisLink } from '#server/queue/redis/redisLink.ts';
import {
  forgetDead,
  genreKey,
  inspectJobs,
  queueKeys,
  readActivity,
  readFeed,
  takeLease,
} from '#server/queue/redis/redisScripts.ts';
import { failureOf, startRedisWorker } from '#server/queue/redis/redisWorker.ts';
import { type ServiceError, serviceError } from '#server/serviceErrors.ts';

export interface RedisQueueOptions {
  /** `redis://[user:password@]host[:port][/database]`, or `rediss://` for TLS. */
  readonly url: string;
  /** Before the names of the queue's own keys. The results are at `genre:{song_id}` whatever it is. */
  readonly prefix: string;
  readonly policy: QueuePolicy;
  /** Told once of settings of Redis with which jobs can get lost. */
  readonly log?: ServiceLog;
}

/** The queue on Redis, and BullMQ's own view of it for the board. */
export interface RedisQueue extends JobQueue {
  readonly kind: 'redis';
  /** BullMQ's queue, once Redis answers. */
  bull(): Promise<Result<Queue, ServiceError>>;
}

/** Jobs in one look at Redis, so that none of them keeps it from others for long. */
const batchSize = 1000;

/**
 * Opens the queue on Redis (6.2 or later, or Valkey) by BullMQ. An absent Redis is no error: the queue waits for it and
 * says `queue-unavailable` to what is asked meanwhile.
 *
 * Errors: `queue-unavailable` where the address is not one of Redis.
 */
export async function openRedisQueue(options: RedisQueueOptions): Promise<Result<RedisQueue, ServiceError>> {
  const url = checkRedisUrl(options.url);
  if (!url.ok) return Promise.resolve(url);
  return Promise.resolve(ok(redisQueue(options)));
}

function redisQueue({ url, prefix, policy, log }: RedisQueueOptions): RedisQueue {
  const link = openRedisLink(url, prefix, log ?? null);
  const keys = queueKeys(prefix);
  const workers = new Set<QueueWorker>();
  const markPrefix = keys.done('');

  /** State of each job, in the order of the ids. */
  async function inspect(client: Redis, jobIds: readonly string[]): Promise<readonly Inspected[]> {
    const found: Inspected[] = [];
    for (let at = 0; at < jobIds.length; at += batchSize) {
      const part = jobIds.slice(at, at + batchSize);
      const answer = await inspectJobs.run(
        client,
        [`${keys.bull}failed`, `${keys.bull}delayed`, `${keys.bull}active`, keys.bull, markPrefix],
        part,
      );
      for (const [state, attempts, failure, data] of answer as [string, string, string, string][]) {
        found.push({ state: state as JobState | '', attempts: Number(attempts), failure, data });
      }
    }
    return found;
  }

  async function add(
    client: Redis,
    bull: Queue,
    jobs: readonly SongJob[],
  ): Promise<readonly EnqueueOutcome[]> {
    const ids = jobs.map(jobIdOf);
    const before = await inspect(client, ids);
    const seen = new Set<string>();
    const isNew = ids.map((id, index) => {
      const state = before[index]?.state ?? '';
      const first = !seen.has(id);
      seen.add(id);
      return first && (state === '' || state === 'dead');
    });
    const added = ids.filter((_, index) => isNew[index]);
    // One transaction: all of them, or none. What became of a job since the look above is looked at again inside.
    const raw = await bull.getBackend().client;
    const transaction = raw.multi();
    const native = transaction as unknown as {
      eval(lua: string, keyCount: number, ...rest: string[]): unknown;
    };
    const again = [`${keys.bull}failed`, `${keys.bull}delayed`, `${keys.bull}active`, keys.bull, markPrefix];
    for (const [index, job] of jobs.entries()) {
      if (!isNew[index]) continue;
      const id = ids[index] ?? '';
      native.eval(inspectJobs.lua, again.length, ...again, id);
      native.eval(forgetDead.lua, 2, `${keys.bull}failed`, keys.bull, id);
      const put = new Job(
        bull,
        'song',
        job,
        {
          jobId: id,
          // 0 is "no priority" for BullMQ, a list of its own that is taken first: it is left to jobs that come back.
          priority: job.priority + 1,
          attempts: policy.attempts,
          backoff: { type: 'policy', delay: policy.backoffMs },
          removeOnComplete: true,
          removeOnFail: false,
          stackTraceLimit: 0,
        },
        id,
      );
      // Commands enter a transaction at once; what they answer is in the answer of the transaction.
      void put.addJob(transaction);
    }
    const answers = added.length === 0 ? [] : await transaction.exec();
    if (answers === null) throw new Error('Redis dropped the transaction');
    for (const [failure] of answers) if (failure !== null) throw failure;
    const states = new Map(
      added.map((id, index) => [id, ((answers[index * 3]?.[1] ?? [['']]) as [string][])[0]?.[0] ?? '']),
    );
    return ids.map((jobId, index) => {
      const state = (isNew[index] ? states.get(jobId) : before[index]?.state) as JobState | '' | undefined;
      if (isNew[index] && (state === '' || state === 'dead' || state === undefined)) {
        return { jobId, outcome: 'queued' };
      }
      // Twice in one call: the second one finds the first waiting.
      const found = state === '' || state === undefined || state === 'dead' ? 'waiting' : state;
      return { jobId, outcome: 'known', state: found };
    });
  }

  async function deadIds(client: Redis): Promise<readonly string[]> {
    return client.zrevrange(`${keys.bull}failed`, 0, -1);
  }

  return {
    kind: 'redis',

    bull: () => link.run((_client, bull) => Promise.resolve(bull)),

    async enqueue(jobs) {
      if (jobs.length === 0) return ok([]);
      return link.run((client, bull) => add(client, bull, jobs));
    },

    work(handler, options) {
      const worker = startRedisWorker(link, policy, handler, options);
      const tracked: QueueWorker = {
        async close(graceMs) {
          await worker.close(graceMs);
          workers.delete(tracked);
        },
      };
      workers.add(tracked);
      return tracked;
    },

    counts: () =>
      link.run(async (client, bull) => {
        const [jobs, paused, activity] = await Promise.all([
          bull.getJobCounts('waiting', 'prioritized', 'delayed', 'active', 'failed'),
          bull.isPaused(),
          readActivity.run(client, [keys.totals, keys.workers, keys.finished], []),
        ]);
        const [done, finished, members] = activity as [string, number, string[]];
        const count = (name: string): number => jobs[name] ?? 0;
        return {
          waiting: count('waiting') + count('prioritized'),
          delayed: count('delayed'),
          active: count('active'),
          dead: count('failed'),
          done: Number(done),
          paused,
          workers: members.length,
          concurrency: members.reduce((sum, member) => sum + Number(member.split(':').pop()), 0),
          finishedPerSecond: finished / 60,
        };
      }),

    status: (jobId) =>
      link.run(async (client) => {
        const [found] = await inspect(client, [jobId]);
        return found === undefined || found.state === '' ? null : statusOf(jobId, found, found.state);
      }),

    pause: () => link.run((_client, bull) => bull.pause()),
    resume: () => link.run((_client, bull) => bull.resume()),

    dead: (limit, offset) =>
      link.run(async (_client, bull) => {
        if (limit <= 0) return [];
        const jobs = (await bull.getJobs(
          ['failed'],
          offset,
          offset + limit - 1,
          false,
        )) as (Job<SongJob> | null)[];
        // One that was requeued between the list and its data is not there any more.
        return jobs.flatMap((job): DeadJob[] =>
          job?.id === undefined || job.finishedOn === undefined
            ? []
            : [
                {
                  jobId: job.id,
                  songId: job.data.songId,
                  state: 'dead',
                  attempts: job.attemptsStarted,
                  error: failureOf(job.failedReason ?? ''),
                  job: job.data,
                  diedAt: new Date(job.finishedOn).toISOString(),
                },
              ],
        );
      }),

    requeueDead: (jobIds) =>
      link.run(async (client, bull) => {
        const ids = jobIds === 'all' ? await deadIds(client) : [...new Set(jobIds)];
        let requeued = 0;
        for (let at = 0; at < ids.length; at += 100) {
          const moved = await Promise.all(ids.slice(at, at + 100).map((id) => requeue(bull, id)));
          requeued += moved.filter(Boolean).length;
        }
        return requeued;
      }),

    removeDead: (jobIds) =>
      link.run(async (client) => {
        const ids = jobIds === 'all' ? await deadIds(client) : jobIds;
        let removed = 0;
        for (let at = 0; at < ids.length; at += batchSize) {
          const part = ids.slice(at, at + batchSize);
          removed += Number(await forgetDead.run(client, [`${keys.bull}failed`, keys.bull], part));
        }
        return removed;
      }),

    songResult: (songId) =>
      link.run(async (client) => {
        const text = await client.get(genreKey(songId));
        return text === null ? null : readResult(text);
      }),

    async resultsSince(cursor, limit) {
      if (cursor !== '' && !/^\d{1,19}-\d{1,19}$/.test(cursor)) {
        return err(serviceError('bad-request', 'the cursor is none of this queue'));
      }
      return link.run(async (client) => {
        if (limit <= 0) return { results: [], cursor };
        const entries = (await readFeed.run(
          client,
          [keys.feed],
          [cursor, limit, policy.resultTtlMs ?? 0],
        )) as [string, string[]][];
        const results = entries.flatMap(([, fields]) => readResult(fields[1] ?? '') ?? []);
        return { results, cursor: entries.at(-1)?.[0] ?? cursor };
      });
    },

    bookmark: (name) => link.run(async (client) => (await client.hget(keys.bookmarks, name)) ?? ''),

    setBookmark: (name, cursor) =>
      link.run(async (client) => void (await client.hset(keys.bookmarks, name, cursor))),

    lease: (name, owner, holdMs) =>
      link.run(
        async (client) =>
          (await takeLease.run(client, [keys.lease(name)], [owner, Math.max(1, Math.round(holdMs))])) === 1,
      ),

    async close() {
      await Promise.all([...workers].map((worker) => worker.close(0)));
      await link.close();
    },
  };
}

interface Inspected {
  readonly state: JobState | '';
  readonly attempts: number;
  readonly failure: string;
  readonly data: string;
}

/** `data` is the job, or for one that is done its mark: both carry the song's id. */
function statusOf(jobId: string, { attempts, failure, data }: Inspected, state: JobState): JobStatus {
  const kept = JSON.parse(data) as { readonly songId: string; readonly attempts?: number };
  return {
    jobId,
    songId: kept.songId,
    state,
    attempts: state === 'done' ? (kept.attempts ?? 0) : attempts,
    error: failureOf(failure),
  };
}

/** A result, or null where somebody else has written something else there. */
function readResult(text: string): SongResult | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && 'songId' in value ? (value as SongResult) : null;
  } catch {
    return null;
  }
}

async function requeue(bull: Queue, jobId: string): Promise<boolean> {
  const job = new Job(bull, 'song', {}, {}, jobId);
  try {
    await job.retry('failed', { resetAttemptsMade: true, resetAttemptsStarted: true });
    return true;
  } catch (cause) {
    // Requeued, removed or put in again by another meanwhile, or never dead.
    if (cause instanceof Error && /Missing key|not in the failed state/i.test(cause.message)) return false;
    throw cause;
  }
}
