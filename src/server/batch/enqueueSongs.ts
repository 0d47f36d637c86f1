import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { err, ok, type Result } from '#core/result.ts';
import { allowedPath } from '#server/batch/allowedPath.ts';
import { isSongId } from '#server/queue/jobId.ts';
import type { JobQueue, SongJob } from '#server/queue/jobQueue.ts';
import { type ServiceError, serviceError } from '#server/serviceErrors.ts';

/** A song to put into the queue, or what is known about one that cannot be. */
export interface SongToEnqueue {
  /** How a message names it: a path, or a line of the manifest. */
  readonly label: string;
  readonly song: Result<
    { readonly songId: string; readonly path: string; readonly priority: number },
    ServiceError
  >;
}

export interface EnqueueCounts {
  readonly queued: number;
  readonly known: number;
  readonly failed: number;
  readonly bytes: number;
}

export interface EnqueueOptions {
  readonly model: SongJob['model'];
  readonly windows: number | null;
  readonly maxBytes: number;
  /** Where files must lie; empty for anywhere. */
  readonly allowPath: readonly string[];
  /** Files hashed at once. */
  readonly concurrency?: number;
  /** Songs put in together. */
  readonly batch?: number;
  /** How often an unavailable queue is asked again, a second apart and more. */
  readonly patience?: number;
  readonly onFailed: (label: string, error: ServiceError) => void;
  readonly onProgress?: (counts: EnqueueCounts) => void;
}

/**
 * Hashes files and puts their songs into the queue, in order, with a bounded number of files and songs in hand. A file that
 * fails costs itself only.
 *
 * The error is that of the queue, after `patience` attempts; `counts` then says how far it came. Doing it again is safe:
 * what is there already is known.
 */
export async function enqueueSongs(
  queue: Pick<JobQueue, 'enqueue'>,
  songs: AsyncIterable<SongToEnqueue>,
  options: EnqueueOptions,
): Promise<Result<EnqueueCounts, { readonly error: ServiceError; readonly counts: EnqueueCounts }>> {
  const { concurrency = 4, batch = 200, patience = 5, onFailed, onProgress } = options;
  const counts = { queued: 0, known: 0, failed: 0, bytes: 0 };
  const hashing: { readonly label: string; readonly job: Promise<Result<SongJob & Sized, ServiceError>> }[] =
    [];
  let jobs: SongJob[] = [];

  const settle = async (): Promise<void> => {
    const next = hashing.shift();
    if (next === undefined) return;
    const job = await next.job;
    if (job.ok) {
      const { bytes, ...rest } = job.value;
      counts.bytes += bytes;
      jobs.push(rest);
    } else {
      counts.failed++;
      onFailed(next.label, job.error);
    }
  };
  const flush = async (): Promise<ServiceError | null> => {
    if (jobs.length === 0) return null;
    const put = await enqueuePatiently(queue, jobs, patience);
    if (!put.ok) return put.error;
    for (const { outcome } of put.value) counts[outcome]++;
    jobs = [];
    onProgress?.({ ...counts });
    return null;
  };

  for await (const { label, song } of songs) {
    hashing.push({ label, job: song.ok ? songJob(song.value, options) : Promise.resolve(song) });
    if (hashing.length >= concurrency) await settle();
    const failed = jobs.length >= batch ? await flush() : null;
    if (failed !== null) {
      await Promise.all(hashing.map(({ job }) => job));
      return err({ error: failed, counts });
    }
  }
  while (hashing.length > 0) await settle();
  const failed = await flush();
  return failed === null ? ok(counts) : err({ error: failed, counts });
}

async function enqueuePatiently(
  queue: Pick<JobQueue, 'enqueue'>,
  jobs: readonly SongJob[],
  patience: number,
): ReturnType<JobQueue['enqueue']> {
  for (let attempt = 1; ; attempt++) {
    const put = await queue.enqueue(jobs);
    if (put.ok || attempt >= patience || put.error.code !== 'queue-unavailable') return put;
    await sleep(1000 * attempt);
  }
}

interface Sized {
  readonly bytes: number;
}

async function songJob(
  song: { readonly songId: string; readonly path: string; readonly priority: number },
  options: EnqueueOptions,
): Promise<Result<SongJob & Sized, ServiceError>> {
  const named: boolean = isSongId(song.songId);
  if (!named) {
    const shown = song.songId.slice(0, 60);
    return err(
      serviceError('bad-song-id', `'${shown}' has more than 200 characters or a control character`, {
        length: song.songId.length,
      }),
    );
  }
  if (options.allowPath.length > 0) {
    const allowed = await allowedPath(song.path, options.allowPath);
    if (!allowed.ok) return allowed;
  }
  const hashed = await hashFile(song.path, options.maxBytes);
  if (!hashed.ok) return hashed;
  const { sha256, bytes } = hashed.value;
  return ok({
    songId: song.songId,
    path: song.path,
    audioSha256: sha256,
    model: options.model,
    windows: options.windows,
    priority: song.priority,
    removeFile: false,
    bytes,
  });
}

/**
 * SHA-256 of a file, read in pieces.
 *
 * Errors: `unreadable-file` (missing, a folder, a device, no permission), `file-too-large` before more than the limit is read.
 */
export async function hashFile(
  path: string,
  maxBytes: number,
): Promise<Result<{ readonly sha256: string; readonly bytes: number }, ServiceError>> {
  const hash = createHash('sha256');
  let bytes = 0;
  const tooLarge = (size: number): Result<never, ServiceError> =>
    err(serviceError('file-too-large', `${path} has ${size} bytes`, { bytes: size, limitBytes: maxBytes }));
  try {
    // Without O_NONBLOCK a named pipe would wait for its other end forever.
    const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
    try {
      const entry = await file.stat();
      if (!entry.isFile()) {
        const what = entry.isDirectory() ? 'is a folder' : 'is no file';
        return err(serviceError('unreadable-file', `${path} ${what}`));
      }
      if (entry.size > maxBytes) return tooLarge(entry.size);
      for await (const piece of file.createReadStream({ highWaterMark: 1024 * 1024, autoClose: false })) {
        bytes += (piece as Buffer).length;
        if (bytes > maxBytes) return tooLarge(bytes);
        hash.update(piece as Buffer);
      }
    } finally {
      await file.close();
    }
  } catch (cause) {
    return err(serviceError('unreadable-file', (cause as Error).message));
  }
  return ok({ sha256: hash.digest('hex'), bytes });
}
