import { judge, type Judgement } from '#core/model/judgement.ts';
import { correctedGenre, type ExportedResult } from '#core/report/exportedResult.ts';
import type { AnalysisReport } from '#core/report/report.ts';
import type { Review } from '#core/library/record.ts';

/** Id of the schema in `public/schemas/acousticsense-result-2.schema.json` (JSON Schema, draft 2020-12). */
export const resultSchemaId = 'urn:acousticsense:schema:result:2';

/** A genre of the summary, with its names and its mark, so that no reader has to join it with the model's labels. */
export interface SummaryGenre {
  /** Label id. */
  readonly genre: string;
  readonly en: string;
  readonly zh: string;
  readonly experimental: boolean;
}

/** One result as JSON and JSON Lines carry it. */
export interface ResultDocument {
  readonly format: 'acousticsense-result';
  readonly version: 2;
  /** What follows from the rest, for readers who want the answer alone. */
  readonly summary: Judgement & {
    readonly top: readonly (SummaryGenre & { readonly probability: number })[];
    /** What a person chose instead; null where nobody did. */
    readonly corrected: SummaryGenre | null;
  };
  readonly review: Review;
  readonly report: AnalysisReport;
}

/** A result with its summary: the five best genres and the judgement. */
export function resultDocument({ report, review }: ExportedResult): ResultDocument {
  const named = (id: string): SummaryGenre => {
    const label = report.model.labels.find((candidate) => candidate.id === id);
    return {
      genre: id,
      en: label?.en ?? id,
      zh: label?.zh ?? id,
      experimental: label?.experimental ?? false,
    };
  };
  const corrected = correctedGenre(review);
  return {
    format: 'acousticsense-result',
    version: 2,
    summary: {
      ...judge(report.track, report.windows),
      top: report.track.predictions
        .slice(0, 5)
        .map(({ genre, probability }) => ({ ...named(genre), probability })),
      corrected: corrected === null ? null : named(corrected),
    },
    review,
    report,
  };
}

/** All results as one JSON document; numbers are exact (the shortest form that reads back as the same float64). */
export function resultsJson(results: readonly ExportedResult[]): string {
  const document = {
    $schema: resultSchemaId,
    format: 'acousticsense-results',
    version: 2,
    results: results.map(resultDocument),
  };
  return `${JSON.stringify(document, null, 1)}\n`;
}

/** One result a line (JSON Lines 1.0): each line is a document of its own, ended by a line feed. */
export function resultsJsonLines(results: readonly ExportedResult[]): string {
  return results.map((result) => `${JSON.stringify(resultDocument(result))}\n`).join('');
}
