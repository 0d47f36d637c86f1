import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import Libsql from 'libsql';
import { afterEach, expect, test } from 'vitest';
import { sourceLoader } from '#server/analysis/processFlags.ts';
import type { JobQueue, QueuePolicy, SongResult } from '#server/queue/jobQueue.ts';
import { contractJob } from '#server/queue/queueContract.ts';
import { openSqliteQueue } from '#server/queue/sqlite/openSqliteQueue.ts';

/** How often processes are killed in a campaign; more at night. */
const rounds = Number(process.env['ACOUSTICSENSE_KILL_ROUNDS'] ?? '6');
const policy: QueuePolicy = {
  attempts: 1000,
  backoffMs: 10,
  lockMs: 1000,
  resultTtlMs: null,
  jobsPerMinute: null,
};

const children = new Set<ChildProcess>();
const queues: JobQueue[] = [];
const directories: string[] = [];
afterEach(async () => {
  for (const child of children) {
    child.kill('SIGCONT');
    child.kill('SIGKILL');
  }
  children.clear();
  for (const queue of queues.splice(0)) await queue.close();
  for (const directory of directories.splice(0)) rmSync(directory, { recursive: true, force: true });
});

function place() {
  const directory = mkdtempSync(join(tmpdir(), 'acousticsense-kill-'));
  directories.push(directory);
  const file = join(directory, 'queue.sqlite');
  const journal = join(directory, 'journal');
  writeFileSync(journal, '');
  let names = 0;
  const start = async (options: Readonly<Record<string, string>> = {}): Promise<ChildProcess> => {
    const name = `worker ${++names}`;
    const child = spawn(
      process.execPath,
      [
        ...sourceLoader,
        fileURLToPath(new URL('./testing/queueProcess.ts', import.meta.url)),
        ...Object.entries({ file, journal, name, ...options }).flatMap(([key, value]) => [`--${key}`, value]),
      ],
      { stdio: ['ignore', 'pipe', 'inherit'] },
    );
    children.add(child);
    child.once('exit', () => children.delete(child));
    await once(child.stdout, 'data');
    return child;
  };
  const open = async (): Promise<JobQueue> => {
    const opened = await openSqliteQueue({ file, policy });
    if (!opened.ok) throw new Error(opened.error.message);
    queues.push(opened.value);
    return opened.value;
  };
  const journalLines = (): string[][] =>
    readFileSync(journal, 'utf8')
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => line.split('\t'));
  return { file, journal, start, open, journalLines };
}

async function kill(child: ChildProcess, signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
  const gone = once(child, 'exit');
  child.kill(signal);
  await gone;
}

async function until(what: string, holds: () => Promise<boolean>, limitMs = 100_000): Promise<void> {
  const end = performance.now() + limitMs;
  while (!(await holds())) {
    if (performance.now() > end) throw new Error(`never came about: ${what}`);
    await sleep(30);
  }
}

async function counts(queue: JobQueue) {
  const answer = await queue.counts();
  if (!answer.ok) throw new Error(answer.error.message);
  return answer.value;
}

async function feedOf(queue: JobQueue): Promise<SongResult[]> {
  const all: SongResult[] = [];
  for (let cursor = ''; ;) {
    const page = await queue.resultsSince(cursor, 500);
    if (!page.ok) throw new Error(page.error.message);
    if (page.value.results.length === 0) return all;
    all.push(...page.value.results);
    cursor = page.value.cursor;
  }
}

const intact = (file: string): unknown => {
  const database = new Libsql(file);
  const row = database.prepare('PRAGMA integrity_check').get() as { integrity_check: string };
  const broken = database.prepare('PRAGMA foreign_key_check').all();
  database.close();
  return broken.length === 0 ? row.integrity_check : broken;
};

test(
  'two workers on one file, killed with -9 at random moments while songs are put in: 0 lost, 0 doubled',
  async () => {
    const { file, start, open, journalLines } = place();
    const queue = await open();
    const put: string[] = [];
    const putIn = async (count: number): Promise<void> => {
      const songs = Array.from({ length: count }, (_, index) => String(put.length + index));
      const answer = await queue.enqueue(songs.map((song) => contractJob(song)));
      if (!answer.ok) throw new Error(answer.error.message);
      put.push(...songs);
    };
    await putIn(100);
    const workers = await Promise.all([start({ job: '3' }), start({ job: '20' })]);
    for (let round = 0; round < rounds; round++) {
      await putIn(100);
      // The first has jobs of next to no length: it is nearly always writing when it is killed.
      await sleep(Math.random() * 150);
      const which = round % 3 === 2 ? [0, 1] : [round % 2];
      await Promise.all(
        which.map(async (index) => {
          await kill(workers[index]!);
          workers[index] = await start({ job: index === 0 ? '3' : '20' });
        }),
      );
    }
    await until('all songs are done', async () => (await counts(queue)).done >= put.length);
    await Promise.all(workers.map((worker) => kill(worker, 'SIGTERM')));
    const feed = (await feedOf(queue)).map(({ songId }) => songId);
    expect(feed.toSorted()).toEqual(put.toSorted());
    expect(await counts(queue)).toMatchObject({
      waiting: 0,
      delayed: 0,
      active: 0,
      dead: 0,
      done: put.length,
      workers: 0,
    });
    expect(intact(file)).toBe('ok');
    // The kills did hit: some jobs were begun more than once after their first failure.
    const begun = journalLines().filter(([what]) => what === 'begun').length;
    expect(begun).toBeGreaterThan(put.length + Math.floor((put.length - 1) / 7));
  },
  60_000 + rounds * 15_000,
);

test(
  'whoever puts songs in and is killed has all or none of a call in the file, and what was acknowledged is there',
  async () => {
    const { file, journal, open, journalLines } = place();
    const queue = await open();
    const size = 400;
    const program = `
    import { appendFileSync } from 'node:fs';
    import { openSqliteQueue } from '#server/queue/sqlite/openSqliteQueue.ts';
    import { contractJob } from '#server/queue/queueContract.ts';
    const opened = await openSqliteQueue(${JSON.stringify({ file, policy })});
    process.stdout.write('ready');
    for (let call = 0; ; call++) {
      const id = process.pid + '/' + call;
      const jobs = Array.from({ length: ${size} }, (_, i) => contractJob(id + '/' + i));
      const answer = await opened.value.enqueue(jobs);
      if (answer.ok) appendFileSync(${JSON.stringify(journal)}, 'put\\t' + id + '\\n');
    }`;
    for (let round = 0; round < Math.ceil(rounds / 3); round++) {
      const child = spawn(process.execPath, [...sourceLoader, '--input-type=module', '--eval', program], {
        stdio: ['ignore', 'pipe', 'inherit'],
        cwd: fileURLToPath(new URL('../../../../', import.meta.url)),
      });
      children.add(child);
      await once(child.stdout, 'data');
      const before = journalLines().length;
      await until('a call is acknowledged', () => Promise.resolve(journalLines().length > before));
      await sleep(Math.random() * 300);
      await kill(child);
      children.delete(child);
    }
    const database = new Libsql(file);
    const stored = database
      .prepare(`SELECT rtrim(rtrim(song_id, '0123456789'), '/') AS call, COUNT(*) AS n FROM jobs GROUP BY 1`)
      .all() as { call: string; n: number }[];
    database.close();
    const acknowledged = journalLines().map(([, id]) => id!);
    expect(acknowledged.length).toBeGreaterThan(0);
    expect(stored.filter(({ n }) => n !== size)).toEqual([]);
    const there = new Set(stored.map(({ call }) => call));
    expect(acknowledged.filter((id) => !there.has(id))).toEqual([]);
    expect((await counts(queue)).waiting).toBe(stored.length * size);
    expect(intact(file)).toBe('ok');
  },
  60_000 + rounds * 15_000,
);

test('a process that is stopped for longer than its lock and goes on: its late outcomes do not count', async () => {
  const { start, open, journalLines } = place();
  const queue = await open();
  const songs = Array.from({ length: 8 }, (_, index) => `${index * 7 + 1}`);
  const stopped = await start({ job: '1500', concurrency: '8' });
  const put = await queue.enqueue(songs.map((song) => contractJob(song)));
  expect(put.ok).toBe(true);
  await until('all are in hand', async () => (await counts(queue)).active === songs.length);
  stopped.kill('SIGSTOP');
  const before = (await counts(queue)).done;
  const heir = await start({ job: '5' });
  await until('another has done them', async () => (await counts(queue)).done === songs.length);
  stopped.kill('SIGCONT');
  await until('the stopped one is seen again', async () => (await counts(queue)).workers === 2);
  await sleep(2500);
  const feed = await feedOf(queue);
  expect(feed.map(({ songId }) => songId).toSorted()).toEqual(songs.toSorted());
  expect(feed.slice(before).map(({ genre }) => genre)).toEqual(
    Array.from({ length: songs.length - before }, () => 'worker 2'),
  );
  // The stopped one had them all begun, and finished them too late.
  expect(journalLines().filter(([what, name]) => what === 'begun' && name === 'worker 1')).toHaveLength(8);
  // It goes on with new songs.
  await kill(heir, 'SIGTERM');
  await queue.enqueue([contractJob('one more')]);
  await until('it works again', async () => (await counts(queue)).done === songs.length + 1);
  expect((await feedOf(queue)).at(-1)).toMatchObject({ songId: 'one more', genre: 'worker 1' });
});

test('a worker that is told to stop gives its jobs back at once', async () => {
  const { start, open, journal } = place();
  const queue = await open();
  const worker = await start({ job: '60000', lock: '60000' });
  await queue.enqueue([contractJob('1'), contractJob('2')]);
  await until('both are in hand', async () => (await counts(queue)).active === 2);
  appendFileSync(journal, '');
  await kill(worker, 'SIGTERM');
  expect(await counts(queue)).toMatchObject({ waiting: 2, active: 0, workers: 0 });
});
