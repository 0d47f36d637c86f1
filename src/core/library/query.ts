import type { LibraryRow, RecordId, VerdictKind } from '#core/library/record.ts';
import { exhaustive } from '#core/result.ts';
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

/** What `similarity` sorts by, smallest first: distances from one row; NaN for rows that cannot be compared, which come last. */
export type RowDistance = (from: LibraryRow) => (to: LibraryRow) => number;

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
    default:
      return exhaustive(facet);
  }
}

/** Names of genres and tags come again in row after row. */
const foldedNames = new Map<string, string>();

function foldName(name: string): string {
  const known = foldedNames.get(name);
  if (known !== undefined) return known;
  const folded = foldText(name);
  if (foldedNames.size < 4096) foldedNames.set(name, folded);
  return folded;
}

/** Everything a search looks at, folded. Parts are kept apart by line ends, which no word of a search contains. */
export function searchText(row: LibraryRow): string {
  const { verdict, note, tags } = row.review;
  const parts = [foldText(row.name)];
  if (note !== '') parts.push(foldText(note));
  for (const tag of tags) parts.push(foldName(tag));
  const first = row.top[0]?.genre;
  const genres = verdict.kind === 'corrected' && verdict.genre !== first ? [first, verdict.genre] : [first];
  for (const genre of genres) {
    if (genre === undefined) continue;
    const name = row.names[genre];
    if (name === undefined) parts.push(foldName(genre));
    else parts.push(foldName(name.en), foldName(name.zh));
  }
  return parts.join('\n');
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

/** Orders doubles like integers of four 16-bit digits, lowest digit first, in place: the sign bit turned, all bits of negative ones. */
function digitsOf(keys: Float64Array<ArrayBuffer>): Uint16Array {
  const digits = new Uint16Array(keys.buffer);
  for (let at = 0; at < digits.length; at += 4) {
    if ((digits[at + 3]! & 0x8000) === 0) digits[at + 3]! ^= 0x8000;
    else for (let digit = 0; digit < 4; digit++) digits[at + digit]! ^= 0xffff;
  }
  return digits;
}

/**
 * The places of numbers in ascending (or descending) order, equal ones in the order they came in, NaN last both ways. A
 * radix sort over the bits of the doubles, 16 at a time: at most four passes and no comparisons.
 * @param values any doubles
 * @returns a permutation of 0 to values.length - 1
 */
export function stableOrder(values: Float64Array, descending: boolean): Int32Array<ArrayBuffer> {
  const count = values.length;
  const keys = new Float64Array(count);
  for (let i = 0; i < count; i++) {
    const value = values[i]!;
    // NaN has no place among numbers; adding 0 makes -0 the same as 0.
    keys[i] = Number.isNaN(value) ? Number.POSITIVE_INFINITY : (descending ? -value : value) + 0;
  }
  const digits = digitsOf(keys);
  let order = new Int32Array(count);
  for (let i = 0; i < count; i++) order[i] = i;
  let next = new Int32Array(count);
  const starts = new Int32Array(0x10000);
  for (let digit = 0; digit < 4; digit++) {
    starts.fill(0);
    for (let at = digit; at < digits.length; at += 4) starts[digits[at]!]!++;
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
  return order;
}

export interface LibraryIndex {
  readonly size: number;
  row(id: RecordId): LibraryRow | undefined;
  ids(): IterableIterator<RecordId>;
  /** Takes new and changed rows in and removed ones out. Texts are prepared for the given rows only. */
  update(put: readonly LibraryRow[], removed: readonly RecordId[]): void;
  /** Names of the genres that occur, as their models call them. */
  readonly genreNames: ReadonlyMap<string, { readonly en: string; readonly zh: string }>;
  /** Genres that some row's model marks as experimental. */
  readonly experimentalGenres: ReadonlySet<string>;
  /** Ids of the models that occur, by the hash of their weights. */
  readonly modelNames: ReadonlyMap<string, string>;
  /**
   * The rows that a query asks for. One pass over the library in the order of the names, so that rows that a sort finds
   * equal stay in that order.
   * @param language of the genres' names, for the sort by genre
   */
  list(query: LibraryQuery, sort: LibrarySort, language: 'en' | 'zh', distance: RowDistance): Listing;
}

/** Numbers of the rows, one array a field, by slot: a pass over 100 000 rows then reads memory in a straight line. */
interface Columns {
  readonly createdMs: Float64Array;
  readonly seconds: Float64Array;
  readonly confidence: Float64Array;
  /** Code of the genre that counts, -1 for none. */
  readonly genre: Int32Array;
  readonly verdict: Int32Array;
  /** Bit for each of `libraryMarks`. */
  readonly marks: Int32Array;
  readonly model: Int32Array;
}

const columnsFor = (slots: number): Columns => ({
  createdMs: new Float64Array(slots),
  seconds: new Float64Array(slots),
  confidence: new Float64Array(slots),
  genre: new Int32Array(slots),
  verdict: new Int32Array(slots),
  marks: new Int32Array(slots),
  model: new Int32Array(slots),
});

function grown(columns: Columns, slots: number): Columns {
  const larger = columnsFor(slots);
  for (const name of Object.keys(larger) as (keyof Columns)[]) larger[name].set(columns[name]);
  return larger;
}

const noTags: readonly number[] = [];

/** For each value of a facet, whether it was chosen; null where nothing was. */
function wanted(chosen: readonly string[], values: readonly string[]): Uint8Array | null {
  if (chosen.length === 0) return null;
  return Uint8Array.from(values, (value) => Number(chosen.includes(value)));
}

const countsByValue = (values: readonly string[], counts: Uint32Array): ReadonlyMap<string, number> =>
  new Map(
    values
      .map((value, code): [string, number] => [value, counts[code] ?? 0])
      .filter(([, count]) => count > 0),
  );

/** An index over the rows of the library, kept up to date row by row. */
export function createLibraryIndex(): LibraryIndex {
  const slotOf = new Map<RecordId, number>();
  /** Slots that removed rows have left. */
  const free: number[] = [];
  const rows: (LibraryRow | undefined)[] = [];
  const texts: string[] = [];
  const nameKeys: string[] = [];
  const tagCodes: (readonly number[])[] = [];
  let columns = columnsFor(64);
  /** Slots in the order of the names. */
  let ordered = new Int32Array(0);
  let changes = 0;
  let distances: {
    readonly like: LibraryRow;
    readonly changes: number;
    readonly bySlot: Float64Array;
  } | null = null;
  const genres = new Dictionary();
  const models = new Dictionary();
  const tags = new Dictionary();
  const genreNames = new Map<string, { readonly en: string; readonly zh: string }>();
  const experimentalGenres = new Set<string>();
  const modelNames = new Map<string, string>();

  function compareNames(a: number, b: number): number {
    const [keyA, keyB] = [nameKeys[a]!, nameKeys[b]!];
    if (keyA !== keyB) return keyA < keyB ? -1 : 1;
    const [rowA, rowB] = [rows[a]!, rows[b]!];
    if (rowA.name !== rowB.name) return rowA.name < rowB.name ? -1 : 1;
    return rowA.id < rowB.id ? -1 : 1;
  }

  function write(slot: number, row: LibraryRow): void {
    if (slot >= columns.genre.length) columns = grown(columns, 2 * columns.genre.length);
    if (rows[slot]?.name !== row.name) nameKeys[slot] = nameSortKey(row.name);
    rows[slot] = row;
    texts[slot] = searchText(row);
    const genre = genreOf(row);
    if (genre !== null && !genreNames.has(genre))
      genreNames.set(genre, row.names[genre] ?? { en: genre, zh: genre });
    for (const experimental of row.experimental) experimentalGenres.add(experimental);
    modelNames.set(row.modelSha256, row.modelId);
    columns.createdMs[slot] = Date.parse(row.createdAt);
    columns.seconds[slot] = row.durationSeconds;
    columns.confidence[slot] = row.top[0]?.probability ?? Number.NaN;
    columns.genre[slot] = genre === null ? -1 : genres.code(genre);
    columns.verdict[slot] = verdictOrder.indexOf(row.review.verdict.kind);
    columns.marks[slot] = Number(row.ambiguous) | (Number(row.notMusic) << 1);
    columns.model[slot] = models.code(row.modelSha256);
    const own = row.review.tags;
    tagCodes[slot] = own.length === 0 ? noTags : own.map((tag) => tags.code(tag));
  }

  /** Takes slots into the order of the names: log n comparisons for each, whatever the length of the list. */
  function insert(added: readonly number[]): void {
    const sorted = added.toSorted(compareNames);
    const all = new Int32Array(ordered.length + sorted.length);
    let from = 0;
    let at = 0;
    for (const slot of sorted) {
      let low = from;
      let high = ordered.length;
      while (low < high) {
        const middle = (low + high) >>> 1;
        if (compareNames(ordered[middle]!, slot) < 0) low = middle + 1;
        else high = middle;
      }
      all.set(ordered.subarray(from, low), at);
      at += low - from;
      all[at++] = slot;
      from = low;
    }
    all.set(ordered.subarray(from), at);
    ordered = all;
  }

  function update(put: readonly LibraryRow[], removed: readonly RecordId[]): void {
    changes++;
    // A row that is given twice counts as it was given last.
    const given = new Map(put.map((row) => [row.id, row]));
    const leaving = new Set<number>();
    for (const id of removed) {
      given.delete(id);
      const slot = slotOf.get(id);
      if (slot === undefined) continue;
      leaving.add(slot);
      slotOf.delete(id);
      free.push(slot);
      rows[slot] = undefined;
      texts[slot] = '';
    }
    const renamed = [...given.values()].filter((row) => {
      const slot = slotOf.get(row.id);
      return slot !== undefined && rows[slot]?.name !== row.name;
    });
    for (const row of renamed) leaving.add(slotOf.get(row.id)!);
    if (leaving.size > 0) ordered = ordered.filter((slot) => !leaving.has(slot));
    const entering = renamed.map((row) => slotOf.get(row.id)!);
    for (const row of given.values()) {
      let slot = slotOf.get(row.id);
      if (slot === undefined) {
        slot = free.pop() ?? rows.length;
        slotOf.set(row.id, slot);
        entering.push(slot);
      }
      write(slot, row);
    }
    if (entering.length > 0) insert(entering);
  }

  function found(query: LibraryQuery) {
    const words = searchWords(query.text);
    const { fromMs, untilMs, chosen } = query;
    const { createdMs, genre, verdict, marks, model } = columns;
    const wantedGenres = wanted(chosen.genre, genres.values);
    const wantedVerdicts = wanted(chosen.verdict, verdictOrder);
    const wantedModels = wanted(chosen.model, models.values);
    const wantedTags = wanted(chosen.tag, tags.values);
    const wantedMarks =
      chosen.mark.length === 0
        ? null
        : libraryMarks.reduce((bits, mark, bit) => bits | (Number(chosen.mark.includes(mark)) << bit), 0);
    const counts: Readonly<Record<FacetName, Uint32Array>> = {
      genre: new Uint32Array(genres.values.length),
      verdict: new Uint32Array(verdictOrder.length),
      mark: new Uint32Array(libraryMarks.length),
      model: new Uint32Array(models.values.length),
      tag: new Uint32Array(tags.values.length),
    };
    const matches = new Int32Array(ordered.length);
    let matched = 0;
    for (const slot of ordered) {
      if (fromMs !== null && !(createdMs[slot]! >= fromMs)) continue;
      if (untilMs !== null && !(createdMs[slot]! < untilMs)) continue;
      if (words.length > 0) {
        const text = texts[slot]!;
        if (!words.every((word) => text.includes(word))) continue;
      }
      const ofGenre = genre[slot]!;
      const ofTags = tagCodes[slot]!;
      const refusesGenre = wantedGenres !== null && wantedGenres[ofGenre] !== 1;
      const refusesVerdict = wantedVerdicts !== null && wantedVerdicts[verdict[slot]!] !== 1;
      const refusesMark = wantedMarks !== null && (wantedMarks & marks[slot]!) === 0;
      const refusesModel = wantedModels !== null && wantedModels[model[slot]!] !== 1;
      const refusesTag = wantedTags !== null && !ofTags.some((code) => wantedTags[code] === 1);
      const refusals =
        Number(refusesGenre) +
        Number(refusesVerdict) +
        Number(refusesMark) +
        Number(refusesModel) +
        Number(refusesTag);
      if (refusals > 1) continue;
      if (refusals === 0) matches[matched++] = slot;
      // A row that one facet alone refuses is what choosing more of that facet would bring.
      if ((refusals === 0 || refusesGenre) && ofGenre >= 0) counts.genre[ofGenre]!++;
      if (refusals === 0 || refusesVerdict) counts.verdict[verdict[slot]!]!++;
      if (refusals === 0 || refusesModel) counts.model[model[slot]!]!++;
      if (refusals === 0 || refusesMark) {
        counts.mark[0]! += marks[slot]! & 1;
        counts.mark[1]! += marks[slot]! >> 1;
      }
      if (refusals === 0 || refusesTag) for (const code of ofTags) counts.tag[code]!++;
    }
    return { matches: matches.subarray(0, matched), counts };
  }

  /** Distances of all rows, by slot: asked once, however often the list is narrowed while it is sorted by likeness. */
  function known(like: LibraryRow, distance: RowDistance): Float64Array {
    if (distances?.like === like && distances.changes === changes) return distances.bySlot;
    const distanceTo = distance(like);
    const bySlot = new Float64Array(rows.length);
    for (const slot of ordered) bySlot[slot] = distanceTo(rows[slot]!);
    distances = { like, changes, bySlot };
    return bySlot;
  }

  /** Numbers to sort slots by; null for the order of the names. */
  function sortNumbers(
    sort: LibrarySort,
    language: 'en' | 'zh',
    distance: RowDistance,
  ): ((slot: number) => number) | null {
    const { createdMs, confidence, seconds, verdict, genre } = columns;
    switch (sort.key) {
      case 'name':
        return null;
      case 'date':
        return (slot) => createdMs[slot]!;
      case 'confidence':
        return (slot) => confidence[slot]!;
      case 'duration':
        return (slot) => seconds[slot]!;
      case 'verdict':
        return (slot) => verdict[slot]!;
      case 'genre': {
        const collator = new Intl.Collator(language === 'zh' ? 'zh-Hans' : 'en');
        const nameOf = (id: string): string => genreNames.get(id)?.[language] ?? id;
        const inOrder = genres.values.toSorted((a, b) => collator.compare(nameOf(a), nameOf(b)));
        const places = Float64Array.from(genres.values, (id) => inOrder.indexOf(id));
        return (slot) => places[genre[slot]!] ?? Number.NaN;
      }
      case 'similarity': {
        const likeSlot = sort.like === null ? undefined : slotOf.get(sort.like);
        const like = likeSlot === undefined ? undefined : rows[likeSlot];
        if (like === undefined) return null;
        return (slot) => (slot === likeSlot ? -1 : known(like, distance)[slot]!);
      }
      default:
        return exhaustive(sort.key);
    }
  }

  function list(
    query: LibraryQuery,
    sort: LibrarySort,
    language: 'en' | 'zh',
    distance: RowDistance,
  ): Listing {
    const { matches, counts } = found(query);
    const numberOf = sortNumbers(sort, language, distance);
    let slots = matches;
    if (numberOf !== null) {
      const numbers = new Float64Array(matches.length);
      for (let place = 0; place < matches.length; place++) numbers[place] = numberOf(matches[place]!);
      slots = stableOrder(numbers, sort.descending);
      for (let place = 0; place < slots.length; place++) slots[place] = matches[slots[place]!]!;
    } else if (sort.key === 'name' && sort.descending) slots = matches.toReversed();
    // Loops instead of `from`, which is an order of magnitude slower here.
    const listed = Array<LibraryRow>(slots.length);
    for (let place = 0; place < slots.length; place++) listed[place] = rows[slots[place]!]!;
    let places: Int32Array | null = null;
    return {
      rows: listed,
      total: slotOf.size,
      counts: {
        genre: countsByValue(genres.values, counts.genre),
        verdict: countsByValue(verdictOrder, counts.verdict),
        mark: countsByValue(libraryMarks, counts.mark),
        model: countsByValue(models.values, counts.model),
        tag: countsByValue(tags.values, counts.tag),
      },
      placeOf: (id) => {
        const slot = slotOf.get(id);
        if (slot === undefined) return -1;
        if (places === null) {
          places = new Int32Array(rows.length).fill(-1);
          for (let place = 0; place < slots.length; place++) places[slots[place]!] = place;
        }
        const place = places[slot] ?? -1;
        // The slot may have been given to another row since.
        return listed[place]?.id === id ? place : -1;
      },
    };
  }

  return {
    get size() {
      return slotOf.size;
    },
    row: (id) => {
      const slot = slotOf.get(id);
      return slot === undefined ? undefined : rows[slot];
    },
    ids: () => slotOf.keys(),
    update,
    genreNames,
    experimentalGenres,
    modelNames,
    list,
  };
}
