import { Queue } from 'bullmq';
import { Redis, type RedisOptions } from 'ioredis';
import { err, ok, type Result } from '#core/result.ts';
import type { ServiceLog } from '#server/observability/serviceLog.ts';
import { redisFailure } from '#server/queue/redis/redisFailure.ts';
import { type ServiceError, serviceError } from '#server/serviceErrors.ts';

/** Name of the BullMQ queue: its keys are `<prefix>:songs:…`. */
export const bullQueueName = 'songs';

// Bounds of everything that is asked of Redis: an answer or a failure within seconds.
const connectMs = 3000;
const commandMs = 4000;
const methodMs = 10_000;
/** A socket that answers nothing for so long is given up, so that a connection which a router forgot does not stay. */
const silentSocketMs = 6000;
/** As for the worker, whose blocking read may wait up to 10 s by itself. */
const silentBlockingSocketMs = 16_000;

const retryDelay = (times: number): number =>
  Math.min(50 * 2 ** Math.min(times, 10), 2000) + Math.random() * 100;

/** Options of a connection for BullMQ's worker: its commands wait for Redis however long it takes. */
export const workerConnectionOptions = {
  maxRetriesPerRequest: null,
  connectTimeout: connectMs,
  socketTimeout: silentBlockingSocketMs,
  retryStrategy: retryDelay,
  connectionName: 'acousticsense-worker',
} as const satisfies RedisOptions;

/**
 * The connection that all methods of a queue share. It never waits for an absent Redis: commands fail at once where there
 * is no connection, and within seconds where nothing answers. It goes on trying to connect until it is closed.
 */
export interface RedisLink {
  readonly url: string;
  readonly prefix: string;
  /** Does `work` on a connection that is ready. Failures of Redis and of the network are values; bugs throw. */
  run<T>(work: (client: Redis, bull: Queue) => Promise<T>): Promise<Result<T, ServiceError>>;
  /** Called when the connection breaks and when it is ready again, until the answer is called. */
  watch(listener: (change: 'broken' | 'ready', error: ServiceError) => void): () => void;
  close(): Promise<void>;
}

/** The address of a Redis, as ioredis takes it. Errors: `queue-unavailable`, without the address: it may hold a password. */
export function checkRedisUrl(url: string): Result<string, ServiceError> {
  const address = URL.canParse(url) ? new URL(url) : null;
  const database = address === null ? '' : address.pathname.slice(1);
  if (
    address === null ||
    !['redis:', 'rediss:'].includes(address.protocol) ||
    address.hostname === '' ||
    !/^\d{0,4}$/.test(database)
  ) {
    return err(
      serviceError(
        'queue-unavailable',
        'the address of Redis (ACOUSTICSENSE_REDIS_URL) is not of the form redis://[user:password@]host[:port][/database]',
      ),
    );
  }
  return ok(url);
}

export function openRedisLink(url: string, prefix: string, log: ServiceLog | null): RedisLink {
  const client = new Redis(url, {
    enableOfflineQueue: false,
    autoResendUnfulfilledCommands: false,
    maxRetriesPerRequest: 0,
    connectTimeout: connectMs,
    commandTimeout: commandMs,
    socketTimeout: silentSocketMs,
    retryStrategy: retryDelay,
    // A primary that became a replica answers READONLY: its name may lead to the new primary by now.
    reconnectOnError: (error) => error.message.startsWith('READONLY'),
    connectionName: 'acousticsense',
  });
  const listeners = new Set<(change: 'broken' | 'ready', error: ServiceError) => void>();
  let lastError: unknown = new Error('not connected yet');
  let brokenSince = performance.now();
  let closed = false;
  let bull: Promise<Queue> | null = null;
  let warned = '';

  const tell = (change: 'broken' | 'ready'): void => {
    const error = redisFailure(lastError);
    for (const listener of listeners) listener(change, error);
  };
  client.on('error', (error: unknown) => {
    lastError = error;
  });
  client.on('close', () => {
    if (closed) return;
    if (client.status !== 'ready' && brokenSince === 0) brokenSince = performance.now();
    tell('broken');
  });
  client.on('ready', () => {
    brokenSince = 0;
    lastError = new Error('the connection was lost');
    tell('ready');
    void warnOfSettings();
  });

  /** What a Redis must have so that nothing is lost; said once for each finding, not at each connection. */
  async function warnOfSettings(): Promise<void> {
    if (log === null) return;
    const text = await client.info().catch(() => '');
    const value = (name: string): string => new RegExp(`^${name}:(.*?)\\r?$`, 'm').exec(text)?.[1] ?? '';
    const findings = [
      value('aof_enabled') === '0'
        ? 'appendonly is off: jobs of the last minutes are lost when Redis ends hard'
        : null,
      value('maxmemory_policy') !== '' && value('maxmemory_policy') !== 'noeviction'
        ? `maxmemory-policy is ${value('maxmemory_policy')}: Redis may throw jobs away; it must be noeviction`
        : null,
      value('role') === 'slave' ? 'this Redis is a replica: it takes no writes' : null,
    ].filter((finding) => finding !== null);
    const all = findings.join('; ');
    if (all !== '' && all !== warned) log.warn('redis-settings', { findings });
    warned = all;
  }

  /** BullMQ's queue on this connection. One whose first steps failed stays broken for good, so a new one is made. */
  async function bullQueue(): Promise<Queue> {
    if (bull === null) {
      const queue = new Queue(bullQueueName, { connection: client, prefix });
      queue.on('error', () => {});
      const opening = queue.waitUntilReady().then(() => queue);
      bull = opening;
      opening.catch(() => {
        if (bull === opening) bull = null;
      });
    }
    return bull;
  }

  async function ready(): Promise<void> {
    if (client.status === 'ready') return;
    // Right after the start, and in the blink of a reconnection, the connection is worth a moment's wait.
    const patience = Math.max(0, 2000 - (brokenSince === 0 ? 0 : performance.now() - brokenSince));
    const end = performance.now() + patience;
    // ioredis narrows the status to what it was above; it changes while we sleep.
    while ((client.status as string) !== 'ready') {
      if (closed || performance.now() >= end) throw lastError;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  return {
    url,
    prefix,
    async run(work) {
      if (closed) return err(serviceError('queue-unavailable', 'the queue is closed'));
      let guard: NodeJS.Timeout | undefined;
      try {
        await ready();
        const late = new Promise<never>((_, reject) => {
          guard = setTimeout(() => reject(new Error('Redis timed out')), methodMs);
        });
        return ok(await Promise.race([bullQueue().then((queue) => work(client, queue)), late]));
      } catch (cause) {
        return err(redisFailure(cause));
      } finally {
        clearTimeout(guard);
      }
    },
    watch(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    async close() {
      if (closed) return;
      closed = true;
      const queue = await Promise.race([bull?.catch(() => null), after(1000)]);
      await Promise.race([queue?.close().catch(() => {}), after(1000)]);
      client.disconnect();
    },
  };
}

/** Null after so many milliseconds; keeps no process alive. */
export const after = (ms: number): Promise<null> =>
  new Promise((resolve) => setTimeout(() => resolve(null), ms).unref());
