import { createStore, type StoreApi } from 'zustand/vanilla';
import type { AnalysisError } from '#core/errors.ts';
import type { ModelManifest } from '#core/model/manifest.ts';
import type { TrackResult } from '#core/report/report.ts';
import type { JobsStore } from '#state/jobs.ts';

/** The part of the picture that is seen: seconds, and mel bands counted from the lowest. */
export interface Viewport {
  readonly startSeconds: number;
  readonly endSeconds: number;
  readonly lowBand: number;
  readonly highBand: number;
}

/** A box over time and frequency. */
export interface Region {
  readonly startSeconds: number;
  readonly endSeconds: number;
  readonly lowHz: number;
  readonly highHz: number;
}

/** Session state of the picture of the selected job; reset when another job is selected. */
export interface ViewState {
  /** Null is the whole track. */
  readonly viewport: Viewport | null;
  readonly region: Region | null;
  readonly regionResult:
    | { readonly kind: 'none' }
    | { readonly kind: 'running' }
    | {
        readonly kind: 'done';
        readonly region: Region;
        readonly track: TrackResult;
        readonly windows: number;
        /** The model that read it; it may be another than the one that read the track. */
        readonly model: Pick<ModelManifest, 'id' | 'labels'>;
      }
    | { readonly kind: 'failed'; readonly error: AnalysisError };
  /** Where the pointer or the keyboard cursor is; shared by every picture with a time axis. */
  readonly cursor: { readonly seconds: number; readonly hertz: number | null } | null;
  /** Layer and head whose attention is laid over the picture instead of the rollout. */
  readonly attention: { readonly layer: number; readonly head: number | 'mean' } | null;
}

export type ViewStore = StoreApi<ViewState>;

/** The whole track, nothing marked: how every file is seen first. */
export const freshView: ViewState = {
  viewport: null,
  region: null,
  regionResult: { kind: 'none' },
  cursor: null,
  attention: null,
};

/** @param jobs selecting another job starts with a fresh view */
export function createViewStore(jobs: JobsStore): ViewStore {
  const store = createStore<ViewState>(() => freshView);
  jobs.subscribe((now, before) => {
    if (now.selectedId !== before.selectedId) store.setState(freshView);
  });
  return store;
}
