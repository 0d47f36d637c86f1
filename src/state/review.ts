import { createStore, type StoreApi } from 'zustand/vanilla';

/** The fields of the review that a key leads to. */
export type ReviewField = 'genre' | 'note' | 'tags';

/** Session state of the review of the selected file. */
export interface ReviewState {
  /** The search for another genre is open. */
  readonly choosingGenre: boolean;
  /** Counts the wishes to write into a field; the field takes the focus when its own grows. */
  readonly wishes: Readonly<Record<ReviewField, number>>;
}

export type ReviewStore = StoreApi<ReviewState>;

export function createReviewStore(): ReviewStore {
  return createStore<ReviewState>(() => ({
    choosingGenre: false,
    wishes: { genre: 0, note: 0, tags: 0 },
  }));
}
