/**
 * The part of the service worker's global scope that is used. TypeScript's DOM and WebWorker libraries cannot be loaded
 * together, and the tests need the former.
 */
export interface OfflineScope {
  readonly PRECACHE_MANIFEST: readonly PrecacheEntry[];
  readonly registration: { readonly scope: string };
  readonly clients: { claim(): Promise<void>; matchAll(): Promise<readonly unknown[]> };
  skipWaiting(): Promise<void>;
  addEventListener(type: 'install' | 'activate', listener: (event: LastingEvent) => void): void;
  addEventListener(type: 'fetch', listener: (event: FetchLikeEvent) => void): void;
  addEventListener(
    type: 'message',
    listener: (event: LastingEvent & { readonly data: unknown }) => void,
  ): void;
}

interface LastingEvent {
  waitUntil(promise: Promise<unknown>): void;
}

interface FetchLikeEvent extends LastingEvent {
  readonly request: Request;
  respondWith(response: Promise<Response>): void;
}

/** One file of the build, as the build lists it. `revision` is null where the name carries a hash. */
export interface PrecacheEntry {
  readonly url: string;
  readonly revision: string | null;
}
