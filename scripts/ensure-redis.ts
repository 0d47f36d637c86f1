/**
 * Sees to it that there is a Redis server for the tests of the queue: an installed redis-server or valkey-server, else
 * Debian's package. Prints the path it found.
 */
import { spawnSync } from 'node:child_process';
import { findRedisServer, redisAdvice } from '#server/queue/redis/testing/findRedisServer.ts';

if (process.argv.includes('--help')) {
  console.log(
    'usage: npm run ensure-redis\n' +
      'Finds redis-server or valkey-server, else installs Debian’s redis-server. REDIS_SERVER_PATH names one.\n' +
      'The tests start servers of their own on free ports; the service that the package may start on 6379 is not used.',
  );
  process.exit(0);
}

function attempt(command: string, args: readonly string[]): void {
  console.log(`$ ${command} ${args.join(' ')}`);
  const outcome = spawnSync(command, args, {
    stdio: 'inherit',
    timeout: 10 * 60_000,
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
  });
  if (outcome.error !== undefined) console.log(`  ${outcome.error.message}`);
}

let path = findRedisServer();
const named = process.env['REDIS_SERVER_PATH'] ?? '';
if (path === null && named === '') {
  console.log('No Redis server is installed; trying the Debian package.');
  const asRoot = process.getuid?.() === 0 ? [] : ['sudo', '-n'];
  for (const step of [
    ['apt-get', 'update'],
    ['apt-get', 'install', '-y', '--no-install-recommends', 'redis-server'],
  ]) {
    const [command = '', ...args] = [...asRoot, ...step];
    attempt(command, args);
  }
  path = findRedisServer();
}
if (path === null) {
  console.error(named === '' ? redisAdvice : `REDIS_SERVER_PATH names no program: ${named}`);
  process.exit(1);
}
console.log(`Redis server: ${path}`);
