import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Result } from '#core/result.ts';
import { verifySignature } from '#server/batch/webhook.ts';
import type { DeadJob, JobQueue, QueueCounts, SongResult } from '#server/queue/jobQueue.ts';
import { openQueue } from '#server/queue/openQueue.ts';
import type { ServiceError } from '#server/serviceErrors.ts';
import { readSettings } from '#server/settings/settings.ts';

/** The programs as they are run, on the embedded queue, with the quick model: killed, restarted, refused, paused. */

const root = fileURLToPath(new URL('../../../', import.meta.url));
const fixture = (name: string): string => join(root, 'e2e/fixtures/audio', name);
const model = ['--model', 'acousticsense-vit-ti16'];
const secret = 'a secret of the two of them';
const running = new Set<ChildProcess>();

const programPath = (program: string): string => join(root, 'src/server/cli', `${program}.ts`);
const environment = { ...process.env, INIT_CWD: root, LC_ALL: 'C', ACOUSTICSENSE_WEBHOOK_SECRET: secret };

interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a program to its end. */
function run(program: string, args: readonly string[]): Promise<Ended> {
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      ['--import', 'tsx', programPath(program), ...args],
      { cwd: root, env: environment },
      (error, stdout, stderr) => {
        resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr });
      },
    );
  });
}

type LogLine = Readonly<Record<string, unknown>>;

/** Starts a program that goes on; its log as it comes. */
function start(program: string, args: readonly string[]) {
  const child = spawn(process.execPath, ['--import', 'tsx', programPath(program), ...args], {
    cwd: root,
    env: environment,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  running.add(child);
  const lines: LogLine[] = [];
  let rest = '';
  let stderr = '';
  child.stdout.on('data', (piece: Buffer) => {
    const parts = (rest + piece.toString()).split('\n');
    rest = parts.pop() ?? '';
    lines.push(...parts.map((line) => JSON.parse(line) as LogLine));
  });
  child.stderr.on('data', (piece: Buffer) => {
    stderr += piece.toString();
  });
  const ended = new Promise<number | null>((resolve) => {
    child.on('exit', (code) => {
      running.delete(child);
      resolve(code);
    });
  });
  return {
    lines,
    /** The first line of an event that fits. */
    async line(fits: (line: LogLine) => boolean): Promise<LogLine> {
      await expect
        .poll(() => lines.some(fits) || child.exitCode !== null, { timeout: 60_000, interval: 20 })
        .toBe(true);
      const found = lines.find(fits);
      if (found === undefined) throw new Error(`ended with ${child.exitCode}: ${stderr}`);
      return found;
    },
    async stop(signal: NodeJS.Signals): Promise<number | null> {
      child.kill(signal);
      return ended;
    },
  };
}

let folder = '';
let queueArgs: string[] = [];

function freshFolder(): void {
  folder = mkdtempSync(join(tmpdir(), 'acousticsense-batch-'));
  queueArgs = [
    '--queue-file',
    join(folder, 'state/queue.sqlite'),
    '--attempts',
    '2',
    '--backoff',
    '0.2',
    '--lock',
    '3',
  ];
}

afterEach(async () => {
  await Promise.all(
    [...running].map(
      (child) =>
        new Promise((resolve) => {
          child.on('exit', resolve);
          child.kill('SIGKILL');
        }),
    ),
  );
});

async function json<T>(...args: readonly string[]): Promise<T> {
  const { code, stdout, stderr } = await run('queue', [...args, '--json', ...queueArgs]);
  if (code !== 0) throw new Error(stderr);
  return JSON.parse(stdout) as T;
}

/** What the store says, without a process for each question. */
async function ask<T>(question: (queue: JobQueue) => Promise<Result<T, ServiceError>>): Promise<T> {
  const settings = readSettings('queue', queueArgs, {});
  const opened = settings.ok ? await openQueue(settings.value) : settings;
  if (!opened.ok) throw new Error(JSON.stringify(opened.error));
  const answer = await question(opened.value);
  await opened.value.close();
  if (!answer.ok) throw new Error(answer.error.message);
  return answer.value;
}

const left = async (): Promise<number> => {
  const { waiting, delayed, active } = await ask((queue) => queue.counts());
  return waiting + delayed + active;
};

async function drained(): Promise<void> {
  await expect.poll(left, { timeout: 90_000, interval: 200 }).toBe(0);
}

const songId = (name: string): string => `碟 1/${name}`;

const path = (name: string): string => join(folder, 'songs', songId(name));

const upload = async (url: string, songId: string, file: string): Promise<Response> => {
  const form = new FormData();
  form.append('song_id', songId);
  form.append('audio', new Blob([readFileSync(fixture(file))]), file);
  return fetch(`${url}api/jobs`, { method: 'POST', body: form });
};

const spooled = (): string[] => readdirSync(join(folder, 'spool')).filter((name) => name !== 'incoming');

const get = async <T>(url: string): Promise<T> => (await (await fetch(url)).json()) as T;

describe('a folder of songs, some of them bad', () => {
  const good = [
    'cbr.mp3',
    'vbr.mp3',
    'music.flac',
    'vorbis.ogg',
    'opus.opus',
    'aac.m4a',
    'adts.aac',
    's16.wav',
    'stereo.mp3',
  ];
  const bad: Readonly<Record<string, string>> = {
    'zip-renamed.mp3': 'unsupported-format',
    'empty.mp3': 'empty-file',
    'silence.wav': 'silent',
    'gone.mp3': 'unreadable-file',
    'replaced.mp3': 'file-changed',
  };

  beforeAll(() => {
    freshFolder();
    mkdirSync(join(folder, 'songs/碟 1'), { recursive: true });
    for (const name of [...good, 'zip-renamed.mp3', 'empty.mp3', 'silence.wav'])
      copyFileSync(fixture(name), path(name));
    copyFileSync(fixture('stereo.wav'), path('gone.mp3'));
    copyFileSync(fixture('s24.wav'), path('replaced.mp3'));
    writeFileSync(path('readme.txt'), 'no song');
    symlinkSync('/nowhere/at/all', path('unreadable.mp3'));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('is put in once, however often it is enqueued', async () => {
    const args = [join(folder, 'songs'), '--json', ...model, ...queueArgs];
    const first = await run('enqueue', args);
    expect(first.code).toBe(1);
    expect(JSON.parse(first.stdout)).toMatchObject({
      queued: 14,
      known: 0,
      failed: 1,
      skipped: 1,
      complete: true,
    });
    expect(JSON.parse(first.stderr)).toMatchObject({ file: path('unreadable.mp3'), code: 'unreadable-file' });
    const again = await run('enqueue', args);
    expect(JSON.parse(again.stdout)).toMatchObject({ queued: 0, known: 14, failed: 1 });
  });

  it('a worker killed in the middle: every song has one result, the bad ones are dead with their reason', async () => {
    rmSync(path('gone.mp3'));
    copyFileSync(fixture('text.mp3'), path('replaced.mp3'));
    const args = [...model, '--slots', '1', '--spool', join(folder, 'spool'), ...queueArgs];
    const first = start('worker', args);
    await first.line(({ event, outcome }) => event === 'job' && outcome === 'done');
    await first.stop('SIGKILL');
    const before = await ask((queue) => queue.counts());
    expect(before.waiting + before.active).toBeGreaterThan(0);

    const second = start('worker', args);
    await second.line(({ event }) => event === 'started');
    await drained();
    expect(await second.stop('SIGTERM')).toBe(0);
    expect(second.lines.at(-1)).toMatchObject({ event: 'stopped' });

    const { stdout } = await run('queue', ['results', '--limit', '1000', ...queueArgs]);
    const found = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as SongResult);
    expect(found.map((result) => result.songId).toSorted()).toEqual(good.map(songId).toSorted());
    for (const result of found) {
      const bytes = readFileSync(join(folder, 'songs', result.songId));
      expect(result.audioSha256).toBe(createHash('sha256').update(bytes).digest('hex'));
      expect(result.top5).toHaveLength(5);
      expect(result.top5[0]).toEqual({ genre: result.genre, confidence: result.confidence });
    }
    const dead = await json<DeadJob[]>('dead');
    expect(Object.fromEntries(dead.map((one) => [one.songId, one.error?.code]))).toEqual(
      Object.fromEntries(Object.entries(bad).map(([name, code]) => [songId(name), code])),
    );
    // A file that is missing may come back; one that no decoder reads will not.
    expect(dead.find((one) => one.songId === songId('gone.mp3'))?.attempts).toBe(2);
    expect(dead.find((one) => one.songId === songId('zip-renamed.mp3'))?.attempts).toBe(1);
    expect(await json<QueueCounts>('status')).toMatchObject({ waiting: 0, active: 0, dead: 5, done: 9 });
  });

  it('a dead job is requeued when its file is back; a paused queue waits until it is resumed; others are removed', async () => {
    copyFileSync(fixture('stereo.wav'), path('gone.mp3'));
    const dead = await ask((queue) => queue.dead(100, 0));
    const gone = dead.find((one) => one.songId === songId('gone.mp3'))?.jobId ?? '';
    await json('pause');
    expect(await json('requeue', gone)).toEqual({ requeued: 1 });
    const worker = start('worker', [
      ...model,
      '--slots',
      '1',
      '--spool',
      join(folder, 'spool'),
      ...queueArgs,
    ]);
    await worker.line(({ event }) => event === 'started');
    await new Promise((resolve) => setTimeout(resolve, 1500));
    expect(worker.lines.filter(({ event }) => event === 'job')).toEqual([]);
    expect(await ask((queue) => queue.counts())).toMatchObject({ paused: true, waiting: 1, active: 0 });
    await json('resume');
    await worker.line(({ outcome }) => outcome === 'done');
    await drained();
    expect(await json<SongResult>('result', songId('gone.mp3'))).toMatchObject({
      songId: songId('gone.mp3'),
    });
    expect(await ask((queue) => queue.status(gone))).toMatchObject({ state: 'done' });
    await worker.stop('SIGTERM');
    expect(await json('remove', '--all')).toEqual({ removed: 4 });
    expect(await ask((queue) => queue.counts())).toMatchObject({ dead: 0, done: 10 });
  });

  it('wrong usage is told with exit code 2, what is not there with 1', async () => {
    const wrong: readonly (readonly [string, readonly string[], string])[] = [
      ['queue', ['requeue'], 'requeue takes ids or --all'],
      ['queue', ['dance'], "no command 'dance'"],
      ['enqueue', [join(folder, 'songs'), '--priority', '10'], '--priority is 0 to 9'],
      ['enqueue', ['/nowhere/at/all'], 'no such file'],
      ['worker', ['now'], "no argument 'now'"],
    ];
    const ended = await Promise.all(
      wrong.map(async ([program, args]) => run(program, [...args, ...queueArgs])),
    );
    for (const [index, { code, stdout, stderr }] of ended.entries()) {
      expect([index, code, stdout]).toEqual([index, 2, '']);
      expect(stderr).toContain(wrong[index]?.[2]);
    }
    const none = await run('queue', ['result', 'nobody', ...queueArgs]);
    expect([none.code, none.stderr]).toEqual([1, 'queue: there is no such result\n']);
  });
});

describe('uploads over HTTP, with a webhook', () => {
  let receiver: Server;
  /** Of each request in its order. */
  const received: { id: string; songId: string; status: number; signed: boolean }[] = [];
  let failing = true;
  let hook = '';

  beforeAll(async () => {
    freshFolder();
    receiver = createServer((request, response) => {
      const pieces: Buffer[] = [];
      request.on('data', (piece: Buffer) => pieces.push(piece));
      request.on('end', () => {
        const body = Buffer.concat(pieces);
        const status = failing ? 503 : 204;
        received.push({
          id: String(request.headers['x-acousticsense-event-id']),
          songId: (JSON.parse(body.toString()) as SongResult).songId,
          status,
          signed: verifySignature(
            secret,
            body,
            String(request.headers['x-acousticsense-signature']),
            Date.now() / 1000,
          ),
        });
        response.writeHead(status).end();
      });
    });
    await new Promise<void>((done) => receiver.listen(0, '127.0.0.1', done));
    hook = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/hook`;
  });
  afterAll(() => {
    receiver.close();
    rmSync(folder, { recursive: true, force: true });
  });

  async function serve() {
    const service = start('serve', [
      ...model,
      '--port',
      '0',
      '--no-page',
      '--slots',
      '1',
      '--spool',
      join(folder, 'spool'),
      '--webhook-url',
      hook,
      '--allow-path',
      join(root, 'e2e/fixtures/audio'),
      ...queueArgs,
    ]);
    const { url } = (await service.line(({ event }) => event === 'listening')) as { readonly url: string };
    return { ...service, url };
  }

  it('what was acknowledged survives kill -9; every result is told once, in order, across restarts', async () => {
    const odd = 'a/b?c=d#é %歌';
    const first = await serve();
    const answer = await upload(first.url, odd, 'cbr.mp3');
    expect(answer.status).toBe(202);
    const { jobs } = (await answer.json()) as { jobs: { jobId: string; outcome: string }[] };
    expect(jobs).toMatchObject([{ songId: odd, outcome: 'queued' }]);
    expect((await upload(first.url, 'second', 'opus.opus')).status).toBe(202);
    // Acknowledged: from here on nothing may be lost.
    await first.stop('SIGKILL');

    const second = await serve();
    const result = `${second.url}api/songs/${encodeURIComponent(odd)}/genre`;
    await expect.poll(async () => (await fetch(result)).status, { timeout: 60_000, interval: 200 }).toBe(200);
    expect(await get<SongResult>(result)).toMatchObject({ songId: odd, jobId: jobs[0]?.jobId });
    await expect.poll(() => received.length, { timeout: 20_000 }).toBeGreaterThan(0);
    // The same upload again is known, and leaves nothing behind.
    expect(await (await upload(second.url, odd, 'cbr.mp3')).json()).toEqual({
      jobs: [{ songId: odd, jobId: jobs[0]?.jobId, outcome: 'known', state: 'done' }],
    });
    expect(await second.stop('SIGTERM')).toBe(0);
    expect(received.every(({ status }) => status === 503)).toBe(true);

    failing = false;
    const third = await serve();
    const songs = ['vbr.mp3', 's16.wav', 'no-such-file.mp3'].map((name) => ({
      song_id: name,
      path: fixture(name),
    }));
    const named = await fetch(`${third.url}api/jobs?priority=0`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ songs: [...songs, { song_id: 'secrets', path: '/etc/passwd' }] }),
    });
    expect(named.status).toBe(202);
    expect(await named.json()).toMatchObject({
      jobs: [
        { songId: 'vbr.mp3', outcome: 'queued' },
        { songId: 's16.wav', outcome: 'queued' },
        { songId: 'no-such-file.mp3', outcome: 'refused', error: { code: 'unreadable-file' } },
        { songId: 'secrets', outcome: 'refused', error: { code: 'path-not-allowed' } },
      ],
    });
    await upload(third.url, 'bad', 'zip-renamed.mp3');
    const told = (): string[] => received.filter(({ status }) => status === 204).map(({ id }) => id);
    await expect.poll(() => told().length, { timeout: 60_000 }).toBe(4);
    const feed = await get<{ results: SongResult[]; cursor: string }>(`${third.url}api/results`);
    expect(feed.results.map(({ songId }) => songId).toSorted()).toEqual(
      [odd, 's16.wav', 'second', 'vbr.mp3'].toSorted(),
    );
    expect(told()).toEqual(feed.results.map(({ jobId }) => jobId));
    expect(received.every(({ signed }) => signed)).toBe(true);
    expect(await get(`${third.url}api/results?since=${feed.cursor}`)).toEqual({
      results: [],
      cursor: feed.cursor,
    });
    // Uploads go when they are done; that of the dead stays, as it can be requeued.
    await expect
      .poll(async () => (await get<QueueCounts>(`${third.url}api/queue`)).dead, { timeout: 30_000 })
      .toBe(1);
    const { jobs: dead } = await get<{ jobs: DeadJob[] }>(`${third.url}api/jobs/dead`);
    expect(dead).toMatchObject([{ songId: 'bad', path: null, error: { code: 'unsupported-format' } }]);
    await expect.poll(() => spooled(), { timeout: 20_000 }).toContain(dead[0]?.jobId);
    expect(await third.stop('SIGTERM')).toBe(0);
    // A restart tells nothing again.
    const fourth = await serve();
    await new Promise((resolve) => setTimeout(resolve, 2500));
    expect(told()).toHaveLength(4);
    await fourth.stop('SIGTERM');
  });
});
