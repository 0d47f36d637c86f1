/** Made from the description of the service by `npm run api:types`. Not edited by hand. */

export interface paths {
  '/api/genre': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /**
     * Genres of one song
     * @description The file comes as the multipart field `audio`, as the body itself with its audio type or `application/octet-stream`, or as JSON with the path of a file on the host of the service. mp3, wav, flac, ogg, opus, m4a, aac and webm are read; what a file is comes from its bytes, not its name.
     */
    post: operations['analyseSong'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/jobs': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /**
     * Songs into the queue
     * @description An upload (the multipart fields `song_id` and `audio`, or the file as the body and `song_id` in the query) is on the disk of the service when this answers. JSON names files in directories of --allow-path, at most 1000 of them. A song that is there already with the same sound, weights and windows is known, and not added: repeating a request is safe. The answer is that of a failure where no song could be taken.
     */
    post: operations['enqueueSongs'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/jobs/{id}': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** Where a job stands */
    get: operations['getJob'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/jobs/dead': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** Jobs that failed for good, latest first */
    get: operations['listDeadJobs'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/jobs/requeue': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /** Dead jobs back into the queue, with all their attempts */
    post: operations['requeueDeadJobs'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/models': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** Models of this service */
    get: operations['listModels'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/queue': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** How much waits, how fast it goes, when it will be done */
    get: operations['getQueue'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/queue/pause': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /** Workers finish what they have and take nothing new, all of them, until the queue is resumed */
    post: operations['pauseQueue'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/queue/resume': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /** Workers go on */
    post: operations['resumeQueue'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/results': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * Results in the order in which they were finished
     * @description Ask with the cursor of the last answer as `since`; no later result ever has an earlier place. Fewer than `limit` results: that is all for now.
     */
    get: operations['listResults'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/api/songs/{id}/genre': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * The latest result of a song
     * @description An id with `/` or other signs is written percent-encoded.
     */
    get: operations['getSongGenre'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/health': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** Whether the process lives; answers while the model loads and while the service stops */
    get: operations['getHealth'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/metrics': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** Figures for Prometheus */
    get: operations['getMetrics'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/ready': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * Whether requests should be sent here
     * @description 503 until every slot has opened the model, while the service stops, and where the queue is out of reach.
     */
    get: operations['getReadiness'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
}
export type webhooks = Record<string, never>;
export interface components {
  schemas: {
    /** AudioFile */
    AudioFile: {
      /** @description Size of the file */
      bytes: number;
      /** @description Of the file */
      channels: number;
      /** @enum {string} */
      container: 'wav' | 'mp3' | 'flac' | 'ogg-vorbis' | 'ogg-opus' | 'mp4' | 'aac' | 'webm';
      /** @description Name of the file as it was sent */
      name: string;
      /** @description Of the file, hertz */
      sampleRate: number;
      /** @description SHA-256 of the file, lower-case hex */
      sha256: string;
    };
    /** DeadJob */
    DeadJob: {
      /** @description Attempts begun so far */
      attempts: number;
      /**
       * Format: date-time
       * @description When it failed for good; ISO 8601, UTC
       */
      diedAt: string;
      /** @description Why the last attempt failed; null where none has */
      error: null | components['schemas']['JobError'];
      /** @description Id of the job */
      jobId: string;
      model: {
        /** @description Id of the model */
        id: string;
        /** @description SHA-256 of the weights, lower-case hex */
        sha256: string;
      };
      /** @description The file, as the workers see it; null for an upload */
      path: string | null;
      /** @description 0 is taken first */
      priority: number;
      /** @description The catalogue's own name of the song */
      songId: string;
      /**
       * @description Where it stands; dead: its attempts are used up, or it can never work
       * @enum {string}
       */
      state: 'waiting' | 'delayed' | 'active' | 'done' | 'dead';
      /** @description At most so many; null for all */
      windows: number | null;
    };
    /** DeadJobs */
    DeadJobs: {
      /** @description Latest first */
      jobs: components['schemas']['DeadJob'][];
    };
    /** EnqueuedSong */
    EnqueuedSong: {
      error?: components['schemas']['JobError'];
      /** @description Id of the job; not of a refused song */
      jobId?: string;
      /**
       * @description known: the same song with the same sound for the same weights is there already; nothing was added. refused: `error` says why; the other songs are not concerned
       * @enum {string}
       */
      outcome: 'queued' | 'known' | 'refused';
      /** @description The catalogue's own name of the song */
      songId: string;
      /**
       * @description Of the job that is there already
       * @enum {string}
       */
      state?: 'waiting' | 'delayed' | 'active' | 'done' | 'dead';
    };
    /** EnqueuedSongs */
    EnqueuedSongs: {
      /** @description In the order of the songs */
      jobs: components['schemas']['EnqueuedSong'][];
    };
    /** ErrorBody */
    ErrorBody: {
      advice: {
        en: string;
        zh: string;
      };
      /**
       * @description What happened, for programs
       * @enum {string}
       */
      code:
        | 'empty-file'
        | 'unreadable-file'
        | 'unsupported-format'
        | 'no-audio-track'
        | 'no-samples'
        | 'decode-failed'
        | 'file-too-large'
        | 'file-too-long'
        | 'silent'
        | 'model-missing'
        | 'model-download-failed'
        | 'model-altered'
        | 'model-invalid'
        | 'checkpoint-refused'
        | 'backend-unavailable'
        | 'backend-disagrees'
        | 'backend-lost'
        | 'out-of-memory'
        | 'report-invalid'
        | 'report-too-new'
        | 'library-denied'
        | 'library-too-new'
        | 'library-blocked'
        | 'library-full'
        | 'library-failed'
        | 'archive-invalid'
        | 'archive-too-new'
        | 'archive-too-large'
        | 'not-our-picture'
        | 'picture-damaged'
        | 'font-missing'
        | 'folder-denied'
        | 'folder-gone'
        | 'folder-failed'
        | 'cancelled'
        | 'internal'
        | 'bad-request'
        | 'missing-audio'
        | 'bad-top-k'
        | 'bad-explain'
        | 'bad-format'
        | 'bad-windows'
        | 'bad-song-id'
        | 'unknown-model'
        | 'unsupported-media-type'
        | 'upload-incomplete'
        | 'upload-timeout'
        | 'path-not-allowed'
        | 'foreign-page'
        | 'not-found'
        | 'method-not-allowed'
        | 'unauthorized'
        | 'rate-limited'
        | 'busy'
        | 'shutting-down'
        | 'time-limit'
        | 'decoder-crashed'
        | 'storage-full'
        | 'queue-unavailable'
        | 'model-changed'
        | 'file-changed';
      /** @description Figures: limits, sizes, names */
      details?: {
        [key: string]: string | number;
      };
      /**
       * @description What happened, in Chinese
       * @example 缺少audio文件
       */
      error: string;
      /** @description What happened, in English */
      message: string;
      /** @description The id under which the log of the service has this request */
      requestId: string;
    };
    /** Explanation */
    Explanation: {
      /** @description Columns of the grid, early to late */
      columns: number;
      /** @description Length of a column, seconds */
      columnSeconds: number;
      /** @description The genre that the relevance is for; null for rollout, which is for none */
      genre: string | null;
      /**
       * @description rollout: where the network looked (attention rollout). relevance: what argued for the genre (gradient x attention)
       * @enum {string}
       */
      method: 'rollout' | 'relevance';
      /** @description rows + 1 edges of the rows, hertz, ascending */
      rowEdgesHz: number[];
      /** @description Rows of the grid, low to high frequencies */
      rows: number;
      /** @description The windows with sound */
      windows: components['schemas']['PatchWindow'][];
    };
    /** GenreAnswer */
    GenreAnswer: {
      audio: components['schemas']['AudioFile'];
      explain?: components['schemas']['Explanation'];
      model: components['schemas']['ModelIdentity'];
      /** @description The top_k most likely genres, most likely first */
      results: components['schemas']['RankedGenre'][];
      timings: components['schemas']['Timings'];
      track: components['schemas']['Track'];
      warnings: components['schemas']['Warning'][];
    };
    /** JobError */
    JobError: {
      /** @enum {string} */
      code:
        | 'empty-file'
        | 'unreadable-file'
        | 'unsupported-format'
        | 'no-audio-track'
        | 'no-samples'
        | 'decode-failed'
        | 'file-too-large'
        | 'file-too-long'
        | 'silent'
        | 'model-missing'
        | 'model-download-failed'
        | 'model-altered'
        | 'model-invalid'
        | 'checkpoint-refused'
        | 'backend-unavailable'
        | 'backend-disagrees'
        | 'backend-lost'
        | 'out-of-memory'
        | 'report-invalid'
        | 'report-too-new'
        | 'library-denied'
        | 'library-too-new'
        | 'library-blocked'
        | 'library-full'
        | 'library-failed'
        | 'archive-invalid'
        | 'archive-too-new'
        | 'archive-too-large'
        | 'not-our-picture'
        | 'picture-damaged'
        | 'font-missing'
        | 'folder-denied'
        | 'folder-gone'
        | 'folder-failed'
        | 'cancelled'
        | 'internal'
        | 'bad-request'
        | 'missing-audio'
        | 'bad-top-k'
        | 'bad-explain'
        | 'bad-format'
        | 'bad-windows'
        | 'bad-song-id'
        | 'unknown-model'
        | 'unsupported-media-type'
        | 'upload-incomplete'
        | 'upload-timeout'
        | 'path-not-allowed'
        | 'foreign-page'
        | 'not-found'
        | 'method-not-allowed'
        | 'unauthorized'
        | 'rate-limited'
        | 'busy'
        | 'shutting-down'
        | 'time-limit'
        | 'decoder-crashed'
        | 'storage-full'
        | 'queue-unavailable'
        | 'model-changed'
        | 'file-changed';
      details?: {
        [key: string]: string | number;
      };
      /** @description English, technical */
      message: string;
    };
    /** JobStatus */
    JobStatus: {
      /** @description Attempts begun so far */
      attempts: number;
      /** @description Why the last attempt failed; null where none has */
      error: null | components['schemas']['JobError'];
      /** @description Id of the job */
      jobId: string;
      /** @description The catalogue's own name of the song */
      songId: string;
      /**
       * @description Where it stands; dead: its attempts are used up, or it can never work
       * @enum {string}
       */
      state: 'waiting' | 'delayed' | 'active' | 'done' | 'dead';
    };
    /** Label */
    Label: {
      /** @description Name in English */
      en: string;
      /** @description True where the label rests on little evidence */
      experimental: boolean;
      /** @description English label id, as results carry it */
      id: string;
      /** @description Name in Chinese */
      zh: string;
    };
    /** Model */
    Model: {
      /** @description Size of the weights */
      bytes: number;
      /** @description Id of the model, as the parameter `model` takes it */
      id: string;
      /** @description Whether requests that name no model get this one */
      isDefault: boolean;
      labels: components['schemas']['Label'][];
      /** @description Licence of the weights */
      licence: string;
      /** @description SHA-256 of the weights, lower-case hex */
      sha256: string;
      /** @description Version of the model */
      version: string;
      /** @description Length of the window that the network reads */
      windowSeconds: number;
    };
    /** ModelIdentity */
    ModelIdentity: {
      /** @description Id of the model */
      id: string;
      /** @description SHA-256 of the weights, lower-case hex */
      sha256: string;
      /** @description Version of the model */
      version: string;
    };
    /** Models */
    Models: {
      models: components['schemas']['Model'][];
    };
    /** PatchWindow */
    PatchWindow: {
      /** @description Where its sound ends */
      endSeconds: number;
      /** @description Index of the window in the track */
      index: number;
      /** @description rows x columns values, row by row from the lowest frequencies, in a row from the earliest; their sum is 1 (0 where nothing argued for the genre) */
      patches: number[];
      /** @description Where the window starts */
      startSeconds: number;
    };
    /** QueueCounts */
    QueueCounts: {
      /** @description Jobs that are worked on */
      active: number;
      /** @description Files that all workers together work on at once */
      concurrency: number;
      /** @description Jobs that failed for good */
      dead: number;
      /** @description Jobs that wait for their next attempt */
      delayed: number;
      /** @description Results ever put into the feed */
      done: number;
      /** @description Over the last minute */
      finishedPerSecond: number;
      /** @description Whether workers take nothing new */
      paused: boolean;
      /** @description Until all of it is done at this pace; null where that is never: paused, or no worker */
      predictedDrainSeconds: number | null;
      /** @description Jobs that wait */
      waiting: number;
      /** @description Workers seen alive lately */
      workers: number;
    };
    /** QueueState */
    QueueState: {
      paused: boolean;
    };
    /** RankedGenre */
    RankedGenre: {
      /** @description Calibrated probability */
      confidence: number;
      /** @description English label id of the model */
      genre: string;
      /** @description Its Chinese name */
      zh: string;
    };
    /** Requeued */
    Requeued: {
      requeued: number;
    };
    /** ResultsPage */
    ResultsPage: {
      /** @description What to ask with next, as `since` */
      cursor: string;
      /** @description In the order in which they were finished */
      results: components['schemas']['SongResult'][];
    };
    /** SongResult */
    SongResult: {
      /** @description Share of the windows with sound whose own best genre is the track's */
      agreement: number;
      /**
       * Format: date-time
       * @description When it was finished; ISO 8601, UTC
       */
      at: string;
      /** @description SHA-256 of the file, lower-case hex */
      audioSha256: string;
      /** @description Its probability */
      confidence: number;
      /** @description Length of the sound */
      durationSeconds: number;
      /** @description The most likely genre */
      genre: string;
      /** @description The job that it came from */
      jobId: string;
      model: components['schemas']['ModelIdentity'];
      /** @description The catalogue's own name of the song */
      songId: string;
      /** @description The five most likely genres */
      top5: components['schemas']['StoredGenre'][];
    };
    /** StoredGenre */
    StoredGenre: {
      /** @description Calibrated probability */
      confidence: number;
      /** @description English label id of the model */
      genre: string;
    };
    /** Timings */
    Timings: {
      /** @description Decoding, milliseconds */
      decodeMs: number;
      /** @description SHA-256, milliseconds */
      hashMs: number;
      /** @description All windows through the network, milliseconds */
      inferenceMs: number;
      /** @description Mel spectrogram, milliseconds */
      melMs: number;
      /** @description Reading the file, milliseconds */
      readMs: number;
      /** @description Resampling, milliseconds */
      resampleMs: number;
      /** @description From the start of the work to the result, milliseconds */
      totalMs: number;
      /** @description Waiting for a slot, milliseconds */
      waitMs: number;
    };
    /** Track */
    Track: {
      /** @description Share of the windows with sound whose own best genre is the track's */
      agreement: number;
      /** @description The two best genres are close, or fewer than half of the windows agree */
      ambiguous: boolean;
      /** @description Length of the sound, seconds */
      duration: number;
      /** @description More than half of the windows are silent or look like noise */
      notMusic: boolean;
      /** @description Those of them that are silent: left out of the mean */
      silentWindows: number;
      /** @description Windows of the track that were read */
      windows: number;
    };
    /** Warning */
    Warning: {
      /** @enum {string} */
      code:
        | 'shorter-than-header'
        | 'non-finite-samples'
        | 'looped-to-one-window'
        | 'silent-windows-skipped'
        | 'windows-sampled'
        | 'backend-changed';
      details: {
        [key: string]: string | number;
      };
    };
  };
  responses: never;
  parameters: never;
  requestBodies: never;
  headers: never;
  pathItems: never;
}
export type $defs = Record<string, never>;
export interface operations {
  analyseSong: {
    parameters: {
      query?: {
        /** @description Adds the patch grid of every window: where the network looked, or what argued for the best genre */
        explain?: 'rollout' | 'relevance';
        /** @description csv: a table, one line a genre, without explain */
        format?: 'json' | 'csv';
        /** @description Id of a model (GET /api/models) */
        model?: string;
        /** @description How many genres; at most as many as the model has */
        top_k?: number;
        /** @description At most so many windows, spread over the track; left out, all of them */
        windows?: number;
      };
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json': {
          /** @description Absolute path in a directory of --allow-path */
          path: string;
        };
        'application/octet-stream': Blob;
        'audio/*': Blob;
        'multipart/form-data': {
          /** @description The file */
          audio: Blob;
        };
      };
    };
    responses: {
      /** @description The genres, most likely first */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "results": [
           *         {
           *           "genre": "Jazz",
           *           "zh": "爵士",
           *           "confidence": 0.83
           *         },
           *         {
           *           "genre": "Blues",
           *           "zh": "蓝调",
           *           "confidence": 0.07
           *         },
           *         {
           *           "genre": "R&B",
           *           "zh": "节奏布鲁斯",
           *           "confidence": 0.04
           *         },
           *         {
           *           "genre": "Folk",
           *           "zh": "民谣",
           *           "confidence": 0.02
           *         },
           *         {
           *           "genre": "Rock",
           *           "zh": "摇滚",
           *           "confidence": 0.01
           *         }
           *       ],
           *       "track": {
           *         "duration": 183.4,
           *         "windows": 35,
           *         "silentWindows": 0,
           *         "agreement": 0.91,
           *         "ambiguous": false,
           *         "notMusic": false
           *       },
           *       "audio": {
           *         "name": "song.mp3",
           *         "bytes": 4401280,
           *         "sha256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
           *         "container": "mp3",
           *         "sampleRate": 44100,
           *         "channels": 2
           *       },
           *       "model": {
           *         "id": "acousticsense-vit-b16",
           *         "version": "1.0.0",
           *         "sha256": "2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae"
           *       },
           *       "warnings": [],
           *       "timings": {
           *         "waitMs": 0.4,
           *         "readMs": 2.1,
           *         "hashMs": 9.8,
           *         "decodeMs": 210.5,
           *         "resampleMs": 160.2,
           *         "melMs": 190.7,
           *         "inferenceMs": 2450.3,
           *         "totalMs": 3030.9
           *       }
           *     }
           */
          'application/json': components['schemas']['GenreAnswer'];
          'text/csv': string;
        };
      };
      /** @description The request is not valid */
      400: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ErrorBody'];
        };
      };
      /** @description A valid API key is needed */
      401: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ErrorBody'];
        };
      };
      /** @description Not allowed */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ErrorBody'];
        };
      };
      /** @description There is nothing here */
      404: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ErrorBody'];
        };
      };
      /** @description The upload took too long */
      408: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ErrorBody'];
        };
      };
      /** @description The file is too large */
      413: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ErrorBody'];
        };
      };
      /** @description The content type is not supported */
      415: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ErrorBody'];
        };
      };
      /** @description The file cannot be analysed */
      422: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ErrorBody'];
        };
      };
      /** @description Too many requests; see Retry-After */
      429: {
        headers: {
          /** @description Seconds to wait before the next attempt */
          'Retry-After'?: number;
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ErrorBody'];
        };
      };
      /** @description The service has a fault */
      500: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ErrorBody'];
        };
      };
      /** @description The service is busy or stopping; see Retry-After */
      503: {
        headers: {
          /** @description Seconds to wait before the next attempt */
          'Retry-After'?: number;
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ErrorBody'];
        };
      };
      /** @description The service has no room for the file */
      507: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ErrorBody'];
        };
      };
    };
  };
  enqueueSongs: {
    parameters: {
      query?: {
        /** @description Id of a model (GET /api/models) */
        model?: string;
        /** @description 0 is taken first, 9 last */
        priority?: number;
        /** @description The song of an upload: the catalogue's own name, 1 to 200 characters */
        song_id?: string;
        /** @description At most so many windows, spread over the track; left out, all of them */
        windows?: number;
      };
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json': {
          songs: {
            /** @description Absolute path in a directory of --allow-path */
            path: string;
            priority?: number;
            song_id: string;
          }[];
        };
        'application/octet-stream': Blob;
        'audio/*': Blob;
        'multipart/form-data': {
          /** @description The file */
          audio: Blob;
          /** @description The catalogue's own name of the song */
          song_id: string;
        };
      };
    };
    responses: {
      /** @description What became of each song */
      202: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "jobs": [
           *         {
           *           "songId": "catalogue-000123",
           *           "outcome": "queued",
           *           "jobId": "0a4d55a8d778e5022fab701977c5d840bbc486d0"
           *         },
           *         {
           *           "songId": "catalogue-000124",
           *           "outcome": "refused",
           *           "error": {
           *             "code": "unreadable-file",
           *             "message": "the file cannot be opened: ENOENT"
           *           }
           *         }
           *       ]
           *     }
           */
          'application/json': components['schemas']['EnqueuedSongs'];
        };
      };
      /** @description The request is not valid */
      400: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ErrorBody'];
        };
      };
      /** @description A valid API key is needed */
      401: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ErrorBody'];
        };
      };
      /** @description Not allowed */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ErrorBody'];
        };
      };
      /** @description There is nothing here */
      404: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ErrorBody'];
        };
      };
      /** @description The upload took too long */
      408: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ErrorBody'];
        };
      };
      /** @description The file is too large */
      413: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ErrorBody'];
        };
      };
      /** @description The content type is not supported */
      415: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ErrorBody'];
        };
      };
      /** @description Too many requests; see Retry-After */
      429: {
        headers: {
          /** @description Seconds to wait before the next attempt */
          'Retry-After'?: number;
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ErrorBody'];
        };
      };
      /** @description The service has a fault */
      500: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ErrorBody'];
        };
      };
      /** @description The service is busy or stopping; see Retry-After */
      503: {
        headers: {
          /** @description Seconds to wait before the next attempt */
          'Retry-After'?: number;
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ErrorBody'];
        };
      };
      /** @description The service has no room for the file */
      507: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ErrorBody'];
        };
      };
    };
  };
  getJob: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        /** @description Id of the job */
        id: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description The job */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "jobId": "0a4d55a8d778e5022fab701977c5d840bbc486d0",
           *       "songId": "catalogue-000123",
           *       "state": "waiting",
           *       "attempts": 0,
           *       "error": null
           *     }
           */
          'application/json': components['schemas']['JobStatus'];
        };
      };
      /** @description The request is not valid */
      400: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ErrorBody'];
        };
      };
      /** @description A valid API key is needed */
      401: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ErrorBody'];
        };
      };
      /** @description There is nothing here */
      404: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ErrorBody'];
        };
      };
      /** @description Too many requests; see Retry-After */
      429: {
        headers: {
          /** @description Seconds to wait before the next attempt */
          'Retry-After'?: number;
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ErrorBody'];
        };
      };
      /** @description The service is busy or stopping; see Retry-After */
      503: {
        headers: {
          /** @description Seconds to wait before the next attempt */
          'Retry-After'?: number;
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ErrorBody'];
        };
      };
    };
  };
  listDeadJobs: {
    parameters: {
      query?: {
        /** @description At most so many */
        limit?: number;
        /** @description So many are passed over */
        offset?: number;
      };
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description The dead letters */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "jobs": [
           *         {
           *           "jobId": "0a4d55a8d778e5022fab701977c5d840bbc486d0",
           *           "songId": "catalogue-000123",
           *           "state": "dead",
           *           "attempts": 1,
           *           "error": {
           *             "code": "decode-failed",
           *             "message": "the decoder found no frame"
           *           },
           *           "path": "/srv/music/000123.mp3",
           *           "model": {
           *             "id": "acousticsense-vit-b16",
           *             "sha256": "2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae"
           *           },
           *           "windows": null,
           *           "priority": 5,
           *           "diedAt": "2026-03-01T08:15:30.125Z"
           *         }
           *       ]
           *     }
           */
          'application/json': components['schemas']['DeadJobs'];
        };
      };
      /** @description The request is not valid */
      400: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ErrorBody'];
        };
      };
      /** @description A valid API key is needed */
      401: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ErrorBody'];
        };
      };
      /** @description Too many requests; see Retry-After */
      429: {
        headers: {
          /** @description Seconds to wait before the next attempt */
          'Retry-After'?: number;
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ErrorBody'];
        };
      };
      /** @description The service is busy or stopping; see Retry-After */
      503: {
        headers: {
          /** @description Seconds to wait before the next attempt */
          'Retry-After'?: number;
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ErrorBody'];
        };
      };
    };
  };
  requeueDeadJobs: {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** @description Either ids, or all of them */
    requestBody: {
      content: {
        'application/json': {
          /** @enum {boolean} */
          all?: true;
          jobIds?: string[];
        };
      };
    };
    responses: {
      /** @description How many there were */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "requeued": 1
           *     }
           */
          'application/json': components['schemas']['Requeued'];
        };
      };
      /** @description The request is not valid */
      400: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ErrorBody'];
        };
      };
      /** @description A valid API key is needed */
      401: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ErrorBody'];
        };
      };
      /** @description The content type is not supported */
      415: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ErrorBody'];
        };
      };
      /** @description Too many requests; see Retry-After */
      429: {
        headers: {
          /** @description Seconds to wait before the next attempt */
          'Retry-After'?: number;
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ErrorBody'];
        };
      };
      /** @description The service is busy or stopping; see Retry-After */
      503: {
        headers: {
          /** @description Seconds to wait before the next attempt */
          'Retry-After'?: number;
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ErrorBody'];
        };
      };
      /** @description The service has no room for the file */
      507: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ErrorBody'];
        };
      };
    };
  };
  listModels: {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description The models */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "models": [
           *         {
           *           "id": "acousticsense-vit-b16",
           *           "version": "1.0.0",
           *           "sha256": "2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae",
           *           "bytes": 87222400,
           *           "isDefault": true,
           *           "licence": "CC BY-NC 4.0",
           *           "windowSeconds": 10.4,
           *           "labels": [
           *             {
           *               "id": "Jazz",
           *               "en": "Jazz",
           *               "zh": "爵士",
           *               "experimental": false
           *             }
           *           ]
           *         }
           *       ]
           *     }
           */
          'application/json': components['schemas']['Models'];
        };
      };
      /** @description A valid API key is needed */
      401: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ErrorBody'];
        };
      };
      /** @description Not allowed */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ErrorBody'];
        };
      };
      /** @description Too many requests; see Retry-After */
      429: {
        headers: {
          /** @description Seconds to wait before the next attempt */
          'Retry-After'?: number;
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ErrorBody'];
        };
      };
    };
  };
  getQueue: {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description The queue */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "waiting": 120,
           *       "delayed": 2,
           *       "active": 4,
           *       "dead": 1,
           *       "done": 5310,
           *       "paused": false,
           *       "workers": 2,
           *       "concurrency": 4,
           *       "finishedPerSecond": 1.5,
           *       "predictedDrainSeconds": 84
           *     }
           */
          'application/json': components['schemas']['QueueCounts'];
        };
      };
      /** @description A valid API key is needed */
      401: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ErrorBody'];
        };
      };
      /** @description Too many requests; see Retry-After */
      429: {
        headers: {
          /** @description Seconds to wait before the next attempt */
          'Retry-After'?: number;
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ErrorBody'];
        };
      };
      /** @description The service is busy or stopping; see Retry-After */
      503: {
        headers: {
          /** @description Seconds to wait before the next attempt */
          'Retry-After'?: number;
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ErrorBody'];
        };
      };
    };
  };
  pauseQueue: {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "paused": true
           *     }
           */
          'application/json': components['schemas']['QueueState'];
        };
      };
      /** @description A valid API key is needed */
      401: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ErrorBody'];
        };
      };
      /** @description Too many requests; see Retry-After */
      429: {
        headers: {
          /** @description Seconds to wait before the next attempt */
          'Retry-After'?: number;
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ErrorBody'];
        };
      };
      /** @description The service is busy or stopping; see Retry-After */
      503: {
        headers: {
          /** @description Seconds to wait before the next attempt */
          'Retry-After'?: number;
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ErrorBody'];
        };
      };
      /** @description The service has no room for the file */
      507: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ErrorBody'];
        };
      };
    };
  };
  resumeQueue: {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Done */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "paused": true
           *     }
           */
          'application/json': components['schemas']['QueueState'];
        };
      };
      /** @description A valid API key is needed */
      401: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ErrorBody'];
        };
      };
      /** @description Too many requests; see Retry-After */
      429: {
        headers: {
          /** @description Seconds to wait before the next attempt */
          'Retry-After'?: number;
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ErrorBody'];
        };
      };
      /** @description The service is busy or stopping; see Retry-After */
      503: {
        headers: {
          /** @description Seconds to wait before the next attempt */
          'Retry-After'?: number;
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ErrorBody'];
        };
      };
      /** @description The service has no room for the file */
      507: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ErrorBody'];
        };
      };
    };
  };
  listResults: {
    parameters: {
      query?: {
        /** @description At most so many */
        limit?: number;
        /** @description The cursor of an earlier answer; left out, from the beginning */
        since?: string;
      };
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Results and the next cursor */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "results": [
           *         {
           *           "songId": "catalogue-000123",
           *           "genre": "Jazz",
           *           "confidence": 0.83,
           *           "top5": [
           *             {
           *               "genre": "Jazz",
           *               "confidence": 0.83
           *             },
           *             {
           *               "genre": "Blues",
           *               "confidence": 0.07
           *             },
           *             {
           *               "genre": "R&B",
           *               "confidence": 0.04
           *             },
           *             {
           *               "genre": "Folk",
           *               "confidence": 0.02
           *             },
           *             {
           *               "genre": "Rock",
           *               "confidence": 0.01
           *             }
           *           ],
           *           "model": {
           *             "id": "acousticsense-vit-b16",
           *             "version": "1.0.0",
           *             "sha256": "2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae"
           *           },
           *           "audioSha256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
           *           "durationSeconds": 183.4,
           *           "agreement": 0.91,
           *           "at": "2026-03-01T08:15:30.125Z",
           *           "jobId": "0a4d55a8d778e5022fab701977c5d840bbc486d0"
           *         }
           *       ],
           *       "cursor": "1842"
           *     }
           */
          'application/json': components['schemas']['ResultsPage'];
        };
      };
      /** @description The request is not valid */
      400: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ErrorBody'];
        };
      };
      /** @description A valid API key is needed */
      401: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ErrorBody'];
        };
      };
      /** @description Not allowed */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ErrorBody'];
        };
      };
      /** @description Too many requests; see Retry-After */
      429: {
        headers: {
          /** @description Seconds to wait before the next attempt */
          'Retry-After'?: number;
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ErrorBody'];
        };
      };
      /** @description The service is busy or stopping; see Retry-After */
      503: {
        headers: {
          /** @description Seconds to wait before the next attempt */
          'Retry-After'?: number;
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ErrorBody'];
        };
      };
    };
  };
  getSongGenre: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        /** @description The catalogue's own name of the song */
        id: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description The result */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "songId": "catalogue-000123",
           *       "genre": "Jazz",
           *       "confidence": 0.83,
           *       "top5": [
           *         {
           *           "genre": "Jazz",
           *           "confidence": 0.83
           *         },
           *         {
           *           "genre": "Blues",
           *           "confidence": 0.07
           *         },
           *         {
           *           "genre": "R&B",
           *           "confidence": 0.04
           *         },
           *         {
           *           "genre": "Folk",
           *           "confidence": 0.02
           *         },
           *         {
           *           "genre": "Rock",
           *           "confidence": 0.01
           *         }
           *       ],
           *       "model": {
           *         "id": "acousticsense-vit-b16",
           *         "version": "1.0.0",
           *         "sha256": "2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae"
           *       },
           *       "audioSha256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
           *       "durationSeconds": 183.4,
           *       "agreement": 0.91,
           *       "at": "2026-03-01T08:15:30.125Z",
           *       "jobId": "0a4d55a8d778e5022fab701977c5d840bbc486d0"
           *     }
           */
          'application/json': components['schemas']['SongResult'];
        };
      };
      /** @description The request is not valid */
      400: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ErrorBody'];
        };
      };
      /** @description A valid API key is needed */
      401: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ErrorBody'];
        };
      };
      /** @description Not allowed */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ErrorBody'];
        };
      };
      /** @description There is nothing here */
      404: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ErrorBody'];
        };
      };
      /** @description Too many requests; see Retry-After */
      429: {
        headers: {
          /** @description Seconds to wait before the next attempt */
          'Retry-After'?: number;
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ErrorBody'];
        };
      };
      /** @description The service is busy or stopping; see Retry-After */
      503: {
        headers: {
          /** @description Seconds to wait before the next attempt */
          'Retry-After'?: number;
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ErrorBody'];
        };
      };
    };
  };
  getHealth: {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description It lives */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': {
            /** @enum {string} */
            status: 'ok';
          };
        };
      };
    };
  };
  getMetrics: {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description The text format of Prometheus */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'text/plain': string;
        };
      };
      /** @description A valid API key is needed */
      401: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ErrorBody'];
        };
      };
      /** @description Not allowed */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ErrorBody'];
        };
      };
    };
  };
  getReadiness: {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description It takes requests */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': {
            /** @enum {string} */
            queue: 'sqlite' | 'redis';
            /** @enum {string} */
            status: 'ready';
          };
        };
      };
      /** @description The service has a fault */
      500: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ErrorBody'];
        };
      };
      /** @description The service is busy or stopping; see Retry-After */
      503: {
        headers: {
          /** @description Seconds to wait before the next attempt */
          'Retry-After'?: number;
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ErrorBody'];
        };
      };
    };
  };
}
