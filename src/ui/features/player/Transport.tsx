import type { Job } from '#state/jobs.ts';

/** Play, seek, loop, speed, volume and what is heard, for the selected job. */
export function Transport(_props: { readonly job: Job }) {
  return null;
}
