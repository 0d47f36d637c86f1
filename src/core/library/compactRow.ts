import { recordIdOf, type LibraryRow, type RecordId, type Review } from '#core/library/record.ts';
import { labelNames } from '#core/library/row.ts';
import type { ModelLabel } from '#core/model/manifest.ts';
import type { AnalysisReport } from '#core/report/report.ts';
import { crc32 } from '#core/report/pngText.ts';
import { encodeUtf8 } from '#core/utf8.ts';

/**
 * How rows rest in storage: one short text each, because a hundred thousand texts are read several times faster than as
 * many objects. What all results of a model share (its id, hash and labels) is stored once, in a model table.
 */
export interface ModelTable {
  readonly key: string;
  readonly id: string;
  readonly sha256: string;
  readonly labels: readonly ModelLabel[];
}

/** The table of a report's model; other labels or another id under the same weights are another table. */
export function modelTableOf({ id, sha256, labels }: AnalysisReport['model']): ModelTable {
  const fingerprint = crc32(encodeUtf8(JSON.stringify([id, labels]))).toString(16);
  return { key: `${sha256.slice(0, 16)}-${fingerprint}`, id, sha256, labels };
}

/** Version of the texts, their first entry. */
const compactVersion = 1;

type Compact = readonly [
  version: number,
  tableKey: string,
  audioSha256: string,
  name: string,
  durationSeconds: number,
  createdAt: string,
  addedAt: string,
  /** Label index and probability of the best five, by turns. */
  top: readonly number[],
  /** Float32, rounded to the nine digits that bring the same float32 back. */
  probabilities: readonly number[],
  /** 1 ambiguous, 2 not music, 4 with a thumbnail. */
  flags: number,
  review: Review,
];

/** A row as text. `table` is that of its model. */
export function encodeRow(row: LibraryRow, table: ModelTable): string {
  const indexOf = new Map(table.labels.map(({ id }, index) => [id, index]));
  const compact: Compact = [
    compactVersion,
    table.key,
    row.audioSha256,
    row.name,
    row.durationSeconds,
    row.createdAt,
    row.addedAt,
    row.top.flatMap(({ genre, probability }) => [indexOf.get(genre) ?? -1, probability]),
    Array.from(row.probabilities, (value) => Number(value.toPrecision(9))),
    (row.ambiguous ? 1 : 0) + (row.notMusic ? 2 : 0) + (row.hasThumbnail ? 4 : 0),
    row.review,
  ];
  return JSON.stringify(compact);
}

/** Turns texts back into rows; what rows of one model have in common is one object in memory. */
export interface RowDecoder {
  /** Null for a text of another version, or of a model whose table is not there. */
  decode(text: string): LibraryRow | null;
  /** The id alone; null as above. */
  idOf(text: string): RecordId | null;
}

export function createRowDecoder(tables: Iterable<ModelTable>): RowDecoder {
  const models = new Map(
    Array.from(tables, (table) => [
      table.key,
      {
        table,
        names: labelNames(table.labels),
        experimental: new Set(table.labels.filter((label) => label.experimental).map(({ id }) => id)),
      },
    ]),
  );
  return {
    idOf: (text) => {
      const [version, key, audioSha256] = JSON.parse(text) as Compact;
      const model = models.get(key);
      return version !== compactVersion || model === undefined ? null : idOf(audioSha256, model.table.sha256);
    },
    decode: (text) => {
      const compact = JSON.parse(text) as Compact;
      const model = models.get(compact[1]);
      if (compact[0] !== compactVersion || model === undefined) return null;
      const [, , audioSha256, name, durationSeconds, createdAt, addedAt, pairs, values, flags, review] =
        compact;
      const { table, names } = model;
      const top: { genre: string; probability: number }[] = [];
      const experimental: string[] = [];
      for (let at = 0; at < pairs.length; at += 2) {
        const genre = table.labels[pairs[at] ?? -1]?.id ?? '';
        top.push({ genre, probability: pairs[at + 1] ?? 0 });
        if (model.experimental.has(genre)) experimental.push(genre);
      }
      return {
        id: idOf(audioSha256, table.sha256),
        audioSha256,
        modelId: table.id,
        modelSha256: table.sha256,
        name,
        durationSeconds,
        createdAt,
        addedAt,
        top,
        probabilities: Float32Array.from(values),
        ambiguous: (flags & 1) !== 0,
        notMusic: (flags & 2) !== 0,
        experimental,
        names,
        review,
        hasThumbnail: (flags & 4) !== 0,
      };
    },
  };
}

/** The key of the model table that a text belongs to. */
export const tableKeyOf = (text: string): string => (JSON.parse(text) as Compact)[1];

const idOf = (audioSha256: string, modelSha256: string): RecordId =>
  recordIdOf({ file: { sha256: audioSha256 }, model: { sha256: modelSha256 } } as AnalysisReport);
