import type { Hertz } from '#core/units.ts';

/** Decoded sound: one Float32Array per channel, all of one length, nominally in -1..1, at the file's own rate. */
export interface PcmAudio {
  readonly channels: readonly Float32Array<ArrayBuffer>[];
  readonly sampleRate: Hertz;
}

export const audioContainers = [
  'wav',
  'mp3',
  'flac',
  'ogg-vorbis',
  'ogg-opus',
  'mp4',
  'aac',
  'webm',
] as const;
export type AudioContainer = (typeof audioContainers)[number];

/** What the first bytes of a file promise, read without decoding. */
export interface AudioHeader {
  readonly container: AudioContainer;
  /** The rate at which to decode. Opus always decodes at 48 000 Hz. */
  readonly sampleRate: Hertz;
  /** Channels as the header declares them, null where it does not say. */
  readonly channels: number | null;
  /** Length in seconds as the header declares it, null where it does not say. */
  readonly durationSeconds: number | null;
  /**
   * True where `durationSeconds` is exact enough to call a shorter decode truncated (wav, flac, mp4, an mp3 with a Xing
   * header), false for an estimate from the bit rate.
   */
  readonly durationIsExact: boolean;
}

/** A file after reading, hashing, sniffing and decoding: what every host hands to the pipeline. */
export interface DecodedFile {
  readonly name: string;
  readonly bytes: number;
  /** SHA-256 of the file's bytes, lower-case hex. */
  readonly sha256: string;
  readonly header: AudioHeader;
  readonly pcm: PcmAudio;
  readonly timings: { readonly readMs: number; readonly hashMs: number; readonly decodeMs: number };
}
