import { type ServiceError, serviceError } from '#server/serviceErrors.ts';

/** What SQLite says, as the service says it. The low byte is the kind of the failure (sqlite.org/rescode.html). */
const reasons: Readonly<Record<number, string>> = {
  3: 'its permissions do not allow it',
  5: 'another process kept it locked for too long',
  6: 'another process kept it locked for too long',
  8: 'it cannot be written (read-only file or directory)',
  10: 'the disk reports an error',
  11: 'it is damaged; move it away with its -wal and -shm files, and start again or put back a copy',
  14: 'it cannot be opened (is the directory there, and may it be written?)',
  15: 'the locks of this file system do not work; a network file system is not supported',
  22: 'the file system does not support it',
  23: 'its permissions do not allow it',
  26: 'it is not a queue file (no SQLite database); name another with --queue-file',
};

/**
 * The expected failure that an exception of the database stands for; null where it is a bug (an SQL error, a constraint),
 * which is to be thrown on.
 */
export function sqliteFailure(cause: unknown, file: string): ServiceError | null {
  if (!(cause instanceof Error)) return null;
  const kind = resultCode(cause);
  if (kind === null) return null;
  if (kind === 13) {
    return serviceError('storage-full', `no room for the queue ${file}: ${cause.message}`, { file });
  }
  const reason = reasons[kind];
  if (reason === undefined) return null;
  return serviceError('queue-unavailable', `the queue ${file}: ${reason} (${cause.message})`, { file });
}

/** The failure to open has its code in the text only, all others as a number whose low byte is the kind. */
function resultCode(cause: Error & { rawCode?: unknown }): number | null {
  if (typeof cause.rawCode === 'number') return cause.rawCode & 0xff;
  const code = /^ConnectionFailed\(.*: (\d+)"?\)$/s.exec(cause.message)?.[1];
  return code === undefined ? null : Number(code) & 0xff;
}
