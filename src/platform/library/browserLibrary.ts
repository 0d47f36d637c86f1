import { createLibrary, type Library } from '#platform/library/library.ts';

/** The library of this browser profile. Some browsers throw at the mere mention of storage they deny. */
export function createBrowserLibrary(program: { readonly name: string; readonly version: string }): Library {
  return createLibrary({
    factory: orNull(() => indexedDB as IDBFactory | undefined),
    databaseName: 'acousticsense-library',
    channel: orNull(() => new BroadcastChannel('acousticsense-library')),
    storage: orNull(() => navigator.storage as StorageManager | undefined),
    program,
    isoDate: () => new Date().toISOString(),
  });
}

function orNull<T>(get: () => T | undefined): T | null {
  try {
    return get() ?? null;
  } catch {
    return null;
  }
}
