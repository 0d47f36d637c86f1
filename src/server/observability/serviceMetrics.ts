import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { Analysed, PoolCounts } from '#server/analysis/analysisPool.ts';
import type { QueueCounts } from '#server/queue/jobQueue.ts';
import type { ServiceErrorCode } from '#server/serviceErrors.ts';

/** What the programs of the service count, for Prometheus. */
export interface ServiceMetrics {
  /** A request that was answered; `route` is the route's pattern, never the address itself. */
  request(route: string, method: string, status: number, seconds: number): void;
  /** A file that was analysed: seconds of audio, stage times, confidence of the best genre. */
  analysed(analysed: Analysed, source: 'request' | 'job'): void;
  failed(code: ServiceErrorCode, source: 'request' | 'job'): void;
  webhook(outcome: 'delivered' | 'retried' | 'refused'): void;
  /** Asked for at each scrape; null where the queue is out of reach. */
  watch(pool: () => PoolCounts, queue: () => Promise<QueueCounts | null>): void;
  /** The text format of Prometheus, and its content type. */
  scrape(): Promise<{ readonly text: string; readonly contentType: string }>;
}

/** A scrape waits so long for the queue; Prometheus itself gives up after 10 s. */
const queuePatienceMs = 2000;

/** Seconds a file where nothing was measured yet: a three-minute song on one core, all its windows. */
const assumedSecondsPerFile = 2;

const methods: ReadonlySet<string> = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']);

/**
 * Seconds until everything that waits or runs is finished, if nothing is added: depth / (files a second).
 *
 * The rate is what all workers finished over the last minute; before they have finished anything it is what they can be
 * expected to, `concurrency` files in `meanSeconds` (0 where unknown). Infinity where something waits and nothing works on
 * it: no worker is alive, or the queue is paused. The dead are not counted: they wait for a person. In the first minute
 * after an idle time the rate is still low and the prediction too long: who scales by it waits for a minute first.
 */
export function predictedDrainSeconds(counts: QueueCounts, meanSeconds: number): number {
  const depth = counts.waiting + counts.delayed + counts.active;
  if (depth === 0) return 0;
  if (counts.paused && counts.waiting + counts.delayed > 0) return Infinity;
  if (counts.workers <= 0 && counts.concurrency <= 0) return Infinity;
  if (counts.finishedPerSecond > 0) return depth / counts.finishedPerSecond;
  const seconds = meanSeconds > 0 ? meanSeconds : assumedSecondsPerFile;
  return (depth * seconds) / Math.max(1, counts.concurrency);
}

/**
 * Metrics of one program, in a registry of their own. The mean confidence of a genre over an hour is a ratio of two rates:
 *
 *     sum by (genre) (rate(acousticsense_top1_confidence_sum[1h]))
 *       / sum by (genre) (rate(acousticsense_top1_confidence_count[1h]))
 *
 * A scrape always answers: a queue that is out of reach, or silent for two seconds, is `acousticsense_queue_up 0`, and
 * its other figures are left out rather than stale.
 */
export function createServiceMetrics(): ServiceMetrics {
  const registry = new Registry();
  const registers = [registry];
  // Event loop lag, memory, processor time, open files, garbage collection: process_* and nodejs_*.
  collectDefaultMetrics({ register: registry, eventLoopMonitoringPrecision: 10 });

  const requests = new Histogram({
    name: 'acousticsense_http_request_duration_seconds',
    help: 'From the first byte of a request to its answer, by pattern of the route.',
    labelNames: ['route', 'method', 'status'] as const,
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120],
    registers,
  });
  const stages = new Histogram({
    name: 'acousticsense_stage_duration_seconds',
    help: 'Time of a file in each stage: wait (for a slot), read, hash, decode, resample, mel, inference.',
    labelNames: ['stage', 'source'] as const,
    buckets: [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 120],
    registers,
  });
  const audioSeconds = new Counter({
    name: 'acousticsense_audio_seconds_total',
    help: 'Seconds of sound that were analysed.',
    labelNames: ['source'] as const,
    registers,
  });
  const analyses = new Counter({
    name: 'acousticsense_analyses_total',
    help: 'Files that were analysed, by most likely genre.',
    labelNames: ['genre', 'model', 'source'] as const,
    registers,
  });
  const confidence = new Histogram({
    name: 'acousticsense_top1_confidence',
    help: 'Confidence of the most likely genre, 0 to 1; the mean is rate(sum) / rate(count).',
    labelNames: ['genre', 'model'] as const,
    buckets: [0.2, 0.4, 0.6, 0.8, 0.9, 1],
    registers,
  });
  const failures = new Counter({
    name: 'acousticsense_failures_total',
    help: 'Requests and jobs that failed, by code of the error.',
    labelNames: ['code', 'source'] as const,
    registers,
  });
  const webhooks = new Counter({
    name: 'acousticsense_webhooks_total',
    help: 'Calls of the webhook, by what became of them.',
    labelNames: ['outcome'] as const,
    registers,
  });
  // A series that is there from the start can be alerted on: an increase from nothing is none to Prometheus.
  for (const source of ['request', 'job']) audioSeconds.inc({ source }, 0);
  for (const outcome of ['delivered', 'retried', 'refused']) webhooks.inc({ outcome }, 0);

  const watched = watchGauges(registry);
  let pool: (() => PoolCounts) | null = null;
  let queue: (() => Promise<QueueCounts | null>) | null = null;
  // One question at a time: a queue that hangs is not asked again by every scrape.
  let asking: Promise<QueueCounts | null> | null = null;
  const askQueue = (source: () => Promise<QueueCounts | null>): Promise<QueueCounts | null> => {
    asking ??= (async () => source())()
      .catch(() => null)
      .finally(() => {
        asking = null;
      });
    return within(asking, queuePatienceMs);
  };

  return {
    request: (route, method, status, seconds) => {
      if (!isMeasure(seconds)) return;
      const known = methods.has(method) ? method : 'other';
      requests.observe({ route, method: known, status: String(status) }, seconds);
    },
    analysed: ({ report, waitMs }, source) => {
      const { timings } = report;
      const times: Readonly<Record<string, number>> = {
        wait: waitMs,
        read: timings.readMs,
        hash: timings.hashMs,
        decode: timings.decodeMs,
        resample: timings.resampleMs,
        mel: timings.melMs,
        inference: timings.inferenceMs,
      };
      for (const [stage, ms] of Object.entries(times)) {
        if (isMeasure(ms)) stages.observe({ stage, source }, ms / 1000);
      }
      if (isMeasure(report.file.durationSeconds)) {
        audioSeconds.inc({ source }, report.file.durationSeconds);
      }
      const best = report.track.predictions[0];
      if (best === undefined) return;
      analyses.inc({ genre: best.genre, model: report.model.id, source });
      if (isMeasure(best.probability)) {
        confidence.observe({ genre: best.genre, model: report.model.id }, best.probability);
      }
    },
    failed: (code, source) => {
      failures.inc({ code, source });
    },
    webhook: (outcome) => {
      webhooks.inc({ outcome });
    },
    watch: (newPool, newQueue) => {
      pool = newPool;
      queue = newQueue;
    },
    scrape: async () => {
      const poolCounts = pool === null ? null : pool();
      if (poolCounts !== null) watched.pool(poolCounts);
      if (queue !== null) watched.queue(await askQueue(queue), poolCounts?.meanSeconds ?? 0);
      return { text: await registry.metrics(), contentType: registry.contentType };
    },
  };
}

const isMeasure = (value: number): boolean => Number.isFinite(value) && value >= 0;

/** What is read at a scrape instead of being counted. Nothing of it is there before it was read for the first time. */
function watchGauges(registry: Registry): {
  readonly pool: (counts: PoolCounts) => void;
  readonly queue: (counts: QueueCounts | null, meanSeconds: number) => void;
} {
  const gauge = (name: string, help: string): Gauge => {
    const made = new Gauge({ name: `acousticsense_${name}`, help, registers: [registry] });
    made.remove();
    return made;
  };
  const slots = gauge('pool_slots', 'Files that this process analyses at once.');
  const busy = gauge('pool_busy', 'Slots that work now.');
  const poolWaiting = new Gauge({
    name: 'acousticsense_pool_waiting',
    help: 'Files that wait for a slot of this process.',
    labelNames: ['priority'] as const,
    registers: [registry],
  });
  const mean = gauge('pool_mean_file_seconds', 'Mean seconds of work a file, over the last files.');
  const restarts = new Counter({
    name: 'acousticsense_pool_restarts_total',
    help: 'Decoders and threads that broke and were started again.',
    registers: [registry],
  });
  const up = gauge('queue_up', '1 where the queue answers, 0 where it is out of reach.');
  const jobs = new Gauge({
    name: 'acousticsense_queue_jobs',
    help: 'Jobs in the queue by state: waiting, delayed (until their next attempt), active, dead.',
    labelNames: ['state'] as const,
    registers: [registry],
  });
  const results = new Counter({
    name: 'acousticsense_queue_results_total',
    help: 'Results ever put into the feed, by all workers.',
    registers: [registry],
  });
  // A counter that begins at 0 and jumps to what it was all along would be read as an increase.
  results.remove();
  restarts.remove();
  const own = {
    depth: gauge('queue_depth', 'Jobs that are not finished: waiting, delayed and active.'),
    paused: gauge('queue_paused', '1 while the queue is paused.'),
    workers: gauge('queue_workers', 'Workers seen alive lately.'),
    concurrency: gauge('queue_concurrency', 'Files that all workers together work on at once.'),
    rate: gauge('queue_finished_per_second', 'Jobs finished a second over the last minute, by all workers.'),
    drain: gauge(
      'queue_predicted_drain_seconds',
      'Seconds until the queue is empty if nothing is added; +Inf where nothing works on it.',
    ),
  };
  return {
    pool: (counts) => {
      slots.set(counts.slots);
      busy.set(counts.busy);
      poolWaiting.set({ priority: 'interactive' }, counts.waiting.interactive);
      poolWaiting.set({ priority: 'batch' }, counts.waiting.batch);
      mean.set(counts.meanSeconds);
      restarts.reset();
      restarts.inc(counts.restarts);
    },
    queue: (counts, meanSeconds) => {
      up.set(counts === null ? 0 : 1);
      if (counts === null) {
        jobs.reset();
        results.remove();
        for (const each of Object.values(own)) each.remove();
        return;
      }
      for (const state of ['waiting', 'delayed', 'active', 'dead'] as const)
        jobs.set({ state }, counts[state]);
      results.reset();
      results.inc(counts.done);
      own.depth.set(counts.waiting + counts.delayed + counts.active);
      own.paused.set(counts.paused ? 1 : 0);
      own.workers.set(counts.workers);
      own.concurrency.set(counts.concurrency);
      own.rate.set(counts.finishedPerSecond);
      own.drain.set(predictedDrainSeconds(counts, meanSeconds));
    },
  };
}

/** The answer of `asked`, or null after `ms`. */
async function within<T>(asked: Promise<T | null>, ms: number): Promise<T | null> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<null>((resolve) => {
    timer = setTimeout(resolve, ms, null);
    timer.unref();
  });
  try {
    return await Promise.race([asked, late]);
  } finally {
    clearTimeout(timer);
  }
}
