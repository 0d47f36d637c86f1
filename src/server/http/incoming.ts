import { randomUUID } from 'node:crypto';
import { type FileHandle, mkdir, open, readdir, rm } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { err, ok, type Result } from '#core/result.ts';
import { type ServiceError, serviceError } from '#server/serviceErrors.ts';

/**
 * Where uploads are written while they arrive and are analysed: files of this process in a folder below the spool, each
 * under a name of our own. Nothing that a client sends becomes part of a path.
 */
export interface Incoming {
  readonly directory: string;
  /** A path that no file has. */
  newPath(): string;
  /** Makes the file of such a path, readable by this user only. */
  create(path: string): Promise<Pick<FileHandle, 'write' | 'close'>>;
}

const fileName = /^([0-9a-f]+)-(\d+)-[0-9a-f-]{36}\.upload$/;

/** This host in file names. */
const hostTag = (): string => Buffer.from(hostname()).toString('hex').slice(0, 40) || '00';

/**
 * Makes the folder and removes what killed processes of this host left in it. Files of other hosts (the spool may be
 * shared) and of processes that live stay.
 *
 * @param isAlive Whether a process of this host lives; for tests.
 * Errors: `storage-full` where the folder cannot be made or written.
 */
export async function openIncoming(
  spool: string,
  isAlive: (pid: number) => boolean = processLives,
): Promise<Result<Incoming, ServiceError>> {
  const directory = join(spool, 'incoming');
  const host = hostTag();
  try {
    await mkdir(directory, { recursive: true, mode: 0o700 });
    for (const name of await readdir(directory)) {
      const [, owner, pid] = fileName.exec(name) ?? [];
      if (owner !== host || pid === undefined) continue;
      // A file with our own number is of a process that had it before us: in a container everyone is process 1.
      if (Number(pid) !== process.pid && isAlive(Number(pid))) continue;
      await rm(join(directory, name), { force: true });
    }
  } catch (cause) {
    const { message } = cause as Error;
    return err(serviceError('storage-full', `the spool ${spool} cannot be used: ${message}`));
  }
  return ok({
    directory,
    newPath: () => join(directory, `${host}-${process.pid}-${randomUUID()}.upload`),
    create: (path) => open(path, 'wx', 0o600),
  });
}

function processLives(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (cause) {
    // EPERM: it lives and belongs to somebody else.
    return (cause as NodeJS.ErrnoException).code === 'EPERM';
  }
}
