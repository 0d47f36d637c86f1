import { createStore, type StoreApi } from 'zustand/vanilla';

/** The fields of the review that a key leads to. */
export type ReviewField = 'genre' | 'note' | 'tags';

/** Session state of the review of the selected file. */
export interface ReviewState {
  /**
   * The result (its record id) whose search for another genre is open, else null. The panel of a result is drawn a moment
   * after it was selected: until the field is there, letters are on their way into it and no commands.
   */
  readonly choosingGenre: string | null;
  /** Counts the wishes to write into a field; the field takes the focus when its own grows. */
  readonly wishes: Readonly<Record<ReviewField, number>>;
}

export type ReviewStore = StoreApi<ReviewState>;

export function createReviewStore(): ReviewStore {
  return createStore<ReviewState>(() => ({
    choosingGenre: null,
    wishes: { genre: 0, note: 0, tags: 0 },
  }));
}
