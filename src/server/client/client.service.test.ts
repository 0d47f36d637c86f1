import { createReadStream, openAsBlob } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createServiceClient, type ServiceClient } from '#server/client/client.ts';
import { ServiceProgram } from '#server/client/testing/serviceProgram.ts';
import { type Answer, answerCheck, type DescribedApi } from '#server/http/testing/describedAnswers.ts';
import { audioFixturePath } from '../../../e2e/fixtures/audio/index.ts';

/** The client against the running program, and every answer that the program gives it against its description. */

const model = 'acousticsense-vit-ti16';
const key = 'a-key-of-the-catalogue';
const song = audioFixturePath('music.flac');
const damaged = audioFixturePath('zip-renamed.mp3');

let program: ServiceProgram;
let client: ServiceClient;
let described: DescribedApi;
let problemOf: ReturnType<typeof answerCheck>;
const answers: Answer[] = [];

/** fetch that keeps what was answered, under the path as the description has it. */
async function keeping(request: Request): Promise<Response> {
  const response = await fetch(request);
  const { pathname } = new URL(request.url);
  const path =
    pathname in described.paths
      ? pathname
      : Object.keys(described.paths).find((pattern) =>
          new RegExp(`^${pattern.replaceAll(/\{\w+\}/g, '[^/]+')}$`).test(pathname),
        );
  const contentType = response.headers.get('content-type') ?? '';
  const text = await response.clone().text();
  const body: unknown = contentType.startsWith('application/json') ? JSON.parse(text) : text;
  answers.push({
    method: request.method,
    path: path ?? pathname,
    status: response.status,
    contentType,
    body,
  });
  return response;
}

/** A request that the types would not let pass, for its answer. */
const raw = async (path: string, init: RequestInit = {}): Promise<number> =>
  (
    await keeping(
      new Request(program.url + path, {
        ...init,
        headers: { 'x-api-key': key, ...(init.headers as object) },
      }),
    )
  ).status;

beforeAll(async () => {
  const options = [
    '--no-page',
    '--slots',
    '1',
    '--model',
    model,
    '--attempts',
    '1',
    '--max-bytes',
    '2000000',
  ];
  program = await ServiceProgram.start([...options, '--allow-path', dirname(song)], {
    ACOUSTICSENSE_API_KEYS_INLINE: `catalogue:${key}`,
  });
  described = (await (await fetch(`${program.url}openapi.json`)).json()) as DescribedApi;
  problemOf = answerCheck(described);
  client = createServiceClient({ baseUrl: program.url, apiKey: key, fetch: keeping });
});

afterAll(async () => {
  expect(await program.stop()).toBe(0);
});

/** The value of an answer that has to be one. */
function valueOf<T>(
  answer: { readonly ok: true; readonly value: T } | { readonly ok: false; readonly error: unknown },
): T {
  if (!answer.ok) throw new Error(JSON.stringify(answer.error));
  return answer.value;
}

describe('a song', () => {
  it('gives the same as a file, as bytes, as a stream and by its path', async () => {
    const file = new File([await openAsBlob(song)], 'évensong 歌.flac');
    const asFile = valueOf(await client.analyse(file, { top_k: 16 }));
    const asBytes = valueOf(await client.analyse(await readFile(song), { top_k: 16, name: 'b.flac' }));
    const asStream = valueOf(await client.analyse(createReadStream(song), { top_k: 16 }));
    const asPath = valueOf(await client.analysePath(song, { top_k: 16 }));
    expect(asFile.results).toHaveLength(16);
    for (const other of [asBytes, asStream, asPath]) {
      expect(other.results).toEqual(asFile.results);
      expect(other.audio.sha256).toBe(asFile.audio.sha256);
    }
    expect([asFile, asBytes, asPath].map(({ audio }) => audio.name)).toEqual([
      'évensong 歌.flac',
      'b.flac',
      basename(song),
    ]);
    expect(asFile.model.id).toBe(model);
  });

  it.each(['rollout', 'relevance'] as const)('comes with its patch grid: %s', async (explain) => {
    const { explain: grid, results } = valueOf(await client.analysePath(song, { explain, top_k: 1 }));
    expect(results).toHaveLength(1);
    expect(grid).toMatchObject({ method: explain, rows: 14, columns: 14 });
    expect(grid?.genre).toBe(explain === 'rollout' ? null : results[0]?.genre);
    expect(grid?.rowEdgesHz).toHaveLength(15);
    const sum = grid?.windows[0]?.patches.reduce((total, value) => total + value, 0);
    expect(sum).toBeCloseTo(1, 3);
  });

  it('that is none is refused with its code and both languages', async () => {
    const answer = await client.analyse(await openAsBlob(damaged));
    expect(answer).toMatchObject({ ok: false, error: { code: 'unsupported-format', status: 422 } });
    if (!answer.ok) expect(answer.error.body?.error).toMatch(/\p{Script=Han}/u);
  });

  it('goes through the queue, once, and is found by its id and in the feed', async () => {
    const id = 'catalogue/歌 1?';
    const first = valueOf(await client.enqueue(id, await openAsBlob(song), { name: 'song.flac' }));
    expect(first).toMatchObject({ songId: id, outcome: 'queued' });
    const again = valueOf(await client.enqueue(id, createReadStream(song)));
    expect(again).toMatchObject({ outcome: 'known', jobId: first.jobId });
    await expect
      .poll(async () => valueOf(await client.job(first.jobId ?? ''))?.state, {
        timeout: 60_000,
        interval: 200,
      })
      .toBe('done');
    const result = valueOf(await client.song(id));
    expect(result).toMatchObject({ songId: id, jobId: first.jobId });
    const direct = valueOf(await client.analysePath(song));
    expect(result?.genre).toBe(direct.results[0]?.genre);
    const found = [];
    for await (const page of client.results('', 1)) found.push(...valueOf(page).results);
    expect(found.map(({ songId }) => songId)).toEqual([id]);
    expect(valueOf(await client.song('never'))).toBeNull();
    expect(valueOf(await client.job('0'.repeat(40)))).toBeNull();
  });

  it('that is none ends among the dead, and comes back from there', async () => {
    const songs = valueOf(
      await client.enqueuePaths([
        { song_id: 'broken', path: damaged },
        { song_id: 'gone', path: `${dirname(song)}/nothing.mp3` },
      ]),
    );
    expect(songs).toMatchObject([
      { songId: 'broken', outcome: 'queued' },
      { songId: 'gone', outcome: 'refused', error: { code: 'unreadable-file' } },
    ]);
    const jobId = songs[0]?.jobId ?? '';
    await expect
      .poll(async () => valueOf(await client.job(jobId))?.state, { timeout: 60_000, interval: 200 })
      .toBe('dead');
    const { data: dead } = await client.api.GET('/api/jobs/dead');
    expect(dead?.jobs).toMatchObject([{ jobId, songId: 'broken', error: { code: 'unsupported-format' } }]);
    await client.api.POST('/api/queue/pause');
    const { data: requeued } = await client.api.POST('/api/jobs/requeue', { body: { all: true } });
    expect(requeued).toEqual({ requeued: 1 });
    const { data: counts } = await client.api.GET('/api/queue');
    expect(counts).toMatchObject({ paused: true, waiting: 1, predictedDrainSeconds: null });
    const { data: resumed } = await client.api.POST('/api/queue/resume');
    expect(resumed).toEqual({ paused: false });
  });
});

it('models, and a key that is wrong', async () => {
  const models = valueOf(await client.models());
  expect(models.find(({ isDefault }) => isDefault)?.id).toBe(model);
  expect(models[0]?.labels).toHaveLength(16);
  const stranger = createServiceClient({ baseUrl: program.url, apiKey: 'wrong', fetch: keeping });
  expect(await stranger.models()).toMatchObject({ ok: false, error: { code: 'unauthorized', status: 401 } });
});

it('nobody at the address is a value, too', async () => {
  const nobody = createServiceClient({ baseUrl: 'http://127.0.0.1:9' });
  expect(await nobody.models()).toMatchObject({ ok: false, error: { code: 'unreachable', status: null } });
});

describe('every answer is as /openapi.json says', () => {
  const audio = 'application/octet-stream';
  it.each<[string, RequestInit, number]>([
    ['health', {}, 200],
    ['ready', {}, 200],
    ['metrics', {}, 200],
    ['metrics', { headers: { 'x-api-key': 'wrong' } }, 401],
    ['api/genre', { method: 'POST' }, 400],
    ['api/genre?top_k=17', { method: 'POST', body: 'x', headers: { 'content-type': audio } }, 400],
    ['api/genre?explain=why', { method: 'POST', body: 'x', headers: { 'content-type': audio } }, 400],
    ['api/genre?model=none', { method: 'POST', body: 'x', headers: { 'content-type': audio } }, 400],
    ['api/genre', { method: 'POST', body: 'x', headers: { 'content-type': 'text/plain' } }, 415],
    ['api/genre', { method: 'POST', body: '{', headers: { 'content-type': 'application/json' } }, 400],
    [
      'api/genre',
      { method: 'POST', body: '{"path":"/etc/passwd"}', headers: { 'content-type': 'application/json' } },
      403,
    ],
    ['api/genre', { method: 'POST', body: 'not a sound', headers: { 'content-type': audio } }, 422],
    ['api/genre', { method: 'POST', body: Buffer.alloc(2_000_001), headers: { 'content-type': audio } }, 413],
    [
      'api/genre?format=csv',
      {
        method: 'POST',
        body: JSON.stringify({ path: song }),
        headers: { 'content-type': 'application/json' },
      },
      200,
    ],
    [
      'api/jobs',
      { method: 'POST', body: '{"songs":[]}', headers: { 'content-type': 'application/json' } },
      400,
    ],
    [
      'api/jobs?priority=10',
      { method: 'POST', body: '{}', headers: { 'content-type': 'application/json' } },
      400,
    ],
    [
      'api/jobs/requeue',
      { method: 'POST', body: '{}', headers: { 'content-type': 'application/json' } },
      400,
    ],
    ['api/jobs/nothing', {}, 404],
    ['api/jobs/dead?limit=0', {}, 400],
    [`api/songs/${'x'.repeat(201)}/genre`, {}, 400],
    ['api/results?since=nonsense', {}, 400],
  ])('%s, %#', async (path, init, status) => {
    const before = answers.length;
    expect(await raw(path, init)).toBe(status);
    const answer = answers[before];
    if (answer === undefined) throw new Error('nothing was kept');
    expect(problemOf(answer)).toBeNull();
  });

  it('those to the client as well', () => {
    const problems = answers.map(problemOf).filter((problem) => problem !== null);
    expect(problems).toEqual([]);
    const asked = new Set(answers.map(({ method, path }) => `${method.toLowerCase()} ${path}`));
    const all = Object.entries(described.paths).flatMap(([path, item]) =>
      Object.keys(item).map((method) => `${method} ${path}`),
    );
    expect(all.filter((operation) => !asked.has(operation))).toEqual([]);
  });
});
