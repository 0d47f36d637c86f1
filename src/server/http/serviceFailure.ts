import type { FastifyError } from 'fastify';
import { type ServiceError, serviceError } from '#server/serviceErrors.ts';

/** A `ServiceError` where the framework wants something thrown: in hooks, and in its plugins. */
export class ServiceFailure extends Error {
  readonly statusCode = 400;
  constructor(readonly failure: ServiceError) {
    super(failure.message);
  }
}

/** Codes of fastify and its plugins that have one of our own; what is missing goes by its status. */
const ours = {
  FST_ERR_CTP_INVALID_MEDIA_TYPE: 'unsupported-media-type',
  FST_ERR_CTP_BODY_TOO_LARGE: 'file-too-large',
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: 'upload-incomplete',
  FST_MP_PREMATURE_CLOSE: 'upload-incomplete',
  ECONNRESET: 'upload-incomplete',
  FST_ERR_NOT_FOUND: 'not-found',
} as const;

/**
 * What the framework refuses, as one of our failures; null for what is no fault of the request: a bug. Its texts stay in
 * the log where they repeat what was sent.
 */
export function frameworkFailure(error: FastifyError): ServiceError | null {
  if (error instanceof ServiceFailure) return error.failure;
  if (error.validation !== undefined) {
    const [first] = error.validation;
    const member = (first?.instancePath ?? '').slice(1).replaceAll('/', '.');
    return serviceError('bad-request', error.message.slice(0, 300), {
      where: error.validationContext ?? 'request',
      ...(member === '' ? {} : { member: member.slice(0, 100) }),
      reason: (first?.message ?? '').slice(0, 200),
    });
  }
  const code = ours[error.code as keyof typeof ours];
  if (code !== undefined) return serviceError(code, error.message.slice(0, 300));
  const { statusCode = 500 } = error;
  if (statusCode === 404) return serviceError('not-found', error.message.slice(0, 300));
  if (statusCode === 405) return serviceError('method-not-allowed', error.message.slice(0, 300));
  if (statusCode === 413) return serviceError('file-too-large', error.message.slice(0, 300));
  if (statusCode === 415) return serviceError('unsupported-media-type', error.message.slice(0, 300));
  if (statusCode >= 400 && statusCode < 500) return serviceError('bad-request', error.message.slice(0, 300));
  return null;
}
