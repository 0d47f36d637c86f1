/**
 * Sees to it that there is a Chromium for the browser tests: an installed one, else Playwright's download, else Debian's
 * package. Prints the path it found.
 */
import { spawnSync } from 'node:child_process';
import { findChromium } from './chromium.ts';

if (process.argv.includes('--help')) {
  console.log(
    'usage: npm run ensure-chromium\nFinds or installs the Chromium that the browser tests drive. CHROMIUM_PATH names one.',
  );
  process.exit(0);
}

function attempt(command: string, args: string[]): void {
  console.log(`$ ${command} ${args.join(' ')}`);
  const outcome = spawnSync(command, args, { stdio: 'inherit', timeout: 10 * 60_000 });
  if (outcome.error !== undefined) console.log(`  ${outcome.error.message}`);
}

let path = findChromium();
if (path === null && process.env['CHROMIUM_PATH'] === undefined) {
  console.log('No Chromium is installed; trying Playwright’s own.');
  attempt('npx', ['playwright', 'install', 'chromium']);
  path = findChromium();
}
if (path === null && process.env['CHROMIUM_PATH'] === undefined) {
  console.log('Playwright’s download is out of reach; trying the Debian package.');
  const asRoot = process.getuid?.() === 0 ? [] : ['sudo', '-n'];
  for (const step of [
    ['apt-get', 'update'],
    ['apt-get', 'install', '-y', '--no-install-recommends', 'chromium', 'fonts-noto-cjk'],
  ]) {
    const [command = '', ...args] = [...asRoot, ...step];
    attempt(command, args);
  }
  path = findChromium();
}
if (path === null) {
  console.error(
    'No Chromium could be found or installed. Install Chromium or Chrome, or set CHROMIUM_PATH to one.',
  );
  process.exit(1);
}
console.log(`Chromium: ${path}`);
