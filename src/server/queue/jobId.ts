import { createHash } from 'node:crypto';
import type { JobId } from '#server/queue/jobQueue.ts';

/** The idempotency key of a job: SHA-256 over song, sound, weights and windows, unambiguous by its JSON. */
export const jobIdOf: JobId = ({ songId, audioSha256, model, windows }) =>
  createHash('sha256')
    .update(JSON.stringify([songId, audioSha256, model.sha256, windows]))
    .digest('hex')
    .slice(0, 40);

/** Whether a text may name a song: 1 to 200 characters, none of them a control character or half of a surrogate pair. */
export function isSongId(text: unknown): text is string {
  return (
    typeof text === 'string' &&
    text.length >= 1 &&
    text.length <= 200 &&
    text.isWellFormed() &&
    !/\p{Cc}/u.test(text)
  );
}
