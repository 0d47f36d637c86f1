/** `npm run api:types`: writes the types of the service's client (src/server/client/openapi.ts) from its description. */
import { writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { apiTypesFile, generateApiTypes } from './generateApiTypes.ts';

const usage = `npm run api:types

Writes ${apiTypesFile}
from the OpenAPI document of the service. To be run after a change of a route or its schemas; a test says so if it was not.`;

const { values } = parseArgs({ options: { help: { type: 'boolean' } } });
if (values.help === true) {
  console.log(usage);
} else {
  await writeFile(apiTypesFile, await generateApiTypes());
  console.log(`wrote ${apiTypesFile}`);
}
