import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { format, resolveConfig } from 'prettier';
import { describedService } from '#server/http/describedService.ts';

export const apiTypesFile = fileURLToPath(new URL('../src/server/client/openapi.ts', import.meta.url));

/** The TypeScript of the service's description as `src/server/client/openapi.ts` holds it, formatted. */
export async function generateApiTypes(): Promise<string> {
  const service = await describedService();
  const document = JSON.stringify(service.swagger());
  await service.close();
  const generator = fileURLToPath(new URL('apiTypes/generate.mjs', import.meta.url));
  const child = spawn(process.execPath, [generator], { stdio: ['pipe', 'pipe', 'inherit'] });
  const ended = new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  child.stdin.end(document);
  const [types, code] = await Promise.all([text(child.stdout), ended]);
  if (code !== 0) throw new Error(`${generator} ended with ${code}`);
  const header =
    '/** Made from the description of the service by `npm run api:types`. Not edited by hand. */\n\n';
  return format(header + types, { ...(await resolveConfig(apiTypesFile)), parser: 'typescript' });
}
