import { describe, expect, it } from 'vitest';
import { createServiceClient } from '#server/client/client.ts';

/** A client whose requests are answered here. */
function answering(answer: (request: Request) => Response | Promise<Response>) {
  const asked: Request[] = [];
  const client = createServiceClient({
    baseUrl: 'http://service.test/',
    apiKey: 'key-of-the-catalogue',
    fetch: async (request) => {
      asked.push(request);
      return answer(request);
    },
  });
  return { client, asked };
}

const json = (body: unknown, status = 200, headers: Readonly<Record<string, string>> = {}): Response =>
  new Response(JSON.stringify(body), { status, headers: { 'content-type': 'application/json', ...headers } });

const busy = {
  error: '服务繁忙',
  message: 'The service is busy',
  advice: { en: 'Try again.', zh: '请重试。' },
  code: 'busy',
  requestId: '1',
};

describe('failures are values', () => {
  it('of the service, with the time to wait', async () => {
    const { client } = answering(() => json(busy, 503, { 'retry-after': '7' }));
    expect(await client.models()).toEqual({
      ok: false,
      error: { code: 'busy', message: 'The service is busy', status: 503, retryAfterSeconds: 7, body: busy },
    });
  });

  it.each([
    ['a page of a proxy', () => new Response('<h1>Bad gateway</h1>', { status: 502 }), 502],
    ['JSON of something else', () => json({ detail: 'no' }, 500), 500],
    ['text where JSON was promised', () => new Response('hello', { status: 200 }), null],
    ['nothing at all', () => new Response(null, { status: 500 }), 500],
  ])('%s', async (_, answer, status) => {
    const { client } = answering(answer);
    expect(await client.models()).toMatchObject({ ok: false, error: { code: 'unexpected-answer', status } });
  });

  it('a network that is not there, in the words of what happened', async () => {
    const { client } = answering(() => {
      throw new TypeError('fetch failed', { cause: new Error('connect ECONNREFUSED 127.0.0.1:1') });
    });
    expect(await client.song('a')).toMatchObject({
      ok: false,
      error: { code: 'unreachable', status: null, message: 'connect ECONNREFUSED 127.0.0.1:1' },
    });
  });

  it('a request that was given up', async () => {
    const controller = new AbortController();
    controller.abort();
    const { client } = answering((request) => {
      request.signal.throwIfAborted();
      return json({});
    });
    expect(await client.analyse(new Uint8Array(3), { signal: controller.signal })).toMatchObject({
      ok: false,
      error: { code: 'cancelled' },
    });
  });

  it('what is not there is null where that is the question', async () => {
    const { client } = answering(() => json({ ...busy, code: 'not-found' }, 404));
    expect(await client.song('a')).toEqual({ ok: true, value: null });
    expect(await client.job('a')).toEqual({ ok: true, value: null });
    expect(await client.models()).toMatchObject({ ok: false, error: { code: 'not-found' } });
  });
});

async function sentFile(request: Request | undefined): Promise<File> {
  const form = await request?.formData();
  const file = form?.get('audio');
  if (!(file instanceof File)) throw new Error('no file was sent');
  return file;
}

async function* chunks(): AsyncGenerator<Uint8Array> {
  yield new TextEncoder().encode('ab');
  yield new TextEncoder().encode('cd');
}

describe('what is sent', () => {
  it('bytes as a form with their name, the key in its header, the query as it is called', async () => {
    const { client, asked } = answering(() => json({}));
    await client.analyse(new File(['abc'], '歌 "1"; x.mp3'), { top_k: 3, explain: 'rollout' });
    await client.analyse(new Uint8Array([1, 2]), { name: 'two.wav' });
    const [first, second] = asked;
    expect(first?.url).toBe('http://service.test/api/genre?top_k=3&explain=rollout');
    expect(first?.headers.get('authorization')).toBe('Bearer key-of-the-catalogue');
    const file = await sentFile(first);
    expect([file.name, await file.text()]).toEqual(['歌 "1"; x.mp3', 'abc']);
    expect(second?.url).toBe('http://service.test/api/genre');
    expect((await sentFile(second)).name).toBe('two.wav');
  });

  it('a stream as it comes', async () => {
    const { client, asked } = answering(async (request) => {
      expect(await request.text()).toBe('abcd');
      return json({});
    });
    expect(await client.analyse(chunks())).toMatchObject({ ok: true });
    expect(asked[0]?.headers.get('content-type')).toBe('application/octet-stream');
  });

  it('a song id in the path is one part of it, whatever it holds', async () => {
    const { client, asked } = answering(() => json({}));
    await client.song('a/b?c=1#%2e../歌');
    expect(new URL(asked[0]?.url ?? '').pathname).toBe(
      `/api/songs/${encodeURIComponent('a/b?c=1#%2e../歌')}/genre`,
    );
  });

  it('pages of results until one is empty, each from where the last ended', async () => {
    const { client, asked } = answering(({ url }) => {
      const since = new URL(url).searchParams.get('since');
      return json({ results: since === '4' ? [] : [{ songId: since }], cursor: since === '' ? '2' : '4' });
    });
    const pages = [];
    for await (const page of client.results('', 1)) pages.push(page);
    expect(pages).toHaveLength(3);
    expect(asked.map(({ url }) => new URL(url).search)).toEqual([
      '?since=&limit=1',
      '?since=2&limit=1',
      '?since=4&limit=1',
    ]);
  });
});

// Compiled, never run: what the description does not have is an error of the compiler.
export async function wrongUses(): Promise<void> {
  const { client } = answering(() => json({}));
  const { api } = client;
  // @ts-expect-error no such address
  await api.GET('/api/nothing');
  // @ts-expect-error no such method there
  await api.POST('/api/models');
  // @ts-expect-error no such parameter
  await api.GET('/api/results', { params: { query: { sinc: '' } } });
  // @ts-expect-error a parameter of another type
  await api.GET('/api/results', { params: { query: { limit: 'ten' } } });
  // @ts-expect-error a part of the path is missing
  await api.GET('/api/songs/{id}/genre', {});
  // @ts-expect-error a body without what it needs
  await api.POST('/api/jobs', { body: { songs: [{ path: '/a' }] } });
  // @ts-expect-error not one of the two
  await client.analyse(new Uint8Array(), { explain: 'occlusion' });
  // @ts-expect-error misspelled
  await client.analyse(new Uint8Array(), { topK: 3 });
  // @ts-expect-error a table is none of its answers
  await client.analyse(new Uint8Array(), { format: 'csv' });
  // @ts-expect-error a path is no sound
  await client.analyse('/srv/music/a.mp3');
  const answer = await client.analyse(new Uint8Array());
  if (!answer.ok) {
    // @ts-expect-error not in the closed list of codes
    void (answer.error.code === 'no-such-code');
    return;
  }
  const { value } = answer;
  // @ts-expect-error the description calls it duration
  void value.track.durationSeconds;
  // @ts-expect-error there only where it was asked for
  void value.explain.rows;
  const genre: string | undefined = value.results[0]?.genre;
  void genre;
  const models = await client.models();
  // @ts-expect-error a failure has no value
  void models.value;
}
