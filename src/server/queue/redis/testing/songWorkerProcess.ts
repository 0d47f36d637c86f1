/**
 * A worker process for the kill tests: takes songs and "analyses" each for a while. Its arguments are one JSON text
 * (`SongWorkerSettings`); it says on its standard output what it begins and what is wrong with Redis. SIGTERM closes it.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { QueuePolicy, SongJob, SongResult } from '#server/queue/jobQueue.ts';
import { jobIdOf } from '#server/queue/jobId.ts';
import { openRedisQueue } from '#server/queue/redis/openRedisQueue.ts';

export interface SongWorkerSettings {
  readonly url: string;
  readonly prefix: string;
  readonly policy: QueuePolicy;
  readonly concurrency: number;
  /** Milliseconds that a song takes, from and to. */
  readonly takes: readonly [number, number];
}

const settings = JSON.parse(process.argv[2] ?? '') as SongWorkerSettings;
const opened = await openRedisQueue(settings);
if (!opened.ok) throw new Error(opened.error.message);

const [shortest, longest] = settings.takes;
const worker = opened.value.work(
  async (job) => {
    console.log(`begun ${job.songId}`);
    await sleep(shortest + Math.random() * (longest - shortest));
    return { kind: 'done', result: resultOf(job) };
  },
  {
    concurrency: settings.concurrency,
    onTrouble: (error) => console.log(`trouble ${JSON.stringify(error)}`),
  },
);

process.once('SIGTERM', () => {
  void worker
    .close(5000)
    .then(() => opened.value.close())
    .then(() => process.exit(0));
});

function resultOf(job: SongJob): SongResult {
  return {
    songId: job.songId,
    genre: 'Jazz',
    confidence: 0.8,
    top5: [{ genre: 'Jazz', confidence: 0.8 }],
    model: { id: job.model.id, version: '1.0.0', sha256: job.model.sha256 },
    audioSha256: job.audioSha256,
    durationSeconds: 180,
    agreement: 1,
    at: new Date().toISOString(),
    jobId: jobIdOf(job),
  };
}
