import { createStore, type StoreApi } from 'zustand/vanilla';
import type { AnalysisError } from '#core/errors.ts';
import type { JobId } from '#state/jobs.ts';

/** What is heard: the file, one band of it, or the sound weighted by where the model looked. */
export type HeardSource =
  | { readonly kind: 'original' }
  | { readonly kind: 'band'; readonly lowHz: number; readonly highHz: number }
  | { readonly kind: 'attention' };

export interface Stretch {
  readonly startSeconds: number;
  readonly endSeconds: number;
}

/** Session state: the player follows the selected job. The position is asked of the port at each frame, not kept here. */
export interface PlayerState {
  readonly jobId: JobId | null;
  readonly phase: 'empty' | 'loading' | 'ready' | 'failed';
  readonly error: AnalysisError | null;
  readonly playing: boolean;
  readonly durationSeconds: number;
  /** 0.5 to 2, pitch kept. */
  readonly rate: number;
  /** 0 to 1. */
  readonly volume: number;
  readonly loop: Stretch | null;
  readonly source: HeardSource;
  /** 0..1 while the weighted sound is computed, else null. */
  readonly rendering: number | null;
}

export type PlayerStore = StoreApi<PlayerState>;

export function createPlayerStore(): PlayerStore {
  return createStore<PlayerState>(() => ({
    jobId: null,
    phase: 'empty',
    error: null,
    playing: false,
    durationSeconds: 0,
    rate: 1,
    volume: 1,
    loop: null,
    source: { kind: 'original' },
    rendering: null,
  }));
}
