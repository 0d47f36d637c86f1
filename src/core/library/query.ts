import type { LibraryRow, RecordId, VerdictKind } from '#core/library/record.ts';
import { foldText, nameSortKey, searchWords } from '#core/library/searchKey.ts';

/** What a row can be filtered by through a list of choices. */
export const facetNames = ['genre', 'verdict', 'mark', 'model', 'tag'] as const;
export type FacetName = (typeof facetNames)[number];

export const libraryMarks = ['ambiguous', 'not-music'] as const;
export type LibraryMark = (typeof libraryMarks)[number];

/** What is asked of the library. Everything that is not empty has to hold. */
export interface LibraryQuery {
  /** Words; all of them have to be found in the name, the note, the tags or the genre's names. */
  readonly text: string;
  /** Chosen values: one of them has to hold in each facet that has any. */
  readonly chosen: Readonly<Record<FacetName, readonly string[]>>;
  /** Milliseconds since 1970 of the analysis, from included to excluded; null is no limit. */
  readonly fromMs: number | null;
  readonly untilMs: number | null;
}

export const everything: LibraryQuery = {
  text: '',
  chosen: { genre: [], verdict: [], mark: [], model: [], tag: [] },
  fromMs: null,
  untilMs: null,
};

export const isEverything = (query: LibraryQuery): boolean =>
  query.text.trim() === '' &&
  query.fromMs === null &&
  query.untilMs === null &&
  facetNames.every((facet) => query.chosen[facet].length === 0);

export const sortKeys = ['name', 'date', 'confidence', 'genre', 'verdict', 'duration', 'similarity'] as const;
export type SortKey = (typeof sortKeys)[number];

export interface LibrarySort {
  readonly key: SortKey;
  readonly descending: boolean;
  /** Whose distances `similarity` sorts by; null for the other keys. */
  readonly like: RecordId | null;
}

/** Numbers that `similarity` sorts by, smallest first; NaN where two rows cannot be compared: those come last. */
export type RowDistance = (from: LibraryRow, to: LibraryRow) => number;

export interface Listing {
  /** What was asked for, in order. */
  readonly rows: readonly LibraryRow[];
  /** Rows of the whole library. */
  readonly total: number;
  /**
   * For each value of each facet: rows that would be there if this value were chosen and nothing else of its facet.
   * Values that no such row has are left out.
   */
  readonly counts: Readonly<Record<FacetName, ReadonlyMap<string, number>>>;
  /** Index in `rows`, or -1. */
  placeOf(id: RecordId): number;
}

/** The genre that counts for a row: the person's where there is one, else the model's first; null for a silent track. */
export function genreOf(row: LibraryRow): string | null {
  const { verdict } = row.review;
  return verdict.kind === 'corrected' ? verdict.genre : (row.top[0]?.genre ?? null);
}

/** The values of a row, as filters know them. The model is named by the hash of its weights. */
export function facetValues(row: LibraryRow, facet: FacetName): readonly string[] {
  switch (facet) {
    case 'genre': {
      const genre = genreOf(row);
      return genre === null ? [] : [genre];
    }
    case 'verdict':
      return [row.review.verdict.kind];
    case 'mark':
      return [
        ...(row.ambiguous ? (['ambiguous'] as const) : []),
        ...(row.notMusic ? (['not-music'] as const) : []),
      ];
    case 'model':
      return [row.modelSha256];
    case 'tag':
      return row.review.tags;
  }
}

/** Everything a search looks at, folded. Parts are kept apart by line ends, which no word of a search contains. */
export function searchText(row: LibraryRow): string {
  const { verdict, note, tags } = row.review;
  const genres = [row.top[0]?.genre, verdict.kind === 'corrected' ? verdict.genre : undefined];
  const names = genres.flatMap((genre) => {
    if (genre === undefined) return [];
    const name = row.names[genre];
    return name === undefined ? [genre] : [name.en, name.zh];
  });
  return foldText([row.name, note, ...tags, ...names].join('\n'));
}

const verdictOrder: readonly VerdictKind[] = ['none', 'unsure', 'corrected', 'accepted'];

/** Numbers for the values of a facet, in the order in which they were met. */
class Dictionary {
  readonly values: string[] = [];
  readonly #codes = new Map<string, number>();

  code(value: string): number {
    const known = this.#codes.get(value);
    if (known !== undefined) return known;
    this.#codes.set(value, this.values.length);
    return this.values.push(value) - 1;
  }
}

/** What is kept of a row so that no query has to look at texts twice. */
interface Entry {
  readonly row: LibraryRow;
  readonly text: string;
  readonly nameKey: string;
  readonly createdMs: number;
  /** Codes of the row's values, one list a facet. */
  readonly codes: readonly (readonly number[])[];
}

const byName = (a: Entry, b: Entry): number => {
  if (a.nameKey !== b.nameKey) return a.nameKey < b.nameKey ? -1 : 1;
  if (a.row.name !== b.row.name) return a.row.name < b.row.name ? -1 : 1;
  if (a.row.id === b.row.id) return 0;
  return a.row.id < b.row.id ? -1 : 1;
};

/** First place in `sorted` whose entry comes after `entry`. */
function placeFor(sorted: readonly Entry[], entry: Entry, from: number): number {
  let low = from;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (byName(sorted[middle]!, entry) <= 0) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Two sorted lists as one: log n comparisons for each added entry, whatever the length of the list. */
function merged(sorted: readonly Entry[], added: readonly Entry[]): Entry[] {
  if (sorted.length === 0) return [...added];
  const all: Entry[] = [];
  let at = 0;
  for (const entry of added) {
    const place = placeFor(sorted, entry, at);
    while (at < place) all.push(sorted[at++]!);
    all.push(entry);
  }
  while (at < sorted.length) all.push(sorted[at++]!);
  return all;
}

/**
 * Sorts by number, equal ones staying in the order they came in; NaN comes last. A radix sort over the bits of the
 * doubles, 16 at a time: four passes, no comparisons.
 */
export function stableByNumber<T>(
  items: readonly T[],
  numberOf: (item: T) => number,
  descending: boolean,
): T[] {
  const count = items.length;
  const keys = new Float64Array(count);
  for (let i = 0; i < count; i++) {
    const value = numberOf(items[i]!);
    // NaN has no place among numbers; adding 0 makes -0 the same as 0.
    keys[i] = Number.isNaN(value) ? Number.POSITIVE_INFINITY : (descending ? -value : value) + 0;
  }
  const digits = new Uint16Array(keys.buffer);
  // Doubles order like integers once the sign bit is turned, and all bits of negative ones.
  for (let i = 0; i < count; i++) {
    const sign = digits[4 * i + 3]! & 0x8000;
    if (sign === 0) digits[4 * i + 3]! ^= 0x8000;
    else for (let digit = 0; digit < 4; digit++) digits[4 * i + digit]! ^= 0xffff;
  }
  let order = Int32Array.from({ length: count }, (_, i) => i);
  let next = new Int32Array(count);
  const starts = new Int32Array(0x10000);
  for (let digit = 0; digit < 4; digit++) {
    starts.fill(0);
    for (let i = 0; i < count; i++) starts[digits[4 * i + digit]!]!++;
    // A digit that all share says nothing.
    if (count === 0 || starts[digits[digit]!] === count) continue;
    let sum = 0;
    for (let value = 0; value < 0x10000; value++) {
      const here = starts[value]!;
      starts[value] = sum;
      sum += here;
    }
    for (let i = 0; i < count; i++) {
      const item = order[i]!;
      next[starts[digits[4 * item + digit]!]!++] = item;
    }
    [order, next] = [next, order];
  }
  return Array.from(order, (i) => items[i]!);
}

export interface LibraryIndex {
  readonly size: number;
  row(id: RecordId): LibraryRow | undefined;
  ids(): IterableIterator<RecordId>;
  /** Takes new and changed rows in and removed ones out. Texts are prepared for the given rows only. */
  update(put: readonly LibraryRow[], removed: readonly RecordId[]): void;
  /** Names of the genres that occur, as their models call them. */
  readonly genreNames: ReadonlyMap<string, { readonly en: string; readonly zh: string }>;
  /** Ids of the models that occur, by the hash of their weights. */
  readonly modelNames: ReadonlyMap<string, string>;
  /**
   * The rows that a query asks for. One pass over the library, in the order of the names, so that rows that a sort finds
   * equal stay in that order.
   * @param language of the genres' names, for the sort by genre
   */
  list(query: LibraryQuery, sort: LibrarySort, language: 'en' | 'zh', distance: RowDistance): Listing;
}

/** An index over the rows of the library, kept up to date row by row. */
export function createLibraryIndex(): LibraryIndex {
  const entries = new Map<RecordId, Entry>();
  /** In the order of the names. */
  let ordered: Entry[] = [];
  const dictionaries = facetNames.map(() => new Dictionary());
  const genreNames = new Map<string, { readonly en: string; readonly zh: string }>();
  const modelNames = new Map<string, string>();

  function entryOf(row: LibraryRow, before: Entry | undefined): Entry {
    for (const [genre, name] of Object.entries(row.names)) genreNames.set(genre, name);
    modelNames.set(row.modelSha256, row.modelId);
    return {
      row,
      text: searchText(row),
      nameKey: before?.row.name === row.name ? before.nameKey : nameSortKey(row.name),
      createdMs: Date.parse(row.createdAt),
      codes: facetNames.map((facet, f) =>
        facetValues(row, facet).map((value) => dictionaries[f]!.code(value)),
      ),
    };
  }

  function update(put: readonly LibraryRow[], removed: readonly RecordId[]): void {
    const replaced = new Map<Entry, Entry>();
    const gone = new Set<Entry>();
    const added = new Map<RecordId, Entry>();
    // A row that is given twice counts as it was given last.
    for (const row of new Map(put.map((row) => [row.id, row])).values()) {
      const before = entries.get(row.id);
      const entry = entryOf(row, before);
      entries.set(row.id, entry);
      if (before !== undefined && before.row.name === row.name) replaced.set(before, entry);
      else {
        if (before !== undefined) gone.add(before);
        added.set(row.id, entry);
      }
    }
    for (const id of removed) {
      const entry = entries.get(id);
      if (entry === undefined) continue;
      entries.delete(id);
      added.delete(id);
      gone.add(entry);
    }
    if (replaced.size > 0) ordered = ordered.map((entry) => replaced.get(entry) ?? entry);
    if (gone.size > 0) ordered = ordered.filter((entry) => !gone.has(entry));
    if (added.size > 0) ordered = merged(ordered, [...added.values()].toSorted(byName));
  }

  function found(query: LibraryQuery): { readonly matches: Entry[]; readonly counts: Uint32Array[] } {
    const words = searchWords(query.text);
    const { fromMs, untilMs } = query;
    const wanted = facetNames.map((facet, f) => {
      const chosen = query.chosen[facet];
      if (chosen.length === 0) return null;
      const dictionary = dictionaries[f]!;
      const set = new Uint8Array(dictionary.values.length);
      for (const value of chosen) {
        const code = dictionary.values.indexOf(value);
        if (code >= 0) set[code] = 1;
      }
      return set;
    });
    const counts = dictionaries.map((dictionary) => new Uint32Array(dictionary.values.length));
    const matches: Entry[] = [];
    const facets = facetNames.length;
    for (const entry of ordered) {
      if (fromMs !== null && !(entry.createdMs >= fromMs)) continue;
      if (untilMs !== null && !(entry.createdMs < untilMs)) continue;
      let said = true;
      for (const word of words) {
        if (entry.text.includes(word)) continue;
        said = false;
        break;
      }
      if (!said) continue;
      let refusals = 0;
      let refusing = -1;
      for (let f = 0; f < facets && refusals < 2; f++) {
        const set = wanted[f]!;
        if (set === null) continue;
        let held = false;
        for (const code of entry.codes[f]!) held ||= set[code] === 1;
        if (held) continue;
        refusals++;
        refusing = f;
      }
      if (refusals === 0) matches.push(entry);
      if (refusals > 1) continue;
      for (let f = 0; f < facets; f++) {
        if (refusals === 1 && f !== refusing) continue;
        for (const code of entry.codes[f]!) counts[f]![code]!++;
      }
    }
    return { matches, counts };
  }

  function sorted(
    matches: Entry[],
    sort: LibrarySort,
    language: 'en' | 'zh',
    distance: RowDistance,
  ): readonly Entry[] {
    switch (sort.key) {
      case 'name':
        return sort.descending ? matches.toReversed() : matches;
      case 'date':
        return stableByNumber(matches, (entry) => entry.createdMs, sort.descending);
      case 'confidence':
        return stableByNumber(
          matches,
          (entry) => entry.row.top[0]?.probability ?? Number.NaN,
          sort.descending,
        );
      case 'duration':
        return stableByNumber(matches, (entry) => entry.row.durationSeconds, sort.descending);
      case 'verdict':
        return stableByNumber(
          matches,
          (entry) => verdictOrder.indexOf(entry.row.review.verdict.kind),
          sort.descending,
        );
      case 'genre': {
        const collator = new Intl.Collator(language === 'zh' ? 'zh-Hans' : 'en');
        const genres = dictionaries[facetNames.indexOf('genre')]!.values;
        const nameOf = (code: number): string => genreNames.get(genres[code]!)?.[language] ?? genres[code]!;
        const places = new Float64Array(genres.length);
        const inOrder = genres
          .map((_, code) => code)
          .toSorted((a, b) => collator.compare(nameOf(a), nameOf(b)) || a - b);
        for (const [place, code] of inOrder.entries()) places[code] = place;
        const facet = facetNames.indexOf('genre');
        return stableByNumber(
          matches,
          (entry) => {
            const code = entry.codes[facet]![0];
            return code === undefined ? Number.NaN : places[code]!;
          },
          sort.descending,
        );
      }
      case 'similarity': {
        const like = sort.like === null ? undefined : entries.get(sort.like);
        if (like === undefined) return matches;
        return stableByNumber(
          matches,
          (entry) => (entry === like ? -1 : distance(like.row, entry.row)),
          sort.descending,
        );
      }
    }
  }

  return {
    get size() {
      return entries.size;
    },
    row: (id) => entries.get(id)?.row,
    ids: () => entries.keys(),
    update,
    genreNames,
    modelNames,
    list: (query, sort, language, distance) => {
      const { matches, counts } = found(query);
      const rows = sorted(matches, sort, language, distance).map((entry) => entry.row);
      let places: Map<RecordId, number> | null = null;
      const countsOf = (facet: FacetName): ReadonlyMap<string, number> => {
        const f = facetNames.indexOf(facet);
        return new Map(
          dictionaries[f]!.values.map((value, code): [string, number] => [
            value,
            counts[f]![code] ?? 0,
          ]).filter(([, count]) => count > 0),
        );
      };
      return {
        rows,
        total: entries.size,
        counts: {
          genre: countsOf('genre'),
          verdict: countsOf('verdict'),
          mark: countsOf('mark'),
          model: countsOf('model'),
          tag: countsOf('tag'),
        },
        placeOf: (id) => {
          // Made when first asked for: most changes of a query are followed by none of this.
          places ??= new Map(rows.map((row, place) => [row.id, place]));
          return places.get(id) ?? -1;
        },
      };
    },
  };
}
