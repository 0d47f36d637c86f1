import { createStore, type StoreApi } from 'zustand/vanilla';
import {
  createLibraryIndex,
  everything,
  type LibraryIndex,
  type LibraryQuery,
  type LibrarySort,
  type Listing,
} from '#core/library/query.ts';
import type { RecordId } from '#core/library/record.ts';

/** Newest first: what was just analysed is what a person looks for. */
export const firstSort: LibrarySort = { key: 'date', descending: true, like: null };

const nothingListed: Listing = {
  rows: [],
  total: 0,
  counts: { genre: new Map(), verdict: new Map(), mark: new Map(), model: new Map(), tag: new Map() },
  placeOf: () => -1,
};

/** Session state of the list of results: what is asked, what was found, what is selected. */
export interface LibraryViewState {
  readonly query: LibraryQuery;
  readonly sort: LibrarySort;
  /** Kept in step with the library by `followLibrary`; replaced as a whole. */
  readonly listing: Listing;
  /** Behind `listing`; changes with it. */
  readonly index: LibraryIndex;
  /** Rows that are prepared, of all, while a large library is opened; else null. */
  readonly preparing: { readonly done: number; readonly total: number } | null;
  /** May hold rows that the query hides; only those that are listed are acted on (`actedOn`). */
  readonly selected: ReadonlySet<RecordId>;
  /** Where a range starts. */
  readonly anchorId: RecordId | null;
  /** The row that the keyboard is at. */
  readonly focusedId: RecordId | null;
  /** The dialogue in which tags are given. */
  readonly tagging: boolean;
  /** Counts the wishes to write into the search. */
  readonly searchWishes: number;
}

export type LibraryViewStore = StoreApi<LibraryViewState>;

export function createLibraryViewStore(): LibraryViewStore {
  return createStore<LibraryViewState>(() => ({
    query: everything,
    sort: firstSort,
    listing: nothingListed,
    index: createLibraryIndex(),
    preparing: null,
    selected: new Set(),
    anchorId: null,
    focusedId: null,
    tagging: false,
    searchWishes: 0,
  }));
}

const acted = new WeakMap<LibraryViewState, readonly RecordId[]>();

/** The selected rows that are listed, in the order of the list: what is hidden is not acted on. Worked out once a state. */
export function actedOn(state: LibraryViewState): readonly RecordId[] {
  const known = acted.get(state);
  if (known !== undefined) return known;
  const { selected, listing } = state;
  // A selection as long as the list is quicker read from the list.
  const ids =
    selected.size * 2 > listing.rows.length
      ? listing.rows.filter((row) => selected.has(row.id)).map((row) => row.id)
      : [...selected]
          .map((id) => ({ id, place: listing.placeOf(id) }))
          .filter(({ place }) => place >= 0)
          .toSorted((a, b) => a.place - b.place)
          .map(({ id }) => id);
  acted.set(state, ids);
  return ids;
}

/** Place of the row that the keyboard is at; the first one where that row is not listed; -1 for an empty list. */
export function focusedPlace({ focusedId, listing }: LibraryViewState): number {
  if (listing.rows.length === 0) return -1;
  return Math.max(0, focusedId === null ? 0 : listing.placeOf(focusedId));
}

const rowAt = ({ listing }: LibraryViewState, place: number): RecordId | undefined => listing.rows[place]?.id;

/** Selects one row and nothing else. */
export function withOnly(state: LibraryViewState, place: number): LibraryViewState {
  const id = rowAt(state, place);
  if (id === undefined) return state;
  return { ...state, selected: new Set([id]), anchorId: id, focusedId: id };
}

/** Takes one row into the selection or out of it. */
export function withToggled(state: LibraryViewState, place: number): LibraryViewState {
  const id = rowAt(state, place);
  if (id === undefined) return state;
  const selected = new Set(state.selected);
  if (!selected.delete(id)) selected.add(id);
  return { ...state, selected, anchorId: id, focusedId: id };
}

/**
 * Selects from the anchor to a row.
 * @param add keeps what is selected beside the range
 */
export function withRange(state: LibraryViewState, place: number, add: boolean): LibraryViewState {
  const id = rowAt(state, place);
  if (id === undefined) return state;
  const anchored = state.anchorId === null ? -1 : state.listing.placeOf(state.anchorId);
  const from = anchored < 0 ? focusedPlace(state) : anchored;
  const anchorId = rowAt(state, from) ?? id;
  const selected = new Set(add ? state.selected : []);
  for (let at = Math.min(from, place); at <= Math.max(from, place); at++) {
    const between = rowAt(state, at);
    if (between !== undefined) selected.add(between);
  }
  return { ...state, selected, anchorId, focusedId: id };
}

/** Moves the keyboard to a row without selecting it. */
export function withFocus(state: LibraryViewState, place: number): LibraryViewState {
  const id = rowAt(state, place);
  return id === undefined ? state : { ...state, focusedId: id };
}

/** Selects everything that is listed; what is hidden leaves the selection. */
export const withAll = (state: LibraryViewState): LibraryViewState => ({
  ...state,
  selected: new Set(state.listing.rows.map((row) => row.id)),
});

/** Moves the keyboard to the row that takes the place of rows that are about to go. */
export function withoutFocusOn(state: LibraryViewState, leaving: readonly RecordId[]): LibraryViewState {
  const gone = new Set(leaving);
  if (state.focusedId === null || !gone.has(state.focusedId)) return { ...state, selected: new Set() };
  const { rows } = state.listing;
  const place = focusedPlace(state);
  const next =
    rows.slice(place).find((row) => !gone.has(row.id)) ??
    rows.slice(0, place).findLast((row) => !gone.has(row.id));
  return { ...state, selected: new Set(), anchorId: null, focusedId: next?.id ?? null };
}
