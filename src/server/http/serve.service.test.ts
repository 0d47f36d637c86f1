import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { Agent, request as httpRequest } from 'node:http';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { formOf, formType } from '#server/http/testing/multipart.ts';
import {
  curl,
  fixture,
  raw,
  root,
  type ServedProgram,
  startServed,
} from '#server/http/testing/servedProgram.ts';

const song = fixture('stereo.mp3');
const codeOf = (body: string): unknown => (JSON.parse(body) as { code: unknown }).code;
const best = (body: string): unknown => (JSON.parse(body) as { results: unknown[] }).results[0];
const settled = async (check: () => boolean, guardMs = 15_000): Promise<void> => {
  for (const until = Date.now() + guardMs; !check() && Date.now() < until;) {
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
};

/** Runs the program to its end: exit code and what it told the person. */
const run = async (args: readonly string[]) =>
  new Promise<{ code: number | null; text: string }>((resolve) => {
    const child = spawn(
      process.execPath,
      ['--import', 'tsx', join(root, 'src/server/cli/serve.ts'), ...args],
      { cwd: root },
    );
    let text = '';
    child.stderr.on('data', (chunk: Buffer) => (text += chunk.toString()));
    child.once('exit', (code) => resolve({ code, text }));
  });

describe('the service, as curl sees it', () => {
  const music = mkdtempSync(join(tmpdir(), 'acousticsense-music-'));
  let served: ServedProgram;
  let api: string;
  beforeAll(async () => {
    writeFileSync(join(music, 'song.mp3'), readFileSync(song));
    symlinkSync('/etc/passwd', join(music, 'passwd.mp3'));
    served = await startServed(['--max-bytes', '3000000', '--allow-path', music, '--upload-timeout', '3']);
    api = `${served.url}/api/genre`;
  });
  afterAll(async () => {
    // What every test of this suite must have left.
    expect(served.incoming()).toEqual([]);
    expect(served.child.exitCode).toBeNull();
    await served.dispose();
  });

  it('answers curl -F audio=@song.mp3', async () => {
    const { status, body } = await curl(['-F', `audio=@${song}`, api]);
    expect(status).toBe(200);
    const answer = JSON.parse(body) as { results: { genre: string; confidence: number }[]; track: unknown };
    expect(answer.results).toHaveLength(5);
    expect(answer.results[0]!.confidence).toBeGreaterThan(answer.results[4]!.confidence);
    expect(answer.track).toMatchObject({ duration: 30, windows: 5 });
  });

  it('answers a raw body, a path, a table, and both explanations', async () => {
    const [bare, path, table, rollout, relevance] = [
      await curl(['-H', 'Content-Type: audio/mpeg', '--data-binary', `@${song}`, api]),
      await curl([
        '-H',
        'Content-Type: application/json',
        '-d',
        JSON.stringify({ path: join(music, 'song.mp3') }),
        api,
      ]),
      await curl(['-F', `audio=@${song}`, `${api}?format=csv&top_k=3`]),
      await curl(['-F', `audio=@${song}`, `${api}?explain=rollout&windows=2`]),
      await curl(['-F', `audio=@${song}`, `${api}?explain=relevance&windows=1`]),
    ];
    expect([bare, path, table, rollout, relevance].map(({ status }) => status)).toEqual([
      200, 200, 200, 200, 200,
    ]);
    expect(best(path.body)).toEqual(best(bare.body));
    expect(table.body.split('\r\n')).toHaveLength(5);
    for (const { body } of [rollout, relevance]) {
      const { windows } = (JSON.parse(body) as { explain: { windows: { patches: number[] }[] } }).explain;
      for (const { patches } of windows)
        expect(patches.reduce((sum, share) => sum + share, 0)).toBeCloseTo(1, 2);
    }
  });

  it('says what is wrong with a file', async () => {
    const cases = [
      [['-F', `audio=@${fixture('zip-renamed.mp3')}`], 422, 'unsupported-format'],
      [['-F', `audio=@${fixture('text.mp3')}`], 422, 'unsupported-format'],
      [['-F', `audio=@${fixture('empty.mp3')}`], 422, 'empty-file'],
      [['-F', `audio=@${fixture('silence.wav')}`], 422, 'silent'],
      [['-F', `song=@${song}`], 400, 'missing-audio'],
      [['-X', 'POST'], 400, 'missing-audio'],
      [['-F', `audio=@${song}`, '-F', `audio=@${song}`], 400, 'bad-request'],
      [['-d', 'audio=x'], 415, 'unsupported-media-type'],
      [['-H', 'Content-Type: application/json', '-d', '{"path":"/etc/passwd"}'], 403, 'path-not-allowed'],
      [
        ['-H', 'Content-Type: application/json', '-d', JSON.stringify({ path: `${music}/../../etc/passwd` })],
        403,
        'path-not-allowed',
      ],
      [
        ['-H', 'Content-Type: application/json', '-d', JSON.stringify({ path: join(music, 'passwd.mp3') })],
        403,
        'path-not-allowed',
      ],
      [['-H', 'Content-Type: application/json', '-d', '{'], 400, 'bad-request'],
    ] as const;
    for (const [args, status, code] of cases) {
      const answer = await curl([...args, api]);
      expect([args.join(' '), answer.status, codeOf(answer.body)]).toEqual([args.join(' '), status, code]);
    }
    expect(codeOf((await curl(['-F', `audio=@${song}`, `${api}?top_k=17`])).body)).toBe('bad-top-k');
    expect((await curl([api])).status).toBe(405);
    expect((await curl([`${served.url}/nothing`])).status).toBe(404);
    // curl removes .. by itself unless told not to.
    expect((await curl(['--path-as-is', `${served.url}/../../etc/passwd`])).status).toBe(404);
  });

  it.each([
    ['announced', ['-H', 'Expect:']],
    ['announced, asked first', ['-H', 'Expect: 100-continue']],
    ['in chunks', ['-H', 'Expect:', '-H', 'Transfer-Encoding: chunked']],
  ])('lets curl read why a file is too large: %s', async (_name, headers) => {
    const large = join(music, 'large.wav');
    writeFileSync(large, Buffer.alloc(40_000_000, 1));
    for (const body of [
      ['-F', `audio=@${large}`],
      ['-H', 'Content-Type: audio/wav', '--data-binary', `@${large}`],
    ]) {
      const { exitCode, status, body: text } = await curl([...headers, ...body, api]);
      expect([exitCode, status, codeOf(text)]).toEqual([0, 413, 'file-too-large']);
    }
  });

  it('refuses a wrong query before curl sends the file', async () => {
    const { exitCode, status } = await curl([
      '-H',
      'Expect: 100-continue',
      '-F',
      `audio=@${song}`,
      `${api}?top_k=x`,
    ]);
    expect([exitCode, status]).toEqual([0, 400]);
  });

  it('answers a truncated form, and goes on', async () => {
    const whole = formOf([{ name: 'audio', filename: 'a.mp3', content: readFileSync(song) }]);
    for (const length of [10, 60, 120, 5000, whole.length - 5]) {
      const head = `POST /api/genre HTTP/1.1\r\nHost: localhost\r\nContent-Type: ${formType}\r\nConnection: close\r\nContent-Length: ${length}\r\n\r\n`;
      const answer = await raw(served.port, [head, whole.subarray(0, length)]);
      expect(answer).toMatch(/^HTTP\/1\.1 400 /);
      expect(answer).toContain('upload-incomplete');
    }
  });

  it('removes the file of an upload that was broken off', async () => {
    const head = `POST /api/genre HTTP/1.1\r\nHost: localhost\r\nContent-Type: audio/mpeg\r\nContent-Length: 1000000\r\n\r\n`;
    await raw(served.port, [head, Buffer.alloc(50_000)], { pauseMs: 300, end: true });
    await settled(() => served.incoming().length === 0);
    expect(served.incoming()).toEqual([]);
    expect((await curl([`${served.url}/health`])).status).toBe(200);
  });

  it('ends uploads and headers that come drop by drop', async () => {
    const head = `POST /api/genre HTTP/1.1\r\nHost: localhost\r\nContent-Type: audio/mpeg\r\nContent-Length: 1000000\r\n\r\n`;
    const drops = Array.from({ length: 100 }, () => 'x');
    const [body, headers] = await Promise.all([
      raw(served.port, [head, ...drops], { pauseMs: 200 }),
      raw(served.port, ['GET /health HTTP/1.1\r\n', ...drops.map((drop) => `${drop}: y\r\n`)], {
        pauseMs: 200,
      }),
    ]);
    expect(body).toMatch(/^HTTP\/1\.1 408 /);
    expect(body).toContain('"code":"upload-timeout"');
    expect(headers).toMatch(/^HTTP\/1\.1 408 /);
    expect(headers).toContain('"code":"upload-timeout"');
  });

  it('answers what is no HTTP, and headers beyond all measure, in its own form', async () => {
    for (const [text, status] of [
      ['\u0016\u0003\u0001\u0002\0\u0001\0', 400],
      ['GET / HTTP/9.9\r\n\r\n', 400],
      [`GET /health HTTP/1.1\r\nHost: localhost\r\nX: ${'y'.repeat(40_000)}\r\n\r\n`, 431],
      [`GET /${'y'.repeat(40_000)} HTTP/1.1\r\nHost: localhost\r\n\r\n`, 431],
      ['CONNECT evil:443 HTTP/1.1\r\nHost: localhost\r\n\r\n', 405],
      ['GET /health HTTP/1.1\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n', 400],
      [
        `POST /api/genre HTTP/1.1\r\nHost: localhost\r\nContent-Type: audio/wav\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n`,
        400,
      ],
    ] as const) {
      const answer = await raw(served.port, [text]);
      expect(answer).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
      expect(answer.split('\r\n\r\n', 2)[1]).toContain('"advice":');
    }
  });

  it('keeps what a file name injects out of headers, log and disk', async () => {
    const evil = 'a.mp3"\r\nX-Injected: yes\r\nSet-Cookie: a=b; filename="../../../../tmp/evil.mp3';
    const content = readFileSync(fixture('tenth-of-a-second.wav'));
    const whole = formOf([{ name: 'audio', filename: evil, content }]);
    const head = `POST /api/genre HTTP/1.1\r\nHost: localhost\r\nContent-Type: ${formType}\r\nConnection: close\r\nContent-Length: ${whole.length}\r\n\r\n`;
    const answer = await raw(served.port, [head, whole]);
    expect(answer).toMatch(/^HTTP\/1\.1 (200|400) /);
    expect(answer.split('\r\n\r\n', 1)[0]).not.toMatch(/injected|set-cookie/i);
    expect(JSON.stringify(served.lines)).not.toMatch(/injected|evil/i);
  });

  it('gives up the analysis of a client that has gone', async () => {
    const before = served.lines.length;
    const size = statSync(song).size;
    const head = `POST /api/genre HTTP/1.1\r\nHost: localhost\r\nContent-Type: audio/mpeg\r\nContent-Length: ${size}\r\n\r\n`;
    const socket = connect(served.port, '127.0.0.1');
    socket.on('error', () => undefined);
    socket.write(head);
    socket.write(readFileSync(song));
    await settled(() => served.incoming().length > 0);
    socket.destroy();
    await settled(() => served.lines.slice(before).some(({ status }) => status === 499));
    expect(served.lines.slice(before)).toContainEqual(
      expect.objectContaining({ status: 499, route: '/api/genre' }),
    );
    await settled(() => served.incoming().length === 0);
  });

  it('answers all of 1000 posts at once, with 200 or 503, and /health beside them', async () => {
    const content = readFileSync(fixture('tenth-of-a-second.wav'));
    const payload = formOf([{ name: 'audio', filename: 'a.wav', content }]);
    const agent = new Agent({ keepAlive: false, maxSockets: Infinity });
    const post = async (): Promise<number> =>
      new Promise((resolve) => {
        const request = httpRequest(
          api,
          {
            method: 'POST',
            agent,
            timeout: 90_000,
            headers: { 'content-type': formType, 'content-length': payload.length },
          },
          (response) => {
            response.resume().once('end', () => resolve(response.statusCode ?? 0));
          },
        );
        request.once('error', () => resolve(-1)).once('timeout', () => request.destroy());
        request.end(payload);
      });
    const watched = new AbortController();
    const healthMs: number[] = [];
    const watching = (async () => {
      while (!watched.signal.aborted) {
        const startMs = performance.now();
        const answer = await fetch(`${served.url}/health`);
        await answer.text();
        healthMs.push(performance.now() - startMs);
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
    })();
    const statuses = await Promise.all(Array.from({ length: 1000 }, post));
    watched.abort();
    await watching;
    const count = (status: number): number => statuses.filter((one) => one === status).length;
    const sorted = healthMs.toSorted((a, b) => a - b);
    const p99 = sorted[Math.ceil(sorted.length * 0.99) - 1]!;
    const lag = await (await fetch(`${served.url}/metrics`)).text();
    const of = (name: string): number => Number(new RegExp(`^${name} (\\S+)$`, 'm').exec(lag)?.[1]);
    console.log(
      `1000 posts: ${count(200)} answered, ${count(503)} refused; /health ${healthMs.length} times, p50 ${sorted[Math.floor(sorted.length / 2)]!.toFixed(1)} ms, p99 ${p99.toFixed(1)} ms;`,
      `event loop p99 ${(of('nodejs_eventloop_lag_p99_seconds') * 1000).toFixed(1)} ms; ${(of('process_resident_memory_bytes') / 2 ** 20).toFixed(0)} MiB`,
    );
    expect(count(200) + count(503)).toBe(1000);
    expect(count(200)).toBeGreaterThan(0);
    // Guards against computing on the event loop, not measurements: a busy machine stays far below.
    expect(p99).toBeLessThan(1000);
    await settled(() => served.incoming().length === 0);
  });
});

describe('the program', () => {
  it('finishes what it took when it is told to stop, refuses the rest, and exits with 0', async () => {
    const served = await startServed();
    const first = curl(['-F', `audio=@${song}`, `${served.url}/api/genre`]);
    await settled(() => served.incoming().length > 0);
    served.child.kill('SIGTERM');
    await settled(() => served.lines.some(({ event }) => event === 'stopping'));
    const [refused, ready] = await Promise.all([
      curl(['-F', `audio=@${song}`, `${served.url}/api/genre`]),
      curl([`${served.url}/ready`]),
    ]);
    expect([refused.status, ready.status]).toEqual([503, 503]);
    expect((await first).status).toBe(200);
    expect(await served.ended).toEqual({ code: 0, signal: null });
    expect(served.incoming()).toEqual([]);
    await served.dispose();
  });

  it('ends at once at the second signal, and the next run removes what that left', async () => {
    const served = await startServed();
    const head = `POST /api/genre HTTP/1.1\r\nHost: localhost\r\nContent-Type: audio/mpeg\r\nContent-Length: 1000000\r\n\r\n`;
    const upload = raw(served.port, [head, Buffer.alloc(50_000)]);
    await settled(() => served.incoming().length > 0);
    served.child.kill('SIGTERM');
    await settled(() => served.lines.some(({ event }) => event === 'stopping'));
    served.child.kill('SIGTERM');
    expect(await served.ended).toEqual({ code: null, signal: 'SIGTERM' });
    await upload;
    expect(served.incoming()).toHaveLength(1);
    const next = await startServed([], { folder: served.folder, ready: false });
    await settled(() => next.incoming().length === 0);
    expect(next.incoming()).toEqual([]);
    await next.dispose();
  });

  it('says what is wrong with its flags and its port, and exits with 2', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'acousticsense-flags-'));
    mkdirSync(join(folder, 'empty'));
    writeFileSync(join(folder, 'keys'), 'cms:short\n');
    const served = await startServed([], { ready: false });
    const places = [
      '--queue-file',
      join(folder, 'q.sqlite'),
      '--spool',
      join(folder, 'spool'),
      '--model',
      'acousticsense-vit-ti16',
    ];
    const [flag, port, page, keys] = await Promise.all([
      run(['--prot', '1']),
      run([...places, '--no-page', '--port', String(served.port)]),
      run([...places, '--port', '0', '--page', join(folder, 'empty')]),
      run([...places, '--port', '0', '--no-page', '--api-keys', join(folder, 'keys')]),
    ]);
    expect([flag.code, port.code, page.code, keys.code]).toEqual([2, 2, 2, 2]);
    expect(flag.text).toContain('--prot');
    expect(port.text).toContain(`port ${served.port} of 127.0.0.1 is in use`);
    expect(page.text).toContain('npm run build');
    expect(keys.text).toContain('line 1');
    expect(keys.text).not.toContain('short');
    await served.dispose();
  });
});
