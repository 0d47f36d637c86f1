/** An OpenAPI document from standard input to TypeScript on standard output. A process of its own for its own compiler. */
import { text } from 'node:stream/consumers';
import openapiTS, { astToString } from 'openapi-typescript';
import ts from 'typescript';

const blob = ts.factory.createTypeReferenceNode('Blob');

process.stdout.write(
  astToString(
    await openapiTS(JSON.parse(await text(process.stdin)), {
      alphabetize: true,
      rootTypes: false,
      // Bytes are what a program has in its hands, not a string.
      transform: (schema) => (schema.format === 'binary' ? blob : undefined),
    }),
  ),
);
