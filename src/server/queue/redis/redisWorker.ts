import { randomUUID } from 'node:crypto';
import { type Job, UnrecoverableError, WaitingError, Worker } from 'bullmq';
import { Redis, type RedisOptions } from 'ioredis';
import { jobIdOf } from '#server/queue/jobId.ts';
import type {
  JobHandler,
  JobOutcome,
  QueuePolicy,
  QueueWorker,
  SongJob,
  SongResult,
  WorkOptions,
} from '#server/queue/jobQueue.ts';
import {
  after,
  bullQueueName,
  type RedisLink,
  workerConnectionOptions,
} from '#server/queue/redis/redisLink.ts';
import {
  countDead,
  genreKey,
  queueKeys,
  signOfLife,
  storeResult,
  takeAttemptBack,
} from '#server/queue/redis/redisScripts.ts';
import { retryDelayMs } from '#server/queue/retryDelay.ts';
import { type ServiceError, serviceError } from '#server/serviceErrors.ts';

const signOfLifeMs = 2500;

/** Errors of BullMQ that the signs of life, the renewal of locks or the next look at the queue deal with. */
const expected =
  /Missing (lock|key) for job|Lock mismatch|is not in the|Connection is closed|isn't writeable|ECONN|EPIPE|ETIMEDOUT|ENOTFOUND|EAI_AGAIN|Socket (timeout|closed)|timed out|\b(OOM|MISCONF|READONLY|NOAUTH|WRONGPASS|NOPERM|LOADING|MASTERDOWN)\b/;

/** A failure as BullMQ keeps it: the text of an error. */
export const failureText = (error: ServiceError): string => JSON.stringify(error);

/** The failure of a job from BullMQ's text, which is not ours where BullMQ itself gave up. */
export function failureOf(text: string): ServiceError | null {
  if (text === '') return null;
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null && 'code' in value && 'message' in value) {
      return value as ServiceError;
    }
  } catch {
    // Not ours: below.
  }
  return serviceError('internal', text);
}

interface JobInHand {
  readonly token: string;
  readonly abort: AbortController;
  /** Of the monotonic clock: the wall clock may jump. */
  renewedAt: number;
}

type Abort = 'lock-lost' | 'given-back';

/**
 * Takes jobs with BullMQ's worker and does around it what makes a job count once.
 *
 * - Locks are renewed here and not by BullMQ, whose renewal goes by the wall clock: an hour back would let every lock
 *   expire. The timer runs in the main thread, which only waits: computing happens in other threads.
 * - A job is done when its result is stored in one step that also checks the lock and the mark of an earlier run. BullMQ is
 *   told afterwards; if that gets lost, the job comes again, the mark is found and nothing runs.
 * - Attempts are counted when they begin. A job that kills its worker each time is dead after its attempts, like any other.
 */
export function startRedisWorker(
  link: RedisLink,
  policy: QueuePolicy,
  handler: JobHandler,
  options: WorkOptions,
): QueueWorker {
  const id = randomUUID();
  const keys = queueKeys(link.prefix);
  const inHand = new Map<string, JobInHand>();
  const connections = new Set<Redis>();
  let worker: Worker | null = null;
  let closing = false;
  let trouble: { readonly error: ServiceError; readonly since: number } | null = null;
  const told = new Set<string>();
  let renewing = false;
  let whenIdle: (() => void) | null = null;

  const begin = (error: ServiceError): void => {
    if (closing || trouble?.error.code === error.code) return;
    trouble = { error, since: trouble?.since ?? performance.now() };
    options.onTrouble?.(error);
  };
  const end = (): void => {
    if (trouble === null) return;
    const { error, since } = trouble;
    trouble = null;
    options.onTrouble?.(
      serviceError(error.code, 'Redis is back, work goes on', {
        recovered: 1,
        outageMs: Math.round(performance.now() - since),
      }),
    );
  };

  // A sign of life is a write, so it also finds a full or read-only Redis, and its success is the end of the trouble.
  let living = false;
  const live = async (): Promise<void> => {
    if (living || closing) return;
    living = true;
    const outcome = await link.run((client) =>
      signOfLife.run(client, [keys.workers], [`${id}:${options.concurrency}`]),
    );
    living = false;
    if (closing) return;
    if (!outcome.ok) return begin(outcome.error);
    end();
    if (worker === null) startBull();
  };
  const unwatch = link.watch((change, error) => {
    if (change === 'broken') begin(error);
    else void live();
  });
  const lifeTimer = setInterval(() => void live(), signOfLifeMs);
  const renewTimer = setInterval(() => void renew(), Math.max(50, policy.lockMs / 4));
  void live();

  function startBull(): void {
    const connection = new Redis(link.url, workerConnectionOptions);
    connection.on('error', () => {});
    connections.add(connection);
    // BullMQ makes its blocking connection from this one; it is noted so that closing does not depend on BullMQ.
    const duplicate = connection.duplicate.bind(connection);
    connection.duplicate = (override?: Partial<RedisOptions>) => {
      const copy = duplicate(override);
      copy.on('error', () => {});
      connections.add(copy);
      return copy;
    };
    const own = new Worker(bullQueueName, (job, token) => run(job as Job<SongJob>, token ?? ''), {
      connection,
      prefix: link.prefix,
      name: id,
      concurrency: options.concurrency,
      lockDuration: policy.lockMs,
      skipLockRenewal: true,
      // A stalled job is found at the second look at which nobody holds its lock.
      stalledInterval: Math.max(100, Math.round(policy.lockMs / 3)),
      // BullMQ's count of stalls decides nothing: attempts are counted below, for every reason alike.
      maxStalledCount: 1_000_000_000,
      runRetryDelay: 1000,
      ...(policy.jobsPerMinute === null ? {} : { limiter: { max: policy.jobsPerMinute, duration: 60_000 } }),
      settings: {
        backoffStrategy: (attempts, _type, _error, job) =>
          retryDelayMs(policy, (job as Job | undefined)?.attemptsStarted ?? attempts, Math.random()),
      },
    });
    worker = own;
    own.on('error', (error) => {
      if (closing || expected.test(error.message) || told.has(error.message)) return;
      told.add(error.message);
      options.onTrouble?.(serviceError('internal', `BullMQ: ${error.message}`));
    });
    own.waitUntilReady().catch(() => {
      // Its first steps failed (a password, a server that was still loading): BullMQ never tries them again.
      if (closing || worker !== own) return;
      worker = null;
      void own.close(true).catch(() => {});
      dropConnections();
    });
  }

  function dropConnections(): void {
    for (const connection of connections) connection.disconnect();
    connections.clear();
  }

  async function renew(): Promise<void> {
    const now = performance.now();
    const mine = [...inHand];
    for (const [, job] of mine) {
      // Nobody could be asked for as long as the lock lives: it is another's by now, or will be before we know.
      if (renewing && now - job.renewedAt > policy.lockMs) job.abort.abort('lock-lost' satisfies Abort);
    }
    if (renewing || mine.length === 0) return;
    renewing = true;
    const outcome = await link.run((_client, bull) =>
      bull.getBackend().extendLocks(
        mine.map(([jobId]) => jobId),
        mine.map(([, { token }]) => token),
        policy.lockMs,
      ),
    );
    renewing = false;
    if (!outcome.ok) begin(outcome.error);
    const lost = new Set(outcome.ok ? outcome.value.map(String) : []);
    for (const [jobId, job] of mine) {
      // Settled meanwhile, and perhaps begun again.
      if (inHand.get(jobId) !== job) continue;
      if (outcome.ok && !lost.has(jobId)) job.renewedAt = now;
      else if (outcome.ok || performance.now() - job.renewedAt > policy.lockMs) {
        job.abort.abort('lock-lost' satisfies Abort);
      }
    }
  }

  /** BullMQ's processor: returning completes the job, an UnrecoverableError kills it, a WaitingError leaves it alone. */
  async function run(bull: Job<SongJob>, token: string): Promise<null> {
    const job = bull.data;
    const jobId = bull.id ?? jobIdOf(job);
    const hand: JobInHand = { token, abort: new AbortController(), renewedAt: performance.now() };
    inHand.set(jobId, hand);
    try {
      if (closing) return await giveBack(bull, jobId, token);
      const mark = await link.run((client) => client.exists(keys.done(jobId)));
      if (mark.ok && mark.value === 1) return null;
      const attempt = bull.attemptsStarted;
      if (attempt > policy.attempts) {
        return await die(
          serviceError('internal', 'the worker was lost during each attempt', { attempts: policy.attempts }),
        );
      }
      const outcome = await outcomeOf(job, { jobId, attempt, signal: hand.abort.signal });
      if (outcome === 'given-back') return await giveBack(bull, jobId, token);
      if (outcome === 'lock-lost') throw new WaitingError();
      if (outcome.kind === 'failed') {
        if (!outcome.retry || attempt >= policy.attempts) return await die(outcome.error);
        throw new Error(failureText(outcome.error));
      }
      const stored = await store(jobId, token, attempt, job, outcome.result, hand.abort.signal);
      if (stored === 'given-back') return await giveBack(bull, jobId, token);
      if (stored === 'lock-lost') throw new WaitingError();
      return null;
    } finally {
      inHand.delete(jobId);
      if (inHand.size === 0) whenIdle?.();
    }
  }

  /** What the handler says, or why it is not waited for any longer. */
  async function outcomeOf(
    job: SongJob,
    context: { readonly jobId: string; readonly attempt: number; readonly signal: AbortSignal },
  ): Promise<JobOutcome | Abort> {
    const { signal } = context;
    let leave: (() => void) | undefined;
    const aborted = new Promise<Abort>((resolve) => {
      leave = () => resolve(signal.reason as Abort);
      if (signal.aborted) leave();
      else signal.addEventListener('abort', leave, { once: true });
    });
    const handled = (async () => handler(job, context))().catch((cause: unknown): JobOutcome => ({
      kind: 'failed',
      error: serviceError('internal', cause instanceof Error ? cause.message : String(cause)),
      retry: true,
    }));
    const outcome = await Promise.race([handled, aborted]);
    if (leave !== undefined) signal.removeEventListener('abort', leave);
    return signal.aborted ? (signal.reason as Abort) : outcome;
  }

  /** Stores a result, for as long as the lock may still be ours: Redis can be away for a while. */
  async function store(
    jobId: string,
    token: string,
    attempt: number,
    job: SongJob,
    result: SongResult,
    signal: AbortSignal,
  ): Promise<'stored' | Abort> {
    for (;;) {
      const outcome = await link.run((client) =>
        storeResult.run(
          client,
          [keys.done(jobId), genreKey(job.songId), keys.feed, keys.totals, `${keys.bull}${jobId}:lock`],
          [
            token,
            JSON.stringify(result),
            JSON.stringify({ songId: job.songId, attempts: attempt }),
            policy.resultTtlMs ?? 0,
            keys.finished,
          ],
        ),
      );
      if (outcome.ok) return outcome.value === -1 ? 'lock-lost' : 'stored';
      begin(outcome.error);
      if (signal.aborted) return signal.reason as Abort;
      await after(500);
      if (signal.aborted) return signal.reason as Abort;
    }
  }

  async function die(error: ServiceError): Promise<never> {
    await link.run((client) => countDead.run(client, [], [keys.finished]));
    throw new UnrecoverableError(failureText(error));
  }

  /** Back to the front of the queue, and the attempt does not count. Without Redis the lock expires, which does the same. */
  async function giveBack(bull: Job<SongJob>, jobId: string, token: string): Promise<never> {
    const job = `${keys.bull}${jobId}`;
    await link.run(async (client) => {
      await takeAttemptBack.run(client, [job, `${job}:lock`], [token]);
      await Promise.race([bull.moveToWait(token), after(2000)]);
    });
    throw new WaitingError();
  }

  let closed: Promise<void> | null = null;
  async function close(graceMs: number): Promise<void> {
    closing = true;
    clearInterval(lifeTimer);
    unwatch();
    const idle = new Promise<void>((resolve) => {
      whenIdle = resolve;
      if (inHand.size === 0) resolve();
    });
    const ended = worker === null ? Promise.resolve() : worker.close().catch(() => {});
    let timer: NodeJS.Timeout | undefined;
    const grace = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, graceMs);
    });
    await Promise.race([ended, idle, grace]);
    clearTimeout(timer);
    for (const job of inHand.values()) job.abort.abort('given-back' satisfies Abort);
    await Promise.race([ended, after(5000)]);
    clearInterval(renewTimer);
    await link.run((client) => signOfLife.run(client, [keys.workers], ['', `${id}:${options.concurrency}`]));
    dropConnections();
  }
  return {
    close(graceMs) {
      closed ??= close(graceMs);
      return closed;
    },
  };
}
