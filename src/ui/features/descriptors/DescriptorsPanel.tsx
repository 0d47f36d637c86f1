import type { AnalysisReport } from '#core/report/report.ts';

/** The descriptors of a track, each with its meaning and unit. */
export function DescriptorsPanel(_props: { readonly report: AnalysisReport }) {
  return null;
}
