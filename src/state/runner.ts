import { analysisError, type AnalysisError } from '#core/errors.ts';
import type { AnalysisEvent, AnalysisOptions, AnalysisPorts } from '#core/pipeline/analyse.ts';
import type { DecodedFile } from '#core/audio/pcm.ts';
import type { InferencePort } from '#core/model/engine.ts';
import type { ModelPort } from '#core/pipeline/ports.ts';
import type { AnalysisReport } from '#core/report/report.ts';
import { err, exhaustive, ok, type Result } from '#core/result.ts';
import {
  preparedOf,
  withNewRun,
  withPhase,
  type JobId,
  type JobPhase,
  type JobsState,
  type JobsStore,
} from '#state/jobs.ts';
import type { LibrarySession } from '#state/librarySession.ts';
import type { ModelSession } from '#state/model.ts';
import { pictureBudgetBytes, withinPictureBudget } from '#state/pictureBudget.ts';
import type { HostPorts } from '#state/ports.ts';

/** `analyse` of the pipeline; a parameter so that tests can run the queue without numbers. */
export type Analyse = (
  decoded: DecodedFile,
  ports: AnalysisPorts,
  options: AnalysisOptions,
) => Promise<Result<AnalysisReport, AnalysisError>>;

export interface RunnerParts {
  readonly jobs: JobsStore;
  readonly files: ReadonlyMap<JobId, File>;
  readonly model: ModelSession;
  readonly ports: HostPorts;
  readonly analyse: Analyse;
  readonly library: Pick<LibrarySession, 'known' | 'keep'>;
  readonly program: { readonly name: string; readonly version: string };
  readonly pictureBudgetBytes?: number;
}

export interface Runner {
  /** Starts the next queued job unless one is running. Call after every change of the list. */
  poke(): void;
  /** Stops a running job (between windows); what it already sent is kept out by its run number. */
  stop(id: JobId): void;
  /** Resolves when nothing runs and nothing is queued. */
  idle(): Promise<void>;
}

/** Answers `cancelled` as soon as the signal fires, although the work behind it goes on. */
function orAborted<T>(
  work: Promise<Result<T, AnalysisError>>,
  signal: AbortSignal,
): Promise<Result<T, AnalysisError>> {
  return new Promise((resolve, reject) => {
    const onAbort = (): void =>
      resolve(err(analysisError('cancelled', 'stopped while waiting for the model')));
    if (signal.aborted) onAbort();
    else signal.addEventListener('abort', onAbort, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort));
  });
}

/** A later task of this thread; by a message, since browsers slow the timers of hidden pages down. */
function nextTask(): Promise<void> {
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(null);
  });
}

/** The phase after an event of the pipeline. */
export function afterEvent(phase: JobPhase, event: AnalysisEvent): JobPhase {
  switch (event.kind) {
    case 'prepared':
      return {
        kind: 'analysing',
        prepared: event.prepared,
        windowsDone: 0,
        windowsTotal: null,
        windows: [],
        track: null,
        waitingForModel: true,
      };
    case 'engine':
      return phase.kind === 'analysing' ? { ...phase, waitingForModel: false } : phase;
    case 'window':
      return phase.kind === 'analysing'
        ? {
            ...phase,
            waitingForModel: false,
            windowsDone: event.windowsDone,
            windowsTotal: event.windowsTotal,
            windows: [...phase.windows, event.window],
            track: event.track,
          }
        : phase;
    default:
      return exhaustive(event);
  }
}

/** The job was analysed again as asked; from now on the library knows it. */
function withoutAfresh(state: JobsState, id: JobId): JobsState {
  const job = state.jobs[id];
  if (job?.afresh === undefined) return state;
  const { afresh: _, ...rest } = job;
  return { ...state, jobs: { ...state.jobs, [id]: rest } };
}

export function createRunner(parts: RunnerParts): Runner {
  const { jobs, files, ports } = parts;
  const budget = parts.pictureBudgetBytes ?? pictureBudgetBytes;
  /** Oldest first, each id once; the order in which pictures are let go. */
  let finished: readonly JobId[] = [];
  let current: { readonly id: JobId; readonly abort: AbortController } | null = null;
  let working = false;
  let whenIdle: (() => void)[] = [];

  const analyseFile = async (
    id: JobId,
    run: number,
    signal: AbortSignal,
  ): Promise<Result<AnalysisReport, AnalysisError>> => {
    const update = (change: (phase: JobPhase) => JobPhase): void =>
      jobs.setState((state) => withPhase(state, id, run, change));
    const file = files.get(id);
    if (file === undefined) return err(analysisError('unreadable-file', 'the file is no longer held'));
    // The manifest is asked for while the file is read; the front end needs it.
    const opening = parts.model.port();
    const afresh = jobs.getState().jobs[id]?.afresh === true;
    const recognised: { report: AnalysisReport | null } = { report: null };
    const recognise = async (sha256: string): Promise<void> => {
      const opened = await orAborted(opening, signal);
      if (!opened.ok || afresh) return;
      const kept = await parts.library.known(sha256, opened.value.manifest);
      if (kept === null || signal.aborted) return;
      // The same sound may have another name today.
      const report = { ...kept, file: { ...kept.file, name: file.name } };
      recognised.report = report;
      update(() => ({ kind: 'done', report, prepared: null, preparing: true, known: true }));
    };
    const decoded = await ports.audio.decode(
      file,
      signal,
      (stage) => update((phase) => (phase.kind === 'done' ? phase : { kind: stage })),
      recognise,
    );
    if (recognised.report !== null) return withPicture(recognised.report, decoded, signal, update);
    if (!decoded.ok) return decoded;
    update(() => ({ kind: 'preparing' }));
    const opened = await orAborted(opening, signal);
    if (!opened.ok) return opened;
    const model = opened.value;
    const waiting: ModelPort = {
      manifest: model.manifest,
      // A stopped job must not hold up the queue until the weights are there.
      engine: () => orAborted<InferencePort>(model.engine(), signal),
    };
    return parts.analyse(
      decoded.value,
      { frontEnd: ports.frontEnd, model: waiting, clock: ports.clock, program: parts.program },
      { signal, onEvent: (event) => update((phase) => afterEvent(phase, event)) },
    );
  };

  /** The picture of a result that the library knew. Without one the numbers are there all the same. */
  const withPicture = async (
    report: AnalysisReport,
    decoded: Result<DecodedFile, AnalysisError>,
    signal: AbortSignal,
    update: (change: (phase: JobPhase) => JobPhase) => void,
  ): Promise<Result<AnalysisReport, AnalysisError>> => {
    const made = decoded.ok
      ? await ports.frontEnd.prepare(decoded.value.pcm, report.model.frontEnd, signal)
      : decoded;
    const prepared = made.ok ? made.value : null;
    update((phase) => (phase.kind === 'done' ? { ...phase, prepared, preparing: false } : phase));
    return ok(report);
  };

  const runOne = async (id: JobId): Promise<void> => {
    const abort = new AbortController();
    current = { id, abort };
    jobs.setState((state) => withNewRun(state, id, { kind: 'reading' }));
    const run = jobs.getState().jobs[id]?.run ?? 0;
    let result: Result<AnalysisReport, AnalysisError>;
    try {
      result = await analyseFile(id, run, abort.signal);
    } catch (thrown) {
      // A bug in one file's way must not cost the others.
      result = err(analysisError('internal', thrown instanceof Error ? thrown.message : String(thrown)));
    }
    // The last window is being drawn: the whole result is drawn in a task of its own.
    await nextTask();
    current = null;
    const before = jobs.getState().jobs[id];
    jobs.setState((state) =>
      withPhase(state, id, run, (phase) => {
        // Known from the library; the picture has come or will not.
        if (phase.kind === 'done') return phase.preparing === true ? { ...phase, preparing: false } : phase;
        if (result.ok) return { kind: 'done', report: result.value, prepared: preparedOf(phase) };
        if (result.error.code === 'cancelled') return { kind: 'cancelled' };
        return { kind: 'failed', error: result.error, prepared: preparedOf(phase) };
      }),
    );
    // Not waited for: the next file must not stand still while this one is stored.
    if (result.ok && before?.run === run && before.phase.kind !== 'done') {
      void parts.library.keep(result.value, preparedOf(before.phase));
      jobs.setState((state) => withoutAfresh(state, id));
    }
    jobs.setState((state) => {
      // What came back by undo or from the library never ran here; it goes first.
      const unknown = state.order.filter((known) => known !== id && !finished.includes(known));
      finished = [
        ...unknown,
        ...finished.filter((known) => known !== id && state.jobs[known] !== undefined),
        id,
      ];
      return withinPictureBudget(state, finished, budget);
    });
  };

  const nextQueued = (): JobId | undefined => {
    const state = jobs.getState();
    return state.order.find((id) => state.jobs[id]?.phase.kind === 'queued');
  };

  const work = async (): Promise<void> => {
    for (let id = nextQueued(); id !== undefined; id = nextQueued()) await runOne(id);
    // In the same turn as the last look at the list, so that no poke falls in between.
    working = false;
    for (const resolve of whenIdle) resolve();
    whenIdle = [];
  };

  return {
    poke: () => {
      if (working) return;
      working = true;
      void work();
    },
    stop: (id) => {
      if (current?.id === id) current.abort.abort();
    },
    idle: () => (working ? new Promise((resolve) => whenIdle.push(resolve)) : Promise.resolve()),
  };
}
