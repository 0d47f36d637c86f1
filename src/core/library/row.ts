import type { LibraryRecord, LibraryRow } from '#core/library/record.ts';
import { judge } from '#core/model/judgement.ts';
import type { ModelLabel } from '#core/model/manifest.ts';

/** How many genres a row carries, as many as the page shows. */
export const rowGenres = 5;

/**
 * The row of a record: what lists, filters and distances need of it. Pure and quick (one pass over the windows);
 * `ambiguous` and `notMusic` are what `judge` says of the report.
 */
export function rowOf(record: LibraryRecord): LibraryRow {
  const { report, review } = record;
  const { track, model } = report;
  const { ambiguous, notMusic } = judge(track, report.windows);
  const top = track.predictions.slice(0, rowGenres);
  const probabilityOf = new Map(track.predictions.map(({ genre, probability }) => [genre, probability]));
  const experimental = new Set(model.labels.filter((label) => label.experimental).map((label) => label.id));
  return {
    id: record.id,
    audioSha256: report.file.sha256,
    modelId: model.id,
    modelSha256: model.sha256,
    name: report.file.name,
    durationSeconds: report.file.durationSeconds,
    createdAt: report.createdAt,
    addedAt: record.addedAt,
    top,
    probabilities: Float32Array.from(model.labels, ({ id }) => probabilityOf.get(id) ?? 0),
    ambiguous,
    notMusic,
    experimental: top.map(({ genre }) => genre).filter((genre) => experimental.has(genre)),
    names: labelNames(model.labels),
    review,
    hasThumbnail: record.thumbnail !== null,
  };
}

/** Names of all labels by id. The corrected genre may be any of them, so a row carries them all. */
export function labelNames(labels: readonly ModelLabel[]): LibraryRow['names'] {
  return Object.fromEntries(labels.map(({ id, en, zh }) => [id, { en, zh }]));
}
