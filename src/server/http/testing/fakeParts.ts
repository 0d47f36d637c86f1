import { mkdtempSync, readdirSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { err, ok, type Result } from '#core/result.ts';
import { testManifest } from '#core/testing/manifest.ts';
import { reportOf } from '#core/testing/report.ts';
import type { Analysed, AnalysisPool, AnalysisRequest, PoolCounts } from '#server/analysis/analysisPool.ts';
import type { ServiceParts } from '#server/http/serviceParts.ts';
import { createServiceLog } from '#server/observability/serviceLog.ts';
import { createServiceMetrics } from '#server/observability/serviceMetrics.ts';
import type { JobQueue } from '#server/queue/jobQueue.ts';
import { type ServiceError, serviceError } from '#server/serviceErrors.ts';
import { readSettings } from '#server/settings/settings.ts';

/** A pool that analyses nothing; tests say what it answers, and see what it was asked. */
export interface FakePool extends AnalysisPool {
  readonly asked: AnalysisRequest[];
  /** Bytes of the files that it was asked about. */
  readonly heard: Buffer[];
  answer: (request: AnalysisRequest) => Promise<Result<Analysed, ServiceError>>;
  count: PoolCounts;
  opened: Promise<Result<void, ServiceError>>;
}

/** What the fake answers with: a report of `testManifest`, and relevance where it was asked for. */
export function analysedOf(request: Pick<AnalysisRequest, 'name' | 'relevance'>): Analysed {
  const made = reportOf();
  const { id, version, labels } = testManifest;
  // All attention on one patch: row 0, column 3.
  const patches = Array.from({ length: 196 }, (_, index) => (index === 3 ? 1 : 0));
  const report = {
    ...made,
    file: { ...made.file, name: request.name },
    model: { ...made.model, id, version, labels },
    track: {
      ...made.track,
      predictions: [
        { genre: 'Jazz', probability: 0.500_000_04 },
        { genre: 'R&B', probability: 0.3 },
        { genre: 'Rock', probability: 0.15 },
        { genre: 'Classical', probability: 0.05 },
      ],
    },
    windows: made.windows.map((window) => ({ ...window, rollout: patches })),
  };
  return {
    report,
    relevance: request.relevance
      ? report.windows.map(({ index }) => ({ index, genre: 'Jazz', patches }))
      : null,
    waitMs: 1.25,
  };
}

export function fakePool(): FakePool {
  const pool: FakePool = {
    models: [
      { id: 'test-model', manifest: testManifest, isDefault: true },
      { id: 'other-model', manifest: { ...testManifest, id: 'other-model' }, isDefault: false },
    ],
    asked: [],
    heard: [],
    answer: async (request) => ok(analysedOf(request)),
    count: { slots: 2, busy: 0, waiting: { interactive: 0, batch: 0 }, meanSeconds: 1, restarts: 0 },
    opened: Promise.resolve(ok(undefined)),
    ready: () => pool.opened,
    async analyse(request) {
      pool.asked.push(request);
      pool.heard.push(await readFile(request.path));
      return pool.answer(request);
    },
    counts: () => pool.count,
    close: async () => {},
  };
  return pool;
}

/** A queue that is there and empty; `reachable` makes it fail. */
export function fakeQueue(reachable = true): JobQueue {
  const gone = err(serviceError('queue-unavailable', 'a test'));
  const answer =
    <T>(value: T) =>
    async (): Promise<Result<T, ServiceError>> =>
      reachable ? ok(value) : gone;
  return {
    kind: 'sqlite',
    enqueue: answer([]),
    work: () => ({ close: async () => {} }),
    counts: answer({
      waiting: 0,
      delayed: 0,
      active: 0,
      dead: 0,
      done: 0,
      paused: false,
      workers: 0,
      concurrency: 0,
      finishedPerSecond: 0,
    }),
    status: answer(null),
    pause: answer(undefined),
    resume: answer(undefined),
    dead: answer([]),
    requeueDead: answer(0),
    removeDead: answer(0),
    songResult: answer(null),
    resultsSince: answer({ results: [], cursor: '' }),
    bookmark: answer(''),
    setBookmark: answer(undefined),
    lease: answer(true),
    close: async () => {},
  };
}

export interface FakeParts extends ServiceParts {
  readonly pool: FakePool;
  /** Lines of the log, read back. */
  readonly lines: Record<string, unknown>[];
  /** Files that are in the spool now. */
  spooled(): string[];
}

/** Parts of a service with a fake pool and queue, a spool of its own, and the log in a list. */
export function fakeParts(args: readonly string[] = [], environment: Record<string, string> = {}): FakeParts {
  const spool = mkdtempSync(join(tmpdir(), 'acousticsense-http-'));
  const settings = readSettings('serve', ['--no-page', '--spool', spool, ...args], environment);
  if (!settings.ok) throw new Error(settings.error);
  const lines: Record<string, unknown>[] = [];
  return {
    settings: settings.value,
    pool: fakePool(),
    queue: fakeQueue(),
    log: createServiceLog('info', (line) => lines.push(JSON.parse(line) as Record<string, unknown>)),
    metrics: createServiceMetrics(),
    lines,
    spooled: () =>
      readdirSync(spool, { recursive: true, encoding: 'utf8' }).filter((name) => name !== 'incoming'),
  };
}

/** A promise that a test resolves. */
export interface Gate<T> {
  readonly passed: Promise<T>;
  pass(value: T): void;
}

export function gate<T>(): Gate<T> {
  const waiting: ((value: T) => void)[] = [];
  const passed = new Promise<T>((resolve) => waiting.push(resolve));
  return { passed, pass: (value) => waiting.forEach((resolve) => resolve(value)) };
}
