/** `npm run worker`: takes songs off the queue, analyses them, puts the results back. Standard output is the log. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { openAnalysisPool } from '#server/analysis/openAnalysisPool.ts';
import type { AnalysisPool } from '#server/analysis/analysisPool.ts';
import { startBatch } from '#server/batch/startBatch.ts';
import { stopSignal } from '#server/cli/stopSignals.ts';
import { createServiceLog } from '#server/observability/serviceLog.ts';
import { createServiceMetrics, type ServiceMetrics } from '#server/observability/serviceMetrics.ts';
import { openQueue } from '#server/queue/openQueue.ts';
import { readSettings, settingsHelp, slotsOf } from '#server/settings/settings.ts';

const usage = `usage: npm run worker -- [options]

Analyses the songs of the queue. Any number of workers may run, on any hosts that reach the queue and the songs; with the
embedded queue, on the host of its file. Logs one JSON line a job on standard output.

  --allow-path: without it a worker reads every path that its queue names; with it, only those below these directories.
  Uploads are read from (and, when their job is done, removed from) --spool only: give workers of one service the same.
  --metrics-port: /health answers 200 while the process works; /metrics is for Prometheus.
${settingsHelp('worker')}

The Redis of --queue redis is that of ACOUSTICSENSE_REDIS_URL (default redis://127.0.0.1:6379).
SIGTERM or SIGINT: takes nothing new, finishes what it has within --shutdown-grace, gives the rest back to the queue.
A second signal ends it at once; what it had is taken by another worker after --lock seconds.
Exit code: 0 stopped as told, 1 it could not start, 2 wrong usage; told twice, it ends as if killed.`;

async function main(args: readonly string[]): Promise<number> {
  const read = readSettings('worker', args, process.env);
  if (!read.ok || read.value.positionals.length > 0) {
    const why = read.ok ? `takes no argument '${read.value.positionals[0]}'` : read.error;
    console.error(`worker: ${why}\n\n${usage}`);
    return 2;
  }
  const settings = read.value;
  if (settings.help) {
    console.log(usage);
    return 0;
  }
  const log = createServiceLog(settings.log);
  const stopped = stopSignal();
  const pool = await openAnalysisPool({
    ...settings,
    slots: slotsOf(settings),
    maxWaiting: 0,
    log,
  });
  if (!pool.ok) return failed(pool.error.message);
  const ready = await Promise.race([pool.value.ready(), stopped]);
  if (ready === 'stop') {
    await pool.value.close(0);
    return 0;
  }
  if (!ready.ok) {
    await pool.value.close(0);
    return failed(`${ready.error.code}: ${ready.error.message}`);
  }
  const queue = await openQueue(settings, log);
  if (!queue.ok) {
    await pool.value.close(0);
    return failed(`${queue.error.code}: ${queue.error.message}`);
  }
  const metrics = createServiceMetrics();
  metrics.watch(
    () => pool.value.counts(),
    async () => {
      const counts = await queue.value.counts();
      return counts.ok ? counts.value : null;
    },
  );
  const close = async (): Promise<void> => {
    await pool.value.close(0);
    await queue.value.close();
  };
  const server =
    settings.metricsPort === null
      ? null
      : await serveMetrics(settings.host, settings.metricsPort, pool.value, metrics).catch(
          (cause: Error) => cause,
        );
  if (server instanceof Error) {
    await close();
    return failed(`--metrics-port: ${server.message}`);
  }
  const batch = await startBatch({ settings, pool: pool.value, queue: queue.value, log, metrics }, true);
  if (!batch.ok) {
    server?.close();
    await close();
    return failed(batch.error);
  }
  log.info('started', {
    program: 'worker',
    queue: queue.value.kind,
    slots: pool.value.counts().slots,
    models: pool.value.models.map(({ id }) => id),
    ...(server === null ? {} : { metricsPort: (server.address() as AddressInfo).port }),
  });
  await stopped;
  log.info('stopping', { graceSeconds: settings.shutdownGrace });
  await batch.value.close(settings.shutdownGrace * 1000);
  server?.close();
  server?.closeAllConnections();
  await close();
  log.info('stopped');
  return 0;
}

function failed(why: string): number {
  console.error(`worker: ${why}`);
  return 1;
}

async function serveMetrics(
  host: string,
  port: number,
  pool: AnalysisPool,
  metrics: ServiceMetrics,
): Promise<Server> {
  const server = createServer((request, response) => {
    const send = (status: number, type: string, text: string): void => {
      response.writeHead(status, { 'content-type': type, 'cache-control': 'no-store' }).end(text);
    };
    const path = (request.url ?? '').split('?')[0];
    if (request.method !== 'GET' && request.method !== 'HEAD') send(405, 'text/plain', 'GET only\n');
    else if (path === '/health') {
      const { slots, busy, restarts } = pool.counts();
      send(200, 'application/json', JSON.stringify({ status: 'ok', slots, busy, restarts }));
    } else if (path === '/metrics') {
      metrics.scrape().then(
        ({ text, contentType }) => send(200, contentType, text),
        () => send(500, 'text/plain', 'no figures\n'),
      );
    } else send(404, 'text/plain', '/health or /metrics\n');
  });
  await new Promise<void>((listening, refused) => {
    server.once('error', refused).listen(port, host, listening);
  });
  return server;
}

process.exitCode = await main(process.argv.slice(2));
