import { type AnalysisError, analysisError } from '#core/errors.ts';
import { err, ok, type Result } from '#core/result.ts';

/** The folder that archive pictures are written into (File System Access API), remembered in IndexedDB. */

export type ArchiveFolder =
  /** The browser has no folders to give: pictures are downloads. */
  | { readonly kind: 'unsupported' }
  | { readonly kind: 'none' }
  | { readonly kind: 'ready'; readonly name: string }
  /** Chosen before; the browser wants to hear again that the page may write there. */
  | { readonly kind: 'asks'; readonly name: string };

/** TypeScript's DOM does not have these yet (WICG File System Access, 2025). */
interface WritableFolder extends FileSystemDirectoryHandle {
  queryPermission?(options: { readonly mode: 'readwrite' }): Promise<PermissionState>;
  requestPermission?(options: { readonly mode: 'readwrite' }): Promise<PermissionState>;
}

interface PickerHost {
  showDirectoryPicker?(options: {
    readonly id: string;
    readonly mode: 'readwrite';
  }): Promise<FileSystemDirectoryHandle>;
}

const picker = (): PickerHost => globalThis as PickerHost;
const mode = { mode: 'readwrite' } as const;
const databaseName = 'acousticsense.archive';
const storeName = 'folder';
const key = 'chosen';
/** Files of one name in one folder; beyond that something else is wrong. */
const mostOfOneName = 10_000;

let chosen: Promise<WritableFolder | null> | null = null;

/** What stands with the folder now, without asking anybody. */
export async function archiveFolder(): Promise<ArchiveFolder> {
  if (picker().showDirectoryPicker === undefined) return { kind: 'unsupported' };
  const folder = await chosenFolder();
  if (folder === null) return { kind: 'none' };
  const state = (await folder.queryPermission?.(mode).catch(() => 'denied')) ?? 'granted';
  return { kind: state === 'granted' ? 'ready' : 'asks', name: folder.name };
}

/**
 * Lets the person pick a folder; call from a person's action.
 * @returns null where they thought better of it. Error: `folder-denied`
 */
export async function chooseArchiveFolder(): Promise<Result<ArchiveFolder, AnalysisError> | null> {
  const host = picker();
  if (host.showDirectoryPicker === undefined) return ok({ kind: 'unsupported' });
  try {
    const folder = await host.showDirectoryPicker({
      id: 'acousticsense-archive',
      mode: 'readwrite',
    });
    chosen = Promise.resolve(folder);
    await remember(folder);
    return ok(await archiveFolder());
  } catch (cause) {
    if (cause instanceof DOMException && cause.name === 'AbortError') return null;
    return err(analysisError('folder-denied', String(cause)));
  }
}

/** Asks once more for the folder that was chosen before; call from a person's action. */
export async function allowArchiveFolder(): Promise<ArchiveFolder> {
  const folder = await chosenFolder();
  await folder?.requestPermission?.(mode).catch(() => 'denied');
  return archiveFolder();
}

/** Pictures are downloads from now on. */
export async function forgetArchiveFolder(): Promise<void> {
  chosen = Promise.resolve(null);
  await remember(null);
}

/**
 * Writes a file into the folder, under a name that nothing there has: `a.png`, else `a (2).png`, ... Two tabs that write
 * at the same time wait for each other. A file that could not be written whole is not left behind.
 *
 * Errors: `folder-denied`, `folder-gone`, `folder-failed` (disk full, protected).
 */
export async function writeToArchiveFolder(
  file: Blob,
  fileName: string,
): Promise<Result<{ readonly fileName: string }, AnalysisError>> {
  const folder = await chosenFolder();
  if (folder === null) return err(analysisError('folder-gone', 'no folder is chosen'));
  const { kind } = await archiveFolder();
  if (kind !== 'ready')
    return err(analysisError('folder-denied', `permission for ${folder.name} is not granted`));
  const write = async (): Promise<Result<{ readonly fileName: string }, AnalysisError>> => {
    try {
      return ok({ fileName: await writeNew(folder, file, fileName) });
    } catch (cause) {
      return err(folderError(cause));
    }
  };
  // Plain http pages have no locks; they have no folders either.
  return 'locks' in navigator ? navigator.locks.request('acousticsense.archive', write) : write();
}

async function writeNew(folder: WritableFolder, file: Blob, wanted: string): Promise<string> {
  const dot = wanted.indexOf('.acousticsense.');
  const stem = dot > 0 ? wanted.slice(0, dot) : wanted;
  const ending = wanted.slice(stem.length);
  for (let count = 1; count <= mostOfOneName; count += 1) {
    const name = count === 1 ? wanted : `${stem} (${count})${ending}`;
    if (await has(folder, name)) continue;
    const handle = await folder.getFileHandle(name, { create: true });
    try {
      const stream = await handle.createWritable();
      await stream.write(file);
      await stream.close();
    } catch (cause) {
      await folder.removeEntry(name).catch(() => undefined);
      throw cause;
    }
    return name;
  }
  throw new Error(`${mostOfOneName} files of the name ${wanted}`);
}

async function has(folder: WritableFolder, name: string): Promise<boolean> {
  try {
    await folder.getFileHandle(name);
    return true;
  } catch (cause) {
    // A folder of that name is in the way as well.
    if (cause instanceof DOMException && cause.name === 'TypeMismatchError') return true;
    if (cause instanceof DOMException && cause.name === 'NotFoundError') return false;
    throw cause;
  }
}

function folderError(cause: unknown): AnalysisError {
  const name = cause instanceof DOMException ? cause.name : '';
  const message = `${name} ${cause instanceof Error ? cause.message : String(cause)}`.trim();
  if (name === 'NotFoundError') return analysisError('folder-gone', message);
  if (name === 'NotAllowedError' || name === 'SecurityError') return analysisError('folder-denied', message);
  return analysisError('folder-failed', message);
}

function chosenFolder(): Promise<WritableFolder | null> {
  chosen ??= remembered();
  return chosen;
}

function openDatabase(): Promise<IDBDatabase> {
  return new Promise((resolve, reject) => {
    const request = indexedDB.open(databaseName, 1);
    request.addEventListener('upgradeneeded', () => request.result.createObjectStore(storeName));
    request.addEventListener('success', () => resolve(request.result));
    request.addEventListener('error', () => reject(request.error ?? new Error('IndexedDB')));
    request.addEventListener('blocked', () => reject(new Error('IndexedDB is blocked')));
  });
}

/** Storage may be denied: the folder then holds for this visit. */
async function remember(folder: WritableFolder | null): Promise<void> {
  await inStore('readwrite', (store): IDBRequest =>
    folder === null ? store.delete(key) : store.put(folder, key),
  ).catch(() => undefined);
}

async function remembered(): Promise<WritableFolder | null> {
  const found: unknown = await inStore('readonly', (store) => store.get(key)).catch(() => null);
  return found instanceof FileSystemDirectoryHandle ? found : null;
}

async function inStore(
  access: IDBTransactionMode,
  work: (store: IDBObjectStore) => IDBRequest,
): Promise<unknown> {
  const database = await openDatabase();
  try {
    return await new Promise((resolve, reject) => {
      const transaction = database.transaction(storeName, access);
      const request = work(transaction.objectStore(storeName));
      transaction.addEventListener('complete', () => resolve(request.result));
      transaction.addEventListener('abort', () => reject(transaction.error ?? new Error('IndexedDB')));
      transaction.addEventListener('error', () => reject(transaction.error ?? new Error('IndexedDB')));
    });
  } finally {
    database.close();
  }
}
