import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { err, ok } from '#core/result.ts';
import { testManifest } from '#core/testing/manifest.ts';
import { songHandler } from '#server/batch/songWorker.ts';
import { keepInSpool, keepSpool, spoolPath } from '#server/batch/spool.ts';
import { analysedOf, fakePool } from '#server/http/testing/fakeParts.ts';
import { createServiceLog } from '#server/observability/serviceLog.ts';
import type { ServiceMetrics } from '#server/observability/serviceMetrics.ts';
import type { JobState, SongJob } from '#server/queue/jobQueue.ts';
import { type ServiceErrorCode, serviceError } from '#server/serviceErrors.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'acousticsense-worker-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const content = 'the sound';
const sha256 = createHash('sha256').update(content).digest('hex');
const jobId = '0a'.repeat(20);

function job(changes: Partial<SongJob> = {}): SongJob {
  return {
    songId: '歌 1',
    path: join(folder, 'music', 'a.mp3'),
    audioSha256: sha256,
    model: { id: 'test-model', sha256: testManifest.weights.sha256 },
    windows: 7,
    priority: 5,
    removeFile: false,
    ...changes,
  };
}

function worker(settings: { readonly allowPath?: readonly string[] } = {}) {
  const pool = fakePool();
  const lines: Record<string, unknown>[] = [];
  const counted: string[] = [];
  const finished: string[] = [];
  pool.answer = async (request) => {
    const made = analysedOf(request);
    return ok({ ...made, report: { ...made.report, file: { ...made.report.file, sha256 } } });
  };
  const metrics = {
    analysed: (_: unknown, source: string) => counted.push(`analysed ${source}`),
    failed: (code: string, source: string) => counted.push(`${code} ${source}`),
  } as unknown as ServiceMetrics;
  const handler = songHandler({
    pool,
    metrics,
    queue: {} as never,
    settings: { timeLimit: 9, allowPath: [], spool: join(folder, 'spool'), ...settings },
    log: createServiceLog('info', (line) => lines.push(JSON.parse(line) as Record<string, unknown>)),
    spool: { finished: (id) => void finished.push(id) },
    isoDate: () => '2026-01-01T00:00:00.000Z',
  });
  const stop = new AbortController();
  const run = (given: SongJob) => handler(given, { jobId, attempt: 2, signal: stop.signal });
  return { pool, lines, counted, finished, stop, run };
}

function write(name: string, text = content): string {
  const path = join(folder, name);
  mkdirSync(join(path, '..'), { recursive: true });
  writeFileSync(path, text);
  return path;
}

describe('a song', () => {
  it('becomes the result for the catalogue, a log line and a figure', async () => {
    write('music/a.mp3');
    const { pool, lines, counted, run } = worker();
    expect(await run(job())).toEqual({
      kind: 'done',
      result: {
        songId: '歌 1',
        genre: 'Jazz',
        confidence: 0.500_000_04,
        top5: [
          { genre: 'Jazz', confidence: 0.500_000_04 },
          { genre: 'R&B', confidence: 0.3 },
          { genre: 'Rock', confidence: 0.15 },
          { genre: 'Classical', confidence: 0.05 },
        ],
        model: { id: 'test-model', version: testManifest.version, sha256: expect.any(String) as unknown },
        audioSha256: sha256,
        durationSeconds: expect.any(Number) as unknown,
        agreement: expect.any(Number) as unknown,
        at: '2026-01-01T00:00:00.000Z',
        jobId,
      },
    });
    expect(pool.asked).toMatchObject([
      {
        modelId: 'test-model',
        priority: 'batch',
        relevance: false,
        windows: 7,
        timeLimitMs: 9000,
        name: 'a.mp3',
      },
    ]);
    expect(counted).toEqual(['analysed job']);
    expect(lines).toMatchObject([
      {
        event: 'job',
        outcome: 'done',
        jobId,
        songId: '歌 1',
        attempt: 2,
        genre: 'Jazz',
        model: testManifest.weights.sha256,
      },
    ]);
  });

  const again: ServiceErrorCode[] = [
    'decoder-crashed',
    'time-limit',
    'out-of-memory',
    'internal',
    'unreadable-file',
    'shutting-down',
    'backend-lost',
  ];
  const dead: ServiceErrorCode[] = [
    'empty-file',
    'unsupported-format',
    'decode-failed',
    'no-audio-track',
    'no-samples',
    'file-too-long',
    'file-too-large',
    'silent',
  ];
  it.each([...again.map((code) => [code, true] as const), ...dead.map((code) => [code, false] as const)])(
    'that fails with %s is tried again: %s',
    async (code, retry) => {
      write('music/a.mp3');
      const { pool, lines, counted, run } = worker();
      pool.answer = async () => err(serviceError(code, 'a test'));
      expect(await run(job())).toMatchObject({ kind: 'failed', error: { code }, retry });
      expect(counted).toEqual([`${code} job`]);
      expect(lines).toMatchObject([{ event: 'job', outcome: 'failed', code, retry }]);
    },
  );

  it('for other weights is left to another worker', async () => {
    const { pool, run } = worker();
    const other = await run(job({ model: { id: 'test-model', sha256: 'f'.repeat(64) } }));
    expect(other).toMatchObject({ kind: 'failed', retry: true, error: { code: 'model-changed' } });
    const unknown = await run(job({ model: { id: 'nobody', sha256: 'f'.repeat(64) } }));
    expect(unknown).toMatchObject({ kind: 'failed', retry: true, error: { code: 'model-changed' } });
    expect(pool.asked).toEqual([]);
  });

  it('whose file was replaced is dead, whether the other one can be read or not', async () => {
    write('music/a.mp3', 'something else');
    const { pool, run } = worker();
    pool.answer = async (request) => ok(analysedOf(request));
    expect(await run(job())).toMatchObject({ retry: false, error: { code: 'file-changed' } });
    pool.answer = async () => err(serviceError('unsupported-format', 'no audio'));
    const found = createHash('sha256').update('something else').digest('hex');
    expect(await run(job())).toMatchObject({
      retry: false,
      error: { code: 'file-changed', details: { queued: sha256, found } },
    });
  });

  it('that is given back because the worker stops is no failure', async () => {
    write('music/a.mp3');
    const { pool, counted, lines, stop, run } = worker();
    pool.answer = async () => {
      stop.abort();
      return err(serviceError('cancelled', 'stopped'));
    };
    expect(await run(job())).toMatchObject({ kind: 'failed', retry: true });
    expect(counted).toEqual([]);
    expect(lines).toMatchObject([{ outcome: 'given-back' }]);
  });
});

describe('paths', () => {
  it('every path is read where no directories are set', async () => {
    const path = write('anywhere/b.mp3');
    expect(await worker().run(job({ path }))).toMatchObject({ kind: 'done' });
  });

  it('with directories only what lies in them, links followed', async () => {
    const inside = write('music/a.mp3');
    const outside = write('other/b.mp3');
    symlinkSync(outside, join(folder, 'music/link.mp3'));
    const { run, pool } = worker({ allowPath: [join(folder, 'music')] });
    expect(await run(job({ path: inside }))).toMatchObject({ kind: 'done' });
    for (const path of [outside, join(folder, 'music/link.mp3'), join(folder, 'music/../other/b.mp3')]) {
      expect(await run(job({ path }))).toMatchObject({ retry: false, error: { code: 'path-not-allowed' } });
    }
    expect(await run(job({ path: join(folder, 'music/gone.mp3') }))).toMatchObject({
      retry: true,
      error: { code: 'unreadable-file' },
    });
    expect(pool.asked).toHaveLength(1);
  });

  it('an upload is read from the spool of this host, whatever path its job names', async () => {
    write(`spool/${jobId}`);
    const { run, pool, finished } = worker({ allowPath: [join(folder, 'music')] });
    expect(await run(job({ path: '/etc/passwd', removeFile: true }))).toMatchObject({ kind: 'done' });
    expect(pool.asked[0]?.path).toBe(spoolPath(join(folder, 'spool'), jobId));
    expect(finished).toEqual([jobId]);
    await worker()
      .run(job({ path: '/etc/hostname' }))
      .catch(() => undefined);
    expect(existsSync('/etc/passwd')).toBe(true);
  });
});

function spool(states: Record<string, JobState>) {
  const clock = { ms: 0 };
  const log = createServiceLog('silent');
  const keeper = keepSpool({
    spool: join(folder, 'spool'),
    log,
    nowMs: () => clock.ms,
    checkMs: 5,
    sweepMs: 1_000_000,
    orphanMs: 1000,
    queue: {
      status: async (id) => {
        if (states['away'] !== undefined) return err(serviceError('queue-unavailable', 'a test'));
        const state = states[id];
        return ok(state === undefined ? null : { jobId: id, songId: 's', state, attempts: 1, error: null });
      },
    },
  });
  return { keeper, clock };
}

const id = (digit: string): string => digit.repeat(40);

const there = (digit: string): boolean => existsSync(join(folder, 'spool', id(digit)));

describe('the spool', () => {
  it('keeps an upload durably under the id of its job, and replaces the same one', async () => {
    const from = write('spool/incoming/x');
    expect(await keepInSpool(from, join(folder, 'spool'), id('1'))).toEqual(
      ok(join(folder, 'spool', id('1'))),
    );
    expect(there('1')).toBe(true);
    expect(existsSync(from)).toBe(false);
    const again = write('spool/incoming/y');
    expect(await keepInSpool(again, join(folder, 'spool'), id('1'))).toMatchObject({ ok: true });
    expect(await keepInSpool(join(folder, 'gone'), join(folder, 'spool'), id('2'))).toMatchObject({
      error: { code: 'internal' },
    });
  });

  it('a file goes as soon as the queue has the result, and not before', async () => {
    write(`spool/${id('1')}`);
    const states: Record<string, JobState> = { [id('1')]: 'active' };
    const { keeper } = spool(states);
    keeper.finished(id('1'));
    await new Promise((done) => setTimeout(done, 40));
    expect(there('1')).toBe(true);
    states[id('1')] = 'done';
    await expect.poll(() => there('1')).toBe(false);
    await keeper.close();
  });

  it('a sweep removes what no job needs, after a while by a clock that never jumps', async () => {
    for (const digit of ['1', '2', '3', '4', '5', '6']) write(`spool/${id(digit)}`);
    write('spool/README', 'of somebody else');
    const states: Record<string, JobState> = {
      [id('1')]: 'waiting',
      [id('2')]: 'active',
      [id('3')]: 'delayed',
      [id('4')]: 'dead',
      [id('5')]: 'done',
    };
    const { keeper, clock } = spool(states);
    await keeper.sweep();
    clock.ms = 999;
    await keeper.sweep();
    expect(['1', '2', '3', '4', '5', '6'].filter(there)).toHaveLength(6);
    clock.ms = 1000;
    await keeper.sweep();
    expect(['1', '2', '3', '4', '5', '6'].filter(there)).toEqual(['1', '2', '3', '4']);
    expect(existsSync(join(folder, 'spool/README'))).toBe(true);
    // The dead letter is removed: its file has its while from then on.
    delete states[id('4')];
    await keeper.sweep();
    expect(there('4')).toBe(true);
    clock.ms = 2000;
    await keeper.sweep();
    expect(there('4')).toBe(false);
    await keeper.close();
  });

  it('nothing is removed while the queue is away', async () => {
    write(`spool/${id('1')}`);
    const { keeper, clock } = spool({ away: 'done' });
    keeper.finished(id('1'));
    await keeper.sweep();
    clock.ms = 1e9;
    await keeper.sweep();
    await keeper.close();
    expect(there('1')).toBe(true);
  });
});
