import { createStore, type StoreApi } from 'zustand/vanilla';
import type { AnalysisError } from '#core/errors.ts';
import type { PreparedTrack } from '#core/pipeline/ports.ts';
import type { AnalysisReport, TrackResult, WindowResult } from '#core/report/report.ts';

/**
 * Session state: one job for each dropped file. The list is the queue: what stands first and is queued runs next, one
 * job at a time. Every change that comes from a running analysis carries the job's id and its run; what belongs to an
 * earlier run is dropped, so results are never mixed.
 */

export type JobId = string;

/** Where one file stands; the union a row and the main view are drawn from. */
export type JobPhase =
  | { readonly kind: 'queued' }
  | { readonly kind: 'reading' }
  | { readonly kind: 'decoding' }
  | { readonly kind: 'preparing' }
  | {
      readonly kind: 'analysing';
      readonly prepared: PreparedTrack;
      readonly windowsDone: number;
      /** Null until the first window is done. */
      readonly windowsTotal: number | null;
      readonly windows: readonly WindowResult[];
      readonly track: TrackResult | null;
      readonly waitingForModel: boolean;
    }
  /**
   * `prepared` is null where the picture was let go to bound memory, where it is still being made for a result that the
   * library knew (`preparing`), or where there is no audio; the numbers are there.
   */
  | {
      readonly kind: 'done';
      readonly report: AnalysisReport;
      readonly prepared: PreparedTrack | null;
      readonly preparing?: boolean;
      /** True where the report is the library's, and nothing was analysed this time. */
      readonly known?: boolean;
    }
  | { readonly kind: 'failed'; readonly error: AnalysisError; readonly prepared: PreparedTrack | null }
  | { readonly kind: 'cancelled' };

export type JobPhaseKind = JobPhase['kind'];

export interface Job {
  readonly id: JobId;
  /** Counts the starts of this job; changes from an earlier run are stale. */
  readonly run: number;
  readonly name: string;
  readonly bytes: number;
  readonly phase: JobPhase;
  /** `archive`: reopened from a picture or from the library, without the audio. */
  readonly origin: 'audio' | 'archive';
  /** Address of the archived picture that the job was reopened from; null where there is none. */
  readonly archivedPicture: string | null;
  /** The next run analyses even what the library knows. */
  readonly afresh?: boolean;
}

/** Something about the last drop that is worth a line. */
export type IntakeNote =
  | { readonly kind: 'too-many'; readonly taken: number; readonly left: number }
  | { readonly kind: 'nothing-found' };

/** Where the last export of the session stands. */
export type ExportState =
  | { readonly kind: 'none' }
  | { readonly kind: 'saving'; readonly jobId: JobId }
  | { readonly kind: 'saved'; readonly jobId: JobId; readonly fileName: string }
  | { readonly kind: 'copied'; readonly jobId: JobId }
  | { readonly kind: 'failed'; readonly jobId: JobId; readonly error: AnalysisError };

export interface JobsState {
  readonly jobs: Readonly<Record<JobId, Job>>;
  /** From first to last as shown and as run. */
  readonly order: readonly JobId[];
  readonly selectedId: JobId | null;
  /** Index of the window that is looked at; null is the whole track. */
  readonly selectedWindow: number | null;
  readonly intakeNote: IntakeNote | null;
  readonly exported: ExportState;
}

export type JobsStore = StoreApi<JobsState>;

export const emptyJobs: JobsState = {
  jobs: {},
  order: [],
  selectedId: null,
  selectedWindow: null,
  intakeNote: null,
  exported: { kind: 'none' },
};

export function createJobsStore(): JobsStore {
  return createStore<JobsState>(() => emptyJobs);
}

export const runningKinds: readonly JobPhaseKind[] = ['reading', 'decoding', 'preparing', 'analysing'];
export const isRunning = (job: Job): boolean => runningKinds.includes(job.phase.kind);
/** True while cancelling this job makes sense. */
export const isPending = (job: Job): boolean => job.phase.kind === 'queued' || isRunning(job);

/** The picture's data, if this phase holds it. */
export function preparedOf(phase: JobPhase): PreparedTrack | null {
  switch (phase.kind) {
    case 'analysing':
    case 'done':
    case 'failed':
      return phase.prepared;
    default:
      return null;
  }
}

/** Puts new jobs in front of the list, in their own order, and selects the first of them. */
export function withNewJobs(
  state: JobsState,
  files: readonly { readonly id: JobId; readonly name: string; readonly bytes: number }[],
): JobsState {
  const first = files[0];
  if (first === undefined) return state;
  const jobs = { ...state.jobs };
  for (const { id, name, bytes } of files)
    jobs[id] = {
      id,
      run: 0,
      name,
      bytes,
      phase: { kind: 'queued' },
      origin: 'audio',
      archivedPicture: null,
    };
  return {
    ...state,
    jobs,
    order: [...files.map((file) => file.id), ...state.order],
    selectedId: first.id,
    selectedWindow: null,
  };
}

/** Puts results that came without their audio in front of the list, finished, and selects the first of them. */
export function withReopened(
  state: JobsState,
  results: readonly {
    readonly id: JobId;
    readonly report: AnalysisReport;
    readonly archivedPicture: string | null;
  }[],
): JobsState {
  const first = results[0];
  if (first === undefined) return state;
  const jobs = { ...state.jobs };
  for (const { id, report, archivedPicture } of results)
    jobs[id] = {
      id,
      run: 0,
      name: report.file.name,
      bytes: report.file.bytes,
      phase: { kind: 'done', report, prepared: null },
      origin: 'archive',
      archivedPicture,
    };
  return {
    ...state,
    jobs,
    order: [...results.map((result) => result.id), ...state.order],
    selectedId: first.id,
    selectedWindow: null,
  };
}

/** Starts a new run of a job: everything that still arrives from the run before is stale from now on. */
export function withNewRun(state: JobsState, id: JobId, phase: JobPhase): JobsState {
  const job = state.jobs[id];
  if (job === undefined) return state;
  return { ...state, jobs: { ...state.jobs, [id]: { ...job, run: job.run + 1, phase } } };
}

/** A change from a running analysis. Returns the same state where the job is gone or the run is not the current one. */
export function withPhase(
  state: JobsState,
  id: JobId,
  run: number,
  change: (phase: JobPhase) => JobPhase,
): JobsState {
  const job = state.jobs[id];
  if (job === undefined || job.run !== run) return state;
  const phase = change(job.phase);
  return phase === job.phase ? state : { ...state, jobs: { ...state.jobs, [id]: { ...job, phase } } };
}

/** Takes jobs off the list; the selection moves to the neighbour that takes the place. */
export function withoutJobs(state: JobsState, ids: readonly JobId[]): JobsState {
  const gone = new Set(ids);
  const order = state.order.filter((id) => !gone.has(id));
  const jobs = Object.fromEntries(Object.entries(state.jobs).filter(([id]) => !gone.has(id)));
  if (state.selectedId === null || !gone.has(state.selectedId)) return { ...state, jobs, order };
  const place = state.order
    .slice(0, state.order.indexOf(state.selectedId))
    .filter((id) => !gone.has(id)).length;
  return { ...state, jobs, order, selectedId: order[place] ?? order.at(-1) ?? null, selectedWindow: null };
}

/** A job that was taken off the list, and where it stood. */
export interface RemovedJob {
  readonly place: number;
  readonly job: Job;
  readonly file: File | null;
}

/** The jobs of these ids as they are, in the order of the list, so that they can be put back. */
export function removedJobs(
  state: JobsState,
  ids: readonly JobId[],
  files: ReadonlyMap<JobId, File>,
): readonly RemovedJob[] {
  const wanted = new Set(ids);
  return state.order.flatMap((id, place) => {
    const job = wanted.has(id) ? state.jobs[id] : undefined;
    return job === undefined ? [] : [{ place, job, file: files.get(id) ?? null }];
  });
}

/**
 * Puts jobs back where they stood and selects the first of them. What was running waits again; whatever still arrives from
 * its old run is stale.
 */
export function withRestored(state: JobsState, removed: readonly RemovedJob[]): JobsState {
  const first = removed[0];
  if (first === undefined) return state;
  const jobs = { ...state.jobs };
  const order = [...state.order];
  for (const { place, job } of removed) {
    if (jobs[job.id] !== undefined) continue;
    const isUnfinished = isRunning(job) || (job.phase.kind === 'done' && job.phase.preparing === true);
    const phase: JobPhase = isUnfinished ? { kind: 'queued' } : job.phase;
    jobs[job.id] = { ...job, run: job.run + 1, phase };
    order.splice(Math.min(place, order.length), 0, job.id);
  }
  return { ...state, jobs, order, selectedId: first.job.id, selectedWindow: null };
}

export const selectedJob = (state: JobsState): Job | null =>
  state.selectedId === null ? null : (state.jobs[state.selectedId] ?? null);
