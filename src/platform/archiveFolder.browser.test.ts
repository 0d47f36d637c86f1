import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import {
  archiveFolder,
  allowArchiveFolder,
  chooseArchiveFolder,
  forgetArchiveFolder,
  writeToArchiveFolder,
} from '#platform/archiveFolder.ts';

/** A folder of the browser's own file system: a real handle, without the system's dialogue. */
const folderName = 'archive-folder-test';
const root = (): Promise<FileSystemDirectoryHandle> => navigator.storage.getDirectory();
const removeFolder = async (): Promise<void> =>
  (await root()).removeEntry(folderName, { recursive: true }).catch(() => undefined);

/** TypeScript's DOM does not have these. */
const handles = FileSystemHandle.prototype as unknown as Record<
  'queryPermission' | 'requestPermission',
  () => Promise<PermissionState>
>;

const picture = new Blob(['picture'], { type: 'image/png' });
const name = 'a.wav.acousticsense.png';

async function names(): Promise<string[]> {
  const folder = await (await root()).getDirectoryHandle(folderName);
  const found: string[] = [];
  for await (const key of folder.keys()) found.push(key);
  return found.toSorted();
}

const pick = (answer: () => Promise<FileSystemDirectoryHandle>): void => {
  vi.stubGlobal('showDirectoryPicker', answer);
};

beforeEach(async () => {
  await removeFolder();
  await forgetArchiveFolder();
  pick(async () => (await root()).getDirectoryHandle(folderName, { create: true }));
});
afterEach(async () => {
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
  await removeFolder();
});

describe('the folder of pictures', () => {
  it('is none, then the chosen one, then none again', async () => {
    expect(await archiveFolder()).toEqual({ kind: 'none' });
    expect(await chooseArchiveFolder()).toEqual({ ok: true, value: { kind: 'ready', name: folderName } });
    expect(await archiveFolder()).toEqual({ kind: 'ready', name: folderName });
    await forgetArchiveFolder();
    expect(await archiveFolder()).toEqual({ kind: 'none' });
  });

  it('thinking better of it changes nothing; a refusal says so', async () => {
    await chooseArchiveFolder();
    pick(() => Promise.reject(new DOMException('no', 'AbortError')));
    expect(await chooseArchiveFolder()).toBeNull();
    pick(() => Promise.reject(new DOMException('system folder', 'SecurityError')));
    expect(await chooseArchiveFolder()).toMatchObject({ ok: false, error: { code: 'folder-denied' } });
    expect(await archiveFolder()).toEqual({ kind: 'ready', name: folderName });
  });

  it('never writes over a file: names are counted up, also when two write at once', async () => {
    await chooseArchiveFolder();
    const written = await Promise.all([1, 2, 3].map(() => writeToArchiveFolder(picture, name)));
    expect(written.every((result) => result.ok)).toBe(true);
    expect(await names()).toEqual([
      'a.wav (2).acousticsense.png',
      'a.wav (3).acousticsense.png',
      'a.wav.acousticsense.png',
    ]);
  });

  it('a folder of the wanted name is in the way as well', async () => {
    await chooseArchiveFolder();
    await (await (await root()).getDirectoryHandle(folderName)).getDirectoryHandle(name, { create: true });
    expect(await writeToArchiveFolder(picture, name)).toEqual({
      ok: true,
      value: { fileName: 'a.wav (2).acousticsense.png' },
    });
  });

  it('a deleted folder is gone, a withdrawn permission is denied until it is given again', async () => {
    await chooseArchiveFolder();
    const query = vi.spyOn(handles, 'queryPermission').mockResolvedValue('prompt');
    const request = vi.spyOn(handles, 'requestPermission').mockImplementation(async () => {
      query.mockResolvedValue('granted');
      return 'granted';
    });
    expect(await archiveFolder()).toEqual({ kind: 'asks', name: folderName });
    expect(await writeToArchiveFolder(picture, name)).toMatchObject({ error: { code: 'folder-denied' } });
    expect(await allowArchiveFolder()).toEqual({ kind: 'ready', name: folderName });
    expect(request).toHaveBeenCalledTimes(1);
    expect((await writeToArchiveFolder(picture, name)).ok).toBe(true);
    await removeFolder();
    expect(await writeToArchiveFolder(picture, name)).toMatchObject({ error: { code: 'folder-gone' } });
  });

  it('a disk that is full leaves no half of a file behind', async () => {
    await chooseArchiveFolder();
    vi.spyOn(FileSystemFileHandle.prototype, 'createWritable').mockRejectedValue(
      new DOMException('full', 'QuotaExceededError'),
    );
    expect(await writeToArchiveFolder(picture, name)).toMatchObject({ error: { code: 'folder-failed' } });
    expect(await names()).toEqual([]);
  });
});
