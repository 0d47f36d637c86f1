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
