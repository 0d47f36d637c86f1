import { ReadableStream } from 'node:stream/web';
import createClient, { type Client } from 'openapi-fetch';
import { err, ok, type Result } from '#core/result.ts';
import type { components, operations, paths } from '#server/client/openapi.ts';

export type ErrorBody = components['schemas']['ErrorBody'];
export type GenreAnswer = components['schemas']['GenreAnswer'];
export type Model = components['schemas']['Model'];
export type SongResult = components['schemas']['SongResult'];
export type JobStatus = components['schemas']['JobStatus'];
export type EnqueuedSong = components['schemas']['EnqueuedSong'];
type GenreQuery = NonNullable<operations['analyseSong']['parameters']['query']>;
type JobQuery = NonNullable<operations['enqueueSongs']['parameters']['query']>;
type JobsBody = NonNullable<operations['enqueueSongs']['requestBody']>['content']['application/json'];

/** Why a request gave no result. */
export interface ServiceFailure {
  /**
   * That of the service, or `unreachable` where no answer came, `cancelled` where the caller gave up, `unexpected-answer`
   * where something answered that is not the service (a proxy, another program).
   */
  readonly code: ErrorBody['code'] | 'unreachable' | 'unexpected-answer';
  /** English, for people. */
  readonly message: string;
  /** HTTP; null where no answer came. */
  readonly status: number | null;
  /** Seconds after which the service wants to be asked again (429, 503); null where waiting does not help. */
  readonly retryAfterSeconds: number | null;
  readonly body: ErrorBody | null;
}

/** A sound: a file as browsers and Node's `openAsBlob` give it, its bytes, or a stream of them, which is never held whole. */
export type AudioSource = Blob | Uint8Array | AsyncIterable<Uint8Array>;

export interface AnalyseOptions extends Omit<GenreQuery, 'format'> {
  /** Name for the answer, where the sound brings none; a stream has none. */
  readonly name?: string;
  readonly signal?: AbortSignal;
}

export interface EnqueueOptions extends Omit<JobQuery, 'song_id'> {
  readonly name?: string;
  readonly signal?: AbortSignal;
}

export interface ServiceClient {
  /** All of the interface, typed by its description: `client.api.GET('/api/models')`. */
  readonly api: Client<paths, 'application/json'>;
  /** POST /api/genre. */
  analyse(audio: AudioSource, options?: AnalyseOptions): Promise<Result<GenreAnswer, ServiceFailure>>;
  /** POST /api/genre for a file that lies where the service may read it. */
  analysePath(path: string, options?: AnalyseOptions): Promise<Result<GenreAnswer, ServiceFailure>>;
  /** POST /api/jobs with the sound itself: it is on the service's disk when this resolves. */
  enqueue(
    songId: string,
    audio: AudioSource,
    options?: EnqueueOptions,
  ): Promise<Result<EnqueuedSong, ServiceFailure>>;
  /** POST /api/jobs for files that lie where the service may read them; outcomes in their order. */
  enqueuePaths(
    songs: JobsBody['songs'],
    options?: Omit<EnqueueOptions, 'name'>,
  ): Promise<Result<readonly EnqueuedSong[], ServiceFailure>>;
  /** Where a job stands; null where there is none. */
  job(jobId: string): Promise<Result<JobStatus | null, ServiceFailure>>;
  models(): Promise<Result<readonly Model[], ServiceFailure>>;
  /** The latest result of a song; null where there is none. */
  song(songId: string): Promise<Result<SongResult | null, ServiceFailure>>;
  /**
   * Every result after a cursor ('' for the first), page by page, until there is none. The cursor of the last page is where
   * to go on later. A failure ends it.
   */
  results(
    since: string,
    limit?: number,
  ): AsyncGenerator<
    Result<{ readonly results: readonly SongResult[]; readonly cursor: string }, ServiceFailure>
  >;
}

export interface ServiceClientOptions {
  /** Of the service: `http://127.0.0.1:8000`. */
  readonly baseUrl: string;
  /** Where the service asks for one. */
  readonly apiKey?: string;
  readonly fetch?: (request: Request) => Promise<Response>;
}

/** A client of the service. Failures are values; nothing of it throws on account of the network or the service. */
export function createServiceClient(options: ServiceClientOptions): ServiceClient {
  const { baseUrl, apiKey, fetch } = options;
  const api = createClient<paths, 'application/json'>({
    baseUrl,
    ...(apiKey === undefined ? {} : { headers: { authorization: `Bearer ${apiKey}` } }),
    ...(fetch === undefined ? {} : { fetch }),
  });

  return {
    api,
    analyse: async (audio, options = {}) =>
      answered(
        api.POST('/api/genre', {
          params: { query: queryOf(options) },
          ...uploadOf(audio, options.name, {}),
          ...signalOf(options),
        }),
      ),
    analysePath: async (path, options = {}) =>
      answered(
        api.POST('/api/genre', {
          params: { query: queryOf(options) },
          body: { path },
          ...signalOf(options),
        }),
      ),
    enqueue: async (songId, audio, options = {}) => {
      const answer = await answered(
        api.POST('/api/jobs', {
          params: { query: { ...queryOf(options), ...(isWhole(audio) ? {} : { song_id: songId }) } },
          ...uploadOf(audio, options.name, { song_id: songId }),
          ...signalOf(options),
        }),
      );
      if (!answer.ok) return answer;
      const [song] = answer.value.jobs;
      return song === undefined ? err(unexpected(202)) : ok(song);
    },
    enqueuePaths: async (songs, options = {}) => {
      const answer = await answered(
        api.POST('/api/jobs', {
          params: { query: queryOf(options) },
          body: { songs },
          ...signalOf(options),
        }),
      );
      return answer.ok ? ok(answer.value.jobs) : answer;
    },
    job: async (jobId) =>
      orNull(await answered(api.GET('/api/jobs/{id}', { params: { path: { id: jobId } } }))),
    models: async () => {
      const answer = await answered(api.GET('/api/models'));
      return answer.ok ? ok(answer.value.models) : answer;
    },
    song: async (songId) =>
      orNull(await answered(api.GET('/api/songs/{id}/genre', { params: { path: { id: songId } } }))),
    async *results(since, limit = 100) {
      let cursor = since;
      for (;;) {
        const page = await answered(api.GET('/api/results', { params: { query: { since: cursor, limit } } }));
        yield page;
        if (!page.ok || page.value.results.length === 0) return;
        cursor = page.value.cursor;
      }
    },
  };
}

/** The query of the options, without what is the caller's own. */
const queryOf = <T extends { readonly name?: string; readonly signal?: AbortSignal }>({
  name: _name,
  signal: _signal,
  ...query
}: T): Omit<T, 'name' | 'signal'> => query;

const signalOf = ({ signal }: { readonly signal?: AbortSignal }): { readonly signal?: AbortSignal } =>
  signal === undefined ? {} : { signal };

const isWhole = (audio: AudioSource): audio is Blob | Uint8Array =>
  audio instanceof Blob || audio instanceof Uint8Array;

/** Body and how it is sent. Bytes go as a form, which carries their name; a stream goes as it comes. */
function uploadOf<F extends Readonly<Record<string, string>>>(
  audio: AudioSource,
  name: string | undefined,
  fields: F,
) {
  if (isWhole(audio)) {
    const blob = audio instanceof Blob ? audio : new Blob([audio as Uint8Array<ArrayBuffer>]);
    const own = 'name' in blob && typeof blob.name === 'string' ? blob.name : 'audio';
    return {
      body: { ...fields, audio: blob },
      bodySerializer: (): FormData => {
        const form = new FormData();
        for (const [field, value] of Object.entries(fields)) form.append(field, value);
        form.append('audio', blob, name ?? own);
        return form;
      },
    };
  }
  return {
    // The description has no type for a stream; what is sent is the serializer's.
    body: new Blob(),
    bodySerializer: () => ReadableStream.from(audio),
    headers: { 'content-type': 'application/octet-stream' },
    duplex: 'half' as const,
  };
}

/** What openapi-fetch resolves to, as far as it is the same for all operations. */
type Fetched<T> =
  | { readonly data: T; readonly error?: never; readonly response: Response }
  | { readonly data?: never; readonly error: unknown; readonly response: Response };

/** A result of what was fetched, for every way in which it can fail. */
async function answered<T>(fetched: Promise<Fetched<T>>): Promise<Result<T, ServiceFailure>> {
  let answer: Fetched<T>;
  try {
    answer = await fetched;
  } catch (cause) {
    return err(unanswered(cause));
  }
  const { response } = answer;
  const retry = Number(response.headers.get('retry-after') ?? Number.NaN);
  const common = {
    status: response.status,
    retryAfterSeconds: Number.isFinite(retry) ? retry : null,
  };
  if (answer.data !== undefined) return ok(answer.data);
  const body = answer.error;
  if (isErrorBody(body)) return err({ ...common, code: body.code, message: body.message, body });
  return err({ ...unexpected(response.status), ...common });
}

const unexpected = (status: number): ServiceFailure => ({
  code: 'unexpected-answer',
  message: `the answer (${status}) is not one of the service`,
  status,
  retryAfterSeconds: null,
  body: null,
});

/** What is not there is no failure of a question that asks whether it is. */
const orNull = <T>(answer: Result<T, ServiceFailure>): Result<T | null, ServiceFailure> =>
  !answer.ok && answer.error.code === 'not-found' ? ok(null) : answer;

function unanswered(cause: unknown): ServiceFailure {
  const none = { status: null, retryAfterSeconds: null, body: null };
  if (cause instanceof SyntaxError) {
    return { ...none, code: 'unexpected-answer', message: 'the answer is not the JSON that was promised' };
  }
  const name = cause instanceof Error ? cause.name : '';
  if (name === 'AbortError') return { ...none, code: 'cancelled', message: 'the request was given up' };
  // fetch hides what happened in the cause of its error.
  const inner: unknown = cause instanceof Error ? (cause.cause ?? cause) : cause;
  return { ...none, code: 'unreachable', message: inner instanceof Error ? inner.message : String(inner) };
}

function isErrorBody(value: unknown): value is ErrorBody {
  return typeof value === 'object' && value !== null && 'code' in value && typeof value.code === 'string';
}
