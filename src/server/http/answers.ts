import type { IncomingMessage } from 'node:http';
import { Readable } from 'node:stream';
import type { FastifyReply } from 'fastify';
import { errorBody, type ServiceError, statusOf } from '#server/serviceErrors.ts';

/** What a client reads of a failure: `ErrorBody` and the id under which the log has the request. */
export const failureText = (error: ServiceError, requestId: string): string =>
  JSON.stringify({ ...errorBody(error), requestId });

/** Seconds that a client should wait where nothing better is known. */
const retryAfterSeconds = 5;

/** Value of Retry-After, whole seconds from 1; null for a failure that does not pass by waiting. */
export function retryAfterOf(error: ServiceError): number | null {
  const status = statusOf(error.code);
  if (status !== 429 && status !== 503) return null;
  const asked = Number(error.details?.['retryAfterSeconds'] ?? retryAfterSeconds);
  return Number.isFinite(asked) ? Math.max(1, Math.ceil(asked)) : retryAfterSeconds;
}

/**
 * Answers with a failure: status, JSON body, Retry-After. Where the request's body has not been read to its end the
 * connection is closed after the answer, in a way that lets the client read it.
 */
export function sendError(reply: FastifyReply, error: ServiceError): FastifyReply {
  const { request } = reply;
  if (request.account !== undefined) request.account.error = error;
  const wait = retryAfterOf(error);
  if (wait !== null) void reply.header('retry-after', String(wait));
  void reply.code(statusOf(error.code)).header('cache-control', 'no-store');
  const body = Buffer.from(failureText(error, request.id));
  void reply.type('application/json; charset=utf-8').header('content-length', body.length);
  if (!hasUnreadBody(request.raw)) return reply.send(body);
  return reply.header('connection', 'close').send(lingering(body, request.raw));
}

/** Whether a request says that it has a body. */
export const hasBody = ({ headers }: Pick<IncomingMessage, 'headers'>): boolean =>
  headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;

/** Whether the whole body has arrived. `complete` is only known on real connections. */
export const isBodyHere = (request: IncomingMessage): boolean => request.complete || request.readableEnded;

/** Whether bytes of the request's body may still be on their way. */
const hasUnreadBody = (request: IncomingMessage): boolean =>
  !isBodyHere(request) && !request.destroyed && hasBody(request);

/** How long, and how many bytes of a body that nobody wants, are read after the answer. */
const lingerMs = 5000;
const lingerBytes = 64 * 1024 * 1024;

/**
 * The answer as a stream that gives all bytes at once and ends when the client has stopped sending. A socket that is
 * closed while bytes arrive is reset, and the reset can overtake the answer: the client would see a broken
 * connection instead of the reason. Content-Length tells it that the answer is complete before the stream ends.
 */
function lingering(body: Buffer, request: IncomingMessage): Readable {
  let rest = lingerBytes;
  const stream = new Readable({ read() {} });
  const timer = setTimeout(end, lingerMs);
  function end(): void {
    clearTimeout(timer);
    request.off('data', count).off('end', end).off('close', end).off('error', end);
    if (!stream.destroyed) stream.push(null);
  }
  function count(chunk: Buffer): void {
    rest -= chunk.length;
    if (rest <= 0) end();
  }
  stream.push(body);
  stream.once('close', end);
  request.unpipe();
  request.on('data', count).on('end', end).on('close', end).on('error', end);
  // The client may hang up when the answer is out and nobody listens here any more: an error that nobody hears ends the process.
  request.on('error', () => {});
  request.resume();
  return stream;
}
