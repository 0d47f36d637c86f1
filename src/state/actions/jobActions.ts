import { action, always } from '#state/actions/action.ts';
import {
  isPending,
  isRunning,
  preparedOf,
  removedJobs,
  withNewJobs,
  withNewRun,
  withoutJobs,
  withRestored,
  type JobId,
  type RemovedJob,
} from '#state/jobs.ts';
import { remember } from '#state/history.ts';
import { pictureBytes } from '#state/pictureBudget.ts';
import type { Workbench } from '#state/workbench.ts';

/** Files taken from one drop; a catalogue belongs to the command line. */
export const maxFilesPerDrop = 500;

function halt(bench: Workbench, id: JobId, phase: 'queued' | 'cancelled'): void {
  bench.jobs.setState((state) => withNewRun(state, id, { kind: phase }));
  bench.runner.stop(id);
}

const pendingIds = (bench: Workbench): readonly JobId[] => {
  const { jobs, order } = bench.jobs.getState();
  return order.filter((id) => {
    const job = jobs[id];
    return job !== undefined && isPending(job);
  });
};

const ofKind = (bench: Workbench, id: JobId, kinds: readonly string[]): boolean =>
  kinds.includes(bench.jobs.getState().jobs[id]?.phase.kind ?? '');

/**
 * A drop. Its files go to the front of the list, in their own order. A job that is running stops between windows, what
 * it has found so far is dropped as stale, and it waits its turn after the new files.
 */
export const addFiles = action({
  name: 'addFiles',
  enabled: always,
  effect: (bench, dropped: readonly File[]) => {
    const taken = dropped.slice(0, maxFilesPerDrop);
    const left = dropped.length - taken.length;
    if (taken.length === 0) {
      bench.jobs.setState({ intakeNote: { kind: 'nothing-found' } });
      return;
    }
    const { order, jobs } = bench.jobs.getState();
    for (const id of order) {
      const job = jobs[id];
      if (job !== undefined && isRunning(job)) halt(bench, id, 'queued');
    }
    const entries = taken.map((file) => ({ id: bench.newJobId(), name: file.name, bytes: file.size, file }));
    for (const { id, file } of entries) bench.files.set(id, file);
    bench.jobs.setState((state) => ({
      ...withNewJobs(state, entries),
      intakeNote: left > 0 ? { kind: 'too-many', taken: taken.length, left } : null,
    }));
    // Who drops a file wants to see it, wherever the page is.
    bench.navigation.setState({ view: 'workstation' });
    bench.runner.poke();
  },
});

export const cancel = action({
  name: 'cancel',
  enabled: (bench, id: JobId) => {
    const job = bench.jobs.getState().jobs[id];
    return job !== undefined && isPending(job);
  },
  effect: (bench, id: JobId) => {
    if (cancel.enabled(bench, id)) halt(bench, id, 'cancelled');
  },
});

export const cancelAll = action({
  name: 'cancelAll',
  enabled: (bench) => pendingIds(bench).length > 0,
  effect: (bench) => {
    // From the end, so that nothing queued starts in between.
    for (const id of pendingIds(bench).toReversed()) halt(bench, id, 'cancelled');
  },
});

/** Analyses a file again: after a failure, after a cancel, for a picture that was let go, or with another model. */
export const retry = action({
  name: 'retry',
  // A result that came without its sound cannot be analysed again.
  enabled: (bench, id: JobId) => bench.files.has(id) && ofKind(bench, id, ['failed', 'cancelled', 'done']),
  effect: (bench, id: JobId) => {
    if (!retry.enabled(bench, id)) return;
    bench.session.forgetFailure();
    bench.jobs.setState((state) => withNewRun(state, id, { kind: 'queued' }));
    bench.runner.poke();
  },
});

export const select = action({
  name: 'select',
  enabled: (bench, id: JobId) => bench.jobs.getState().jobs[id] !== undefined,
  effect: (bench, id: JobId) => {
    if (bench.jobs.getState().selectedId === id || !select.enabled(bench, id)) return;
    bench.jobs.setState({ selectedId: id, selectedWindow: null, exported: { kind: 'none' } });
  },
});

/** Looks at one window of the selected job; null is the whole track. */
export const selectWindow = action({
  name: 'selectWindow',
  enabled: always,
  effect: (bench, index: number | null) => bench.jobs.setState({ selectedWindow: index }),
});

/** Pictures that an undo may bring back, in bytes; a larger one comes back as numbers only. */
const undoPictureBytes = 64 * 1024 * 1024;

/** What was taken off the list last: only its pictures are kept for undo. */
const lastRemoval = new WeakMap<Workbench, { jobs: readonly RemovedJob[] }>();

const withoutPicture = (removed: RemovedJob): RemovedJob => {
  const { job } = removed;
  const { phase } = job;
  if (phase.kind !== 'done' && phase.kind !== 'failed') return removed;
  return { ...removed, job: { ...job, phase: { ...phase, prepared: null } } };
};

/** Takes jobs off the list; undo brings back their places, phases and file handles. */
function takeOff(bench: Workbench, ids: readonly JobId[], name: 'removeFile' | 'clearFiles'): void {
  const kept = { jobs: removedJobs(bench.jobs.getState(), ids, bench.files) };
  const first = kept.jobs[0];
  if (first === undefined) return;
  const earlier = lastRemoval.get(bench);
  if (earlier !== undefined) earlier.jobs = earlier.jobs.map(withoutPicture);
  const bytes = kept.jobs.reduce((sum, { job }) => {
    const prepared = preparedOf(job.phase);
    return prepared === null ? sum : sum + pictureBytes(prepared);
  }, 0);
  if (bytes > undoPictureBytes) kept.jobs = kept.jobs.map(withoutPicture);
  lastRemoval.set(bench, kept);
  const apply = (): void => {
    // From the end, so that nothing queued starts in between.
    for (const id of ids.toReversed()) halt(bench, id, 'cancelled');
    for (const id of ids) bench.files.delete(id);
    bench.jobs.setState((state) => withoutJobs(state, ids));
  };
  apply();
  remember(bench.history, {
    name,
    subject: name === 'clearFiles' ? String(kept.jobs.length) : first.job.name,
    undo: () => {
      for (const { job, file } of kept.jobs) if (file !== null) bench.files.set(job.id, file);
      bench.jobs.setState((state) => withRestored(state, kept.jobs));
      bench.runner.poke();
    },
    redo: apply,
  });
}

export const remove = action({
  name: 'remove',
  enabled: (bench, id: JobId) => bench.jobs.getState().jobs[id] !== undefined,
  effect: (bench, id: JobId) => takeOff(bench, [id], 'removeFile'),
});

/** Takes everything off the list and stops what runs. */
export const clear = action({
  name: 'clear',
  enabled: (bench) => bench.jobs.getState().order.length > 0,
  effect: (bench) => {
    takeOff(bench, bench.jobs.getState().order, 'clearFiles');
    bench.jobs.setState({ intakeNote: null, exported: { kind: 'none' } });
  },
});

export const dismissIntakeNote = action({
  name: 'dismiss',
  enabled: always,
  effect: (bench) => bench.jobs.setState({ intakeNote: null }),
});
