import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { execFileSync } from 'node:child_process';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { FastifyInstance, InjectOptions } from 'fastify';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { err, ok, type Result } from '#core/result.ts';
import { readCsv } from '#core/testing/readCsv.ts';
import { createHttpService } from '#server/http/httpService.ts';
import { answerProblem, type DescribedApi } from '#server/http/testing/describedAnswers.ts';
import { analysedOf, fakeParts, type FakeParts, fakeQueue, gate } from '#server/http/testing/fakeParts.ts';
import { formOf, formType } from '#server/http/testing/multipart.ts';
import { type ServiceError, serviceError } from '#server/serviceErrors.ts';

const song = Buffer.from('ID3 not a song, but the fake does not mind');
const form = formOf([{ name: 'audio', filename: 'song.mp3', content: song }]);
const formOfBytes = (bytes: number): Buffer =>
  formOf([{ name: 'audio', filename: 'a', content: Buffer.alloc(bytes) }]);
const open: FastifyInstance[] = [];

afterEach(async () => {
  for (const app of open.splice(0)) await app.close();
});

async function service(
  args: readonly string[] = [],
  environment: Record<string, string> = {},
  change: (parts: FakeParts) => Partial<FakeParts> = () => ({}),
): Promise<{ app: FastifyInstance; parts: FakeParts; ask: typeof ask }> {
  const made = fakeParts(args, environment);
  const parts = { ...made, ...change(made) };
  const app = await createHttpService(parts);
  await app.ready();
  open.push(app);
  const document = app.swagger() as unknown as DescribedApi;
  /** An answer, held against the description where it is of a described route. */
  async function ask(options: InjectOptions & { readonly url: string }) {
    const answer = await app.inject(options);
    const path = options.url.split('?', 1)[0]!;
    const method = options.method ?? 'GET';
    const contentType = String(answer.headers['content-type']);
    const body: unknown = contentType.startsWith('application/json') ? answer.json() : answer.body;
    if (answer.statusCode >= 400) {
      expect(body).toMatchObject({ requestId: answer.headers['x-request-id'] });
      expect(contentType).toBe('application/json; charset=utf-8');
    }
    if (document.paths[path]?.[method.toLowerCase()] !== undefined) {
      expect(
        answerProblem(document, { method, path, status: answer.statusCode, contentType, body }),
      ).toBeNull();
    }
    // Nothing stays behind, whatever was answered.
    expect(parts.spooled()).toEqual([]);
    return {
      status: answer.statusCode,
      headers: answer.headers,
      body: body as Record<string, unknown>,
      text: answer.body,
    };
  }
  return { app, parts, ask };
}

const post = (payload: Buffer | string, type = formType, query = ''): InjectOptions & { url: string } => ({
  method: 'POST',
  url: `/api/genre${query}`,
  headers: { 'content-type': type },
  payload,
});

describe('POST /api/genre', () => {
  it('answers the five most likely genres of a multipart file', async () => {
    const { ask, parts } = await service();
    const { status, body, headers } = await ask(post(form));
    expect(status).toBe(200);
    expect(body['results']).toEqual([
      { genre: 'Jazz', zh: '爵士', confidence: 0.5 },
      { genre: 'R&B', zh: '节奏布鲁斯', confidence: 0.3 },
      { genre: 'Rock', zh: '摇滚', confidence: 0.15 },
      { genre: 'Classical', zh: '古典', confidence: 0.05 },
    ]);
    expect(body['track']).toMatchObject({ duration: 20, windows: 3, silentWindows: 0, agreement: 0.666667 });
    expect(body['model']).toEqual({ id: 'test-model', version: '1.2.3', sha256: 'cd'.repeat(32) });
    expect(body).not.toHaveProperty('explain');
    expect(headers['cache-control']).toBe('no-store');
    expect(parts.pool.heard).toEqual([song]);
    expect(parts.pool.asked[0]).toMatchObject({
      name: 'song.mp3',
      modelId: 'test-model',
      priority: 'interactive',
      relevance: false,
      windows: null,
      timeLimitMs: 300_000,
    });
  });

  it.each(['audio/mpeg', 'audio/x-m4a', 'application/octet-stream', 'video/webm', 'application/ogg; x=y'])(
    'takes a raw body of type %s',
    async (type) => {
      const { ask, parts } = await service();
      expect((await ask(post(song, type))).status).toBe(200);
      expect(parts.pool.heard).toEqual([song]);
    },
  );

  it('passes on what the query asks for', async () => {
    const { ask, parts } = await service();
    const { body } = await ask(post(form, formType, '?top_k=2&model=other-model&windows=7'));
    expect(body['results']).toHaveLength(2);
    expect(parts.pool.asked[0]).toMatchObject({ modelId: 'other-model', windows: 7 });
  });

  it.each(['rollout', 'relevance'])('adds the patch grid of %s', async (method) => {
    const { ask, parts } = await service();
    const { body } = await ask(post(form, formType, `?explain=${method}`));
    expect(parts.pool.asked[0]!.relevance).toBe(method === 'relevance');
    const explain = body['explain'] as Record<string, unknown>;
    expect(explain).toMatchObject({
      method,
      genre: method === 'relevance' ? 'Jazz' : null,
      rows: 14,
      columns: 14,
      columnSeconds: 0.743039,
    });
    const edges = explain['rowEdgesHz'] as number[];
    expect([edges.length, edges[0], edges[14]]).toEqual([15, 0, 11_025]);
    const windows = explain['windows'] as { index: number; startSeconds: number; patches: number[] }[];
    expect(windows.map(({ index, startSeconds }) => [index, startSeconds])).toEqual([
      [0, 0],
      [1, 5],
      [2, 10],
    ]);
    expect(windows[0]!.patches.indexOf(1)).toBe(3);
    expect(windows[0]!.patches).toHaveLength(196);
  });

  it('gives the rows of a picture from the lowest frequencies on as well', async () => {
    const { ask, parts } = await service();
    parts.pool.answer = async (request) => {
      const analysed = analysedOf(request);
      const input = { kind: 'magma-picture', rasterWidth: 1, rasterHeight: 1, mean: [], std: [] } as const;
      const { report } = analysed;
      const model = { ...report.model, frontEnd: { ...report.model.frontEnd, input } };
      return ok({ ...analysed, report: { ...report, model } });
    };
    const { body } = await ask(post(form, formType, '?explain=rollout'));
    const [window] = (body['explain'] as { windows: { patches: number[] }[] }).windows;
    expect(window!.patches.indexOf(1)).toBe(13 * 14 + 3);
  });

  it('leaves silent windows out of the patch grid', async () => {
    const { ask, parts } = await service();
    parts.pool.answer = async (request) => {
      const analysed = analysedOf(request);
      const windows = analysed.report.windows.map((window) =>
        window.index === 1 ? { ...window, silent: true, predictions: [], rollout: [] } : window,
      );
      return ok({ ...analysed, report: { ...analysed.report, windows } });
    };
    const { body } = await ask(post(form, formType, '?explain=rollout'));
    expect((body['explain'] as { windows: { index: number }[] }).windows.map(({ index }) => index)).toEqual([
      0, 2,
    ]);
    expect(body['track']).toMatchObject({ windows: 3, silentWindows: 1 });
  });

  it('answers a table that no spreadsheet takes for a formula', async () => {
    const { ask } = await service();
    const evil = formOf([{ name: 'audio', filename: '=cmd|x!A1,b', content: song }]);
    const { status, headers, text } = await ask(post(evil, formType, '?format=csv&top_k=2'));
    expect([status, headers['content-type']]).toEqual([200, 'text/csv; charset=utf-8']);
    const [head, first, second, ...rest] = readCsv(text);
    expect(head!.slice(0, 5)).toEqual(['file', 'rank', 'genre', 'genre_zh', 'confidence']);
    expect(first!.slice(0, 5)).toEqual(["'=cmd|x!A1,b", '1', 'Jazz', '爵士', '0.5']);
    expect(second!.slice(1, 5)).toEqual(['2', 'R&B', '节奏布鲁斯', '0.3']);
    expect(rest).toEqual([]);
  });

  it.each([
    ['?top_k=0', 'bad-top-k'],
    ['?top_k=5', 'bad-top-k'],
    ['?top_k=17', 'bad-top-k'],
    ['?top_k=', 'bad-top-k'],
    ['?top_k=2.0', 'bad-top-k'],
    ['?top_k=%202', 'bad-top-k'],
    ['?top_k=0x2', 'bad-top-k'],
    ['?top_k=1e0', 'bad-top-k'],
    ['?top_k=-1', 'bad-top-k'],
    ['?top_k=two', 'bad-top-k'],
    ['?top_k=1&top_k=2', 'bad-top-k'],
    ['?explain=yes', 'bad-explain'],
    ['?explain=', 'bad-explain'],
    ['?format=xml', 'bad-format'],
    ['?format=csv&explain=rollout', 'bad-format'],
    ['?windows=0', 'bad-windows'],
    ['?windows=10001', 'bad-windows'],
    ['?windows=all', 'bad-windows'],
    ['?model=none', 'unknown-model'],
    ['?model=__proto__', 'unknown-model'],
    ['?topk=3', 'bad-request'],
    ['?__proto__=3', 'bad-request'],
  ])('refuses %s as %s without reading the file', async (query, code) => {
    const { ask, parts } = await service();
    const { status, body } = await ask(post(form, formType, query));
    expect([status, body['code']]).toEqual([400, code]);
    expect(parts.pool.asked).toEqual([]);
  });

  it('says in Chinese and for programs that the file is missing', async () => {
    const { ask } = await service();
    const wrongName = formOf([{ name: 'file', filename: 'song.mp3', content: song }]);
    const answers = [
      await ask(post(wrongName)),
      await ask(post(formOf([{ name: 'audio', content: 'text' }]))),
      await ask(post(formOf([]))),
      // A form that was sent without a choice.
      await ask(post(formOf([{ name: 'audio', filename: '', content: '' }]))),
      await ask({ method: 'POST', url: '/api/genre' }),
      await ask(post('', 'audio/mpeg')),
      await ask(post('{}', 'application/json')),
    ];
    for (const { status, body } of answers) {
      expect([status, body['error'], body['code']]).toEqual([400, '缺少audio文件', 'missing-audio']);
    }
    expect(answers[0]!.body['details']).toEqual({ found: 'file' });
  });

  it('hands an empty file to the decoder, which says so', async () => {
    const { ask, parts } = await service();
    parts.pool.answer = async () => err(serviceError('empty-file', 'no bytes'));
    const { status, body } = await ask(post(formOf([{ name: 'audio', filename: 'a.mp3', content: '' }])));
    expect([status, body['code']]).toEqual([422, 'empty-file']);
  });

  it.each([
    ['text/plain', 'x'],
    ['application/x-www-form-urlencoded', 'audio=x'],
    ['image/png', 'x'],
    ['nonsense', 'x'],
    ['multipart/mixed; boundary=x', '--x--'],
  ])('refuses the content type %s', async (type, payload) => {
    const { ask } = await service();
    const { status, body } = await ask(post(payload, type));
    expect([status, body['code']]).toEqual([415, 'unsupported-media-type']);
  });

  it('refuses a second file called audio, and a parameter that is sent as a field', async () => {
    const { ask, parts } = await service();
    const twice = formOf([
      { name: 'audio', filename: 'a.mp3', content: song },
      { name: 'audio', filename: 'b.mp3', content: song },
    ]);
    expect(await ask(post(twice))).toMatchObject({ status: 400, body: { code: 'bad-request' } });
    const misplaced = formOf([
      { name: 'audio', filename: 'a.mp3', content: song },
      { name: 'top_k', content: '3' },
    ]);
    expect(await ask(post(misplaced))).toMatchObject({
      status: 400,
      body: { code: 'bad-request', details: { field: 'top_k' } },
    });
    expect(parts.pool.asked).toEqual([]);
  });

  it('reads past files and fields of other names', async () => {
    const { ask, parts } = await service();
    const body = formOf([
      { name: 'cover', filename: 'c.png', content: 'x'.repeat(100_000) },
      { name: 'title', content: 'y' },
      { name: 'audio', filename: 'a.mp3', content: song },
      { name: 'more', filename: 'd.txt', content: 'z' },
    ]);
    expect((await ask(post(body))).status).toBe(200);
    expect(parts.pool.heard).toEqual([song]);
  });

  it.each([
    ['cut in the file', form.subarray(0, 150)],
    ['cut before the last boundary', form.subarray(0, form.length - 8)],
    ['cut in the headers of a part', form.subarray(0, 40)],
  ])('refuses a form that is %s', async (_name, payload) => {
    const { ask, parts } = await service();
    const { status, body } = await ask(post(payload));
    expect([status, body['code']]).toEqual([400, 'upload-incomplete']);
    expect(parts.pool.asked).toEqual([]);
  });

  it('refuses a form without a boundary, with another one, and with too many parts', async () => {
    const { ask } = await service();
    expect(await ask(post(form, 'multipart/form-data'))).toMatchObject({
      status: 400,
      body: { code: 'bad-request' },
    });
    expect((await ask(post(form, 'multipart/form-data; boundary=other'))).status).toBe(400);
    const many = formOf(Array.from({ length: 300 }, (_, index) => ({ name: `f${index}`, content: 'x' })));
    expect(await ask(post(many))).toMatchObject({ status: 400, body: { code: 'bad-request' } });
  });

  it('stops at the byte over the limit, in a form and raw', async () => {
    const { ask, parts } = await service(['--max-bytes', '1000']);
    expect((await ask(post(formOfBytes(1000)))).status).toBe(200);
    expect(await ask(post(formOfBytes(1001)))).toMatchObject({
      status: 413,
      body: { code: 'file-too-large', details: { limitBytes: 1000 } },
    });
    expect((await ask(post(Buffer.alloc(1000), 'audio/wav'))).status).toBe(200);
    expect((await ask(post(Buffer.alloc(1001), 'audio/wav'))).status).toBe(413);
    expect(parts.pool.heard.map(({ length }) => length)).toEqual([1000, 1000]);
  });

  it.each([
    ['decode-failed', 422],
    ['unsupported-format', 422],
    ['file-too-long', 422],
    ['time-limit', 422],
    ['decoder-crashed', 422],
    ['busy', 503],
    ['shutting-down', 503],
    ['storage-full', 507],
    ['internal', 500],
  ] as const)('answers %s of the pool with %i', async (code, expected) => {
    const { ask, parts } = await service();
    parts.pool.answer = async () => err(serviceError(code, 'a test', { retryAfterSeconds: 7 }));
    const { status, body, headers } = await ask(post(form));
    expect([status, body['code']]).toEqual([expected, code]);
    expect(headers['retry-after']).toBe(expected === 503 ? '7' : undefined);
  });

  it('answers a fault of the program with 500 and keeps its words to the log', async () => {
    const { ask, parts } = await service();
    parts.pool.answer = async () => {
      throw new Error('the secret of the house');
    };
    const { status, body, text } = await ask(post(form));
    expect([status, body['code']]).toEqual([500, 'internal']);
    expect(text).not.toContain('secret');
    expect(JSON.stringify(parts.lines)).toContain('the secret of the house');
  });

  it('refuses before it reads where too many wait already', async () => {
    const { ask, parts } = await service(['--max-waiting', '3']);
    parts.pool.count = {
      ...parts.pool.count,
      busy: 2,
      waiting: { interactive: 4, batch: 0 },
      meanSeconds: 2.5,
    };
    const { status, body, headers } = await ask(post(form));
    expect([status, body['code'], headers['retry-after']]).toEqual([503, 'busy', '5']);
    expect(parts.pool.asked).toEqual([]);
  });

  it.each([
    ['../../etc/passwd', 'passwd'],
    ['C:\\music\\song.mp3', 'song.mp3'],
    ['a\u0000b\u001b[31m.mp3', 'a b [31m.mp3'],
    ['\u202egnp.mp3', 'gnp.mp3'],
    ['..', 'audio'],
    ['歌.mp3', '歌.mp3'],
    ['%0d%0aSet-Cookie: a=b', '%0d%0aSet-Cookie: a=b'],
    [`${'x'.repeat(5000)}.mp3`, 'x'.repeat(200)],
  ])('makes the file name %j harmless', async (given, shown) => {
    const { ask, parts } = await service();
    const { status, body, headers } = await ask(
      post(formOf([{ name: 'audio', filename: given, content: song }])),
    );
    expect(status).toBe(200);
    expect((body['audio'] as { name: string }).name).toBe(shown);
    expect(parts.pool.asked[0]!.path).toMatch(/incoming\/[0-9a-f]+-\d+-[0-9a-f-]{36}\.upload$/);
    expect(JSON.stringify(headers)).not.toContain('passwd');
    expect(headers).not.toHaveProperty('set-cookie');
    expect(parts.lines.flatMap(Object.values)).not.toContain(shown);
  });
});

describe('JSON with a path', () => {
  const root = mkdtempSync(join(tmpdir(), 'acousticsense-paths-'));
  const inside = join(root, 'music');
  const at = (...parts: string[]) => join(inside, ...parts);
  mkdirSync(at('folder.mp3'), { recursive: true });
  writeFileSync(at('song.mp3'), song);
  writeFileSync(join(root, 'secret.mp3'), 'secret');
  symlinkSync(join(root, 'secret.mp3'), at('out.mp3'));
  symlinkSync(root, at('up'));
  symlinkSync(at('song.mp3'), at('in.mp3'));
  symlinkSync(at('loop.mp3'), at('loop.mp3'));
  execFileSync('mkfifo', [at('fifo.mp3')]);
  afterAll(() => rmSync(root, { recursive: true }));
  const ask = async (path: unknown, args: readonly string[] = ['--allow-path', inside]) => {
    const made = await service(args);
    const answer = await made.ask(post(JSON.stringify({ path }), 'application/json'));
    return { ...answer, parts: made.parts };
  };
  it('reads a file of an allowed directory, also through a link that stays inside', async () => {
    const direct = await ask(at('song.mp3'));
    expect([direct.status, direct.parts.pool.heard]).toEqual([200, [song]]);
    expect((await ask(at('in.mp3'))).status).toBe(200);
    expect((await ask(at('..', 'music', 'song.mp3'))).status).toBe(200);
  });

  it.each([
    ['a file outside', () => join(root, 'secret.mp3')],
    ['a link to the outside', () => at('out.mp3')],
    ['a directory link to the outside', () => at('up', 'secret.mp3')],
    ['..', () => `${inside}/../secret.mp3`],
    ['a file of the system', () => '/etc/passwd'],
    ['what is not there, outside', () => '/nowhere/at/all'],
    ['the directory itself', () => inside],
    ['a NUL', () => `${at('song.mp3')}\0.txt`],
  ])('refuses %s', async (_name, path) => {
    const { status, body, parts } = await ask(path());
    expect([status, body['code']]).toEqual([403, 'path-not-allowed']);
    expect(parts.pool.asked).toEqual([]);
  });

  it.each([
    ['what is not there', () => at('none.mp3')],
    ['a folder', () => at('folder.mp3')],
    ['a pipe, without waiting for a writer', () => at('fifo.mp3')],
    ['a link to itself', () => at('loop.mp3')],
  ])('says of %s that it cannot be read', async (_name, path) => {
    const { status, body } = await ask(path());
    expect([status, body['code']]).toEqual([404, 'unreadable-file']);
  });

  it('refuses every path where no directory is allowed, and what is no path', async () => {
    expect((await ask(at('song.mp3'), [])).status).toBe(403);
    for (const path of ['music/song.mp3', '', 7, null, ['a'], { a: 1 }, `/${'x'.repeat(5000)}`]) {
      expect((await ask(path)).body['code']).toBe('bad-request');
    }
    const { ask: raw } = await service();
    for (const text of ['null', '7', '"x"', '[]', '{"path":"/a","more":1}']) {
      const { status } = await raw(post(text, 'application/json'));
      expect(status).toBe(400);
    }
    expect((await raw(post('{', 'application/json'))).body['code']).toBe('bad-request');
    expect((await raw(post(`"${'x'.repeat(2_000_000)}"`, 'application/json'))).status).toBe(413);
  });

  it('holds the file against the limit', async () => {
    const { status, body } = await ask(at('song.mp3'), ['--allow-path', inside, '--max-bytes', '10']);
    expect([status, body['details']]).toEqual([413, { bytes: song.length, limitBytes: 10 }]);
  });
});

describe('the other routes', () => {
  it('lists the models', async () => {
    const { ask } = await service();
    const { body } = await ask({ url: '/api/models' });
    expect(body['models']).toMatchObject([
      { id: 'test-model', isDefault: true, windowSeconds: 10.403 },
      { id: 'other-model', isDefault: false },
    ]);
  });

  it('lives while the model opens, and is ready when it is open and the queue is there', async () => {
    const opening = gate<Result<void, ServiceError>>();
    const { ask } = await service([], {}, ({ pool }) => {
      pool.opened = opening.passed;
      return {};
    });
    expect((await ask({ url: '/health' })).status).toBe(200);
    expect(await ask({ url: '/ready' })).toMatchObject({ status: 503, body: { code: 'busy' } });
    opening.pass(ok(undefined));
    await Promise.resolve();
    expect(await ask({ url: '/ready' })).toMatchObject({ status: 200, body: { status: 'ready' } });
  });

  it('is not ready without its model or its queue', async () => {
    const broken = await service([], {}, ({ pool }) => {
      pool.opened = Promise.resolve(err(serviceError('model-altered', 'a test')));
      return {};
    });
    expect(await broken.ask({ url: '/ready' })).toMatchObject({
      status: 500,
      body: { code: 'model-altered' },
    });
    const alone = await service([], {}, () => ({ queue: fakeQueue(false) }));
    expect(await alone.ask({ url: '/ready' })).toMatchObject({
      status: 503,
      body: { code: 'queue-unavailable' },
    });
    expect((await alone.ask({ url: '/health' })).status).toBe(200);
  });

  it('has figures for Prometheus', async () => {
    const { ask } = await service();
    await ask(post(form));
    const { status, text } = await ask({ url: '/metrics' });
    expect(status).toBe(200);
    expect(text).toContain('/api/genre');
  });

  it('tells a wrong address from a wrong method', async () => {
    const { ask } = await service();
    expect(await ask({ url: '/api/genre' })).toMatchObject({
      status: 405,
      body: { code: 'method-not-allowed' },
      headers: { allow: 'POST' },
    });
    expect(await ask({ method: 'DELETE', url: '/health' })).toMatchObject({
      status: 405,
      headers: { allow: 'GET, HEAD' },
    });
    for (const url of ['/api/nothing', '/api', '/nothing', '/', '/api/genre/', '/API/GENRE']) {
      expect(await ask({ url })).toMatchObject({ status: 404, body: { code: 'not-found' } });
    }
    expect((await ask({ method: 'POST', url: '/api/songs' })).status).toBe(404);
  });

  it('answers addresses that cannot be read with an error of the same form', async () => {
    const { app } = await service();
    for (const url of ['/api/%zz', '/api/genre%']) {
      const answer = await app.inject({ url });
      expect([url, answer.statusCode]).toEqual([url, 400]);
      expect(answer.json()).toMatchObject({ code: 'bad-request', requestId: expect.any(String) as string });
    }
  });
});

describe('API keys and limits', () => {
  const key = 'k'.repeat(20);
  const other = 'o'.repeat(20);
  const environment = { ACOUSTICSENSE_API_KEYS_INLINE: `cms:${key},desk:${other}` };

  it('asks for a key on the interface, and for none on the state of the process', async () => {
    const { ask, app } = await service([], environment);
    for (const url of ['/api/models', '/metrics', '/api/nothing']) {
      const { status, body, headers } = await ask({ url });
      expect([url, status, body['code'], headers['www-authenticate']]).toEqual([
        url,
        401,
        'unauthorized',
        'Bearer',
      ]);
    }
    expect((await ask({ url: '/health' })).status).toBe(200);
    expect((await ask({ url: '/ready' })).status).toBe(200);
    // The description opens in a browser, which sends no key.
    expect((await app.inject({ url: '/openapi.json' })).statusCode).toBe(200);
    expect((await app.inject({ url: '/docs' })).statusCode).toBe(200);
    expect((await app.inject({ url: '/%61pi/models' })).statusCode).toBe(401);
  });

  it('takes the key in either header, logs its name and never itself', async () => {
    const { ask, parts } = await service([], environment);
    expect((await ask({ url: '/api/models', headers: { authorization: `Bearer ${key}` } })).status).toBe(200);
    expect((await ask({ url: '/api/models', headers: { 'x-api-key': other } })).status).toBe(200);
    for (const wrong of [`${key}k`, key.slice(1), '', 'Bearer', key.toUpperCase()]) {
      expect((await ask({ url: '/api/models', headers: { 'x-api-key': wrong } })).status).toBe(401);
    }
    expect(parts.lines.map((line) => line['apiKeyName'])).toEqual(['cms', 'desk', ...Array<undefined>(5)]);
    expect(JSON.stringify(parts.lines)).not.toContain(key);
  });

  it('limits the requests of a key, and not the state of the process', async () => {
    const { ask } = await service(['--rate-limit', '2'], environment);
    const asked = async (own: string) => ask({ url: '/api/models', headers: { 'x-api-key': own } });
    expect((await asked(key)).status).toBe(200);
    expect((await asked(key)).status).toBe(200);
    const { status, body, headers } = await asked(key);
    expect([status, body['code']]).toEqual([429, 'rate-limited']);
    expect(Number(headers['retry-after'])).toBeGreaterThan(0);
    expect(Number(headers['retry-after'])).toBeLessThanOrEqual(60);
    expect((await asked(other)).status).toBe(200);
    for (let i = 0; i < 5; i++) expect((await ask({ url: '/health' })).status).toBe(200);
  });

  it('limits addresses where there are no keys', async () => {
    const { ask } = await service(['--rate-limit', '1', '--trust-proxy']);
    const asked = async (from: string) => ask({ url: '/api/models', headers: { 'x-forwarded-for': from } });
    expect((await asked('192.0.2.1')).status).toBe(200);
    expect((await asked('192.0.2.1')).status).toBe(429);
    expect((await asked('192.0.2.2')).status).toBe(200);
  });
});

const headersOf = (headers: Record<string, string>) => ({ 'content-type': formType, ...headers });
/** The status of a reading request that names the service like this. */
const statusUnder = async (args: readonly string[], host: string): Promise<number> =>
  (await (await service(args)).ask({ url: '/api/models', headers: { host } })).status;

describe('pages of other sites', () => {
  const foreign: readonly Record<string, string>[] = [
    { 'sec-fetch-site': 'cross-site' },
    // another port of this machine, for example
    { 'sec-fetch-site': 'same-site' },
    { origin: 'https://elsewhere.example' },
    { origin: 'null' },
  ];

  it.each(foreign)('nothing is posted by one: %o', async (headers) => {
    const { ask, parts } = await service();
    for (const url of ['/api/genre', '/api/jobs']) {
      const { status, body } = await ask({ method: 'POST', url, headers: headersOf(headers), payload: form });
      expect([url, status, body['code']]).toEqual([url, 403, 'foreign-page']);
    }
    expect(parts.pool.asked).toEqual([]);
  });

  it('its own page and programs may', async () => {
    const { ask } = await service();
    const own: readonly Record<string, string>[] = [
      { 'sec-fetch-site': 'same-origin' },
      { 'sec-fetch-site': 'none' },
      { origin: 'http://localhost:8000', host: 'localhost:8000' },
      {},
    ];
    for (const headers of own) {
      const { status } = await ask({
        method: 'POST',
        url: '/api/genre',
        headers: headersOf(headers),
        payload: form,
      });
      expect(status).toBe(200);
    }
  });

  it('a foreign name that was made to lead to this machine reads nothing, while only this machine listens', async () => {
    expect(await statusUnder([], 'rebound.example:8000')).toBe(403);
    for (const host of ['localhost:8000', 'genre.localhost', '127.0.0.1:8000', '[::1]:8000', '10.0.0.7']) {
      expect([host, await statusUnder([], host)]).toEqual([host, 200]);
    }
    // A server in a network, and a proxy on this machine, have names of their own.
    expect(await statusUnder(['--host', '0.0.0.0'], 'genre.example')).toBe(200);
    expect(await statusUnder(['--trust-proxy'], 'genre.example')).toBe(200);
  });

  it('a key says enough', async () => {
    const key = 'k'.repeat(20);
    const { ask } = await service([], { ACOUSTICSENSE_API_KEYS_INLINE: `cms:${key}` });
    const { status } = await ask({
      method: 'POST',
      url: '/api/genre',
      headers: headersOf({ 'sec-fetch-site': 'cross-site', 'x-api-key': key }),
      payload: form,
    });
    expect(status).toBe(200);
  });
});

describe('the log', () => {
  it('has one line a request with what was found, and nothing of the file', async () => {
    const { ask, parts } = await service();
    const { headers } = await ask(post(form));
    await ask(post(form, formType, '?top_k=99'));
    await ask({ url: '/nothing/of/mine?key=value' });
    expect(parts.lines).toHaveLength(3);
    expect(parts.lines[0]).toMatchObject({
      event: 'request',
      level: 'info',
      id: headers['x-request-id'],
      method: 'POST',
      route: '/api/genre',
      status: 200,
      bytes: song.length,
      audioSeconds: 20,
      genre: 'Jazz',
      meanConfidence: 0.5,
      model: 'test-model',
      modelSha256: 'cd'.repeat(32),
      ms: expect.any(Number) as number,
    });
    expect(parts.lines[1]).toMatchObject({ status: 400, code: 'bad-top-k' });
    expect(parts.lines[2]).toMatchObject({ status: 404, route: 'none' });
    const text = JSON.stringify(parts.lines);
    expect(text).not.toContain('song.mp3');
    expect(text).not.toContain('not a song');
    expect(text).not.toContain('key=value');
  });
});

describe('stopping', () => {
  it('finishes what it has, refuses new work, and stays healthy but not ready', async () => {
    const { app, ask, parts } = await service();
    const begin = gate<void>();
    const finish = gate<void>();
    parts.pool.answer = async (request) => {
      begin.pass();
      await finish.passed;
      return ok(analysedOf(request));
    };
    const first = app.inject(post(form));
    await begin.passed;
    let drained: boolean | null = null;
    const draining = app.drain(60_000).then((value) => (drained = value));
    const refused = await app.inject(post(form));
    expect([refused.statusCode, refused.json<{ code: string }>().code]).toEqual([503, 'shutting-down']);
    expect(refused.headers['retry-after']).toBeDefined();
    expect((await app.inject('/ready')).statusCode).toBe(503);
    expect((await app.inject('/health')).statusCode).toBe(200);
    expect(drained).toBeNull();
    finish.pass();
    expect((await first).statusCode).toBe(200);
    await draining;
    expect(drained).toBe(true);
    await ask({ url: '/health' });
  });

  it('says so where the grace is over first', async () => {
    const { app, parts } = await service();
    const begin = gate<void>();
    const finish = gate<void>();
    parts.pool.answer = async () => {
      begin.pass();
      await finish.passed;
      return err(serviceError('shutting-down', 'a test'));
    };
    const first = app.inject(post(form));
    await begin.passed;
    expect(await app.drain(10)).toBe(false);
    finish.pass();
    expect((await first).statusCode).toBe(503);
  });
});
