import { createHmac, randomUUID, timingSafeEqual } from 'node:crypto';
import { hostname } from 'node:os';
import { err, ok, type Result } from '#core/result.ts';
import type { ServiceLog } from '#server/observability/serviceLog.ts';
import type { ServiceMetrics } from '#server/observability/serviceMetrics.ts';
import type { JobQueue, SongResult } from '#server/queue/jobQueue.ts';
import { program } from '#server/program.ts';

/**
 * The webhook tells another system of every result: one POST each, in the order in which they were finished, with the JSON
 * of `GET /api/songs/:id/genre` as body. Of all processes that have one set, one sends (a lease in the queue), and where it
 * has come to is kept in the queue, so that a restart neither loses nor skips. An event may come twice (the answer was lost,
 * the process was killed before it noted it): `X-AcousticSense-Event-Id` is the same then.
 */

export const eventIdHeader = 'x-acousticsense-event-id';
export const signatureHeader = 'x-acousticsense-signature';

/** The bookmark and the lease. */
const place = 'webhook';

export interface WebhookTarget {
  readonly url: string;
  readonly secret: string;
}

/** Checks the settings of the webhook; null where none is wanted. The error is a sentence for the operator. */
export function webhookTarget(settings: {
  readonly webhookUrl: string | null;
  readonly webhookSecret: string | null;
}): Result<WebhookTarget | null, string> {
  const { webhookUrl: text, webhookSecret: secret } = settings;
  if (text === null || text === '') return ok(null);
  if (!URL.canParse(text)) return err(`--webhook-url is no address: '${text}'`);
  const url = new URL(text);
  if (url.protocol !== 'http:' && url.protocol !== 'https:') {
    return err(`--webhook-url takes http or https, not '${url.protocol}'`);
  }
  if (url.username !== '' || url.password !== '') {
    return err('--webhook-url takes no user and password; receivers check the signature');
  }
  if (secret === null || secret.length < 16) {
    return err(
      '--webhook-url needs ACOUSTICSENSE_WEBHOOK_SECRET, at least 16 characters, to sign what is sent',
    );
  }
  return ok({ url: url.href, secret });
}

/** The signature of a body at a time (seconds since 1970): `t=…,v1=…`. */
export function signatureOf(secret: string, body: string, unixSeconds: number): string {
  return `t=${unixSeconds},v1=${digestOf(secret, body, String(unixSeconds)).toString('hex')}`;
}

const digestOf = (secret: string, body: string | Uint8Array, time: string): Buffer =>
  createHmac('sha256', secret).update(`${time}.`).update(body).digest();

/**
 * Whether a signature is right, for receivers in Node:
 *
 * ```ts
 * http.createServer(async (request, response) => {
 *   const body = await buffer(request); // of 'node:stream/consumers': the bytes as they came, before JSON.parse
 *   const right = verifySignature(secret, body, request.headers['x-acousticsense-signature'] ?? '', Date.now() / 1000);
 *   response.writeHead(right ? 204 : 401).end();
 * });
 * ```
 *
 * Takes the same time whatever is wrong with the digest.
 *
 * @param body As it came over the wire: JSON that was parsed and written again may differ.
 * @param nowSeconds The receiver's clock, seconds since 1970.
 * @param toleranceSeconds Older or newer signatures are refused, so that nobody can send a recorded request again later.
 */
export function verifySignature(
  secret: string,
  body: string | Uint8Array,
  signature: string,
  nowSeconds: number,
  toleranceSeconds = 300,
): boolean {
  const match = /^t=(\d{1,12}),v1=([0-9a-f]{64})$/.exec(signature);
  if (match === null) return false;
  const [, time = '', digest = ''] = match;
  const right = timingSafeEqual(digestOf(secret, body, time), Buffer.from(digest, 'hex'));
  return right && Math.abs(nowSeconds - Number(time)) <= toleranceSeconds;
}

export interface WebhookParts {
  readonly queue: Pick<JobQueue, 'resultsSince' | 'bookmark' | 'setBookmark' | 'lease'>;
  readonly target: WebhookTarget;
  readonly log: ServiceLog;
  readonly metrics: Pick<ServiceMetrics, 'webhook'>;
  readonly times?: Partial<WebhookTimes>;
  /** The wall clock in milliseconds, for signatures and dates only. */
  readonly wallMs?: () => number;
  /** 0 ≤ x < 1. */
  readonly random?: () => number;
}

/** Milliseconds. */
export interface WebhookTimes {
  /** Between two looks for new results. */
  readonly poll: number;
  /** For one request, from the connection to the head of the answer. */
  readonly request: number;
  /** How long the lease is held; it is renewed after a third, so two thirds are longer than a request takes. */
  readonly lease: number;
  /** Wait before the second attempt; doubles, with jitter. */
  readonly backoff: number;
  readonly longestBackoff: number;
}

const usualTimes: WebhookTimes = {
  poll: 1000,
  request: 10_000,
  lease: 20_000,
  backoff: 1000,
  longestBackoff: 300_000,
};

export interface WebhookSender {
  /** Ends after the request in hand, at most as long as that may take. */
  close(): Promise<void>;
}

/** What an answer means. */
export type Delivery =
  | { readonly kind: 'delivered' }
  | { readonly kind: 'refused'; readonly status: number }
  | { readonly kind: 'failed'; readonly reason: string; readonly retryAfterMs: number | null };

/**
 * 2xx: delivered. 408, 429, 5xx, a broken connection: tried again. A redirect is not followed and tried again, as the
 * address is to be put right, not the events to be lost. Every other status: the receiver does not want this event.
 */
export function deliveryOf(status: number, retryAfter: string | null, wallMs: number): Delivery {
  if (status >= 200 && status < 300) return { kind: 'delivered' };
  if (status >= 500 || status < 400 || status === 408 || status === 429) {
    return {
      kind: 'failed',
      reason: `answered ${status}`,
      retryAfterMs: retryAfterMilliseconds(retryAfter, wallMs),
    };
  }
  return { kind: 'refused', status };
}

function retryAfterMilliseconds(text: string | null, wallMs: number): number | null {
  if (text === null) return null;
  if (/^\d{1,9}$/.test(text.trim())) return Number(text) * 1000;
  const date = /^[A-Z][a-z]{2}, .+ GMT$/.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(date) ? null : Math.max(0, date - wallMs);
}

/** Starts to send. The queue or the receiver may be away for as long as they like: it waits and goes on. */
export function startWebhook(parts: WebhookParts): WebhookSender {
  const stop = new AbortController();
  const running = send(parts, stop.signal).catch((cause: unknown) => {
    parts.log.error('webhook-ended', { error: cause });
    throw cause;
  });
  return {
    async close() {
      stop.abort();
      await running;
    },
  };
}

/** Whether this process is the one that sends; `unknown` where the queue is out of reach. */
type Holding = 'held' | 'lost' | 'unknown';

async function send(parts: WebhookParts, stop: AbortSignal): Promise<void> {
  const { queue, log } = parts;
  const times = { ...usualTimes, ...parts.times };
  const owner = `${hostname()}:${process.pid}:${randomUUID()}`;
  let heldUntil = -Infinity;
  const hold = async (): Promise<Holding> => {
    const askedAt = performance.now();
    if (askedAt < heldUntil - (times.lease * 2) / 3) return 'held';
    const held = await queue.lease(place, owner, times.lease);
    if (!held.ok) return 'unknown';
    heldUntil = held.value ? askedAt + times.lease : -Infinity;
    return held.value ? 'held' : 'lost';
  };
  while (!stop.aborted) {
    if ((await hold()) === 'held') {
      const start = await queue.bookmark(place);
      if (start.ok) {
        log.info('webhook-sending', { from: start.value });
        await follow({ ...parts, times, hold }, start.value, stop);
      }
    }
    await pause(times.poll, stop);
  }
  // Nothing is sent any more: let the next one begin at once.
  if (heldUntil > performance.now()) await queue.lease(place, owner, 1);
}

interface Following extends WebhookParts {
  readonly times: WebhookTimes;
  readonly hold: () => Promise<Holding>;
}

/** Sends from a place on, one result after the other, for as long as the lease is held. */
async function follow(parts: Following, from: string, stop: AbortSignal): Promise<void> {
  const { queue, times, hold } = parts;
  let cursor = from;
  while (!stop.aborted) {
    const holding = await hold();
    if (holding === 'lost') return;
    const next = holding === 'held' ? await queue.resultsSince(cursor, 1) : null;
    const result = next?.ok === true ? next.value.results[0] : undefined;
    if (next?.ok !== true || result === undefined) {
      await pause(times.poll, stop);
      continue;
    }
    if (!(await deliver(parts, result, stop))) return;
    if (!(await moveOn(parts, cursor, next.value.cursor, stop))) return;
    cursor = next.value.cursor;
  }
}

/**
 * Notes that a result was sent. What is delivered is not sent again because the queue is away for a while: this waits
 * until it is back. False where another process has gone on meanwhile: its place must not be put back to ours.
 */
async function moveOn(
  { queue, hold, times }: Following,
  from: string,
  to: string,
  stop: AbortSignal,
): Promise<boolean> {
  if ((await queue.setBookmark(place, to)).ok) return true;
  while (!stop.aborted) {
    await pause(times.poll, stop);
    const holding = await hold();
    if (holding === 'lost') return false;
    if (holding === 'unknown') continue;
    const here = await queue.bookmark(place);
    if (here.ok && here.value !== from) return here.value === to;
    if (here.ok && (await queue.setBookmark(place, to)).ok) return true;
  }
  return false;
}

/** True where the result was delivered or refused; false where the lease was lost or it is time to stop. */
async function deliver(parts: Following, result: SongResult, stop: AbortSignal): Promise<boolean> {
  const { log, metrics, times, random = Math.random } = parts;
  for (let attempt = 1; ; attempt++) {
    const outcome = await post(parts, result);
    if (outcome.kind === 'delivered') {
      metrics.webhook('delivered');
      return true;
    }
    if (outcome.kind === 'refused') {
      metrics.webhook('refused');
      log.warn('webhook-refused', { jobId: result.jobId, songId: result.songId, status: outcome.status });
      return true;
    }
    metrics.webhook('retried');
    const doubled = Math.min(times.longestBackoff, times.backoff * 2 ** Math.min(attempt - 1, 30));
    // Half of the wait is by chance, so that receivers are not met by all senders at once.
    const wait = Math.min(
      times.longestBackoff,
      Math.max(doubled * (0.5 + random() / 2), outcome.retryAfterMs ?? 0),
    );
    log.warn('webhook-retried', {
      jobId: result.jobId,
      attempt,
      reason: outcome.reason,
      waitSeconds: Math.round(wait / 100) / 10,
    });
    if (!(await pauseHolding(parts, wait, stop))) return false;
  }
}

async function post(parts: Following, result: SongResult): Promise<Delivery> {
  const { target, times, wallMs = Date.now } = parts;
  const body = JSON.stringify(result);
  const timeout = new AbortController();
  const timer = setTimeout(() => timeout.abort(new Error(`no answer in ${times.request} ms`)), times.request);
  try {
    const answer = await fetch(target.url, {
      method: 'POST',
      redirect: 'manual',
      signal: timeout.signal,
      headers: {
        'content-type': 'application/json; charset=utf-8',
        'user-agent': `${program.name.replaceAll(' ', '')}/${program.version}`,
        [eventIdHeader]: result.jobId,
        [signatureHeader]: signatureOf(target.secret, body, Math.floor(wallMs() / 1000)),
      },
      body,
    });
    await drop(answer);
    return deliveryOf(answer.status, answer.headers.get('retry-after'), wallMs());
  } catch (cause) {
    return { kind: 'failed', reason: reasonOf(cause), retryAfterMs: null };
  } finally {
    clearTimeout(timer);
  }
}

/** Reads a short answer to its end, so that the connection is used again; what is longer may be endless and is cut. */
async function drop(answer: Response): Promise<void> {
  let bytes = 0;
  try {
    for await (const piece of answer.body ?? []) {
      bytes += (piece as Uint8Array).byteLength;
      if (bytes > 65_536) return;
    }
  } catch {
    // The status has come; that counts.
  }
}

/** `fetch failed` says nothing; its cause does. */
function reasonOf(thrown: unknown): string {
  const { message, cause } = thrown as Error;
  return cause instanceof Error
    ? ((cause as NodeJS.ErrnoException).code ?? cause.message)
    : (message ?? String(thrown));
}

/** Waits and keeps the lease; false where another process has it or it is time to stop. */
async function pauseHolding({ hold, times }: Following, ms: number, stop: AbortSignal): Promise<boolean> {
  for (let left = ms; ; left -= times.lease / 3) {
    if (stop.aborted || (await hold()) === 'lost') return false;
    if (left <= 0) return true;
    await pause(Math.min(left, times.lease / 3), stop);
  }
}

function pause(ms: number, stop: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (stop.aborted) {
      resolve();
      return;
    }
    const done = (): void => {
      clearTimeout(timer);
      stop.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    stop.addEventListener('abort', done);
  });
}
