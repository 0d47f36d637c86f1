import { createStore, type StoreApi } from 'zustand/vanilla';
import type { AnalysisError } from '#core/errors.ts';
import type { LibraryRecord, LibraryRow, RecordId, Review } from '#core/library/record.ts';
import type { AnalysisReport } from '#core/report/report.ts';
import type { Result } from '#core/result.ts';

/**
 * How safely the library is kept: `persisted` is protected from the browser's own clearing, `best-effort` is not,
 * `memory` is gone with the tab (private mode, storage denied).
 */
export type LibraryKeeping = 'persisted' | 'best-effort' | 'memory';

export interface LibraryChange {
  /** New or changed rows. */
  readonly put: readonly LibraryRow[];
  readonly removed: readonly RecordId[];
}

export interface ImportSummary {
  readonly added: number;
  /** Records that were here already and kept the newer review. */
  readonly merged: number;
  /** Entries of the archive that could not be read. */
  readonly refused: number;
}

export interface OpenedLibrary {
  readonly keeping: LibraryKeeping;
  readonly rows: readonly LibraryRow[];
  /** Why it is kept in memory only; null where it is not. */
  readonly problem: AnalysisError | null;
}

/** A result that goes into the library. */
export interface KeptResult {
  readonly report: AnalysisReport;
  /** ISO 8601, UTC. */
  readonly addedAt: string;
}

/**
 * The library on this machine. What could not be stored (no room, storage denied) is answered as an error and kept in
 * memory all the same, for as long as the tab is open: readers and exports see it.
 * Every call that writes is one transaction: all of it or nothing.
 */
export interface LibraryPort {
  /** Opens or creates the library, migrates an older schema, and reads all rows. Falls back to memory where storage is denied. */
  open(): Promise<Result<OpenedLibrary, AnalysisError>>;
  /** Asks the browser to protect the library; call from a person's action. */
  persist(): Promise<LibraryKeeping>;
  record(id: RecordId): Promise<Result<LibraryRecord | null, AnalysisError>>;
  records(ids: readonly RecordId[]): Promise<Result<readonly LibraryRecord[], AnalysisError>>;
  thumbnail(id: RecordId): Promise<Uint8Array<ArrayBuffer> | null>;
  /** Adds a result without a thumbnail. Where the record exists already, its review, thumbnail and `addedAt` stay. */
  keep(result: KeptResult): Promise<Result<void, AnalysisError>>;
  /** Nothing where the record is gone. */
  setThumbnail(id: RecordId, png: Uint8Array<ArrayBuffer>): Promise<Result<void, AnalysisError>>;
  /** Adds or replaces whole records. */
  put(records: readonly LibraryRecord[]): Promise<Result<void, AnalysisError>>;
  setReviews(
    reviews: readonly { readonly id: RecordId; readonly review: Review }[],
  ): Promise<Result<void, AnalysisError>>;
  remove(ids: readonly RecordId[]): Promise<Result<void, AnalysisError>>;
  /** The whole library, or these records, as one file. */
  exportArchive(ids?: readonly RecordId[]): Promise<Result<Blob, AnalysisError>>;
  /** Adds an exported library to this one. A foreign, damaged or newer archive changes nothing. */
  importArchive(file: Blob): Promise<Result<ImportSummary, AnalysisError>>;
  /** Changes from this tab and from others. */
  onChange(listener: (change: LibraryChange) => void): () => void;
}

export type LibraryPhase =
  | { readonly kind: 'opening' }
  | { readonly kind: 'ready'; readonly keeping: LibraryKeeping }
  | { readonly kind: 'failed'; readonly error: AnalysisError };

/** Where the last export or import of the whole library stands. */
export type LibraryTransfer =
  | { readonly kind: 'none' }
  | { readonly kind: 'exporting' }
  | { readonly kind: 'exported'; readonly fileName: string }
  | { readonly kind: 'importing' }
  | { readonly kind: 'imported'; readonly summary: ImportSummary }
  | { readonly kind: 'failed'; readonly way: 'export' | 'import'; readonly error: AnalysisError };

/** Session state: the rows of the library, as they are in storage. */
export interface LibraryState {
  readonly phase: LibraryPhase;
  readonly rows: ReadonlyMap<RecordId, LibraryRow>;
  /** Counts changes of `rows`. */
  readonly revision: number;
  /** The last write that failed, until dismissed. */
  readonly failure: AnalysisError | null;
  readonly transfer: LibraryTransfer;
}

export type LibraryStore = StoreApi<LibraryState>;

export function createLibraryStore(): LibraryStore {
  return createStore<LibraryState>(() => ({
    phase: { kind: 'opening' },
    rows: new Map(),
    revision: 0,
    failure: null,
    transfer: { kind: 'none' },
  }));
}
