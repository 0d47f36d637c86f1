import { sameReview } from '#core/library/merging.ts';
import { recordIdOf, type LibraryRecord, type RecordId, type Review } from '#core/library/record.ts';
import { action, always, command } from '#state/actions/action.ts';
import { remember, type HistoryEntry, type HistoryName } from '#state/history.ts';
import { isPending, withNewRun, withReopened, type Job, type JobId } from '#state/jobs.ts';
import type { Workbench } from '#state/workbench.ts';

/** The keys of the library's results and what a person says of them. */

/** Opens the library and reads its rows; once, after the first paint. */
export const openLibrary = action({
  name: 'openLibrary',
  enabled: always,
  effect: (bench) => bench.librarySession.open(),
});

/** What the history says a change was made to: the name of the one file, or how many. */
function subjectOf(bench: Workbench, ids: readonly RecordId[]): string {
  const [only] = ids;
  return ids.length === 1 && only !== undefined
    ? (bench.library.getState().rows.get(only)?.name ?? '')
    : String(ids.length);
}

/**
 * Changes what a person says of results. `change` gets each review as it is and answers the new one; its date is set
 * here. `as` is the name of the action that the history shows. Ids without a row, and reviews that stay as they are,
 * are left alone.
 */
export const setReview = action({
  name: 'setReview',
  enabled: (bench, ids: readonly RecordId[]) => ids.some((id) => bench.library.getState().rows.has(id)),
  effect: async (
    bench,
    ids: readonly RecordId[],
    change: (review: Review) => Review,
    as: HistoryName = 'setReview',
    more: Pick<HistoryEntry, 'value' | 'merge'> = {},
  ) => {
    const { rows } = bench.library.getState();
    const reviewedAt = bench.ports.clock.isoDate();
    const before: { id: RecordId; review: Review }[] = [];
    const after: { id: RecordId; review: Review }[] = [];
    for (const id of new Set(ids)) {
      const review = rows.get(id)?.review;
      if (review === undefined) continue;
      const changed = change(review);
      if (sameReview({ ...changed, reviewedAt: review.reviewedAt }, review)) continue;
      before.push({ id, review });
      after.push({ id, review: { ...changed, reviewedAt } });
    }
    if (after.length === 0) return;
    // Remembered before waiting for storage, so that two quick changes are undone in their order.
    remember(bench.history, {
      ...more,
      name: as,
      subject: subjectOf(
        bench,
        after.map(({ id }) => id),
      ),
      undo: () => bench.librarySession.setReviews(before),
      redo: () => bench.librarySession.setReviews(after),
    });
    await bench.librarySession.setReviews(after);
  },
});

/** Takes results out of the library; they are read first, so that undo can bring back all of them. */
export const removeRecords = action({
  name: 'removeRecords',
  enabled: (bench, ids: readonly RecordId[]) => ids.some((id) => bench.library.getState().rows.has(id)),
  effect: async (bench, ids: readonly RecordId[]) => {
    if (!removeRecords.enabled(bench, ids)) return;
    const subject = subjectOf(bench, ids);
    const records: readonly LibraryRecord[] = await bench.librarySession.records(ids);
    if (records.length === 0) return;
    const found = records.map(({ id }) => id);
    remember(bench.history, {
      name: 'removeRecords',
      subject,
      undo: () => bench.librarySession.put(records),
      redo: () => bench.librarySession.remove(found),
    });
    await bench.librarySession.remove(found);
  },
});

/** The finished job of a record, if one is on the list. */
function jobOf(bench: Workbench, id: RecordId): Job | undefined {
  const { order, jobs } = bench.jobs.getState();
  return order
    .map((jobId) => jobs[jobId])
    .find((job) => job?.phase.kind === 'done' && recordIdOf(job.phase.report) === id);
}

/** Shows a result of the library in the workstation: the job that holds it already, else a new one without the sound. */
export const openRecord = action({
  name: 'openRecord',
  enabled: (bench, id: RecordId) => bench.library.getState().rows.has(id),
  effect: async (bench, id: RecordId) => {
    const live = jobOf(bench, id);
    if (live === undefined) {
      const record = await bench.librarySession.record(id);
      if (record === null) return;
      // It may have been opened twice while it was read.
      if (jobOf(bench, id) === undefined) {
        const opened = { id: bench.newJobId(), report: record.report, archivedPicture: null };
        bench.jobs.setState((state) => withReopened(state, [opened]));
      }
    }
    const job = jobOf(bench, id);
    if (job === undefined) return;
    bench.jobs.setState({ selectedId: job.id, selectedWindow: null, exported: { kind: 'none' } });
    bench.navigation.setState({ view: 'workstation' });
  },
});

/** Really analyses a file again, although the library knows it. */
export const analyseAgain = action({
  name: 'analyseAgain',
  enabled: (bench, id: JobId) => {
    const job = bench.jobs.getState().jobs[id];
    return job !== undefined && bench.files.has(id) && !isPending(job);
  },
  effect: (bench, id: JobId) => {
    if (!analyseAgain.enabled(bench, id)) return;
    bench.session.forgetFailure();
    bench.jobs.setState((state) => {
      const next = withNewRun(state, id, { kind: 'queued' });
      const job = next.jobs[id];
      return job === undefined ? next : { ...next, jobs: { ...next.jobs, [id]: { ...job, afresh: true } } };
    });
    bench.runner.stop(id);
    bench.runner.poke();
  },
});

const idle = (bench: Workbench): boolean => {
  const { phase, transfer } = bench.library.getState();
  return phase.kind === 'ready' && transfer.kind !== 'exporting' && transfer.kind !== 'importing';
};

/** Name of an archive made on that day. */
export const archiveFileName = (isoDate: string): string =>
  `library-${isoDate.slice(0, 10)}.acousticsense-library.zip`;

/** Writes the whole library, or these records, as one archive that the person saves. */
export const exportArchive = action({
  name: 'exportArchive',
  enabled: (bench) => idle(bench) && bench.library.getState().rows.size > 0,
  effect: async (bench, ids?: readonly RecordId[]) => {
    if (!exportArchive.enabled(bench)) return;
    bench.library.setState({ transfer: { kind: 'exporting' } });
    const archive = await bench.ports.library.exportArchive(ids);
    if (!archive.ok) {
      bench.library.setState({ transfer: { kind: 'failed', way: 'export', error: archive.error } });
      return;
    }
    const fileName = archiveFileName(bench.ports.clock.isoDate());
    bench.ports.downloads.save(archive.value, fileName);
    bench.library.setState({ transfer: { kind: 'exported', fileName } });
  },
});

/** Adds an exported library to this one. Where it cannot be read whole, nothing changes and the reason is kept. */
export const importArchive = action({
  name: 'importArchive',
  enabled: idle,
  effect: async (bench, file: Blob) => {
    if (!importArchive.enabled(bench)) return;
    bench.library.setState({ transfer: { kind: 'importing' } });
    const summary = await bench.ports.library.importArchive(file);
    bench.library.setState({
      transfer: summary.ok
        ? { kind: 'imported', summary: summary.value }
        : { kind: 'failed', way: 'import', error: summary.error },
    });
  },
});

export const dismissTransfer = action({
  name: 'dismiss',
  enabled: always,
  effect: (bench) => bench.library.setState({ transfer: { kind: 'none' } }),
});

export const dismissLibraryFailure = action({
  name: 'dismiss',
  enabled: always,
  effect: (bench) => bench.library.setState({ failure: null }),
});

/** Asks the browser to protect the library from its own clearing; the answer is the new keeping. */
export const persistLibrary = command({
  name: 'persistLibrary',
  group: 'library',
  icon: 'lock',
  keys: [],
  enabled: (bench) => {
    const { phase } = bench.library.getState();
    return phase.kind === 'ready' && phase.keeping === 'best-effort';
  },
  effect: async (bench) => {
    const keeping = await bench.ports.library.persist();
    bench.library.setState({ phase: { kind: 'ready', keeping } });
  },
});

/** The whole library as one archive. */
export const exportLibrary = command({
  name: 'exportLibrary',
  group: 'library',
  icon: 'install',
  keys: [],
  enabled: (bench) => exportArchive.enabled(bench),
  effect: (bench) => exportArchive.effect(bench),
});

export const libraryCommands = [exportLibrary, persistLibrary] as const;
