import type { AnalysisError } from '#core/errors.ts';
import { keptRecord } from '#core/library/merging.ts';
import type { LibraryRecord, LibraryRow, RecordId } from '#core/library/record.ts';
import { rowOf } from '#core/library/row.ts';
import { err, ok, type Result } from '#core/result.ts';
import type { LibraryChange, LibraryKeeping, LibraryPort } from '#state/library.ts';

export interface FakeLibrary {
  readonly port: LibraryPort;
  readonly stored: ReadonlyMap<RecordId, LibraryRecord>;
  /** A change as another tab would make it. */
  putElsewhere(records: readonly LibraryRecord[]): void;
  /** From now on every write is answered with this, and kept all the same; null ends it. */
  failWrites(error: AnalysisError | null): void;
}

/** A library in memory, with every promise that the real one makes. */
export function createFakeLibrary(given: readonly LibraryRecord[] = []): FakeLibrary {
  const stored = new Map(given.map((record): [RecordId, LibraryRecord] => [record.id, record]));
  const listeners = new Set<(change: LibraryChange) => void>();
  let keeping: LibraryKeeping = 'best-effort';
  let failure: AnalysisError | null = null;
  const changed = (put: readonly LibraryRow[], removed: readonly RecordId[] = []): void => {
    for (const listener of listeners) listener({ put, removed });
  };
  const written = (): Result<void, AnalysisError> => (failure === null ? ok(undefined) : err(failure));
  const put = async (records: readonly LibraryRecord[]): Promise<Result<void, AnalysisError>> => {
    await Promise.resolve();
    for (const record of records) stored.set(record.id, record);
    changed(records.map(rowOf));
    return written();
  };
  const port: LibraryPort = {
    open: async () => ok({ keeping, rows: [...stored.values()].map(rowOf), problem: null }),
    persist: async () => (keeping = 'persisted'),
    record: async (id) => ok(stored.get(id) ?? null),
    records: async (ids) => ok(ids.flatMap((id) => stored.get(id) ?? [])),
    thumbnail: async (id) => stored.get(id)?.thumbnail ?? null,
    keep: ({ report, addedAt }) => {
      const fresh = keptRecord(report, addedAt, null);
      return put([keptRecord(report, addedAt, stored.get(fresh.id) ?? null)]);
    },
    setThumbnail: (id, thumbnail) => {
      const record = stored.get(id);
      return put(record === undefined ? [] : [{ ...record, thumbnail }]);
    },
    put,
    setReviews: (reviews) =>
      put(
        reviews.flatMap(({ id, review }) => {
          const record = stored.get(id);
          return record === undefined ? [] : [{ ...record, review }];
        }),
      ),
    remove: async (ids) => {
      await Promise.resolve();
      for (const id of ids) stored.delete(id);
      changed([], ids);
      return written();
    },
    exportArchive: async () => ok(new Blob([`${stored.size} records`])),
    importArchive: async () => ok({ added: 0, merged: 0, refused: 0 }),
    onChange: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
  return {
    port,
    stored,
    putElsewhere: (records) => {
      for (const record of records) stored.set(record.id, record);
      changed(records.map(rowOf));
    },
    failWrites: (error) => {
      failure = error;
    },
  };
}
