import { err, ok, type Result } from '#core/result.ts';
import type { AnalysisPool, PoolModel } from '#server/analysis/analysisPool.ts';
import { wholeNumber } from '#server/http/genreQuery.ts';
import { type ServiceError, serviceError } from '#server/serviceErrors.ts';

/** What a request to queue songs asks for beside the songs. */
export interface JobQuery {
  readonly model: PoolModel;
  /** At most so many windows; null for all. */
  readonly windows: number | null;
  /** 0 is taken first, 9 last. */
  readonly priority: number;
  /** Name of the song of an upload, where it is not a field of the form. */
  readonly songId: string | null;
}

type Query = Readonly<Record<string, unknown>>;

/** The first parameter that is unknown or not given once. */
function misplaced(query: Query, names: readonly string[]): ServiceError | null {
  for (const [name, value] of Object.entries(query)) {
    const parameter = name.slice(0, 100);
    if (!names.includes(name)) return serviceError('bad-request', 'unknown query parameter', { parameter });
    if (typeof value !== 'string') {
      return serviceError('bad-request', `${name} is given more than once`, { parameter });
    }
  }
  return null;
}

const shown = (value: unknown): string => String(value).slice(0, 100);

export const isPriority = (value: unknown): value is number =>
  typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= 9;

/**
 * Reads the query of POST /api/jobs as strictly as that of POST /api/genre.
 *
 * Errors: `bad-request`, `unknown-model`, `bad-windows`.
 */
export function readJobQuery(
  query: Query,
  pool: Pick<AnalysisPool, 'models'>,
): Result<JobQuery, ServiceError> {
  const wrong = misplaced(query, ['model', 'windows', 'priority', 'song_id']);
  if (wrong !== null) return err(wrong);
  const { model: modelId, windows, priority = '5', song_id: songId = null } = query as Record<string, string>;
  const model = pool.models.find(({ id, isDefault }) => (modelId === undefined ? isDefault : id === modelId));
  if (model === undefined) {
    return err(serviceError('unknown-model', 'there is no such model', { found: shown(modelId) }));
  }
  const most = windows === undefined ? null : wholeNumber(windows, null, 10_000);
  if (windows !== undefined && most === null) {
    return err(serviceError('bad-windows', 'windows is not valid', { found: shown(windows) }));
  }
  if (!/^\d$/.test(priority)) {
    return err(
      serviceError('bad-request', 'priority is 0 to 9', { parameter: 'priority', found: shown(priority) }),
    );
  }
  return ok({ model, windows: most, priority: Number(priority), songId });
}

/** A part of a list. */
export interface PageQuery {
  readonly limit: number;
  readonly offset: number;
  readonly since: string;
}

/**
 * Reads `limit` (1 to 1000, default 100) and, where they are taken, `offset` and `since`.
 *
 * Errors: `bad-request`.
 */
export function readPageQuery(
  query: Query,
  names: readonly ('limit' | 'offset' | 'since')[],
): Result<PageQuery, ServiceError> {
  const wrong = misplaced(query, names);
  if (wrong !== null) return err(wrong);
  const { limit = '100', offset = '0', since = '' } = query as Record<string, string>;
  const most = wholeNumber(limit, null, 1000);
  if (most === null) {
    return err(
      serviceError('bad-request', 'limit is a whole number from 1 to 1000', {
        parameter: 'limit',
        found: shown(limit),
      }),
    );
  }
  if (!/^\d{1,9}$/.test(offset)) {
    return err(
      serviceError('bad-request', 'offset is a whole number', { parameter: 'offset', found: shown(offset) }),
    );
  }
  // What a cursor is made of is the queue's own matter; that it is short is not.
  if (!/^[\w.:-]{0,100}$/.test(since)) {
    return err(
      serviceError('bad-request', 'since is a cursor of an earlier answer, or left out', {
        parameter: 'since',
        found: shown(since),
      }),
    );
  }
  return ok({ limit: most, offset: Number(offset), since });
}

/** One song of a JSON body. */
export interface NamedSong {
  readonly songId: string;
  readonly path: string;
  readonly priority: number | null;
}

export const mostSongs = 1000;

const refuse = (message: string, member: string): Result<never, ServiceError> =>
  err(serviceError('bad-request', message, { member }));

/**
 * Reads `{"songs":[{"song_id","path","priority"?}…]}`. The ids are not looked at: a wrong one costs its song only.
 *
 * Errors: `bad-request` with the member that is wrong.
 */
export function readNamedSongs(body: unknown): Result<readonly NamedSong[], ServiceError> {
  const { songs, ...rest } = (typeof body === 'object' && body !== null ? body : {}) as { songs?: unknown };
  const unknown = Object.keys(rest)[0];
  if (unknown !== undefined) return refuse('the body is {"songs": […]} and nothing else', shown(unknown));
  if (!Array.isArray(songs) || songs.length === 0) {
    return refuse('the body is {"songs": [{"song_id": …, "path": …}]}', 'songs');
  }
  if (songs.length > mostSongs) return refuse(`at most ${mostSongs} songs at once`, 'songs');
  const read: NamedSong[] = [];
  for (const [index, song] of (songs as readonly unknown[]).entries()) {
    const at = `songs.${index}`;
    if (typeof song !== 'object' || song === null) return refuse('a song is an object', at);
    const { song_id: songId, path, priority, ...more } = song as Record<string, unknown>;
    const odd = Object.keys(more)[0];
    if (odd !== undefined) return refuse('a song has song_id, path and priority', `${at}.${shown(odd)}`);
    if (typeof songId !== 'string') return refuse('song_id is a text', `${at}.song_id`);
    if (typeof path !== 'string' || path === '' || path.length > 4096) {
      return refuse('path is an absolute path', `${at}.path`);
    }
    if (priority !== undefined && !isPriority(priority))
      return refuse('priority is 0 to 9', `${at}.priority`);
    read.push({ songId, path, priority: priority ?? null });
  }
  return ok(read);
}
