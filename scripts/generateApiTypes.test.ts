import { readFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { apiTypesFile, generateApiTypes } from './generateApiTypes.ts';

it('the committed types are those of the service; if not, run `npm run api:types`', async () => {
  expect(await readFile(apiTypesFile, 'utf8')).toBe(await generateApiTypes());
});
