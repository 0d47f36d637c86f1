/**
 * `npm run lockfile:complete`, after each `npm install` that changed package-lock.json: npm writes no entry for an optional
 * package of another platform that the registry at hand does not have, and then `npm ci` refuses the lock file as
 * incomplete. This adds those entries (name, version, platform), which is all that `npm ci` needs to skip them.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

interface LockedPackage {
  version?: string;
  cpu?: string[];
  dev?: boolean;
  optional?: boolean;
  os?: string[];
  libc?: string[];
  optionalDependencies?: Record<string, string>;
}

if (process.argv.includes('--help')) {
  console.log(
    'usage: npm run lockfile:complete\nAdds the optional packages of other platforms to package-lock.json.',
  );
  process.exit(0);
}

const systems = [
  'darwin',
  'win32',
  'linux',
  'android',
  'freebsd',
  'openharmony',
  'openbsd',
  'netbsd',
  'sunos',
  'aix',
];
const processors = [
  'arm64',
  'x64',
  'ia32',
  'ppc64',
  'riscv64',
  's390x',
  'loong64',
  'mips64el',
  'wasm32',
  'arm',
];

const path = fileURLToPath(new URL('../package-lock.json', import.meta.url));
const lock = JSON.parse(readFileSync(path, 'utf8')) as { packages: Record<string, LockedPackage> };
const { packages } = lock;

/** Where Node finds `name` from the package at `from`; null if nowhere. */
function locate(from: string, name: string): string | null {
  let base = from;
  for (;;) {
    const key = `${base === '' ? '' : `${base}/`}node_modules/${name}`;
    if (key in packages) return key;
    if (base === '') return null;
    base = base.slice(0, Math.max(0, base.lastIndexOf('/node_modules/')));
  }
}

function entryOf(name: string, version: string, isDev: boolean): LockedPackage {
  const parts = name.split(/[-/@]/);
  const cpu = processors.filter((one) => parts.includes(one));
  const os = name === 'fsevents' ? ['darwin'] : systems.filter((one) => parts.includes(one));
  const libc = /musl/.test(name) ? ['musl'] : /gnu/.test(name) ? ['glibc'] : [];
  return {
    version,
    ...(cpu.length > 0 ? { cpu } : {}),
    ...(isDev ? { dev: true } : {}),
    optional: true,
    ...(os.length > 0 ? { os } : {}),
    ...(os.includes('linux') && libc.length > 0 ? { libc } : {}),
  };
}

let added = 0;
for (const [key, { optionalDependencies = {}, dev }] of Object.entries(packages)) {
  for (const [name, range] of Object.entries(optionalDependencies)) {
    const version = range.replace(/^[~^]/, '');
    if (!/^\d+\.\d+\.\d+(-[\w.]+)?$/.test(version)) continue;
    const found = locate(key, name);
    if (found !== null && (range !== version || packages[found]?.version === version)) continue;
    packages[found === null ? `node_modules/${name}` : `${key}/node_modules/${name}`] = entryOf(
      name,
      version,
      dev === true,
    );
    added++;
  }
}
lock.packages = Object.fromEntries(Object.entries(packages).toSorted(([a], [b]) => (a < b ? -1 : 1)));
writeFileSync(path, `${JSON.stringify(lock, null, 2)}\n`);
console.log(`${added} entries added to package-lock.json`);
