import type { AnalysisReport } from '#core/report/report.ts';

/** Verdict, note and tags of a finished result; says where it is ambiguous or not music. */
export function ReviewPanel(_props: { readonly report: AnalysisReport }) {
  return null;
}
