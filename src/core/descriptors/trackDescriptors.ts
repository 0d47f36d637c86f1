/**
 * What can be said of a track beside its genres: figures with a published definition. Each is null where the sound does
 * not carry it (silence, too short). `describeTrack` computes them and says which definition each follows.
 */
export interface TrackDescriptors {
  /** Beats a minute. */
  readonly tempoBpm: number | null;
  /** Mean over frames of the power-free magnitude centroid, in hertz. */
  readonly spectralCentroidHz: number | null;
  /** Mean over frames, 0 (a tone) to 1 (white noise). */
  readonly spectralFlatness: number | null;
  /** Jensen's irregularity, mean over frames, 0 (even spectrum) to 2. */
  readonly spectralIrregularity: number | null;
  /** How strongly the band under 200 Hz pulses, in dB. */
  readonly lowBandRhythmicContrastDb: number | null;
  /** Energy of the percussive part over the harmonic part, in dB. */
  readonly percussiveToHarmonicDb: number | null;
  /** ITU-R BS.1770 integrated loudness, in LUFS. */
  readonly integratedLoudnessLufs: number | null;
}

export const descriptorNames = [
  'tempoBpm',
  'spectralCentroidHz',
  'spectralFlatness',
  'spectralIrregularity',
  'lowBandRhythmicContrastDb',
  'percussiveToHarmonicDb',
  'integratedLoudnessLufs',
] as const satisfies readonly (keyof TrackDescriptors)[];

export type DescriptorName = (typeof descriptorNames)[number];
