import { createStore, type StoreApi } from 'zustand/vanilla';

/** What can be taken back; each has its words in both languages. */
export type HistoryName =
  | 'accept'
  | 'correct'
  | 'unsure'
  | 'clearVerdict'
  | 'editNote'
  | 'addTag'
  | 'removeTag'
  | 'setReview'
  | 'removeRecords'
  | 'removeFile'
  | 'clearFiles';

/** One thing that a person did and can take back. Both ways may wait for storage; neither throws. */
export interface HistoryEntry {
  /** The key of what is said ("Undone: correct to Jazz"). */
  readonly name: HistoryName;
  /** What it was done to: a file name, or a count. Shown as text. */
  readonly subject: string;
  /** What it was set to, where that has a name: the genre of a correction, a tag. */
  readonly value?: { readonly en: string; readonly zh: string };
  /**
   * Entries that follow each other with the same key are one thing to take back: a note that is stored while it is
   * written.
   */
  readonly merge?: string;
  undo(): Promise<void> | void;
  redo(): Promise<void> | void;
}

/** Session state: what was done, newest last. A new entry drops what had been undone. */
export interface HistoryState {
  readonly done: readonly HistoryEntry[];
  readonly undone: readonly HistoryEntry[];
  /** What was undone or redone last, to be said and announced. */
  readonly last: HistoryNews | null;
}

export interface HistoryNews extends Pick<HistoryEntry, 'name' | 'subject' | 'value'> {
  readonly way: 'undone' | 'redone';
}

export type HistoryStore = StoreApi<HistoryState>;

/** Entries that are kept; older ones can no longer be undone. */
export const longestHistory = 200;

export function createHistoryStore(): HistoryStore {
  return createStore<HistoryState>(() => ({ done: [], undone: [], last: null }));
}

/** Adds what was just done (its effect has already happened). */
export function remember(history: HistoryStore, entry: HistoryEntry): void {
  history.setState((state) => {
    const last = state.done.at(-1);
    const continues =
      last !== undefined &&
      entry.merge !== undefined &&
      last.merge === entry.merge &&
      state.undone.length === 0 &&
      state.last === null;
    return {
      done: continues
        ? [...state.done.slice(0, -1), { ...entry, undo: () => last.undo() }]
        : [...state.done.slice(-(longestHistory - 1)), entry],
      undone: [],
      last: null,
    };
  });
}

const newsOf = (way: HistoryNews['way'], { name, subject, value }: HistoryEntry): HistoryNews => ({
  way,
  name,
  subject,
  ...(value === undefined ? {} : { value }),
});

/** Takes the newest entry back; nothing where there is none. */
export async function undoLast(history: HistoryStore): Promise<void> {
  const entry = history.getState().done.at(-1);
  if (entry === undefined) return;
  // Moved before waiting, so that two quick presses take back two entries and not one twice.
  history.setState((state) => ({
    done: state.done.slice(0, -1),
    undone: [...state.undone, entry],
    last: newsOf('undone', entry),
  }));
  await entry.undo();
}

/** Does the entry that was undone last again. */
export async function redoLast(history: HistoryStore): Promise<void> {
  const entry = history.getState().undone.at(-1);
  if (entry === undefined) return;
  history.setState((state) => ({
    done: [...state.done, entry],
    undone: state.undone.slice(0, -1),
    last: newsOf('redone', entry),
  }));
  await entry.redo();
}
