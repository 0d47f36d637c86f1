import type { FastifyInstance } from 'fastify';
import { err, ok } from '#core/result.ts';
import { createHttpService } from '#server/http/httpService.ts';
import { createServiceLog } from '#server/observability/serviceLog.ts';
import { createServiceMetrics } from '#server/observability/serviceMetrics.ts';
import type { JobQueue } from '#server/queue/jobQueue.ts';
import { serviceError } from '#server/serviceErrors.ts';
import { readSettings } from '#server/settings/settings.ts';

const absent = async () => err(serviceError('queue-unavailable', 'this service has no queue'));

/** The service with its routes and nothing behind them: what its description is made from (`npm run api:types`). */
export async function describedService(): Promise<FastifyInstance> {
  const settings = readSettings('serve', ['--no-page', '--log', 'silent'], {});
  if (!settings.ok) throw new Error(settings.error);
  const queue: JobQueue = {
    kind: 'sqlite',
    enqueue: absent,
    work: () => ({ close: async () => {} }),
    counts: absent,
    status: absent,
    pause: absent,
    resume: absent,
    dead: absent,
    requeueDead: absent,
    removeDead: absent,
    songResult: absent,
    resultsSince: absent,
    bookmark: absent,
    setBookmark: absent,
    lease: absent,
    close: async () => {},
  };
  const app = await createHttpService({
    settings: settings.value,
    pool: {
      models: [],
      ready: async () => ok(undefined),
      analyse: async () => err(serviceError('shutting-down', 'this service has no slot')),
      counts: () => ({
        slots: 0,
        busy: 0,
        waiting: { interactive: 0, batch: 0 },
        meanSeconds: 0,
        restarts: 0,
      }),
      close: async () => {},
    },
    queue,
    log: createServiceLog('silent'),
    metrics: createServiceMetrics(),
  });
  await app.ready();
  return app;
}
