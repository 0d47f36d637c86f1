import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { err, ok } from '#core/result.ts';
import {
  deliveryOf,
  signatureOf,
  startWebhook,
  verifySignature,
  type WebhookParts,
  type WebhookSender,
  webhookTarget,
} from '#server/batch/webhook.ts';
import type { SongResult } from '#server/queue/jobQueue.ts';
import { serviceError } from '#server/serviceErrors.ts';

const secret = 'a secret of the two of them';

const result = (number: number): SongResult => ({
  songId: `歌/${number}`,
  genre: 'Jazz',
  confidence: 0.8,
  top5: [{ genre: 'Jazz', confidence: 0.8 }],
  model: { id: 'm', version: '1', sha256: 'a'.repeat(64) },
  audioSha256: 'b'.repeat(64),
  durationSeconds: 180,
  agreement: 1,
  at: '2026-01-01T00:00:00.000Z',
  jobId: `job${number}`,
});

/** The part of the queue that a sender works with; `away` makes all of it fail, `taken` is who else has the lease. */
function feed(count: number) {
  const results = Array.from({ length: count }, (_, index) => result(index + 1));
  const state = {
    results,
    bookmark: '',
    away: false,
    holder: null as string | null,
    bookmarks: [] as string[],
    missed: 0,
  };
  const gone = err(serviceError('queue-unavailable', 'away'));
  const queue: WebhookParts['queue'] = {
    resultsSince: async (cursor, limit) => {
      if (state.away) return gone;
      const from = cursor === '' ? 0 : Number(cursor);
      const page = state.results.slice(from, from + limit);
      return ok({ results: page, cursor: page.length === 0 ? cursor : String(from + page.length) });
    },
    bookmark: async () => (state.away ? gone : ok(state.bookmark)),
    setBookmark: async (_, cursor) => {
      if (state.away) {
        state.missed++;
        return gone;
      }
      state.bookmark = cursor;
      state.bookmarks.push(cursor);
      return ok(undefined);
    },
    lease: async (_, owner, holdMs) => {
      if (state.away) return gone;
      if (state.holder !== null && state.holder !== owner) return ok(false);
      state.holder = holdMs <= 1 ? null : owner;
      return ok(true);
    },
  };
  return { state, queue };
}

interface Received {
  readonly id: string;
  readonly body: string;
  readonly signature: string;
  readonly status: number;
}

let server: Server | null = null;
const senders: WebhookSender[] = [];

afterEach(async () => {
  await Promise.all(senders.splice(0).map((sender) => sender.close()));
  server?.closeAllConnections();
  server?.close();
  server = null;
});

/** A receiver that answers the n-th request (from 0) as it is told; a function answers by itself. */
async function receiver(
  answer: (
    index: number,
    request: IncomingMessage,
    response: ServerResponse,
  ) => number | Record<string, string | number> | null,
) {
  const received: Received[] = [];
  let count = 0;
  server = createServer((request, response) => {
    const pieces: Buffer[] = [];
    request.on('data', (piece: Buffer) => pieces.push(piece));
    request.on('end', () => {
      const said = answer(count++, request, response);
      if (said === null) return;
      const { status, ...headers } = typeof said === 'number' ? { status: said } : said;
      received.push({
        id: String(request.headers['x-acousticsense-event-id']),
        signature: String(request.headers['x-acousticsense-signature']),
        body: Buffer.concat(pieces).toString(),
        status: Number(status),
      });
      response.writeHead(Number(status), headers).end('thanks');
    });
  });
  await new Promise<void>((done) => server?.listen(0, '127.0.0.1', done));
  return { received, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook` };
}

function sending(queue: WebhookParts['queue'], url: string, more: Partial<WebhookParts> = {}) {
  const log: { event: string; fields?: Readonly<Record<string, unknown>> }[] = [];
  const counted = { delivered: 0, retried: 0, refused: 0 };
  const write = (event: string, fields?: Readonly<Record<string, unknown>>): void => {
    log.push({ event, ...(fields === undefined ? {} : { fields }) });
  };
  const sender = startWebhook({
    queue,
    target: { url, secret },
    log: { info: write, warn: write, error: write },
    metrics: {
      webhook: (outcome) => {
        counted[outcome]++;
      },
    },
    times: { poll: 5, request: 500, lease: 1000, backoff: 5, longestBackoff: 40 },
    ...more,
  });
  senders.push(sender);
  return { sender, log, counted };
}

const until = async (holds: () => boolean): Promise<void> => {
  await expect.poll(holds, { timeout: 10_000, interval: 5 }).toBe(true);
};

const acknowledged = (received: readonly Received[]): string[] =>
  received.filter(({ status }) => status < 300).map(({ id }) => id);

describe('the sender', () => {
  it('sends every result once, in order, signed, and notes where it is', async () => {
    const { state, queue } = feed(5);
    const { received, url } = await receiver(() => 204);
    const { counted } = sending(queue, url);
    await until(() => state.bookmark === '5');
    expect(received.map(({ id }) => id)).toEqual(['job1', 'job2', 'job3', 'job4', 'job5']);
    expect(JSON.parse(received[2]?.body ?? '')).toEqual(result(3));
    for (const { body, signature } of received) {
      expect(verifySignature(secret, body, signature, Date.now() / 1000)).toBe(true);
    }
    expect(counted).toEqual({ delivered: 5, retried: 0, refused: 0 });
    state.results.push(result(6));
    await until(() => state.bookmark === '6');
    expect(received).toHaveLength(6);
  });

  it('tries again where the receiver fails, and nothing overtakes', async () => {
    const { state, queue } = feed(4);
    const answers = [500, 408, { status: 429, 'retry-after': '0' }, 200, 302, 200, 503, 200, 200];
    const { received, url } = await receiver((index) => answers[index] ?? 200);
    const { counted, log } = sending(queue, url);
    await until(() => state.bookmark === '4');
    expect(received.map(({ id }) => id)).toEqual([
      'job1',
      'job1',
      'job1',
      'job1',
      'job2',
      'job2',
      'job3',
      'job3',
      'job4',
    ]);
    expect(acknowledged(received)).toEqual(['job1', 'job2', 'job3', 'job4']);
    expect(counted).toEqual({ delivered: 4, retried: 5, refused: 0 });
    expect(log.find(({ event }) => event === 'webhook-retried')?.fields).toMatchObject({
      jobId: 'job1',
      attempt: 1,
      reason: 'answered 500',
    });
  });

  it('passes over what the receiver refuses, and says so', async () => {
    const { state, queue } = feed(3);
    const { received, url } = await receiver((index) => (index === 1 ? 410 : 200));
    const { counted, log } = sending(queue, url);
    await until(() => state.bookmark === '3');
    expect(received.map(({ id }) => id)).toEqual(['job1', 'job2', 'job3']);
    expect(counted.refused).toBe(1);
    expect(log.find(({ event }) => event === 'webhook-refused')?.fields).toEqual({
      jobId: 'job2',
      songId: '歌/2',
      status: 410,
    });
  });

  it('does not follow a redirect: the signed body goes to the address of the settings only', async () => {
    const { queue } = feed(1);
    const seen: string[] = [];
    const { received, url } = await receiver((_, request) => {
      seen.push(request.url ?? '');
      return { status: 307, location: '/elsewhere' };
    });
    sending(queue, url);
    await until(() => received.length >= 3);
    expect(new Set(seen)).toEqual(new Set(['/hook']));
  });

  it('gives up on a receiver that never answers, and goes on when it does', async () => {
    const { state, queue } = feed(1);
    const { received, url } = await receiver((index) => (index === 0 ? null : 200));
    sending(queue, url, { times: { poll: 5, request: 50, lease: 1000, backoff: 5, longestBackoff: 40 } });
    await until(() => state.bookmark === '1');
    expect(received).toHaveLength(1);
  });

  it('is not held up by an answer without end', async () => {
    const { state, queue } = feed(2);
    const { url } = await receiver((_, __, response) => {
      response.writeHead(200);
      const filling = setInterval(() => response.write('x'.repeat(65_536)), 1);
      response.on('close', () => clearInterval(filling));
      return null;
    });
    sending(queue, url);
    await until(() => state.bookmark === '2');
  });

  it('waits for a receiver that is not there yet', async () => {
    const { state, queue } = feed(1);
    const { counted } = sending(queue, 'http://127.0.0.1:9/hook');
    await until(() => counted.retried >= 3);
    expect(state.bookmark).toBe('');
  });

  it('goes on after a restart where it was', async () => {
    const { state, queue } = feed(4);
    const { received, url } = await receiver((index) => (index < 2 ? 200 : 500));
    const first = sending(queue, url);
    await until(() => state.bookmark === '2');
    await first.sender.close();
    expect(state.holder).toBeNull();
    server?.removeAllListeners('request');
    const { counted } = sending(queue, (await receiver(() => 200)).url);
    await until(() => state.bookmark === '4');
    expect(acknowledged(received)).toEqual(['job1', 'job2']);
    expect(counted.delivered).toBe(2);
  });

  it('of two processes one sends; the other takes over', async () => {
    const { state, queue } = feed(20);
    const { received, url } = await receiver(() => 200);
    const one = sending(queue, url);
    const two = sending(queue, url);
    await until(() => state.bookmark === '20');
    expect(acknowledged(received)).toEqual(Array.from({ length: 20 }, (_, index) => `job${index + 1}`));
    expect([one.counted.delivered, two.counted.delivered]).toContain(0);
    const sender = one.counted.delivered > 0 ? one : two;
    await sender.sender.close();
    state.results.push(result(21));
    await until(() => state.bookmark === '21');
    expect(received.at(-1)?.id).toBe('job21');
  });

  it('what was delivered is not sent again because the queue was away', async () => {
    const { state, queue } = feed(3);
    const { received, url } = await receiver((index) => {
      if (index === 1) state.away = true;
      return 200;
    });
    sending(queue, url);
    await until(() => received.length === 2);
    await new Promise((done) => setTimeout(done, 50));
    expect(state.bookmark).toBe('1');
    state.away = false;
    await until(() => state.bookmark === '3');
    expect(received.map(({ id }) => id)).toEqual(['job1', 'job2', 'job3']);
  });

  it('does not put back the place of a process that went on meanwhile', async () => {
    const { state, queue } = feed(5);
    const { received, url } = await receiver((index) => {
      if (index === 0) state.away = true;
      return 200;
    });
    sending(queue, url);
    await until(() => state.missed === 1);
    // Another process sent two more and has gone.
    state.bookmark = '3';
    state.away = false;
    await until(() => state.bookmark === '5');
    expect(received.map(({ id }) => id)).toEqual(['job1', 'job4', 'job5']);
    expect(state.bookmarks).toEqual(['4', '5']);
  });

  it('closes while it waits for the next attempt', async () => {
    const { queue } = feed(1);
    const { received, url } = await receiver(() => ({ status: 503, 'retry-after': '9999999' }));
    const { sender, log } = sending(queue, url, {
      times: { poll: 5, request: 500, lease: 1000, backoff: 5, longestBackoff: 300_000 },
    });
    await until(() => received.length === 1);
    await until(() => log.some(({ event }) => event === 'webhook-retried'));
    // Retry-After is believed up to the longest wait.
    expect(log.at(-1)?.fields?.['waitSeconds']).toBe(300);
    await sender.close();
    expect(received).toHaveLength(1);
  });
});

it.each([
  [200, 'delivered'],
  [204, 'delivered'],
  [304, 'failed'],
  [301, 'failed'],
  [400, 'refused'],
  [404, 'refused'],
  [408, 'failed'],
  [410, 'refused'],
  [429, 'failed'],
  [500, 'failed'],
  [599, 'failed'],
])('status %i means %s', (status, kind) => {
  expect(deliveryOf(status, null, 0).kind).toBe(kind);
});

it.each([
  ['7', 7000],
  ['Thu, 01 Jan 1970 00:01:00 GMT', 50_000],
  ['Thu, 01 Jan 1970 00:00:01 GMT', 0],
  ['soon', null],
  ['-1', null],
  [null, null],
])('Retry-After %j is %j ms', (text, retryAfterMs) => {
  expect(deliveryOf(503, text, 10_000)).toMatchObject({ retryAfterMs });
});

describe('a signature', () => {
  const body = '{"songId":"歌"}';
  const signature = signatureOf(secret, body, 1_700_000_000);

  it('is HMAC-SHA256 over time, dot and body', () => {
    // printf '1700000000.{"songId":"歌"}' | openssl dgst -sha256 -hmac 'a secret of the two of them'
    expect(signature).toBe(
      't=1700000000,v1=aa26d3b9c2f7e2f32343ecfce65e15e13614572e734dc4598a1491774e5498d1',
    );
  });

  it('is verified within the tolerance, on either side', () => {
    expect(verifySignature(secret, body, signature, 1_700_000_000)).toBe(true);
    expect(verifySignature(secret, Buffer.from(body), signature, 1_700_000_300)).toBe(true);
    expect(verifySignature(secret, body, signature, 1_699_999_700)).toBe(true);
    expect(verifySignature(secret, body, signature, 1_700_000_301)).toBe(false);
    expect(verifySignature(secret, body, signature, 1_699_999_699)).toBe(false);
    expect(verifySignature(secret, body, signature, 1_700_000_010, 5)).toBe(false);
  });

  it('is refused for another body, secret, time or form', () => {
    const now = 1_700_000_000;
    expect(verifySignature(secret, `${body} `, signature, now)).toBe(false);
    expect(verifySignature('another secret', body, signature, now)).toBe(false);
    expect(verifySignature(secret, body, signature.replace('1700000000', '1700000001'), now)).toBe(false);
    for (const broken of [
      '',
      't=,v1=',
      signature.toUpperCase(),
      `${signature}0`,
      signature.slice(0, -1),
      'v1=x',
    ]) {
      expect(verifySignature(secret, body, broken, now)).toBe(false);
    }
  });
});

it.each([
  [null, secret, null],
  ['', secret, null],
  ['https://cms.example/hook', secret, { url: 'https://cms.example/hook', secret }],
])('target %j is taken', (webhookUrl, webhookSecret, value) => {
  expect(webhookTarget({ webhookUrl, webhookSecret })).toEqual({ ok: true, value });
});

it.each([
  ['cms.example/hook', secret, 'no address'],
  ['ftp://cms.example/hook', secret, 'http or https'],
  ['https://user:pass@cms.example/hook', secret, 'user and password'],
  ['https://cms.example/hook', null, 'ACOUSTICSENSE_WEBHOOK_SECRET'],
  ['https://cms.example/hook', 'short', '16 characters'],
])('target %j with secret %j is refused', (webhookUrl, webhookSecret, text) => {
  const target = webhookTarget({ webhookUrl, webhookSecret });
  expect(target.ok).toBe(false);
  if (!target.ok) expect(target.error).toContain(text);
});
