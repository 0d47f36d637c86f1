import { createHash } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { PassThrough, type Readable } from 'node:stream';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { err, ok, type Result } from '#core/result.ts';
import { isBodyHere } from '#server/http/answers.ts';
import { shownFileName } from '#server/http/fileNames.ts';
import type { Incoming } from '#server/http/incoming.ts';
import { type ServiceError, serviceError } from '#server/serviceErrors.ts';

/** An upload on disk. Whoever received it removes it (or moves it away first). */
export interface ReceivedAudio {
  readonly path: string;
  /** What the client called it, fit to be shown. */
  readonly name: string;
  readonly bytes: number;
  /** Of the file, lower-case hex, reckoned while it arrived; null where nobody asked for it. */
  readonly sha256: string | null;
  /** Plain fields of a multipart body, at most 1000 characters each, in their order. */
  readonly fields: readonly (readonly [name: string, value: string])[];
  /** Removes the file; harmless where it is gone. */
  remove(): Promise<void>;
}

export interface ReceivingLimits {
  /** Of the audio file. */
  readonly maxBytes: number;
  /** For the whole body. */
  readonly timeoutMs: number;
  /** A body that gives no byte for so long has stopped. */
  readonly stallMs: number;
  /** Whether the file is hashed while it arrives. */
  readonly hash?: boolean;
}

/** What a body may hold besides the file: boundaries, headers of parts, fields. */
export const multipartOverheadBytes = 1024 * 1024;
/** Slower than this, measured from the start, is no upload but an occupation. */
const leastBytesPerSecond = 500;
const measureAfterMs = 10_000;
const tickMs = 500;

/** A failure on its way through streams that know only errors. */
class UploadFailure extends Error {
  constructor(readonly failure: ServiceError) {
    super(failure.message);
  }
}

/** Whether the body of a request is one that `receiveAudio` reads. */
export const isAudioUpload = ({ headers }: Pick<FastifyRequest, 'headers'>): boolean =>
  isMultipart(headers['content-type']) || isRawAudio(headers['content-type']);

/** The types that are taken as a file without an envelope. What the file is comes from its bytes, as ever. */
export const rawAudioType =
  /^(?:audio|video)\/[\w.+-]+(?:\s*;.*)?$|^application\/(?:octet-stream|ogg)(?:\s*;.*)?$/i;
const isMultipart = (type: string | undefined): boolean =>
  /^multipart\/form-data\b/i.test((type ?? '').trim());
const isRawAudio = (type: string | undefined): boolean =>
  type !== undefined && rawAudioType.test(type.trim());

/**
 * Streams the audio of a request to disk: the multipart field `audio`, or a raw body. At most a few chunks are ever in
 * memory. The body is not read on after a failure; `sendError` ends the connection as it should be.
 *
 * Errors: `missing-audio`; `bad-request` for a second file called audio or a body that is no multipart;
 * `file-too-large` as soon as a byte too many arrived; `upload-incomplete`; `upload-timeout`; `storage-full`;
 * `unsupported-media-type`. A failure leaves no file.
 */
export async function receiveAudio(
  request: FastifyRequest,
  reply: FastifyReply,
  incoming: Incoming,
  limits: ReceivingLimits,
): Promise<Result<ReceivedAudio, ServiceError>> {
  const announced = Number(request.headers['content-length'] ?? 0);
  const most = limits.maxBytes + (request.isMultipart() ? multipartOverheadBytes : 0);
  if (announced > most) return err(tooLarge(limits.maxBytes, announced));
  if (!isAudioUpload(request)) {
    const type = (request.headers['content-type'] ?? '').slice(0, 100);
    return err(serviceError('unsupported-media-type', `content type '${shownFileName(type)}'`));
  }
  continueBody(request, reply);
  const path = incoming.newPath();
  const remove = async (): Promise<void> => rm(path, { force: true });
  const guard = guardUpload(request, limits, most);
  let done = false;
  try {
    const received = request.isMultipart()
      ? await receiveMultipart(request, path, incoming, limits, guard)
      : await receiveRaw(request, path, incoming, limits, guard);
    if (!received.ok) return received;
    done = true;
    return ok({ path, ...received.value, remove });
  } catch (cause) {
    return err(failureOf(cause, request));
  } finally {
    guard.stop();
    if (!done) await remove();
  }
}

/** Asks a client that waits for permission ("Expect: 100-continue") to send its body. */
export function continueBody(request: FastifyRequest, reply: FastifyReply): void {
  if (/^100-continue$/i.test(request.headers['expect'] ?? '') && !reply.raw.headersSent)
    reply.raw.writeContinue();
}

type Received = Pick<ReceivedAudio, 'name' | 'bytes' | 'sha256' | 'fields'>;
type Written = Pick<ReceivedAudio, 'bytes' | 'sha256'>;

interface Guard {
  /** Rejects with an `UploadFailure`; never resolves. */
  readonly failed: Promise<never>;
  /** Gives up the stream that is read now when the guard fails. */
  watch(stream: Readable): void;
  stop(): void;
}

/** Watches over time, pace and length of a body by what arrives on its connection. */
function guardUpload(request: FastifyRequest, limits: ReceivingLimits, most: number): Guard {
  const { socket } = request.raw;
  const bytesRead = (): number => socket.bytesRead ?? 0;
  const startMs = performance.now();
  const startBytes = bytesRead();
  let lastMs = startMs;
  let lastBytes = startBytes;
  let watched: Readable | null = null;
  let reject: ((reason: unknown) => void) | null = null;
  const failed = new Promise<never>((_resolve, rejected) => {
    reject = rejected;
  });
  // Nobody may be waiting when it fails.
  failed.catch(() => {});

  const fail = (failure: ServiceError): void => {
    stop();
    const reason = new UploadFailure(failure);
    reject?.(reason);
    watched?.destroy(reason);
  };
  const timeout = (why: string): void =>
    fail(serviceError('upload-timeout', why, { seconds: Math.round(limits.timeoutMs / 100) / 10 }));
  const tick = (): void => {
    const nowMs = performance.now();
    const bytes = bytesRead();
    if (bytes !== lastBytes) {
      lastBytes = bytes;
      lastMs = nowMs;
    }
    const elapsedMs = nowMs - startMs;
    // All of it is here: what is slow now is the disk, and no fault of the client.
    if (isBodyHere(request.raw)) return;
    if (elapsedMs > limits.timeoutMs) timeout(`not complete after ${limits.timeoutMs} ms`);
    else if (nowMs - lastMs > limits.stallMs) timeout(`no byte for ${limits.stallMs} ms`);
    else if (elapsedMs > measureAfterMs && (bytes - startBytes) * 1000 < elapsedMs * leastBytesPerSecond) {
      timeout(`less than ${leastBytesPerSecond} bytes a second`);
      // Chunks of one byte each cost seven on the connection: what is far over the limit is none of that.
    } else if (bytes - startBytes > 2 * most + multipartOverheadBytes) fail(tooLarge(limits.maxBytes));
  };
  const timer = setInterval(tick, tickMs);
  const onEnd = (): void => {
    if (isBodyHere(request.raw)) return;
    fail(serviceError('upload-incomplete', 'the connection ended before the body'));
  };
  request.raw.on('close', onEnd).on('error', onEnd);
  function stop(): void {
    clearInterval(timer);
    request.raw.off('close', onEnd).off('error', onEnd);
    // Errors of a broken connection still come, to nobody.
    request.raw.on('error', () => {});
  }
  return {
    failed,
    watch(stream) {
      watched = stream;
    },
    stop,
  };
}

async function receiveRaw(
  request: FastifyRequest,
  path: string,
  incoming: Incoming,
  limits: ReceivingLimits,
  guard: Guard,
): Promise<Result<Received, ServiceError>> {
  // Not the request itself: giving up a stream destroys it, and with it the connection that the answer needs.
  const body = new PassThrough();
  // The guard may give it up before anyone reads it: while the file is opened. Whoever reads it then gets the error.
  body.on('error', () => {});
  request.raw.pipe(body);
  guard.watch(body);
  const written = await writeFile(body, path, incoming, limits);
  if (!written.ok) return written;
  if (written.value.bytes === 0) return err(serviceError('missing-audio', 'the body is empty'));
  return ok({ name: 'audio', ...written.value, fields: [] });
}

async function receiveMultipart(
  request: FastifyRequest,
  path: string,
  incoming: Incoming,
  limits: ReceivingLimits,
  guard: Guard,
): Promise<Result<Received, ServiceError>> {
  const parts = request.parts({
    limits: {
      // One more than allowed: the count below sees the byte too many before the parser cuts it off.
      fileSize: limits.maxBytes + 1,
      files: 20,
      fields: 100,
      fieldNameSize: 200,
      fieldSize: 1000,
      parts: 110,
      headerPairs: 50,
    },
  });
  const fields: (readonly [string, string])[] = [];
  let audio: Omit<Received, 'fields'> | null = null;
  let other: string | null = null;
  for (;;) {
    const step = await Promise.race([parts.next(), guard.failed]);
    if (step.done === true) break;
    const part = step.value;
    if (part.type === 'field') {
      fields.push([shownFileName(part.fieldname), String(part.value).slice(0, 1000)]);
      continue;
    }
    guard.watch(part.file);
    if (part.fieldname !== 'audio') {
      other ??= shownFileName(part.fieldname);
      // Read past, within the limits of the whole body.
      for await (const chunk of part.file) void chunk;
      continue;
    }
    if (audio !== null)
      return err(serviceError('bad-request', 'more than one file is called audio', { field: 'audio' }));
    const written = await writeFile(part.file, path, incoming, limits);
    if (!written.ok) return written;
    // A form that was sent without a choice has a file without name and bytes.
    if (written.value.bytes > 0 || (part.filename ?? '') !== '') {
      audio = { name: shownFileName(part.filename), ...written.value };
    }
  }
  if (audio === null) {
    const found = other ?? fields[0]?.[0];
    return err(
      serviceError(
        'missing-audio',
        'no file in the field audio',
        found === undefined ? undefined : { found },
      ),
    );
  }
  return ok({ ...audio, fields });
}

/** Writes a stream to a new file; `file-too-large` at the first byte too many. */
async function writeFile(
  source: Readable,
  path: string,
  incoming: Incoming,
  { maxBytes, hash = false }: ReceivingLimits,
): Promise<Result<Written, ServiceError>> {
  let bytes = 0;
  const sha256 = hash ? createHash('sha256') : null;
  const file = await incoming.create(path);
  try {
    for await (const chunk of source) {
      const data = chunk as Buffer;
      bytes += data.length;
      if (bytes > maxBytes) return err(tooLarge(maxBytes));
      sha256?.update(data);
      let at = 0;
      while (at < data.length) at += (await file.write(data, at)).bytesWritten;
    }
  } finally {
    await file.close();
  }
  return ok({ bytes, sha256: sha256?.digest('hex') ?? null });
}

const tooLarge = (limitBytes: number, bytes?: number): ServiceError =>
  serviceError('file-too-large', `more than ${limitBytes} bytes`, {
    ...(bytes === undefined ? {} : { bytes }),
    limitBytes,
  });

/** Why receiving threw: the guard, the disk, the connection or the parser. */
function failureOf(cause: unknown, request: FastifyRequest): ServiceError {
  if (cause instanceof UploadFailure) return cause.failure;
  const { code = '', message = String(cause) } = cause as {
    readonly code?: string;
    readonly message?: string;
  };
  if (code === 'ENOSPC' || code === 'EDQUOT' || code === 'EFBIG')
    return serviceError('storage-full', message);
  if (code === 'EMFILE' || code === 'ENFILE') return serviceError('busy', 'too many open files');
  if (/^E[A-Z]+$/.test(code) && code !== 'ECONNRESET' && code !== 'EPIPE') {
    return serviceError('internal', `the spool: ${message}`);
  }
  if (!isBodyHere(request.raw) && request.raw.destroyed) {
    return serviceError('upload-incomplete', 'the connection ended before the body');
  }
  // Everything else is the parser's: it says in an error without a code what it found.
  if (/unexpected end|terminated early|premature/i.test(message))
    return serviceError('upload-incomplete', message);
  if (code === 'FST_FIELDS_LIMIT' || code === 'FST_FILES_LIMIT' || code === 'FST_PARTS_LIMIT') {
    return serviceError('bad-request', 'the form has too many parts');
  }
  return serviceError('bad-request', `the multipart body cannot be read: ${shownFileName(message)}`);
}
