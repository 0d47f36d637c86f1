import { realpath } from 'node:fs/promises';
import { isAbsolute, relative, sep } from 'node:path';
import { err, ok, type Result } from '#core/result.ts';
import { type ServiceError, serviceError } from '#server/serviceErrors.ts';

/**
 * Where a path leads when all links are followed, if that is inside one of the directories (their links followed as well).
 *
 * Errors: `unreadable-file` where there is nothing at the path; `path-not-allowed` where it leads elsewhere, also through
 * `..` or a symbolic link, or holds a NUL.
 */
export async function allowedPath(
  path: string,
  directories: readonly string[],
): Promise<Result<string, ServiceError>> {
  if (path.includes('\0')) return err(serviceError('path-not-allowed', 'a path with a NUL'));
  let target: string;
  try {
    target = await realpath(path);
  } catch (cause) {
    // What lies outside is not told apart from what is missing there, unless the name itself is inside.
    return directories.some((directory) => isWithin(path, directory))
      ? err(serviceError('unreadable-file', `${path} cannot be read: ${(cause as Error).message}`))
      : err(serviceError('path-not-allowed', `${path} is in no allowed directory`));
  }
  for (const directory of directories) {
    const root = await realpath(directory).catch(() => null);
    if (root !== null && isWithin(target, root)) return ok(target);
  }
  return err(serviceError('path-not-allowed', `${path} is in no allowed directory`));
}

/** Whether a path lies below a directory by its name alone. */
export function isWithin(path: string, directory: string): boolean {
  const inside = relative(directory, path);
  return inside !== '' && inside !== '..' && !inside.startsWith(`..${sep}`) && !isAbsolute(inside);
}
