/**
 * An OpenAPI document from standard input to TypeScript on standard output; an error if the document breaks a rule of
 * OpenAPI. A process of its own for its own compiler.
 */
import { createRequire } from 'node:module';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import openapiTS, { astToString } from 'openapi-typescript';
import ts from 'typescript';

const generator = fileURLToPath(import.meta.resolve('openapi-typescript'));
const { createConfig } = createRequire(generator)('@redocly/openapi-core');

const rules = [
  'struct',
  'spec-components-invalid-map-name',
  'no-unresolved-refs',
  'no-unused-components',
  'no-identical-paths',
  'no-ambiguous-paths',
  'no-empty-servers',
  'no-invalid-media-type-examples',
  'no-invalid-schema-examples',
  'no-invalid-parameter-examples',
  'no-enum-type-mismatch',
  'no-required-schema-properties-undefined',
  'no-schema-type-mismatch',
  'no-path-trailing-slash',
  'operation-2xx-response',
  'operation-operationId',
  'operation-operationId-unique',
  'operation-operationId-url-safe',
  'operation-parameters-unique',
  'operation-summary',
  'operation-tag-defined',
  'parameter-description',
  'path-declaration-must-exist',
  'path-not-include-query',
  'path-parameters-defined',
  'security-defined',
  'tag-description',
];

const blob = ts.factory.createTypeReferenceNode('Blob');

process.stdout.write(
  astToString(
    await openapiTS(JSON.parse(await text(process.stdin)), {
      alphabetize: true,
      rootTypes: false,
      redocly: await createConfig({
        rules: Object.fromEntries(rules.map((rule) => [rule, { severity: 'error' }])),
      }),
      // Bytes are what a program has in its hands, not a string.
      transform: ({ format, contentMediaType }) =>
        format === 'binary' || contentMediaType === 'application/octet-stream' ? blob : undefined,
    }),
  ),
);
