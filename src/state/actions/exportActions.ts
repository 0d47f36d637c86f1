import { analysisError, type AnalysisError } from '#core/errors.ts';
import { noReview, recordIdOf, type RecordId } from '#core/library/record.ts';
import {
  exportFormats,
  mostDocumentResults,
  type ExportChoice,
  type ExportFormat,
  type ExportInput,
} from '#core/report/exportChoice.ts';
import { err, ok, type Result } from '#core/result.ts';
import { action, always, command } from '#state/actions/action.ts';
import type { ExportFailure, ExportsState } from '#state/exports.ts';
import { selectedJob, type Job, type JobId } from '#state/jobs.ts';
import { actedOn } from '#state/libraryView.ts';
import type { Workbench } from '#state/workbench.ts';

/** Results of finished files on the list, first to last; each once, though a file may be there twice. */
export function queueRecords(
  order: readonly JobId[],
  jobs: Readonly<Record<JobId, Job>>,
): readonly RecordId[] {
  return [...new Set(order.flatMap((id) => recordOf(jobs[id]) ?? []))];
}

function recordOf(job: Job | null | undefined): RecordId | null {
  return job?.phase.kind === 'done' ? recordIdOf(job.phase.report) : null;
}

/** What the dialogue would be about: the selected file, or the selection of the library. */
const meant = (bench: Workbench): readonly RecordId[] => {
  if (bench.navigation.getState().view === 'library') return actedOn(bench.libraryView.getState());
  const id = recordOf(selectedJob(bench.jobs.getState()));
  return id === null ? [] : [id];
};

/** The export dialogue, for what is selected; in the library, where nothing is, for all of it. */
export const openExports = command({
  name: 'openExports',
  group: 'export',
  icon: 'exportFile',
  keys: [{ key: 'e', mod: true }],
  views: ['workstation', 'library'],
  enabled: (bench) =>
    meant(bench).length > 0 ||
    (bench.navigation.getState().view === 'library' && bench.library.getState().rows.size > 0),
  effect: (bench) => bench.navigation.setState({ dialog: { kind: 'export', records: meant(bench) } }),
});

/** Changes what is chosen; what the last export came to is no longer shown. */
export const chooseExport = action({
  name: 'chooseExport',
  enabled: always,
  effect: (bench, change: Partial<ExportsState['choice']>) =>
    bench.exports.setState(({ choice, phase }) => ({
      choice: { ...choice, ...change },
      phase: phase.kind === 'running' ? phase : { kind: 'idle' },
    })),
});

/** Adds a format to the choice or takes it out. */
export const toggleExportFormat = action({
  name: 'toggleExportFormat',
  enabled: always,
  effect: (bench, format: ExportFormat) => {
    const { formats } = bench.exports.getState().choice;
    chooseExport.effect(bench, {
      formats: exportFormats.filter((one) => formats.includes(one) !== (one === format)),
    });
  },
});

/** Whether that many results can be exported in these formats. */
export const canExport = (formats: readonly ExportFormat[], results: number): boolean =>
  formats.length > 0 && results > 0 && (results <= mostDocumentResults || !formats.includes('pdf'));

/** What is needed to export a result: from the list where it is there with its sound, else from the library. */
async function inputOf(bench: Workbench, id: RecordId): Promise<Result<ExportInput, AnalysisError>> {
  const { order, jobs } = bench.jobs.getState();
  const row = bench.library.getState().rows.get(id);
  const live = order.map((jobId) => jobs[jobId]).filter((job) => recordOf(job) === id);
  const job = live.find((one) => one?.phase.kind === 'done' && one.phase.prepared !== null) ?? live[0];
  if (job?.phase.kind === 'done') {
    const { report, prepared } = job.phase;
    return ok({
      report,
      review: row?.review ?? noReview,
      picture: prepared?.picture ?? null,
      thumbnail: prepared === null && row !== undefined ? await bench.ports.library.thumbnail(id) : null,
    });
  }
  const read = await bench.ports.library.record(id);
  if (!read.ok) return read;
  if (read.value === null) return err(analysisError('library-failed', 'the result is not in the library'));
  const { report, review, thumbnail } = read.value;
  // What is shown is newest: a review may still be on its way into storage.
  return ok({ report, review: row?.review ?? review, picture: null, thumbnail });
}

/** The export that runs, so that it can be stopped. */
const running = new WeakMap<Workbench, AbortController>();

/** Exports these results as chosen, as one file or one zip that the person saves. One that fails costs only itself. */
export const runExport = action({
  name: 'runExport',
  enabled: (bench, records: readonly RecordId[]) => {
    const { choice, phase } = bench.exports.getState();
    return phase.kind !== 'running' && canExport(choice.formats, records.length);
  },
  effect: async (bench, records: readonly RecordId[]) => {
    if (!runExport.enabled(bench, records)) return;
    const stop = new AbortController();
    running.set(bench, stop);
    const { exports, settings } = bench;
    const choice: ExportChoice = {
      ...exports.getState().choice,
      language: exports.getState().choice.language ?? settings.getState().language,
    };
    const total = records.length;
    const collecting = (done: number): void =>
      exports.setState({ phase: { kind: 'running', stage: 'collecting', done, total } });
    collecting(0);
    const { colormap, floorDb, ceilingDb, overlayOpacity, overlayVisible } = settings.getState();
    const opened = await bench.ports.exports.open(choice, {
      colormap,
      floorDb,
      ceilingDb,
      overlayOpacity: overlayVisible ? overlayOpacity : 0,
    });
    if (!opened.ok) {
      exports.setState({ phase: { kind: 'failed', error: opened.error, failures: [] } });
      return;
    }
    const session = opened.value;
    const cancel = (): void => {
      session.cancel();
      exports.setState({ phase: { kind: 'cancelled' } });
    };
    if (stop.signal.aborted) return cancel();
    stop.signal.addEventListener('abort', cancel, { once: true });
    const failures: ExportFailure[] = [];
    for (const [at, id] of records.entries()) {
      const input = await inputOf(bench, id);
      const added = input.ok ? await session.add(input.value) : input;
      if (stop.signal.aborted) return;
      if (!added.ok) {
        const name = input.ok ? input.value.report.file.name : bench.library.getState().rows.get(id)?.name;
        failures.push({ id, name: name ?? id, error: added.error });
      }
      collecting(at + 1);
    }
    if (failures.length === total) {
      session.cancel();
      const error = failures[0]?.error ?? analysisError('internal', 'nothing to export');
      exports.setState({ phase: { kind: 'failed', error, failures } });
      return;
    }
    const finished = await session.finish((done, pages) => {
      if (!stop.signal.aborted)
        exports.setState({ phase: { kind: 'running', stage: 'writing', done, total: pages } });
    });
    if (stop.signal.aborted) return;
    if (finished.ok) bench.ports.downloads.save(finished.value.blob, finished.value.fileName);
    exports.setState({
      phase: finished.ok
        ? { kind: 'done', fileName: finished.value.fileName, exported: total - failures.length, failures }
        : { kind: 'failed', error: finished.error, failures },
    });
  },
});

/** Stops the export that runs; nothing is saved. */
export const cancelExport = action({
  name: 'cancelExport',
  enabled: (bench) => bench.exports.getState().phase.kind === 'running',
  effect: (bench) => running.get(bench)?.abort(),
});

/** Closes the dialogue; an export that runs goes on. */
export const closeExports = action({
  name: 'closeExports',
  enabled: always,
  effect: (bench) => bench.navigation.setState({ dialog: null }),
});

/** Commands of the exports. */
export const exportCommands = [openExports] as const;
