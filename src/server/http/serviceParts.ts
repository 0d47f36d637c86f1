import type { FastifyInstance } from 'fastify';
import type { AnalysisPool } from '#server/analysis/analysisPool.ts';
import type { ServiceLog } from '#server/observability/serviceLog.ts';
import type { ServiceMetrics } from '#server/observability/serviceMetrics.ts';
import type { JobQueue } from '#server/queue/jobQueue.ts';
import type { ServiceSettings } from '#server/settings/settings.ts';

/** What the routes work with; `cli/serve.ts` puts it together, tests put in their own. */
export interface ServiceParts {
  readonly settings: ServiceSettings;
  readonly pool: AnalysisPool;
  readonly queue: JobQueue;
  readonly log: ServiceLog;
  readonly metrics: ServiceMetrics;
}

/** A group of routes; each file of `routes/` exports one. Failures are sent with `sendError` of `http/answers.ts`. */
export type Routes = (app: FastifyInstance, parts: ServiceParts) => Promise<void>;
