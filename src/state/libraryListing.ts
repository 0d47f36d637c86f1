import type { LibraryIndex, RowDistance } from '#core/library/query.ts';
import type { LibraryRow, RecordId } from '#core/library/record.ts';
import type { LibraryStore } from '#state/library.ts';
import type { LibraryViewStore } from '#state/libraryView.ts';
import type { NavigationStore } from '#state/navigation.ts';
import type { SettingsStore } from '#state/settings.ts';

/** Rows whose texts are prepared in one go; more would hold the page up (about 10 ms on a slow machine). */
export const rowsInOneGo = 1000;

export interface ListingParts {
  readonly library: LibraryStore;
  readonly view: LibraryViewStore;
  readonly navigation: NavigationStore;
  readonly settings: SettingsStore;
  readonly distance: RowDistance;
  /** Lets the page do what waits, between two parts of a large library. */
  readonly pause: () => Promise<void>;
}

/** What the index does not know yet. Rows are replaced, never changed, so that looking at them is enough. */
function news(
  rows: ReadonlyMap<RecordId, LibraryRow>,
  index: LibraryIndex,
): { readonly put: readonly LibraryRow[]; readonly removed: readonly RecordId[] } {
  const put: LibraryRow[] = [];
  let known = 0;
  for (const row of rows.values()) {
    const before = index.row(row.id);
    if (before !== undefined) known++;
    if (before !== row) put.push(row);
  }
  const removed = known === index.size ? [] : [...index.ids()].filter((id) => !rows.has(id));
  return { put, removed };
}

/**
 * Keeps the listing in step with the library, the query, the sort and the language, while the library is shown. A large
 * library is prepared in parts when it is first shown; the page stays usable meanwhile.
 * @returns stops following
 */
export function followLibrary(parts: ListingParts): () => void {
  const { library, view, navigation, settings, distance, pause } = parts;
  let preparing = false;
  let seen: ReadonlyMap<RecordId, LibraryRow> | null = null;

  function list(): void {
    const { index, query, sort } = view.getState();
    view.setState({ listing: index.list(query, sort, settings.getState().language, distance) });
  }

  async function prepareInParts(): Promise<void> {
    preparing = true;
    const { index } = view.getState();
    for (;;) {
      const { rows } = library.getState();
      const { put, removed } = news(rows, index);
      index.update(put.slice(0, rowsInOneGo), removed);
      if (put.length <= rowsInOneGo) {
        seen = rows;
        break;
      }
      view.setState({ preparing: { done: index.size, total: rows.size } });
      // The same rows as long as nobody changes them: no need to look for news after each part.
      for (let at = rowsInOneGo; at < put.length && library.getState().rows === rows; at += rowsInOneGo) {
        await pause();
        index.update(put.slice(at, at + rowsInOneGo), []);
        view.setState({ preparing: { done: index.size, total: rows.size } });
      }
    }
    preparing = false;
    view.setState({ preparing: null });
    list();
  }

  function catchUp(): void {
    if (navigation.getState().view !== 'library' || preparing) return;
    const { rows } = library.getState();
    if (rows === seen) return;
    const { index } = view.getState();
    const { put, removed } = news(rows, index);
    if (put.length > rowsInOneGo) {
      void prepareInParts();
      return;
    }
    seen = rows;
    index.update(put, removed);
    list();
  }

  const stops = [
    navigation.subscribe(catchUp),
    library.subscribe((state, before) => {
      if (state.rows !== before.rows) catchUp();
    }),
    view.subscribe((state, before) => {
      if ((state.query !== before.query || state.sort !== before.sort) && !preparing) list();
    }),
    settings.subscribe((state, before) => {
      if (state.language !== before.language && view.getState().sort.key === 'genre' && !preparing) list();
    }),
  ];
  return () => {
    for (const stop of stops) stop();
  };
}
