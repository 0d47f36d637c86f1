import type { Routes } from '#server/http/serviceParts.ts';
import { sendError } from '#server/http/answers.ts';
import { failures } from '#server/http/schemas.ts';
import { serviceError, type ServiceError } from '#server/serviceErrors.ts';

/** How long /ready waits for the queue. */
const queueWaitMs = 2000;

/** GET /health, /ready and /metrics: for supervisors, load balancers and Prometheus. */
export const statusRoutes: Routes = async (app, { pool, queue, settings, metrics }) => {
  // Set by the pool itself, so that /ready never waits for the model.
  let opened: 'opening' | 'open' | ServiceError = 'opening';
  void (async () => {
    const result = await pool.ready();
    opened = result.ok ? 'open' : result.error;
  })();

  app.get(
    '/health',
    {
      schema: {
        operationId: 'getHealth',
        summary: 'Whether the process lives; answers while the model loads and while the service stops',
        tags: ['status'],
        response: {
          200: {
            description: 'It lives',
            type: 'object',
            additionalProperties: false,
            required: ['status'],
            properties: { status: { type: 'string', enum: ['ok'] } },
          },
        },
      },
    },
    async (_request, reply) => reply.header('cache-control', 'no-store').send({ status: 'ok' }),
  );

  app.get(
    '/ready',
    {
      schema: {
        operationId: 'getReadiness',
        summary: 'Whether requests should be sent here',
        description:
          '503 until every slot has opened the model, while the service stops, and where the queue is out of reach.',
        tags: ['status'],
        response: {
          200: {
            description: 'It takes requests',
            type: 'object',
            additionalProperties: false,
            required: ['status', 'queue'],
            properties: {
              status: { type: 'string', enum: ['ready'] },
              queue: { type: 'string', enum: ['sqlite', 'redis'] },
            },
          },
          ...failures(500, 503),
        },
      },
    },
    async (_request, reply) => {
      if (app.draining()) return sendError(reply, serviceError('shutting-down', 'the service stops'));
      if (opened === 'opening') {
        return sendError(reply, serviceError('busy', 'the model is being opened', { retryAfterSeconds: 2 }));
      }
      if (opened !== 'open') return sendError(reply, opened);
      const reached = await Promise.race([
        queue.counts(),
        new Promise<null>((resolve) => setTimeout(resolve, queueWaitMs, null).unref()),
      ]);
      if (reached === null) {
        return sendError(reply, serviceError('queue-unavailable', `no answer in ${queueWaitMs} ms`));
      }
      if (!reached.ok) return sendError(reply, reached.error);
      return reply.header('cache-control', 'no-store').send({ status: 'ready', queue: settings.queue });
    },
  );

  app.get(
    '/metrics',
    {
      schema: {
        operationId: 'getMetrics',
        summary: 'Figures for Prometheus',
        tags: ['status'],
        response: {
          200: {
            description: 'The text format of Prometheus',
            content: { 'text/plain': { schema: { type: 'string' } } },
          },
          ...failures(401, 403),
        },
      },
    },
    async (_request, reply) => {
      const { text, contentType } = await metrics.scrape();
      return reply.header('cache-control', 'no-store').header('content-type', contentType).send(text);
    },
  );
};
