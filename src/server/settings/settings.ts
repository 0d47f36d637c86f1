import { availableParallelism, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { largestFileBytes, longestSeconds } from '#core/audio/limits.ts';
import { err, exhaustive, ok, type Result } from '#core/result.ts';

/**
 * Settings of the programs (serve, worker, enqueue, queue, board): one table, from which the command line, the environment
 * and the texts of --help are made. A flag goes before the environment (`--max-bytes` is `ACOUSTICSENSE_MAX_BYTES`), and
 * the environment before the default. Secrets come from the environment or a file only: a command line is seen by everyone.
 */

const root = fileURLToPath(new URL('../../../', import.meta.url));
const stateDirectory = join(root, '.service');

type Kind = 'text' | 'texts' | 'count' | 'number' | 'switch' | 'secret' | 'path' | 'paths';

interface Setting {
  readonly kind: Kind;
  /** Which programs take it. */
  readonly of: readonly Program[];
  readonly help: string;
  readonly value?: string;
  readonly min?: number;
  readonly max?: number;
}

export type Program = 'serve' | 'worker' | 'enqueue' | 'queue' | 'board';
const analysing = ['serve', 'worker'] as const;
const queueing = ['serve', 'worker', 'enqueue', 'queue', 'board'] as const;

const settings = {
  port: {
    kind: 'count',
    of: ['serve', 'board'],
    help: 'port to listen on; 0 takes a free one (default: 8000, the board 8001)',
    min: 0,
    max: 65_535,
  },
  host: {
    kind: 'text',
    of: ['serve', 'worker', 'board'],
    help: 'address to listen on (a worker: for --metrics-port)',
    value: '127.0.0.1',
  },
  page: { kind: 'path', of: ['serve'], help: 'the built page to serve', value: join(root, 'dist') },
  'no-page': { kind: 'switch', of: ['serve'], help: 'serve the interface only' },
  models: {
    kind: 'path',
    of: ['serve', 'worker', 'enqueue'],
    help: 'folder of the model packages',
    value: join(root, 'public/models'),
  },
  model: {
    kind: 'text',
    of: ['serve', 'worker', 'enqueue'],
    help: 'id of the default model (else that of the index)',
  },
  slots: {
    kind: 'count',
    of: analysing,
    help: 'files analysed at once (default: one for each core)',
    min: 1,
    max: 256,
  },
  threads: {
    kind: 'count',
    of: analysing,
    help: 'threads of the network in one slot',
    value: '1',
    min: 1,
    max: 256,
  },
  'time-limit': {
    kind: 'number',
    of: analysing,
    help: 'seconds that one file may take',
    value: '300',
    min: 0.1,
    max: 86_400,
  },
  'max-bytes': {
    kind: 'count',
    of: ['serve', 'enqueue'],
    help: 'largest accepted file in bytes',
    value: String(200 * 1024 * 1024),
    min: 1,
    max: largestFileBytes,
  },
  'max-seconds': {
    kind: 'number',
    of: analysing,
    help: 'longest accepted track in seconds',
    value: String(longestSeconds),
    min: 1,
    max: longestSeconds,
  },
  'max-waiting': {
    kind: 'count',
    of: ['serve'],
    help: 'requests that may wait for a slot; more are answered 503',
    value: '64',
    min: 0,
    max: 100_000,
  },
  'max-uploads': {
    kind: 'count',
    of: ['serve'],
    help: 'uploads received at once; more are answered 503',
    value: '128',
    min: 1,
    max: 100_000,
  },
  'upload-timeout': {
    kind: 'number',
    of: ['serve'],
    help: 'seconds that an upload may take',
    value: '120',
    min: 0.1,
    max: 86_400,
  },
  'allow-path': {
    kind: 'paths',
    of: ['serve', 'worker', 'enqueue'],
    help: 'directory whose files requests and jobs may name by path (repeatable)',
  },
  spool: {
    kind: 'path',
    of: ['serve', 'worker'],
    help: 'where uploads are kept until they are analysed',
    value: join(stateDirectory, 'spool'),
  },
  'api-keys': {
    kind: 'path',
    of: ['serve', 'board'],
    help: 'file with one "name:key" a line (or ACOUSTICSENSE_API_KEYS_INLINE); without it no key is asked for',
  },
  'rate-limit': {
    kind: 'count',
    of: ['serve'],
    help: 'requests a minute for a key, or for an address where no keys are used (default: no limit)',
    min: 1,
    max: 1_000_000,
  },
  'trust-proxy': {
    kind: 'switch',
    of: ['serve', 'board'],
    help: 'believe X-Forwarded-For: only behind a proxy of your own',
  },
  'shutdown-grace': {
    kind: 'number',
    of: analysing,
    help: 'seconds for what has begun when told to stop',
    value: '30',
    min: 0,
    max: 3600,
  },
  log: { kind: 'text', of: ['serve', 'worker', 'board'], help: 'error, warn, info or silent', value: 'info' },
  queue: { kind: 'text', of: queueing, help: 'sqlite or redis', value: 'sqlite' },
  'queue-file': {
    kind: 'path',
    of: queueing,
    help: 'the file of the embedded queue',
    value: join(stateDirectory, 'queue.sqlite'),
  },
  'redis-prefix': {
    kind: 'text',
    of: queueing,
    help: 'prefix of the keys of the queue in Redis',
    value: 'acousticsense',
  },
  attempts: { kind: 'count', of: queueing, help: 'attempts for a job', value: '5', min: 1, max: 100 },
  backoff: {
    kind: 'number',
    of: queueing,
    help: 'seconds before the second attempt; doubles',
    value: '5',
    min: 0,
    max: 3600,
  },
  lock: {
    kind: 'number',
    of: queueing,
    help: 'seconds without a sign of life after which another worker takes a job',
    value: '30',
    min: 1,
    max: 3600,
  },
  ttl: {
    kind: 'number',
    of: queueing,
    help: 'days that results are kept; 0 keeps them',
    value: '90',
    min: 0,
    max: 36_500,
  },
  'jobs-per-minute': {
    kind: 'count',
    of: queueing,
    help: 'jobs begun a minute, over all workers (default: no limit)',
    min: 1,
    max: 10_000_000,
  },
  'embedded-worker': {
    kind: 'text',
    of: ['serve'],
    help: 'yes or no: work on the queue in this process (default: yes with sqlite, no with redis)',
  },
  'webhook-url': {
    kind: 'text',
    of: ['serve', 'worker'],
    help: 'address told of every result (secret: ACOUSTICSENSE_WEBHOOK_SECRET)',
  },
  'metrics-port': {
    kind: 'count',
    of: ['worker'],
    help: 'port for /health and /metrics of a worker (default: none)',
    min: 0,
    max: 65_535,
  },
} as const satisfies Record<string, Setting>;

type Name = keyof typeof settings;
type ValueOf<S extends Setting> = S['kind'] extends 'switch'
  ? boolean
  : S['kind'] extends 'texts' | 'paths'
    ? readonly string[]
    : S['kind'] extends 'count' | 'number'
      ? S extends { readonly value: string }
        ? number
        : number | null
      : S extends { readonly value: string }
        ? string
        : string | null;

type Camel<Text extends string> = Text extends `${infer Head}-${infer Tail}`
  ? `${Head}${Capitalize<Camel<Tail>>}`
  : Text;
type FlagValues = { readonly [N in Name as Camel<N>]: ValueOf<(typeof settings)[N]> };

/** All settings of all programs; those that a program does not take have their defaults. */
export interface ServiceSettings extends FlagValues {
  readonly queue: 'sqlite' | 'redis';
  readonly log: 'error' | 'warn' | 'info' | 'silent';
  readonly embeddedWorker: 'yes' | 'no' | null;
  /** From ACOUSTICSENSE_REDIS_URL (it may hold a password), else redis://127.0.0.1:6379. */
  readonly redisUrl: string;
  /** From ACOUSTICSENSE_WEBHOOK_SECRET. */
  readonly webhookSecret: string | null;
  /** From ACOUSTICSENSE_API_KEYS_INLINE: "name:key,name:key". */
  readonly apiKeysInline: string | null;
  readonly positionals: readonly string[];
  readonly help: boolean;
}

const environmentName = (name: string): string => `ACOUSTICSENSE_${name.toUpperCase().replaceAll('-', '_')}`;
const camel = (name: string): string =>
  name.replaceAll(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());

/**
 * Reads the command line and the environment of a program. The error is a sentence for the person who typed it.
 *
 * @param extra Options of the program itself, as `parseArgs` takes them; found in `values` of the answer.
 */
export function readSettings(
  program: Program,
  args: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
  extra: Readonly<Record<string, { readonly type: 'string' | 'boolean'; readonly multiple?: boolean }>> = {},
): Result<ServiceSettings & { readonly extra: Readonly<Record<string, unknown>> }, string> {
  const all = Object.entries(settings as Record<string, Setting>);
  const mine = all.filter(([, setting]) => setting.of.includes(program) && setting.kind !== 'secret');
  let parsed: { values: Record<string, unknown>; positionals: string[] };
  try {
    parsed = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        help: { type: 'boolean' },
        ...Object.fromEntries(
          mine.map(([name, { kind }]) => [
            name,
            {
              type: kind === 'switch' ? ('boolean' as const) : ('string' as const),
              multiple: kind === 'texts' || kind === 'paths',
            },
          ]),
        ),
        ...extra,
      },
    });
  } catch (cause) {
    return err(cause instanceof Error ? cause.message : String(cause));
  }
  const here = environment['INIT_CWD'] ?? process.cwd();
  const values: Record<string, unknown> = {};
  for (const [name, setting] of all) {
    const given = parsed.values[name] ?? fromEnvironment(setting, environment[environmentName(name)]);
    const read = readValue(name, setting, given, here);
    if (!read.ok) return read;
    values[camel(name)] = read.value;
  }
  const choice = checkChoices(values);
  if (choice !== null) return err(choice);
  return ok({
    ...(values as unknown as ServiceSettings),
    redisUrl: environment['ACOUSTICSENSE_REDIS_URL'] ?? 'redis://127.0.0.1:6379',
    webhookSecret: environment['ACOUSTICSENSE_WEBHOOK_SECRET'] ?? null,
    apiKeysInline: environment['ACOUSTICSENSE_API_KEYS_INLINE'] ?? null,
    positionals: parsed.positionals,
    help: parsed.values['help'] === true,
    extra: parsed.values,
  });
}

function fromEnvironment(setting: Setting, text: string | undefined): unknown {
  if (text === undefined) return undefined;
  if (setting.kind === 'switch') return text === '1' || text === 'true' || text === 'yes';
  return setting.kind === 'texts' || setting.kind === 'paths'
    ? text.split(':').filter((part) => part !== '')
    : text;
}

function readValue(name: string, setting: Setting, given: unknown, here: string): Result<unknown, string> {
  const fallback = setting.value ?? null;
  switch (setting.kind) {
    case 'switch':
      return ok(given === true);
    case 'texts':
      return ok(given ?? []);
    case 'paths':
      return ok(((given ?? []) as readonly string[]).map((path) => resolve(here, path)));
    case 'path':
      return typeof given === 'string' ? ok(resolve(here, given)) : ok(fallback);
    case 'text':
    case 'secret':
      return ok(given ?? fallback);
    case 'count':
    case 'number': {
      const text = typeof given === 'string' ? given : fallback;
      if (text === null) return ok(null);
      const value = Number(text);
      const form = setting.kind === 'count' ? /^\d{1,12}$/ : /^\d{1,12}(\.\d{1,6})?$/;
      const { min = 0, max = Number.MAX_SAFE_INTEGER } = setting;
      if (form.test(text) && value >= min && value <= max) return ok(value);
      const what = setting.kind === 'count' ? 'a whole number' : 'a number';
      return err(`--${name} takes ${what} from ${min} to ${max}, not '${text}'`);
    }
    default:
      return exhaustive(setting.kind);
  }
}

const choices: Readonly<Record<string, readonly (string | null)[]>> = {
  queue: ['sqlite', 'redis'],
  log: ['error', 'warn', 'info', 'silent'],
  embeddedWorker: ['yes', 'no', null],
};

function checkChoices(values: Readonly<Record<string, unknown>>): string | null {
  for (const [name, allowed] of Object.entries(choices)) {
    if (!allowed.includes(values[name] as string | null)) {
      return `--${name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)} is one of ${allowed.filter((value) => value !== null).join(', ')}, not '${String(values[name])}'`;
    }
  }
  return null;
}

/** The options of a program, for its --help. */
export function settingsHelp(program: Program): string {
  return Object.entries(settings as Record<string, Setting>)
    .filter(([, setting]) => setting.of.includes(program))
    .map(([name, { kind, help, value }]) => {
      const argument =
        kind === 'switch'
          ? ''
          : kind === 'count' || kind === 'number'
            ? ' N'
            : kind.startsWith('path')
              ? ' PATH'
              : ' TEXT';
      const shown =
        value === undefined ? '' : ` (default ${value.startsWith(root) ? value.slice(root.length) : value})`;
      return `  ${`--${name}${argument}`.padEnd(26)} ${help}${shown}`;
    })
    .join('\n');
}

/** Slots where none were asked for: as many as there are cores for their threads (figures in docs/adr/0016). */
export const slotsOf = (settings: Pick<ServiceSettings, 'slots' | 'threads'>): number =>
  settings.slots ?? Math.max(1, Math.floor(availableParallelism() / settings.threads));

/** Where a program may put what nobody needs after it has ended. */
export const scratchDirectory = (): string => join(tmpdir(), `acousticsense-${process.pid}`);
