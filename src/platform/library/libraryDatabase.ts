import { wrap, type DBSchema, type IDBPDatabase, type IDBPTransaction, type StoreNames } from 'idb';
import type { ModelTable } from '#core/library/compactRow.ts';
import type { RecordId } from '#core/library/record.ts';
import { nameOf } from '#platform/weightsStorage.ts';

/** One entry of an import that is not complete yet. */
export interface StagedRecord {
  /** JSON of the report, gzip. */
  readonly report: Uint8Array<ArrayBuffer>;
  /** Row text of the record as the archive has it. */
  readonly row: string;
  readonly table: ModelTable;
  readonly thumbnail: Uint8Array<ArrayBuffer> | null;
}

/** Keys are out of line: the id of the record, unless said. */
export interface LibrarySchema extends DBSchema {
  /** Row texts (`core/library/compactRow.ts`): all that lists need, with the review. */
  rows: { key: RecordId; value: string };
  /** JSON of the report, gzip. */
  reports: { key: RecordId; value: Uint8Array<ArrayBuffer> };
  /** PNG files. */
  thumbnails: { key: RecordId; value: Uint8Array<ArrayBuffer> };
  /** Keyed by `ModelTable.key`. */
  models: { key: string; value: ModelTable };
  /** Keyed by import and id; emptied when the import ends, either way. */
  staging: { key: [string, RecordId]; value: StagedRecord };
}

export type LibraryDatabase = IDBPDatabase<LibrarySchema>;
export type LibraryStoreName = StoreNames<LibrarySchema>;
export type LibraryTransaction = IDBPTransaction<LibrarySchema, LibraryStoreName[], 'readwrite'>;

/**
 * One step of the schema: `migrations[n]` leads from version n to n + 1, inside the browser's version change, so that it
 * happens wholly or not at all. Steps are never edited once they have shipped; a new one is added.
 */
export type Migration = (database: IDBDatabase, transaction: IDBTransaction) => void;

export const libraryMigrations: readonly Migration[] = [
  (database) => {
    for (const name of ['rows', 'reports', 'thumbnails', 'models', 'staging'])
      database.createObjectStore(name);
  },
];

export type OpenFailure = 'too-new' | 'blocked' | 'denied' | 'failed';

export class LibraryOpenError extends Error {
  readonly reason: OpenFailure;
  constructor(reason: OpenFailure, message: string) {
    super(message);
    this.reason = reason;
  }
}

export interface OpenDatabaseOptions {
  readonly factory: IDBFactory;
  readonly name: string;
  readonly migrations?: readonly Migration[];
  /** How long another tab may hold an older schema before opening is given up. */
  readonly patienceMs?: number;
  /** The connection is gone: a newer program wants to migrate, or the browser cleared the data. */
  onClosed(): void;
}

/**
 * Opens the library's database, migrating an older one. A newer schema is refused (`too-new`) and left untouched. A
 * connection that a newer program waits for closes itself, so that old tabs never hold up an update.
 */
export function openLibraryDatabase(options: OpenDatabaseOptions): Promise<LibraryDatabase> {
  const { factory, name, migrations = libraryMigrations, patienceMs = 4000 } = options;
  return new Promise((resolve, reject) => {
    let request: IDBOpenDBRequest;
    try {
      request = factory.open(name, migrations.length);
    } catch (cause) {
      reject(openError(cause));
      return;
    }
    let given = false;
    let impatience: ReturnType<typeof setTimeout> | undefined;
    request.addEventListener('blocked', () => {
      impatience = setTimeout(() => {
        given = true;
        reject(new LibraryOpenError('blocked', 'another tab holds an older schema'));
      }, patienceMs);
    });
    request.addEventListener('upgradeneeded', ({ oldVersion }) => {
      clearTimeout(impatience);
      const { transaction } = request;
      if (transaction === null) return;
      for (const migrate of migrations.slice(oldVersion)) migrate(request.result, transaction);
    });
    request.addEventListener('error', () => {
      clearTimeout(impatience);
      reject(openError(request.error));
    });
    request.addEventListener('success', () => {
      clearTimeout(impatience);
      const database = request.result;
      if (given) {
        database.close();
        return;
      }
      database.addEventListener('versionchange', () => {
        database.close();
        options.onClosed();
      });
      database.addEventListener('close', () => options.onClosed());
      resolve(wrap(database) as unknown as LibraryDatabase);
    });
  });
}

function openError(cause: unknown): LibraryOpenError {
  const name = nameOf(cause);
  const reason: OpenFailure =
    name === 'VersionError'
      ? 'too-new'
      : ['SecurityError', 'InvalidStateError', 'NotAllowedError', 'NotFoundError'].includes(name)
        ? 'denied'
        : 'failed';
  return new LibraryOpenError(reason, `${name}: ${cause instanceof Error ? cause.message : String(cause)}`);
}
