import { randomUUID } from 'node:crypto';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import type { ConnectionError } from 'fastify';
import { failureText } from '#server/http/answers.ts';
import type { ServiceParts } from '#server/http/serviceParts.ts';
import { type ServiceError, serviceError, statusOf } from '#server/serviceErrors.ts';

const reasons: Readonly<Record<number, string>> = {
  400: 'Bad Request',
  405: 'Method Not Allowed',
  408: 'Request Timeout',
  431: 'Request Header Fields Too Large',
};

/**
 * Answers what never becomes a request: bytes that are no HTTP, headers without end or beyond all measure, methods that
 * turn the connection into something else. Such an answer has to be written by hand; its body is as everywhere.
 */
export interface BrokenRequests {
  /** For fastify's `clientErrorHandler`. */
  refuse(error: ConnectionError, socket: Duplex): void;
  /** Notes the answer that is under way on a connection: nothing may be written into the middle of it. */
  note(request: IncomingMessage, response: ServerResponse): void;
  /** Handlers of the server itself. */
  attach(server: Server): void;
}

export function refuseBrokenRequests({
  log,
  metrics,
}: Pick<ServiceParts, 'log' | 'metrics'>): BrokenRequests {
  const underWay = new WeakMap<Duplex, ServerResponse>();

  function write(socket: Duplex, failure: ServiceError, status: number, headers = ''): void {
    const last = underWay.get(socket);
    if (!socket.writable || (last !== undefined && last.headersSent && !last.writableFinished)) {
      socket.destroy();
      return;
    }
    const id = randomUUID();
    const body = failureText(failure, id);
    log.info('request', {
      id,
      method: null,
      route: 'none',
      status,
      ms: null,
      code: failure.code,
      reason: failure.message,
    });
    metrics.request('none', 'none', status, 0);
    metrics.failed(failure.code, 'request');
    socket.on('error', () => socket.destroy());
    socket.end(
      `HTTP/1.1 ${status} ${reasons[status] ?? 'Error'}\r\n${headers}Connection: close\r\n` +
        'Content-Type: application/json; charset=utf-8\r\nCache-Control: no-store\r\n' +
        `Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
    );
    // What still comes is read past for a moment: a reset could overtake the answer.
    socket.resume();
    setTimeout(() => socket.destroy(), 2000).unref();
  }

  return {
    refuse(error, socket) {
      if (error.code === 'ECONNRESET' || error.code === 'EPIPE') socket.destroy();
      else if (error.code === 'ERR_HTTP_REQUEST_TIMEOUT') {
        const failure = serviceError('upload-timeout', 'the request was not complete in time');
        write(socket, failure, statusOf(failure.code));
      } else if (error.code === 'HPE_HEADER_OVERFLOW') {
        write(socket, serviceError('bad-request', 'the headers are too long'), 431);
      } else write(socket, serviceError('bad-request', `no valid HTTP: ${error.code ?? ''}`), 400);
    },
    note: (request, response) => void underWay.set(request.socket, response),
    attach(server) {
      server.on('connect', (_request, socket: Duplex) => {
        write(socket, serviceError('method-not-allowed', 'no proxy'), 405, 'Allow: GET, HEAD, POST\r\n');
      });
      // The request is looked at before its body is asked for (`continueBody`).
      server.on('checkContinue', (request, response) => server.emit('request', request, response));
      // RFC 9110: an expectation that is not known may be passed over.
      server.on('checkExpectation', (request, response) => server.emit('request', request, response));
    },
  };
}
