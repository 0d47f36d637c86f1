import { type ServiceError, serviceError } from '#server/serviceErrors.ts';

/** What Redis or the way to it says, and what it means for the person who runs it. First match. */
const meanings: readonly (readonly [RegExp, 'queue-unavailable' | 'storage-full', string])[] = [
  [/\bOOM\b/, 'storage-full', 'Redis has no memory left for writes (its maxmemory)'],
  [
    /\bMISCONF\b|No space left/i,
    'storage-full',
    'Redis takes no writes because it cannot write to its disk; its log says why',
  ],
  [/\bREADONLY\b/, 'queue-unavailable', 'this Redis is a read-only replica; the address must be the primary'],
  [/\b(WRONGPASS|NOAUTH)\b|invalid (username-)?password/i, 'queue-unavailable', 'Redis refuses the password'],
  [/\bNOPERM\b/, 'queue-unavailable', 'this user of Redis may not run the commands of the queue'],
  [/\bLOADING\b/, 'queue-unavailable', 'Redis is loading its data'],
  [/\b(MASTERDOWN|CLUSTERDOWN|NOREPLICAS)\b/, 'queue-unavailable', 'Redis has lost its other servers'],
  [/max number of clients/i, 'queue-unavailable', 'Redis takes no more connections (maxclients)'],
  [/database (index|value)|DB index/i, 'queue-unavailable', 'Redis has no database of this number'],
  [/unknown command/i, 'queue-unavailable', 'this server is too old for the queue: Redis 6.2 or later'],
  [/ECONNREFUSED/, 'queue-unavailable', 'no Redis answers at its address'],
  [/ENOTFOUND|EAI_AGAIN/, 'queue-unavailable', 'the host name of Redis is not known'],
  [/timed? ?out|ETIMEDOUT/i, 'queue-unavailable', 'Redis does not answer in time'],
];

/** The failure that an error of the Redis client stands for. A bug of ours (a TypeError and the like) is thrown on. */
export function redisFailure(cause: unknown): ServiceError {
  if (cause instanceof TypeError || cause instanceof RangeError || cause instanceof ReferenceError)
    throw cause;
  const said = textOf(cause);
  for (const [pattern, code, message] of meanings) {
    if (pattern.test(said)) return serviceError(code, `${message}: ${said}`);
  }
  return serviceError('queue-unavailable', `Redis is out of reach: ${said}`);
}

function textOf(cause: unknown): string {
  if (!(cause instanceof Error)) return String(cause);
  // Where a name has several addresses, each attempt is an error of its own and the whole has no text.
  // A transaction that was dropped says why in the errors of its commands.
  const causes = (cause as { previousErrors?: unknown[] }).previousErrors ?? [];
  const inner = [
    ...(cause instanceof AggregateError ? (cause.errors as unknown[]) : []),
    ...causes.slice(0, 1),
  ]
    .map(textOf)
    .join('; ');
  const code = (cause as { code?: unknown }).code;
  const text = [cause.message, inner].filter((part) => part !== '').join(': ');
  const whole = typeof code === 'string' && !text.includes(code) ? `${code} ${text}` : text;
  return whole.slice(0, 300);
}
