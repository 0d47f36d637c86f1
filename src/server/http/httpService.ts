import { randomUUID } from 'node:crypto';
import multipart from '@fastify/multipart';
import rateLimit from '@fastify/rate-limit';
import Fastify, { type FastifyError, type FastifyInstance, type FastifyRequest } from 'fastify';
import { err, type Result } from '#core/result.ts';
import { watchMethods } from '#server/http/allowedMethods.ts';
import { sendError } from '#server/http/answers.ts';
import { readApiKeys } from '#server/http/apiKeys.ts';
import { refuseBrokenRequests } from '#server/http/brokenRequests.ts';
import { registerDocsPage } from '#server/http/docsPage.ts';
import { isFromOwnPage, isLoopback, isOwnHostName } from '#server/http/foreignPage.ts';
import { type Incoming, openIncoming } from '#server/http/incoming.ts';
import { describeApi } from '#server/http/openapi.ts';
import { servePage } from '#server/http/page.ts';
import {
  continueBody,
  isAudioUpload,
  rawAudioType,
  receiveAudio,
  type ReceivedAudio,
  type ReceivingLimits,
} from '#server/http/receiveAudio.ts';
import { logRequests } from '#server/http/requestLog.ts';
import { genreRoutes } from '#server/http/routes/genre.ts';
import { jobRoutes } from '#server/http/routes/jobs.ts';
import { modelRoutes } from '#server/http/routes/models.ts';
import { songRoutes } from '#server/http/routes/songs.ts';
import { statusRoutes } from '#server/http/routes/status.ts';
import { frameworkFailure, ServiceFailure } from '#server/http/serviceFailure.ts';
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
    /**
     * Streams the audio of a request into the spool, within the limits of the settings and one of their `--max-uploads`.
     * Whoever gets it removes it, or moves it (the same file system) to where it stays. Errors: those of `receiveAudio`, `busy`.
     */
    receiveAudio(
      request: FastifyRequest,
      reply: FastifyReply,
      options?: Pick<ReceivingLimits, 'hash'>,
    ): Promise<Result<ReceivedAudio, ServiceError>>;
  }
}

/** Largest JSON body; routes that take more say so. Audio is streamed and has `--max-bytes`. */
const jsonBodyBytes = 1024 * 1024;
/** For the headers of a request, from its first byte. */
const headersTimeoutMs = 10_000;
/** An upload that gives no byte for so long has stopped. */
const stallMs = 10_000;
/** Connections at once, idle ones among them. More are refused by the kernel's queue, and cost nothing here. */
const mostConnections = 4096;
/** Longest part of an address: a song id of 200 characters, each three bytes of UTF-8, each written %XX. */
const longestParameter = 2000;

/**
 * Routes that ask for a key where keys are configured. The page, the description (a browser sends no key to open it, and it
 * says nothing that is not in the sources) and the status of the process are open.
 */
const isProtected = (path: string): boolean =>
  path.startsWith('/api/') || path === '/api' || path === '/metrics';

/** Routes that say how the process is: asked often, by machines, without work. */
const isStatus = (path: string): boolean => path === '/health' || path === '/ready' || path === '/metrics';

/**
 * The REST service over its parts: routes, errors, keys, limits, log. It does not listen yet; `inject` works at once.
 * Closing it closes the connections and nothing of `parts`.
 *
 * @throws Error where the API keys cannot be read; `cli/serve.ts` reads them before, to say so in a sentence.
 */
export async function createHttpService(parts: ServiceParts): Promise<FastifyInstance> {
  const { settings, log } = parts;
  const keys = await readApiKeys(settings);
  if (!keys.ok) throw new Error(keys.error);
  const uploadTimeoutMs = settings.uploadTimeout * 1000;
  const broken = refuseBrokenRequests(parts);

  const app = Fastify({
    logger: false,
    trustProxy: settings.trustProxy,
    bodyLimit: jsonBodyBytes,
    genReqId: () => randomUUID(),
    return503OnClosing: false,
    routerOptions: { maxParamLength: longestParameter },
    // Unknown members are mistakes of the caller: they are refused where the schema says so, not dropped.
    ajv: { customOptions: { removeAdditional: false } },
    // Uploads end by their own clock, with an answer; this one is for every other body.
    requestTimeout: uploadTimeoutMs + 5000,
    http: {
      headersTimeout: Math.min(headersTimeoutMs, uploadTimeoutMs + 4000),
      connectionsCheckingInterval: 1000,
      requireHostHeader: false,
    },
    clientErrorHandler: (error, socket) => broken.refuse(error, socket),
    frameworkErrors: (error, _request, reply) => {
      const failure = frameworkFailure(error) ?? serviceError('internal', 'the address cannot be read');
      void sendError(reply, failure);
    },
  });
  broken.attach(app.server);
  app.server.maxConnections = mostConnections;
  const methodsOf = watchMethods(app);

  // What is in hand.
  let draining = false;
  let inHand = 0;
  let onIdle: (() => void) | null = null;
  app.decorate('draining', () => draining);
  app.decorate('drain', async (graceMs: number) => {
    draining = true;
    if (inHand === 0) return true;
    return new Promise<boolean>((resolve) => {
      const timer = setTimeout(() => resolve(false), graceMs);
      onIdle = () => {
        clearTimeout(timer);
        resolve(true);
      };
    });
  });
  logRequests(
    app,
    parts,
    (request, reply) => {
      broken.note(request.raw, reply.raw);
      if (!isStatus(pathOf(request))) inHand++;
    },
    (request) => {
      if (isStatus(pathOf(request))) return;
      inHand--;
      if (inHand === 0) onIdle?.();
    },
  );

  // Where keys are used nothing else need be asked: no browser sends one by itself. A proxy has names of its own.
  const isForeign = (request: FastifyRequest): boolean => {
    if (keys.value !== null) return false;
    const isOnlyOurs = isLoopback(settings.host) && !settings.trustProxy;
    if (isOnlyOurs && !isOwnHostName(request.headers.host, settings.host)) return true;
    return !['GET', 'HEAD'].includes(request.method) && !isFromOwnPage(request.headers);
  };
  app.addHook('onRequest', async (request, reply) => {
    const path = pathOf(request);
    if (isProtected(path) && isForeign(request)) {
      throw new ServiceFailure(serviceError('foreign-page', 'asked by a page of another site'));
    }
    if (keys.value !== null && isProtected(path)) {
      const name = keys.value.nameOf(request.headers);
      if (name === null) {
        void reply.header('www-authenticate', 'Bearer');
        throw new ServiceFailure(serviceError('unauthorized', 'no valid API key'));
      }
      if (request.account !== undefined) request.account.keyName = name;
    }
    if (draining && path.startsWith('/api/')) {
      void reply.header('connection', 'close');
      throw new ServiceFailure(serviceError('shutting-down', 'the service stops'));
    }
  });
  app.addHook('preParsing', async (request, reply) => {
    if (!isAudioUpload(request)) continueBody(request, reply);
  });

  // The schemas describe what is sent (tests hold answers against them); they are no filter that drops what they forgot.
  app.setSerializerCompiler(() => (data) => JSON.stringify(data));
  app.setErrorHandler((error: FastifyError, request, reply) => {
    const failure = frameworkFailure(error);
    if (failure !== null) return sendError(reply, failure);
    log.error('fault', { id: request.id, error });
    return sendError(
      reply,
      serviceError('internal', 'an unexpected error; the log has it under the request id'),
    );
  });
  app.setNotFoundHandler((request, reply) => {
    const methods = methodsOf(pathOf(request));
    const asked = `${request.method} ${pathOf(request).slice(0, 200)}`;
    if (methods.length === 0 || methods.includes(request.method)) {
      return sendError(reply, serviceError('not-found', `nothing at ${asked}`));
    }
    void reply.header('allow', methods.join(', '));
    return sendError(reply, serviceError('method-not-allowed', asked, { allowed: methods.join(', ') }));
  });

  // Text is no type that any route takes; audio is left on the connection until a route reads it.
  app.removeContentTypeParser('text/plain');
  app.addContentTypeParser(rawAudioType, (_request, _payload, done) => done(null));
  await app.register(multipart, { throwFileSizeLimit: false });

  let incoming: Promise<Result<Incoming, ServiceError>> | null = null;
  const opened = async (): Promise<Result<Incoming, ServiceError>> =>
    (incoming ??= openIncoming(settings.spool));
  // At the start, not with the first upload: what a killed run left is in the way now.
  app.addHook('onListen', async () => void (await opened()));
  let uploads = 0;
  app.decorate('receiveAudio', async (request, reply, options = {}) => {
    if (uploads >= settings.maxUploads) {
      return err(serviceError('busy', 'too many uploads at once', { retryAfterSeconds: 2 }));
    }
    uploads++;
    try {
      const spool = await opened();
      if (!spool.ok) return spool;
      return await receiveAudio(request, reply, spool.value, {
        maxBytes: settings.maxBytes,
        timeoutMs: uploadTimeoutMs,
        stallMs: Math.min(stallMs, uploadTimeoutMs),
        ...options,
      });
    } finally {
      uploads--;
    }
  });

  if (settings.rateLimit !== null) {
    await app.register(rateLimit, {
      max: settings.rateLimit,
      timeWindow: 60_000,
      keyGenerator: (request) => request.account?.keyName ?? request.ip,
      allowList: (request) => !pathOf(request).startsWith('/api/'),
      errorResponseBuilder: (_request, { ttl, max }) =>
        new ServiceFailure(
          serviceError('rate-limited', `more than ${max} requests a minute`, {
            limit: max,
            retryAfterSeconds: Math.max(1, Math.ceil(ttl / 1000)),
          }),
        ),
    });
  }
  // Sees every route that is added after it.
  await describeApi(app);
  await statusRoutes(app, parts);
  await genreRoutes(app, parts);
  await modelRoutes(app, parts);
  await jobRoutes(app, parts);
  await songRoutes(app, parts);
  await registerDocsPage(app);
  if (!settings.noPage) await servePage(app, settings);
  return app;
}

/** The route's pattern where there is one, decoded and without doubt; else the address without its query. */
const pathOf = (request: FastifyRequest): string =>
  (request.is404 ? undefined : request.routeOptions.url) ?? request.url.split('?', 1)[0] ?? '';
