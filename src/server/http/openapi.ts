import swagger from '@fastify/swagger';
import type { FastifyInstance } from 'fastify';
import { answerExamples } from '#server/http/openapiExamples.ts';
import { errorSchema } from '#server/http/schemas.ts';
import { program } from '#server/program.ts';
import { errorBody, serviceError, type ServiceErrorCode } from '#server/serviceErrors.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /**
     * `content` of the request body in OpenAPI, of a route that reads its body itself: a `schema.body` would have fastify
     * parse and check it.
     */
    readonly describedBody?: Readonly<Record<string, unknown>>;
  }
}

type Json = Record<string, unknown>;

/**
 * Describes the interface as OpenAPI 3.1 at GET /openapi.json. To be awaited before the first route: what was there
 * before is not described. The document is made once, when it is asked for.
 */
export async function describeApi(app: FastifyInstance): Promise<void> {
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: `${program.name} service`,
        version: program.version,
        description: [
          'The genres of a song, most likely first, as the page shows them: the same analysis on a server.',
          'A failed request has the body `ErrorBody`: `error` in Chinese, `message` in English, `code` for programs.',
          'Answers 429 and 503 say in `Retry-After` how many seconds to wait.',
        ].join('\n\n'),
      },
      servers: [{ url: '/', description: 'This service' }],
      tags: [
        { name: 'genre', description: 'One song, answered at once' },
        { name: 'jobs', description: 'Songs for the queue' },
        { name: 'songs', description: 'Results of the queue' },
        { name: 'status', description: 'For supervisors and load balancers' },
      ],
      components: {
        securitySchemes: {
          bearer: { type: 'http', scheme: 'bearer', description: 'Authorization: Bearer KEY' },
          apiKey: { type: 'apiKey', in: 'header', name: 'X-API-Key' },
        },
      },
      // The empty one: a service that was started without keys asks for none.
      security: [{}, { bearer: [] }, { apiKey: [] }],
    },
    transform: ({ schema, url, route }) => {
      const content = route.config?.describedBody;
      return { schema: content === undefined ? schema : { ...schema, body: { content } }, url };
    },
    transformObject: (document) => {
      const made = 'openapiObject' in document ? document.openapiObject : document.swaggerObject;
      return withComponents(made);
    },
  });
  app.get('/openapi.json', { schema: { hide: true } }, async (_request, reply) =>
    reply.type('application/json; charset=utf-8').send(app.swagger()),
  );
}

/**
 * The document with every titled schema as a component of that name, failures with an example for each of their codes,
 * and answers with the example of their component.
 *
 * @throws Error where two different schemas have one title
 */
function withComponents(document: Json): Json {
  const components = document['components'] as Json;
  const schemas: Json = { ...(components['schemas'] as Json) };

  function hoisted(value: unknown): unknown {
    if (Array.isArray(value)) return value.map(hoisted);
    if (!isObject(value)) return value;
    const inner = Object.fromEntries(
      Object.entries(value).map(([key, member]) => [
        key,
        // Examples are data: a member called title there names no schema.
        key === 'example' || key === 'examples' || key === 'enum' ? member : hoisted(member),
      ]),
    );
    const { title } = inner;
    if (typeof title !== 'string' || !('type' in inner)) return inner;
    const known = schemas[title];
    if (known !== undefined && JSON.stringify(known) !== JSON.stringify(inner)) {
      throw new Error(`two schemas are called ${title}`);
    }
    schemas[title] = inner;
    return { $ref: `#/components/schemas/${title}` };
  }

  const paths = Object.fromEntries(
    Object.entries(document['paths'] as Json).map(([path, item]) => [
      path,
      Object.fromEntries(
        Object.entries(item as Json).map(([method, operation]) => [
          method,
          hoisted(withAnswers(operation as Json)),
        ]),
      ),
    ]),
  );
  hoisted(errorSchema);
  const sorted = Object.fromEntries(Object.entries(schemas).toSorted(([a], [b]) => (a < b ? -1 : 1)));
  return { ...document, paths, components: { ...components, schemas: sorted } };
}

/** The operation with what all answers of a kind share: examples, Retry-After, and no description inside the schema. */
function withAnswers(operation: Json): Json {
  const responses = Object.entries((operation['responses'] ?? {}) as Json).map(([status, response]) => [
    status,
    withExamples(status, response as Json),
  ]);
  return { ...operation, responses: Object.fromEntries(responses) };
}

function withExamples(status: string, response: Json): Json {
  const content = response['content'];
  if (!isObject(content)) return response;
  const described = Object.entries(content).map(([type, media]) => {
    const { schema, ...rest } = media as Json;
    if (!isObject(schema)) return [type, media];
    const { 'x-codes': codes, ...plain } = schema;
    // `description` of a response's schema is the response's.
    if (plain['description'] === response['description']) delete plain['description'];
    if (plain['title'] === errorSchema.title) {
      const of = Array.isArray(codes) ? (codes as readonly ServiceErrorCode[]) : [];
      return [type, { schema: plain, ...(of.length === 0 ? {} : { examples: failureExamples(of) }) }];
    }
    const example = answerExamples[String(plain['title'])];
    const has = 'example' in rest || 'examples' in rest;
    return [type, { ...rest, schema: plain, ...(example === undefined || has ? {} : { example }) }];
  });
  const waits = status === '429' || status === '503';
  return {
    ...response,
    ...(waits
      ? { headers: { 'Retry-After': retryAfter, ...(response['headers'] as Json | undefined) } }
      : {}),
    content: Object.fromEntries(described) as Json,
  };
}

const retryAfter = {
  description: 'Seconds to wait before the next attempt',
  schema: { type: 'integer', minimum: 1 },
};

function failureExamples(codes: readonly ServiceErrorCode[]): Json {
  return Object.fromEntries(
    codes.map((code) => {
      const body = errorBody(serviceError(code, ''));
      const requestId = '5f0c1d3e-8a2b-4c6d-9e7f-0123456789ab';
      return [code, { summary: body.message, value: { ...body, requestId } }];
    }),
  );
}

const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
