import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { exhaustive, type Result } from '#core/result.ts';
import type { ServiceLog } from '#server/observability/serviceLog.ts';
import type { JobQueue, QueuePolicy } from '#server/queue/jobQueue.ts';
import type { ServiceError } from '#server/serviceErrors.ts';
import type { ServiceSettings } from '#server/settings/settings.ts';

const day = 86_400_000;

/** How jobs are treated, as the settings say it. */
export function queuePolicy(
  settings: Pick<ServiceSettings, 'attempts' | 'backoff' | 'lock' | 'ttl' | 'jobsPerMinute'>,
): QueuePolicy {
  return {
    attempts: settings.attempts,
    backoffMs: settings.backoff * 1000,
    lockMs: settings.lock * 1000,
    resultTtlMs: settings.ttl === 0 ? null : settings.ttl * day,
    jobsPerMinute: settings.jobsPerMinute,
  };
}

/**
 * Opens the queue that the settings name: the embedded one in a file, or the one on Redis. Only the library of the chosen
 * one is loaded. An absent Redis is no error here: its queue waits and says `queue-unavailable` to what is asked meanwhile.
 *
 * @param log Told of settings of the store with which jobs can get lost.
 * Errors: `queue-unavailable` where the file cannot be opened or is none of ours; `storage-full`.
 */
export async function openQueue(
  settings: ServiceSettings,
  log?: ServiceLog,
): Promise<Result<JobQueue, ServiceError>> {
  const policy = queuePolicy(settings);
  switch (settings.queue) {
    case 'redis': {
      const { openRedisQueue } = await import('#server/queue/redis/openRedisQueue.ts');
      return openRedisQueue({
        url: settings.redisUrl,
        prefix: settings.redisPrefix,
        policy,
        ...(log === undefined ? {} : { log }),
      });
    }
    case 'sqlite': {
      const { openSqliteQueue } = await import('#server/queue/sqlite/openSqliteQueue.ts');
      const directory = dirname(settings.queueFile);
      // A directory that cannot be made is told by the queue, which cannot open its file then.
      await mkdir(directory, { recursive: true, mode: 0o700 }).catch(() => undefined);
      return openSqliteQueue({ file: settings.queueFile, policy });
    }
    default:
      return exhaustive(settings.queue);
  }
}
