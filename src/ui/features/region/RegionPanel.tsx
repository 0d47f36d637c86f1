import type { Job } from '#state/jobs.ts';

/** What is known about the selected box of the picture. */
export function RegionPanel(_props: { readonly job: Job }) {
  return null;
}
