import { sendError } from '#server/http/answers.ts';
import { readPageQuery } from '#server/http/jobQuery.ts';
import { failures, resultsPageSchema, songResultSchema } from '#server/http/schemas.ts';
import type { Routes } from '#server/http/serviceParts.ts';
import { isSongId } from '#server/queue/jobId.ts';
import { serviceError } from '#server/serviceErrors.ts';

/** Results of the queue: of one song, and all in their order for a system that pulls. */
export const songRoutes: Routes = async (app, { queue }) => {
  app.get<{ Params: { id: string } }>(
    '/api/songs/:id/genre',
    {
      schema: {
        operationId: 'getSongGenre',
        summary: 'The latest result of a song',
        description: 'An id with `/` or other signs is written percent-encoded.',
        tags: ['songs'],
        params: {
          type: 'object',
          required: ['id'],
          properties: { id: { type: 'string', description: "The catalogue's own name of the song" } },
        },
        response: {
          200: { description: 'The result', ...songResultSchema },
          ...failures('not-found', 'bad-song-id', 401, 403, 429, 'queue-unavailable', 'shutting-down'),
        },
      },
    },
    async (request, reply) => {
      const { id } = request.params;
      if (!isSongId(id)) return sendError(reply, serviceError('bad-song-id', 'no song has this id'));
      const result = await queue.songResult(id);
      if (!result.ok) return sendError(reply, result.error);
      if (result.value === null) {
        return sendError(reply, serviceError('not-found', 'there is no result for this song'));
      }
      return reply.header('cache-control', 'no-store').send(result.value);
    },
  );

  app.get(
    '/api/results',
    {
      schema: {
        operationId: 'listResults',
        summary: 'Results in the order in which they were finished',
        description:
          'Ask with the cursor of the last answer as `since`; no later result ever has an earlier place. Fewer than `limit` results: that is all for now.',
        tags: ['songs'],
        querystring: {
          type: 'object',
          additionalProperties: false,
          properties: {
            since: {
              type: 'string',
              description: 'The cursor of an earlier answer; left out, from the beginning',
            },
            limit: {
              type: 'integer',
              minimum: 1,
              maximum: 1000,
              default: 100,
              description: 'At most so many',
            },
          },
        },
        response: {
          200: { description: 'Results and the next cursor', ...resultsPageSchema },
          ...failures('bad-request', 401, 403, 429, 'queue-unavailable', 'shutting-down'),
        },
      },
      validatorCompiler: () => () => true,
    },
    async (request, reply) => {
      const page = readPageQuery(request.query as Record<string, unknown>, ['since', 'limit']);
      if (!page.ok) return sendError(reply, page.error);
      const results = await queue.resultsSince(page.value.since, page.value.limit);
      return results.ok
        ? reply.header('cache-control', 'no-store').send(results.value)
        : sendError(reply, results.error);
    },
  );
};
