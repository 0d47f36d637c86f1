import { createStore, type StoreApi } from 'zustand/vanilla';
import type { RecordId } from '#core/library/record.ts';
import type { JobId } from '#state/jobs.ts';

/** One of the two: a result that is kept, or a job whose result is still to come. */
export type CompareSide =
  | { readonly kind: 'none' }
  | { readonly kind: 'record'; readonly id: RecordId }
  | { readonly kind: 'job'; readonly id: JobId };

/** Session state: the two results that stand side by side. */
export interface CompareState {
  readonly left: CompareSide;
  readonly right: CompareSide;
}

export type CompareStore = StoreApi<CompareState>;

export function createCompareStore(): CompareStore {
  return createStore<CompareState>(() => ({ left: { kind: 'none' }, right: { kind: 'none' } }));
}
