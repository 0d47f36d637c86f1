import { readFileSync } from 'node:fs';
import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { boundary, formOf, formType } from '#server/http/testing/multipart.ts';
import { fixture, raw, type ServedProgram, startServed } from '#server/http/testing/servedProgram.ts';

/** Cases of each kind; the long campaign sets ACOUSTICSENSE_FUZZ_RUNS. */
const runs = Number(process.env['ACOUSTICSENSE_FUZZ_RUNS'] ?? 60);
const options = { numRuns: runs, endOnFailure: true } as const;
const guardMs = 60_000 + runs * 2000;

/** Small files of every kind: what a decoder is given decides, not how long it is. */
const files = [
  'tenth-of-a-second.wav',
  'cbr.mp3',
  'music.flac',
  'vorbis.ogg',
  'opus.opus',
  'aac.m4a',
  'adts.aac',
  'opus.webm',
].map((name) => readFileSync(fixture(name)).subarray(0, 40_000));

/** Whatever was sent: an answer by the rules, or none to what asked for none. */
const allowed = new Set([200, 400, 401, 403, 404, 405, 408, 413, 415, 422, 429, 431, 503, 505]);

const head = (type: string, length: number | string, query = ''): string =>
  `POST /api/genre${query} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Type: ${type}\r\nContent-Length: ${length}\r\n\r\n`;

function changed(bytes: Uint8Array, edits: readonly (readonly [number, number])[], share: number): Buffer {
  const copy = Buffer.from(bytes.subarray(0, Math.ceil(bytes.length * share)));
  if (copy.length > 0) for (const [at, value] of edits) copy[Math.floor(at * (copy.length - 1))] = value;
  return copy;
}

const plain = (string: string): string => string.replaceAll(/[\r\n\0]/g, ' ');

describe('the endpoint under nonsense', () => {
  let served: ServedProgram;
  beforeAll(async () => {
    served = await startServed(['--max-bytes', '200000', '--upload-timeout', '2', '--time-limit', '20']);
  });
  afterAll(async () => served.dispose());

  /**
   * Sends the pieces and holds the answer against the rules.
   *
   * @param endAfterMs 0 for a request that is complete: it must be answered.
   */
  async function check(pieces: readonly (string | Uint8Array)[], endAfterMs = 0): Promise<number[]> {
    const answer = await raw(served.port, pieces, { endAfterMs });
    const statuses = [...answer.matchAll(/^HTTP\/1\.1 (\d{3}) /gm)].map(([, status]) => Number(status));
    for (const status of statuses) if (status >= 200) expect(allowed).toContain(status);
    if (/\r\n\r\n\{"error"/.test(answer)) expect(answer).toContain('"requestId"');
    expect(served.child.exitCode).toBeNull();
    if (endAfterMs === 0) expect(statuses).not.toEqual([]);
    return statuses;
  }

  /** Afterwards: it lives, nothing is left in the spool, and nothing was a fault of the program. */
  async function settled(): Promise<void> {
    for (let i = 0; i < 200 && served.incoming().length > 0; i++)
      await new Promise((next) => setTimeout(next, 50));
    expect(served.incoming()).toEqual([]);
    expect((await fetch(`${served.url}/health`)).status).toBe(200);
    expect(served.lines.filter(({ event, level }) => event === 'fault' || level === 'error')).toEqual([]);
  }

  /** Changes of bytes: places from 0 to 1 of the length, and what is put there. */
  const changes = fc.array(fc.tuple(fc.double({ min: 0, max: 1, noNaN: true }), fc.nat(255)), {
    maxLength: 30,
  });
  const share = fc.oneof(fc.constant(1), fc.double({ min: 0, max: 1, noNaN: true }));

  it(
    'survives damaged audio of every kind',
    async () => {
      const seen = new Set<number>();
      await fc.assert(
        fc.asyncProperty(fc.constantFrom(...files), changes, share, async (file, edits, kept) => {
          const body = formOf([{ name: 'audio', filename: 'a', content: changed(file, edits, kept) }]);
          for (const status of await check([head(formType, body.length), body])) seen.add(status);
        }),
        options,
      );
      // Damage of both kinds was there: some that a decoder survives, some that it says no to.
      expect([...seen]).toEqual(expect.arrayContaining([200, 422]));
      await settled();
    },
    guardMs,
  );

  it(
    'survives damaged forms',
    async () => {
      const text = fc.oneof(
        fc.string({ maxLength: 200, unit: 'binary' }),
        fc.constantFrom(
          'audio',
          `--${boundary}`,
          '\r\n\r\n',
          '\0',
          '../..',
          '__proto__',
          'constructor',
          '"; filename="x',
        ),
      );
      const part = fc.record({
        name: text,
        filename: text,
        content: fc.oneof(text, fc.uint8Array({ maxLength: 3000 })),
      });
      await fc.assert(
        fc.asyncProperty(
          fc.array(part, { maxLength: 6 }),
          changes,
          share,
          fc.integer({ min: -50, max: 50 }),
          async (parts, edits, kept, lie) => {
            const body = changed(formOf(parts), edits, kept);
            await check([head(formType, Math.max(0, body.length + lie)), body], lie > 0 ? 300 : 0);
          },
        ),
        options,
      );
      await settled();
    },
    guardMs,
  );

  it(
    'survives any query, header and type',
    async () => {
      const name = fc.constantFrom('top_k', 'explain', 'format', 'model', 'windows', '__proto__', 'x');
      const value = fc.oneof(
        fc.string({ maxLength: 30 }),
        fc.constantFrom('1', '16', '-1', 'csv', 'rollout', '%00', '%ff', '[]', '%zz'),
      );
      const type = fc.oneof(
        fc.string({ maxLength: 60 }),
        fc.constantFrom(
          formType,
          'multipart/form-data',
          'multipart/form-data; boundary=',
          `multipart/form-data; boundary=${'x'.repeat(300)}`,
          'application/json',
          'audio/mpeg',
          'text/plain',
        ),
      );
      const header = fc.tuple(
        fc.constantFrom(
          'X-A',
          'Expect',
          'Transfer-Encoding',
          'Content-Encoding',
          'Range',
          'Cookie',
          'X-Forwarded-For',
          'Authorization',
          'Upgrade',
          'Accept',
        ),
        fc.string({ maxLength: 40 }),
      );
      await fc.assert(
        fc.asyncProperty(
          fc.array(fc.tuple(name, value), { maxLength: 4 }),
          fc.array(header, { maxLength: 4 }),
          type,
          fc.constantFrom('POST', 'GET', 'PUT', 'DELETE', 'OPTIONS', 'HEAD', 'TRACE', 'PROPFIND'),
          fc.uint8Array({ maxLength: 500 }),
          async (query, headers, contentType, method, body) => {
            const asked = query.map(([key, text]) => `${key}=${text.replaceAll(/[\s#]/g, '+')}`).join('&');
            const lines = headers.map(([key, text]) => `${key}: ${plain(text)}\r\n`).join('');
            await check(
              [
                `${method} /api/genre?${plain(asked)} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Type: ${plain(contentType)}\r\n${lines}Content-Length: ${body.length}\r\n\r\n`,
                body,
              ],
              1500,
            );
          },
        ),
        options,
      );
      await settled();
    },
    guardMs,
  );

  it(
    'survives what is no request at all',
    async () => {
      await fc.assert(
        fc.asyncProperty(
          fc.array(fc.oneof(fc.string({ unit: 'binary' }), fc.uint8Array({ maxLength: 300 })), {
            maxLength: 5,
          }),
          async (pieces) => {
            await check([...pieces, '\r\n\r\n'], 100);
          },
        ),
        options,
      );
      await settled();
    },
    guardMs,
  );
});
