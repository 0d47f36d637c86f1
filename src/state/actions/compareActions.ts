import type { RecordId } from '#core/library/record.ts';
import { action, always, command } from '#state/actions/action.ts';
import { addFiles } from '#state/actions/jobActions.ts';
import { setModel } from '#state/actions/settingActions.ts';
import type { CompareSide } from '#state/compare.ts';
import { selectedJob, type JobId } from '#state/jobs.ts';
import type { Workbench } from '#state/workbench.ts';

/** Finished jobs, from first to last as listed. */
export function comparableJobs(bench: Workbench): readonly JobId[] {
  const { jobs, order } = bench.jobs.getState();
  return order.filter((id) => jobs[id]?.phase.kind === 'done');
}

const isSame = (a: CompareSide, b: CompareSide): boolean =>
  a.kind !== 'none' && b.kind !== 'none' && a.id === b.id;

/** Puts a result on one side. */
export const chooseSide = action({
  name: 'chooseSide',
  enabled: always,
  effect: (bench, side: 'left' | 'right', choice: CompareSide) => bench.compare.setState({ [side]: choice }),
});

export const swapSides = action({
  name: 'swapSides',
  enabled: always,
  effect: (bench) => bench.compare.setState(({ left, right }) => ({ left: right, right: left })),
});

/** Two results of the library side by side. */
export const compareRecords = action({
  name: 'compareRecords',
  enabled: always,
  effect: (bench, left: RecordId, right: RecordId) => {
    bench.compare.setState({ left: { kind: 'record', id: left }, right: { kind: 'record', id: right } });
    bench.navigation.setState({ view: 'compare' });
  },
});

/**
 * The file of a job under another model as well: the model is changed, the file is analysed again as a job of its own, and
 * the two results stand side by side as soon as the second is there.
 */
export const compareUnderModel = action({
  name: 'compareUnderModel',
  enabled: (bench, jobId: JobId) => bench.files.has(jobId),
  effect: (bench, jobId: JobId, modelId: string) => {
    const file = bench.files.get(jobId);
    if (file === undefined) return;
    setModel.effect(bench, modelId);
    addFiles.effect(bench, [file]);
    const added = bench.jobs.getState().order[0];
    if (added === undefined) return;
    bench.compare.setState({ left: { kind: 'job', id: jobId }, right: { kind: 'job', id: added } });
    bench.navigation.setState({ view: 'compare' });
  },
});

/** Opens the comparison with the selected file on the left, or goes back to the workstation. */
export const compare = command({
  name: 'compare',
  group: 'page',
  icon: 'columns',
  keys: [{ key: 'v' }],
  views: ['workstation', 'compare'],
  enabled: (bench) =>
    bench.navigation.getState().view === 'compare' ||
    selectedJob(bench.jobs.getState())?.phase.kind === 'done',
  effect: (bench) => {
    if (bench.navigation.getState().view === 'compare') {
      bench.navigation.setState({ view: 'workstation' });
      return;
    }
    const job = selectedJob(bench.jobs.getState());
    if (job === null) return;
    const left: CompareSide = { kind: 'job', id: job.id };
    const { right } = bench.compare.getState();
    // What stood on the right stays, unless it is this one; else the next finished file.
    const other = comparableJobs(bench).find((id) => id !== job.id);
    const next: CompareSide = other === undefined ? { kind: 'none' } : { kind: 'job', id: other };
    const isGone = right.kind === 'job' && bench.jobs.getState().jobs[right.id] === undefined;
    bench.compare.setState({
      left,
      right: right.kind === 'none' || isGone || isSame(left, right) ? next : right,
    });
    bench.navigation.setState({ view: 'compare' });
  },
});

export const compareCommands = [compare] as const;
