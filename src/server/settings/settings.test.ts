import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  type Program,
  readSettings,
  type ServiceSettings,
  settingsHelp,
  slotsOf,
} from '#server/settings/settings.ts';

function read(
  args: readonly string[] = [],
  environment: Readonly<Record<string, string>> = {},
  program: Program = 'serve',
): ServiceSettings {
  const result = readSettings(program, args, environment);
  if (!result.ok) throw new Error(result.error);
  return result.value;
}

function refused(
  args: readonly string[],
  environment: Readonly<Record<string, string>> = {},
  program: Program = 'serve',
): string {
  const result = readSettings(program, args, environment);
  if (result.ok) throw new Error(`${args.join(' ')} was accepted`);
  return result.error;
}

describe('where a value comes from', () => {
  it('defaults', () => {
    expect(read()).toMatchObject({
      host: '127.0.0.1',
      noPage: false,
      slots: null,
      threads: 1,
      maxBytes: 200 * 1024 * 1024,
      queue: 'sqlite',
      log: 'info',
      rateLimit: null,
      allowPath: [],
      embeddedWorker: null,
      redisUrl: 'redis://127.0.0.1:6379',
      webhookSecret: null,
      apiKeysInline: null,
      help: false,
    });
  });

  it('the command line goes before the environment, the environment before the default', () => {
    const environment = {
      ACOUSTICSENSE_PORT: '9000',
      ACOUSTICSENSE_MAX_BYTES: '1000',
      ACOUSTICSENSE_NO_PAGE: '1',
    };
    expect(read([], environment)).toMatchObject({ port: 9000, maxBytes: 1000, noPage: true });
    expect(read(['--port', '0'], environment)).toMatchObject({ port: 0, maxBytes: 1000 });
  });

  it('secrets come from the environment, and no flag takes them', () => {
    const environment = {
      ACOUSTICSENSE_REDIS_URL: 'rediss://:word@host:6380/1',
      ACOUSTICSENSE_WEBHOOK_SECRET: 'word',
      ACOUSTICSENSE_API_KEYS_INLINE: 'a:b',
    };
    expect(read([], environment)).toMatchObject({
      redisUrl: 'rediss://:word@host:6380/1',
      webhookSecret: 'word',
      apiKeysInline: 'a:b',
    });
    for (const flag of ['--redis-url', '--webhook-secret', '--api-keys-inline']) {
      expect(refused([flag, 'word'])).toContain(flag);
    }
  });

  it('paths are meant from where the person stood; lists of the environment are parted by colons', () => {
    expect(read(['--spool', 'here'], { INIT_CWD: '/music' }).spool).toBe('/music/here');
    expect(read(['--allow-path', 'a', '--allow-path', '/b'], { INIT_CWD: '/music' }).allowPath).toEqual([
      '/music/a',
      '/b',
    ]);
    expect(read([], { ACOUSTICSENSE_ALLOW_PATH: '/a::/b' }).allowPath).toEqual(['/a', '/b']);
    expect(read(['--page', 'dist'], {}).page).toBe(resolve('dist'));
  });

  it('a value that another program takes is its default here', () => {
    expect(read([], {}, 'enqueue').timeLimit).toBe(300);
    expect(refused(['--port', '1'], {}, 'enqueue')).toContain('--port');
  });
});

describe('what is refused', () => {
  it.each([
    [['--port', '65536'], '--port takes a whole number from 0 to 65535'],
    [['--port', '-1'], '--port'],
    [['--port', '80.5'], '--port takes a whole number'],
    [['--port', '1e3'], '--port'],
    [['--port', ''], '--port'],
    [['--port', '0x10'], '--port'],
    [['--slots', '0'], '--slots takes a whole number from 1'],
    [['--time-limit', '0'], '--time-limit takes a number from 0.1'],
    [['--time-limit', 'Infinity'], '--time-limit'],
    [['--max-bytes', '99999999999999'], '--max-bytes'],
    [['--queue', 'kafka'], '--queue is one of sqlite, redis'],
    [['--log', 'debug'], '--log is one of error, warn, info, silent'],
    [['--embedded-worker', 'maybe'], '--embedded-worker is one of yes, no'],
    [['--colour'], '--colour'],
    [['--port'], 'port'],
  ])('%j, by name', (args, message) => {
    expect(refused(args)).toContain(message);
  });

  it('the environment is read as strictly, and the message names the value', () => {
    expect(refused([], { ACOUSTICSENSE_PORT: 'http' })).toMatch(/port.*'http'/);
    expect(refused([], { ACOUSTICSENSE_QUEUE: 'rabbit' })).toMatch(/queue.*'rabbit'/);
  });
});

describe('--help', () => {
  it.each(['serve', 'worker', 'enqueue', 'queue', 'board'] as const)(
    'of %s lists what it takes',
    (program) => {
      const help = settingsHelp(program);
      const flags = [...help.matchAll(/^ {2}--([a-z-]+)/gm)].map(([, flag]) => flag ?? '');
      expect(new Set(flags).size).toBe(flags.length);
      expect(flags).toContain('queue');
      expect(flags.includes('port')).toBe(program === 'serve' || program === 'board');
      // Whatever is listed is taken.
      for (const flag of flags) {
        const result = readSettings(program, [`--${flag}`, '3'], {});
        const message = result.ok ? '' : result.error;
        expect(message).not.toMatch(/unknown option/i);
      }
      expect(help).not.toMatch(/undefined|null/);
    },
  );

  it('is asked for by --help, with anything else', () => {
    expect(read(['--help', '--port', '1']).help).toBe(true);
  });
});

it('options of the program itself and files are handed through', () => {
  const result = readSettings('enqueue', ['--dry', 'a', 'b'], {}, { dry: { type: 'boolean' } });
  expect(result).toMatchObject({ ok: true, value: { positionals: ['a', 'b'], extra: { dry: true } } });
});

it('slots are what was asked for, else at least one', () => {
  expect(slotsOf({ slots: 3, threads: 1 })).toBe(3);
  expect(slotsOf({ slots: null, threads: 256 })).toBe(1);
});
