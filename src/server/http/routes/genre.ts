import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { basename, isAbsolute } from 'node:path';
import { Readable } from 'node:stream';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { err, ok, type Result } from '#core/result.ts';
import { allowedPath } from '#server/batch/allowedPath.ts';
import { hasBody, sendError } from '#server/http/answers.ts';
import { shownFileName } from '#server/http/fileNames.ts';
import { genreAnswerText, genreTable } from '#server/http/genreAnswer.ts';
import { type GenreQuery, genreQueryNames, readGenreQuery } from '#server/http/genreQuery.ts';
import { ServiceFailure } from '#server/http/serviceFailure.ts';
import { failures, genreAnswerSchema } from '#server/http/schemas.ts';
import type { Routes, ServiceParts } from '#server/http/serviceParts.ts';
import { type ServiceError, serviceError } from '#server/serviceErrors.ts';

/** A file to analyse: an upload, which goes away afterwards, or one that lies on this host. */
interface Source {
  readonly path: string;
  readonly name: string;
  readonly bytes: number;
  remove(): Promise<void>;
}

/** Longest path that is looked at. */
const longestPath = 4096;

/** POST /api/genre: one song, answered at once. */
export const genreRoutes: Routes = async (app, parts) => {
  const { pool, settings, metrics } = parts;

  app.post(
    '/api/genre',
    {
      schema: {
        operationId: 'analyseSong',
        summary: 'Genres of one song',
        description: [
          'The file comes as the multipart field `audio`, as the body itself with its audio type or',
          '`application/octet-stream`, or as JSON with the path of a file on the host of the service.',
          'mp3, wav, flac, ogg, opus, m4a, aac and webm are read; what a file is comes from its bytes, not its name.',
        ].join(' '),
        tags: ['genre'],
        querystring: {
          type: 'object',
          additionalProperties: false,
          properties: {
            top_k: {
              type: 'integer',
              minimum: 1,
              maximum: 16,
              default: 5,
              description: 'How many genres; at most as many as the model has',
            },
            explain: {
              type: 'string',
              enum: ['rollout', 'relevance'],
              description:
                'Adds the patch grid of every window: where the network looked, or what argued for the best genre',
            },
            format: {
              type: 'string',
              enum: ['json', 'csv'],
              default: 'json',
              description: 'csv: a table, one line a genre, without explain',
            },
            model: { type: 'string', description: 'Id of a model (GET /api/models)' },
            windows: {
              type: 'integer',
              minimum: 1,
              maximum: 10_000,
              description: 'At most so many windows, spread over the track; left out, all of them',
            },
          },
        },
        response: {
          200: {
            description: 'The genres, most likely first',
            content: {
              'application/json': { schema: genreAnswerSchema },
              'text/csv': { schema: { type: 'string' } },
            },
          },
          ...failures(
            'missing-audio',
            'bad-top-k',
            'bad-explain',
            'bad-format',
            'bad-windows',
            'unknown-model',
            'bad-request',
            'upload-incomplete',
            'unauthorized',
            'path-not-allowed',
            'foreign-page',
            'unreadable-file',
            'upload-timeout',
            'file-too-large',
            'unsupported-media-type',
            'unsupported-format',
            'decode-failed',
            'empty-file',
            'no-audio-track',
            'no-samples',
            'file-too-long',
            'silent',
            'time-limit',
            'decoder-crashed',
            'rate-limited',
            'internal',
            'busy',
            'shutting-down',
            'storage-full',
          ),
        },
      },
      config: {
        describedBody: {
          'multipart/form-data': {
            schema: {
              type: 'object',
              required: ['audio'],
              properties: {
                audio: {
                  type: 'string',
                  contentMediaType: 'application/octet-stream',
                  description: 'The file',
                },
              },
            },
          },
          'application/octet-stream': { schema: { type: 'string', format: 'binary' } },
          'audio/*': { schema: { type: 'string', format: 'binary' } },
          'application/json': {
            schema: {
              type: 'object',
              required: ['path'],
              additionalProperties: false,
              properties: {
                path: { type: 'string', description: 'Absolute path in a directory of --allow-path' },
              },
            },
          },
        },
      },
      // The schema describes; `readGenreQuery` checks, and says which parameter is wrong in both languages.
      validatorCompiler: () => () => true,
      // Everything that can be refused is refused before the body is read.
      preParsing: async (request) => {
        const query = readGenreQuery(request.query as Record<string, unknown>, pool);
        if (!query.ok) throw new ServiceFailure(query.error);
        if (!hasBody(request.raw))
          throw new ServiceFailure(serviceError('missing-audio', 'there is no body'));
        const { waiting, busy, slots, meanSeconds } = pool.counts();
        if (busy >= slots && waiting.interactive > settings.maxWaiting) {
          const seconds = Math.ceil((meanSeconds * waiting.interactive) / Math.max(1, slots));
          throw new ServiceFailure(
            serviceError('busy', 'too many requests wait', { retryAfterSeconds: Math.max(1, seconds) }),
          );
        }
      },
    },
    async (request, reply) => {
      const query = readGenreQuery(request.query as Record<string, unknown>, pool);
      if (!query.ok) return sendError(reply, query.error);
      const source = await sourceOf(request, reply, parts);
      if (!source.ok) return sendError(reply, source.error);
      if (request.account !== undefined) request.account.bytes = source.value.bytes;
      return answer(request, reply, query.value, source.value);
    },
  );

  async function answer(
    request: FastifyRequest,
    reply: FastifyReply,
    query: GenreQuery,
    source: Source,
  ): Promise<FastifyReply> {
    const gone = new AbortController();
    const onClose = (): void => {
      if (!reply.raw.writableFinished) gone.abort();
    };
    reply.raw.once('close', onClose);
    // It may have gone while the file was written.
    if (reply.raw.destroyed) gone.abort();
    const analysis = pool.analyse({
      path: source.path,
      name: source.name,
      modelId: query.model.id,
      priority: 'interactive',
      relevance: query.explain === 'relevance',
      windows: query.windows,
      timeLimitMs: settings.timeLimit * 1000,
      signal: gone.signal,
    });
    // Before the answer: who has it may look, and finds nothing left.
    const result = await analysis.finally(() => source.remove());
    reply.raw.off('close', onClose);
    if (!result.ok) return sendError(reply, result.error);
    const analysed = result.value;
    if (request.account !== undefined) request.account.analysed = analysed;
    metrics.analysed(analysed, 'request');
    void reply.header('cache-control', 'no-store');
    if (query.format === 'csv') {
      return reply.type('text/csv; charset=utf-8').send(genreTable(analysed, query.topK));
    }
    void reply.type('application/json; charset=utf-8');
    const text = genreAnswerText(analysed, query.topK, query.explain);
    return reply.send(query.explain === null ? [...text].join('') : Readable.from(text));
  }
};

/** The file of a request, by whichever way it came. */
async function sourceOf(
  request: FastifyRequest,
  reply: FastifyReply,
  { settings }: ServiceParts,
): Promise<Result<Source, ServiceError>> {
  if (request.body !== undefined) return namedFile(request.body, settings);
  const received = await request.server.receiveAudio(request, reply);
  if (!received.ok) return received;
  // Whoever sends a parameter as a field means it; leaving it unread would answer something else than was asked.
  const misplaced = received.value.fields.find(([name]) =>
    (genreQueryNames as readonly string[]).includes(name),
  );
  if (misplaced !== undefined) {
    await received.value.remove();
    return err(
      serviceError('bad-request', 'parameters belong into the query: /api/genre?top_k=3', {
        field: misplaced[0],
      }),
    );
  }
  return received;
}

/** `{"path": …}`: a regular file in an allowed directory, all links followed before the check. */
async function namedFile(
  body: unknown,
  settings: ServiceParts['settings'],
): Promise<Result<Source, ServiceError>> {
  const { path, ...rest } = (typeof body === 'object' && body !== null ? body : {}) as {
    readonly path?: unknown;
  };
  if (path === undefined) return err(serviceError('missing-audio', 'the JSON body has no path'));
  if (typeof path !== 'string' || path === '' || path.length > longestPath || Object.keys(rest).length > 0) {
    return err(serviceError('bad-request', 'the JSON body is {"path": "/absolute/path"} and nothing else'));
  }
  if (!isAbsolute(path)) return err(serviceError('bad-request', 'the path is not absolute'));
  const target = await allowedPath(path, settings.allowPath);
  if (!target.ok) return target;
  const shown = { name: shownFileName(basename(path)) };
  let bytes: number;
  try {
    // Non-blocking: to open a FIFO for reading waits for a writer. No link is left in a path that was resolved.
    const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
    const file = await open(target.value, flags);
    try {
      const entry = await file.stat();
      if (!entry.isFile())
        return err(serviceError('unreadable-file', 'the path names no regular file', shown));
      bytes = entry.size;
    } finally {
      await file.close();
    }
  } catch (cause) {
    const { code = '' } = cause as NodeJS.ErrnoException;
    return err(serviceError('unreadable-file', `the file cannot be opened: ${code}`, shown));
  }
  if (bytes > settings.maxBytes) {
    const limitBytes = settings.maxBytes;
    return err(serviceError('file-too-large', `${bytes} bytes`, { bytes, limitBytes }));
  }
  return ok({ path: target.value, name: shown.name, bytes, remove: async () => {} });
}
