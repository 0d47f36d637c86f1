import { noReview, recordIdOf, type LibraryRecord, type Review } from '#core/library/record.ts';
import type { AnalysisReport } from '#core/report/report.ts';

/** The record of a new result: a record that is there already keeps what a person added to it, its thumbnail and date. */
export function keptRecord(
  report: AnalysisReport,
  addedAt: string,
  existing: Pick<LibraryRecord, 'review' | 'thumbnail' | 'addedAt'> | null,
): LibraryRecord {
  return {
    id: recordIdOf(report),
    report,
    review: existing?.review ?? noReview,
    thumbnail: existing?.thumbnail ?? null,
    addedAt: existing?.addedAt ?? addedAt,
  };
}

/**
 * Whether the review that comes from elsewhere replaces the one that is here: the later one wins, and of two that are
 * equally late the one that is here stays. A review without a date is older than any.
 */
export function replacesReview(theirs: Review, ours: Review): boolean {
  if (theirs.reviewedAt === null) return false;
  return ours.reviewedAt === null || Date.parse(theirs.reviewedAt) > Date.parse(ours.reviewedAt);
}

/** Same words, verdict and date. */
export function sameReview(a: Review, b: Review): boolean {
  return JSON.stringify(canonical(a)) === JSON.stringify(canonical(b));
}

const canonical = ({ verdict, note, tags, reviewedAt }: Review): unknown => [
  verdict.kind,
  verdict.kind === 'corrected' ? verdict.genre : '',
  note,
  tags,
  reviewedAt,
];
