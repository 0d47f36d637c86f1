import type { PreparedTrack } from '#core/pipeline/ports.ts';
import { pyramidBytes } from '#core/render/spectrogramPyramid.ts';
import { preparedOf, type JobId, type JobsState } from '#state/jobs.ts';

/**
 * Pictures (spectrogram values and the pyramid they are painted from) are the only large thing a finished job holds, about
 * 6 MB for four minutes, 185 MB for two hours.
 * They are kept up to this many bytes in all; then the ones finished longest ago are let go, never the selected one and
 * never one that is still analysed. What remains of such a job is every number of its report; the page says that the
 * picture comes back by analysing again.
 */
export const pictureBudgetBytes = 256 * 1024 * 1024;

/** Bytes that one prepared track keeps alive. */
export function pictureBytes(prepared: PreparedTrack): number {
  const { logMel, picture, waveform } = prepared;
  return (
    logMel.values.byteLength + pyramidBytes(picture) + waveform.lows.byteLength + waveform.highs.byteLength
  );
}

/**
 * Lets pictures go until the rest fits the budget.
 * @param finished job ids in the order in which they finished, oldest first
 */
export function withinPictureBudget(
  state: JobsState,
  finished: readonly JobId[],
  budgetBytes: number = pictureBudgetBytes,
): JobsState {
  let total = 0;
  for (const job of Object.values(state.jobs)) {
    const prepared = preparedOf(job.phase);
    if (prepared !== null) total += pictureBytes(prepared);
  }
  if (total <= budgetBytes) return state;
  const jobs = { ...state.jobs };
  for (const id of finished) {
    if (total <= budgetBytes) break;
    const job = jobs[id];
    if (job === undefined || id === state.selectedId) continue;
    const { phase } = job;
    if ((phase.kind !== 'done' && phase.kind !== 'failed') || phase.prepared === null) continue;
    total -= pictureBytes(phase.prepared);
    jobs[id] = { ...job, phase: { ...phase, prepared: null } };
  }
  return { ...state, jobs };
}
