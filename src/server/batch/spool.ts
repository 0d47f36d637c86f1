import { open, mkdir, readdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { err, ok, type Result } from '#core/result.ts';
import type { JobQueue } from '#server/queue/jobQueue.ts';
import { type ServiceError, serviceError } from '#server/serviceErrors.ts';
import type { ServiceLog } from '#server/observability/serviceLog.ts';

/**
 * The spool: a directory of uploads that wait for a worker, each under the id of its job. The same upload sent twice is the
 * same file; two songs with the same sound are two files, so that the end of one job never takes the file of another.
 */

/** Names that the spool gives; nothing else in the directory is touched. */
const spooledName = /^[0-9a-f]{40}$/;

export const spoolPath = (spool: string, jobId: string): string => join(spool, jobId);

/**
 * Moves a complete upload into the spool, durably: when this resolves the file survives a crash of the host, so its job may
 * be acknowledged. `from` must be on the same file system (the upload intake writes below the spool).
 *
 * Errors: `storage-full` where there is no room; `internal` for other failures of the disk.
 */
export async function keepInSpool(
  from: string,
  spool: string,
  jobId: string,
): Promise<Result<string, ServiceError>> {
  const to = spoolPath(spool, jobId);
  try {
    await syncPath(from);
    await rename(from, to);
    await syncPath(spool);
    return ok(to);
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    const full = code === 'ENOSPC' || code === 'EDQUOT';
    return err(serviceError(full ? 'storage-full' : 'internal', `the spool: ${message}`));
  }
}

async function syncPath(path: string): Promise<void> {
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

export interface SpoolKeeper {
  /** Says that a job was done by this process: its file goes as soon as the queue has the result. */
  finished(jobId: string): void;
  /** Looks at all files once. For tests; the keeper does it by itself. */
  sweep(): Promise<void>;
  close(): Promise<void>;
}

export interface SpoolKeeperOptions {
  readonly spool: string;
  readonly queue: Pick<JobQueue, 'status'>;
  readonly log: ServiceLog;
  /** A clock that never jumps, in milliseconds. */
  readonly nowMs?: () => number;
  /** Between two looks at what this process has finished. */
  readonly checkMs?: number;
  /** Between two looks at all files. */
  readonly sweepMs?: number;
  /** How long a file must have been seen without a job before it goes: an upload is in the spool before its job is queued. */
  readonly orphanMs?: number;
}

/**
 * Removes files of the spool whose jobs have ended for good: done, or forgotten by the queue. A dead job keeps its file, as
 * it can be queued again; once it is removed from the dead letters, the file goes with the next sweep.
 *
 * A file is never removed by the handler of its job: the result is stored after the handler has returned, and a crash in
 * between would leave a job without its file. Whether a job has ended is asked of the queue, and age is measured by how long
 * this process has seen the file, so that neither a crash nor a jump of the wall clock costs one.
 */
export function keepSpool(options: SpoolKeeperOptions): SpoolKeeper {
  const { spool, queue, log, nowMs = () => performance.now() } = options;
  const { checkMs = 2000, sweepMs = 300_000, orphanMs = 3_600_000 } = options;
  /** Jobs finished here, with the looks that are left before the sweep has to do it. */
  const finished = new Map<string, number>();
  const orphanSince = new Map<string, number>();
  let running: Promise<void> = Promise.resolve();
  let closed = false;

  /** The state of a job; undefined where the queue did not say. */
  const ended = async (jobId: string): Promise<'done' | 'forgotten' | 'open' | undefined> => {
    const status = await queue.status(jobId);
    if (!status.ok) return undefined;
    if (status.value === null) return 'forgotten';
    return status.value.state === 'done' ? 'done' : 'open';
  };

  const remove = async (jobId: string, why: string): Promise<void> => {
    try {
      await rm(spoolPath(spool, jobId), { force: true });
      orphanSince.delete(jobId);
      if (why !== 'done') log.info('spool-removed', { jobId, why });
    } catch (cause) {
      log.warn('spool-stuck', { jobId, message: (cause as Error).message });
    }
  };

  const check = async (): Promise<void> => {
    for (const [jobId, looks] of finished) {
      const state = await ended(jobId);
      if (state === undefined) return;
      // The queue stores the outcome after the handler; one that did not count (a lost lock) leaves the job to another worker.
      if (state === 'open' && looks > 1) finished.set(jobId, looks - 1);
      else finished.delete(jobId);
      if (state === 'done') await remove(jobId, 'done');
    }
  };

  const sweep = async (): Promise<void> => {
    const names = await readdir(spool).catch(() => []);
    const here = new Set(names.filter((name) => spooledName.test(name)));
    for (const name of orphanSince.keys()) if (!here.has(name)) orphanSince.delete(name);
    for (const jobId of here) {
      if (closed) return;
      const state = await ended(jobId);
      if (state === undefined) return;
      if (state === 'open') {
        orphanSince.delete(jobId);
        continue;
      }
      const since = orphanSince.get(jobId) ?? nowMs();
      orphanSince.set(jobId, since);
      // A song that is done may be sent again: its file gets the same grace.
      if (nowMs() - since >= orphanMs) await remove(jobId, state);
    }
  };

  // One at a time, whatever asked for it.
  const inTurn = (work: () => Promise<void>): Promise<void> => {
    running = running.then(work).catch((cause: unknown) => {
      log.error('spool-failed', { error: cause });
    });
    return running;
  };

  const checking = setInterval(() => {
    if (finished.size > 0) void inTurn(check);
  }, checkMs);
  const sweeping = setInterval(() => void inTurn(sweep), sweepMs);
  checking.unref();
  sweeping.unref();
  void inTurn(sweep);

  return {
    finished: (jobId) => void finished.set(jobId, 30),
    sweep: () => inTurn(sweep),
    async close() {
      clearInterval(checking);
      clearInterval(sweeping);
      await inTurn(check);
      closed = true;
      await running;
    },
  };
}

/** Makes the spool; true where it is there and can be written. */
export async function makeSpool(spool: string): Promise<boolean> {
  try {
    await mkdir(spool, { recursive: true, mode: 0o700 });
    return (await stat(spool)).isDirectory();
  } catch {
    return false;
  }
}
