import { useEffect, useState } from 'react';
import type { RecordId } from '#core/library/record.ts';
import type { LibraryPort } from '#state/library.ts';
import { useWorkbench } from '#ui/WorkbenchContext.tsx';

/** Thumbnails held at once; some ten screens of rows, about 20 kB each. */
export const mostThumbnails = 300;
/** Rows that fly past are not asked for. Milliseconds. */
const restMs = 60;

/** Addresses of the small pictures, the least lately used ones let go. */
export class ThumbnailCache {
  readonly #library: Pick<LibraryPort, 'thumbnail'>;
  readonly #most: number;
  /** In the order of use. */
  readonly #urls = new Map<RecordId, string>();
  readonly #asked = new Map<RecordId, Promise<string | null>>();

  constructor(library: Pick<LibraryPort, 'thumbnail'>, most = mostThumbnails) {
    this.#library = library;
    this.#most = most;
  }

  get size(): number {
    return this.#urls.size;
  }

  /** The address, if the picture is held; that counts as a use. */
  held(id: RecordId): string | null {
    const url = this.#urls.get(id);
    if (url === undefined) return null;
    this.#urls.delete(id);
    this.#urls.set(id, url);
    return url;
  }

  /** Null where the record has no picture. Asked once, however many wait for it. */
  load(id: RecordId): Promise<string | null> {
    const held = this.held(id);
    if (held !== null) return Promise.resolve(held);
    const asked = this.#asked.get(id);
    if (asked !== undefined) return asked;
    const loading = this.#library.thumbnail(id).then((png) => {
      this.#asked.delete(id);
      if (png === null) return null;
      const url = URL.createObjectURL(new Blob([png], { type: 'image/png' }));
      this.#urls.set(id, url);
      for (const [oldest, oldUrl] of this.#urls) {
        if (this.#urls.size <= this.#most) break;
        this.#urls.delete(oldest);
        URL.revokeObjectURL(oldUrl);
      }
      return url;
    });
    this.#asked.set(id, loading);
    return loading;
  }
}

const caches = new WeakMap<LibraryPort, ThumbnailCache>();

function cacheOf(library: LibraryPort): ThumbnailCache {
  const known = caches.get(library);
  if (known !== undefined) return known;
  const made = new ThumbnailCache(library);
  caches.set(library, made);
  return made;
}

/** Address of a record's small picture; null while it is loaded and where there is none. */
export function useThumbnail(id: RecordId, exists: boolean): string | null {
  const { bench } = useWorkbench();
  const cache = cacheOf(bench.ports.library);
  const [loaded, setLoaded] = useState<{ readonly id: RecordId; readonly url: string | null } | null>(null);
  const held = exists ? cache.held(id) : null;

  useEffect(() => {
    if (!exists || held !== null) return undefined;
    let current = true;
    const load = async (): Promise<void> => {
      const url = await cache.load(id);
      if (current) setLoaded({ id, url });
    };
    const timer = setTimeout(() => void load(), restMs);
    return () => {
      current = false;
      clearTimeout(timer);
    };
  }, [cache, id, exists, held]);

  if (held !== null) return held;
  return loaded !== null && loaded.id === id ? loaded.url : null;
}
