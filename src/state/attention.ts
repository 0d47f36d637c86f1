import { createStore, type StoreApi } from 'zustand/vanilla';
import type { AttentionShape } from '#core/explain/classAttention.ts';
import type { AnalysisError } from '#core/errors.ts';
import type { JobId } from '#state/jobs.ts';

/**
 * Session state of the layer and head explorer: attention of single heads, asked of the network again for the windows
 * that are looked at. It belongs to one job and is dropped with it.
 */
export interface AttentionState {
  readonly jobId: JobId | null;
  readonly shape: AttentionShape | null;
  /** `class_attention` of each window that was asked, by its index. */
  readonly byWindow: ReadonlyMap<number, Float32Array>;
  readonly loading: boolean;
  readonly error: AnalysisError | null;
}

export type AttentionStore = StoreApi<AttentionState>;

export const noAttention: AttentionState = {
  jobId: null,
  shape: null,
  byWindow: new Map(),
  loading: false,
  error: null,
};

export function createAttentionStore(): AttentionStore {
  return createStore<AttentionState>(() => noAttention);
}
