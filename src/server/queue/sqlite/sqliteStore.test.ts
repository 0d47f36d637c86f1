import { chmodSync, chownSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as fc from 'fast-check';
import Libsql from 'libsql';
import { afterEach, expect, test } from 'vitest';
import type { QueuePolicy } from '#server/queue/jobQueue.ts';
import { contractJob, contractResult } from '#server/queue/queueContract.ts';
import { jobIdOf } from '#server/queue/jobId.ts';
import { SqliteStore, type TakenSong } from '#server/queue/sqlite/sqliteStore.ts';
import { sqliteFailure } from '#server/queue/sqlite/sqliteFailure.ts';
import { serviceError } from '#server/serviceErrors.ts';

const hour = 3_600_000;
const day = 24 * hour;
const policy: QueuePolicy = {
  attempts: 5,
  backoffMs: 1000,
  lockMs: 30_000,
  resultTtlMs: 90 * day,
  jobsPerMinute: null,
};

const opened: SqliteStore[] = [];
const directories: string[] = [];
afterEach(() => {
  for (const store of opened.splice(0)) store.close();
  for (const directory of directories.splice(0)) rmSync(directory, { recursive: true, force: true });
});

/** A host whose clocks the test sets. */
function host(changes: Partial<QueuePolicy> = {}) {
  const directory = mkdtempSync(join(tmpdir(), 'acousticsense-store-'));
  directories.push(directory);
  const file = join(directory, 'queue.sqlite');
  const now = { monotonic: 500_000, wall: Date.parse('2026-06-01T00:00:00Z') };
  const open = (more: Partial<QueuePolicy> = {}): SqliteStore => {
    const store = SqliteStore.open({
      file,
      policy: { ...policy, ...changes, ...more },
      clocks: { monotonicMs: () => now.monotonic, wallMs: () => now.wall },
      random: () => 0.5,
    });
    if (!store.ok) throw new Error(store.error.message);
    opened.push(store.value);
    return store.value;
  };
  const pass = (ms: number): void => {
    now.monotonic += ms;
    now.wall += ms;
  };
  return { directory, file, now, open, pass };
}

const songs = (count: number, from = 0) =>
  Array.from({ length: count }, (_, index) => contractJob(`song ${from + index}`));
const finish = (store: SqliteStore, { jobs }: { readonly jobs: readonly TakenSong[] }): boolean[] =>
  jobs.map((taken) => store.settle(taken, { kind: 'done', result: contractResult(taken.job) }));
const failure = { kind: 'failed', error: serviceError('time-limit', 'slow'), retry: true } as const;
const feedOf = (store: SqliteStore, cursor = '') => {
  const page = store.resultsSince(cursor, 1_000_000);
  if (!page.ok) throw new Error(page.error.message);
  return page.value.results.map((text) => (JSON.parse(text) as { songId: string }).songId);
};

// ---- clocks

test('a wall clock that jumps, either way, takes no job from a living worker and keeps none from a dead one', () => {
  for (const jump of [-10 * 365 * day, -hour, hour, 10 * 365 * day]) {
    const { now, open, pass } = host({ resultTtlMs: null });
    const [mine, other] = [open(), open()];
    const alive = mine.register(1);
    const dead = other.register(1);
    mine.enqueue(songs(2));
    expect(mine.take(alive, 1).jobs).toHaveLength(1);
    expect(other.take(dead, 1).jobs).toHaveLength(1);
    now.wall += jump;
    pass(20_000);
    expect(mine.beat([alive])).toEqual({ lost: [], freed: false });
    pass(15_000);
    // `dead` has given no sign for 35 s, `alive` for 15 s.
    expect(mine.beat([alive])).toEqual({ lost: [], freed: true });
    expect(mine.counts()).toMatchObject({ active: 1, waiting: 1, workers: 1 });
  }
});

test('a retry comes after its back-off and not later, whatever the wall clock does meanwhile', () => {
  for (const jump of [-365 * day, -hour, 0, hour, 365 * day]) {
    const { now, open, pass } = host({ resultTtlMs: null });
    const store = open();
    const worker = store.register(1);
    store.enqueue(songs(1));
    expect(store.settle(store.take(worker, 1).jobs[0]!, failure)).toBe(true);
    now.wall += jump;
    pass(1099);
    expect(store.take(worker, 1)).toEqual({ jobs: [], againMs: 1 });
    pass(1);
    expect(store.take(worker, 1).jobs).toHaveLength(1);
  }
});

test('a host that has started anew begins its clock again: no job is held back for longer than its back-off', () => {
  for (const sinceStart of [3, 5_000, 400_000, 600_000_000]) {
    const { now, open, pass } = host({ backoffMs: hour });
    const before = open();
    const worker = before.register(1);
    before.enqueue(songs(2));
    before.settle(before.take(worker, 1).jobs[0]!, failure);
    expect(before.take(worker, 1).jobs).toHaveLength(1);
    expect(before.lease('webhook', 'gone', 30_000)).toBe(true);
    now.monotonic = sinceStart;
    const store = open();
    const heir = store.register(2);
    pass(30_001);
    store.beat([heir]);
    expect(store.lease('webhook', 'heir', 30_000)).toBe(true);
    expect(store.take(heir, 2).jobs.map(({ jobId }) => jobId)).toContain(jobIdOf(contractJob('song 1')));
    pass(hour);
    expect(store.beat([heir]).lost).toEqual([]);
    const counts = store.counts();
    expect(store.take(heir, 2).jobs.length + counts.active).toBe(2);
  }
});

test('a reading of the clock that is a little old is no new start', () => {
  const { now, open } = host();
  const store = open();
  store.enqueue(songs(1));
  now.monotonic -= 500;
  expect(store.lease('a', 'x', 1000)).toBe(true);
  now.monotonic += 1501;
  expect(store.lease('a', 'y', 1000)).toBe(true);
});

test('not more begin in any minute than allowed, and all that are allowed do', () => {
  const { open, pass } = host({ jobsPerMinute: 10, lockMs: hour });
  const [one, two] = [open(), open()];
  const workers = [one.register(4), two.register(4)];
  one.enqueue(songs(100));
  const begun: number[] = [];
  let at = 0;
  for (; at < 5 * 60_000; at += 700) {
    for (const [index, store] of [one, two].entries()) {
      const taken = store.take(workers[index]!, 3);
      finish(store, taken);
      for (const _ of taken.jobs) begun.push(at);
    }
    pass(700);
  }
  for (const start of begun) {
    expect(begun.filter((moment) => moment >= start && moment < start + 60_000).length).toBeLessThanOrEqual(
      10,
    );
  }
  expect(begun.length).toBeGreaterThanOrEqual(45);
});

// ---- workers

test('a job that takes its worker along each time is dead when its attempts are used up', () => {
  const { open, pass } = host({ attempts: 3 });
  const store = open();
  store.enqueue([contractJob('poison')]);
  const watcher = store.register(1);
  for (let attempt = 1; attempt <= 3; attempt++) {
    const victim = store.register(1);
    expect(store.take(victim, 1).jobs[0]?.attempt).toBe(attempt);
    pass(20_000);
    store.beat([watcher]);
    pass(20_000);
    store.beat([watcher]);
  }
  expect(store.counts()).toMatchObject({ dead: 1, waiting: 0, active: 0 });
  expect(store.dead(1, 0)[0]).toMatchObject({ songId: 'poison', attempts: 3, error: { code: 'internal' } });
});

test('a worker that was given up is told with its next sign of life, and its outcome does not count', () => {
  const { open, pass } = host();
  const [stopped, other] = [open(), open()];
  const worker = stopped.register(1);
  stopped.enqueue(songs(1));
  const late = stopped.take(worker, 1);
  pass(30_001);
  const heir = other.register(1);
  expect(other.beat([heir]).freed).toBe(true);
  const again = other.take(heir, 1);
  expect(again.jobs).toMatchObject([{ attempt: 2 }]);
  expect(finish(stopped, late)).toEqual([false]);
  expect(stopped.beat([worker]).lost).toEqual([worker]);
  stopped.giveBack(late.jobs);
  expect(finish(other, again)).toEqual([true]);
  expect(finish(other, again)).toEqual([false]);
  expect(other.counts()).toMatchObject({ done: 1, waiting: 0, active: 0 });
});

test('a worker that was late with its sign of life but was not missed keeps its jobs', () => {
  const { open, pass } = host();
  const store = open();
  const worker = store.register(1);
  store.enqueue(songs(1));
  const taken = store.take(worker, 1);
  pass(10 * 30_000);
  expect(store.beat([worker])).toEqual({ lost: [], freed: false });
  expect(finish(store, taken)).toEqual([true]);
});

// ---- model

interface Model {
  readonly put: Set<string>;
  readonly done: Set<string>;
}

test('random histories of several processes: nothing lost, nothing doubled, the counts agree', () => {
  const step = fc.oneof(
    fc.record({ do: fc.constant('put' as const), song: fc.nat(9), by: fc.nat(2) }),
    fc.record({ do: fc.constant('take' as const), by: fc.nat(2), count: fc.integer({ min: 1, max: 3 }) }),
    fc.record({ do: fc.constant('done' as const), which: fc.nat(30), by: fc.nat(2) }),
    fc.record({ do: fc.constant('fail' as const), which: fc.nat(30), retry: fc.boolean() }),
    fc.record({
      do: fc.constantFrom(
        'beat' as const,
        'crash' as const,
        'leave' as const,
        'requeue' as const,
        'give' as const,
      ),
      by: fc.nat(2),
    }),
    fc.record({ do: fc.constant('pass' as const), ms: fc.constantFrom(10, 1500, 20_000, 31_000) }),
    fc.record({ do: fc.constant('jump' as const), ms: fc.constantFrom(-day, -1000, 1000, day) }),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const { open, pass, now, directory } = host({ attempts: 3, resultTtlMs: null });
      const stores = [open(), open(), open()];
      const workers = stores.map((store) => store.register(3));
      const taken: TakenSong[] = [];
      const model: Model = { put: new Set(), done: new Set() };
      let counted = 0;
      const complete = (store: SqliteStore, it: TakenSong): void => {
        if (!store.settle(it, { kind: 'done', result: contractResult(it.job) })) return;
        counted++;
        // Counting twice would double it.
        expect(model.done.has(it.job.songId)).toBe(false);
        model.done.add(it.job.songId);
      };
      for (const it of steps) {
        switch (it.do) {
          case 'put': {
            const job = contractJob(`song ${it.song}`);
            const [outcome] = stores[it.by]!.enqueue([job]);
            if (!model.put.has(job.songId)) expect(outcome!.outcome).toBe('queued');
            if (model.done.has(job.songId))
              expect(outcome).toMatchObject({ outcome: 'known', state: 'done' });
            model.put.add(job.songId);
            break;
          }
          case 'take':
            taken.push(...stores[it.by]!.take(workers[it.by]!, it.count).jobs);
            break;
          case 'done': {
            const job = taken[it.which % Math.max(1, taken.length)];
            if (job !== undefined) complete(stores[it.by]!, job);
            break;
          }
          case 'fail': {
            const job = taken[it.which % Math.max(1, taken.length)];
            if (job !== undefined) stores[0]!.settle(job, { ...failure, retry: it.retry });
            break;
          }
          case 'beat':
            if (stores[it.by]!.beat([workers[it.by]!]).lost.length > 0)
              workers[it.by] = stores[it.by]!.register(3);
            break;
          case 'crash':
            stores[it.by]!.close();
            opened.splice(opened.indexOf(stores[it.by]!), 1);
            stores[it.by] = open();
            workers[it.by] = stores[it.by]!.register(3);
            break;
          case 'leave':
            stores[it.by]!.unregister(workers[it.by]!);
            workers[it.by] = stores[it.by]!.register(3);
            break;
          case 'give':
            stores[it.by]!.giveBack(taken.slice(-2));
            break;
          case 'requeue':
            stores[it.by]!.requeueDead('all');
            break;
          case 'pass':
            pass(it.ms);
            break;
          case 'jump':
            now.wall += it.ms;
            break;
        }
        const counts = stores[0]!.counts();
        const inAll = counts.waiting + counts.delayed + counts.active + counts.dead + counts.done;
        expect(inAll).toBe(model.put.size);
        expect(counts.done).toBe(counted);
      }
      // One good worker at the end.
      const last = stores[0]!;
      for (let turn = 0; turn < 10; turn++) {
        last.requeueDead('all');
        pass(31_000);
        const good = last.register(100);
        last.beat([good]);
        for (const it of last.take(good, 100).jobs) complete(last, it);
      }
      expect(feedOf(last).toSorted()).toEqual([...model.put].toSorted());
      for (const store of stores) {
        store.close();
        opened.splice(opened.indexOf(store), 1);
      }
      rmSync(directory, { recursive: true });
      directories.splice(directories.indexOf(directory), 1);
    }),
    { numRuns: Number(process.env['ACOUSTICSENSE_QUEUE_HISTORIES'] ?? '4') * 5 },
  );
}, 600_000);

// ---- retention

const sizeOf = (file: string): number => statSync(file).size + statSync(`${file}-wal`).size;

test('what has expired is forgotten in steps, the file does not grow, cursors stay valid', () => {
  const { file, open, pass } = host({ resultTtlMs: 10 * day, lockMs: 30_000 });
  const store = open();
  let sizeAfterFirst = 0;
  let cursor = '';
  for (let round = 0; round < 3; round++) {
    const worker = store.register(520);
    store.enqueue(songs(520, round * 520));
    const at = store.resultsSince(cursor, 5000);
    if (!at.ok) throw new Error(at.error.message);
    cursor = at.value.cursor;
    expect(finish(store, store.take(worker, 520)).every(Boolean)).toBe(true);
    store.unregister(worker);
    // Whoever reads in time misses nothing, whatever was forgotten before.
    expect(feedOf(store, cursor)).toHaveLength(520);
    pass(11 * day);
    expect(feedOf(store, cursor)).toEqual([]);
    let steps = 0;
    while (store.prune()) steps++;
    expect(steps).toBeGreaterThanOrEqual(1);
    if (round === 0) sizeAfterFirst = sizeOf(file);
  }
  expect(sizeOf(file)).toBeLessThanOrEqual(sizeAfterFirst * 1.5);
  expect(store.counts().done).toBe(1560);
  expect(store.resultsSince('1', 10)).toEqual({ ok: true, value: { results: [], cursor: '1' } });
  expect(store.status(jobIdOf(contractJob('song 1')))).toBeNull();
}, 120_000);

test('results that do not expire are kept, and so are the dead', () => {
  const { open, pass } = host({ resultTtlMs: null });
  const store = open();
  const worker = store.register(9);
  store.enqueue(songs(2));
  const { jobs } = store.take(worker, 2);
  finish(store, { jobs: [jobs[0]!] });
  store.settle(jobs[1]!, { ...failure, retry: false });
  pass(4000 * day);
  expect(store.prune()).toBe(false);
  expect(feedOf(store)).toEqual(['song 0']);
  expect(store.counts()).toMatchObject({ dead: 1, done: 1 });
});

test('a cursor ahead of the feed is of another file', () => {
  const { open } = host();
  expect(open().resultsSince('1', 10)).toMatchObject({ ok: false, error: { code: 'bad-request' } });
});

// ---- the file

const attempt = <T>(work: () => T, file: string) => {
  try {
    return { value: work() };
  } catch (cause) {
    const error = sqliteFailure(cause, file);
    if (error === null) throw cause;
    return { error };
  }
};

test('a full disk: nothing of the call is stored, what was stored is kept, and it goes on when there is room', () => {
  const { file, open } = host({ resultTtlMs: null });
  const store = open();
  const worker = store.register(5);
  store.enqueue(songs(50));
  const { jobs } = store.take(worker, 2);
  store.limitPages(60);
  const full = attempt(() => store.enqueue(songs(5000, 100)), file);
  expect(full.error).toMatchObject({ code: 'storage-full', details: { file } });
  expect(store.counts()).toMatchObject({ waiting: 48, active: 2 });
  // Fill what is left, song by song, until a result finds no room either.
  let added = 0;
  while (attempt(() => store.enqueue(songs(1, 10_000 + added)), file).error === undefined) added++;
  const large = {
    ...contractResult(jobs[0]!.job),
    top5: Array.from({ length: 2000 }, () => ({ genre: 'x', confidence: 0 })),
  };
  const outcome = { kind: 'done', result: large } as const;
  expect(attempt(() => store.settle(jobs[0]!, outcome), file).error).toMatchObject({ code: 'storage-full' });
  expect(store.counts()).toMatchObject({ waiting: 48 + added, active: 2, done: 0 });
  store.limitPages(1_000_000);
  expect(store.settle(jobs[0]!, outcome)).toBe(true);
  expect(finish(store, { jobs: [jobs[1]!] })).toEqual([true]);
  expect(store.enqueue(songs(5000, 100))).toHaveLength(5000);
  expect(store.counts()).toMatchObject({ waiting: 5048 + added, active: 0, done: 2 });
});

const refusal = (file: string) => {
  const store = SqliteStore.open({ file, policy });
  if (store.ok) {
    store.value.close();
    throw new Error('it was opened');
  }
  return store.error;
};

test('a file that is no database, of another program, or of a newer version is refused and left as it is', () => {
  const { directory, file, open } = host();
  const text = join(directory, 'notes.txt');
  writeFileSync(text, 'dear diary, '.repeat(500));
  expect(refusal(text)).toMatchObject({ code: 'queue-unavailable' });
  expect(refusal(text).message).toContain('is not a queue file');
  expect(readFileSync(text, 'utf8')).toBe('dear diary, '.repeat(500));

  const foreign = join(directory, 'foreign.sqlite');
  const other = new Libsql(foreign);
  other.exec('CREATE TABLE jobs (a); INSERT INTO jobs VALUES (7)');
  other.close();
  expect(refusal(foreign).message).toContain('the database of another program');

  open().enqueue(songs(3));
  const database = new Libsql(file);
  database.exec('PRAGMA user_version = 99');
  expect(refusal(file)).toMatchObject({ code: 'queue-unavailable', details: { schema: 99, known: 1 } });
  expect(refusal(file).message).toContain('newer version');
  database.exec('PRAGMA user_version = 1');
  database.close();
  expect(open().counts().waiting).toBe(3);
});

test('a directory that is missing or a file that is one is said so', () => {
  const { directory } = host();
  expect(refusal(join(directory, 'nowhere', 'queue.sqlite')).message).toContain('is the directory there');
  expect(refusal(directory).message).toContain('cannot be opened');
});

test('a file or directory without permission is said so', () => {
  const { directory, file, open } = host();
  open().enqueue(songs(1));
  for (const store of opened.splice(0)) store.close();
  // Root may write everything, so a test that runs as root is nobody for a while.
  const root = process.geteuid?.() === 0;
  const nobody = 65_534;
  if (root) {
    chownSync(directory, nobody, nobody);
    chownSync(file, nobody, nobody);
    process.seteuid!(nobody);
  }
  try {
    chmodSync(file, 0o400);
    expect(refusal(file).message).toContain('cannot be written');
    chmodSync(file, 0o000);
    expect(refusal(file)).toMatchObject({ code: 'queue-unavailable' });
    chmodSync(file, 0o600);
    chmodSync(directory, 0o500);
    expect(refusal(join(directory, 'other.sqlite')).message).toContain('may it be written');
    chmodSync(directory, 0o700);
  } finally {
    if (root) process.seteuid!(0);
  }
  expect(open().counts().waiting).toBe(1);
});

test('a damaged file is said so, and no other failure of it is taken for success', () => {
  const { file, open } = host();
  const store = open();
  store.enqueue(songs(3000));
  for (const it of opened.splice(0)) it.close();
  const bytes = readFileSync(file);
  bytes.fill(0xa5, 4096, 4096 * 60);
  writeFileSync(file, bytes);
  const again = SqliteStore.open({ file, policy });
  const error = again.ok
    ? (opened.push(again.value), attempt(() => again.value.enqueue(songs(3000)), file).error)
    : again.error;
  expect(error).toMatchObject({ code: 'queue-unavailable' });
  expect(error?.message).toContain('damaged');
});

test('a file that another process keeps locked is said so after the time given', () => {
  const { file, open } = host();
  open();
  const blocker = new Libsql(file);
  blocker.exec('BEGIN IMMEDIATE');
  const store = SqliteStore.open({ file, policy, busyMs: 50 });
  expect(store).toMatchObject({ ok: false, error: { code: 'queue-unavailable' } });
  blocker.exec('ROLLBACK');
  blocker.close();
});

test('a connection sees that another has changed the file, and only that', () => {
  const { open } = host();
  const [a, b] = [open(), open()];
  a.enqueue(songs(1));
  expect(b.counts().waiting).toBe(1);
  expect(b.changedByOthers()).toBe(true);
  expect(b.changedByOthers()).toBe(false);
  a.enqueue(songs(1, 5));
  expect(b.changedByOthers()).toBe(true);
  b.enqueue(songs(1, 9));
  expect(b.changedByOthers()).toBe(false);
});
