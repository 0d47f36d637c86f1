import type { PcmAudio } from '#core/audio/pcm.ts';
import type { TrackDescriptors } from '#core/descriptors/trackDescriptors.ts';
import type { LogMelSpectrogram } from '#core/dsp/spectrogram.ts';
import type { AnalysisError, CancelSignal } from '#core/errors.ts';
import type { InferencePort } from '#core/model/engine.ts';
import type { FrontEnd, ModelManifest } from '#core/model/manifest.ts';
import type { SpectrogramPyramid } from '#core/render/spectrogramPyramid.ts';
import type { WaveformOverview } from '#core/render/waveformOverview.ts';
import type { Result } from '#core/result.ts';

/** A track after the front end: what the picture and every window are cut from. */
export interface PreparedTrack extends TrackSpectrogram {
  /** What is painted, at any zoom. */
  readonly picture: SpectrogramPyramid;
  readonly waveform: WaveformOverview;
  readonly timings: TrackSpectrogram['timings'] & { readonly pictureMs: number };
}

/** A track after the front end, for a host that paints nothing. */
export interface TrackSpectrogram {
  readonly logMel: LogMelSpectrogram;
  /** Length of the decoded sound. */
  readonly durationSeconds: number;
  /** NaN and infinite samples, replaced by zero. */
  readonly nonFiniteSamples: number;
  readonly timings: { readonly resampleMs: number; readonly melMs: number };
}

/** Downmix, resample, log-mel, picture. In the page a worker does it, in Node a direct call; both run `prepareTrack`. */
export interface FrontEndPort {
  /** Takes the samples over: the caller must not touch `pcm` afterwards (its buffers may be transferred). */
  prepare(
    pcm: PcmAudio,
    frontEnd: FrontEnd,
    signal: CancelSignal,
  ): Promise<Result<PreparedTrack, AnalysisError>>;
  /**
   * The descriptors of the track that was prepared last (`describeTrack`); its samples are let go with the answer. To be
   * asked for right after `prepare`: a host that holds samples only for this may let them go when nobody asks.
   */
  describe(signal: CancelSignal): Promise<Result<TrackDescriptors, AnalysisError>>;
}

/** A model that is known by its manifest at once, and whose engine may still be loading. */
export interface ModelPort {
  readonly manifest: ModelManifest;
  engine(): Promise<Result<InferencePort, AnalysisError>>;
}

/** Wall clock of the host: monotonic milliseconds, and the date for the report. */
export interface Clock {
  nowMs(): number;
  isoDate(): string;
}
