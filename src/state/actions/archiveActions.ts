import { recordIdOf } from '#core/library/record.ts';
import { replacesReview } from '#core/library/merging.ts';
import { action, always, command } from '#state/actions/action.ts';
import { addFiles, maxFilesPerDrop } from '#state/actions/jobActions.ts';
import { paintable, waitingPictures, withRefused } from '#state/archive.ts';
import { selectedJob, withReopened, type Job } from '#state/jobs.ts';
import type { SettingsState } from '#state/settings.ts';
import type { Workbench } from '#state/workbench.ts';

/** True for what is opened as an archive picture: PNG files. What is inside of them decides. */
export const looksLikePicture = (file: { readonly name: string; readonly type: string }): boolean =>
  file.type === 'image/png' || /\.png$/i.test(file.name);

/** Results that one reading of dropped pictures puts on the list together. */
const picturesAtOnce = 20;

/**
 * Reads results out of archive pictures, without their audio: onto the list, and with what was said of them into the
 * library. Of a result that the library has already the later review stays. A picture that cannot be read is on the list
 * with its reason; the others go on.
 */
export const reopenPictures = action({
  name: 'reopenPictures',
  enabled: always,
  effect: async (bench, files: readonly File[]) => {
    bench.navigation.setState({ view: 'workstation' });
    await bench.librarySession.open();
    for (let from = 0; from < files.length; from += picturesAtOnce)
      await reopenSome(bench, files.slice(from, from + picturesAtOnce));
  },
});

async function reopenSome(bench: Workbench, files: readonly File[]): Promise<void> {
  const reopened: Parameters<typeof withReopened>[1][number][] = [];
  const refused: Parameters<typeof withRefused>[1][number][] = [];
  let live: Job | undefined;
  for (const file of files) {
    const read = await bench.ports.pictures.reopen(file);
    if (!read.ok) {
      refused.push({ id: bench.newJobId(), name: file.name, bytes: file.size, error: read.error });
      continue;
    }
    const { report, review, address, thumbnail } = read.value;
    const id = recordIdOf(report);
    const known = bench.library.getState().rows.get(id);
    if (known === undefined)
      await bench.librarySession.put([
        { id, report, review, thumbnail, addedAt: bench.ports.clock.isoDate() },
      ]);
    else if (replacesReview(review, known.review)) await bench.librarySession.setReviews([{ id, review }]);
    // The same result twice on the list would say nothing new.
    const { jobs, order } = bench.jobs.getState();
    live = order
      .map((jobId) => jobs[jobId])
      .find(
        (job) =>
          job?.phase.kind === 'done' &&
          recordIdOf(job.phase.report) === id &&
          job.phase.report.createdAt === report.createdAt,
      );
    if (live === undefined) reopened.push({ id: bench.newJobId(), report, archivedPicture: address });
  }
  const shown = reopened[0]?.id ?? live?.id;
  bench.jobs.setState((state) => {
    const next = withRefused(withReopened(state, reopened), refused);
    return shown === undefined || next.selectedId === shown
      ? next
      : { ...next, selectedId: shown, selectedWindow: null };
  });
}

/** Everything that a person gives the page: pictures are reopened, the rest is analysed. */
export const openFiles = action({
  name: 'addFiles',
  enabled: always,
  effect: (bench, files: readonly File[]) => {
    const pictures = files.filter(looksLikePicture);
    if (pictures.length === 0) {
      addFiles.effect(bench, files);
      return;
    }
    const taken = pictures.slice(0, maxFilesPerDrop);
    void reopenPictures.effect(bench, taken);
    const rest = files.filter((file) => !looksLikePicture(file));
    if (rest.length > 0) addFiles.effect(bench, rest);
    else if (pictures.length > taken.length)
      bench.jobs.setState({
        intakeNote: { kind: 'too-many', taken: taken.length, left: pictures.length - taken.length },
      });
  },
});

const selectedPaintable = (bench: Workbench) => paintable(selectedJob(bench.jobs.getState()));

/** The archive picture of the selected job, into the folder of pictures, else as a download. */
export const savePicture = command({
  name: 'savePicture',
  group: 'export',
  icon: 'picture',
  keys: [{ key: 's', mod: true }],
  enabled: (bench) => selectedPaintable(bench) !== null && bench.jobs.getState().exported.kind !== 'saving',
  effect: async (bench) => {
    const job = selectedPaintable(bench);
    if (job === null || !savePicture.enabled(bench)) return;
    bench.jobs.setState({ exported: { kind: 'saving', jobId: job.id } });
    const saved = await bench.archiveSession.save(job, true);
    bench.jobs.setState({
      exported: saved.ok
        ? { kind: 'saved', jobId: job.id, fileName: saved.value.fileName }
        : { kind: 'failed', jobId: job.id, error: saved.error },
    });
  },
});

/** The dialogue of where and how pictures are written. */
export const openArchiveSettings = command({
  name: 'openArchiveSettings',
  group: 'export',
  icon: 'folder',
  keys: [],
  enabled: always,
  effect: async (bench) => {
    bench.navigation.setState({ dialog: { kind: 'archiveSettings' } });
    await bench.archiveSession.refreshFolder();
  },
});

export const archiveCommands = [savePicture, openArchiveSettings] as const;

export const closeArchiveSettings = action({
  name: 'dismiss',
  enabled: always,
  effect: (bench) => bench.navigation.setState({ dialog: null }),
});

export const setArchive = action({
  name: 'setArchive',
  enabled: always,
  effect: (bench, change: Partial<Pick<SettingsState, 'autoArchive' | 'archiveScale' | 'archiveTheme'>>) =>
    bench.settings.setState(change),
});

/** Lets the person pick the folder of pictures; what waits goes there. */
export const chooseArchiveFolder = action({
  name: 'chooseArchiveFolder',
  enabled: (bench) => bench.archive.getState().folder?.kind !== 'unsupported',
  effect: async (bench) => {
    const chosen = await bench.ports.pictures.chooseFolder();
    if (chosen === null) return;
    if (!chosen.ok) {
      bench.archive.setState({ choiceError: chosen.error });
      return;
    }
    bench.archive.setState({ folder: chosen.value, choiceError: null });
    await bench.archiveSession.retryWaiting();
  },
});

/** Asks again for the folder that was chosen before, and writes what waits. */
export const retryPictures = action({
  name: 'retryPictures',
  enabled: always,
  effect: (bench) => bench.archiveSession.retryWaiting(),
});

/** Gives what waits as downloads. */
export const downloadPictures = action({
  name: 'downloadPictures',
  enabled: (bench) => waitingPictures(bench.archive.getState()).length > 0,
  effect: (bench) => bench.archiveSession.downloadWaiting(),
});

/** Pictures are downloads from now on. */
export const forgetArchiveFolder = action({
  name: 'forgetArchiveFolder',
  enabled: (bench) => ['ready', 'asks'].includes(bench.archive.getState().folder?.kind ?? ''),
  effect: async (bench) => {
    await bench.ports.pictures.forgetFolder();
    await bench.archiveSession.refreshFolder();
  },
});
