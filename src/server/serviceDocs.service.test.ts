/** docs/service.md, line by line: every curl line against a real service, and the settings against their table. */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { signatureOf } from '#server/batch/webhook.ts';
import { type Program, settingsHelp } from '#server/settings/settings.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const document = join(root, 'docs/service.md');
const text = readFileSync(document, 'utf8');
const quickModel = 'acousticsense-vit-ti16';
const key = 'a-key-of-the-documentation-test';
const bash = promisify(execFile);

type Json = null | boolean | number | string | readonly Json[] | { readonly [name: string]: Json };

/** A line that is run, under the service of the last `npm run serve` before it, and what it should answer. */
interface Example {
  readonly serve: string;
  readonly command: string;
  readonly status: number;
  /** JSON, or the beginning of the content type of an answer that is none. */
  readonly body: string;
  readonly line: number;
}

/** The examples in the order of the document. Throws where a block has no answer: a curl line that is not run may be wrong. */
function examples(): Example[] {
  const found: Example[] = [];
  const blocks = [...text.matchAll(/^```(\S*)( serve)?\n([\s\S]*?)^```$/gm)].map((match) => ({
    kind: match[1] ?? '',
    serve: match[2] !== undefined,
    text: (match[3] ?? '').trim(),
    line: text.slice(0, match.index).split('\n').length,
  }));
  let serve = '';
  for (const [i, block] of blocks.entries()) {
    if (block.kind !== 'sh') {
      if (/^curl .*localhost:8000/m.test(block.text))
        throw new Error(`line ${block.line}: a curl line that is not run`);
      continue;
    }
    if (block.serve) {
      serve = block.text;
      continue;
    }
    const answer = blocks[i + 1];
    if (answer?.kind !== 'http') throw new Error(`line ${block.line}: no answer`);
    const [status = '', ...body] = answer.text.split('\n');
    found.push({
      serve,
      command: block.text,
      status: Number(status),
      body: body.join('\n'),
      line: block.line,
    });
  }
  return found;
}

/** Members whose value is a word of the interface, and therefore the same in the document and in the answer. */
const words = new Set([
  'code',
  'error',
  'message',
  'status',
  'outcome',
  'state',
  'queue',
  'method',
  'container',
  'songId',
  'paused',
]);

/** What of the example is not in the answer; null where all of it is. */
function difference(example: Json, answer: Json | undefined, path: string, name: string): string | null {
  if (answer === undefined) return `${path} is not there`;
  if (Array.isArray(example)) {
    if (!Array.isArray(answer)) return `${path} is no list`;
    for (const [i, each] of example.entries()) {
      const found = difference(each as Json, (answer as readonly Json[])[i], `${path}[${i}]`, name);
      if (found !== null) return found;
    }
    return null;
  }
  if (example !== null && typeof example === 'object') {
    if (answer === null || typeof answer !== 'object' || Array.isArray(answer)) return `${path} is no object`;
    for (const [member, value] of Object.entries(example)) {
      const there = (answer as { readonly [name: string]: Json })[member];
      const found = difference(value, there, `${path}.${member}`, member);
      if (found !== null) return found;
    }
    return null;
  }
  if (typeof example !== typeof answer)
    return `${path} is ${JSON.stringify(answer)}, not a ${typeof example}`;
  const same = example === null || words.has(name);
  return same && example !== answer
    ? `${path} is ${JSON.stringify(answer)}, not ${JSON.stringify(example)}`
    : null;
}

/** What is wrong with the answer; null where it is as the document says. */
function wrong(example: Example, answer: { status: number; type: string; body: string }): string | null {
  const said = `${answer.status} ${answer.type}\n${answer.body.slice(0, 2000)}`;
  if (answer.status !== example.status) return `status is not ${example.status}: ${said}`;
  if (!example.body.trimStart().startsWith('{')) {
    return answer.type.startsWith(example.body) && answer.body !== '' ? null : `not ${example.body}: ${said}`;
  }
  const found = difference(JSON.parse(example.body) as Json, JSON.parse(answer.body) as Json, 'answer', '');
  return found === null ? null : `${found}: ${said}`;
}

const methodOf = (command: string): string =>
  (
    / -X (\w+)/.exec(command)?.[1] ?? (/ (-F|-d|--data-binary) /.test(command) ? 'post' : 'get')
  ).toLowerCase();

/** The cells of a table, without the padding that the formatter gives them. */
const cells = (markdown: string): string[][] =>
  markdown
    .trim()
    .split('\n')
    .filter((line) => !/^\|[-| ]+\|$/.test(line))
    .map((line) => line.split(/(?<!\\)\|/).map((cell) => cell.trim()));

/** The first block of code in a language. */
const firstBlock = (kind: string): string =>
  new RegExp(`^\`\`\`${kind}\n([\\s\\S]*?)^\`\`\`$`, 'm').exec(text)?.[1] ?? '';

describe('docs/service.md', () => {
  let folder = '';
  let songs = '';
  let child: ChildProcess | null = null;
  let started = '';
  let port = 0;
  /** Of the last answer that named one: the document has one id for all jobs. */
  let jobId = '';

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'acousticsense-docs-'));
    songs = join(folder, 'srv/songs');
    mkdirSync(songs, { recursive: true });
    const fixtures = join(root, 'e2e/fixtures/audio');
    for (const [from, to] of [
      ['cbr.mp3', 'song.mp3'],
      ['music.flac', 'song.flac'],
      ['zip-renamed.mp3', 'archive-renamed.mp3'],
      ['empty.mp3', 'empty.mp3'],
      ['silence.wav', 'silence.wav'],
      ['tenth-of-a-second.wav', 'short.wav'],
    ] as const) {
      cpSync(join(fixtures, from), join(folder, to));
    }
    cpSync(join(fixtures, 'cbr.mp3'), join(songs, 'song.mp3'));
    cpSync(join(fixtures, 'vbr.mp3'), join(songs, 'other.mp3'));
    writeFileSync(join(folder, 'keys.txt'), `cms:${key}\n`, { mode: 0o600 });
  });

  afterAll(async () => {
    await stop();
    rmSync(folder, { recursive: true, force: true });
  });

  async function stop(): Promise<void> {
    if (child === null || child.exitCode !== null) return;
    const gone = once(child, 'exit');
    child.kill('SIGTERM');
    await gone;
    child = null;
  }

  /** Starts what the document starts, with the quick model, one slot, and state of its own. */
  async function serve(line: string): Promise<void> {
    if (line === started) return;
    await stop();
    const [, flags = ''] = /^npm run serve(?: -- (.*))?$/.exec(line) ?? [];
    const args = flags.split(' ').filter((word) => word !== '');
    const number = String(Date.now());
    const running = spawn(
      process.execPath,
      [
        '--import',
        'tsx',
        join(root, 'src/server/cli/serve.ts'),
        ...args.map((arg) => (arg.startsWith('/srv') ? join(folder, arg) : arg)),
        ...`--port 0 --model ${quickModel} --slots 1 --no-page`.split(' '),
        '--spool',
        join(folder, number, 'spool'),
        '--queue-file',
        join(folder, number, 'queue.sqlite'),
      ],
      // `--import tsx` is found from the repository; paths are meant from the folder of the songs
      { cwd: root, env: { ...process.env, INIT_CWD: folder }, stdio: ['ignore', 'pipe', 'pipe'] },
    );
    child = running;
    let said = '';
    port = await new Promise<number>((resolve, reject) => {
      const read = (part: Buffer): void => {
        said += part.toString();
        const [, listening] =
          /127\.0\.0\.1:(\d+)|"port":(\d+)/.exec(said)?.filter((each) => each !== undefined) ?? [];
        if (listening !== undefined && Number(listening) > 0) resolve(Number(listening));
      };
      running.stdout.on('data', read);
      running.stderr.on('data', read);
      running.once('exit', (code) => reject(new Error(`'${line}' ended with ${code}:\n${said}`)));
    });
    started = line;
    for (;;) {
      const ready = await fetch(`http://127.0.0.1:${port}/ready`).catch(() => null);
      if (ready?.status === 200) return;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  /** A line of the document as a person would run it, at the port of this service; the last curl says the status. */
  async function run({ command }: Example): Promise<{ status: number; type: string; body: string }> {
    const last = command.lastIndexOf('curl ');
    const line =
      command.slice(0, last) +
      command.slice(last).replace(/^curl /, `curl -sS -w '\\n%{http_code} %{content_type}' `);
    const { stdout } = await bash(
      'bash',
      [
        '-c',
        line
          .replaceAll('localhost:8000', `127.0.0.1:${port}`)
          .replaceAll('/srv/songs', songs)
          .replaceAll(/\b[0-9a-f]{40}\b/g, jobId),
      ],
      { cwd: folder, env: { ...process.env, KEY: key }, maxBuffer: 64 * 1024 * 1024, timeout: 60_000 },
    );
    const end = stdout.lastIndexOf('\n');
    const [status = '', ...type] = stdout.slice(end + 1).split(' ');
    const body = stdout.slice(0, end);
    jobId = /"jobId":"([0-9a-f]{40})"/.exec(body)?.[1] ?? jobId;
    return { status: Number(status), type: type.join(' '), body };
  }

  test.each(
    examples().map(
      (example) => [`line ${example.line}: ${example.command.split('\n')[0]}`, example] as const,
    ),
  )('%s', async (_name, example) => {
    await serve(example.serve);
    const until = Date.now() + 60_000;
    // What the queue does takes a moment; a question may be asked again.
    const isQuestion =
      /\/api\/(songs|results|jobs\/)/.test(example.command) && methodOf(example.command) === 'get';
    for (;;) {
      const found = wrong(example, await run(example));
      if (found === null) return;
      if (!isQuestion || Date.now() > until) expect.fail(found);
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  });

  test('its checks of a signature take what the webhook sends, and nothing else', async () => {
    const body = '{"songId":"歌"}';
    const now = Math.floor(Date.now() / 1000);
    const sent = [
      signatureOf('a secret', body, now),
      signatureOf('another', body, now),
      signatureOf('a secret', body, now - 400),
      't=1,v1=0',
    ];
    writeFileSync(
      join(folder, 'check.mjs'),
      `${firstBlock('js')}\nconsole.log(JSON.stringify(${JSON.stringify(sent)}.map((each) => isFromAcousticSense('a secret', Buffer.from(${JSON.stringify(body)}), each))));`,
    );
    const ran = await bash(process.execPath, [join(folder, 'check.mjs')]);
    expect(JSON.parse(ran.stdout)).toEqual([true, false, false, false]);
    writeFileSync(
      join(folder, 'check.py'),
      `${firstBlock('python')}\nimport json\nprint(json.dumps([is_from_acousticsense(b"a secret", ${JSON.stringify(body)}.encode(), each) for each in ${JSON.stringify(sent)}]))`,
    );
    const python = await bash('python3', [join(folder, 'check.py')]);
    expect(JSON.parse(python.stdout)).toEqual([true, false, false, false]);
  });

  test('has a line for every address of the interface', async () => {
    const { serve: line } = examples()[0] ?? { serve: '' };
    await serve(line);
    const response = await fetch(`http://127.0.0.1:${port}/openapi.json`);
    const { paths } = (await response.json()) as {
      readonly paths: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
    };
    const commands = examples().map(({ command }) => command);
    const missing = Object.entries(paths).flatMap(([path, operations]) => {
      const pattern = new RegExp(`localhost:8000${path.replaceAll(/\{\w+\}/g, '[^/" ]+')}(?=["? ]|$)`, 'm');
      const there = commands.filter((command) => pattern.test(command));
      return Object.keys(operations)
        .filter((method) => !there.some((command) => methodOf(command) === method))
        .map((method) => `${method} ${path}`);
    });
    expect(missing).toEqual([]);
  });

  test('its table of settings is that of the programs', () => {
    const [before = '', rest = ''] = text.split(/(?<=<!-- settings:.*-->\n)/);
    const end = rest.indexOf('<!-- /settings -->');
    const table = settingsTable();
    if (process.env['UPDATE_DOCS'] === '1') {
      writeFileSync(document, `${before}\n${table}\n\n${rest.slice(end)}`);
      return;
    }
    expect(cells(rest.slice(0, end))).toEqual(cells(table));
  });
});

/** The settings of all programs as a table, from what their --help says. */
function settingsTable(): string {
  const programs: readonly Program[] = ['serve', 'worker', 'enqueue', 'queue', 'board'];
  const rows = new Map<string, { readonly what: string; readonly of: string[] }>();
  for (const program of programs) {
    for (const [, flag = '', what = ''] of settingsHelp(program).matchAll(
      /^ {2}(--\S+(?: [A-Z]+)?) +(.+)$/gm,
    )) {
      const row = rows.get(flag) ?? { what, of: [] };
      row.of.push(program);
      rows.set(flag, row);
    }
  }
  return [
    '| flag | programs | meaning |',
    '| --- | --- | --- |',
    ...[...rows].map(
      ([flag, { what, of }]) => `| \`${flag}\` | ${of.join(', ')} | ${what.replaceAll('|', '\\|')} |`,
    ),
  ].join('\n');
}
