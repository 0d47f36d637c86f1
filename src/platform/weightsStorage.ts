/** Where bytes of a model may rest between visits, one file for each model id, named by its SHA-256. */
export interface WeightsStorage {
  readonly kind: 'opfs' | 'cache-storage';
  /** The stored bytes, or null where there are none of exactly `bytes` length. */
  read(modelId: string, sha256: string, bytes: number): Promise<ArrayBuffer | null>;
  /**
   * Stores the bytes and removes other versions of the same model. All or nothing: a reader never sees a part, and two
   * tabs that write at once leave one whole file. Throws what the browser throws (QuotaExceededError, SecurityError...).
   */
  write(modelId: string, sha256: string, data: Uint8Array<ArrayBuffer>): Promise<void>;
  remove(modelId: string, sha256: string): Promise<void>;
}

const rootFolder = 'models';

/**
 * The origin private file system: `models/<model id>/<sha256>`. `createWritable` writes beside the file and swaps on
 * close, so an interrupted write leaves nothing behind.
 *
 * @param getDirectory how to reach the root; tests put their own folder here.
 */
export function opfsStorage(
  getDirectory: () => Promise<FileSystemDirectoryHandle> = () => navigator.storage.getDirectory(),
): WeightsStorage {
  const folderOf = async (modelId: string, create: boolean): Promise<FileSystemDirectoryHandle> => {
    const models = await (await getDirectory()).getDirectoryHandle(rootFolder, { create });
    return models.getDirectoryHandle(encodeURIComponent(modelId), { create });
  };
  return {
    kind: 'opfs',
    async read(modelId, sha256, bytes) {
      try {
        const file = await (await (await folderOf(modelId, false)).getFileHandle(sha256)).getFile();
        return file.size === bytes ? await file.arrayBuffer() : null;
      } catch (cause) {
        if (nameOf(cause) === 'NotFoundError') return null;
        throw cause;
      }
    },
    async write(modelId, sha256, data) {
      const folder = await folderOf(modelId, true);
      // Others first: the new version may need their room.
      for await (const name of folder.keys()) {
        if (name !== sha256) await folder.removeEntry(name).catch(() => undefined);
      }
      const isNew = await folder.getFileHandle(sha256).then(
        () => false,
        () => true,
      );
      const handle = await folder.getFileHandle(sha256, { create: true });
      const writable = await handle.createWritable();
      try {
        await writable.write(data);
        await writable.close();
      } catch (cause) {
        await writable.abort().catch(() => undefined);
        if (isNew) await folder.removeEntry(sha256).catch(() => undefined);
        throw cause;
      }
    },
    async remove(modelId, sha256) {
      await (await folderOf(modelId, true)).removeEntry(sha256).catch(() => undefined);
    },
  };
}

/** Cache Storage, for browsers without a writable private file system. The addresses are names, never fetched. */
export function cacheStorage(caches: CacheStorage, cacheName = 'acousticsense-weights'): WeightsStorage {
  return {
    kind: 'cache-storage',
    async read(modelId, sha256, bytes) {
      const cache = await caches.open(cacheName);
      const data = await (await cache.match(cacheFolder(modelId) + sha256))?.arrayBuffer();
      return data?.byteLength === bytes ? data : null;
    },
    async write(modelId, sha256, data) {
      const cache = await caches.open(cacheName);
      for (const request of await cache.keys()) {
        const path = new URL(request.url).pathname;
        if (path.startsWith(cacheFolder(modelId)) && !path.endsWith(sha256)) await cache.delete(request);
      }
      await cache.put(cacheFolder(modelId) + sha256, new Response(data));
    },
    async remove(modelId, sha256) {
      await (await caches.open(cacheName)).delete(cacheFolder(modelId) + sha256);
    },
  };
}

function cacheFolder(modelId: string): string {
  return `/.weights/${encodeURIComponent(modelId)}/`;
}

/** Name of a DOMException or Error, empty for anything else. */
export function nameOf(cause: unknown): string {
  return cause instanceof Error || cause instanceof DOMException ? cause.name : '';
}
