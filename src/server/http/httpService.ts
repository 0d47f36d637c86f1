import { randomUUID } from 'node:crypto';
import Fastify, { type FastifyError, type FastifyInstance } from 'fastify';
import { sendError } from '#server/http/answers.ts';
import { registerDocsPage } from '#server/http/docsPage.ts';
import { describeApi } from '#server/http/openapi.ts';
import { statusRoutes } from '#server/http/routes/status.ts';
import type { ServiceParts } from '#server/http/serviceParts.ts';
import { serviceError, type ServiceError } from '#server/serviceErrors.ts';

declare module 'fastify' {
  interface FastifyInstance {
    /** True from the moment the service was told to stop. */
    draining(): boolean;
    /**
     * Takes no new work (503) and waits for what is in hand, at most `graceMs`. The port stays open, so that /ready says
     * so. True where everything was finished.
     */
    drain(graceMs: number): Promise<boolean>;
  }
}

/** Largest JSON body; routes that take more say so. Audio is streamed and has `--max-bytes`. */
const jsonBodyBytes = 1024 * 1024;

/**
 * The REST service over its parts: routes, errors, keys, limits, log. It does not listen yet; `inject` works at once.
 * Closing it closes the connections and nothing of `parts`.
 */
export async function createHttpService(parts: ServiceParts): Promise<FastifyInstance> {
  const { settings } = parts;
  const app = Fastify({
    logger: false,
    trustProxy: settings.trustProxy,
    bodyLimit: jsonBodyBytes,
    genReqId: () => randomUUID(),
    return503OnClosing: false,
    // Unknown members are mistakes of the caller: they are refused where the schema says so, not dropped.
    ajv: { customOptions: { removeAdditional: false } },
    frameworkErrors: (error, _request, reply) => {
      void sendError(reply, frameworkError(error));
    },
  });
  let draining = false;
  app.decorate('draining', () => draining);
  app.decorate('drain', async () => {
    draining = true;
    return true;
  });
  app.decorateRequest('account', undefined);
  app.addHook('onRequest', async (request) => {
    request.account = { startMs: performance.now(), keyName: null, bytes: null, analysed: null, error: null };
  });
  // The schemas describe what is sent (tests hold answers against them); they are no filter that drops what they forgot.
  app.setSerializerCompiler(() => (data) => JSON.stringify(data));
  app.setErrorHandler((error: FastifyError, _request, reply) => sendError(reply, frameworkError(error)));
  app.setNotFoundHandler((request, reply) =>
    sendError(reply, serviceError('not-found', `nothing at ${request.method} ${request.url.slice(0, 200)}`)),
  );

  // 1. Description of the interface: has to see every route that is added after it (openapi.ts).
  await describeApi(app);
  // 2. Routes.
  await statusRoutes(app, parts);
  // routes/genre.ts, routes/models.ts; routes/jobs.ts, routes/songs.ts
  // 3. The rendered description (docsPage.ts) and the built page.
  await registerDocsPage(app);
  return app;
}

/** A failure of fastify itself as one of ours. */
function frameworkError(error: FastifyError): ServiceError {
  return serviceError('bad-request', error.message);
}
