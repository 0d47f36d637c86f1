import type { Job } from '#state/jobs.ts';
import type { TrackView } from '#ui/features/result/trackView.ts';

interface RibbonProps {
  readonly view: TrackView;
  readonly job: Job;
}

/** The genres over time, on the time axis of the spectrogram under it (`useViewport`). */
export function Ribbon(_props: RibbonProps) {
  return null;
}
