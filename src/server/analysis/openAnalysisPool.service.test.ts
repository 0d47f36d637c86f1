import { readdirSync, readFileSync } from 'node:fs';
import { copyFile, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { analyse } from '#core/pipeline/analyse.ts';
import type { AnalysisReport } from '#core/report/report.ts';
import type { AnalysisPool, AnalysisRequest } from '#server/analysis/analysisPool.ts';
import { openAnalysisPool, type PoolSettings } from '#server/analysis/openAnalysisPool.ts';
import { decodeAudioFile } from '#server/decode/decodeFile.ts';
import { openNodeModel } from '#server/engine/nodeEngine.ts';
import { nodeClock, nodeFrontEnd } from '#server/nodePorts.ts';
import { createServiceLog } from '#server/observability/serviceLog.ts';
import { program } from '#server/program.ts';
import { audioFixturePath } from '../../../e2e/fixtures/audio/index.ts';

const quick = 'acousticsense-vit-ti16';
const models = fileURLToPath(new URL('../../../public/models', import.meta.url));
const song = audioFixturePath('stereo.mp3');

const closing: (() => Promise<void>)[] = [];
afterAll(async () => {
  for (const close of closing) await close();
});

async function open(change: Partial<PoolSettings> = {}): Promise<AnalysisPool> {
  const opened = await openAnalysisPool({
    models,
    model: quick,
    slots: 1,
    threads: 1,
    maxWaiting: 2,
    maxSeconds: 7200,
    log: createServiceLog('silent'),
    ...change,
  });
  if (!opened.ok) throw new Error(opened.error.message);
  closing.push(() => opened.value.close(0));
  const ready = await opened.value.ready();
  if (!ready.ok) throw new Error(ready.error.message);
  return opened.value;
}

const request = (path: string, change: Partial<AnalysisRequest> = {}): AnalysisRequest => ({
  path,
  name: 'song',
  modelId: quick,
  priority: 'interactive',
  relevance: false,
  windows: null,
  timeLimitMs: 60_000,
  ...change,
});

async function reportOf(pool: AnalysisPool, asked: AnalysisRequest): Promise<AnalysisReport> {
  const analysed = await pool.analyse(asked);
  if (!analysed.ok) throw new Error(`${analysed.error.code}: ${analysed.error.message}`);
  return analysed.value.report;
}

/** What the command line computes of a file, on the calling thread. */
async function directly(path: string, modelId = quick): Promise<AnalysisReport> {
  const decoded = await decodeAudioFile(path, () => nodeClock.nowMs());
  const model = await openNodeModel(join(models, modelId), { threads: 1 });
  if (!decoded.ok || !model.ok) throw new Error('fixture does not open');
  const report = await analyse(
    decoded.value,
    { frontEnd: nodeFrontEnd, model: model.value, clock: nodeClock, program },
    { signal: { aborted: false }, descriptors: false },
  );
  await model.value.dispose();
  if (!report.ok) throw new Error(report.error.message);
  return report.value;
}

describe('answers', () => {
  let pool: AnalysisPool;
  beforeAll(async () => {
    pool = await open();
  });

  it.each(['stereo.mp3', 'music.flac', 'opus.opus', 'aac.m4a', 'half-silent.wav'])(
    '%s: those of the direct path, window by window',
    async (name) => {
      const path = audioFixturePath(name);
      const [served, direct] = [await reportOf(pool, request(path)), await directly(path)];
      const { timings: _a, createdAt: _b, ...rest } = served;
      const { timings: _c, createdAt: _d, ...expected } = direct;
      expect(rest).toEqual({ ...expected, file: { ...expected.file, name: 'song' } });
    },
  );

  it('the default model, in int8, is within 0.05 of its float32 reference and has the same best genre', async () => {
    const id = 'acousticsense-vit-b16';
    const served = await reportOf(pool, request(song, { modelId: id, windows: 2 }));
    const exact = await openNodeModel(join(models, id), { threads: 1, precision: 'float32' });
    const decoded = await decodeAudioFile(song, () => 0);
    if (!exact.ok || !decoded.ok) throw new Error('fixture does not open');
    const reference = await analyse(
      decoded.value,
      { frontEnd: nodeFrontEnd, model: exact.value, clock: nodeClock, program },
      { signal: { aborted: false }, descriptors: false, windows: 2 },
    );
    await exact.value.dispose();
    if (!reference.ok) throw new Error(reference.error.message);
    const expected = new Map(reference.value.track.predictions.map((p) => [p.genre, p.probability]));
    for (const { genre, probability } of served.track.predictions)
      expect(Math.abs(probability - (expected.get(genre) ?? 9))).toBeLessThan(0.05);
    expect(served.track.predictions[0]?.genre).toBe(reference.value.track.predictions[0]?.genre);
  });

  it('fewer windows give what those windows give among all, and say so', async () => {
    const all = await reportOf(pool, request(song));
    const few = await reportOf(pool, request(song, { windows: 2 }));
    expect(few.windows).toHaveLength(2);
    for (const window of few.windows) {
      const same = all.windows.find(({ startFrame }) => startFrame === window.startFrame);
      expect(window.predictions.map(({ genre }) => genre)[0]).toBe(same?.predictions[0]?.genre);
      const expected = new Map(same?.predictions.map((p) => [p.genre, p.probability]));
      for (const { genre, probability } of window.predictions)
        // float32 decibels that differ in the last bits move the rounding of int8 activations
        expect(Math.abs(probability - (expected.get(genre) ?? 9))).toBeLessThan(0.005);
    }
    expect(few.warnings).toEqual([
      { code: 'windows-sampled', details: { read: 2, windows: all.windows.length } },
    ]);
  });

  it('relevance comes for every window, of the best genre of the track', async () => {
    const analysed = await pool.analyse(request(song, { relevance: true, windows: 2 }));
    if (!analysed.ok) throw new Error(analysed.error.message);
    const { relevance, report } = analysed.value;
    expect(relevance?.map(({ index, genre }) => [index, genre])).toEqual(
      [0, 1].map((index) => [index, report.track.predictions[0]?.genre]),
    );
    for (const { patches } of relevance ?? [])
      expect(patches.reduce((sum, value) => sum + value, 0)).toBeCloseTo(1, 4);
  });

  it.each([
    ['zip-renamed.mp3', 'unsupported-format'],
    ['empty.mp3', 'empty-file'],
    ['silence.wav', 'silent'],
    ['three-hours.flac', 'file-too-long'],
    ['video-without-sound.mp4', 'no-audio-track'],
  ])('%s is refused: %s', async (name, code) => {
    expect(await pool.analyse(request(audioFixturePath(name)))).toMatchObject({ ok: false, error: { code } });
  });

  afterAll(async () => {
    expect(decoders()).toHaveLength(1);
    await pool.close(0);
    expect(decoders()).toEqual([]);
  });

  it('what is no file, and a model that is not there, are refused', async () => {
    expect(await pool.analyse(request('/nowhere'))).toMatchObject({ error: { code: 'unreadable-file' } });
    expect(await pool.analyse(request(song, { modelId: '../x' }))).toMatchObject({
      error: { code: 'unknown-model' },
    });
    expect(pool.counts().restarts).toBe(0);
  });
});

describe('what breaks', () => {
  let folder = '';
  let pool: AnalysisPool;
  const breaking = async (how: string): Promise<string> => {
    const path = join(folder, how);
    await writeFile(path, how);
    return path;
  };
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'acousticsense-pool-'));
    closing.push(() => rm(folder, { recursive: true }));
    pool = await open({
      decoder: {
        module: fileURLToPath(new URL('breakingDecoder.ts', import.meta.url)),
        maxBytes: 700 * 2 ** 20,
        idleBytes: 400 * 2 ** 20,
      },
    });
  });

  it.each(['segfault', 'abort', 'exit', 'allocate'])(
    '%s costs the file that it happens on, and the next one works',
    async (how) => {
      const before = pool.counts().restarts;
      expect(await pool.analyse(request(await breaking(how)))).toMatchObject({
        ok: false,
        error: { code: 'decoder-crashed' },
      });
      expect((await reportOf(pool, request(song))).windows).not.toHaveLength(0);
      expect(pool.counts()).toMatchObject({ restarts: before + 1, busy: 0 });
    },
  );

  it.each(['loop', 'never'])('%s ends at the time limit, and the next one works', async (how) => {
    const slow = await pool.analyse(request(await breaking(how), { timeLimitMs: 1500 }));
    expect(slow).toMatchObject({ ok: false, error: { code: 'time-limit' } });
    expect((await reportOf(pool, request(song))).windows).not.toHaveLength(0);
  });

  it('a bug in the decoder is an answer', async () => {
    expect(await pool.analyse(request(await breaking('throw')))).toMatchObject({
      error: { code: 'internal' },
    });
  });

  it('a process that has grown is replaced after its file', async () => {
    const before = decoders();
    expect(before).toHaveLength(1);
    await pool.analyse(request(await breaking('grow')));
    await expect.poll(decoders).not.toEqual(before);
    expect((await reportOf(pool, request(song))).windows).not.toHaveLength(0);
  });

  it('a process that is killed from outside, at rest and at work, is started again', async () => {
    const [resting, ...others] = decoders();
    expect(others).toEqual([]);
    if (resting !== undefined) process.kill(resting, 'SIGKILL');
    await expect.poll(decoders).toEqual([]);
    expect((await reportOf(pool, request(song))).windows).not.toHaveLength(0);
    const working = pool.analyse(request(await breaking('never')));
    await expect.poll(() => pool.counts().busy).toBe(1);
    await new Promise((resolve) => setTimeout(resolve, 200));
    for (const pid of decoders()) process.kill(pid, 'SIGKILL');
    expect(await working).toMatchObject({ error: { code: 'decoder-crashed' } });
    expect((await reportOf(pool, request(song))).windows).not.toHaveLength(0);
  });

  it('who goes away is answered at once while waiting, and soon while decoding', async () => {
    const working = new AbortController();
    const waiting = new AbortController();
    const first = pool.analyse(request(await breaking('loop'), { signal: working.signal }));
    const second = pool.analyse(request(song, { signal: waiting.signal }));
    waiting.abort();
    expect(await second).toMatchObject({ error: { code: 'cancelled' } });
    working.abort();
    expect(await first).toMatchObject({ error: { code: 'cancelled' } });
    expect(pool.counts()).toMatchObject({ busy: 0, waiting: { interactive: 0, batch: 0 } });
  });

  it('too many that wait are told when to come back; the batch waits behind the others', async () => {
    const order: string[] = [];
    const ask = async (name: string, priority: 'interactive' | 'batch'): Promise<string> => {
      const answer = await pool.analyse(request(song, { priority, windows: 1 }));
      order.push(name);
      return answer.ok ? 'ok' : answer.error.code;
    };
    const asked = [
      ask('running', 'batch'),
      ask('batch', 'batch'),
      ask('first', 'interactive'),
      ask('second', 'interactive'),
    ];
    const refused = await pool.analyse(request(song));
    expect(refused).toMatchObject({ error: { code: 'busy' } });
    if (!refused.ok) expect(refused.error.details?.['retryAfterSeconds']).toBeGreaterThanOrEqual(1);
    expect(await Promise.all(asked)).toEqual(['ok', 'ok', 'ok', 'ok']);
    expect(order).toEqual(['running', 'first', 'second', 'batch']);
  });

  it('closing finishes what is there, takes nothing more, and leaves no process', async () => {
    const last = [pool.analyse(request(song)), pool.analyse(request(song, { windows: 1 }))];
    const closed = pool.close(60_000);
    expect(await pool.analyse(request(song))).toMatchObject({ error: { code: 'shutting-down' } });
    await closed;
    expect((await Promise.all(last)).map(({ ok }) => ok)).toEqual([true, true]);
    expect(decoders()).toEqual([]);
  });

  it('a process that has read many files is replaced, and no file is lost by it', async () => {
    const others = decoders();
    const own = (): number[] => decoders().filter((pid) => !others.includes(pid));
    const careful = await open({ decoder: { mostFiles: 2 } });
    const seen = new Set<number>();
    for (let file = 0; file < 6; file += 1) {
      expect((await reportOf(careful, request(song))).windows).not.toHaveLength(0);
      await expect.poll(own).toHaveLength(1);
      for (const pid of own()) seen.add(pid);
    }
    // After the second, the fourth and the sixth file.
    expect(seen.size).toBe(4);
    await careful.close(10_000);
    expect(own()).toEqual([]);
  });

  it('what does not end in its grace is answered, and leaves no process', async () => {
    const short = await open({
      decoder: { module: fileURLToPath(new URL('breakingDecoder.ts', import.meta.url)) },
    });
    const stuck = short.analyse(request(await breaking('loop')));
    await short.close(300);
    expect(await stuck).toMatchObject({ error: { code: 'shutting-down' } });
    expect(decoders()).toEqual([]);
  });
});

describe('models', () => {
  it('a folder without an index, and a default that is not in it, are refused at once', async () => {
    const settings = { models: '/nowhere', model: null, slots: 1, threads: 1, maxWaiting: 1, maxSeconds: 9 };
    const log = createServiceLog('silent');
    expect(await openAnalysisPool({ ...settings, log })).toMatchObject({ error: { code: 'model-missing' } });
    expect(await openAnalysisPool({ ...settings, log, models, model: 'other' })).toMatchObject({
      error: { code: 'unknown-model' },
    });
  });

  it('weights that were altered make the pool not ready, and every file fails with that', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'acousticsense-models-'));
    closing.push(() => rm(folder, { recursive: true }));
    const { mkdir } = await import('node:fs/promises');
    await mkdir(join(folder, quick));
    for (const file of await readdir(join(models, quick)))
      await copyFile(join(models, quick, file), join(folder, quick, file));
    await writeFile(join(folder, 'index.json'), JSON.stringify([{ id: quick, bytes: 1, default: true }]));
    const weights = await readFile(join(folder, quick, 'model.safetensors'));
    weights[weights.length - 1] = (weights.at(-1) ?? 0) ^ 1;
    await writeFile(join(folder, quick, 'model.safetensors'), weights);
    const opened = await openAnalysisPool({
      models: folder,
      model: null,
      slots: 1,
      threads: 1,
      maxWaiting: 1,
      maxSeconds: 60,
      log: createServiceLog('silent'),
    });
    if (!opened.ok) throw new Error(opened.error.message);
    closing.push(() => opened.value.close(0));
    expect(await opened.value.ready()).toMatchObject({ error: { code: 'model-altered' } });
    expect(await opened.value.analyse(request(song))).toMatchObject({ error: { code: 'model-altered' } });
  });
});

/** Decoder processes of this process, whichever of its threads started them (Linux). */
function decoders(): number[] {
  const children = readdirSync('/proc/self/task').flatMap((thread) => {
    try {
      return readFileSync(`/proc/self/task/${thread}/children`, 'utf8').split(' ');
    } catch {
      return [];
    }
  });
  return children
    .filter((pid) => {
      try {
        return /(?:breakingD|d)ecoder\.ts/.test(readFileSync(`/proc/${pid}/cmdline`, 'utf8'));
      } catch {
        return false;
      }
    })
    .map(Number);
}
