import { rm } from 'node:fs/promises';
import { isAbsolute } from 'node:path';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { err, ok, type Result } from '#core/result.ts';
import { allowedPath } from '#server/batch/allowedPath.ts';
import { hashFile } from '#server/batch/enqueueSongs.ts';
import { keepInSpool } from '#server/batch/spool.ts';
import { hasBody, sendError } from '#server/http/answers.ts';
import {
  type JobQuery,
  mostSongs,
  type NamedSong,
  readJobQuery,
  readNamedSongs,
  readPageQuery,
} from '#server/http/jobQuery.ts';
import { ServiceFailure } from '#server/http/serviceFailure.ts';
import {
  deadJobsSchema,
  enqueuedSongsSchema,
  failures,
  jobStatusSchema,
  queueCountsSchema,
} from '#server/http/schemas.ts';
import type { Routes, ServiceParts } from '#server/http/serviceParts.ts';
import { predictedDrainSeconds } from '#server/observability/serviceMetrics.ts';
import { isSongId, jobIdOf } from '#server/queue/jobId.ts';
import type { EnqueueOutcome, JobStatus, SongJob } from '#server/queue/jobQueue.ts';
import { type ServiceError, serviceError } from '#server/serviceErrors.ts';

/** Files of JSON requests that are hashed at once, over all requests: reading is cheap, hashing is on this thread. */
const hashedAtOnce = 2;
/** A thousand songs, each with a path of 4096 characters and an id. */
const jsonBodyBytes = 8 * 1024 * 1024;

type EnqueuedSong = { readonly songId: string } & (
  EnqueueOutcome | { readonly outcome: 'refused'; readonly error: ServiceError }
);

const noCache = (reply: FastifyReply): FastifyReply => reply.header('cache-control', 'no-store');

/** Songs into the queue, the state of the queue and of its jobs, the dead. */
export const jobRoutes: Routes = async (app, parts) => {
  const { pool, queue, settings } = parts;
  const hashing = createTurns(hashedAtOnce);

  app.post(
    '/api/jobs',
    {
      bodyLimit: jsonBodyBytes,
      schema: {
        operationId: 'enqueueSongs',
        summary: 'Songs into the queue',
        description: [
          'An upload (the multipart fields `song_id` and `audio`, or the file as the body and `song_id` in the query) is',
          'on the disk of the service when this answers. JSON names files in directories of --allow-path, at most',
          `${mostSongs} of them. A song that is there already with the same sound, weights and windows is known, and not added:`,
          'repeating a request is safe. The answer is that of a failure where no song could be taken.',
        ].join(' '),
        tags: ['jobs'],
        querystring: {
          type: 'object',
          additionalProperties: false,
          properties: {
            song_id: {
              type: 'string',
              description: "The song of an upload: the catalogue's own name, 1 to 200 characters",
            },
            model: { type: 'string', description: 'Id of a model (GET /api/models)' },
            windows: {
              type: 'integer',
              minimum: 1,
              maximum: 10_000,
              description: 'At most so many windows, spread over the track; left out, all of them',
            },
            priority: {
              type: 'integer',
              minimum: 0,
              maximum: 9,
              default: 5,
              description: '0 is taken first, 9 last',
            },
          },
        },
        response: {
          202: { description: 'What became of each song', ...enqueuedSongsSchema },
          ...failures(
            'missing-audio',
            'bad-song-id',
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
            'rate-limited',
            'internal',
            'busy',
            'shutting-down',
            'queue-unavailable',
            'storage-full',
          ),
        },
      },
      config: {
        describedBody: {
          'multipart/form-data': {
            schema: {
              type: 'object',
              required: ['song_id', 'audio'],
              properties: {
                song_id: { type: 'string', description: "The catalogue's own name of the song" },
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
              required: ['songs'],
              additionalProperties: false,
              properties: {
                songs: {
                  type: 'array',
                  minItems: 1,
                  maxItems: mostSongs,
                  items: {
                    type: 'object',
                    required: ['song_id', 'path'],
                    additionalProperties: false,
                    properties: {
                      song_id: { type: 'string', minLength: 1, maxLength: 200 },
                      path: { type: 'string', description: 'Absolute path in a directory of --allow-path' },
                      priority: { type: 'integer', minimum: 0, maximum: 9 },
                    },
                  },
                },
              },
            },
          },
        },
      },
      // The schema describes; `readJobQuery` checks, and says which parameter is wrong in both languages.
      validatorCompiler: () => () => true,
      preParsing: async (request) => {
        const query = readJobQuery(request.query as Record<string, unknown>, pool);
        if (!query.ok) throw new ServiceFailure(query.error);
        if (!hasBody(request.raw))
          throw new ServiceFailure(serviceError('missing-audio', 'there is no body'));
      },
    },
    async (request, reply) => {
      const query = readJobQuery(request.query as Record<string, unknown>, pool);
      if (!query.ok) return sendError(reply, query.error);
      const songs =
        request.body === undefined
          ? await enqueueUpload(request, reply, query.value, parts)
          : await enqueueNamed(request.body, query.value);
      if (!songs.ok) return sendError(reply, songs.error);
      const first = songs.value[0];
      if (first?.outcome === 'refused' && songs.value.every(({ outcome }) => outcome === 'refused')) {
        return sendError(reply, { ...first.error, details: { ...first.error.details, member: 'songs.0' } });
      }
      return noCache(reply).code(202).send({ jobs: songs.value });
    },
  );

  async function enqueueNamed(
    body: unknown,
    query: JobQuery,
  ): Promise<Result<readonly EnqueuedSong[], ServiceError>> {
    if (query.songId !== null) {
      return err(
        serviceError('bad-request', 'song_id belongs into the songs of the body', { parameter: 'song_id' }),
      );
    }
    const named = readNamedSongs(body);
    if (!named.ok) return named;
    const jobs = await Promise.all(named.value.map((song) => hashing(() => jobOf(song, query))));
    const good = jobs.flatMap((job) => (job.ok ? [job.value] : []));
    const put = good.length === 0 ? ok([]) : await queue.enqueue(good);
    if (!put.ok) return put;
    let next = 0;
    return ok(
      jobs.map((job, index) => {
        const songId = named.value[index]?.songId ?? '';
        if (!job.ok) return { songId: songId.slice(0, 200), outcome: 'refused', error: job.error };
        const outcome = put.value[next++];
        if (outcome === undefined) throw new Error('the queue told less than it was given');
        return { songId, ...outcome };
      }),
    );
  }

  async function jobOf(song: NamedSong, query: JobQuery): Promise<Result<SongJob, ServiceError>> {
    const named: boolean = isSongId(song.songId);
    if (!named) return err(badSongId(song.songId));
    if (!isAbsolute(song.path)) return err(serviceError('bad-request', 'the path is not absolute'));
    const path = await allowedPath(song.path, settings.allowPath);
    if (!path.ok) return path;
    const hashed = await hashFile(path.value, settings.maxBytes);
    if (!hashed.ok) return hashed;
    return ok({
      songId: song.songId,
      path: path.value,
      audioSha256: hashed.value.sha256,
      model: { id: query.model.id, sha256: query.model.manifest.weights.sha256 },
      windows: query.windows,
      priority: song.priority ?? query.priority,
      removeFile: false,
    });
  }

  app.get<{ Params: { id: string } }>(
    '/api/jobs/:id',
    {
      schema: {
        operationId: 'getJob',
        summary: 'Where a job stands',
        tags: ['jobs'],
        params: {
          type: 'object',
          required: ['id'],
          properties: { id: { type: 'string', description: 'Id of the job' } },
        },
        response: {
          200: { description: 'The job', ...jobStatusSchema },
          ...failures('not-found', 'bad-request', 401, 429, 'queue-unavailable', 'shutting-down'),
        },
      },
    },
    async (request, reply) => {
      const { id } = request.params;
      const status = /^[0-9a-f]{40}$/.test(id) ? await queue.status(id) : ok(null);
      if (!status.ok) return sendError(reply, status.error);
      if (status.value === null) return sendError(reply, serviceError('not-found', 'there is no such job'));
      return noCache(reply).send(statusOf(status.value));
    },
  );

  app.get(
    '/api/queue',
    {
      schema: {
        operationId: 'getQueue',
        summary: 'How much waits, how fast it goes, when it will be done',
        tags: ['jobs'],
        response: {
          200: { description: 'The queue', ...queueCountsSchema },
          ...failures(401, 429, 'queue-unavailable', 'shutting-down'),
        },
      },
    },
    async (_request, reply) => {
      const counts = await queue.counts();
      if (!counts.ok) return sendError(reply, counts.error);
      const drain = predictedDrainSeconds(counts.value, pool.counts().meanSeconds);
      return noCache(reply).send({
        ...counts.value,
        predictedDrainSeconds: Number.isFinite(drain) ? Math.round(drain * 10) / 10 : null,
      });
    },
  );

  app.get(
    '/api/jobs/dead',
    {
      schema: {
        operationId: 'listDeadJobs',
        summary: 'Jobs that failed for good, latest first',
        tags: ['jobs'],
        querystring: {
          type: 'object',
          additionalProperties: false,
          properties: {
            limit: {
              type: 'integer',
              minimum: 1,
              maximum: 1000,
              default: 100,
              description: 'At most so many',
            },
            offset: { type: 'integer', minimum: 0, default: 0, description: 'So many are passed over' },
          },
        },
        response: {
          200: { description: 'The dead letters', ...deadJobsSchema },
          ...failures('bad-request', 401, 429, 'queue-unavailable', 'shutting-down'),
        },
      },
      validatorCompiler: () => () => true,
    },
    async (request, reply) => {
      const page = readPageQuery(request.query as Record<string, unknown>, ['limit', 'offset']);
      if (!page.ok) return sendError(reply, page.error);
      const dead = await queue.dead(page.value.limit, page.value.offset);
      if (!dead.ok) return sendError(reply, dead.error);
      return noCache(reply).send({
        jobs: dead.value.map(({ job, diedAt, ...status }) => ({
          ...statusOf(status),
          path: job.removeFile ? null : job.path,
          model: job.model,
          windows: job.windows,
          priority: job.priority,
          diedAt,
        })),
      });
    },
  );

  app.post<{ Body: { jobIds?: readonly string[]; all?: true } }>(
    '/api/jobs/requeue',
    {
      schema: {
        operationId: 'requeueDeadJobs',
        summary: 'Dead jobs back into the queue, with all their attempts',
        tags: ['jobs'],
        body: {
          type: 'object',
          description: 'Either ids, or all of them',
          additionalProperties: false,
          minProperties: 1,
          maxProperties: 1,
          properties: {
            jobIds: {
              type: 'array',
              minItems: 1,
              maxItems: 10_000,
              items: { type: 'string', maxLength: 100 },
            },
            all: { type: 'boolean', const: true },
          },
        },
        response: {
          200: {
            description: 'How many there were',
            title: 'Requeued',
            type: 'object',
            additionalProperties: false,
            required: ['requeued'],
            properties: { requeued: { type: 'integer', minimum: 0 } },
          },
          ...failures('bad-request', 401, 415, 429, 'queue-unavailable', 'shutting-down', 'storage-full'),
        },
      },
    },
    async (request, reply) => {
      const requeued = await queue.requeueDead(request.body.jobIds ?? 'all');
      return requeued.ok
        ? noCache(reply).send({ requeued: requeued.value })
        : sendError(reply, requeued.error);
    },
  );

  for (const name of ['pause', 'resume'] as const) {
    app.post(
      `/api/queue/${name}`,
      {
        schema: {
          operationId: name === 'pause' ? 'pauseQueue' : 'resumeQueue',
          summary:
            name === 'pause'
              ? 'Workers finish what they have and take nothing new, all of them, until the queue is resumed'
              : 'Workers go on',
          tags: ['jobs'],
          response: {
            200: {
              description: 'Done',
              title: 'QueueState',
              type: 'object',
              additionalProperties: false,
              required: ['paused'],
              properties: { paused: { type: 'boolean' } },
            },
            ...failures(401, 429, 'queue-unavailable', 'shutting-down', 'storage-full'),
          },
        },
      },
      async (_request, reply) => {
        const done = await queue[name]();
        return done.ok ? noCache(reply).send({ paused: name === 'pause' }) : sendError(reply, done.error);
      },
    );
  }
};

/** Members by name: what a queue knows beside them is not part of the interface. */
const statusOf = ({ jobId, songId, state, attempts, error }: JobStatus): JobStatus => ({
  jobId,
  songId,
  state,
  attempts,
  error,
});

const badSongId = (found: string): ServiceError =>
  serviceError('bad-song-id', 'song_id has no character, more than 200 or a control character', {
    length: found.length,
  });

/**
 * One upload into the spool and its job into the queue. What is acknowledged is on the disk: first the file, then the job.
 */
async function enqueueUpload(
  request: FastifyRequest,
  reply: FastifyReply,
  query: JobQuery,
  { queue, settings }: ServiceParts,
): Promise<Result<readonly EnqueuedSong[], ServiceError>> {
  const received = await request.server.receiveAudio(request, reply, { hash: true });
  if (!received.ok) return received;
  const { path, bytes, sha256, fields } = received.value;
  try {
    if (request.account !== undefined) request.account.bytes = bytes;
    if (sha256 === null) throw new Error('an upload without its hash');
    const songId = songIdOf(fields, query.songId);
    if (!songId.ok) return songId;
    const described = {
      songId: songId.value,
      audioSha256: sha256,
      model: { id: query.model.id, sha256: query.model.manifest.weights.sha256 },
      windows: query.windows,
    };
    const kept = await keepInSpool(path, settings.spool, jobIdOf(described));
    if (!kept.ok) return kept;
    const put = await queue.enqueue([
      { ...described, path: kept.value, priority: query.priority, removeFile: true },
    ]);
    // Whether the job was stored is not known then: the sweep removes the file if it was not.
    if (!put.ok) return put;
    const [outcome] = put.value;
    if (outcome === undefined) throw new Error('the queue told nothing');
    if (outcome.outcome === 'known' && outcome.state === 'done') await rm(kept.value, { force: true });
    return ok([{ songId: songId.value, ...outcome }]);
  } finally {
    await received.value.remove();
  }
}

function songIdOf(
  fields: readonly (readonly [name: string, value: string])[],
  inQuery: string | null,
): Result<string, ServiceError> {
  const other = fields.find(([name]) => name !== 'song_id');
  if (other !== undefined) {
    return err(
      serviceError('bad-request', 'the form has song_id and audio; parameters belong into the query', {
        field: other[0],
      }),
    );
  }
  const given = [...fields.map(([, value]) => value), ...(inQuery === null ? [] : [inQuery])];
  const [songId = ''] = given;
  if (given.length > 1) return err(serviceError('bad-request', 'song_id is given more than once'));
  const named: boolean = isSongId(songId);
  return named ? ok(songId) : err(badSongId(songId));
}

/** Runs tasks, so many at once; the others wait for their turn. */
function createTurns(atOnce: number): <T>(task: () => Promise<T>) => Promise<T> {
  let running = 0;
  const waiting: (() => void)[] = [];
  return async (task) => {
    if (running >= atOnce) await new Promise<void>((turn) => waiting.push(turn));
    else running++;
    try {
      return await task();
    } finally {
      const next = waiting.shift();
      if (next === undefined) running--;
      else next();
    }
  };
}
