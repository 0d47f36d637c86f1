import { createStore, type StoreApi } from 'zustand/vanilla';
import type { AnalysisError } from '#core/errors.ts';
import { noReview, recordIdOf, type Review } from '#core/library/record.ts';
import type { PreparedTrack } from '#core/pipeline/ports.ts';
import type { AnalysisReport } from '#core/report/report.ts';
import { err, ok, type Result } from '#core/result.ts';
import type { Job, JobId, JobsState, JobsStore } from '#state/jobs.ts';
import type { LibraryStore } from '#state/library.ts';
import type { ArchiveFolder, ArchivePort, ComposedPicture, DownloadPort, PictureLook } from '#state/ports.ts';
import type { SettingsState, SettingsStore } from '#state/settings.ts';

export type PicturePlace = 'folder' | 'downloads';

/** Where one picture of this session stands. */
export type PictureStatus =
  | { readonly kind: 'queued' }
  | { readonly kind: 'saved'; readonly place: PicturePlace; readonly fileName: string }
  /** Painted, and kept until the folder takes it or it is downloaded. */
  | { readonly kind: 'waiting'; readonly error: AnalysisError; readonly picture: ComposedPicture }
  | { readonly kind: 'failed'; readonly error: AnalysisError };

export interface ArchivedPicture {
  readonly id: number;
  /** Name of the audio file. */
  readonly name: string;
  readonly status: PictureStatus;
}

/** Session state of the archive pictures. */
export interface ArchiveState {
  /** Null until it is known. */
  readonly folder: ArchiveFolder | null;
  /** Newest first: everything that is queued or waits, and some of what is done. */
  readonly pictures: readonly ArchivedPicture[];
  /** Why the last choice of a folder came to nothing. */
  readonly choiceError: AnalysisError | null;
}

export type ArchiveStore = StoreApi<ArchiveState>;

/** Finished pictures that stay on the list. */
export const longestPictureList = 30;

export function createArchiveStore(): ArchiveStore {
  return createStore<ArchiveState>(() => ({ folder: null, pictures: [], choiceError: null }));
}

const isOpen = ({ status }: ArchivedPicture): boolean =>
  status.kind === 'queued' || status.kind === 'waiting';

/** Pictures that no folder has taken yet. */
export const waitingPictures = (state: ArchiveState): readonly ArchivedPicture[] =>
  state.pictures.filter(({ status }) => status.kind === 'waiting');

/** How pictures are painted by these settings. */
export const lookOf = (settings: SettingsState): PictureLook => ({
  language: settings.language,
  theme: settings.archiveTheme,
  scale: settings.archiveScale,
  overlayOpacity: settings.overlayVisible ? settings.overlayOpacity : 0,
});

/** What can be painted: a finished result whose picture is still there. */
export interface PaintableJob {
  readonly id: JobId;
  readonly report: AnalysisReport;
  readonly prepared: PreparedTrack;
}

export function paintable(job: Job | null | undefined): PaintableJob | null {
  return job?.phase.kind === 'done' && job.phase.prepared !== null
    ? { id: job.id, report: job.phase.report, prepared: job.phase.prepared }
    : null;
}

/** Jobs whose analysis was finished by this change; what the library knew already was not analysed. */
export function finishedNow(now: JobsState, before: JobsState): readonly PaintableJob[] {
  if (now.jobs === before.jobs) return [];
  return now.order.flatMap((id) => {
    const job = now.jobs[id];
    const earlier = before.jobs[id];
    if (job === earlier || earlier?.phase.kind !== 'analysing' || earlier.run !== job?.run) return [];
    return paintable(job) ?? [];
  });
}

export interface ArchiveSession {
  /** Looks what stands with the folder. */
  refreshFolder(): Promise<void>;
  /**
   * Paints a picture and puts it into the folder, or gives it as a download where there is none. `asked` is a person
   * who waits for it: the folder is then asked for again where the browser wants that, and a picture that it does not
   * take is downloaded. A picture that nobody asked for waits instead. One at a time, in the order of the calls.
   */
  save(job: PaintableJob, asked: boolean): Promise<Result<{ readonly fileName: string }, AnalysisError>>;
  /** Tries the folder again for everything that waits. */
  retryWaiting(): Promise<void>;
  /** Downloads everything that waits. */
  downloadWaiting(): void;
  /** Resolves when nothing is being painted or written. */
  idle(): Promise<void>;
}

export interface ArchiveSessionParts {
  readonly store: ArchiveStore;
  readonly jobs: JobsStore;
  readonly settings: SettingsStore;
  readonly library: LibraryStore;
  readonly port: ArchivePort;
  readonly downloads: DownloadPort;
}

/** Writes pictures, on demand and, where the person wants it, of every file that is finished. */
export function createArchiveSession(parts: ArchiveSessionParts): ArchiveSession {
  const { store, jobs, settings, library, port, downloads } = parts;
  let made = 0;
  let work: Promise<unknown> = Promise.resolve();

  const setStatus = (id: number, status: PictureStatus): void =>
    store.setState((state) => ({
      pictures: state.pictures.map((picture) => (picture.id === id ? { ...picture, status } : picture)),
    }));
  const add = (name: string): number => {
    made += 1;
    const entry: ArchivedPicture = { id: made, name, status: { kind: 'queued' } };
    store.setState((state) => {
      let done = 0;
      const kept = state.pictures.filter((picture) => isOpen(picture) || ++done < longestPictureList);
      return { pictures: [entry, ...kept] };
    });
    return entry.id;
  };
  const refreshFolder = async (): Promise<void> => store.setState({ folder: await port.folder() });
  const reviewOf = (report: AnalysisReport): Review =>
    library.getState().rows.get(recordIdOf(report))?.review ?? noReview;

  const download = (id: number, picture: ComposedPicture): void => {
    downloads.save(picture.png, picture.fileName);
    setStatus(id, { kind: 'saved', place: 'downloads', fileName: picture.fileName });
  };

  /** True where the folder took it. What it did not take waits. */
  const intoFolder = async (id: number, picture: ComposedPicture): Promise<string | null> => {
    const written = await port.write(picture);
    if (written.ok) {
      setStatus(id, { kind: 'saved', place: 'folder', fileName: written.value.fileName });
      return written.value.fileName;
    }
    setStatus(id, { kind: 'waiting', error: written.error, picture });
    await refreshFolder();
    return null;
  };

  const paintAndPut = async (
    id: number,
    job: PaintableJob,
    asked: boolean,
  ): Promise<Result<{ readonly fileName: string }, AnalysisError>> => {
    const { report, prepared } = job;
    const composed = await port.compose(
      { report, review: reviewOf(report), picture: prepared.picture },
      lookOf(settings.getState()),
    );
    if (!composed.ok) {
      setStatus(id, { kind: 'failed', error: composed.error });
      return err(composed.error);
    }
    const picture = composed.value;
    await refreshFolder();
    const { folder } = store.getState();
    if (folder?.kind === 'ready' || folder?.kind === 'asks') {
      const fileName = await intoFolder(id, picture);
      if (fileName !== null) return ok({ fileName });
      if (!asked) return ok({ fileName: picture.fileName });
    }
    download(id, picture);
    return ok({ fileName: picture.fileName });
  };

  const session: ArchiveSession = {
    refreshFolder,

    save: async (job, asked) => {
      const id = add(job.report.file.name);
      if (asked) {
        // Now, while the press of the key still counts for the browser.
        if (store.getState().folder === null) await refreshFolder();
        if (store.getState().folder?.kind === 'asks') store.setState({ folder: await port.allowFolder() });
      }
      const done = work.then(() => paintAndPut(id, job, asked));
      work = done.catch(() => undefined);
      return done;
    },

    retryWaiting: async () => {
      if (store.getState().folder?.kind === 'asks') store.setState({ folder: await port.allowFolder() });
      else await refreshFolder();
      for (const { id, status } of waitingPictures(store.getState()).toReversed())
        if (status.kind === 'waiting' && (await intoFolder(id, status.picture)) === null) return;
    },

    downloadWaiting: () => {
      for (const { id, status } of waitingPictures(store.getState()).toReversed())
        if (status.kind === 'waiting') download(id, status.picture);
    },

    idle: async () => {
      let before: unknown = null;
      while (before !== work) {
        before = work;
        await work;
      }
    },
  };

  jobs.subscribe((now, before) => {
    if (!settings.getState().autoArchive) return;
    for (const job of finishedNow(now, before)) void session.save(job, false);
  });
  return session;
}

/** Puts pictures that could not be reopened in front of the list, each with its reason. */
export function withRefused(
  state: JobsState,
  refused: readonly {
    readonly id: JobId;
    readonly name: string;
    readonly bytes: number;
    readonly error: AnalysisError;
  }[],
): JobsState {
  const first = refused[0];
  if (first === undefined) return state;
  const jobs = { ...state.jobs };
  for (const { id, name, bytes, error } of refused)
    jobs[id] = {
      id,
      run: 0,
      name,
      bytes,
      phase: { kind: 'failed', error, prepared: null },
      origin: 'archive',
      archivedPicture: null,
    };
  return {
    ...state,
    jobs,
    order: [...refused.map(({ id }) => id), ...state.order],
    selectedId: state.selectedId ?? first.id,
    selectedWindow: state.selectedId === null ? null : state.selectedWindow,
  };
}
