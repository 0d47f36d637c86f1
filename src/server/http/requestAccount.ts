import type { Analysed } from '#server/analysis/analysisPool.ts';
import type { ServiceError } from '#server/serviceErrors.ts';

/** What is noted about a request while it is served, for its line in the log. */
export interface RequestAccount {
  /** `performance.now()` at its start: a monotonic clock. */
  readonly startMs: number;
  /** Name of the API key that it came with; null without one. Never the key. */
  keyName: string | null;
  /** Bytes of the audio file that were received or read. */
  bytes: number | null;
  analysed: Analysed | null;
  error: ServiceError | null;
}

declare module 'fastify' {
  interface FastifyRequest {
    /** Absent only where a request failed before the first hook. */
    account: RequestAccount | undefined;
  }
}
