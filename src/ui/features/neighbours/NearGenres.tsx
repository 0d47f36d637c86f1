import type { AnalysisReport } from '#core/report/report.ts';

/** Under the five genres: what else a listener of this may like. */
export function NearGenres(_props: { readonly report: AnalysisReport }) {
  return null;
}
