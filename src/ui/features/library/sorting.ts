import type { LibrarySort, SortKey } from '#core/library/query.ts';

/** What people want to see first differs: names from the start, everything else from the most. */
export function sortedBy(key: SortKey): LibrarySort {
  return { key, descending: key !== 'name' && key !== 'genre', like: null };
}

/** The next sort after a press on a column's title: the other way round where it is sorted by already. */
export function pressedColumn(sort: LibrarySort, key: SortKey): LibrarySort {
  return sort.key === key ? { ...sort, descending: !sort.descending } : sortedBy(key);
}
