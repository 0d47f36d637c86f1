import type { JobOutcome } from '#server/queue/jobQueue.ts';
import type { SqliteStoreOptions, TakenSong } from '#server/queue/sqlite/sqliteStore.ts';
import type { ServiceError } from '#server/serviceErrors.ts';

/** What the thread of the store is started with. */
export interface StoreThreadData {
  readonly store: Pick<SqliteStoreOptions, 'file' | 'policy' | 'busyMs'>;
  /** How often expired results are looked for. */
  readonly pruneMs: number;
}

/** What became of songs, in texts that cross threads quickly: the identities joined, one letter for each outcome. */
export interface PackedOutcomes {
  readonly ids: string;
  readonly letters: string;
}

/** What the thread does when asked; each answer is a plain value, each expected failure a ServiceError. */
export interface StoreCalls {
  /** JSON of songs for a later `enqueue` of the same batch: a long list crosses in parts. */
  part(batch: number, songs: string): void;
  enqueue(batch: number): PackedOutcomes;
  /** A worker of this process; `handle` is its name between the threads, its name in the file changes when it was given up. */
  work(handle: number, concurrency: number): void;
  take(
    handle: number,
    count: number,
  ): { readonly jobs: readonly TakenSong[]; readonly againMs: number | null };
  settle(taken: Pick<TakenSong, 'jobId' | 'worker' | 'take' | 'attempt'>, outcome: JobOutcome): boolean;
  giveBack(taken: readonly Pick<TakenSong, 'jobId' | 'worker' | 'take'>[]): void;
  endWork(handle: number): void;
  /** Of the store itself, by its name. */
  store(method: StoreMethod, args: readonly unknown[]): unknown;
  close(): void;
}

export type StoreMethod =
  | 'counts'
  | 'status'
  | 'dead'
  | 'pause'
  | 'resume'
  | 'requeueDead'
  | 'removeDead'
  | 'songResult'
  | 'resultsSince'
  | 'bookmark'
  | 'setBookmark'
  | 'lease';

export interface StoreRequest {
  readonly call: number;
  readonly method: keyof StoreCalls;
  readonly args: readonly unknown[];
  /** Not begun later than this (host's monotonic clock, ms): who asked has been told that it failed. Null for never. */
  readonly notAfter: number | null;
}

export type StoreEvent =
  | { readonly kind: 'opened'; readonly error: ServiceError | null }
  | { readonly kind: 'answer'; readonly call: number; readonly value: unknown }
  | { readonly kind: 'failure'; readonly call: number; readonly error: ServiceError }
  /** There may be something to take. */
  | { readonly kind: 'stir' }
  /** The named worker was given up by another process: what it had in hand does not count. */
  | { readonly kind: 'lost'; readonly worker: string }
  /** What the thread does by itself (signs of life, retention) fails; null with each sign of life that could be written. */
  | { readonly kind: 'trouble'; readonly error: ServiceError | null }
  /** The thread is alive: at each look for changes. */
  | { readonly kind: 'alive' };
