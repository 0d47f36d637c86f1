import { describe, expect, it, vi } from 'vitest';
import { testReport } from '#core/testing/reports.ts';
import type { Analysed, PoolCounts } from '#server/analysis/analysisPool.ts';
import {
  createServiceMetrics,
  predictedDrainSeconds,
  type ServiceMetrics,
} from '#server/observability/serviceMetrics.ts';
import type { QueueCounts } from '#server/queue/jobQueue.ts';

const pool: PoolCounts = {
  slots: 2,
  busy: 1,
  waiting: { interactive: 3, batch: 4 },
  meanSeconds: 1.5,
  restarts: 1,
};

const counts: QueueCounts = {
  waiting: 30,
  delayed: 6,
  active: 4,
  dead: 2,
  done: 100,
  paused: false,
  workers: 2,
  concurrency: 4,
  finishedPerSecond: 2,
};

function analysedOf(best: readonly string[]): Analysed {
  return { report: testReport(best), relevance: null, waitMs: 40 };
}

/** The value of one series of a scrape, by its name and labels as they are written; undefined where there is none. */
async function series(metrics: ServiceMetrics, name: string): Promise<number | undefined> {
  const { text } = await metrics.scrape();
  const line = text.split('\n').find((each) => each.startsWith(`${name} `));
  return line === undefined ? undefined : Number(line.slice(name.length + 1).replace('+Inf', 'Infinity'));
}

describe('what is counted', () => {
  it('requests by route, method and status', async () => {
    const metrics = createServiceMetrics();
    metrics.request('/api/genre', 'POST', 200, 0.3);
    metrics.request('/api/genre', 'POST', 200, 0.1);
    metrics.request('/api/genre', 'PROPFIND', 405, 0.1);
    const of = 'acousticsense_http_request_duration_seconds';
    const labels = 'route="/api/genre",method="POST",status="200"';
    expect(await series(metrics, `${of}_count{${labels}}`)).toBe(2);
    expect(await series(metrics, `${of}_sum{${labels}}`)).toBeCloseTo(0.4);
    expect(await series(metrics, `${of}_bucket{le="0.25",${labels}}`)).toBe(1);
    expect(await series(metrics, `${of}_count{route="/api/genre",method="other",status="405"}`)).toBe(1);
  });

  it('analyses: seconds of sound, genres, stages, and a mean confidence that is sum over count', async () => {
    const metrics = createServiceMetrics();
    const first = analysedOf(['Jazz', 'Jazz']);
    const second = analysedOf(['Jazz']);
    metrics.analysed(first, 'request');
    metrics.analysed(second, 'job');
    const model = first.report.model.id;
    const seconds = first.report.file.durationSeconds;
    expect(await series(metrics, 'acousticsense_audio_seconds_total{source="request"}')).toBeCloseTo(seconds);
    expect(
      await series(metrics, `acousticsense_analyses_total{genre="Jazz",model="${model}",source="job"}`),
    ).toBe(1);
    const labels = `genre="Jazz",model="${model}"`;
    const sum = await series(metrics, `acousticsense_top1_confidence_sum{${labels}}`);
    const count = await series(metrics, `acousticsense_top1_confidence_count{${labels}}`);
    expect(count).toBe(2);
    expect((sum ?? 0) / (count ?? 1)).toBeCloseTo(0.7);
    const { text } = await metrics.scrape();
    for (const stage of ['wait', 'read', 'hash', 'decode', 'resample', 'mel', 'inference']) {
      expect(text).toContain(
        `acousticsense_stage_duration_seconds_count{stage="${stage}",source="request"} 1`,
      );
    }
    expect(
      await series(metrics, 'acousticsense_stage_duration_seconds_sum{stage="wait",source="request"}'),
    ).toBeCloseTo(0.04);
  });

  it('failures by code, webhooks by outcome, each program for itself', async () => {
    const [one, other] = [createServiceMetrics(), createServiceMetrics()];
    one.failed('decode-failed', 'job');
    one.webhook('retried');
    expect(await series(one, 'acousticsense_failures_total{code="decode-failed",source="job"}')).toBe(1);
    expect(await series(one, 'acousticsense_webhooks_total{outcome="retried"}')).toBe(1);
    expect(await series(one, 'acousticsense_webhooks_total{outcome="refused"}')).toBe(0);
    expect(await series(other, 'acousticsense_webhooks_total{outcome="retried"}')).toBe(0);
  });

  it('no figure that is none', async () => {
    const metrics = createServiceMetrics();
    metrics.request('/health', 'GET', 200, Number.NaN);
    metrics.analysed({ ...analysedOf(['Jazz']), waitMs: -1 }, 'request');
    const { text } = await metrics.scrape();
    expect(text).not.toMatch(/acousticsense\S* NaN/);
    expect(text).not.toContain('stage="wait"');
  });

  it('the process: event loop, memory, processor', async () => {
    const { text, contentType } = await createServiceMetrics().scrape();
    for (const name of [
      'nodejs_eventloop_lag_p99_seconds',
      'process_resident_memory_bytes',
      'process_cpu_seconds_total',
    ]) {
      expect(text).toMatch(new RegExp(`^${name}(\\{.*\\})? `, 'm'));
    }
    expect(contentType).toMatch(/^text\/plain; version=0\.0\.4/);
  });
});

describe('what is asked for', () => {
  it('pool and queue, as they are at the scrape', async () => {
    const metrics = createServiceMetrics();
    let now = counts;
    metrics.watch(
      () => pool,
      async () => now,
    );
    expect(await series(metrics, 'acousticsense_pool_slots')).toBe(2);
    expect(await series(metrics, 'acousticsense_pool_waiting{priority="batch"}')).toBe(4);
    expect(await series(metrics, 'acousticsense_pool_restarts_total')).toBe(1);
    expect(await series(metrics, 'acousticsense_queue_up')).toBe(1);
    expect(await series(metrics, 'acousticsense_queue_jobs{state="dead"}')).toBe(2);
    expect(await series(metrics, 'acousticsense_queue_depth')).toBe(40);
    expect(await series(metrics, 'acousticsense_queue_predicted_drain_seconds')).toBe(20);
    expect(await series(metrics, 'acousticsense_queue_results_total')).toBe(100);
    now = { ...counts, waiting: 0, delayed: 0, active: 0, done: 140 };
    expect(await series(metrics, 'acousticsense_queue_depth')).toBe(0);
    expect(await series(metrics, 'acousticsense_queue_results_total')).toBe(140);
  });

  it('nothing of pool and queue before they are watched', async () => {
    const { text } = await createServiceMetrics().scrape();
    expect(text).not.toMatch(/^acousticsense_(pool|queue)_\S* \d/m);
  });

  it.each([
    ['says that it is out of reach', async () => null],
    [
      'rejects',
      async () => {
        throw new Error('connection lost');
      },
    ],
    [
      'throws',
      () => {
        throw new Error('closed');
      },
    ],
  ])('a queue that %s is down, and nothing of it is stale', async (_, broken) => {
    const metrics = createServiceMetrics();
    let down = false;
    metrics.watch(
      () => pool,
      () => (down ? broken() : Promise.resolve(counts)),
    );
    await metrics.scrape();
    down = true;
    const { text } = await metrics.scrape();
    expect(text).toMatch(/^acousticsense_queue_up 0$/m);
    expect(text).not.toMatch(/^acousticsense_queue_(?!up)\S* [1-9]/m);
    expect(text).toMatch(/^acousticsense_pool_busy 1$/m);
    down = false;
    expect(await series(metrics, 'acousticsense_queue_up')).toBe(1);
    expect(await series(metrics, 'acousticsense_queue_depth')).toBe(40);
  });

  it('a queue that hangs holds a scrape up for two seconds, and is asked once', async () => {
    vi.useFakeTimers();
    try {
      const metrics = createServiceMetrics();
      const answers: ((value: QueueCounts) => void)[] = [];
      metrics.watch(
        () => pool,
        async () => {
          return new Promise((resolve) => {
            answers.push(resolve);
          });
        },
      );
      const scrapes = Promise.all([metrics.scrape(), metrics.scrape()]);
      await vi.advanceTimersByTimeAsync(2000);
      for (const { text } of await scrapes) expect(text).toMatch(/^acousticsense_queue_up 0$/m);
      expect(answers).toHaveLength(1);
      answers.at(-1)?.(counts);
      await vi.advanceTimersByTimeAsync(0);
      const later = metrics.scrape();
      await vi.advanceTimersByTimeAsync(0);
      expect(answers).toHaveLength(2);
      answers.at(-1)?.(counts);
      expect((await later).text).toMatch(/^acousticsense_queue_up 1$/m);
    } finally {
      vi.useRealTimers();
    }
  });
});

describe('predicted drain time', () => {
  it.each<[string, Partial<QueueCounts>, number, number]>([
    ['depth over rate', {}, 1.5, 20],
    [
      'nothing to do takes no time',
      { waiting: 0, delayed: 0, active: 0, workers: 0, concurrency: 0 },
      1.5,
      0,
    ],
    ['before anything was finished: files at once and mean seconds', { finishedPerSecond: 0 }, 1.5, 15],
    ['with no mean yet either: 2 s a file', { finishedPerSecond: 0 }, 0, 20],
    ['nobody works', { workers: 0, concurrency: 0 }, 1.5, Infinity],
    ['paused', { paused: true }, 1.5, Infinity],
    ['paused, and the last ones are being finished', { paused: true, waiting: 0, delayed: 0 }, 1.5, 2],
    ['the dead do not count', { waiting: 0, delayed: 0, active: 0, dead: 1000 }, 1.5, 0],
  ])('%s', (_, change, meanSeconds, expected) => {
    expect(predictedDrainSeconds({ ...counts, ...change }, meanSeconds)).toBe(expected);
  });
});
