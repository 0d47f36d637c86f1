import { analysisErrorCodes } from '#core/errors.ts';
import { serviceOnlyErrorCodes } from '#server/serviceErrors.ts';

/** JSON schemas that several routes share. They describe the interface; /openapi.json is made from them. */

/** A failed request: `ErrorBody` and the request's id. */
export const errorSchema = {
  type: 'object',
  required: ['error', 'message', 'advice', 'code', 'requestId'],
  additionalProperties: false,
  properties: {
    error: { type: 'string', description: 'What happened, in Chinese', examples: ['缺少audio文件'] },
    message: { type: 'string', description: 'What happened, in English' },
    advice: {
      type: 'object',
      required: ['en', 'zh'],
      additionalProperties: false,
      properties: { en: { type: 'string' }, zh: { type: 'string' } },
    },
    code: {
      type: 'string',
      description: 'What happened, for programs',
      enum: [...analysisErrorCodes, ...serviceOnlyErrorCodes],
    },
    details: {
      type: 'object',
      description: 'Figures: limits, sizes, names',
      additionalProperties: { type: ['string', 'number'] },
    },
    requestId: { type: 'string', description: 'The id under which the log of the service has this request' },
  },
} as const;

const meaning: Readonly<Record<number, string>> = {
  400: 'The request is not valid',
  401: 'A valid API key is needed',
  403: 'Not allowed',
  404: 'There is nothing here',
  408: 'The upload took too long',
  409: 'In conflict with what is there',
  413: 'The file is too large',
  415: 'The content type is not supported',
  422: 'The file cannot be analysed',
  429: 'Too many requests; see Retry-After',
  500: 'The service has a fault',
  503: 'The service is busy or stopping; see Retry-After',
  507: 'The service has no room for the file',
};

/** Responses of a route for the statuses with which it can fail. */
export const failures = (...statuses: readonly number[]) =>
  Object.fromEntries(
    statuses.map((status) => [status, { description: meaning[status] ?? 'Failed', ...errorSchema }]),
  );
