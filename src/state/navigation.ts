import { createStore, type StoreApi } from 'zustand/vanilla';
import type { RecordId } from '#core/library/record.ts';

/** What the main area shows. */
export type PageView = 'workstation' | 'library' | 'compare';

/** A dialogue that lies over the page; one at a time. */
export type PageDialog =
  | { readonly kind: 'shortcuts' }
  /** Exports of these records; the selected job's where the list has one entry. */
  | { readonly kind: 'export'; readonly records: readonly RecordId[] }
  | { readonly kind: 'archiveSettings' };

/** Session state: where the person is. */
export interface NavigationState {
  readonly view: PageView;
  readonly dialog: PageDialog | null;
}

export type NavigationStore = StoreApi<NavigationState>;

export function createNavigationStore(): NavigationStore {
  return createStore<NavigationState>(() => ({ view: 'workstation', dialog: null }));
}
