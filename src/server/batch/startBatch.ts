import { err, ok, type Result } from '#core/result.ts';
import type { AnalysisPool } from '#server/analysis/analysisPool.ts';
import { startSongWorker } from '#server/batch/songWorker.ts';
import { keepSpool, makeSpool } from '#server/batch/spool.ts';
import { startWebhook, webhookTarget } from '#server/batch/webhook.ts';
import type { ServiceLog } from '#server/observability/serviceLog.ts';
import type { ServiceMetrics } from '#server/observability/serviceMetrics.ts';
import type { JobQueue } from '#server/queue/jobQueue.ts';
import type { ServiceSettings } from '#server/settings/settings.ts';

export interface BatchParts {
  readonly settings: ServiceSettings;
  readonly pool: AnalysisPool;
  readonly queue: JobQueue;
  readonly log: ServiceLog;
  readonly metrics: ServiceMetrics;
}

export interface Batch {
  /** Takes no new song, finishes those in hand within the grace, gives the others back; ends the webhook and the sweeping. */
  close(graceMs: number): Promise<void>;
}

/**
 * What a process does for the queue besides serving: it works on songs (where `work` is true), removes uploads whose jobs
 * have ended, and sends the webhook where one is set (one process of all does). Close it before the pool and the queue.
 *
 * The error is a sentence for the operator: what is wrong with the webhook's settings, or a spool that cannot be made.
 */
export async function startBatch(parts: BatchParts, work: boolean): Promise<Result<Batch, string>> {
  const { settings, queue, log, metrics } = parts;
  const target = webhookTarget(settings);
  if (!target.ok) return target;
  if (!(await makeSpool(settings.spool))) {
    return err(`the directory ${settings.spool} (--spool) cannot be made or used`);
  }
  const spool = keepSpool({ spool: settings.spool, queue, log });
  const webhook = target.value === null ? null : startWebhook({ queue, target: target.value, log, metrics });
  const worker = work ? startSongWorker({ ...parts, spool }) : null;
  return ok({
    async close(graceMs) {
      await worker?.close(graceMs);
      await webhook?.close();
      await spool.close();
    },
  });
}
