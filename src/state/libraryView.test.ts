import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { everything } from '#core/library/query.ts';
import type { LibraryRow, RecordId } from '#core/library/record.ts';
import { libraryRow, manyLibraryRows } from '#core/testing/libraryRows.ts';
import {
  clearQuery,
  libraryViewCommands,
  selectRow,
  setQuery,
  setSort,
  sortByLikeness,
  tidyTag,
  withTag,
  type SelectWay,
} from '#state/actions/libraryViewActions.ts';
import { actedOn } from '#state/libraryView.ts';
import { rowsInOneGo } from '#state/libraryListing.ts';
import { createFakeHost, settle } from '#state/testing/fakeHost.ts';
import type { Workbench } from '#state/workbench.ts';
import { longestTag, mostTags, noReview } from '#core/library/record.ts';

const put = (bench: Workbench, rows: readonly LibraryRow[]): void =>
  bench.library.setState((state) => ({
    phase: { kind: 'ready', keeping: 'best-effort' },
    rows: new Map([...state.rows, ...rows.map((row): [RecordId, LibraryRow] => [row.id, row])]),
    revision: state.revision + 1,
  }));

/** Rows a to h, listed in that order. */
function benchWith(...ids: readonly string[]): Workbench {
  const { bench } = createFakeHost();
  put(
    bench,
    ids.map((id) => libraryRow(id)),
  );
  bench.navigation.setState({ view: 'library' });
  setSort.effect(bench, { key: 'name', descending: false, like: null });
  return bench;
}

const listed = (bench: Workbench): readonly RecordId[] =>
  bench.libraryView.getState().listing.rows.map((row) => row.id);
const acted = (bench: Workbench): readonly RecordId[] => actedOn(bench.libraryView.getState());
const run = async (bench: Workbench, name: string): Promise<void> => {
  const found = libraryViewCommands.find((candidate) => candidate.name === name);
  if (found === undefined) throw new Error(`no command ${name}`);
  if (found.enabled(bench)) await found.effect(bench);
};

describe('the list of the library', () => {
  it('follows the library, the query and the sort while it is shown', () => {
    const bench = benchWith('b', 'a', 'c');
    expect(listed(bench)).toEqual(['a', 'b', 'c']);
    put(bench, [libraryRow('aa')]);
    expect(listed(bench)).toEqual(['a', 'aa', 'b', 'c']);
    bench.library.setState((state) => ({
      rows: new Map([...state.rows].filter(([id]) => id !== 'b')),
    }));
    expect(listed(bench)).toEqual(['a', 'aa', 'c']);
    setQuery.effect(bench, { text: 'A.WAV' });
    expect(listed(bench)).toEqual(['a', 'aa']);
    clearQuery.effect(bench);
    setSort.effect(bench, { key: 'name', descending: true, like: null });
    expect(listed(bench)).toEqual(['c', 'aa', 'a']);
  });

  it('does no work while another view is shown, and catches up when it is', () => {
    const { bench } = createFakeHost();
    put(bench, [libraryRow('a')]);
    expect(bench.libraryView.getState().index.size).toBe(0);
    bench.navigation.setState({ view: 'library' });
    expect(listed(bench)).toEqual(['a']);
  });

  it('prepares a large library in parts, and takes in what changes meanwhile', async () => {
    const { bench } = createFakeHost();
    const rows = manyLibraryRows(4 * rowsInOneGo + 1);
    put(bench, rows);
    const seen: number[] = [];
    bench.libraryView.subscribe((state) => {
      if (state.preparing !== null) seen.push(state.preparing.done);
    });
    bench.navigation.setState({ view: 'library' });
    await settle();
    put(bench, [libraryRow('late')]);
    await expect.poll(() => bench.libraryView.getState().preparing).toBeNull();
    expect(seen.length).toBeGreaterThan(2);
    expect(bench.libraryView.getState().listing.total).toBe(rows.length + 1);
    expect(bench.libraryView.getState().listing.placeOf('late')).toBeGreaterThanOrEqual(0);
  });
});

describe('the selection', () => {
  it('takes single rows, ranges from the anchor, and more', () => {
    const bench = benchWith('a', 'b', 'c', 'd', 'e', 'f', 'g', 'h');
    selectRow.effect(bench, 2, 'only');
    selectRow.effect(bench, 5, 'range');
    expect(acted(bench)).toEqual(['c', 'd', 'e', 'f']);
    selectRow.effect(bench, 0, 'range');
    expect(acted(bench), 'the anchor stays').toEqual(['a', 'b', 'c']);
    selectRow.effect(bench, 6, 'toggle');
    selectRow.effect(bench, 7, 'add-range');
    expect(acted(bench)).toEqual(['a', 'b', 'c', 'g', 'h']);
    selectRow.effect(bench, 1, 'toggle');
    expect(acted(bench)).toEqual(['a', 'c', 'g', 'h']);
  });

  it('keeps what a filter hides, but acts on nothing hidden', async () => {
    const bench = benchWith('a', 'b', 'c', 'd');
    await run(bench, 'selectAll');
    setQuery.effect(bench, { text: 'b.wav' });
    expect(acted(bench)).toEqual(['b']);
    expect(bench.libraryView.getState().selected.size).toBe(4);
    clearQuery.effect(bench);
    expect(acted(bench)).toEqual(['a', 'b', 'c', 'd']);
  });

  it('acts on listed rows only, in the order of the list, after any presses and filters', () => {
    const ways: readonly SelectWay[] = ['only', 'toggle', 'range', 'add-range', 'focus'];
    fc.assert(
      fc.property(
        fc.array(
          fc.oneof(
            fc.record({ place: fc.nat(7), way: fc.constantFrom(...ways) }),
            fc.record({ text: fc.constantFrom('', 'a', 'c.wav', 'zz') }),
          ),
          { maxLength: 20 },
        ),
        (steps) => {
          const bench = benchWith('a', 'b', 'c', 'd', 'e', 'f', 'g', 'h');
          for (const step of steps) {
            if ('text' in step) setQuery.effect(bench, { text: step.text });
            else selectRow.effect(bench, step.place, step.way);
          }
          const { selected } = bench.libraryView.getState();
          expect(acted(bench)).toEqual(listed(bench).filter((id) => selected.has(id)));
        },
      ),
      { numRuns: 100 },
    );
  });

  it('compares exactly two, and looks for likeness from exactly one', async () => {
    const bench = benchWith('a', 'b', 'c');
    const enabled = (name: string): boolean =>
      libraryViewCommands.find((candidate) => candidate.name === name)?.enabled(bench) ?? false;
    for (const [count, compares, likes] of [
      [0, false, false],
      [1, false, true],
      [2, true, false],
      [3, false, false],
    ] as const) {
      bench.libraryView.setState({ selected: new Set(['a', 'b', 'c'].slice(0, count)) });
      expect(enabled('compareSelected'), `${count} selected`).toBe(compares);
      expect(enabled('likeSelected'), `${count} selected`).toBe(likes);
    }
    bench.libraryView.setState({ selected: new Set(['a', 'c']) });
    await run(bench, 'compareSelected');
    expect(bench.navigation.getState().view).toBe('compare');
    expect(bench.compare.getState()).toMatchObject({ left: { id: 'a' }, right: { id: 'c' } });
  });
});

const of = (id: string, ...values: number[]): LibraryRow =>
  libraryRow(id, { probabilities: Float32Array.from(values) });

describe('tracks like this one', () => {
  it('puts the row itself first, then by distance of the probabilities, other models last', () => {
    const { bench } = createFakeHost();
    put(bench, [
      of('far', 0, 0, 0, 1),
      { ...of('other', 0.6, 0.3, 0.1, 0), modelSha256: 'ff'.repeat(32) },
      of('near', 0.55, 0.35, 0.1, 0),
      of('twin', 0.6, 0.3, 0.1, 0),
      of('it', 0.6, 0.3, 0.1, 0),
    ]);
    bench.navigation.setState({ view: 'library' });
    setQuery.effect(bench, { text: 'it' });
    sortByLikeness.effect(bench, 'it');
    expect(bench.libraryView.getState().query).toBe(everything);
    expect(listed(bench)).toEqual(['it', 'twin', 'near', 'far', 'other']);
  });
});

describe('tags', () => {
  it('are tidied, given once, and bounded', () => {
    expect(tidyTag('  live \t set　')).toBe('live set');
    expect(tidyTag(`${'x'.repeat(longestTag - 1)}😀`), 'no half characters').toBe('x'.repeat(longestTag - 1));
    const once = withTag(noReview, 'live');
    expect(withTag(once, 'live')).toBe(once);
    const full = Array.from({ length: mostTags + 5 }, (_, n) => `tag ${n}`).reduce(withTag, noReview);
    expect(full.tags).toHaveLength(mostTags);
    expect(withTag(noReview, '')).toBe(noReview);
  });
});
