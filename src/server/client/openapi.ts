/** Made from the description of the service by `npm run api:types`. Not edited by hand. */

export interface paths {
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
  };
  responses: never;
  parameters: never;
  requestBodies: never;
  headers: never;
  pathItems: never;
}
export type $defs = Record<string, never>;
export interface operations {
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
