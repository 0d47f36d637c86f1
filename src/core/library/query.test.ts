import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  createLibraryIndex,
  everything,
  facetNames,
  facetValues,
  genreOf,
  isEverything,
  searchText,
  sortKeys,
  stableOrder,
  type LibraryQuery,
  type LibrarySort,
  type Listing,
} from '#core/library/query.ts';
import { noReview, type LibraryRow } from '#core/library/record.ts';
import { nameSortKey, searchWords } from '#core/library/searchKey.ts';
import { libraryRow, manyLibraryRows } from '#core/testing/libraryRows.ts';

const distance =
  (from: LibraryRow) =>
  (to: LibraryRow): number =>
    from.modelSha256 === to.modelSha256
      ? Math.abs((from.probabilities[0] ?? 0) - (to.probabilities[0] ?? 0))
      : Number.NaN;

const byDate: LibrarySort = { key: 'date', descending: true, like: null };
const byName: LibrarySort = { key: 'name', descending: false, like: null };

const compareText = (a: string, b: string): number => (a === b ? 0 : a < b ? -1 : 1);

/** What a query means, said the slow way. */
function naive(rows: readonly LibraryRow[], query: LibraryQuery, sort: LibrarySort): Listing {
  const words = searchWords(query.text);
  const within = rows.filter((row) => {
    const created = Date.parse(row.createdAt);
    return (
      words.every((word) => searchText(row).includes(word)) &&
      (query.fromMs === null || created >= query.fromMs) &&
      (query.untilMs === null || created < query.untilMs)
    );
  });
  const holds = (row: LibraryRow, facet: (typeof facetNames)[number]): boolean =>
    query.chosen[facet].length === 0 ||
    facetValues(row, facet).some((value) => query.chosen[facet].includes(value));
  const shown = within.filter((row) => facetNames.every((facet) => holds(row, facet)));
  const inNameOrder = shown.toSorted(
    (a, b) =>
      compareText(nameSortKey(a.name), nameSortKey(b.name)) ||
      compareText(a.name, b.name) ||
      compareText(a.id, b.id),
  );
  const genres = [...new Set(rows.flatMap((row) => genreOf(row) ?? []))].toSorted((a, b) =>
    new Intl.Collator('en').compare(a.replace('_', ' / '), b.replace('_', ' / ')),
  );
  const like = rows.find((row) => row.id === sort.like);
  const numberOf = (row: LibraryRow): number => {
    switch (sort.key) {
      case 'date':
        return Date.parse(row.createdAt);
      case 'confidence':
        return row.top[0]?.probability ?? Number.NaN;
      case 'duration':
        return row.durationSeconds;
      case 'genre': {
        const genre = genreOf(row);
        return genre === null ? Number.NaN : genres.indexOf(genre);
      }
      case 'verdict':
        return ['none', 'unsure', 'corrected', 'accepted'].indexOf(row.review.verdict.kind);
      case 'similarity':
        return like === undefined ? 0 : row === like ? -1 : distance(like)(row);
      default:
        return 0;
    }
  };
  const sign = sort.descending ? -1 : 1;
  const sorted =
    sort.key === 'name'
      ? sort.descending
        ? inNameOrder.toReversed()
        : inNameOrder
      : inNameOrder.toSorted((a, b) => {
          const [first, second] = [numberOf(a), numberOf(b)];
          if (Number.isNaN(first) || Number.isNaN(second))
            return Number(Number.isNaN(first)) - Number(Number.isNaN(second));
          return sign * (first - second);
        });
  const countsOf = (facet: (typeof facetNames)[number]): Map<string, number> => {
    const counts = new Map<string, number>();
    for (const row of within) {
      if (!facetNames.every((other) => other === facet || holds(row, other))) continue;
      for (const value of facetValues(row, facet)) counts.set(value, (counts.get(value) ?? 0) + 1);
    }
    return counts;
  };
  return {
    rows: sorted,
    total: rows.length,
    counts: {
      genre: countsOf('genre'),
      verdict: countsOf('verdict'),
      mark: countsOf('mark'),
      model: countsOf('model'),
      tag: countsOf('tag'),
    },
    placeOf: (id) => sorted.findIndex((row) => row.id === id),
  };
}

const texts = ['take 9', 'take 10', 'Take 010', '录音', 'ＴＡＫＥ', 'straße', '<b>x</b>', ''];
const anyRow = fc
  .record({
    number: fc.nat(30),
    name: fc.constantFrom(...texts),
    note: fc.constantFrom('', 'loud', '爵士?'),
    tags: fc.uniqueArray(fc.constantFrom('live', '现场', 'B side')),
    verdict: fc.constantFrom(
      { kind: 'none' } as const,
      { kind: 'accepted' } as const,
      { kind: 'unsure' } as const,
      { kind: 'corrected', genre: 'Rock' } as const,
    ),
    top: fc.constantFrom(
      [],
      [{ genre: 'Jazz', probability: 0.5 }],
      [
        { genre: 'Folk', probability: 0.75 },
        { genre: 'Jazz', probability: 0.25 },
      ],
      [{ genre: 'Soul_RnB', probability: 0.5 }],
    ),
    model: fc.constantFrom('aa', 'bb'),
    day: fc.integer({ min: 1, max: 5 }),
    duration: fc.constantFrom(1, 60, 60.5),
    first: fc.constantFrom(0, 0.25, 0.5),
    ambiguous: fc.boolean(),
    notMusic: fc.boolean(),
  })
  .map((given) =>
    libraryRow(`r${given.number}`, {
      name: given.name,
      review: { ...noReview, verdict: given.verdict, note: given.note, tags: given.tags },
      top: given.top,
      modelSha256: given.model,
      createdAt: `2026-01-0${given.day}T12:00:00.000Z`,
      durationSeconds: given.duration,
      probabilities: Float32Array.of(given.first),
      ambiguous: given.ambiguous,
      notMusic: given.notMusic,
    }),
  );

const anyQuery: fc.Arbitrary<LibraryQuery> = fc.record({
  text: fc.constantFrom('', 'take', 'TAKE 1', 'jazz', '爵士', 'live take', 'strasse', 'nothing at all'),
  chosen: fc.record({
    genre: fc.subarray(['Jazz', 'Folk', 'Rock', 'Unknown']),
    verdict: fc.subarray(['none', 'accepted', 'corrected']),
    mark: fc.subarray(['ambiguous', 'not-music']),
    model: fc.subarray(['aa', 'bb']),
    tag: fc.subarray(['live', '现场']),
  }),
  fromMs: fc.constantFrom(null, Date.parse('2026-01-02T12:00:00.000Z')),
  untilMs: fc.constantFrom(null, Date.parse('2026-01-05T12:00:00.000Z')),
});

const anySort: fc.Arbitrary<LibrarySort> = fc.record({
  key: fc.constantFrom(...sortKeys),
  descending: fc.boolean(),
  like: fc.constantFrom(null, 'r1', 'r2', 'r3'),
});

describe('the library index', () => {
  it('answers every query as reading all rows would, after any history of changes', () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.record({
            put: fc.array(anyRow, { maxLength: 12 }),
            removed: fc.array(
              fc.nat(30).map((number) => `r${number}`),
              { maxLength: 4 },
            ),
          }),
          { maxLength: 5 },
        ),
        anyQuery,
        anySort,
        (changes, query, sort) => {
          const index = createLibraryIndex();
          const rows = new Map<string, LibraryRow>();
          for (const { put, removed } of changes) {
            index.update(put, removed);
            for (const row of put) rows.set(row.id, row);
            for (const id of removed) rows.delete(id);
          }
          const expected = naive([...rows.values()], query, sort);
          const listing = index.list(query, sort, 'en', distance);
          // A sort by likeness to a row that is not there leaves the order of the names.
          expect(listing.rows.map((row) => row.id)).toEqual(expected.rows.map((row) => row.id));
          expect(listing.total).toBe(expected.total);
          for (const facet of facetNames)
            expect(listing.counts[facet], facet).toEqual(expected.counts[facet]);
          for (const id of ['r1', 'r2', 'r30']) expect(listing.placeOf(id)).toBe(expected.placeOf(id));
        },
      ),
      { numRuns: 400 },
    );
  });

  it('prepares the texts of changed rows only', () => {
    const index = createLibraryIndex();
    let read = 0;
    const counted = (row: LibraryRow): LibraryRow =>
      new Proxy(row, {
        get: (target, key) => {
          if (key === 'names') read++;
          return Reflect.get(target, key) as unknown;
        },
      });
    index.update(manyLibraryRows(500).map(counted), []);
    const all = read;
    expect(all).toBeGreaterThanOrEqual(500);
    index.list({ ...everything, text: 'drive' }, byDate, 'en', distance);
    index.list({ ...everything, text: 'drive n' }, byDate, 'en', distance);
    expect(read, 'a query prepares nothing').toBe(all);
    index.update([counted(libraryRow('record-7', { name: 'new name' }))], ['record-8']);
    expect(read - all, 'one change is one row').toBeLessThan(10);
  });

  it('finds a corrected row under the genre the person said, and by both names', () => {
    const index = createLibraryIndex();
    const corrected = { ...noReview, verdict: { kind: 'corrected', genre: 'Rock' } as const };
    index.update([libraryRow('a', { review: corrected }), libraryRow('b')], []);
    const chosen = { ...everything.chosen, genre: ['Rock'] };
    expect(index.list({ ...everything, chosen }, byName, 'en', distance).rows.map((row) => row.id)).toEqual([
      'a',
    ]);
    const foundBy = (text: string): string[] =>
      index.list({ ...everything, text }, byName, 'en', distance).rows.map((row) => row.id);
    expect(foundBy('rock')).toEqual(['a']);
    expect(foundBy('摇滚')).toEqual(['a']);
    expect(foundBy('爵士')).toEqual(['a', 'b']);
  });

  it('knows when nothing is asked', () => {
    expect(isEverything(everything)).toBe(true);
    expect(isEverything({ ...everything, text: ' 　' })).toBe(true);
    expect(isEverything({ ...everything, fromMs: 0 })).toBe(false);
    expect(isEverything({ ...everything, chosen: { ...everything.chosen, tag: ['live'] } })).toBe(false);
  });
});

describe('stableOrder', () => {
  it('is the stable sort by any doubles, NaN last, both ways', () => {
    const double = fc.oneof(fc.double(), fc.constantFrom(0, -0, 1, -1, Number.NaN, Infinity, -Infinity));
    fc.assert(
      fc.property(fc.array(double), fc.boolean(), (values, descending) => {
        const places = values.map((_, place) => place);
        // NaN shares the last place with what is infinitely far.
        const keys = values.map((value) => (Number.isNaN(value) ? Infinity : descending ? -value : value));
        const expected = places.toSorted((a, b) =>
          keys[a] === keys[b] ? a - b : keys[a]! < keys[b]! ? -1 : 1,
        );
        expect([...stableOrder(Float64Array.from(values), descending)]).toEqual(expected);
      }),
    );
  });
});
