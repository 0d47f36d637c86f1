import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';

const names = ['redis-server', 'valkey-server'] as const;

/** What to do where there is none; the tests fail with it. */
export const redisAdvice =
  'No redis-server or valkey-server was found. Run: npm run ensure-redis (Debian: apt-get install redis-server), ' +
  'or set REDIS_SERVER_PATH to one.';

/** Path of a redis-server or valkey-server: REDIS_SERVER_PATH, else the first on PATH; null if there is none. */
export function findRedisServer(
  environment: Readonly<Record<string, string | undefined>> = process.env,
): string | null {
  const wanted = environment['REDIS_SERVER_PATH'];
  if (wanted !== undefined && wanted !== '') return isProgram(wanted) ? wanted : null;
  // Services live in sbin on some systems, which is not on everyone's PATH.
  const directories = [...(environment['PATH'] ?? '').split(delimiter), '/usr/sbin', '/usr/local/sbin'];
  for (const name of names) {
    for (const directory of directories) {
      const path = join(directory, name);
      if (directory !== '' && isProgram(path)) return path;
    }
  }
  return null;
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}
