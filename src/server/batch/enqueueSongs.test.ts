import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { err, ok } from '#core/result.ts';
import {
  type EnqueueOptions,
  enqueueSongs,
  hashFile,
  type SongToEnqueue,
} from '#server/batch/enqueueSongs.ts';
import { findSongs, type FoundFile } from '#server/batch/findSongs.ts';
import { jobIdOf } from '#server/queue/jobId.ts';
import type { EnqueueOutcome, SongJob } from '#server/queue/jobQueue.ts';
import { serviceError } from '#server/serviceErrors.ts';

const fixtures = new URL('../../../e2e/fixtures/audio/', import.meta.url);
const fixture = (name: string): Buffer => readFileSync(new URL(name, fixtures));
let folder = '';

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'acousticsense-enqueue-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function put(name: string, content: string | Uint8Array = name): string {
  const path = join(folder, name);
  mkdirSync(join(path, '..'), { recursive: true });
  writeFileSync(path, content);
  return path;
}

const allOf = async (found: AsyncIterable<FoundFile>): Promise<FoundFile[]> =>
  (await Readable.from(found).toArray()) as FoundFile[];

const sha256 = (content: string): string => createHash('sha256').update(content).digest('hex');

/** A queue that keeps what it is given; it fails as often as told. */
function store(failures = 0, code: 'queue-unavailable' | 'storage-full' = 'queue-unavailable') {
  const jobs = new Map<string, SongJob>();
  const batches: number[] = [];
  const state = { failures };
  return {
    jobs,
    batches,
    enqueue: async (given: readonly SongJob[]) => {
      if (state.failures-- > 0) return err(serviceError(code, 'a test'));
      batches.push(given.length);
      return ok(
        given.map((job): EnqueueOutcome => {
          const jobId = jobIdOf(job);
          if (jobs.has(jobId)) return { jobId, outcome: 'known', state: 'waiting' };
          jobs.set(jobId, job);
          return { jobId, outcome: 'queued' };
        }),
      );
    },
  };
}

const model = { id: 'm', sha256: 'e'.repeat(64) };

function options(more: Partial<EnqueueOptions> = {}): EnqueueOptions & { readonly failed: string[] } {
  const failed: string[] = [];
  return {
    model,
    windows: null,
    maxBytes: 1000,
    allowPath: [],
    onFailed: (label, { code }) => failed.push(`${label}: ${code}`),
    failed,
    ...more,
  };
}

async function* songs(paths: readonly string[]): AsyncGenerator<SongToEnqueue> {
  for (const path of paths) yield { label: path, song: ok({ songId: path, path, priority: 5 }) };
}

it('hashes files and puts them in, in order and in batches; a second time they are known', async () => {
  const paths = Array.from({ length: 10 }, (_, index) => put(`${index}.mp3`));
  const queue = store();
  const first = await enqueueSongs(queue, songs(paths), options({ batch: 4 }));
  expect(first).toEqual({ ok: true, value: { queued: 10, known: 0, failed: 0, bytes: 50 } });
  // What is still being hashed at the end goes with the last ones.
  expect(queue.batches).toEqual([4, 6]);
  expect([...queue.jobs.values()].map(({ path }) => path)).toEqual(paths);
  expect([...queue.jobs.values()][3]).toEqual({
    songId: paths[3],
    path: paths[3],
    audioSha256: sha256('3.mp3'),
    model,
    windows: null,
    priority: 5,
    removeFile: false,
  });
  const again = await enqueueSongs(queue, songs(paths), options());
  expect(again).toMatchObject({ value: { queued: 0, known: 10 } });
});

it('a file that fails costs itself only', async () => {
  const good = put('good.mp3');
  const large = put('large.mp3', 'x'.repeat(1001));
  const longName = put('n.mp3');
  const asked: SongToEnqueue[] = [
    { label: 'missing', song: ok({ songId: 'a', path: join(folder, 'missing.mp3'), priority: 5 }) },
    { label: 'folder', song: ok({ songId: 'b', path: folder, priority: 5 }) },
    { label: 'large', song: ok({ songId: 'c', path: large, priority: 5 }) },
    { label: 'id', song: ok({ songId: 'x'.repeat(201), path: longName, priority: 5 }) },
    { label: 'line 7', song: err(serviceError('bad-request', 'wrong')) },
    { label: 'good', song: ok({ songId: 'good', path: good, priority: 0 }) },
  ];
  const queue = store();
  const wanted = options();
  const done = await enqueueSongs(queue, Readable.from(asked), wanted);
  expect(done).toMatchObject({ ok: true, value: { queued: 1, failed: 5 } });
  expect(wanted.failed).toEqual([
    'missing: unreadable-file',
    'folder: unreadable-file',
    'large: file-too-large',
    'id: bad-song-id',
    'line 7: bad-request',
  ]);
});

it('with allowed directories nothing else is read, through links neither', async () => {
  const inside = put('in/a.mp3');
  const outside = put('out/b.mp3');
  symlinkSync(outside, join(folder, 'in/link.mp3'));
  const queue = store();
  const wanted = options({ allowPath: [join(folder, 'in')] });
  await enqueueSongs(
    queue,
    songs([inside, outside, join(folder, 'in/link.mp3'), join(folder, 'in/../out/b.mp3')]),
    wanted,
  );
  expect([...queue.jobs.values()].map(({ path }) => path)).toEqual([inside]);
  expect(wanted.failed).toHaveLength(3);
  for (const line of wanted.failed) expect(line).toContain('path-not-allowed');
});

it('waits for a queue that is away for a moment; else says how far it came', async () => {
  const paths = ['a', 'b', 'c'].map((name) => put(`${name}.mp3`));
  expect(await enqueueSongs(store(1), songs(paths), options())).toMatchObject({ value: { queued: 3 } });
  const gone = await enqueueSongs(store(99), songs(paths), options({ patience: 1 }));
  expect(gone).toMatchObject({
    ok: false,
    error: { error: { code: 'queue-unavailable' }, counts: { queued: 0 } },
  });
  const full = await enqueueSongs(store(99, 'storage-full'), songs(paths), options());
  expect(full).toMatchObject({ ok: false, error: { error: { code: 'storage-full' } } });
});

it('a named pipe is no file, and does not hold anybody up', async () => {
  const pipe = join(folder, 'pipe.mp3');
  execFileSync('mkfifo', [pipe]);
  expect(await hashFile(pipe, 1000)).toMatchObject({ ok: false, error: { code: 'unreadable-file' } });
});

it('finds songs by extension and by content, in the order of their names', async () => {
  put('b/Z.MP3', 'no matter what');
  put('b/a.flac', '');
  put('a/nameless', fixture('cbr.mp3'));
  put('a/movie.bin', fixture('aac.m4a'));
  put('a/notes.txt', 'words');
  put('a/cover.jpg', Buffer.from([0xff, 0xd8, 0xff, 0xe0, 0, 0x10]));
  put('.hidden/x.mp3');
  put('._b.mp3');
  put('歌/一.wav');
  symlinkSync(folder, join(folder, 'loop'));
  symlinkSync(join(folder, 'b/Z.MP3'), join(folder, 'link.mp3'));
  const found = await allOf(findSongs(folder));
  expect(
    found.filter(({ kind }) => kind === 'song').map((one) => ('songId' in one ? one.songId : '')),
  ).toEqual(['a/movie.bin', 'a/nameless', 'b/Z.MP3', 'b/a.flac', 'link.mp3', '歌/一.wav']);
  expect(found.filter(({ kind }) => kind === 'other')).toHaveLength(3);
});

it('a folder that cannot be read is said, and costs itself only', async () => {
  const found = await allOf(findSongs(join(folder, 'nowhere')));
  expect(found).toMatchObject([{ kind: 'unreadable', path: join(folder, 'nowhere') }]);
});
