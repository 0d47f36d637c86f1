import { Ajv2020 } from 'ajv/dist/2020.js';

/** What the tests need of an OpenAPI document. */
export interface DescribedApi {
  readonly openapi: string;
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly tags: readonly { readonly name: string }[];
  readonly components: {
    readonly schemas: Readonly<Record<string, object>>;
    readonly securitySchemes: Readonly<Record<string, unknown>>;
  };
}

export interface Operation {
  readonly operationId: string;
  readonly summary: string;
  readonly tags: readonly string[];
  readonly requestBody?: { readonly content: Readonly<Record<string, Media>> };
  readonly responses: Readonly<Record<string, Response>>;
}

interface Response {
  readonly description: string;
  readonly headers?: Readonly<Record<string, unknown>>;
  readonly content?: Readonly<Record<string, Media>>;
}

export interface Media {
  readonly schema: object;
  readonly example?: unknown;
  readonly examples?: Readonly<Record<string, { readonly value: unknown }>>;
}

/** A schema with its references where a schema of its own has them. */
const own = (schema: object): object =>
  JSON.parse(JSON.stringify(schema).replaceAll('#/components/schemas/', '#/$defs/')) as object;

/** What is wrong with a value by a schema of the document; null where nothing is. Schemas are read strictly. */
export function schemaCheck(document: DescribedApi): (schema: object, value: unknown) => string | null {
  const moment = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/;
  const ajv = new Ajv2020({
    allErrors: true,
    allowUnionTypes: true,
    formats: { 'date-time': moment, binary: true },
  });
  const $defs = own(document.components.schemas);
  const compiled = new Map<object, ReturnType<typeof ajv.compile>>();
  return (schema, value) => {
    const validate = compiled.get(schema) ?? ajv.compile({ ...own(schema), $defs });
    compiled.set(schema, validate);
    return validate(value) ? null : ajv.errorsText(validate.errors);
  };
}

/** An answer of the running service, to be held against its description. */
export interface Answer {
  readonly method: string;
  /** The path as the description has it: `/api/songs/{id}/genre`. */
  readonly path: string;
  readonly status: number;
  readonly contentType: string;
  readonly body: unknown;
}

/** Tells what is wrong with an answer by the description; null where nothing is. */
export function answerCheck(document: DescribedApi): (answer: Answer) => string | null {
  const check = schemaCheck(document);
  return ({ method, path, status, contentType, body }) => {
    const operation = document.paths[path]?.[method.toLowerCase()];
    if (operation === undefined) return `${method} ${path} is not described`;
    const response = operation.responses[String(status)];
    if (response === undefined) return `${method} ${path}: ${status} is not described`;
    const type = contentType.split(';', 1)[0] ?? '';
    const media = response.content?.[type];
    if (media === undefined) return `${method} ${path}: ${status} as ${type} is not described`;
    const problem = check(media.schema, body);
    return problem === null ? null : `${method} ${path}: ${status}: ${problem}`;
  };
}

/** `answerCheck` for one answer. */
export const answerProblem = (document: DescribedApi, answer: Answer): string | null =>
  answerCheck(document)(answer);
