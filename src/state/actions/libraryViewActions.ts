import { everything, type LibraryQuery, type LibrarySort } from '#core/library/query.ts';
import { longestTag, mostTags, type RecordId, type Review, type Verdict } from '#core/library/record.ts';
import { exhaustive } from '#core/result.ts';
import { action, always, command } from '#state/actions/action.ts';
import { compareRecords } from '#state/actions/compareActions.ts';
import type { HistoryName } from '#state/history.ts';
import { openRecord, removeRecords, setReview } from '#state/actions/libraryActions.ts';
import {
  actedOn,
  focusedPlace,
  withAll,
  withFocus,
  withOnly,
  withoutFocusOn,
  withRange,
  withToggled,
} from '#state/libraryView.ts';
import type { Workbench } from '#state/workbench.ts';

/** Asks something else of the library; what is not given stays. */
export const setQuery = action({
  name: 'setQuery',
  enabled: always,
  effect: (bench, change: Partial<LibraryQuery>) =>
    bench.libraryView.setState((state) => ({ query: { ...state.query, ...change } })),
});

export const clearQuery = action({
  name: 'clearQuery',
  enabled: always,
  effect: (bench) => bench.libraryView.setState({ query: everything }),
});

export const setSort = action({
  name: 'setSort',
  enabled: always,
  effect: (bench, sort: LibrarySort) => bench.libraryView.setState({ sort }),
});

/** How a press or a key on a row is meant. */
export type SelectWay = 'only' | 'toggle' | 'range' | 'add-range' | 'focus';

/** Selects by place in the list. */
export const selectRow = action({
  name: 'selectRow',
  enabled: (bench, place: number) => bench.libraryView.getState().listing.rows[place] !== undefined,
  effect: (bench, place: number, way: SelectWay) =>
    bench.libraryView.setState((state) => {
      switch (way) {
        case 'only':
          return withOnly(state, place);
        case 'toggle':
          return withToggled(state, place);
        case 'range':
          return withRange(state, place, false);
        case 'add-range':
          return withRange(state, place, true);
        case 'focus':
          return withFocus(state, place);
        default:
          return exhaustive(way);
      }
    }),
});

const selectedIds = (bench: Workbench): readonly RecordId[] => actedOn(bench.libraryView.getState());
const anySelected = (bench: Workbench): boolean => selectedIds(bench).length > 0;

const giveVerdict = (bench: Workbench, verdict: Verdict, as: HistoryName): Promise<void> =>
  setReview.effect(bench, selectedIds(bench), (review) => ({ ...review, verdict }), as);

/** A tag as it is kept: trimmed, white space as single blanks, cut where it is too long (no character in half); empty for nothing. */
export const tidyTag = (text: string): string =>
  text
    .trim()
    .replace(/\s+/gu, ' ')
    .slice(0, longestTag)
    .replace(/[\ud800-\udbff]$/, '')
    .trim();

export function withTag(review: Review, tag: string): Review {
  if (tag === '' || review.tags.includes(tag) || review.tags.length >= mostTags) return review;
  return { ...review, tags: [...review.tags, tag] };
}

/** Gives a tag to all that is selected. */
export const addTag = action({
  name: 'addTag',
  enabled: anySelected,
  effect: (bench, text: string) =>
    setReview.effect(bench, selectedIds(bench), (review) => withTag(review, tidyTag(text)), 'addTag'),
});

/** Takes a tag from all that is selected. */
export const removeTag = action({
  name: 'removeTag',
  enabled: anySelected,
  effect: (bench, tag: string) =>
    setReview.effect(
      bench,
      selectedIds(bench),
      (review) =>
        review.tags.includes(tag) ? { ...review, tags: review.tags.filter((own) => own !== tag) } : review,
      'removeTag',
    ),
});

export const closeTagging = action({
  name: 'closeTagging',
  enabled: always,
  effect: (bench) => bench.libraryView.setState({ tagging: false }),
});

/** Sorts by likeness to one result, and shows everything it can be compared with. */
export const sortByLikeness = action({
  name: 'sortByLikeness',
  enabled: (bench, id: RecordId) => bench.library.getState().rows.has(id),
  effect: (bench, id: RecordId) =>
    bench.libraryView.setState((state) => ({
      query: everything,
      sort: { key: 'similarity', descending: false, like: id },
      focusedId: id,
      selected: new Set([id]),
      anchorId: id,
      searchWishes: state.searchWishes,
    })),
});

/** The one result that is meant: the only selected one, else the one that the keyboard is at; none where several are selected. */
function meantRow(bench: Workbench): RecordId | undefined {
  const state = bench.libraryView.getState();
  const [only, another] = selectedIds(bench);
  if (another !== undefined) return undefined;
  if (only !== undefined) return only;
  return state.focusedId === null ? undefined : state.listing.rows[focusedPlace(state)]?.id;
}

export const libraryViewCommands = [
  command({
    name: 'toggleLibrary',
    group: 'page',
    icon: 'library',
    keys: [{ key: 'l', mod: true }],
    enabled: always,
    effect: (bench) =>
      bench.navigation.setState(({ view }) => ({ view: view === 'library' ? 'workstation' : 'library' })),
  }),
  command({
    name: 'focusSearch',
    group: 'library',
    icon: 'search',
    keys: [{ key: '/' }],
    enabled: always,
    effect: (bench) => bench.libraryView.setState(({ searchWishes }) => ({ searchWishes: searchWishes + 1 })),
  }),
  command({
    name: 'openSelected',
    group: 'library',
    icon: 'wave',
    keys: [{ key: 'Enter' }],
    enabled: (bench) => meantRow(bench) !== undefined,
    effect: async (bench) => {
      const id = meantRow(bench);
      if (id !== undefined) await openRecord.effect(bench, id);
    },
  }),
  command({
    name: 'selectAll',
    group: 'library',
    keys: [{ key: 'a', mod: true }],
    enabled: (bench) => bench.libraryView.getState().listing.rows.length > 0,
    effect: (bench) => bench.libraryView.setState(withAll),
  }),
  command({
    name: 'clearSelection',
    group: 'library',
    icon: 'close',
    keys: [{ key: 'Escape' }],
    enabled: (bench) => bench.libraryView.getState().selected.size > 0,
    effect: (bench) => bench.libraryView.setState({ selected: new Set(), anchorId: null }),
  }),
  command({
    name: 'acceptSelected',
    group: 'library',
    icon: 'check',
    keys: [{ key: 'a' }],
    enabled: anySelected,
    effect: (bench) => giveVerdict(bench, { kind: 'accepted' }, 'accept'),
  }),
  command({
    name: 'unsureSelected',
    group: 'library',
    icon: 'question',
    keys: [{ key: 'u' }],
    enabled: anySelected,
    effect: (bench) => giveVerdict(bench, { kind: 'unsure' }, 'unsure'),
  }),
  command({
    name: 'clearVerdicts',
    group: 'library',
    keys: [{ key: 'x' }],
    enabled: anySelected,
    effect: (bench) => giveVerdict(bench, { kind: 'none' }, 'clearVerdict'),
  }),
  command({
    name: 'tagSelected',
    group: 'library',
    icon: 'tag',
    keys: [{ key: 't' }],
    enabled: anySelected,
    effect: (bench) => bench.libraryView.setState({ tagging: true }),
  }),
  command({
    name: 'likeSelected',
    group: 'library',
    icon: 'similar',
    keys: [],
    enabled: (bench) => selectedIds(bench).length === 1,
    effect: (bench) => {
      const id = meantRow(bench);
      if (id !== undefined) sortByLikeness.effect(bench, id);
    },
  }),
  command({
    name: 'compareSelected',
    group: 'library',
    icon: 'columns',
    keys: [{ key: 'v' }],
    enabled: (bench) => selectedIds(bench).length === 2,
    effect: (bench) => {
      const [left, right] = selectedIds(bench);
      if (left === undefined || right === undefined) return;
      compareRecords.effect(bench, left, right);
    },
  }),
  command({
    name: 'exportSelected',
    group: 'library',
    icon: 'install',
    keys: [],
    enabled: anySelected,
    effect: (bench) =>
      bench.navigation.setState({
        dialog: { kind: 'export', records: selectedIds(bench) },
      }),
  }),
  command({
    name: 'deleteSelected',
    group: 'library',
    icon: 'trash',
    keys: [{ key: 'Delete' }],
    enabled: anySelected,
    effect: async (bench) => {
      const ids = selectedIds(bench);
      bench.libraryView.setState((state) => withoutFocusOn(state, ids));
      await removeRecords.effect(bench, ids);
    },
  }),
] as const;
