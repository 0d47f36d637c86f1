import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { FastifyInstance } from 'fastify';
import { afterEach, describe, expect, test } from 'vitest';
import type { Result } from '#core/result.ts';
import { createBoard } from '#server/board/boardService.ts';
import { readApiKeys } from '#server/http/apiKeys.ts';
import { createServiceLog } from '#server/observability/serviceLog.ts';
import type { JobQueue, QueuePolicy } from '#server/queue/jobQueue.ts';
import { contractJob } from '#server/queue/queueContract.ts';
import { openRedisQueue } from '#server/queue/redis/openRedisQueue.ts';
import { freePort, startPrivateRedis } from '#server/queue/redis/testing/privateRedis.ts';
import { openSqliteQueue } from '#server/queue/sqlite/openSqliteQueue.ts';
import { type ServiceError, serviceError } from '#server/serviceErrors.ts';

const policy: QueuePolicy = {
  attempts: 1,
  backoffMs: 0,
  lockMs: 2000,
  resultTtlMs: null,
  jobsPerMinute: null,
};
const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const clean of cleanups.splice(0).toReversed()) await clean();
});

function value<T>(result: Result<T, ServiceError>): T {
  if (!result.ok) throw new Error(`${result.error.code}: ${result.error.message}`);
  return result.value;
}

const kinds: Record<'sqlite' | 'redis', () => Promise<JobQueue>> = {
  async sqlite() {
    const directory = mkdtempSync(join(tmpdir(), 'acousticsense-board-'));
    cleanups.push(() => rmSync(directory, { recursive: true, force: true }));
    return value(await openSqliteQueue({ file: join(directory, 'queue.sqlite'), policy }));
  },
  async redis() {
    const redis = await startPrivateRedis();
    cleanups.push(() => redis.dispose());
    return value(await openRedisQueue({ url: redis.url, prefix: 'board', policy }));
  },
};

async function boardOf(queue: JobQueue, keys?: string): Promise<{ app: FastifyInstance; address: string }> {
  cleanups.push(() => queue.close());
  const read = await readApiKeys({ apiKeys: null, apiKeysInline: keys ?? null });
  if (!read.ok) throw new Error(read.error);
  const app = await createBoard({
    queue,
    keys: read.value,
    host: '127.0.0.1',
    trustProxy: false,
    log: createServiceLog('silent'),
  });
  cleanups.push(() => app.close());
  return { app, address: await app.listen({ port: 0, host: '127.0.0.1' }) };
}

/** Songs that failed for good. */
async function kill(queue: JobQueue, songs: readonly string[]): Promise<void> {
  value(await queue.enqueue(songs.map((song) => contractJob(song))));
  const worker = queue.work(
    () =>
      Promise.resolve({
        kind: 'failed',
        retry: false,
        error: serviceError('decoder-crashed', '<b>segfault</b>'),
      }),
    { concurrency: 1 },
  );
  while (value(await queue.counts()).dead < songs.length) await sleep(20);
  await worker.close(1000);
}

const basic = (pair: string): object => ({ headers: { authorization: `Basic ${btoa(pair)}` } });
const tokenOf = (html: string): string => /name="token" value="([^"]+)"/.exec(html)?.[1] ?? '';
const send = (address: string, fields: Record<string, string>, headers = {}): Promise<Response> =>
  fetch(`${address}/?lang=en`, {
    method: 'POST',
    redirect: 'manual',
    headers: { 'content-type': 'application/x-www-form-urlencoded', ...headers },
    body: new URLSearchParams(fields).toString(),
  });

describe.each(['sqlite', 'redis'] as const)('the board over %s', (kind) => {
  test('shows figures and the dead, and puts them back, forgets them, pauses and resumes', async () => {
    const queue = await kinds[kind]();
    const { address } = await boardOf(queue);
    await kill(queue, ['<script>alert(1)</script>', '歌 "二"', 'third']);
    const answer = await fetch(`${address}/?lang=en`);
    const html = await answer.text();
    expect(answer.status).toBe(200);
    expect(answer.headers.get('content-security-policy')).toContain("default-src 'none'");
    expect(html).not.toContain('<script');
    expect(html).not.toContain('<b>segfault');
    expect(html).toContain('&#60;script&#62;alert(1)');
    expect(html).toContain('歌 &#34;二&#34;');
    expect(html).toContain('The decoder broke on this file');
    expect(await (await fetch(`${address}/?lang=zh`)).text()).toContain('解码器因此文件崩溃');
    expect(await (await fetch(address, { headers: { 'accept-language': 'zh-CN,zh' } })).text()).toContain(
      '歌曲队列',
    );

    const token = tokenOf(html);
    const ids = [...html.matchAll(/name="id" value="([0-9a-f]{40})"/g)].map(([, id]) => id ?? '');
    expect(new Set(ids).size).toBe(3);
    const paused = await send(address, { token, act: 'pause' });
    expect(paused.status).toBe(303);
    expect(value(await queue.counts()).paused).toBe(true);
    await send(address, { token, act: 'resume' });
    expect(value(await queue.counts()).paused).toBe(false);
    const requeued = await send(address, { token, act: 'requeue', id: ids[0] ?? '' });
    expect(requeued.headers.get('location')).toContain('said=requeued&count=1');
    expect(value(await queue.counts())).toMatchObject({ waiting: 1, dead: 2 });
    await send(address, { token, act: 'remove', id: ids[0] ?? '' });
    expect(value(await queue.counts())).toMatchObject({ waiting: 1, dead: 2 });
    await send(address, { token, act: 'remove', id: ids.at(-1) ?? '' });
    expect(value(await queue.counts())).toMatchObject({ waiting: 1, dead: 1 });
    const all = await send(address, { token, act: 'requeue-all' });
    expect(await (await fetch(`${address}${all.headers.get('location') ?? ''}`)).text()).toContain(
      '1 put back into the queue.',
    );
    expect(value(await queue.counts())).toMatchObject({ waiting: 2, dead: 0 });
  });

  test('takes forms of its own page only', async () => {
    const queue = await kinds[kind]();
    const { address } = await boardOf(queue);
    const token = tokenOf(await (await fetch(address)).text());
    for (const headers of [
      { 'sec-fetch-site': 'cross-site' },
      { 'sec-fetch-site': 'same-site' },
      { origin: 'https://elsewhere.example' },
      { origin: 'null' },
    ]) {
      expect((await send(address, { token, act: 'pause' }, headers)).status).toBe(403);
    }
    await send(address, { token: 'x', act: 'pause' });
    await send(address, { act: 'pause' });
    expect(value(await queue.counts()).paused).toBe(false);
    expect((await send(address, { token, act: 'drop' })).status).toBe(400);
    await send(address, { token, act: 'pause' }, { 'sec-fetch-site': 'same-origin', origin: address });
    expect(value(await queue.counts()).paused).toBe(true);
  });
});

describe('the board', () => {
  test('asks for a key where keys are configured, in the way browsers know', async () => {
    const { address } = await boardOf(await kinds.sqlite(), 'ops:0123456789abcdef');
    const none = await fetch(address);
    expect(none.status).toBe(401);
    expect(none.headers.get('www-authenticate')).toMatch(/^Basic /);
    expect((await fetch(address, basic('ops:wrong'))).status).toBe(401);
    expect((await fetch(address, basic('whoever:0123456789abcdef'))).status).toBe(200);
    expect((await fetch(address, { headers: { 'x-api-key': '0123456789abcdef' } })).status).toBe(200);
  });

  test('without keys it answers only to names that cannot be those of another site', async () => {
    const { app } = await boardOf(await kinds.sqlite());
    const status = async (host: string): Promise<number> =>
      (await app.inject({ url: '/', headers: { host } })).statusCode;
    expect(await status('rebound.example:8001')).toBe(421);
    expect(await status('127.0.0.1:8001')).toBe(200);
    expect(await status('localhost:8001')).toBe(200);
    expect(await status('[::1]:8001')).toBe(200);
  });

  test('says so where Redis is not there, and what to do', async () => {
    const queue = value(
      await openRedisQueue({ url: `redis://127.0.0.1:${await freePort()}`, prefix: 'board', policy }),
    );
    const { address } = await boardOf(queue);
    const answer = await fetch(`${address}/?lang=en`);
    expect(answer.status).toBe(503);
    expect(await answer.text()).toContain('The job queue is out of reach');
    expect((await fetch(`${address}/bull`)).status).toBe(503);
  });

  test('has bull-board on Redis, to look only, with nothing from other hosts', async () => {
    const queue = await kinds.redis();
    const { address } = await boardOf(queue);
    await kill(queue, ['a']);
    const page = await fetch(`${address}/bull`);
    expect(page.status).toBe(200);
    expect(await page.text()).not.toMatch(/(?:href|src)="https?:/);
    expect(page.headers.get('content-security-policy')).toContain("default-src 'self'");
    const list = (await (
      await fetch(`${address}/bull/api/queues?activeQueue=songs&status=failed&page=1`)
    ).json()) as {
      queues: { name: string; readOnlyMode: boolean; counts: { failed: number } }[];
    };
    expect(list.queues[0]).toMatchObject({ name: 'songs', readOnlyMode: true, counts: { failed: 1 } });
    const id = value(await queue.dead(1, 0))[0]?.jobId ?? '';
    const retried = await fetch(`${address}/bull/api/queues/songs/${id}/retry`, { method: 'PUT' });
    expect(retried.status).toBe(405);
    expect(value(await queue.counts()).dead).toBe(1);
  });
});
