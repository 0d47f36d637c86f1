import { randomBytes, timingSafeEqual } from 'node:crypto';
import { createBullBoard } from '@bull-board/api';
import { BullMQAdapter } from '@bull-board/api/bullMQAdapter';
import { FastifyAdapter } from '@bull-board/fastify';
import Fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import { ok, type Result } from '#core/result.ts';
import {
  type BoardAct,
  type BoardLanguage,
  boardActs,
  boardPage,
  type BoardView,
} from '#server/board/boardPage.ts';
import type { ApiKeys } from '#server/http/apiKeys.ts';
import { isFromOwnPage, isOwnHostName } from '#server/http/foreignPage.ts';
import type { ServiceLog } from '#server/observability/serviceLog.ts';
import { predictedDrainSeconds } from '#server/observability/serviceMetrics.ts';
import type { JobQueue } from '#server/queue/jobQueue.ts';
import type { RedisQueue } from '#server/queue/redis/openRedisQueue.ts';
import { type ServiceError, serviceError, statusOf } from '#server/serviceErrors.ts';

export interface BoardParts {
  readonly queue: JobQueue;
  /** Null where nobody needs a key. */
  readonly keys: ApiKeys | null;
  /** The address that the board listens on: with none but it, and no key, a request must be meant for it. */
  readonly host: string;
  readonly trustProxy: boolean;
  readonly log: ServiceLog;
}

const pageSize = 20;
const largestForm = 65_536;

/**
 * The board: a page with the figures of the queue, the jobs that failed for good, and what can be done with them. On Redis,
 * bull-board is at /bull, to look only: its own "retry" would not give the attempts back. No script of ours, nothing from
 * other hosts. Browsers send an API key as the password of HTTP Basic; any name goes.
 */
export async function createBoard(parts: BoardParts): Promise<FastifyInstance> {
  const { queue, keys, log } = parts;
  const token = randomBytes(24).toString('base64url');
  const app = Fastify({ logger: false, trustProxy: parts.trustProxy, bodyLimit: largestForm });

  app.addHook('onRequest', async (request, reply) => {
    void reply.headers({
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
      'x-frame-options': 'DENY',
      'cache-control': 'no-store',
    });
    if (keys === null && !isOwnHostName(request.headers.host, parts.host)) {
      // A page of another site, whose name was made to lead here, is not to steer the queue of this machine.
      return reply.code(421).type('text/plain').send('this host name is not that of the board\n');
    }
    if (keys !== null && nameOf(keys, request) === null) {
      return reply
        .code(401)
        .header('www-authenticate', 'Basic realm="AcousticSense AI", charset="UTF-8"')
        .type('text/plain; charset=utf-8')
        .send(
          'An API key is needed, as the password; the name does not matter.\n需要 API 密钥作为密码，用户名任意。\n',
        );
    }
    if (!['GET', 'HEAD'].includes(request.method) && !isFromOwnPage(request.headers)) {
      return reply.code(403).type('text/plain').send('forms of other sites are not taken\n');
    }
    return undefined;
  });

  app.addContentTypeParser(
    'application/x-www-form-urlencoded',
    { parseAs: 'string', bodyLimit: largestForm },
    (_request, body, done) => done(null, new URLSearchParams(String(body))),
  );

  app.get('/', async (request, reply) => {
    const { said, count, offset } = request.query as Record<string, unknown>;
    const act = boardActs.find((name) => name === said);
    await show(request, reply, {
      offset: wholeNumber(offset, 1_000_000_000),
      said: act === undefined ? null : { act, count: wholeNumber(count, 1_000_000_000) },
    });
    return reply;
  });

  app.post('/', async (request, reply) => {
    const form = request.body instanceof URLSearchParams ? request.body : new URLSearchParams();
    if (!isSame(form.get('token') ?? '', token)) {
      // The board was restarted since the page was made: it is shown again, with the token of now.
      return reply.redirect(`/?lang=${languageOf(request)}`, 303);
    }
    const act = form.get('act') ?? '';
    const done = await doIt(act, form.get('id') ?? '');
    if (done === null) return reply.code(400).type('text/plain').send('no such act\n');
    if (!done.ok) {
      log.warn('board-failed', { act, code: done.error.code, message: done.error.message });
      await show(request, reply, { offset: 0, said: null, failure: done.error });
      return reply;
    }
    const name = keys === null ? null : nameOf(keys, request);
    log.info('board', { act, count: done.value.count, ...(name === null ? {} : { by: name }) });
    const { said, count } = done.value;
    return reply.redirect(`/?lang=${languageOf(request)}&said=${said}&count=${count}`, 303);
  });

  async function doIt(
    act: string,
    id: string,
  ): Promise<Result<{ readonly said: BoardAct; readonly count: number }, ServiceError> | null> {
    switch (act) {
      case 'pause': {
        const paused = await queue.pause();
        return paused.ok ? ok({ said: 'paused', count: 1 }) : paused;
      }
      case 'resume': {
        const resumed = await queue.resume();
        return resumed.ok ? ok({ said: 'resumed', count: 1 }) : resumed;
      }
      case 'requeue':
        return counted('requeued', await queue.requeueDead([id]));
      case 'remove':
        return counted('removed', await queue.removeDead([id]));
      case 'requeue-all':
        return counted('requeued', await queue.requeueDead('all'));
      case 'remove-all':
        return counted('removed', await queue.removeDead('all'));
      default:
        return null;
    }
  }

  async function show(
    request: FastifyRequest,
    reply: FastifyReply,
    what: Pick<BoardView, 'offset' | 'said'> & { readonly failure?: ServiceError },
  ): Promise<void> {
    const counts = await queue.counts();
    const dead = counts.ok && counts.value.dead > 0 ? await queue.dead(pageSize, what.offset) : ok([]);
    const failure = what.failure ?? (counts.ok ? (dead.ok ? null : dead.error) : counts.error);
    const nonce = randomBytes(16).toString('base64');
    const drain = counts.ok ? predictedDrainSeconds(counts.value, 0) : Infinity;
    void reply
      .code(failure === null ? 200 : statusOf(failure.code))
      .header(
        'content-security-policy',
        `default-src 'none'; style-src 'nonce-${nonce}'; img-src data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'`,
      )
      .header('vary', 'accept-language')
      .type('text/html; charset=utf-8');
    await reply.send(
      boardPage({
        language: languageOf(request),
        kind: queue.kind,
        counts: failure ?? (counts.ok ? counts.value : serviceError('internal', 'no figures')),
        drainSeconds: Number.isFinite(drain) ? drain : null,
        dead: dead.ok ? dead.value : [],
        offset: what.offset,
        pageSize,
        said: what.said,
        token,
        nonce,
      }),
    );
  }

  if (queue.kind === 'redis') addBullBoard(app, queue as RedisQueue);
  return app;
}

const counted = (
  said: BoardAct,
  read: Result<number, ServiceError>,
): Result<{ readonly said: BoardAct; readonly count: number }, ServiceError> =>
  read.ok ? ok({ said, count: read.value }) : read;

/** bull-board at /bull, made when Redis answers for the first time. */
function addBullBoard(app: FastifyInstance, queue: RedisQueue): void {
  const adapter = new FastifyAdapter();
  adapter.setBasePath('/bull');
  const board = createBullBoard({
    queues: [],
    // The adapter brings its own copy of the same interface, one patch version older.
    serverAdapter: adapter as unknown as Parameters<typeof createBullBoard>[0]['serverAdapter'],
    options: { uiConfig: { boardTitle: 'AcousticSense AI' } },
  });
  let shown: unknown = null;
  void app.register(async (scope) => {
    scope.addHook('onRequest', async (_request, reply) => {
      const bull = await queue.bull();
      if (!bull.ok) {
        return reply.code(statusOf(bull.error.code)).type('text/plain').send(`${bull.error.message}\n`);
      }
      if (shown !== bull.value) {
        board.replaceQueues([new BullMQAdapter(bull.value, { readOnlyMode: true })]);
        shown = bull.value;
      }
      return undefined;
    });
    // Its page asks a host of the world for fonts; it works as well without, and nothing here leaves the house.
    scope.addHook('onSend', async (_request, reply, payload) => {
      void reply.header(
        'content-security-policy',
        "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self' data:; base-uri 'self'; form-action 'self'; frame-ancestors 'none'",
      );
      return typeof payload === 'string' ? payload.replaceAll(/<link href="https:[^>]*>/g, '') : payload;
    });
    await scope.register(adapter.registerPlugin(), { prefix: '/bull' });
  });
}

/** The language asked for in the address, else the browser's. */
function languageOf(request: FastifyRequest): BoardLanguage {
  const { lang } = request.query as Record<string, unknown>;
  if (lang === 'en' || lang === 'zh') return lang;
  return /^\s*zh/i.test(request.headers['accept-language'] ?? '') ? 'zh' : 'en';
}

function nameOf(keys: ApiKeys, request: FastifyRequest): string | null {
  const basic = /^Basic +([A-Za-z0-9+/=]+) *$/i.exec(request.headers.authorization ?? '')?.[1];
  if (basic === undefined) return keys.nameOf(request.headers);
  const pair = Buffer.from(basic, 'base64').toString('utf8');
  const key = pair.slice(pair.indexOf(':') + 1);
  return keys.nameOf({ authorization: `Bearer ${key}` });
}

function isSame(given: string, expected: string): boolean {
  const [a, b] = [Buffer.from(given), Buffer.from(expected)];
  return a.length === b.length && timingSafeEqual(a, b);
}

const wholeNumber = (value: unknown, most: number): number =>
  typeof value === 'string' && /^\d{1,10}$/.test(value) ? Math.min(most, Number(value)) : 0;
