/** `npm run bench -- service`: the program `serve` under load, over its port, beside the bare network and the Python stack. */
import { fork, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bareWindowsPerSecond } from './bareNetwork.ts';
import { processTreeMegabytes } from './memory.ts';
import {
  audioForm,
  closedLoop,
  endProcess,
  freePort,
  type RunningService,
  repository,
  startService,
} from './serviceProgram.ts';
import { makeSongs, writeSongs } from './serviceSongs.ts';
import { type BenchRow, median } from './table.ts';

/** Songs of three minutes a minute: a published figure for this kind of pipeline on a cluster with four GPUs. */
export const targetSongsPerMinute = 127;
const songSeconds = 180;
const clipSeconds = 4;
/** More requests than slots: the next file has arrived when a slot becomes free. */
const depth = 3;
const defaultModel = 'acousticsense-vit-b16';
const quickModel = 'acousticsense-vit-ti16';
/** Growth of the memory that is still called flat, per cent. */
export const flatPercent = 5;

export interface ServiceBenchOptions {
  /** Songs through the slowest configuration; the others take a multiple of it. */
  readonly songs: number;
  /** Short clips for the memory. */
  readonly requests: number;
}

export interface ServiceBench {
  readonly rows: readonly BenchRow[];
  /** What reaches the targets and what does not, one sentence each. */
  readonly sentences: readonly string[];
}

/** The part of the answer of POST /api/genre that is read here. */
interface GenreAnswer {
  readonly track: { readonly windows: number };
  readonly timings: Readonly<
    Record<
      'waitMs' | 'readMs' | 'hashMs' | 'decodeMs' | 'resampleMs' | 'melMs' | 'inferenceMs' | 'totalMs',
      number
    >
  >;
}

interface Configuration {
  readonly name: string;
  readonly model: string;
  /** Null for all of them. */
  readonly windows: number | null;
  readonly songsFactor: number;
}

const configurations: readonly Configuration[] = [
  { name: 'default model, all windows', model: defaultModel, windows: null, songsFactor: 1 },
  { name: 'default model, 3 windows', model: defaultModel, windows: 3, songsFactor: 4 },
  { name: 'quick model, all windows', model: quickModel, windows: null, songsFactor: 4 },
  { name: 'quick model, 3 windows', model: quickModel, windows: 3, songsFactor: 8 },
];

const addressOf = ({ model, windows }: Pick<Configuration, 'model' | 'windows'>): string =>
  `/api/genre?model=${model}${windows === null ? '' : `&windows=${windows}`}`;

/** One file through POST /api/genre. Throws where the answer is no 200: a benchmark of refusals says nothing. */
async function post(
  service: RunningService,
  address: string,
  song: Uint8Array,
): Promise<{ readonly ms: number; readonly answer: GenreAnswer }> {
  const { type, body } = audioForm(song, 'song.mp3');
  const { status, text, ms } = await service.ask(address, { type, body });
  if (status !== 200) throw new Error(`${address} answered ${status}: ${text.slice(0, 500)}`);
  return { ms, answer: JSON.parse(text) as GenreAnswer };
}

/** The value under which a share `p` of all values lies (nearest rank). */
export function percentile(values: readonly number[], p: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(p * sorted.length) - 1)] ?? Number.NaN;
}

interface Throughput {
  readonly songsPerMinute: number;
  readonly windowsPerSong: number;
  readonly rows: readonly BenchRow[];
}

async function throughputOf(
  service: RunningService,
  configuration: Configuration,
  songs: readonly Uint8Array[],
): Promise<Throughput> {
  const address = addressOf(configuration);
  const group = `service: ${configuration.name}`;
  // Every slot has opened the model and compiled its code before the clock starts.
  const warmUps = 2 * availableParallelism();
  await closedLoop(warmUps, warmUps, async (i) => {
    await post(service, address, songs[i % songs.length] ?? new Uint8Array());
  });
  const latencies: number[] = [];
  const answers: GenreAnswer[] = [];
  const wallMs = await closedLoop(songs.length, depth, async (i) => {
    const { ms, answer } = await post(service, address, songs[i] ?? new Uint8Array());
    latencies.push(ms);
    answers.push(answer);
  });
  const sum = (of: (timings: GenreAnswer['timings']) => number): number =>
    answers.reduce((total, { timings }) => total + of(timings), 0);
  const all = latencies.reduce((a, b) => a + b, 0);
  const stages: readonly (readonly [string, number])[] = [
    ['upload, answer, HTTP', all - sum((t) => t.waitMs + t.totalMs)],
    ['wait for a slot', sum((t) => t.waitMs)],
    ['read and hash', sum((t) => t.readMs + t.hashMs)],
    ['decode', sum((t) => t.decodeMs)],
    ['resample', sum((t) => t.resampleMs)],
    ['mel', sum((t) => t.melMs)],
    ['inference', sum((t) => t.inferenceMs)],
    [
      'between the stages',
      sum((t) => t.totalMs - t.readMs - t.hashMs - t.decodeMs - t.resampleMs - t.melMs - t.inferenceMs),
    ],
  ];
  const songsPerMinute = (60_000 * songs.length) / wallMs;
  return {
    songsPerMinute,
    windowsPerSong: answers[0]?.track.windows ?? 0,
    rows: [
      {
        group,
        name: `end to end, ${depth} requests in flight`,
        value: songsPerMinute,
        unit: 'songs/min',
        runs: songs.length,
        ratio: { to: `target of ${targetSongsPerMinute}`, value: songsPerMinute / targetSongsPerMinute },
      },
      ...stages.map(([name, ms]): BenchRow => ({
        group,
        name: `share of a request: ${name}`,
        value: (100 * ms) / all,
        unit: '%',
        runs: songs.length,
      })),
    ],
  };
}

/** p50, p95 and p99 at 1, 4 and 16 clients, and of /health while 16 of them are served. */
async function latencyRows(
  service: RunningService,
  configuration: Configuration,
  songs: readonly Uint8Array[],
): Promise<{ readonly rows: BenchRow[]; readonly healthP99: number }> {
  const address = addressOf(configuration);
  const rows: BenchRow[] = [];
  let healthP99 = Number.NaN;
  for (const clients of [1, 4, 16]) {
    const probe = fork(fileURLToPath(new URL('healthProbe.ts', import.meta.url)), [service.url], {
      execArgv: ['--import', 'tsx'],
      serialization: 'advanced',
    });
    await once(probe, 'message');
    const latencies: number[] = [];
    await closedLoop(Math.max(songs.length, clients), clients, async (i) => {
      latencies.push((await post(service, address, songs[i % songs.length] ?? new Uint8Array())).ms);
    });
    const asked = once(probe, 'message') as Promise<[number[]]>;
    probe.send('stop');
    const [health] = await asked;
    const group = `service: latency, ${configuration.name}`;
    for (const p of [50, 95, 99]) {
      rows.push({
        group,
        name: `p${p}, ${clients} client${clients === 1 ? '' : 's'}`,
        value: percentile(latencies, p / 100),
        unit: 'ms',
        runs: latencies.length,
      });
    }
    healthP99 = percentile(health, 0.99);
    rows.push({
      group,
      name: `p99 of /health meanwhile, ${clients} client${clients === 1 ? '' : 's'}`,
      value: healthP99,
      unit: 'ms',
      runs: health.length,
    });
  }
  return { rows, healthP99 };
}

export interface MemoryGrowth {
  readonly warmMegabytes: number;
  readonly endMegabytes: number;
  readonly percent: number;
  readonly requests: number;
}

/**
 * Memory of a service and everything that it started (proportional set size), over a first part of `requests` (20 to 50 %) and over
 * the last part, medians of samples at rest: what the next collection frees is no leak. Null where the system does not say.
 */
export async function memoryGrowth(
  service: RunningService,
  requests: number,
  progress: (done: number) => void = () => undefined,
): Promise<MemoryGrowth | null> {
  const clips = makeSongs(40, clipSeconds);
  const address = addressOf({ model: quickModel, windows: null });
  let done = 0;
  const send = async (count: number): Promise<void> => {
    await closedLoop(count, 4, async () => {
      await post(service, address, clips[done % clips.length] ?? new Uint8Array());
      done += 1;
      if (done % 500 === 0) progress(done);
    });
  };
  const sampled = async (): Promise<number | null> => {
    const samples: number[] = [];
    // Long stretches: the collector lets garbage stand for a thousand requests and more before it gives pages back.
    for (let i = 0; i < 30; i += 1) {
      const now = processTreeMegabytes(service.pid);
      if (now === null) return null;
      samples.push(now);
      await send(Math.max(1, Math.floor(requests / 100)));
    }
    return median(samples);
  };
  await send(Math.ceil(requests * 0.2));
  const warm = await sampled();
  await send(Math.ceil(requests * 0.2));
  const end = await sampled();
  return warm === null || end === null
    ? null
    : { warmMegabytes: warm, endMegabytes: end, percent: 100 * (end / warm - 1), requests: done };
}

interface ResultsPage {
  readonly results: readonly unknown[];
  readonly cursor: string;
}

/** Songs a minute from POST /api/jobs to the last result of the feed. */
async function queueThroughput(
  service: RunningService,
  configuration: Configuration,
  paths: readonly string[],
): Promise<number> {
  const songs = paths.map((path, i) => ({ song_id: `bench-${i}`, path }));
  const start = performance.now();
  const address = addressOf(configuration).replace('/api/genre', '/api/jobs');
  const posted = await service.ask(address, {
    type: 'application/json',
    body: JSON.stringify({ songs }),
  });
  if (posted.status >= 300) throw new Error(`/api/jobs answered ${posted.status}: ${posted.text}`);
  let cursor = '';
  let done = 0;
  while (done < songs.length) {
    const answer = await service.ask(`/api/results?since=${encodeURIComponent(cursor)}`);
    if (answer.status !== 200) throw new Error(`/api/results answered ${answer.status}: ${answer.text}`);
    const page = JSON.parse(answer.text) as ResultsPage;
    done += page.results.length;
    cursor = page.cursor;
    if (performance.now() - start > 30 * 60_000)
      throw new Error(`${done} of ${songs.length} results in 30 minutes`);
    if (page.results.length === 0) await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return (60_000 * songs.length) / (performance.now() - start);
}

/** A Redis of its own on a free port, with the settings that the documentation asks for; null where there is none. */
async function startRedis(folder: string): Promise<{ url: string; stop: () => Promise<void> } | null> {
  if (spawnSync('redis-server', ['--version']).status !== 0) return null;
  const port = await freePort();
  const child = spawn(
    'redis-server',
    ['--port', String(port), '--bind', '127.0.0.1', '--dir', folder, '--appendonly', 'yes', '--save', ''],
    { stdio: 'ignore' },
  );
  return { url: `redis://127.0.0.1:${port}`, stop: () => endProcess(child) };
}

interface PeerAnswer {
  readonly songsPerMinute: number;
  readonly songs: number;
  readonly network: string;
  readonly versions: Readonly<Record<string, string>>;
}

/** The Python stack on the same songs, one process for each core; a sentence where it is not installed. */
function peerOf(paths: readonly string[], windows: number | null): PeerAnswer | string {
  const ran = spawnSync(
    'python3',
    [
      join(repository, 'scripts/peer_python.py'),
      '--windows',
      windows === null ? 'ALL' : String(windows),
      '--processes',
      String(availableParallelism()),
      '--threads',
      '1',
      ...paths,
    ],
    { encoding: 'utf8', timeout: 30 * 60_000, env: { ...process.env, PYTHONDONTWRITEBYTECODE: '1' } },
  );
  if (ran.status === 0) return JSON.parse(ran.stdout) as PeerAnswer;
  if (ran.status === 3) return ran.stderr.trim();
  return ran.error === undefined
    ? `failed: ${ran.stderr.trim().split('\n').at(-1) ?? ''}`
    : `skipped: ${ran.error.message}`;
}

const folders = (state: string): string[] => [
  '--spool',
  join(state, 'spool'),
  '--queue-file',
  join(state, 'queue.sqlite'),
];

const say = (text: string): void => console.error(`service: ${text}`);

/** All of it; some minutes on two cores. Progress goes to standard error. */
export async function benchService({ songs, requests }: ServiceBenchOptions): Promise<ServiceBench> {
  const rows: BenchRow[] = [];
  const sentences: string[] = [];
  const folder = mkdtempSync(join(tmpdir(), 'acousticsense-bench-'));
  const models = fileURLToPath(new URL('../../public/models', import.meta.url));
  const slots = availableParallelism();
  const base = ['--models', models, '--no-page', '--embedded-worker', 'no'];
  let service: RunningService | null = null;
  try {
    const most = songs * Math.max(...configurations.map(({ songsFactor }) => songsFactor));
    const made = makeSongs(most, songSeconds);
    const paths = writeSongs(folder, made);

    say('cold start');
    service = await startService([...base, ...folders(join(folder, 'http'))]);
    rows.push({ group: 'service', name: 'cold start to ready', value: service.readyMs, unit: 'ms', runs: 1 });

    const measured = new Map<Configuration, Throughput>();
    const bares = new Map<Configuration, number>();
    for (const configuration of configurations) {
      say(configuration.name);
      const throughput = await throughputOf(
        service,
        configuration,
        made.slice(0, songs * configuration.songsFactor),
      );
      measured.set(configuration, throughput);
      // At once, beside the service that now rests: a shared machine is as busy for the one as for the other.
      say(`bare network, ${configuration.name}`);
      const windowsPerSecond = await bareWindowsPerSecond(
        join(models, configuration.model),
        paths[0] ?? '',
        slots,
        1,
        configuration.model === defaultModel ? 34 : 136,
      );
      bares.set(configuration, (60 * windowsPerSecond) / throughput.windowsPerSong);
    }
    let healthWorst = 0;
    const latencies: BenchRow[] = [];
    for (const configuration of configurations.filter(
      ({ model, windows }) => (model === defaultModel) === (windows !== null),
    )) {
      say(`latency, ${configuration.name}`);
      const { rows: found, healthP99 } = await latencyRows(service, configuration, made.slice(0, 4 * songs));
      latencies.push(...found);
      healthWorst = Math.max(healthWorst, healthP99);
    }
    const loaded = processTreeMegabytes(service.pid);
    await service.stop();

    for (const [configuration, throughput] of measured) {
      const bare = bares.get(configuration) ?? Number.NaN;
      rows.push(...throughput.rows, {
        group: `service: ${configuration.name}`,
        name: `bare onnxruntime-node, the same ${throughput.windowsPerSong} windows a song, ${slots} sessions`,
        value: bare,
        unit: 'songs/min',
        runs: 1,
        ratio: { to: 'end to end', value: bare / throughput.songsPerMinute },
      });
      const reached = throughput.songsPerMinute >= targetSongsPerMinute;
      sentences.push(
        `${configuration.name}: ${throughput.songsPerMinute.toFixed(1)} songs a minute on ${slots} cores, ${reached ? 'reaches' : 'does not reach'} the target of ${targetSongsPerMinute}; the bare network alone would do ${bare.toFixed(1)}.`,
      );
    }
    rows.push(...latencies);
    sentences.push(
      `/health with 16 clients: p99 ${healthWorst.toFixed(1)} ms, ${healthWorst < 50 ? 'under' : 'over'} the limit of 50 ms.`,
    );
    if (loaded !== null) {
      rows.push({
        group: 'service',
        name: 'memory, both models in every slot',
        value: loaded,
        unit: 'MB',
        runs: 1,
      });
    }

    say(`memory over ${requests} requests`);
    service = await startService([...base, '--model', quickModel, ...folders(join(folder, 'memory'))]);
    const growth = await memoryGrowth(service, requests, (done) => say(`${done} requests`));
    await service.stop();
    if (growth !== null) {
      rows.push(
        {
          group: 'service: memory, quick model',
          name: 'after warm-up, all processes',
          value: growth.warmMegabytes,
          unit: 'MB',
          runs: 30,
        },
        {
          group: 'service: memory, quick model',
          name: `growth over ${growth.requests} requests`,
          value: growth.percent,
          unit: '%',
          runs: 30,
        },
      );
      sentences.push(
        `memory over ${growth.requests} requests: ${growth.percent.toFixed(1)} %, ${growth.percent <= flatPercent ? 'within' : 'over'} the limit of ${flatPercent} %.`,
      );
    }

    const queued = configurations[2] ?? configurations[0]!;
    const queuedPaths = paths.slice(0, songs * queued.songsFactor);
    for (const kind of ['sqlite', 'redis'] as const) {
      say(`queue, ${kind}`);
      const redis = kind === 'redis' ? await startRedis(folder) : null;
      if (kind === 'redis' && redis === null) {
        sentences.push('queue on Redis: skipped, redis-server is not installed.');
        continue;
      }
      try {
        service = await startService(
          [
            '--models',
            models,
            '--no-page',
            '--embedded-worker',
            'yes',
            '--queue',
            kind,
            '--model',
            quickModel,
            '--allow-path',
            folder,
            ...folders(join(folder, kind)),
          ],
          redis === null ? {} : { ACOUSTICSENSE_REDIS_URL: redis.url },
        );
        const songsPerMinute = await queueThroughput(service, queued, queuedPaths);
        rows.push({
          group: `service: ${queued.name}`,
          name: `through the queue (${kind}), POST /api/jobs to the last result`,
          value: songsPerMinute,
          unit: 'songs/min',
          runs: queuedPaths.length,
          ratio: {
            to: 'end to end over HTTP',
            value: songsPerMinute / (measured.get(queued)?.songsPerMinute ?? Number.NaN),
          },
        });
        await service.stop();
      } finally {
        await redis?.stop();
      }
    }

    for (const windows of [null, 3]) {
      say(`Python stack, ${windows ?? 'all'} windows`);
      const peer = peerOf(paths.slice(0, songs * (windows === null ? 1 : 4)), windows);
      if (typeof peer === 'string') {
        sentences.push(`Python stack (librosa, PyTorch): ${peer}.`);
        break;
      }
      const ours = [...measured].find(
        ([{ model, windows: read }]) => model === defaultModel && read === windows,
      )?.[1];
      rows.push({
        group: `service: default model, ${windows ?? 'all'} windows`,
        name: `librosa ${peer.versions['librosa']} and PyTorch ${peer.versions['torch']}, ${peer.network}`,
        value: peer.songsPerMinute,
        unit: 'songs/min',
        runs: peer.songs,
        ratio: { to: 'end to end', value: peer.songsPerMinute / (ours?.songsPerMinute ?? Number.NaN) },
      });
    }
    return { rows, sentences };
  } finally {
    await service?.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}
