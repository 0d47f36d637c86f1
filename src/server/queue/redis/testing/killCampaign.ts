import { type ChildProcess, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Redis } from 'ioredis';
import { jobIdOf } from '#server/queue/jobId.ts';
import type { QueuePolicy, SongJob } from '#server/queue/jobQueue.ts';
import { openRedisQueue, type RedisQueue } from '#server/queue/redis/openRedisQueue.ts';
import { createCuttableNetwork } from '#server/queue/redis/testing/cuttableNetwork.ts';
import { startPrivateRedis } from '#server/queue/redis/testing/privateRedis.ts';
import type { SongWorkerSettings } from '#server/queue/redis/testing/songWorkerProcess.ts';

/**
 * Processes killed, Redis killed, the network cut, and a count of what came of it. Used by the tests and, with more
 * rounds, at night.
 */

/** What was found when all had settled. */
export interface Ledger {
  readonly songs: number;
  /** Songs without a result at `genre:{song_id}`. */
  readonly lost: readonly string[];
  /** Songs that the feed names more than once. */
  readonly doubled: readonly string[];
  readonly feed: number;
  readonly dead: number;
  /** The queue's own count of results ever. */
  readonly done: number;
  /** Times that a worker began a song: more than `songs` where work was repeated. */
  readonly begun: number;
  /** Milliseconds from the end of each disturbance to the next finished song. */
  readonly recoveryMs: readonly number[];
  readonly troubles: readonly string[];
}

const policy: QueuePolicy = {
  attempts: 100,
  backoffMs: 100,
  lockMs: 2000,
  resultTtlMs: 86_400_000,
  jobsPerMinute: null,
};
const limitMs = 300_000;

const songs = (count: number): SongJob[] =>
  Array.from({ length: count }, (_, index) => ({
    songId: `song ${index}`,
    path: `/music/${index}.mp3`,
    audioSha256: createHash('sha256').update(String(index)).digest('hex'),
    model: { id: 'model', sha256: 'e'.repeat(64) },
    windows: null,
    priority: 5,
    removeFile: false,
  }));

interface WorkerProcess {
  readonly child: ChildProcess;
  begun: number;
}

class Campaign {
  readonly url: string;
  readonly jobs: readonly SongJob[];
  readonly queue: RedisQueue;
  readonly workers: WorkerProcess[] = [];
  readonly recoveryMs: number[] = [];
  readonly troubles: string[] = [];
  begun = 0;

  private constructor(url: string, queue: RedisQueue, jobs: readonly SongJob[]) {
    this.url = url;
    this.queue = queue;
    this.jobs = jobs;
  }

  static async begin(url: string, count: number): Promise<Campaign> {
    const opened = await openRedisQueue({ url, prefix: 'kill', policy });
    if (!opened.ok) throw new Error(opened.error.message);
    const jobs = songs(count);
    const put = await opened.value.enqueue(jobs);
    if (!put.ok) throw new Error(put.error.message);
    return new Campaign(url, opened.value, jobs);
  }

  /** A process that works on the queue. */
  startWorker(url: string, takes: readonly [number, number], concurrency = 2): WorkerProcess {
    const settings: SongWorkerSettings = { url, prefix: 'kill', policy, concurrency, takes };
    const program = fileURLToPath(new URL('songWorkerProcess.ts', import.meta.url));
    const child = spawn(process.execPath, ['--import', 'tsx', program, JSON.stringify(settings)], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const worker = { child, begun: 0 };
    createInterface({ input: child.stdout }).on('line', (line) => {
      if (line.startsWith('begun ')) {
        worker.begun++;
        this.begun++;
      } else if (line.startsWith('trouble ')) this.troubles.push(line.slice('trouble '.length));
    });
    this.workers.push(worker);
    return worker;
  }

  async until(what: string, holds: () => boolean | Promise<boolean>): Promise<void> {
    const end = performance.now() + limitMs;
    while (!(await holds())) {
      if (performance.now() > end) throw new Error(`never came about: ${what}`);
      await sleep(20);
    }
  }

  async done(): Promise<number> {
    const counts = await this.queue.counts();
    return counts.ok ? counts.value.done : -1;
  }

  /** Notes how long it takes from now until one more song is finished. */
  async recovery(): Promise<void> {
    const begin = performance.now();
    await this.until('Redis answers', async () => (await this.done()) >= 0);
    const before = await this.done();
    if (before >= this.jobs.length) return;
    await this.until('a song is finished', async () => (await this.done()) > before);
    this.recoveryMs.push(Math.round(performance.now() - begin));
  }

  async end(): Promise<Ledger> {
    await this.until('all is settled', async () => {
      const counts = await this.queue.counts();
      return counts.ok && counts.value.waiting + counts.value.delayed + counts.value.active === 0;
    });
    // What is late would come now.
    await sleep(policy.lockMs * 1.5);
    const counts = await this.queue.counts();
    if (!counts.ok) throw new Error(counts.error.message);
    // Read as a catalogue reads it, not by our own code.
    const redis = new Redis(this.url);
    const lost: string[] = [];
    for (const { songId } of this.jobs) {
      const result = JSON.parse((await redis.get(`genre:${songId}`)) ?? 'null') as { jobId?: string } | null;
      if (result === null) lost.push(songId);
    }
    const feed = (await redis.xrange('kill:feed', '-', '+')).map(
      ([, fields]) => JSON.parse(fields[1] ?? '{}') as { songId: string; jobId: string },
    );
    redis.disconnect();
    const times = new Map<string, number>();
    for (const { songId } of feed) times.set(songId, (times.get(songId) ?? 0) + 1);
    const known = new Set(this.jobs.map((job) => jobIdOf(job)));
    const strangers = feed.filter(({ jobId }) => !known.has(jobId));
    if (strangers.length > 0) throw new Error('the feed has results of other jobs');
    return {
      songs: this.jobs.length,
      lost,
      doubled: [...times].filter(([, count]) => count > 1).map(([songId]) => songId),
      feed: feed.length,
      dead: counts.value.dead,
      done: counts.value.done,
      begun: this.begun,
      recoveryMs: this.recoveryMs,
      troubles: this.troubles,
    };
  }

  async dispose(): Promise<void> {
    for (const { child } of this.workers) {
      if (child.exitCode !== null || child.signalCode !== null) continue;
      const exit = once(child, 'exit');
      child.kill('SIGKILL');
      await exit;
    }
    await this.queue.close();
  }
}

/** Two workers; one of them is killed with -9 in the middle of its songs and another one started, again and again. */
export async function killWorkers(kills: number): Promise<Ledger> {
  const redis = await startPrivateRedis();
  const campaign = await Campaign.begin(redis.url, 40 + kills * 12);
  try {
    const takes = [100, 400] as const;
    campaign.startWorker(redis.url, takes);
    campaign.startWorker(redis.url, takes);
    for (let kill = 0; kill < kills; kill++) {
      // The one that has worked longest, then the other one.
      const victim = campaign.workers[kill];
      if (victim === undefined) throw new Error('no worker');
      const before = victim.begun;
      await campaign.until('the victim is at work', () => victim.begun >= before + 3);
      await sleep(Math.random() * 200);
      victim.child.kill('SIGKILL');
      campaign.startWorker(redis.url, takes);
    }
    return await campaign.end();
  } finally {
    await campaign.dispose();
    await redis.dispose();
  }
}

/** Redis is killed with -9 while two workers are at work, and started again on what its append-only file holds. */
export async function killRedis(kills: number): Promise<Ledger> {
  const redis = await startPrivateRedis();
  const campaign = await Campaign.begin(redis.url, 40 + kills * 25);
  try {
    const takes = [50, 300] as const;
    campaign.startWorker(redis.url, takes);
    campaign.startWorker(redis.url, takes);
    for (let kill = 0; kill < kills; kill++) {
      const before = campaign.begun;
      await campaign.until('the workers are at work', () => campaign.begun >= before + 6);
      await sleep(Math.random() * 200);
      await redis.kill();
      // Shorter than the lock, and longer.
      await sleep(kill % 2 === 0 ? 500 : policy.lockMs + 1000);
      await redis.start();
      await campaign.recovery();
    }
    return await campaign.end();
  } finally {
    await campaign.dispose();
    await redis.dispose();
  }
}

export interface CutPlan {
  readonly seconds: number;
  readonly kind: 'silent' | 'reset';
  readonly heal: 'late' | 'reset';
  /** A second worker on the other side of the cut takes over what the first one holds. */
  readonly other: boolean;
}

/** The network between a worker and Redis is cut while songs are in its hands, for longer than their locks live. */
export async function cutNetwork(plan: CutPlan): Promise<Ledger> {
  const redis = await startPrivateRedis();
  const way = await createCuttableNetwork(redis.port);
  const campaign = await Campaign.begin(redis.url, 60);
  try {
    const worker = campaign.startWorker(way.url, [200, 500], 3);
    await campaign.until('the worker is at work', () => worker.begun >= 8);
    await way.cut(plan.kind);
    if (plan.other) campaign.startWorker(redis.url, [plan.seconds * 15, plan.seconds * 30], 1);
    await sleep(plan.seconds * 1000);
    await way.heal(plan.heal);
    await campaign.recovery();
    return await campaign.end();
  } finally {
    await campaign.dispose();
    await way.close();
    await redis.dispose();
  }
}
