import type { AudioContainer } from '#core/audio/pcm.ts';
import type { TrackDescriptors } from '#core/descriptors/trackDescriptors.ts';
import type { AnalysisWarning } from '#core/errors.ts';
import type { BackendDescription } from '#core/model/engine.ts';
import type { FrontEnd, ModelLabel } from '#core/model/manifest.ts';

export interface Prediction {
  /** The English label id. */
  readonly genre: string;
  /** 0..1; the probabilities of all genres sum to 1. */
  readonly probability: number;
}

export interface WindowResult {
  readonly index: number;
  readonly startFrame: number;
  readonly startSeconds: number;
  /** Where the window's sound ends; for a looped short track, the end of the track. */
  readonly endSeconds: number;
  /** A silent window has no predictions and no rollout, and is left out of the track's mean. */
  readonly silent: boolean;
  /** True where the window looks like noise rather than music (`looksLikeNoise`); it is predicted all the same. */
  readonly noise: boolean;
  /** All labels, most likely first. */
  readonly predictions: readonly Prediction[];
  /** Attention over the patches, row-major from patch row 0 (image row 0), class token left out, sum 1. */
  readonly rollout: readonly number[];
}

export interface TrackResult {
  /** Mean of the windows' calibrated probabilities, all labels, most likely first. */
  readonly predictions: readonly Prediction[];
  /** Share of the (not silent) windows whose own best genre is the track's best, 0..1. */
  readonly agreement: number;
  /** How many windows each genre won, most first; genres that won none are left out. */
  readonly vote: readonly { readonly genre: string; readonly windows: number }[];
}

/** Milliseconds of wall time. */
export interface StageTimings {
  readonly readMs: number;
  readonly hashMs: number;
  readonly decodeMs: number;
  readonly resampleMs: number;
  readonly melMs: number;
  readonly pictureMs: number;
  /** Waiting for the model to be ready, after the spectrogram was there; 0 when it was warm. */
  readonly modelWaitMs: number;
  /** All windows together. */
  readonly inferenceMs: number;
  /** From the decoded file to the first window's prediction. */
  readonly firstPredictionMs: number;
  readonly totalMs: number;
}

/**
 * The whole result of one file: everything needed to read, archive, defend and reopen it. Version 2; version 1 had no
 * descriptors and no `noise` (`parseReport` reads both).
 */
export interface AnalysisReport {
  readonly schemaVersion: 2;
  readonly program: { readonly name: string; readonly version: string };
  /** ISO 8601, UTC. */
  readonly createdAt: string;
  readonly file: {
    readonly name: string;
    readonly bytes: number;
    readonly sha256: string;
    readonly container: AudioContainer;
    readonly sampleRate: number;
    readonly channels: number;
    readonly durationSeconds: number;
    readonly headerDurationSeconds: number | null;
  };
  readonly model: {
    readonly id: string;
    readonly version: string;
    /** Of the weights file. */
    readonly sha256: string;
    readonly labels: readonly ModelLabel[];
    readonly frontEnd: FrontEnd;
    readonly temperature: number;
    readonly patchSize: number;
    readonly imageSize: number;
  };
  readonly backend: BackendDescription;
  readonly track: TrackResult;
  readonly windows: readonly WindowResult[];
  /** Null where the host did not compute them, or for a report of version 1. */
  readonly descriptors: TrackDescriptors | null;
  readonly warnings: readonly AnalysisWarning[];
  readonly timings: StageTimings;
}
