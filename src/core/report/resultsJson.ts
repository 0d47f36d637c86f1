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

/**
 * All results as one JSON document, written piece by piece: the head, the results with commas between them, the tail.
 * Numbers are exact (the shortest form that reads back as the same float64).
 */
export const resultsJson = {
  head: `{"$schema":${JSON.stringify(resultSchemaId)},"format":"acousticsense-results","version":2,"results":[\n`,
  between: ',\n',
  result: (result: ExportedResult): string => JSON.stringify(resultDocument(result)),
  tail: '\n]}\n',
} as const;

/** One result as a line of JSON Lines 1.0: a document of its own, ended by a line feed. */
export const resultJsonLine = (result: ExportedResult): string =>
  `${JSON.stringify(resultDocument(result))}\n`;
