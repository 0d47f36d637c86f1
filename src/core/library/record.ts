import type { AnalysisReport } from '#core/report/report.ts';

/** What a person says of a result. */
export type Verdict =
  | { readonly kind: 'none' }
  | { readonly kind: 'accepted' }
  /** `genre` is a label id of the report's model. */
  | { readonly kind: 'corrected'; readonly genre: string }
  | { readonly kind: 'unsure' };

export type VerdictKind = Verdict['kind'];

/** Everything that a person adds to a result. Replaced as a whole, so that undo is putting the old one back. */
export interface Review {
  readonly verdict: Verdict;
  /** Plain text, at most `longestNote` characters. */
  readonly note: string;
  /** Distinct, trimmed, in the order they were added; at most `mostTags` of at most `longestTag` characters. */
  readonly tags: readonly string[];
  /** ISO 8601, UTC; null while nobody has said anything. */
  readonly reviewedAt: string | null;
}

export const longestNote = 2000;
export const longestTag = 60;
export const mostTags = 32;

export const noReview: Review = { verdict: { kind: 'none' }, note: '', tags: [], reviewedAt: null };

/** One file under one model. The same file under another model is another record. */
export type RecordId = string;

export function recordIdOf(report: Pick<AnalysisReport, 'file' | 'model'>): RecordId {
  return `${report.file.sha256.slice(0, 40)}-${report.model.sha256.slice(0, 16)}`;
}

/** What the library keeps of a result. Version 1 of the library's schema. */
export interface LibraryRecord {
  readonly id: RecordId;
  readonly report: AnalysisReport;
  readonly review: Review;
  /** A small picture of the spectrogram as a PNG file; null where none could be made. */
  readonly thumbnail: Uint8Array<ArrayBuffer> | null;
  /** ISO 8601, UTC. */
  readonly addedAt: string;
}

/** The part of a record that lists, filters and distances need; all of them are in memory, the records are not. */
export interface LibraryRow {
  readonly id: RecordId;
  readonly audioSha256: string;
  readonly modelId: string;
  readonly modelSha256: string;
  readonly name: string;
  readonly durationSeconds: number;
  /** When the analysis was made, ISO 8601, UTC. */
  readonly createdAt: string;
  readonly addedAt: string;
  /** Best five, most likely first. */
  readonly top: readonly { readonly genre: string; readonly probability: number }[];
  /** The track's probabilities in the order of the model's labels. */
  readonly probabilities: Float32Array;
  readonly ambiguous: boolean;
  readonly notMusic: boolean;
  /** Experimental label ids among `top`, so that the mark can be shown without the report. */
  readonly experimental: readonly string[];
  /** Names of the labels in `top` and of the corrected genre, for a list without the report. */
  readonly names: Readonly<Record<string, { readonly en: string; readonly zh: string }>>;
  readonly review: Review;
  readonly hasThumbnail: boolean;
}
