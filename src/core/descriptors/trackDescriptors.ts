/**
 * What can be said of a track beside its genres: figures with a published definition. Each is null where the sound does
 * not carry it (silence, too short). `describeTrack` computes them and says which definition each follows.
 */
export interface TrackDescriptors {
  /** Beats a minute (`tempo.ts`); null where no pulse stands out, and under 3 s. */
  readonly tempoBpm: number | null;
  /** Mean over the frames with sound of the magnitude's centroid, in hertz (`spectralShape.ts`). */
  readonly spectralCentroidHz: number | null;
  /** Mean over the frames with sound, 0 (a tone) to 1 (equal bins); white noise has 0.56. */
  readonly spectralFlatness: number | null;
  /** Jensen's irregularity of the partials, mean over the frames with sound, 0 to 2; a single tone has 1. */
  readonly spectralIrregularity: number | null;
  /** How strongly the band under 200 Hz pulses, 0 to 60 dB (`rhythmicContrast.ts`); null where it holds next to nothing. */
  readonly lowBandRhythmicContrastDb: number | null;
  /** Energy of the percussive part over the harmonic part, -60 to 60 dB (`harmonicPercussive.ts`). */
  readonly percussiveToHarmonicDb: number | null;
  /** ITU-R BS.1770 integrated loudness, in LUFS (`loudness.ts`); null under -70 LUFS and under 0.4 s. */
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
