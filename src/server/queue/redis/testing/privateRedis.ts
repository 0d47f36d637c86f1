import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findRedisServer, redisAdvice } from '#server/queue/redis/testing/findRedisServer.ts';

/** A Redis server of a test's own: a free port, a directory of its own, every write on disk before it is answered. */
export interface PrivateRedis {
  readonly port: number;
  readonly url: string;
  readonly directory: string;
  /** The process, while one runs. */
  pid(): number | null;
  /** kill -9. */
  kill(): Promise<void>;
  /** Asked to end, as a service manager asks. */
  stop(): Promise<void>;
  /** Again, on the same port with the same data. */
  start(): Promise<void>;
  /** Ends it and removes its data. */
  dispose(): Promise<void>;
}

/** A TCP port that is free now. */
export async function freePort(): Promise<number> {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

/**
 * Starts a server for a test. Throws with the advice where none is installed: these tests are not skipped.
 *
 * @param settings Further settings of redis-server, as `['--maxmemory', '8mb']`.
 * @param started False: it is started by the test.
 */
export async function startPrivateRedis(
  settings: readonly string[] = [],
  started = true,
): Promise<PrivateRedis> {
  const program = findRedisServer();
  if (program === null) throw new Error(redisAdvice);
  const directory = mkdtempSync(join(tmpdir(), 'acousticsense-redis-'));
  const port = await freePort();
  let child: ChildProcess | null = null;

  const endWithUs = (): void => void child?.kill('SIGKILL');
  process.on('exit', endWithUs);

  const end = async (signal: NodeJS.Signals): Promise<void> => {
    const ending = child;
    child = null;
    if (ending === null || ending.exitCode !== null || ending.signalCode !== null) return;
    const exit = once(ending, 'exit');
    ending.kill(signal);
    await exit;
  };

  const start = async (): Promise<void> => {
    if (child !== null) throw new Error('the server runs');
    const own = spawn(
      program,
      `--port ${port} --bind 127.0.0.1 --dir ${directory} --daemonize no --appendonly yes --appendfsync always --loglevel notice`
        .split(' ')
        .concat('--save', '', settings),
      { stdio: ['ignore', 'pipe', 'pipe'] },
    );
    child = own;
    let said = '';
    await new Promise<void>((resolve, reject) => {
      const hear = (chunk: Buffer): void => {
        said = (said + chunk.toString()).slice(-4000);
        if (/ready to accept connections/i.test(said)) resolve();
      };
      own.stdout.on('data', hear);
      own.stderr.on('data', hear);
      own.once('error', reject);
      own.once('exit', (code) => reject(new Error(`${program} ended with ${String(code)}:\n${said}`)));
    });
  };

  if (started) await start();
  return {
    port,
    url: `redis://127.0.0.1:${port}`,
    directory,
    pid: () => child?.pid ?? null,
    kill: () => end('SIGKILL'),
    stop: () => end('SIGTERM'),
    start,
    async dispose() {
      await end('SIGKILL');
      process.off('exit', endWithUs);
      rmSync(directory, { recursive: true, force: true });
    },
  };
}
