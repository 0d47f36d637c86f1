import type { Job } from '#state/jobs.ts';

/** Attention of single layers and heads, for the curious. */
export function AttentionExplorer(_props: { readonly job: Job }) {
  return null;
}
