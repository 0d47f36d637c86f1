import { descriptorNames, type DescriptorName } from '#core/descriptors/trackDescriptors.ts';
import { judge } from '#core/model/judgement.ts';
import { csvTable, type CsvCell } from '#core/report/csv.ts';
import {
  correctedGenre,
  exportedGenre,
  singleLine,
  type ExportedResult,
} from '#core/report/exportedResult.ts';
import type { Prediction } from '#core/report/report.ts';

export interface CsvOptions {
  /** Language of the genres' names; the header is English, so that a script reads every file alike. */
  readonly language: 'en' | 'zh';
  /** Lets Excel know that the file is UTF-8. */
  readonly byteOrderMark: boolean;
}

/** Genres of a row. */
const ranks = [0, 1, 2, 3, 4] as const;

const descriptorColumns: Readonly<Record<DescriptorName, string>> = {
  tempoBpm: 'tempo_bpm',
  spectralCentroidHz: 'spectral_centroid_hz',
  spectralFlatness: 'spectral_flatness',
  spectralIrregularity: 'spectral_irregularity',
  lowBandRhythmicContrastDb: 'low_band_rhythmic_contrast_db',
  percussiveToHarmonicDb: 'percussive_to_harmonic_db',
  integratedLoudnessLufs: 'integrated_loudness_lufs',
};

const genreColumns = ranks.flatMap((rank) => [
  `genre_${rank + 1}`,
  `probability_${rank + 1}`,
  `experimental_${rank + 1}`,
]);

/** Name, probability and experimental mark of the five best; empty cells where there are fewer. */
function genreCells(
  { report }: ExportedResult,
  predictions: readonly Prediction[],
  language: 'en' | 'zh',
): CsvCell[] {
  return ranks.flatMap((rank): CsvCell[] => {
    const prediction = predictions[rank];
    if (prediction === undefined) return [null, null, null];
    const { name, experimental } = exportedGenre(report.model.labels, prediction.genre, language);
    return [name, prediction.probability, experimental];
  });
}

const resultColumns = [
  'file',
  'duration_seconds',
  'sha256',
  ...genreColumns,
  'agreement',
  'windows',
  'ambiguous',
  'ambiguous_because',
  'not_music',
  'verdict',
  'corrected_genre',
  'corrected_experimental',
  'note',
  'tags',
  ...descriptorNames.map((name) => descriptorColumns[name]),
  'warnings',
  'container',
  'sample_rate_hz',
  'channels',
  'bytes',
  'model',
  'model_version',
  'model_sha256',
  'backend',
  'precision',
  'program',
  'program_version',
  'analysed_at',
  'reviewed_at',
] as const;

/**
 * One row a result: the file, its five best genres with probabilities (0..1, exact) and experimental marks, judgement,
 * verdict, note, tags, descriptors (units in the names), provenance, times (ISO 8601, UTC).
 */
export function resultsCsv(results: readonly ExportedResult[], options: CsvOptions): string {
  const rows = results.map((result): CsvCell[] => {
    const { report, review } = result;
    const { file, model, track, windows, descriptors } = report;
    const judgement = judge(track, windows);
    const corrected = correctedGenre(review);
    const correction = corrected === null ? null : exportedGenre(model.labels, corrected, options.language);
    return [
      singleLine(file.name),
      file.durationSeconds,
      file.sha256,
      ...genreCells(result, track.predictions, options.language),
      track.agreement,
      windows.length,
      judgement.ambiguous,
      judgement.reasons.join('; '),
      judgement.notMusic,
      review.verdict.kind,
      correction?.name ?? null,
      correction?.experimental ?? null,
      review.note,
      review.tags.map(singleLine).join('; '),
      ...descriptorNames.map((name) => descriptors?.[name] ?? null),
      report.warnings.map((warning) => warning.code).join('; '),
      file.container,
      file.sampleRate,
      file.channels,
      file.bytes,
      model.id,
      model.version,
      model.sha256,
      report.backend.kind,
      report.backend.precision,
      report.program.name,
      report.program.version,
      report.createdAt,
      review.reviewedAt,
    ];
  });
  return csvTable(resultColumns, rows, options.byteOrderMark);
}

const windowColumns = [
  'file',
  'sha256',
  'window',
  'start_seconds',
  'end_seconds',
  'silent',
  'noise',
  ...genreColumns,
] as const;

/** One row a window of every result: its stretch of time and its own five best genres. A silent window has none. */
export function windowsCsv(results: readonly ExportedResult[], options: CsvOptions): string {
  const rows = results.flatMap((result) => {
    const { file, windows } = result.report;
    return windows.map((window): CsvCell[] => [
      singleLine(file.name),
      file.sha256,
      window.index,
      window.startSeconds,
      window.endSeconds,
      window.silent,
      window.noise,
      ...genreCells(result, window.predictions, options.language),
    ]);
  });
  return csvTable(windowColumns, rows, options.byteOrderMark);
}
