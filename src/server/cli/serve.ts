/** `npm run serve`: the REST service and the built page in one process. Standard output is the log. */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { err, ok, type Result } from '#core/result.ts';
import { openAnalysisPool } from '#server/analysis/openAnalysisPool.ts';
import { startBatch } from '#server/batch/startBatch.ts';
import { readApiKeys } from '#server/http/apiKeys.ts';
import { createHttpService } from '#server/http/httpService.ts';
import { createServiceLog } from '#server/observability/serviceLog.ts';
import { createServiceMetrics } from '#server/observability/serviceMetrics.ts';
import { stopSignal } from '#server/cli/stopSignals.ts';
import { program } from '#server/program.ts';
import { openQueue } from '#server/queue/openQueue.ts';
import { readSettings, type ServiceSettings, settingsHelp, slotsOf } from '#server/settings/settings.ts';

const defaultPort = 8000;
/** More than the kernel's usual 511: a thousand clients may come in one moment. */
const backlog = 4096;
/** For answers that are written when everything else has ended. */
const lastAnswersMs = 500;

const usage = `usage: npm run serve -- [options]

Answers POST /api/genre, takes songs for the queue, and serves the built page. /docs describes the interface.
Logs one JSON line a request on standard output; the first line says where it listens.

${settingsHelp('serve')}

Every option can be given by the environment: --max-bytes is ACOUSTICSENSE_MAX_BYTES.
Secrets only there: ACOUSTICSENSE_API_KEYS_INLINE, ACOUSTICSENSE_REDIS_URL, ACOUSTICSENSE_WEBHOOK_SECRET.
SIGTERM or SIGINT: takes nothing new, finishes what it has within --shutdown-grace. A second signal ends it at once.
Exit code: 0 stopped as told, 1 it could not start or its model does not open, 2 wrong usage or an address in use.`;

async function main(args: readonly string[]): Promise<number> {
  const read = readSettings('serve', args, process.env);
  if (!read.ok || read.value.positionals.length > 0) {
    const why = read.ok ? `takes no argument '${read.value.positionals[0]}'` : read.error;
    console.error(`serve: ${why}\n\n${usage}`);
    return 2;
  }
  if (read.value.help) {
    console.log(usage);
    return 0;
  }
  // The reader of the log may go (`| head`); the service goes on.
  process.stdout.on('error', () => undefined);
  const log = createServiceLog(read.value.log);
  process.on('uncaughtExceptionMonitor', (error) => log.error('crashed', { error }));
  const stop = stopSignal();

  const settings = withModels(read.value);
  const keys = await readApiKeys(settings);
  if (!keys.ok) return failed(keys.error, 2);
  const page = await ensurePage(settings);
  if (!page.ok) return failed(page.error, 2);

  const pool = await openAnalysisPool({ ...settings, slots: slotsOf(settings), log });
  if (!pool.ok) return failed(`${pool.error.code}: ${pool.error.message}`, 1);
  const queue = await openQueue(settings, log);
  if (!queue.ok) {
    await pool.value.close(0);
    return failed(`${queue.error.code}: ${queue.error.message}`, 1);
  }
  const metrics = createServiceMetrics();
  metrics.watch(
    () => pool.value.counts(),
    async () => {
      const counts = await queue.value.counts();
      return counts.ok ? counts.value : null;
    },
  );
  const parts = { settings, pool: pool.value, queue: queue.value, log, metrics };
  const closeParts = async (): Promise<void> => {
    await pool.value.close(0);
    await queue.value.close();
  };
  const app = await createHttpService(parts);
  const listening = await listen(app, settings);
  if (!listening.ok) {
    await app.close();
    await closeParts();
    return failed(listening.error, 2);
  }
  const port = listening.value;
  const { host } = settings;
  const url = `http://${host.includes(':') ? `[${host}]` : host}:${port}/`;
  log.info('listening', {
    program: program.name,
    version: program.version,
    host,
    port,
    url,
    pid: process.pid,
  });
  console.error(
    `${program.name} ${program.version}: ${settings.noPage ? '' : `${url} is the page, `}${url}api/genre answers, ${url}docs explains`,
  );
  if (keys.value === null && !/^(?:127\.|::1$|localhost$)/.test(host)) {
    log.warn('open', { host, advice: 'everyone who reaches this address may use it: see --api-keys' });
  }

  const work =
    settings.embeddedWorker === null ? settings.queue === 'sqlite' : settings.embeddedWorker === 'yes';
  const ready = (async () => {
    const opened = await pool.value.ready();
    if (opened.ok)
      log.info('ready', { slots: pool.value.counts().slots, queue: settings.queue, worker: work });
    return opened;
  })();
  const batch = await startBatch(parts, work);
  const opened = batch.ok ? await Promise.race([ready, stop]) : null;
  let exitCode = 0;
  if (!batch.ok) exitCode = failed(batch.error, 2);
  else if (opened !== null && opened !== 'stop' && !opened.ok) {
    // A service that can answer nothing is better told than kept: whoever supervises it sees it end.
    exitCode = failed(`${opened.error.code}: ${opened.error.message}`, 1);
  } else await stop;

  const graceMs = exitCode === 0 ? settings.shutdownGrace * 1000 : 0;
  log.info('stopping', { graceSeconds: graceMs / 1000 });
  const [drained] = await Promise.all([
    app.drain(graceMs),
    batch.ok ? batch.value.close(graceMs) : undefined,
  ]);
  if (!drained) log.warn('unfinished', { advice: 'requests were ended after --shutdown-grace' });
  await closeParts();
  // What the pool gave up is still being answered.
  if (!drained) await app.drain(lastAnswersMs);
  const closing = app.close();
  app.server.closeAllConnections();
  await closing;
  log.info('stopped', { drained });
  return exitCode;
}

function failed(why: string, exitCode: number): number {
  console.error(`serve: ${why}`);
  return exitCode;
}

const hasModels = (folder: string): boolean => existsSync(join(folder, 'index.json'));

/** The models of the built page where the folder of `--models` has none. */
function withModels(settings: ServiceSettings): ServiceSettings {
  const ofPage = join(settings.page, 'models');
  return !hasModels(settings.models) && hasModels(ofPage) ? { ...settings, models: ofPage } : settings;
}

/** Builds the page where it is not there. The error is a sentence that says how to get it. */
async function ensurePage(settings: ServiceSettings): Promise<Result<void, string>> {
  if (settings.noPage || existsSync(join(settings.page, 'index.html'))) return ok(undefined);
  const root = fileURLToPath(new URL('../../../', import.meta.url));
  const vite = join(root, 'node_modules/vite/bin/vite.js');
  const advice = 'build it (npm run build), name another folder (--page), or go without it (--no-page)';
  if (settings.page !== join(root, 'dist') || !existsSync(vite)) {
    return err(`there is no built page in ${settings.page}: ${advice}`);
  }
  console.error('serve: the page is built first; this takes half a minute');
  const code = await new Promise<number | null>((resolve) => {
    // Its output is none of the log's.
    const child = spawn(process.execPath, [vite, 'build'], { cwd: root, stdio: ['ignore', 2, 2] });
    child.once('error', () => resolve(null)).once('exit', resolve);
  });
  return code === 0 ? ok(undefined) : err(`the page could not be built: ${advice}`);
}

/** The port; the error is a sentence for whoever chose the address. */
async function listen(
  app: Awaited<ReturnType<typeof createHttpService>>,
  { host, port }: ServiceSettings,
): Promise<Result<number, string>> {
  const asked = port ?? defaultPort;
  try {
    await app.listen({ host, port: asked, backlog });
    return ok((app.server.address() as AddressInfo).port);
  } catch (cause) {
    const { code = '', message } = cause as NodeJS.ErrnoException;
    const reasons: Readonly<Record<string, string>> = {
      EADDRINUSE: `port ${asked} of ${host} is in use: take another one (--port), or 0 for a free one`,
      EACCES: `port ${asked} may not be used by this user: take one from 1024 (--port)`,
      EADDRNOTAVAIL: `${host} is no address of this host (--host)`,
      ENOTFOUND: `${host} is not known (--host)`,
      EAI_AGAIN: `${host} is not known (--host)`,
    };
    return err(reasons[code] ?? `${host}:${asked} cannot be listened on: ${message}`);
  }
}

process.exitCode = await main(process.argv.slice(2));
