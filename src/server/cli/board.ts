/** `npm run board`: a page to look at the queue and to put failed jobs back. Standard output is the log. */
import type { AddressInfo } from 'node:net';
import { createBoard } from '#server/board/boardService.ts';
import { readApiKeys } from '#server/http/apiKeys.ts';
import { createServiceLog } from '#server/observability/serviceLog.ts';
import { openQueue } from '#server/queue/openQueue.ts';
import { readSettings, settingsHelp } from '#server/settings/settings.ts';

const defaultPort = 8001;

const usage = `usage: npm run board -- [options]

A page with the figures of the queue and the jobs that failed for good, to try again or to forget. On Redis, bull-board is at
/bull. With API keys, a browser asks for one: it is the password, the name does not matter.

${settingsHelp('board')}

The Redis of --queue redis is that of ACOUSTICSENSE_REDIS_URL (default redis://127.0.0.1:6379).
Exit code: 0 stopped as told, 1 it could not start, 2 wrong usage.`;

async function main(args: readonly string[]): Promise<number> {
  const read = readSettings('board', args, process.env);
  if (!read.ok || read.value.positionals.length > 0) {
    const why = read.ok ? `takes no argument '${read.value.positionals[0]}'` : read.error;
    console.error(`board: ${why}\n\n${usage}`);
    return 2;
  }
  const settings = read.value;
  if (settings.help) {
    console.log(usage);
    return 0;
  }
  const log = createServiceLog(settings.log);
  const keys = await readApiKeys(settings);
  if (!keys.ok) return failed(keys.error);
  const queue = await openQueue(settings, log);
  if (!queue.ok) return failed(`${queue.error.code}: ${queue.error.message}`);
  const { host, trustProxy } = settings;
  const app = await createBoard({ queue: queue.value, keys: keys.value, host, trustProxy, log });
  const stopped = new Promise<void>((resolve) => {
    process.once('SIGTERM', resolve).once('SIGINT', resolve);
  });
  try {
    await app.listen({ port: settings.port ?? defaultPort, host });
  } catch (cause) {
    await queue.value.close();
    return failed(cause instanceof Error ? cause.message : String(cause));
  }
  const { port } = app.server.address() as AddressInfo;
  log.info('started', {
    program: 'board',
    queue: queue.value.kind,
    address: `http://${host.includes(':') ? `[${host}]` : host}:${port}/`,
  });
  await stopped;
  app.server.closeAllConnections();
  await app.close();
  await queue.value.close();
  log.info('stopped');
  return 0;
}

function failed(why: string): number {
  console.error(`board: ${why}`);
  return 1;
}

process.exitCode = await main(process.argv.slice(2));
