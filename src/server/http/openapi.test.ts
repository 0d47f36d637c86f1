import { beforeAll, describe, expect, it } from 'vitest';
import { describedService } from '#server/http/describedService.ts';
import { answerExamples } from '#server/http/openapiExamples.ts';
import {
  type DescribedApi,
  type Media,
  type Operation,
  schemaCheck,
} from '#server/http/testing/describedAnswers.ts';
import { analysisErrorCodes } from '#core/errors.ts';
import { serviceOnlyErrorCodes } from '#server/serviceErrors.ts';

// That the document keeps the rules of OpenAPI is shown where its types are made (scripts/generateApiTypes.test.ts).

let document: DescribedApi;
let operations: readonly (Operation & { readonly name: string })[];

beforeAll(async () => {
  const service = await describedService();
  const answer = await service.inject('/openapi.json');
  expect(answer.statusCode).toBe(200);
  expect(answer.headers['content-type']).toMatch(/^application\/json/);
  document = answer.json<DescribedApi>();
  operations = Object.entries(document.paths).flatMap(([path, item]) =>
    Object.entries(item).map(([method, operation]) => ({ name: `${method} ${path}`, ...operation })),
  );
  await service.close();
});

const mediaOf = (operation: Operation): readonly (readonly [string, Media])[] =>
  Object.entries(operation.responses).flatMap(([status, { content = {} }]) =>
    Object.entries(content).map(([type, media]) => [`${status} ${type}`, media] as const),
  );

it('is OpenAPI 3.1', () => {
  expect(document.openapi).toBe('3.1.0');
});

it('describes every address that it is known by', () => {
  expect(operations.map(({ name }) => name)).toEqual(
    expect.arrayContaining([
      'post /api/genre',
      'get /api/models',
      'get /health',
      'get /ready',
      'get /metrics',
      'post /api/jobs',
      'get /api/songs/{id}/genre',
      'get /api/results',
    ]),
  );
});

it('every reference leads somewhere', () => {
  const references = JSON.stringify(document).match(/"\$ref":"[^"]*"/g) ?? [];
  expect(references.length).toBeGreaterThan(10);
  for (const reference of references) {
    const name = /^"\$ref":"#\/components\/schemas\/(\w+)"$/.exec(reference)?.[1];
    expect(Object.keys(document.components.schemas), reference).toContain(name);
  }
});

it('every operation has an id, a summary, a tag that is explained, an answer that works and answers that do not', () => {
  const tags = document.tags.map(({ name }) => name);
  for (const operation of operations) {
    expect(operation.operationId, operation.name).toMatch(/^[a-z][A-Za-z]+$/);
    expect(operation.summary.length, operation.name).toBeGreaterThan(5);
    expect(tags, operation.name).toEqual(expect.arrayContaining([...operation.tags]));
    expect(operation.tags, operation.name).toHaveLength(1);
    const statuses = Object.keys(operation.responses);
    expect(
      statuses.some((status) => status.startsWith('2')),
      operation.name,
    ).toBe(true);
    if (operation.name.includes('/api/')) {
      expect(statuses, operation.name).toEqual(expect.arrayContaining(['401', '429']));
    }
    for (const [status, response] of Object.entries(operation.responses)) {
      expect(response.description, operation.name).not.toBe('Default Response');
      const waits = status === '429' || status === '503';
      expect(response.headers?.['Retry-After'] !== undefined, `${operation.name} ${status}`).toBe(waits);
    }
  }
});

it('every failure has the one body, with the closed list of codes', () => {
  for (const operation of operations) {
    for (const [status, { content }] of Object.entries(operation.responses)) {
      if (Number(status) < 400) continue;
      expect(content?.['application/json']?.schema, `${operation.name} ${status}`).toEqual({
        $ref: '#/components/schemas/ErrorBody',
      });
    }
  }
  const { ErrorBody } = document.components.schemas as Record<
    string,
    { properties: { code: { enum: readonly string[] } } }
  >;
  expect(ErrorBody?.properties.code.enum).toEqual([...analysisErrorCodes, ...serviceOnlyErrorCodes]);
});

describe('examples', () => {
  it('are what their schema says', () => {
    const problem = schemaCheck(document);
    let examples = 0;
    for (const operation of operations) {
      for (const [name, media] of mediaOf(operation)) {
        const values = [
          ...('example' in media ? [media.example] : []),
          ...Object.values(media.examples ?? {}).map(({ value }) => value),
        ];
        examples += values.length;
        for (const value of values)
          expect(problem(media.schema, value), `${operation.name} ${name}`).toBeNull();
      }
    }
    expect(examples).toBeGreaterThan(20);
  });

  it('stand at every JSON answer of /api/, good or bad', () => {
    for (const operation of operations.filter(({ name }) => name.includes('/api/'))) {
      for (const [name, media] of mediaOf(operation)) {
        if (!name.includes('json') || /^(4|5)/.test(name)) continue;
        expect('example' in media || 'examples' in media, `${operation.name} ${name}`).toBe(true);
      }
    }
  });

  it('are all shown', () => {
    const text = JSON.stringify(document);
    for (const [title, example] of Object.entries(answerExamples)) {
      expect(text.includes(JSON.stringify(example)), title).toBe(true);
    }
  });

  it('a schema that a value breaks says so', () => {
    const problem = schemaCheck(document);
    const models = document.components.schemas['Models'] ?? {};
    expect(problem(models, answerExamples['Models'])).toBeNull();
    expect(problem(models, { models: [], more: 1 })).toContain('additional');
    expect(problem(models, {})).toContain('models');
  });
});
