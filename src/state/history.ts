import { createStore, type StoreApi } from 'zustand/vanilla';

/** One thing that a person did and can take back. Both ways may wait for storage; neither throws. */
export interface HistoryEntry {
  /** Name of the action, the key of what is said ("Undo: correct genre"). */
  readonly name: string;
  /** What it was done to: a file name, or a count. Shown as text. */
  readonly subject: string;
  undo(): Promise<void> | void;
  redo(): Promise<void> | void;
}

/** Session state: what was done, newest last. A new entry drops what had been undone. */
export interface HistoryState {
  readonly done: readonly HistoryEntry[];
  readonly undone: readonly HistoryEntry[];
  /** What was undone or redone last, to be said and announced. */
  readonly last: {
    readonly way: 'undone' | 'redone';
    readonly name: string;
    readonly subject: string;
  } | null;
}

export type HistoryStore = StoreApi<HistoryState>;

/** Entries that are kept; older ones can no longer be undone. */
export const longestHistory = 200;

export function createHistoryStore(): HistoryStore {
  return createStore<HistoryState>(() => ({ done: [], undone: [], last: null }));
}

/** Adds what was just done (its effect has already happened). */
export function remember(history: HistoryStore, entry: HistoryEntry): void {
  history.setState((state) => ({
    done: [...state.done.slice(-(longestHistory - 1)), entry],
    undone: [],
    last: null,
  }));
}

/** Takes the newest entry back; nothing where there is none. */
export async function undoLast(history: HistoryStore): Promise<void> {
  const entry = history.getState().done.at(-1);
  if (entry === undefined) return;
  // Moved before waiting, so that two quick presses take back two entries and not one twice.
  history.setState((state) => ({
    done: state.done.slice(0, -1),
    undone: [...state.undone, entry],
    last: { way: 'undone', name: entry.name, subject: entry.subject },
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
    last: { way: 'redone', name: entry.name, subject: entry.subject },
  }));
  await entry.redo();
}
