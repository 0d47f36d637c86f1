/** What the tests cannot build or start (there is no container engine here) is held against the repository instead. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { createServiceMetrics } from '#server/observability/serviceMetrics.ts';
import { type Program, settingsHelp } from '#server/settings/settings.ts';
import packageJson from '../package.json' with { type: 'json' };

const root = fileURLToPath(new URL('..', import.meta.url));
const read = (path: string): string => readFileSync(join(root, path), 'utf8');
const programs: readonly Program[] = ['serve', 'worker', 'enqueue', 'queue', 'board'];

/** Every variable that a program reads: those of the flags, and the secrets. */
const variables = new Set([
  'ACOUSTICSENSE_REDIS_URL',
  'ACOUSTICSENSE_WEBHOOK_SECRET',
  'ACOUSTICSENSE_API_KEYS_INLINE',
  ...programs.flatMap((program) =>
    [...settingsHelp(program).matchAll(/^ {2}--([a-z-]+)/gm)].map(
      ([, flag = '']) => `ACOUSTICSENSE_${flag.toUpperCase().replaceAll('-', '_')}`,
    ),
  ),
]);
const variablesIn = (text: string): string[] => [...new Set(text.match(/ACOUSTICSENSE_[A-Z_]+/g))];

interface Stage {
  readonly image: string;
  readonly lines: readonly { readonly word: string; readonly rest: string }[];
}

/** The stages of the Dockerfile, comments left out, continued lines joined. */
function stages(): Stage[] {
  const lines = read('Dockerfile')
    .split('\n')
    .filter((line) => !line.trimStart().startsWith('#'))
    .join('\n')
    .replaceAll(/\\\n\s*/g, '')
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => ({ word: line.split(' ')[0] ?? '', rest: line.slice(line.indexOf(' ') + 1).trim() }));
  const found: { image: string; lines: Stage['lines'][number][] }[] = [];
  for (const line of lines) {
    if (line.word === 'FROM') found.push({ image: line.rest.split(' ')[0] ?? '', lines: [] });
    else found.at(-1)?.lines.push(line);
  }
  return found;
}

const of = (stage: Stage | undefined, word: string): string[] =>
  (stage?.lines ?? []).filter((line) => line.word === word).map(({ rest }) => rest);

/** Files that a program is made of, and the packages that it imports, types left out. */
function reach(entries: readonly string[]): { readonly files: Set<string>; readonly packages: Set<string> } {
  const files = new Set<string>();
  const packages = new Set<string>();
  const waiting = entries.map((entry) => join(root, entry));
  for (let file = waiting.pop(); file !== undefined; file = waiting.pop()) {
    if (files.has(file)) continue;
    files.add(file);
    if (!file.endsWith('.ts')) continue;
    const text = readFileSync(file, 'utf8').replaceAll(/^\s*(\/\/|\*|\/\*).*$/gm, '');
    const specifiers = [
      ...text.matchAll(/^(?:import|export)\s(?!type\s)(?:[^'"`;]*?\sfrom\s)?['"]([^'"]+)['"]/gm),
      ...text.matchAll(/(?:\bimport|\brequire|(?:require|meta)\.resolve)\(\s*['"]([^'"]+)['"]\s*\)/g),
      ...text.matchAll(/new URL\(\s*['"]([^'"]+\.ts)['"]/g),
    ].map(([, specifier = '']) => specifier);
    for (const specifier of specifiers) {
      if (specifier.startsWith('#')) waiting.push(join(root, 'src', specifier.slice(1)));
      else if (specifier.startsWith('.') || /^[a-zA-Z]+\.ts$/.test(specifier)) {
        waiting.push(join(dirname(file), specifier));
      } else if (!specifier.startsWith('node:')) {
        packages.add(
          specifier
            .split('/')
            .slice(0, specifier.startsWith('@') ? 2 : 1)
            .join('/'),
        );
      }
    }
  }
  return { files, packages };
}

describe('Dockerfile', () => {
  const all = stages();
  const service = all.at(-1);

  test('every image is pinned to a full version, of a Node that the package allows', () => {
    expect(all).toHaveLength(3);
    for (const { image } of all) expect(image).toMatch(/^node:20\.\d+\.\d+-bookworm-slim$/);
    expect(packageJson.engines.node).toBe('>=20.19');
  });

  test('what it copies is in the repository and in the build context', () => {
    const ignore = read('.dockerignore');
    const sources = all
      .flatMap((stage) => of(stage, 'COPY'))
      .filter((rest) => !rest.startsWith('--from='))
      .flatMap((rest) => rest.split(/\s+/).slice(0, -1));
    expect(sources.length).toBeGreaterThan(8);
    for (const source of sources) {
      const there = source.includes('*')
        ? readdirSync(root).some((name) => name.startsWith(source.split('*')[0] ?? ''))
        : existsSync(join(root, source));
      expect(there, source).toBe(true);
      const first = source.split('/')[0] ?? '';
      expect(
        ignore.includes(`\n!${source}\n`) || ignore.includes(`\n!${first}\n`),
        `${source} in .dockerignore`,
      ).toBe(true);
    }
  });

  test('it runs as a number that is not root, with no more than it needs', () => {
    const lines = service?.lines ?? [];
    expect(of(service, 'USER')).toEqual(['10001:10001']);
    const user = lines.findIndex(({ word }) => word === 'USER');
    expect(lines.slice(user).some(({ word }) => word === 'RUN' || word === 'COPY')).toBe(false);
    expect(of(service, 'ENV').join(' ')).toContain('NODE_ENV=production');
    expect(of(service, 'EXPOSE')).toEqual(['8000']);
    expect(of(service, 'ADD')).toEqual([]);
    expect(of(service, 'HEALTHCHECK').join(' ')).toContain('"node", "-e"');
    expect(of(service, 'ENTRYPOINT').join('')).toContain('"tini", "--", "node", "--import", "tsx"');
    for (const run of all.flatMap((stage) => of(stage, 'RUN'))) {
      if (!run.includes('apt-get install')) continue;
      const wanted = run.match(/install -y --no-install-recommends (.*?) &&/)?.[1]?.split(' ') ?? [];
      expect(wanted.length).toBeGreaterThan(0);
      for (const name of wanted) expect(name, 'pinned').toMatch(/^'?[a-z0-9-]+=\d/);
      expect(run).toContain('rm -rf /var/lib/apt/lists/*');
    }
  });

  test('the files and packages that the programs need are in it', () => {
    const copied = of(service, 'COPY').map((rest) => rest.split(/\s+/)[0] ?? '');
    const { files, packages } = reach([
      ...programs.map((program) => `src/server/cli/${program}.ts`),
      'src/server/program.ts',
    ]);
    expect(files.size).toBeGreaterThan(100);
    for (const file of files) {
      const path = relative(root, file);
      expect(existsSync(file), path).toBe(true);
      expect(
        copied.some((source) => path === source || path.startsWith(`${source}/`)),
        path,
      ).toBe(true);
    }
    const removed = all
      .flatMap((stage) => of(stage, 'RUN'))
      .flatMap((run) => run.match(/rm -r (node_modules\/\S+ ?)+/g) ?? [])
      .flatMap((list) => list.split(' ').slice(2))
      .map((path) => path.replace('node_modules/', ''));
    expect(removed.length).toBeGreaterThan(3);
    for (const name of [...packages, 'tsx']) {
      expect(Object.keys(packageJson.dependencies), name).toContain(name);
      expect(
        removed.some((gone) => name === gone || name.startsWith(`${gone}/`)),
        `${name} is removed`,
      ).toBe(false);
    }
  });

  test('the variables that it sets are settings', () => {
    const set = variablesIn(read('Dockerfile'));
    expect(set).toContain('ACOUSTICSENSE_HOST');
    for (const name of set) expect(variables.has(name), name).toBe(true);
  });
});

interface ComposeService {
  readonly image?: string;
  readonly build?: string;
  readonly ports?: readonly string[];
  readonly command?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly env_file?: string;
  readonly read_only?: boolean;
  readonly cap_drop?: readonly string[];
  readonly healthcheck?: unknown;
  readonly volumes?: readonly string[];
  readonly networks?: readonly string[];
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>;
}

describe('compose.yaml', () => {
  const compose = parse(read('compose.yaml'), { merge: true }) as {
    readonly services: Readonly<Record<string, ComposeService>>;
    readonly networks: Readonly<Record<string, { readonly internal?: boolean }>>;
    readonly volumes: Readonly<Record<string, unknown>>;
  };
  const { serve, worker, valkey } = compose.services;

  test('the queue keeps what it is given and is reached from inside only', () => {
    const command = valkey?.command?.join(' ') ?? '';
    for (const part of ['--appendonly yes', '--maxmemory-policy noeviction', '--requirepass']) {
      expect(command).toContain(part);
    }
    expect(valkey?.image).toMatch(/:\d+\.\d+\.\d+-/);
    expect(valkey?.ports).toBeUndefined();
    expect(valkey?.networks).toEqual(['inside']);
    expect(compose.networks['inside']?.internal).toBe(true);
    expect(valkey?.healthcheck).toBeDefined();
    expect(valkey?.volumes).toEqual(['valkey:/data']);
  });

  test('the service: this machine only, nothing writable but its volume, secrets from a file', () => {
    expect(serve?.ports).toEqual(['127.0.0.1:8000:8000']);
    for (const one of [serve, worker]) {
      expect(one?.read_only).toBe(true);
      expect(one?.cap_drop).toEqual(['ALL']);
      expect(one?.env_file).toBe('deploy/acousticsense.env');
      expect(one?.volumes).toContain('state:/var/lib/acousticsense');
      expect(one?.depends_on?.['valkey']?.condition).toBe('service_healthy');
      expect(one?.environment?.['ACOUSTICSENSE_QUEUE']).toBe('redis');
    }
    expect(worker?.ports).toBeUndefined();
    expect(worker?.command).toEqual(['src/server/cli/worker.ts']);
    expect(serve?.image).toBe(`acousticsense:${packageJson.version}`);
    expect(Object.keys(compose.volumes)).toEqual(['state', 'valkey']);
  });

  test('variables are settings, in the file of secrets as well, and that file is never committed', () => {
    const names = [
      ...variablesIn(read('compose.yaml')),
      ...variablesIn(read('deploy/acousticsense.env.example')),
    ];
    expect(names.length).toBeGreaterThan(6);
    for (const name of names) expect(variables.has(name), name).toBe(true);
    expect(read('.gitignore')).toContain('deploy/*.env\n');
  });
});

describe('systemd', () => {
  const units = readdirSync(join(root, 'deploy/systemd')).map((name) => `deploy/systemd/${name}`);

  test.each(units)('%s starts a program of the repository, hardened', (path) => {
    const text = read(path);
    const [, program = ''] = /^ExecStart=\/usr\/bin\/node --import tsx (\S+)$/m.exec(text) ?? [];
    expect(existsSync(join(root, program)), program).toBe(true);
    for (const line of [
      'NoNewPrivileges=yes',
      'ProtectSystem=strict',
      'ProtectHome=yes',
      'PrivateTmp=yes',
      'StateDirectory=acousticsense',
      'KillMode=mixed',
      'CapabilityBoundingSet=',
    ]) {
      expect(text.split('\n')).toContain(line);
    }
    // longer than the default of --shutdown-grace, or systemd kills what the program still finishes
    expect(Number(/^TimeoutStopSec=(\d+)$/m.exec(text)?.[1])).toBeGreaterThan(30);
    for (const name of variablesIn(text)) expect(variables.has(name), name).toBe(true);
  });

  test('one for the service, one for workers', () => {
    expect(units.toSorted()).toEqual([
      'deploy/systemd/acousticsense-worker@.service',
      'deploy/systemd/acousticsense.service',
    ]);
  });
});

describe('Prometheus and scalers', () => {
  test('every metric that a rule names is one that the programs report', async () => {
    const metrics = createServiceMetrics();
    metrics.watch(
      () => ({ slots: 2, busy: 0, waiting: { interactive: 0, batch: 0 }, meanSeconds: 1, restarts: 0 }),
      async () => ({
        waiting: 1,
        delayed: 0,
        active: 0,
        dead: 0,
        done: 0,
        paused: false,
        workers: 1,
        concurrency: 2,
        finishedPerSecond: 0,
      }),
    );
    const { text } = await metrics.scrape();
    const reported = new Set([...text.matchAll(/^# TYPE (\S+)/gm)].map(([, name = '']) => name));
    const rules = parse(read('deploy/prometheus/rules.yaml')) as {
      readonly groups: readonly {
        readonly rules: readonly { readonly record?: string; readonly expr: string }[];
      }[];
    };
    const expressions = rules.groups.flatMap((group) => group.rules);
    expect(expressions.length).toBeGreaterThan(5);
    for (const { expr } of expressions) {
      const names = expr.match(/\b(acousticsense|nodejs)_[a-z0-9_]+/g) ?? [];
      expect(names.length, expr).toBeGreaterThan(0);
      for (const name of names) expect(reported, name).toContain(name.replace(/_(sum|count|bucket)$/, ''));
    }
    const recorded = expressions.map(({ record }) => record);
    const scaler = parse(read('deploy/kubernetes/keda-scaledobject.yaml')) as {
      readonly spec: { readonly triggers: readonly { readonly metadata: { readonly query: string } }[] };
    };
    expect(recorded).toContain(scaler.spec.triggers[0]?.metadata.query.split(' ')[0]);
    const autoscaler = parse(read('deploy/kubernetes/hpa.yaml')) as {
      readonly spec: {
        readonly metrics: readonly { readonly external: { readonly metric: { readonly name: string } } }[];
      };
    };
    expect(recorded).toContain(
      autoscaler.spec.metrics[0]?.external.metric.name.replace('acousticsense_queue', 'acousticsense:queue'),
    );
  });
});
