import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import '#server/http/requestAccount.ts';
import type { ServiceParts } from '#server/http/serviceParts.ts';

/** What is counted for an address that has no route: the address itself would make the metrics grow without end. */
const noRoute = 'none';

/** Status under which a request is logged whose client went away before the answer (nginx's). */
const clientGone = 499;

/**
 * One line in the log and one count in the metrics for every request, when its answer has left or its client has gone.
 * Of the file: length, duration, result and hashes; never its content, and never its name.
 *
 * @param onStart and `onEnd` are called once a request.
 */
export function logRequests(
  app: FastifyInstance,
  { log, metrics }: Pick<ServiceParts, 'log' | 'metrics'>,
  onStart: (request: FastifyRequest, reply: FastifyReply) => void,
  onEnd: (request: FastifyRequest) => void,
): void {
  app.decorateRequest('account', undefined);
  app.addHook('onRequest', async (request, reply) => {
    request.account = { startMs: performance.now(), keyName: null, bytes: null, analysed: null, error: null };
    void reply.header('x-request-id', request.id).header('x-content-type-options', 'nosniff');
    onStart(request, reply);
    // `close` comes after `finish`, and also where there is no `finish`.
    let answered = false;
    reply.raw.once('finish', () => {
      answered = true;
    });
    reply.raw.once('close', () => {
      onEnd(request);
      write(request, answered ? reply.raw.statusCode : clientGone);
    });
  });

  function write(request: FastifyRequest, status: number): void {
    const { account } = request;
    const keyName = account?.keyName ?? null;
    const bytes = account?.bytes ?? null;
    const route = request.is404 ? noRoute : (request.routeOptions.url ?? noRoute);
    const ms = performance.now() - (account?.startMs ?? performance.now());
    metrics.request(route, request.method, status, ms / 1000);
    const error = account?.error ?? null;
    if (error !== null) metrics.failed(error.code, 'request');
    const report = account?.analysed?.report;
    const best = report?.track.predictions[0];
    const fields = {
      id: request.id,
      method: request.method,
      route,
      status,
      ms: Math.round(ms * 10) / 10,
      ...(keyName === null ? {} : { apiKeyName: keyName }),
      ...(bytes === null ? {} : { bytes }),
      ...(report === undefined || best === undefined
        ? {}
        : {
            audioSeconds: Math.round(report.file.durationSeconds * 1000) / 1000,
            audioSha256: report.file.sha256,
            genre: best.genre,
            meanConfidence: Math.round(best.probability * 1e6) / 1e6,
            model: report.model.id,
            modelSha256: report.model.sha256,
            waitMs: Math.round((account?.analysed?.waitMs ?? 0) * 10) / 10,
          }),
      ...(error === null ? {} : { code: error.code, reason: error.message }),
    };
    if (status >= 500 && status !== 503) log.error('request', fields);
    else log.info('request', fields);
  }
}
