import { basename } from 'node:path';
import { largestFileBytes } from '#core/audio/limits.ts';
import { err, ok, type Result } from '#core/result.ts';
import type { Analysed, AnalysisPool } from '#server/analysis/analysisPool.ts';
import { allowedPath } from '#server/batch/allowedPath.ts';
import { hashFile } from '#server/batch/enqueueSongs.ts';
import { type SpoolKeeper, spoolPath } from '#server/batch/spool.ts';
import type { ServiceLog } from '#server/observability/serviceLog.ts';
import type { ServiceMetrics } from '#server/observability/serviceMetrics.ts';
import type {
  JobContext,
  JobHandler,
  JobOutcome,
  JobQueue,
  QueueWorker,
  SongJob,
  SongResult,
} from '#server/queue/jobQueue.ts';
import { type ServiceError, type ServiceErrorCode, serviceError } from '#server/serviceErrors.ts';
import type { ServiceSettings } from '#server/settings/settings.ts';

export interface SongWorkerParts {
  readonly queue: JobQueue;
  readonly pool: AnalysisPool;
  readonly settings: Pick<ServiceSettings, 'timeLimit' | 'allowPath' | 'spool'>;
  readonly log: ServiceLog;
  readonly metrics: ServiceMetrics;
  readonly spool: Pick<SpoolKeeper, 'finished'>;
  /** For tests; the time that results carry. */
  readonly isoDate?: () => string;
}

/**
 * Starts to take songs off the queue and to put results back. One log line a job (`job`), for each attempt.
 *
 * One job more than the pool has slots is taken, so that a slot that gets free finds the next file already checked.
 */
export function startSongWorker(parts: SongWorkerParts): QueueWorker {
  return parts.queue.work(songHandler(parts), {
    concurrency: parts.pool.counts().slots + 1,
    onTrouble: ({ code, message, details }) => {
      // The queue tells of the end of its trouble in the same way.
      if (details?.['recovered'] === 1) parts.log.info('queue-recovered', { message });
      else parts.log.warn('queue-trouble', { code, message });
    },
  });
}

/**
 * What goes wrong for reasons that may be gone at the next attempt: the host, the share, the weights of this worker, or a
 * decoder that was killed. What is missing here lies in the file: it will not be read the next time either.
 */
const worthAnotherAttempt: ReadonlySet<ServiceErrorCode> = new Set<ServiceErrorCode>([
  'unreadable-file',
  'model-missing',
  'model-download-failed',
  'model-altered',
  'model-invalid',
  'model-changed',
  'unknown-model',
  'backend-unavailable',
  'backend-disagrees',
  'backend-lost',
  'out-of-memory',
  'decoder-crashed',
  'time-limit',
  'cancelled',
  'internal',
  'busy',
  'shutting-down',
  'storage-full',
  'queue-unavailable',
]);

/**
 * Turns one job into its outcome: weights, path, analysis, and that what was analysed is what was queued. Never rejects on
 * account of a file.
 *
 * Paths: a job of an upload names a file of the spool, and of this host's spool. Every other path is read where no
 * `--allow-path` is set, because whoever can write to the queue was checked before (`enqueue` is run by the operator, the
 * service checks against its own directories); with `--allow-path` it must lie in one of them.
 */
export function songHandler(parts: SongWorkerParts): JobHandler {
  const { log, metrics, isoDate = () => new Date().toISOString() } = parts;
  return async (job, context) => {
    const start = performance.now();
    const analysed = await analyseJob(parts, job, context);
    const fields = {
      jobId: context.jobId,
      songId: job.songId,
      attempt: context.attempt,
      model: job.model.sha256,
      seconds: rounded((performance.now() - start) / 1000),
    };
    if (!analysed.ok) {
      const { code, message } = analysed.error;
      const retry = worthAnotherAttempt.has(code);
      // A job that is given back is no failure of its own: it is counted where it ends.
      if (!context.signal.aborted) metrics.failed(code, 'job');
      log.warn('job', {
        ...fields,
        outcome: context.signal.aborted ? 'given-back' : 'failed',
        code,
        message,
        retry,
      });
      return { kind: 'failed', error: analysed.error, retry } satisfies JobOutcome;
    }
    const result = songResult(job, context.jobId, analysed.value, isoDate());
    metrics.analysed(analysed.value, 'job');
    log.info('job', {
      ...fields,
      outcome: 'done',
      audioSeconds: rounded(result.durationSeconds),
      waitSeconds: rounded(analysed.value.waitMs / 1000),
      genre: result.genre,
      confidence: rounded(result.confidence),
    });
    if (job.removeFile) parts.spool.finished(context.jobId);
    return { kind: 'done', result } satisfies JobOutcome;
  };
}

async function analyseJob(
  { pool, settings }: SongWorkerParts,
  job: SongJob,
  context: JobContext,
): Promise<Result<Analysed, ServiceError>> {
  const model = pool.models.find(({ id }) => id === job.model.id);
  if (model?.manifest.weights.sha256 !== job.model.sha256) {
    const has = model === undefined ? 'has no such model' : `has ${model.manifest.weights.sha256}`;
    return err(
      serviceError('model-changed', `the job wants ${job.model.id} ${job.model.sha256}, this worker ${has}`, {
        model: job.model.id,
        wanted: job.model.sha256,
        ...(model === undefined ? {} : { found: model.manifest.weights.sha256 }),
      }),
    );
  }
  const path = await pathOf(job, context.jobId, settings);
  if (!path.ok) return path;
  const analysed = await pool.analyse({
    path: path.value,
    name: basename(job.path),
    modelId: job.model.id,
    priority: 'batch',
    relevance: false,
    windows: job.windows,
    timeLimitMs: settings.timeLimit * 1000,
    signal: context.signal,
  });
  // The report carries the hash of the very bytes that were decoded: nothing is read twice, and nothing can slip in between.
  if (analysed.ok) {
    const found = analysed.value.report.file.sha256;
    return found === job.audioSha256 ? analysed : err(fileChanged(job, found));
  }
  if (worthAnotherAttempt.has(analysed.error.code) || context.signal.aborted) return analysed;
  // A file that cannot be read may be another one than was queued; then that is what there is to know.
  const found = await hashFile(path.value, largestFileBytes);
  if (!found.ok || found.value.sha256 === job.audioSha256) return analysed;
  return err(fileChanged(job, found.value.sha256));
}

async function pathOf(
  job: SongJob,
  jobId: string,
  settings: SongWorkerParts['settings'],
): Promise<Result<string, ServiceError>> {
  if (job.removeFile) return ok(spoolPath(settings.spool, jobId));
  return settings.allowPath.length === 0 ? ok(job.path) : allowedPath(job.path, settings.allowPath);
}

const fileChanged = (job: SongJob, found: string): ServiceError =>
  serviceError('file-changed', `${job.path} was queued as ${job.audioSha256} and is ${found}`, {
    queued: job.audioSha256,
    found,
  });

/** The answer for the catalogue from a whole report. */
export function songResult(
  job: Pick<SongJob, 'songId'>,
  jobId: string,
  { report }: Pick<Analysed, 'report'>,
  at: string,
): SongResult {
  const ranked = report.track.predictions.map(({ genre, probability }) => ({
    genre,
    confidence: probability,
  }));
  const best = ranked[0];
  if (best === undefined) throw new Error('a report without predictions');
  return {
    songId: job.songId,
    genre: best.genre,
    confidence: best.confidence,
    top5: ranked.slice(0, 5),
    model: { id: report.model.id, version: report.model.version, sha256: report.model.sha256 },
    audioSha256: report.file.sha256,
    durationSeconds: report.file.durationSeconds,
    agreement: report.track.agreement,
    at,
    jobId,
  };
}

const rounded = (value: number): number => Math.round(value * 1000) / 1000;
