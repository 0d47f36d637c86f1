import { analysisError, type AnalysisError, type AnalysisErrorCode } from '#core/errors.ts';
import {
  createRowDecoder,
  encodeRow,
  modelTableOf,
  tableKeyOf,
  type ModelTable,
  type RowDecoder,
} from '#core/library/compactRow.ts';
import { keptRecord } from '#core/library/merging.ts';
import { recordIdOf, type LibraryRecord, type LibraryRow, type RecordId } from '#core/library/record.ts';
import { rowOf } from '#core/library/row.ts';
import type { Review } from '#core/library/record.ts';
import type { AnalysisReport } from '#core/report/report.ts';
import { err, ok, type Result } from '#core/result.ts';
import { gunzipText, gzipText } from '#platform/library/gzip.ts';
import {
  LibraryOpenError,
  openLibraryDatabase,
  type LibraryDatabase,
  type LibraryStoreName,
  type LibraryTransaction,
  type Migration,
  type OpenFailure,
} from '#platform/library/libraryDatabase.ts';
import { nameOf } from '#platform/weightsStorage.ts';

export type Keeping = 'persisted' | 'best-effort' | 'memory';

export interface Change {
  readonly put: readonly LibraryRow[];
  readonly removed: readonly RecordId[];
}

export interface ImportCount {
  readonly added: number;
  readonly merged: number;
  readonly refused: number;
}

/** Same shape as the state's `LibraryPort`, which says what each call promises. */
export interface Library {
  open(): Promise<
    Result<
      {
        readonly keeping: Keeping;
        readonly rows: readonly LibraryRow[];
        readonly problem: AnalysisError | null;
      },
      AnalysisError
    >
  >;
  persist(): Promise<Keeping>;
  record(id: RecordId): Promise<Result<LibraryRecord | null, AnalysisError>>;
  records(ids: readonly RecordId[]): Promise<Result<readonly LibraryRecord[], AnalysisError>>;
  thumbnail(id: RecordId): Promise<Uint8Array<ArrayBuffer> | null>;
  keep(result: {
    readonly report: AnalysisReport;
    readonly addedAt: string;
  }): Promise<Result<void, AnalysisError>>;
  setThumbnail(id: RecordId, png: Uint8Array<ArrayBuffer>): Promise<Result<void, AnalysisError>>;
  put(records: readonly LibraryRecord[]): Promise<Result<void, AnalysisError>>;
  setReviews(
    reviews: readonly { readonly id: RecordId; readonly review: Review }[],
  ): Promise<Result<void, AnalysisError>>;
  remove(ids: readonly RecordId[]): Promise<Result<void, AnalysisError>>;
  exportArchive(ids?: readonly RecordId[]): Promise<Result<Blob, AnalysisError>>;
  importArchive(file: Blob): Promise<Result<ImportCount, AnalysisError>>;
  onChange(listener: (change: Change) => void): () => void;
}

/** What the library needs of the browser; tests put their own here. */
export interface LibraryHost {
  /** Null where the browser has none. */
  readonly factory: IDBFactory | null;
  readonly databaseName: string;
  readonly migrations?: readonly Migration[];
  readonly patienceMs?: number;
  /** How tabs tell each other; null where there is no way. */
  readonly channel: BroadcastChannel | null;
  /** Null where it cannot be told. */
  readonly storage: Pick<StorageManager, 'persist' | 'persisted'> | null;
  readonly program: { readonly name: string; readonly version: string };
  readonly isoDate: () => string;
}

/** What other tabs are told: ids only, each reads the rest from storage. */
interface Message {
  readonly put: readonly RecordId[];
  readonly removed: readonly RecordId[];
}

/** What the library's parts share. */
export interface LibraryCore {
  readonly host: LibraryHost;
  /** Null where the library is in memory only. */
  connection(): Promise<LibraryDatabase | null>;
  /** Records that could not be stored. */
  readonly unsaved: ReadonlyMap<RecordId, LibraryRecord>;
  /** Tells this tab and the others. */
  announce(put: readonly RecordId[]): Promise<void>;
  /** Puts records into memory. */
  hold(records: readonly LibraryRecord[]): void;
  fail(cause: unknown): AnalysisError;
}

/** Rows read at a time: about 10 ms of work, so that opening a large library never blocks the page. */
const rowsAtATime = 2000;

const codeOfOpening: Readonly<Record<OpenFailure, AnalysisErrorCode>> = {
  'too-new': 'library-too-new',
  blocked: 'library-blocked',
  denied: 'library-denied',
  failed: 'library-failed',
};

export function createLibrary(host: LibraryHost): Library {
  const listeners = new Set<(change: Change) => void>();
  const unsaved = new Map<RecordId, LibraryRecord>();
  /** Removed here although storage still has them. */
  const gone = new Set<RecordId>();
  let database: Promise<LibraryDatabase | null> | null = null;
  /** Why the library is in memory only. */
  let problem: AnalysisError | null = null;

  const emit = (change: Change): void => {
    if (change.put.length === 0 && change.removed.length === 0) return;
    for (const listener of listeners) listener(change);
  };

  const connection = (): Promise<LibraryDatabase | null> => (database ??= connect());
  const connect = async (): Promise<LibraryDatabase | null> => {
    if (host.factory === null) {
      problem = analysisError('library-denied', 'this browser has no IndexedDB');
      return null;
    }
    const { migrations, patienceMs } = host;
    try {
      const opened = await openLibraryDatabase({
        factory: host.factory,
        name: host.databaseName,
        ...(migrations === undefined ? {} : { migrations }),
        ...(patienceMs === undefined ? {} : { patienceMs }),
        // Opened again at the next use; a newer schema is then refused.
        onClosed: () => {
          database = null;
        },
      });
      problem = null;
      return opened;
    } catch (cause) {
      const reason = cause instanceof LibraryOpenError ? cause.reason : 'failed';
      problem = analysisError(codeOfOpening[reason], String(cause));
      return null;
    }
  };

  const readRows = async (): Promise<LibraryRow[]> => {
    const db = await connection();
    const rows: LibraryRow[] = [];
    if (db !== null) {
      const transaction = db.transaction(['rows', 'models'], 'readonly');
      const decoder = createRowDecoder(await transaction.objectStore('models').getAll());
      const store = transaction.objectStore('rows');
      let asked: Promise<string[]> | null = store.getAll(null, rowsAtATime);
      while (asked !== null) {
        const texts: string[] = await asked;
        // The next part is read while this one is decoded; where it begins, only its last key says.
        const last = texts.length < rowsAtATime ? null : decoder.idOf(texts.at(-1) ?? '');
        asked = last === null ? null : store.getAll(IDBKeyRange.lowerBound(last, true), rowsAtATime);
        for (const text of texts) {
          const row = decoder.decode(text);
          if (row !== null && !unsaved.has(row.id) && !gone.has(row.id)) rows.push(row);
        }
      }
    }
    for (const record of unsaved.values()) rows.push(rowOf(record));
    return rows;
  };

  const tell = (message: Message): void => host.channel?.postMessage(message);

  const announce = async (put: readonly RecordId[]): Promise<void> => {
    const db = await connection();
    if (db === null || put.length === 0) return;
    emit({ put: await rowsOf(db, put), removed: [] });
    tell({ put, removed: [] });
  };

  /** What this tab holds otherwise than storage does. */
  const mine = (id: RecordId): boolean => unsaved.has(id) || gone.has(id);

  host.channel?.addEventListener('message', ({ data }: MessageEvent<unknown>) => {
    const { put, removed } = readMessage(data);
    void (async () => {
      const db = await connection();
      if (db === null) return;
      emit({
        put: await rowsOf(
          db,
          put.filter((id) => !mine(id)),
        ),
        removed: removed.filter((id) => !mine(id)),
      });
    })();
  });

  const read = async (id: RecordId): Promise<LibraryRecord | null> => {
    const held = unsaved.get(id);
    if (held !== undefined) return held;
    if (gone.has(id)) return null;
    const db = await connection();
    return db === null ? null : readStored(db, id);
  };

  const hold = (records: readonly LibraryRecord[]): void => {
    for (const record of records) {
      unsaved.set(record.id, record);
      gone.delete(record.id);
    }
    emit({ put: records.map(rowOf), removed: [] });
  };

  /**
   * One change: in storage where that works, else in memory, answered with the reason.
   * @param store in one transaction; answers the ids that changed
   * @param inMemory the records as they are after the change, for those that are held in memory or could not be stored
   */
  const change = async (
    stores: readonly LibraryStoreName[],
    ids: readonly RecordId[],
    store: (transaction: LibraryTransaction) => Promise<readonly RecordId[]>,
    inMemory: () => Promise<readonly LibraryRecord[]>,
  ): Promise<Result<void, AnalysisError>> => {
    const before = problem;
    const db = await connection();
    if (db === null) {
      hold(await inMemory());
      // Said once, when storage went away; that this library is in memory is known from its opening.
      return problem !== null && before === null ? err(problem) : ok(undefined);
    }
    if (ids.some((id) => unsaved.has(id))) {
      hold(await inMemory());
      return (await flush()) ?? ok(undefined);
    }
    try {
      const transaction = db.transaction([...stores], 'readwrite') as LibraryTransaction;
      const changed = await inOne(transaction, () => store(transaction));
      for (const id of changed) gone.delete(id);
      await announce(changed);
      if (unsaved.size > 0) await flush();
      return ok(undefined);
    } catch (cause) {
      hold(await inMemory());
      return err(fail(cause));
    }
  };

  /** Tries to store what is held in memory; null where it worked. */
  const flush = async (): Promise<Result<never, AnalysisError> | null> => {
    const db = await connection();
    const records = [...unsaved.values()];
    if (db === null || records.length === 0) return null;
    try {
      await storeRecords(db, records);
    } catch (cause) {
      return err(fail(cause));
    }
    for (const record of records) if (unsaved.get(record.id) === record) unsaved.delete(record.id);
    await announce(records.map(({ id }) => id));
    return null;
  };

  /** What an import left behind whose tab was closed in the middle; a day is longer than any import. */
  const clearStaging = async (): Promise<void> => {
    const before = new Date(Date.parse(host.isoDate()) - 86_400_000).toISOString();
    try {
      await (await connection())?.delete('staging', IDBKeyRange.upperBound([before, '']));
    } catch {
      // Tried again at the next opening.
    }
  };

  /** Changes happen in the order in which they were asked for, and readers see those that were asked before them. */
  let last: Promise<unknown> = Promise.resolve();
  const inOrder = <T>(work: () => Promise<T>): Promise<T> => {
    const done = last.then(work);
    last = done.catch(() => undefined);
    return done;
  };
  const afterChanges = async <T>(work: () => Promise<T>): Promise<Result<T, AnalysisError>> => {
    await last;
    try {
      return ok(await work());
    } catch (cause) {
      return err(analysisError('library-failed', String(cause)));
    }
  };

  const keeping = async (): Promise<Keeping> => {
    if ((await connection()) === null) return 'memory';
    const persisted = await host.storage?.persisted().catch(() => false);
    return persisted === true ? 'persisted' : 'best-effort';
  };

  const parts: LibraryCore = { host, connection, unsaved, announce, hold, fail };

  return {
    open: async () => {
      try {
        const rows = await readRows();
        void clearStaging();
        return ok({ keeping: await keeping(), rows, problem });
      } catch (cause) {
        return err(fail(cause));
      }
    },

    persist: async () => {
      if ((await connection()) !== null) await host.storage?.persist().catch(() => false);
      return keeping();
    },

    record: (id) => afterChanges(() => read(id)),

    records: (ids) =>
      afterChanges(async () => {
        const records: LibraryRecord[] = [];
        for (const id of ids) {
          const record = await read(id);
          if (record !== null) records.push(record);
        }
        return records;
      }),

    thumbnail: async (id) => {
      const held = unsaved.get(id);
      if (held !== undefined) return held.thumbnail;
      try {
        const db = await connection();
        return (await db?.get('thumbnails', id)) ?? null;
      } catch {
        return null;
      }
    },

    keep: ({ report, addedAt }) =>
      inOrder(async () => {
        const id = recordIdOf(report);
        const packed = await gzipText(JSON.stringify(report));
        const table = modelTableOf(report.model);
        return change(
          ['rows', 'reports', 'thumbnails', 'models'],
          [id],
          async (transaction) => {
            const rows = transaction.objectStore('rows');
            const [text, thumbnail, tables] = await Promise.all([
              rows.get(id),
              transaction.objectStore('thumbnails').get(id),
              transaction.objectStore('models').getAll(),
            ]);
            const old = text === undefined ? null : createRowDecoder(tables).decode(text);
            const existing = old === null ? null : { ...old, thumbnail: thumbnail ?? null };
            const row = rowOf(keptRecord(report, addedAt, existing));
            await Promise.all([
              rows.put(encodeRow(row, table), id),
              transaction.objectStore('reports').put(packed, id),
              transaction.objectStore('models').put(table, table.key),
            ]);
            return [id];
          },
          async () => [keptRecord(report, addedAt, await read(id).catch(() => null))],
        );
      }),

    setThumbnail: (id, png) =>
      inOrder(() =>
        change(
          ['rows', 'thumbnails', 'models'],
          [id],
          async (transaction) => {
            const changed = await editRows(transaction, [id], (row) => ({ ...row, hasThumbnail: true }));
            if (changed.length > 0) await transaction.objectStore('thumbnails').put(png, id);
            return changed;
          },
          async () => {
            const record = await read(id).catch(() => null);
            return record === null ? [] : [{ ...record, thumbnail: png }];
          },
        ),
      ),

    put: (records) =>
      inOrder(async () => {
        const packed = new Map<RecordId, Uint8Array<ArrayBuffer>>();
        for (const { id, report } of records) packed.set(id, await gzipText(JSON.stringify(report)));
        return change(
          ['rows', 'reports', 'thumbnails', 'models'],
          records.map(({ id }) => id),
          (transaction) => putRecords(transaction, records, packed),
          () => Promise.resolve(records),
        );
      }),

    setReviews: (reviews) =>
      inOrder(async () => {
        const byId = new Map(reviews.map(({ id, review }) => [id, review]));
        return change(
          ['rows', 'models'],
          [...byId.keys()],
          (transaction) =>
            editRows(transaction, [...byId.keys()], (row) => ({
              ...row,
              review: byId.get(row.id) ?? row.review,
            })),
          async () => {
            const records: LibraryRecord[] = [];
            for (const [id, review] of byId) {
              const record = await read(id).catch(() => null);
              if (record !== null) records.push({ ...record, review });
            }
            return records;
          },
        );
      }),

    remove: (ids) =>
      inOrder(async () => {
        for (const id of ids) unsaved.delete(id);
        const db = await connection();
        try {
          if (db !== null) {
            const transaction = db.transaction(['rows', 'reports', 'thumbnails'], 'readwrite');
            await inOne(transaction, () =>
              Promise.all(
                ids.flatMap((id) =>
                  (['rows', 'reports', 'thumbnails'] as const).map((name) =>
                    transaction.objectStore(name).delete(id),
                  ),
                ),
              ),
            );
          }
          emit({ put: [], removed: ids });
          if (db !== null) tell({ put: [], removed: ids });
          return ok(undefined);
        } catch (cause) {
          for (const id of ids) gone.add(id);
          emit({ put: [], removed: ids });
          return err(fail(cause));
        }
      }),

    // Archives are rare: what makes them loads when it is needed.
    exportArchive: async (ids) => (await import('#platform/library/archiveFile.ts')).writeArchive(parts, ids),
    importArchive: async (file) =>
      (await import('#platform/library/archiveFile.ts')).readArchive(parts, file),

    onChange: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

const fail = (cause: unknown): AnalysisError => {
  const full = nameOf(cause) === 'QuotaExceededError';
  return analysisError(full ? 'library-full' : 'library-failed', String(cause));
};

const rowsOf = async (db: LibraryDatabase, ids: readonly RecordId[]): Promise<LibraryRow[]> => {
  const transaction = db.transaction(['rows', 'models'], 'readonly');
  const tables = transaction.objectStore('models').getAll();
  const texts = await Promise.all(ids.map((id) => transaction.objectStore('rows').get(id)));
  const decoder: RowDecoder = createRowDecoder(await tables);
  return texts.flatMap((text) => (text === undefined ? [] : (decoder.decode(text) ?? [])));
};

/** Everything of a record that storage has, or null. */
const readStored = async (db: LibraryDatabase, id: RecordId): Promise<LibraryRecord | null> => {
  const transaction = db.transaction(['rows', 'reports', 'thumbnails', 'models'], 'readonly');
  const [text, packed, thumbnail, tables] = await Promise.all([
    transaction.objectStore('rows').get(id),
    transaction.objectStore('reports').get(id),
    transaction.objectStore('thumbnails').get(id),
    transaction.objectStore('models').getAll(),
  ]);
  if (text === undefined || packed === undefined) return null;
  const row = createRowDecoder(tables).decode(text);
  if (row === null) return null;
  const report = await readReport(packed);
  return { id, report, review: row.review, thumbnail: thumbnail ?? null, addedAt: row.addedAt };
};

/** Waits for what is asked in a transaction and for its end; on the way out of an error nothing of it is stored. */
export async function inOne<T>(
  transaction: { readonly done: Promise<void>; abort(): void },
  work: () => Promise<T>,
): Promise<T> {
  // Both are waited for: a failed request fails `done` as well, and would be an unhandled rejection.
  const done = transaction.done.then(
    () => null,
    (cause: unknown) => ({ cause }),
  );
  let result: T;
  try {
    result = await work();
  } catch (cause) {
    try {
      transaction.abort();
    } catch {
      // It had ended by itself.
    }
    const ended = await done;
    // The transaction knows better why: a request only says that it was aborted.
    throw nameOf(cause) === 'AbortError' && ended !== null && ended.cause !== null ? ended.cause : cause;
  }
  const ended = await done;
  if (ended !== null) throw ended.cause;
  return result;
}

/** Rewrites the rows of these ids, as far as they are there; answers the ids that were. */
async function editRows(
  transaction: LibraryTransaction,
  ids: readonly RecordId[],
  edit: (row: LibraryRow) => LibraryRow,
): Promise<readonly RecordId[]> {
  const store = transaction.objectStore('rows');
  const tables = await transaction.objectStore('models').getAll();
  const byKey = new Map(tables.map((table): [string, ModelTable] => [table.key, table]));
  const decoder = createRowDecoder(tables);
  const texts = await Promise.all(ids.map((id) => store.get(id)));
  const changed: RecordId[] = [];
  const writes: Promise<unknown>[] = [];
  for (const text of texts) {
    if (text === undefined) continue;
    const row = decoder.decode(text);
    const table = byKey.get(tableKeyOf(text));
    if (row === null || table === undefined) continue;
    writes.push(store.put(encodeRow(edit(row), table), row.id));
    changed.push(row.id);
  }
  await Promise.all(writes);
  return changed;
}

/** Whole records, in the transaction of the caller. */
async function putRecords(
  transaction: LibraryTransaction,
  records: readonly LibraryRecord[],
  packed: ReadonlyMap<RecordId, Uint8Array<ArrayBuffer>>,
): Promise<readonly RecordId[]> {
  const writes: Promise<unknown>[] = [];
  for (const record of records) {
    const { id, thumbnail } = record;
    const table = modelTableOf(record.report.model);
    const report = packed.get(id);
    if (report === undefined) continue;
    writes.push(
      transaction.objectStore('models').put(table, table.key),
      transaction.objectStore('rows').put(encodeRow(rowOf(record), table), id),
      transaction.objectStore('reports').put(report, id),
      thumbnail === null
        ? transaction.objectStore('thumbnails').delete(id)
        : transaction.objectStore('thumbnails').put(thumbnail, id),
    );
  }
  await Promise.all(writes);
  return records.map(({ id }) => id);
}

async function storeRecords(db: LibraryDatabase, records: readonly LibraryRecord[]): Promise<void> {
  const packed = new Map<RecordId, Uint8Array<ArrayBuffer>>();
  for (const { id, report } of records) packed.set(id, await gzipText(JSON.stringify(report)));
  const transaction = db.transaction(
    ['rows', 'reports', 'thumbnails', 'models'],
    'readwrite',
  ) as LibraryTransaction;
  await inOne(transaction, () => putRecords(transaction, records, packed));
}

/** A stored report; one that an older program wrote is brought to today's shape. */
async function readReport(packed: Uint8Array<ArrayBuffer>): Promise<AnalysisReport> {
  const document = JSON.parse(await gunzipText(packed)) as AnalysisReport;
  if (document.schemaVersion === 2) return document;
  const { parseReportValue } = await import('#core/report/parseReport.ts');
  const parsed = parseReportValue(document);
  if (!parsed.ok) throw new Error(`a stored report cannot be read: ${parsed.error.message}`);
  return parsed.value;
}

const isIdList = (value: unknown): value is readonly RecordId[] =>
  Array.isArray(value) && value.every((entry) => typeof entry === 'string');

function readMessage(data: unknown): Message {
  const { put, removed } = (typeof data === 'object' && data !== null ? data : {}) as Record<string, unknown>;
  return { put: isIdList(put) ? put : [], removed: isIdList(removed) ? removed : [] };
}
