import { createStore, type StoreApi } from 'zustand/vanilla';
import type { RecordId } from '#core/library/record.ts';

/** Session state: the two results that stand side by side. Every finished result is in the library, so ids are enough. */
export interface CompareState {
  readonly left: RecordId | null;
  readonly right: RecordId | null;
}

export type CompareStore = StoreApi<CompareState>;

export function createCompareStore(): CompareStore {
  return createStore<CompareState>(() => ({ left: null, right: null }));
}
