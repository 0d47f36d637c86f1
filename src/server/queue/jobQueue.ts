import type { Result } from '#core/result.ts';
import type { ServiceError } from '#server/serviceErrors.ts';

/** A song as it is put into the queue. Plain data, stored as JSON. */
export interface SongJob {
  /** The catalogue's own name of the song, 1 to 200 characters without control characters. */
  readonly songId: string;
  /** The encoded file, as every worker host sees it. */
  readonly path: string;
  /** Of the file's bytes, lower-case hex. */
  readonly audioSha256: string;
  /** SHA-256 of the weights is part of the idempotency key: a worker with other weights refuses the job (`model-changed`). */
  readonly model: { readonly id: string; readonly sha256: string };
  /** At most so many windows; null for all. */
  readonly windows: number | null;
  /** 0 is taken first, 9 last; 5 is usual. First come, first served within one priority. */
  readonly priority: number;
  /** True for an upload in the spool: the file is removed when the job has ended for good. */
  readonly removeFile: boolean;
}

/** What is stored under `genre:{song_id}` and served by GET /api/songs/:id/genre. */
export interface SongResult {
  readonly songId: string;
  readonly genre: string;
  /** 0..1. */
  readonly confidence: number;
  readonly top5: readonly { readonly genre: string; readonly confidence: number }[];
  readonly model: { readonly id: string; readonly version: string; readonly sha256: string };
  readonly audioSha256: string;
  readonly durationSeconds: number;
  readonly agreement: number;
  /** ISO 8601, UTC. */
  readonly at: string;
  readonly jobId: string;
}

/** What became of one song that was put in. */
export type EnqueueOutcome =
  | { readonly jobId: string; readonly outcome: 'queued' }
  /** The same song with the same sound for the same weights waits, runs or is done: nothing was added. */
  | { readonly jobId: string; readonly outcome: 'known'; readonly state: JobState };

export type JobState = 'waiting' | 'delayed' | 'active' | 'done' | 'dead';

export interface JobStatus {
  readonly jobId: string;
  readonly songId: string;
  readonly state: JobState;
  /** Attempts begun so far. */
  readonly attempts: number;
  readonly error: ServiceError | null;
}

export interface DeadJob extends JobStatus {
  readonly job: SongJob;
  /** ISO 8601. */
  readonly diedAt: string;
}

export interface QueueCounts {
  readonly waiting: number;
  readonly delayed: number;
  readonly active: number;
  readonly dead: number;
  /** Results ever put into the feed. */
  readonly done: number;
  readonly paused: boolean;
  /** Workers seen alive lately, and the files that they work on at once, together. */
  readonly workers: number;
  readonly concurrency: number;
  /** Jobs finished a second over the last minute, by all workers. */
  readonly finishedPerSecond: number;
}

/**
 * What a worker makes of a job. `failed` with `retry` goes back with back-off until its attempts are used up, then to the
 * dead; without `retry` it is dead at once (a file that no decoder reads will not be read the next time either).
 */
export type JobOutcome =
  | { readonly kind: 'done'; readonly result: SongResult }
  | { readonly kind: 'failed'; readonly error: ServiceError; readonly retry: boolean };

export interface JobContext {
  readonly jobId: string;
  /** 1 for the first. */
  readonly attempt: number;
  /** Aborted where the job's lock was lost or the worker is closed without grace: the outcome will not count. */
  readonly signal: AbortSignal;
}

export type JobHandler = (job: SongJob, context: JobContext) => Promise<JobOutcome>;

export interface WorkOptions {
  /** Jobs at once in this process. */
  readonly concurrency: number;
  /** Told of what goes wrong around the jobs (the connection, not a file), and of the recovery: for the log. */
  readonly onTrouble?: (error: ServiceError) => void;
}

export interface QueueWorker {
  /** Takes no new job; resolves when those in hand are settled, or after `graceMs`, when they are given back to the queue. */
  close(graceMs: number): Promise<void>;
}

/** How a queue treats its jobs; the same for all who open it. */
export interface QueuePolicy {
  /** Attempts in all, from 1. */
  readonly attempts: number;
  /** Wait before the second attempt; doubles with each further one up to an hour, with up to 20 % of jitter. */
  readonly backoffMs: number;
  /** A job whose worker has given no sign of life for so long is taken by another. */
  readonly lockMs: number;
  /** Results are forgotten after so long; null keeps them. */
  readonly resultTtlMs: number | null;
  /** Jobs begun a minute, over all workers; null for no limit. */
  readonly jobsPerMinute: number | null;
}

/**
 * A durable queue of songs: at least once, and by the job's identity (song, sound, weights) effectively once: the result
 * is stored, put into the feed and the job is finished in one step, and a second run of the same job changes nothing.
 *
 * Two implementations with one contract (`queueContract.ts`): SQLite in a file, BullMQ on Redis. All methods fail with
 * `queue-unavailable` where the store is out of reach, at once or within seconds, and work again when it is back;
 * `storage-full` where nothing can be written.
 */
export interface JobQueue {
  readonly kind: 'sqlite' | 'redis';
  /**
   * All or none of them are stored; outcomes in the order of the jobs. A dead job that is put in again starts anew. Keep
   * to 1000 jobs a call: storing them is one step, in which the store serves nobody else.
   */
  enqueue(jobs: readonly SongJob[]): Promise<Result<readonly EnqueueOutcome[], ServiceError>>;
  /** Starts to take jobs. Survives an absent or lost store: it waits and goes on. */
  work(handler: JobHandler, options: WorkOptions): QueueWorker;
  counts(): Promise<Result<QueueCounts, ServiceError>>;
  status(jobId: string): Promise<Result<JobStatus | null, ServiceError>>;
  /** Workers finish what they have and take nothing new, all of them, across restarts. */
  pause(): Promise<Result<void, ServiceError>>;
  resume(): Promise<Result<void, ServiceError>>;
  /** The dead, latest first. */
  dead(limit: number, offset: number): Promise<Result<readonly DeadJob[], ServiceError>>;
  /** Back to waiting with all attempts; how many there were. */
  requeueDead(jobIds: readonly string[] | 'all'): Promise<Result<number, ServiceError>>;
  /** Forgets them; how many there were. */
  removeDead(jobIds: readonly string[] | 'all'): Promise<Result<number, ServiceError>>;
  /** The latest result of a song; null where there is none (any more). */
  songResult(songId: string): Promise<Result<SongResult | null, ServiceError>>;
  /**
   * Results in the order in which they were finished, after `cursor` ('' for the beginning), at most `limit`; the cursor
   * to ask with next. No result that is finished later ever has a smaller cursor.
   */
  resultsSince(
    cursor: string,
    limit: number,
  ): Promise<Result<{ readonly results: readonly SongResult[]; readonly cursor: string }, ServiceError>>;
  /** A named place in the feed that survives restarts: where the webhook has come to. '' where it never moved. */
  bookmark(name: string): Promise<Result<string, ServiceError>>;
  setBookmark(name: string, cursor: string): Promise<Result<void, ServiceError>>;
  /** True if `owner` holds the named lease now and for `holdMs` more: one process of many does a thing. */
  lease(name: string, owner: string, holdMs: number): Promise<Result<boolean, ServiceError>>;
  close(): Promise<void>;
}

/** Identity of a job, the idempotency key: song, sound, weights and windows. Lower-case hex, safe in any store. */
export type JobId = (job: Pick<SongJob, 'songId' | 'audioSha256' | 'model' | 'windows'>) => string;
