import { createStore, type StoreApi } from 'zustand/vanilla';
import type { AnalysisError } from '#core/errors.ts';
import type { TimedAttention } from '#core/explain/attentionGain.ts';
import type { Result } from '#core/result.ts';
import type { JobId } from '#state/jobs.ts';

export interface Stretch {
  readonly startSeconds: number;
  readonly endSeconds: number;
}

export interface Band {
  readonly lowHz: number;
  readonly highHz: number;
}

/** What is heard: the file, one band of it, or the sound weighted by where the model looked. */
export type HeardSource =
  | { readonly kind: 'original' }
  | { readonly kind: 'band'; readonly lowHz: number; readonly highHz: number }
  | {
      readonly kind: 'attention';
      /** The window whose attention is heard; null is the whole track's. */
      readonly windowIndex: number | null;
      /** The part of a long file that was weighted, the rest is silent; null is all of it. */
      readonly stretch: Stretch | null;
    };

/** Speeds that the keys step through; `setRate` takes any from the first to the last. */
export const playbackRates: readonly number[] = [0.5, 0.75, 1, 1.25, 1.5, 2];

/** Session state: the player follows the selected job. The position is asked of the port at each frame, not kept here. */
export interface PlayerState {
  readonly jobId: JobId | null;
  readonly phase: 'empty' | 'loading' | 'ready' | 'failed';
  /** Why nothing can be played (`failed`), or why the weighted sound could not be made. */
  readonly error: AnalysisError | null;
  readonly playing: boolean;
  readonly durationSeconds: number;
  /** 0.5 to 2, pitch kept. */
  readonly rate: number;
  /** 0 to 1. */
  readonly volume: number;
  readonly muted: boolean;
  readonly loop: Stretch | null;
  readonly source: HeardSource;
  /** 0..1 while the weighted sound is computed, else null. */
  readonly rendering: number | null;
  /** Whether the picture moves along while playing; off from the moment the person looks elsewhere. */
  readonly following: boolean;
  /** False until this file has been played or a place in it chosen: the picture is calm until then. */
  readonly started: boolean;
  /** Counts the changes of the place that playing alone does not explain. */
  readonly jumps: number;
}

export type PlayerStore = StoreApi<PlayerState>;

export const emptyPlayer = {
  jobId: null,
  phase: 'empty',
  error: null,
  playing: false,
  durationSeconds: 0,
  loop: null,
  source: { kind: 'original' },
  rendering: null,
  following: true,
  started: false,
  jumps: 0,
} as const satisfies Partial<PlayerState>;

export function createPlayerStore(): PlayerStore {
  return createStore<PlayerState>(() => ({ ...emptyPlayer, rate: 1, volume: 1, muted: false }));
}

/** What the player says of itself whenever it changes. */
export interface PlayerStatus {
  readonly phase: 'empty' | 'loading' | 'ready' | 'failed';
  readonly error: AnalysisError | null;
  readonly playing: boolean;
  /** 0 while it is not known. */
  readonly durationSeconds: number;
}

/** Plays one sound at a time. Speed, volume, loop and band outlive a change of the sound. */
export interface PlayerPort {
  /** Takes another sound, from its beginning and paused. What was loaded is let go. */
  load(sound: Blob): void;
  /** Takes another sound on the same timeline: the position stays, and what plays goes on playing. */
  replace(sound: Blob): void;
  unload(): void;
  /** Call from a person's action: browsers keep sound that nobody asked for silent. */
  play(): void;
  pause(): void;
  seek(seconds: number): void;
  /** Time in the track of the sound that leaves the speakers now; where it stopped while paused. */
  positionSeconds(): number;
  /** 0.5 to 2, pitch kept. */
  setRate(rate: number): void;
  /** 0 to 1. */
  setVolume(volume: number): void;
  /** Repeats this stretch; playing goes on inside it. Null plays to the end. */
  setLoop(loop: Stretch | null): void;
  /** Isolates this band; null lets everything through. */
  setBand(band: Band | null): void;
  onChange(listener: (status: PlayerStatus) => void): () => void;
}

/** Sounds that are computed from a file, as WAV files on its own timeline. */
export interface RenderedSoundPort {
  /**
   * The file as plain samples, where its container does not let the browser seek exactly; null where it does. The decoder
   * is the one of the analysis, so that times agree with the picture.
   */
  exact(file: File, signal: AbortSignal): Promise<Result<Blob | null, AnalysisError>>;
  /**
   * The file's mono sound weighted by an attention map, at its own rate. Errors: those of decoding, `out-of-memory`,
   * `cancelled`.
   *
   * @param stretch only this part is computed, the rest is silent; null is all of it
   * @param onProgress the part that is done, 0 to 1
   */
  weigh(
    file: File,
    attention: Omit<TimedAttention, 'startSeconds'>,
    stretch: Stretch | null,
    signal: AbortSignal,
    onProgress: (done: number) => void,
  ): Promise<Result<Blob, AnalysisError>>;
}
