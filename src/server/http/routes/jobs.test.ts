import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { FastifyInstance } from 'fastify';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { err, ok } from '#core/result.ts';
import { testManifest } from '#core/testing/manifest.ts';
import { createHttpService } from '#server/http/httpService.ts';
import { type FakeParts, fakeParts, fakeQueue } from '#server/http/testing/fakeParts.ts';
import { formOf, formType } from '#server/http/testing/multipart.ts';
import { jobIdOf } from '#server/queue/jobId.ts';
import type { DeadJob, EnqueueOutcome, JobQueue, SongJob, SongResult } from '#server/queue/jobQueue.ts';
import { serviceError } from '#server/serviceErrors.ts';

let folder = '';
let app: FastifyInstance | null = null;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'acousticsense-jobs-'));
});
afterEach(async () => {
  await app?.close();
  app = null;
  rmSync(folder, { recursive: true, force: true });
});

const sound = 'a sound';
const sha256 = createHash('sha256').update(sound).digest('hex');
const weights = testManifest.weights.sha256;

/** A service whose queue keeps what it is given. */
async function service(changes: Partial<JobQueue> = {}) {
  const jobs: SongJob[] = [];
  const parts: FakeParts = fakeParts(['--allow-path', join(folder, 'music')]);
  const queue: JobQueue = {
    ...fakeQueue(),
    enqueue: async (given) => {
      jobs.push(...given);
      return ok(given.map((job): EnqueueOutcome => ({ jobId: jobIdOf(job), outcome: 'queued' })));
    },
    ...changes,
  };
  app = await createHttpService({ ...parts, queue });
  return { app, jobs, parts };
}

const form = (songId: string, content: string = sound): Buffer =>
  formOf([
    { name: 'song_id', content: songId },
    { name: 'audio', filename: '../../x.mp3', content },
  ]);
const formHeaders = { 'content-type': formType };
const jsonHeaders = { 'content-type': 'application/json' };

describe('an upload', () => {
  it('is in the spool under the id of its job before it is acknowledged', async () => {
    const { app, jobs, parts } = await service();
    const answer = await app.inject({
      method: 'POST',
      url: '/api/jobs?windows=3&priority=0&model=other-model',
      headers: formHeaders,
      payload: form('碟/1'),
    });
    expect(answer.statusCode).toBe(202);
    const model = { id: 'other-model', sha256: weights };
    const jobId = jobIdOf({ songId: '碟/1', audioSha256: sha256, model, windows: 3 });
    expect(answer.json()).toEqual({ jobs: [{ songId: '碟/1', jobId, outcome: 'queued' }] });
    expect(jobs).toEqual([
      {
        songId: '碟/1',
        path: join(parts.settings.spool, jobId),
        audioSha256: sha256,
        model,
        windows: 3,
        priority: 0,
        removeFile: true,
      },
    ]);
    expect(readFileSync(jobs[0]?.path ?? '', 'utf8')).toBe(sound);
    expect(parts.spooled()).toEqual([jobId]);
  });

  it('may be the body itself, with the song in the query', async () => {
    const { app, jobs } = await service();
    const answer = await app.inject({
      method: 'POST',
      url: `/api/jobs?song_id=${encodeURIComponent('a&b')}`,
      headers: { 'content-type': 'audio/mpeg' },
      payload: sound,
    });
    expect(answer.statusCode).toBe(202);
    expect(jobs[0]).toMatchObject({ songId: 'a&b', audioSha256: sha256, priority: 5, windows: null });
  });

  it('of a song that is done leaves nothing in the spool', async () => {
    const { app, parts } = await service({
      enqueue: async (given) =>
        ok(given.map((job): EnqueueOutcome => ({ jobId: jobIdOf(job), outcome: 'known', state: 'done' }))),
    });
    const answer = await app.inject({
      method: 'POST',
      url: '/api/jobs',
      headers: formHeaders,
      payload: form('a'),
    });
    expect(answer.json()).toMatchObject({ jobs: [{ outcome: 'known', state: 'done' }] });
    expect(parts.spooled()).toEqual([]);
  });

  it('stays in the spool where the queue does not say whether it took the job', async () => {
    const { app, parts } = await service({
      enqueue: async () => err(serviceError('queue-unavailable', 'a test')),
    });
    const answer = await app.inject({
      method: 'POST',
      url: '/api/jobs',
      headers: formHeaders,
      payload: form('a'),
    });
    expect(answer.statusCode).toBe(503);
    expect(answer.json()).toMatchObject({ code: 'queue-unavailable' });
    expect(parts.spooled()).toHaveLength(1);
  });

  it.each([
    ['without a song', '', formOf([{ name: 'audio', filename: 'a.mp3', content: sound }]), 'bad-song-id'],
    ['with a long song', '', form('x'.repeat(201)), 'bad-song-id'],
    ['with a control character', '', form('a\u0007b'), 'bad-song-id'],
    ['with two songs', '?song_id=b', form('a'), 'bad-request'],
    ['without audio', '', formOf([{ name: 'song_id', content: 'a' }]), 'missing-audio'],
    [
      'with a parameter as a field',
      '',
      formOf([
        { name: 'song_id', content: 'a' },
        { name: 'priority', content: '0' },
        { name: 'audio', filename: 'a.mp3', content: sound },
      ]),
      'bad-request',
    ],
    ['with an unknown model', '?model=nobody', form('a'), 'unknown-model'],
    ['with wrong windows', '?windows=0', form('a'), 'bad-windows'],
    ['with a wrong priority', '?priority=10', form('a'), 'bad-request'],
    ['with an unknown parameter', '?top_k=3', form('a'), 'bad-request'],
    ['with a parameter twice', '?priority=1&priority=2', form('a'), 'bad-request'],
  ])('%s is refused and leaves nothing', async (_, query, payload, code) => {
    const { app, jobs, parts } = await service();
    const answer = await app.inject({
      method: 'POST',
      url: `/api/jobs${query}`,
      headers: formHeaders,
      payload,
    });
    expect(answer.json()).toMatchObject({ code });
    expect(answer.statusCode).toBe(400);
    expect(jobs).toEqual([]);
    expect(parts.spooled()).toEqual([]);
  });
});

const post = (app: FastifyInstance, payload: unknown, query = '') =>
  app.inject({
    method: 'POST',
    url: `/api/jobs${query}`,
    headers: jsonHeaders,
    payload: JSON.stringify(payload),
  });

describe('songs by path', () => {
  it('are hashed and queued; one that cannot be is refused by itself', async () => {
    mkdirSync(join(folder, 'music'));
    writeFileSync(join(folder, 'music/a.mp3'), sound);
    writeFileSync(join(folder, 'outside.mp3'), sound);
    symlinkSync(join(folder, 'outside.mp3'), join(folder, 'music/link.mp3'));
    const { app, jobs } = await service();
    const path = join(folder, 'music/a.mp3');
    const songs = [
      { song_id: 'outside', path: join(folder, 'outside.mp3') },
      { song_id: 'a', path, priority: 9 },
      { song_id: 'link', path: join(folder, 'music/link.mp3') },
      { song_id: 'up', path: join(folder, 'music/../outside.mp3') },
      { song_id: 'gone', path: join(folder, 'music/gone.mp3') },
      { song_id: 'relative', path: 'music/a.mp3' },
      { song_id: 'nul', path: `${path}\0.mp3` },
      { song_id: 'bad\nid', path },
      { song_id: 'b', path },
    ];
    const answer = await post(app, { songs }, '?windows=2&priority=1');
    expect(answer.statusCode).toBe(202);
    const told = answer.json<{ jobs: { songId: string; outcome: string; error?: { code: string } }[] }>();
    expect(told.jobs.map((one) => [one.songId, one.error?.code ?? one.outcome])).toEqual([
      ['outside', 'path-not-allowed'],
      ['a', 'queued'],
      ['link', 'path-not-allowed'],
      ['up', 'path-not-allowed'],
      ['gone', 'unreadable-file'],
      ['relative', 'bad-request'],
      ['nul', 'path-not-allowed'],
      ['bad\nid', 'bad-song-id'],
      ['b', 'queued'],
    ]);
    expect(
      jobs.map(({ songId, priority, windows, removeFile }) => [songId, priority, windows, removeFile]),
    ).toEqual([
      ['a', 9, 2, false],
      ['b', 1, 2, false],
    ]);
  });

  it('none of which can be taken are a failure', async () => {
    const { app } = await service();
    const answer = await post(app, { songs: [{ song_id: 'a', path: '/etc/passwd' }] });
    expect(answer.statusCode).toBe(403);
    expect(answer.json()).toMatchObject({ code: 'path-not-allowed', details: { member: 'songs.0' } });
  });

  it.each([
    [{}, 'songs'],
    [{ songs: [] }, 'songs'],
    [{ songs: Array.from({ length: 1001 }, () => ({ song_id: 'a', path: '/a' })) }, 'songs'],
    [{ songs: [{ song_id: 'a', path: '/a' }], model: 'm' }, 'model'],
    [{ songs: [null] }, 'songs.0'],
    [{ songs: [{ song_id: 1, path: '/a' }] }, 'songs.0.song_id'],
    [{ songs: [{ song_id: 'a', path: '/a' }, { song_id: 'a' }] }, 'songs.1.path'],
    [{ songs: [{ song_id: 'a', path: '/a', priority: 1.5 }] }, 'songs.0.priority'],
    [{ songs: [{ song_id: 'a', path: '/a', priotity: 1 }] }, 'songs.0.priotity'],
    [null, 'songs'],
  ])('body %j names the member that is wrong', async (body, member) => {
    const { app } = await service();
    const answer = await post(app, body);
    expect(answer.statusCode).toBe(400);
    expect(answer.json()).toMatchObject({ code: 'bad-request', details: { member } });
  });
});

const result: SongResult = {
  songId: '碟/1 %?',
  genre: 'Jazz',
  confidence: 0.8,
  top5: [{ genre: 'Jazz', confidence: 0.8 }],
  model: { id: 'm', version: '1', sha256: weights },
  audioSha256: sha256,
  durationSeconds: 3,
  agreement: 1,
  at: '2026-01-01T00:00:00.000Z',
  jobId: '0'.repeat(40),
};

it('the result of a song is found by its id, however odd', async () => {
  const { app } = await service({ songResult: async (id) => ok(id === result.songId ? result : null) });
  const found = await app.inject(`/api/songs/${encodeURIComponent(result.songId)}/genre`);
  expect([found.statusCode, found.json()]).toEqual([200, result]);
  expect((await app.inject('/api/songs/nobody/genre')).json()).toMatchObject({ code: 'not-found' });
  expect((await app.inject('/api/songs/a%00b/genre')).json()).toMatchObject({ code: 'bad-song-id' });
  expect((await app.inject('/api/songs/%ff/genre')).statusCode).toBe(400);
});

it('the feed is read from a cursor on', async () => {
  const asked: unknown[] = [];
  const { app } = await service({
    resultsSince: async (...args) => {
      asked.push(args);
      return ok({ results: [result], cursor: '17-0' });
    },
  });
  expect((await app.inject('/api/results')).json()).toEqual({ results: [result], cursor: '17-0' });
  await app.inject('/api/results?since=17-0&limit=1000');
  expect(asked).toEqual([
    ['', 100],
    ['17-0', 1000],
  ]);
  for (const query of ['limit=0', 'limit=1001', 'limit=x', 'since=%0a', 'since=a&since=b', 'offset=1']) {
    expect((await app.inject(`/api/results?${query}`)).json()).toMatchObject({ code: 'bad-request' });
  }
});

it('the dead are listed without the paths of uploads, and requeued', async () => {
  const requeued: unknown[] = [];
  const job: SongJob = {
    songId: 'a',
    path: '/spool/x',
    audioSha256: sha256,
    model: { id: 'm', sha256: weights },
    windows: null,
    priority: 5,
    removeFile: true,
  };
  const dead: DeadJob = {
    jobId: '1'.repeat(40),
    songId: 'a',
    state: 'dead',
    attempts: 1,
    error: serviceError('silent', 'no sound'),
    job,
    diedAt: '2026-01-01T00:00:00.000Z',
  };
  const { app } = await service({
    dead: async () => ok([dead, { ...dead, job: { ...job, path: '/music/a.mp3', removeFile: false } }]),
    requeueDead: async (ids) => {
      requeued.push(ids);
      return ok(2);
    },
  });
  const listed = (await app.inject('/api/jobs/dead?limit=2&offset=0')).json<{
    jobs: { path: string | null }[];
  }>();
  expect(listed.jobs.map(({ path }) => path)).toEqual([null, '/music/a.mp3']);
  expect(listed.jobs[0]).toEqual({
    jobId: dead.jobId,
    songId: 'a',
    state: 'dead',
    attempts: 1,
    error: dead.error,
    path: null,
    model: job.model,
    windows: null,
    priority: 5,
    diedAt: dead.diedAt,
  });
  const post = (payload: object) => app.inject({ method: 'POST', url: '/api/jobs/requeue', payload });
  expect((await post({ jobIds: ['x'] })).json()).toEqual({ requeued: 2 });
  expect((await post({ all: true })).json()).toEqual({ requeued: 2 });
  expect(requeued).toEqual([['x'], 'all']);
  for (const wrong of [{}, { all: false }, { all: true, jobIds: ['x'] }, { jobIds: [] }]) {
    expect((await post(wrong)).statusCode).toBe(400);
  }
});

it('the queue is shown with its drain time, paused and resumed', async () => {
  const calls: string[] = [];
  const { app } = await service({
    counts: async () =>
      ok({
        waiting: 8,
        delayed: 1,
        active: 1,
        dead: 0,
        done: 3,
        paused: calls.at(-1) === 'pause',
        workers: 1,
        concurrency: 2,
        finishedPerSecond: 0.5,
      }),
    pause: async () => ok(void calls.push('pause')),
    resume: async () => ok(void calls.push('resume')),
  });
  expect((await app.inject('/api/queue')).json()).toMatchObject({ waiting: 8, predictedDrainSeconds: 20 });
  expect((await app.inject({ method: 'POST', url: '/api/queue/pause' })).json()).toEqual({ paused: true });
  expect((await app.inject('/api/queue')).json()).toMatchObject({
    paused: true,
    predictedDrainSeconds: null,
  });
  expect((await app.inject({ method: 'POST', url: '/api/queue/resume' })).json()).toEqual({ paused: false });
  expect(calls).toEqual(['pause', 'resume']);
});

it('a job is found by its id; no other text reaches the queue', async () => {
  const asked: string[] = [];
  const jobId = 'a'.repeat(40);
  const status = { jobId, songId: 's', state: 'delayed', attempts: 1, error: null } as const;
  const { app } = await service({
    status: async (id) => {
      asked.push(id);
      return ok(id === jobId ? status : null);
    },
  });
  expect((await app.inject(`/api/jobs/${jobId}`)).json()).toEqual(status);
  expect((await app.inject(`/api/jobs/${'b'.repeat(40)}`)).statusCode).toBe(404);
  expect((await app.inject('/api/jobs/..%2f..%2fx')).statusCode).toBe(404);
  expect(asked).toEqual([jobId, 'b'.repeat(40)]);
});

it('while the queue is away every route says so, with 503', async () => {
  const { app } = await service({ ...fakeQueue(false) });
  for (const url of [
    '/api/queue',
    '/api/jobs/dead',
    `/api/jobs/${'a'.repeat(40)}`,
    '/api/songs/a/genre',
    '/api/results',
  ]) {
    const answer = await app.inject(url);
    expect([url, answer.statusCode, answer.json<{ code: string }>().code]).toEqual([
      url,
      503,
      'queue-unavailable',
    ]);
  }
  expect((await app.inject({ method: 'POST', url: '/api/queue/pause' })).statusCode).toBe(503);
});
