import { descriptorNames, type DescriptorName } from '#core/descriptors/trackDescriptors.ts';
import { judge } from '#core/model/judgement.ts';
import { csvHead, csvRows, type CsvCell } from '#core/report/csv.ts';
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

/** A table that is written result by result, so that a library of any size passes through. */
export interface CsvExport {
  /** The header line, after the byte order mark where one is asked for. */
  head(options: CsvOptions): string;
  /** The lines of one result. */
  rows(result: ExportedResult, options: CsvOptions): string;
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
export const resultsCsv: CsvExport = {
  head: ({ byteOrderMark }) => csvHead(resultColumns, byteOrderMark),
  rows: (result, options) => {
    const { report, review } = result;
    const { file, model, track, windows, descriptors } = report;
    const judgement = judge(track, windows);
    const corrected = correctedGenre(review);
    const correction = corrected === null ? null : exportedGenre(model.labels, corrected, options.language);
    return csvRows([
      [
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
      ],
    ]);
  },
};

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
export const windowsCsv: CsvExport = {
  head: ({ byteOrderMark }) => csvHead(windowColumns, byteOrderMark),
  rows: (result, options) => {
    const { file, windows } = result.report;
    return csvRows(
      windows.map((window) => [
        singleLine(file.name),
        file.sha256,
        window.index,
        window.startSeconds,
        window.endSeconds,
        window.silent,
        window.noise,
        ...genreCells(result, window.predictions, options.language),
      ]),
    );
  },
};
