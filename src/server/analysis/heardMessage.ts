import type { FrontEnd } from '#core/model/manifest.ts';
import type { HeardFile } from '#core/pipeline/analyseWindows.ts';
import { windowOf } from '#core/audio/windows.ts';
import type { LogMelSpectrogram } from '#core/dsp/spectrogram.ts';
import type { TrackWindows } from '#core/pipeline/trackWindows.ts';
import type { Result } from '#core/result.ts';
import type { ServiceError } from '#server/serviceErrors.ts';

/** What a thread asks its decoder process. */
export interface DecoderAsk {
  readonly id: number;
  readonly path: string;
  readonly frontEnd: FrontEnd;
  /** As `AnalysisRequest.windows`. */
  readonly windows: number | null;
  readonly maxSeconds: number;
}

/** A `HeardFile` that crosses the boundary of a process: its windows as numbers. */
export interface HeardMessage extends Omit<HeardFile, 'windows' | 'decodedAtMs' | 'name'> {
  readonly nFrames: number;
  readonly total: number;
  readonly places: readonly { readonly startFrame: number; readonly silent: boolean }[];
  /** The whole track where all windows are read; else each window by itself, in the order of `places`. */
  readonly sound: LogMelSpectrogram | readonly Float32Array<ArrayBuffer>[];
}

export interface DecoderAnswer {
  readonly kind: 'heard';
  readonly id: number;
  readonly result: Result<HeardMessage, ServiceError>;
  /** Resident bytes of the process after this file. */
  readonly residentBytes: number;
}

/** From the decoder process, for each file: before it is touched, and with its answer. */
export type DecoderMessage = { readonly kind: 'begun'; readonly id: number } | DecoderAnswer;

/** @param logMel The track that the windows were cut from; null sends each window by itself. */
export function windowsMessage(
  { nFrames, total, windows }: TrackWindows,
  logMel: LogMelSpectrogram | null,
): Pick<HeardMessage, 'nFrames' | 'total' | 'places' | 'sound'> {
  const places = windows.map(({ startFrame, silent }) => ({ startFrame, silent }));
  const sound = logMel ?? windows.map(({ silent, db }) => (silent ? new Float32Array() : db()));
  return { nFrames, total, places, sound };
}

/** Undoes `windowsMessage`. */
export function messageWindows(
  { nFrames, total, places, sound }: Pick<HeardMessage, 'nFrames' | 'total' | 'places' | 'sound'>,
  frontEnd: FrontEnd,
): TrackWindows {
  const windows = places.map((place, index) => ({
    ...place,
    db: () =>
      'nMels' in sound ? windowOf(sound, place.startFrame, frontEnd) : (sound[index] ?? new Float32Array()),
  }));
  return { nFrames, total, windows };
}
