import { analysisErrorCodes, analysisWarningCodes } from '#core/errors.ts';
import { audioContainers } from '#core/audio/pcm.ts';
import { type ServiceErrorCode, serviceOnlyErrorCodes, statusOf } from '#server/serviceErrors.ts';

/**
 * JSON schemas of what the routes take and send; /openapi.json is made from them, and the typed client from that. A schema
 * with a `title` becomes a component of that name. Answers are not filtered by them: tests hold answers against them, so a
 * member that a route adds is added here as well (`additionalProperties: false` everywhere, or the test could not fail).
 */

/** An object of which every member is required, but those named in `optional`. */
function object<const P extends Readonly<Record<string, unknown>>>(
  properties: P,
  more: {
    readonly title?: string;
    readonly description?: string;
    readonly optional?: readonly (keyof P)[];
  } = {},
) {
  const { optional = [], ...rest } = more;
  return {
    ...rest,
    type: 'object' as const,
    required: Object.keys(properties).filter((name) => !optional.includes(name)),
    additionalProperties: false,
    properties,
  };
}

const list = <const S>(items: S, description?: string) => ({
  type: 'array' as const,
  items,
  ...(description === undefined ? {} : { description }),
});

const text = (description: string) => ({ type: 'string' as const, description });
const sha256 = (of: string) => ({
  type: 'string' as const,
  pattern: '^[0-9a-f]{64}$',
  description: `SHA-256 of ${of}, lower-case hex`,
});
const count = (description: string, minimum = 0) => ({ type: 'integer' as const, minimum, description });
const share = (description: string) => ({ type: 'number' as const, minimum: 0, maximum: 1, description });
const amount = (description: string) => ({ type: 'number' as const, minimum: 0, description });
const milliseconds = (description: string) => amount(`${description}, milliseconds`);
const moment = (description: string) => ({
  type: 'string' as const,
  format: 'date-time',
  description: `${description}; ISO 8601, UTC`,
});

/** A failed request: `ErrorBody` and the request's id. */
export const errorSchema = {
  title: 'ErrorBody',
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

/**
 * Responses of a route for the failures that it can have: their codes (the description then lists them, with an example
 * each), or statuses where any code of that status may come.
 */
export function failures(...of: readonly (ServiceErrorCode | number)[]) {
  const byStatus = new Map<number, ServiceErrorCode[]>();
  for (const one of of) {
    const status = typeof one === 'number' ? one : statusOf(one);
    const codes = byStatus.get(status) ?? [];
    byStatus.set(status, typeof one === 'number' ? codes : [...codes, one]);
  }
  return Object.fromEntries(
    [...byStatus].map(([status, codes]) => [
      status,
      { ...errorSchema, description: meaning[status] ?? 'Failed', 'x-codes': codes },
    ]),
  );
}

const rankedGenre = object(
  {
    genre: text('English label id of the model'),
    zh: text('Its Chinese name'),
    confidence: share('Calibrated probability'),
  },
  { title: 'RankedGenre' },
);

/** As the queue stores it. */
const storedGenre = object(
  { genre: text('English label id of the model'), confidence: share('Calibrated probability') },
  { title: 'StoredGenre' },
);

const modelIdentity = object(
  {
    id: text('Id of the model'),
    version: text('Version of the model'),
    sha256: sha256('the weights'),
  },
  { title: 'ModelIdentity' },
);

/** One window's patch grid. */
const patchWindow = object(
  {
    index: count('Index of the window in the track'),
    startSeconds: amount('Where the window starts'),
    endSeconds: amount('Where its sound ends'),
    patches: list(
      { type: 'number', minimum: 0 },
      'rows x columns values, row by row from the lowest frequencies, in a row from the earliest; their sum is 1 (0 where nothing argued for the genre)',
    ),
  },
  { title: 'PatchWindow' },
);

const explanationSchema = object(
  {
    method: {
      type: 'string',
      enum: ['rollout', 'relevance'],
      description:
        'rollout: where the network looked (attention rollout). relevance: what argued for the genre (gradient x attention)',
    },
    genre: {
      type: ['string', 'null'],
      description: 'The genre that the relevance is for; null for rollout, which is for none',
    },
    rows: count('Rows of the grid, low to high frequencies', 1),
    columns: count('Columns of the grid, early to late', 1),
    columnSeconds: amount('Length of a column, seconds'),
    rowEdgesHz: list({ type: 'number', minimum: 0 }, 'rows + 1 edges of the rows, hertz, ascending'),
    windows: list(patchWindow, 'The windows with sound'),
  },
  { title: 'Explanation' },
);

/** 200 of POST /api/genre. */
export const genreAnswerSchema = object(
  {
    results: list(rankedGenre, 'The top_k most likely genres, most likely first'),
    track: object(
      {
        duration: amount('Length of the sound, seconds'),
        windows: count('Windows of the track that were read'),
        silentWindows: count('Those of them that are silent: left out of the mean'),
        agreement: share("Share of the windows with sound whose own best genre is the track's"),
        ambiguous: {
          type: 'boolean',
          description: 'The two best genres are close, or fewer than half of the windows agree',
        },
        notMusic: {
          type: 'boolean',
          description: 'More than half of the windows are silent or look like noise',
        },
      },
      { title: 'Track' },
    ),
    audio: object(
      {
        name: text('Name of the file as it was sent'),
        bytes: count('Size of the file'),
        sha256: sha256('the file'),
        container: { type: 'string', enum: [...audioContainers] },
        sampleRate: amount('Of the file, hertz'),
        channels: count('Of the file', 1),
      },
      { title: 'AudioFile' },
    ),
    model: modelIdentity,
    warnings: list(
      object(
        {
          code: { type: 'string', enum: [...analysisWarningCodes] },
          details: { type: 'object', additionalProperties: { type: ['string', 'number'] } },
        },
        { title: 'Warning' },
      ),
    ),
    timings: object(
      {
        waitMs: milliseconds('Waiting for a slot'),
        readMs: milliseconds('Reading the file'),
        hashMs: milliseconds('SHA-256'),
        decodeMs: milliseconds('Decoding'),
        resampleMs: milliseconds('Resampling'),
        melMs: milliseconds('Mel spectrogram'),
        inferenceMs: milliseconds('All windows through the network'),
        totalMs: milliseconds('From the start of the work to the result'),
      },
      { title: 'Timings' },
    ),
    explain: explanationSchema,
  },
  { title: 'GenreAnswer', optional: ['explain'] },
);

/** 200 of GET /api/models. */
export const modelsSchema = object(
  {
    models: list(
      object(
        {
          id: text('Id of the model, as the parameter `model` takes it'),
          version: text('Version of the model'),
          sha256: sha256('the weights'),
          bytes: count('Size of the weights'),
          isDefault: { type: 'boolean', description: 'Whether requests that name no model get this one' },
          licence: text('Licence of the weights'),
          windowSeconds: amount('Length of the window that the network reads'),
          labels: list(
            object(
              {
                id: text('English label id, as results carry it'),
                en: text('Name in English'),
                zh: text('Name in Chinese'),
                experimental: {
                  type: 'boolean',
                  description: 'True where the label rests on little evidence',
                },
              },
              { title: 'Label' },
            ),
          ),
        },
        { title: 'Model' },
      ),
    ),
  },
  { title: 'Models' },
);

/** `SongResult` of the queue: GET /api/songs/:id/genre, the results of the feed, the body of the webhook. */
export const songResultSchema = object(
  {
    songId: text("The catalogue's own name of the song"),
    genre: text('The most likely genre'),
    confidence: share('Its probability'),
    top5: list(storedGenre, 'The five most likely genres'),
    model: modelIdentity,
    audioSha256: sha256('the file'),
    durationSeconds: amount('Length of the sound'),
    agreement: share("Share of the windows with sound whose own best genre is the track's"),
    at: moment('When it was finished'),
    jobId: text('The job that it came from'),
  },
  { title: 'SongResult' },
);

const jobState = { type: 'string', enum: ['waiting', 'delayed', 'active', 'done', 'dead'] } as const;

const jobError = object(
  {
    code: { type: 'string', enum: [...analysisErrorCodes, ...serviceOnlyErrorCodes] },
    message: text('English, technical'),
    details: { type: 'object', additionalProperties: { type: ['string', 'number'] } },
  },
  { title: 'JobError', optional: ['details'] },
);

/** One song of the answer of POST /api/jobs. */
export const enqueuedSchema = object(
  {
    songId: text("The catalogue's own name of the song"),
    outcome: {
      type: 'string',
      enum: ['queued', 'known', 'refused'],
      description:
        'known: the same song with the same sound for the same weights is there already; nothing was added. refused: `error` says why; the other songs are not concerned',
    },
    jobId: text('Id of the job; not of a refused song'),
    state: { ...jobState, description: 'Of the job that is there already' },
    error: jobError,
  },
  { title: 'EnqueuedSong', optional: ['jobId', 'state', 'error'] },
);

/** `JobStatus` of the queue. */
export const jobStatusSchema = object(
  {
    jobId: text('Id of the job'),
    songId: text("The catalogue's own name of the song"),
    state: {
      ...jobState,
      description: 'Where it stands; dead: its attempts are used up, or it can never work',
    },
    attempts: count('Attempts begun so far'),
    error: {
      description: 'Why the last attempt failed; null where none has',
      anyOf: [{ type: 'null' }, jobError],
    },
  },
  { title: 'JobStatus' },
);

/** `QueueCounts` of the queue. */
export const queueCountsSchema = object(
  {
    waiting: count('Jobs that wait'),
    delayed: count('Jobs that wait for their next attempt'),
    active: count('Jobs that are worked on'),
    dead: count('Jobs that failed for good'),
    done: count('Results ever put into the feed'),
    paused: { type: 'boolean', description: 'Whether workers take nothing new' },
    workers: count('Workers seen alive lately'),
    concurrency: count('Files that all workers together work on at once'),
    finishedPerSecond: amount('Over the last minute'),
    predictedDrainSeconds: {
      type: ['number', 'null'],
      minimum: 0,
      description: 'Until all of it is done at this pace; null where that is never: paused, or no worker',
    },
  },
  { title: 'QueueCounts' },
);

/** 202 of POST /api/jobs. */
export const enqueuedSongsSchema = object(
  { jobs: list(enqueuedSchema, 'In the order of the songs') },
  { title: 'EnqueuedSongs' },
);

/** 200 of GET /api/jobs/dead. */
export const deadJobsSchema = object(
  {
    jobs: list(
      object(
        {
          ...jobStatusSchema.properties,
          path: {
            type: ['string', 'null'],
            description: 'The file, as the workers see it; null for an upload',
          },
          model: object({ id: text('Id of the model'), sha256: sha256('the weights') }),
          windows: { type: ['integer', 'null'], description: 'At most so many; null for all' },
          priority: { type: 'integer', minimum: 0, maximum: 9, description: '0 is taken first' },
          diedAt: moment('When it failed for good'),
        },
        { title: 'DeadJob' },
      ),
      'Latest first',
    ),
  },
  { title: 'DeadJobs' },
);

/** 200 of GET /api/results. */
export const resultsPageSchema = object(
  {
    results: list(songResultSchema, 'In the order in which they were finished'),
    cursor: text('What to ask with next, as `since`'),
  },
  { title: 'ResultsPage' },
);
