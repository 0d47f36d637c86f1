import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createServiceLog } from '#server/observability/serviceLog.ts';

function lines(): { readonly written: string[]; readonly write: (line: string) => void } {
  const written: string[] = [];
  return { written, write: (line) => written.push(line) };
}

function one(fields: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const { written, write } = lines();
  createServiceLog('info', write).info('event', fields);
  expect(written).toHaveLength(1);
  return JSON.parse(written[0] ?? '') as Record<string, unknown>;
}

describe('a line', () => {
  it('is JSON with time, level, event and the fields, in that order', () => {
    const { written, write } = lines();
    createServiceLog('info', write).warn('request', {
      status: 200,
      seconds: 0.25,
      genre: 'Jazz',
      none: null,
    });
    expect(written[0]).toMatch(
      /^\{"time":"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z","level":"warn","event":"request","status":200,"seconds":0\.25,"genre":"Jazz","none":null\}\n$/,
    );
  });

  it('is not forged by what a client sends', () => {
    const { written, write } = lines();
    const evil = 'a\n{"level":"error"}\r\u2028\u2029\u0085\u001b[2J\u009b31m\u202egpm.exe\u200b\ud800';
    createServiceLog('info', write).info('x', { file: evil, [evil]: 1 });
    const line = written[0] ?? '';
    // Printable characters only, but for the end of the line.
    expect(line.slice(0, -1)).toMatch(/^[\x20-\x7e\u{FFFD}]*$/u);
    expect(line.endsWith('\n')).toBe(true);
    const read = JSON.parse(line) as Record<string, unknown>;
    expect(read['file']).toBe(evil.toWellFormed());
    expect(read['level']).toBe('info');
  });

  it('keeps its own three whatever the fields are called', () => {
    const line = one({ time: 'never', level: 'none', event: 'other', __proto__: { polluted: 1 } });
    expect(line).toMatchObject({
      level: 'info',
      event: 'event',
      _level: 'none',
      _event: 'other',
      _time: 'never',
    });
    expect(line['polluted']).toBeUndefined();
  });

  it('is short, however long the values are', () => {
    const { written, write } = lines();
    const many = Object.fromEntries(
      Array.from({ length: 49 }, (_, index) => [`f${index}`, 'é\n'.repeat(1e6)]),
    );
    const log = createServiceLog('info', write);
    log.info('text', { text: 'x'.repeat(1e7) });
    log.info('many', many);
    log.info('list', { list: Array.from({ length: 1e5 }, (_, index) => index) });
    log.info('e'.repeat(1e6));
    for (const line of written) {
      expect(line.length).toBeLessThan(16_384);
      expect(() => JSON.parse(line) as unknown).not.toThrow();
    }
    expect(written).toHaveLength(4);
    expect(JSON.parse(written[2] ?? '')).toMatchObject({
      list: expect.arrayContaining([49, '[99950 more]']) as unknown,
    });
  });

  it('writes what JSON cannot', () => {
    const loop: Record<string, unknown> = { name: 'loop' };
    loop['self'] = loop;
    const cause = Object.assign(new Error('refused'), { code: 'ECONNREFUSED' });
    const line = one({
      loop,
      big: 12n,
      not: Number.NaN,
      call: () => 1,
      bytes: Buffer.from('ID3 sound'),
      when: new Date(0),
      never: new Date(Number.NaN),
      map: new Map([['a', 1]]),
      set: new Set([1, 2]),
      error: new Error('outer', { cause }),
      get thrown(): string {
        throw new Error('getter');
      },
      proxy: new Proxy(
        {},
        {
          ownKeys: () => {
            throw new Error('trap');
          },
        },
      ),
      deep: { a: { b: { c: { d: { e: 1 } } } } },
    });
    expect(line).toMatchObject({
      loop: { name: 'loop', self: '[circular]' },
      big: '12',
      not: 'NaN',
      call: '[function]',
      bytes: '[9 bytes]',
      when: '1970-01-01T00:00:00.000Z',
      never: '[invalid date]',
      map: { a: 1 },
      set: [1, 2],
      error: { name: 'Error', message: 'outer', cause: { message: 'refused', code: 'ECONNREFUSED' } },
      thrown: '[unreadable]',
      proxy: '[unreadable]',
    });
    expect(JSON.stringify(line['deep'])).toContain('[deep]');
  });

  it('is written for any value at all', () => {
    fc.assert(
      fc.property(
        fc.anything({ withBigInt: true, withMap: true, withNullPrototype: true }),
        fc.string(),
        (value, event) => {
          const { written, write } = lines();
          createServiceLog('info', write).error(event, { value });
          expect(written).toHaveLength(1);
          expect(JSON.parse(written[0] ?? '')).toMatchObject({ level: 'error' });
        },
      ),
    );
  });
});

it('secrets never reach a line', () => {
  const secret = 's3cr3t-value-0123456789';
  const { written, write } = lines();
  createServiceLog('info', write).info('start', {
    apiKey: secret,
    'x-api-key': secret,
    headers: { authorization: `Bearer ${secret}`, Cookie: secret, 'user-agent': 'curl' },
    webhookSecret: secret,
    redis: `redis://user:${secret}@127.0.0.1:6379/0`,
    error: new Error(`connect rediss://:${secret}@host failed`),
    sent: `Authorization: Bearer ${secret}`,
    clients: ['catalogue'],
    keyName: 'catalogue',
  });
  expect(written[0]).not.toContain(secret);
  expect(written[0]).toContain('redis://[hidden]@127.0.0.1:6379/0');
  expect(written[0]).toContain('"keyName":"catalogue"');
  expect(written[0]).toContain('curl');
});

it.each([
  ['silent', []],
  ['error', ['error']],
  ['warn', ['error', 'warn']],
  ['info', ['error', 'info', 'warn']],
] as const)('level %s writes %j', (level, expected) => {
  const { written, write } = lines();
  const log = createServiceLog(level, write);
  log.info('a');
  log.warn('b');
  log.error('c');
  const levels = written.map((line) => (JSON.parse(line) as { readonly level: string }).level);
  expect(levels.toSorted()).toEqual(expected);
});

it('goes on where its reader has gone', () => {
  const log = createServiceLog('info', () => {
    throw new Error('EPIPE');
  });
  expect(() => log.info('a', { b: 1 })).not.toThrow();
});
