/**
 * `npm run nightly`: the campaigns that take too long for `npm test`, one after another, and a summary. Everything that
 * `npm test` has in short is here in long; nothing is here that `npm test` does not have at all.
 */
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { flatPercent, memoryGrowth } from './bench/service.ts';
import { repository, startService } from './bench/serviceProgram.ts';

interface Campaign {
  readonly name: string;
  readonly what: string;
  /** One round. A sentence of what was found; throws where it failed. */
  run(endMs: number): Promise<string>;
  /** Whether another round says more than the first. */
  readonly repeated: boolean;
}

/** Test files with new seeds, some with larger numbers than `npm test` gives them; all files of the project where none is named. */
function tests(
  name: string,
  what: string,
  files: readonly string[],
  environment: Readonly<Record<string, string>>,
  project: 'unit' | 'service' = 'service',
): Campaign {
  return {
    name,
    what,
    repeated: true,
    run: async (endMs) => {
      for (const file of files) {
        // vitest takes a name that fits nothing among others that fit for granted
        if (!existsSync(join(repository, file))) throw new Error(`${file} is not there`);
      }
      const timeoutMs = 60 * 60_000;
      const child = spawn(
        process.execPath,
        [
          'node_modules/vitest/vitest.mjs',
          'run',
          '--project',
          project,
          '--testTimeout',
          String(timeoutMs),
          ...files,
        ],
        {
          cwd: repository,
          env: { ...process.env, ACOUSTICSENSE_PROPERTY_SEED: 'random', ...environment },
          stdio: 'inherit',
        },
      );
      // A round that hangs must not cost the campaigns behind it.
      const timer = setTimeout(() => child.kill('SIGTERM'), Math.max(timeoutMs, endMs - Date.now()));
      const code = await new Promise<number | null>((resolve) => child.once('exit', resolve));
      clearTimeout(timer);
      if (code !== 0) throw new Error(`vitest ended with ${code ?? 'a signal'}`);
      if (files.length === 0) return `all ${project} tests`;
      return `${files.length} test file${files.length === 1 ? '' : 's'}`;
    },
  };
}

const campaigns = (requests: number): readonly Campaign[] => [
  {
    name: 'memory',
    what: `${requests} requests over HTTP; memory grows by ${flatPercent} % at most`,
    repeated: false,
    run: async () => {
      const state = mkdtempSync(join(tmpdir(), 'acousticsense-nightly-'));
      const service = await startService([
        '--no-page',
        '--model',
        'acousticsense-vit-ti16',
        '--spool',
        join(state, 'spool'),
        '--queue-file',
        join(state, 'queue.sqlite'),
      ]);
      try {
        const growth = await memoryGrowth(service, requests, (done) => console.log(`  ${done} requests`));
        if (growth === null) throw new Error('this system does not say how much memory a process has');
        const found = `${growth.warmMegabytes.toFixed(0)} MB, then ${growth.endMegabytes.toFixed(0)} MB: ${growth.percent.toFixed(1)} % over ${growth.requests} requests`;
        if (growth.percent > flatPercent) throw new Error(found);
        return found;
      } finally {
        await service.stop();
        rmSync(state, { recursive: true, force: true });
      }
    },
  },
  tests(
    'properties',
    'every property of the unit tests with a new seed; with --minutes, again and again',
    [],
    {},
    'unit',
  ),
  tests('fuzz', 'random requests to every endpoint', ['src/server/http/fuzz.service.test.ts'], {
    ACOUSTICSENSE_FUZZ_RUNS: '3000',
  }),
  tests(
    'sqlite',
    'the embedded queue: random histories, workers killed, disk full',
    ['sqliteContract', 'sqliteKill', 'sqliteTrouble'].map(
      (name) => `src/server/queue/sqlite/${name}.service.test.ts`,
    ),
    {
      ACOUSTICSENSE_QUEUE_HISTORIES: '100',
      ACOUSTICSENSE_KILL_ROUNDS: '100',
    },
  ),
  tests(
    'redis',
    'the queue in Redis: random histories, workers and Redis killed, the network cut for a minute',
    ['redisContract', 'redisKill', 'redisTrouble'].map(
      (name) => `src/server/queue/redis/${name}.service.test.ts`,
    ),
    {
      ACOUSTICSENSE_QUEUE_HISTORIES: '100',
      ACOUSTICSENSE_KILLS: '40',
      ACOUSTICSENSE_CUT_SECONDS: '60',
    },
  ),
  tests(
    'batch',
    'the programs serve, enqueue and worker, killed and restarted',
    ['src/server/batch/batch.service.test.ts'],
    {},
  ),
];

const usage = `usage: npm run nightly [-- --only NAME[,NAME]] [--minutes N] [--requests N]
Runs the long campaigns one after another; one that fails does not stop the others.
${campaigns(10_000)
  .map(({ name, what }) => `  ${name.padEnd(10)} ${what}`)
  .join('\n')}
  --only      these only
  --minutes   repeats those with chance in them until so many minutes are over, shared among them (default: one round)
  --requests  of the memory campaign (default 10000)
Exit code: 0 all passed, 1 one failed, 2 wrong usage.`;

function readArguments(): { chosen: readonly Campaign[]; minutes: number } | string {
  try {
    const { values } = parseArgs({
      options: {
        only: { type: 'string' },
        minutes: { type: 'string', default: '0' },
        requests: { type: 'string', default: '10000' },
        help: { type: 'boolean', default: false },
      },
    });
    if (values.help) return '';
    const minutes = Number(values.minutes);
    const requests = Number(values.requests);
    if (!(minutes >= 0 && minutes <= 10_000)) return `--minutes takes a number, not '${values.minutes}'`;
    if (!Number.isInteger(requests) || requests < 100) return `--requests takes a whole number from 100`;
    const all = campaigns(requests);
    const names = values.only?.split(',') ?? all.map(({ name }) => name);
    const unknown = names.find((name) => !all.some((campaign) => campaign.name === name));
    if (unknown !== undefined) return `there is no campaign '${unknown}'`;
    return { chosen: all.filter(({ name }) => names.includes(name)), minutes };
  } catch (cause) {
    return cause instanceof Error ? cause.message : String(cause);
  }
}

const asked = readArguments();
if (typeof asked === 'string') {
  (asked === '' ? console.log : console.error)(asked === '' ? usage : `nightly: ${asked}\n\n${usage}`);
  process.exit(asked === '' ? 0 : 2);
}

const summary: { name: string; passed: boolean; rounds: number; minutes: number; found: string }[] = [];
const repeated = asked.chosen.filter((campaign) => campaign.repeated).length;
for (const campaign of asked.chosen) {
  const startMs = Date.now();
  const endMs = startMs + (campaign.repeated ? (asked.minutes * 60_000) / repeated : 0);
  let rounds = 0;
  let found = '';
  let passed = true;
  do {
    rounds += 1;
    console.log(`\n=== ${campaign.name}, round ${rounds}: ${campaign.what}`);
    try {
      found = await campaign.run(endMs);
    } catch (cause) {
      passed = false;
      found = cause instanceof Error ? cause.message : String(cause);
      console.error(found);
    }
  } while (passed && Date.now() < endMs);
  summary.push({ name: campaign.name, passed, rounds, minutes: (Date.now() - startMs) / 60_000, found });
}

console.log('\n| campaign | passed | rounds | minutes | found |\n|---|---|---:|---:|---|');
for (const { name, passed, rounds, minutes, found } of summary) {
  console.log(
    `| ${name} | ${passed ? 'yes' : 'NO'} | ${rounds} | ${minutes.toFixed(1)} | ${found.split('\n')[0] ?? ''} |`,
  );
}
process.exit(summary.every(({ passed }) => passed) ? 0 : 1);
