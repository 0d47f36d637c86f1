import { rowDistance } from '#core/library/rowDistance.ts';
import {
  createArchiveSession,
  createArchiveStore,
  type ArchiveSession,
  type ArchiveStore,
} from '#state/archive.ts';
import { createAttentionStore, type AttentionStore } from '#state/attention.ts';
import { createCompareStore, type CompareStore } from '#state/compare.ts';
import { createExportsStore, type ExportsStore } from '#state/exports.ts';
import { createHistoryStore, type HistoryStore } from '#state/history.ts';
import { createJobsStore, type JobId, type JobsStore } from '#state/jobs.ts';
import { createLibraryStore, type LibraryStore } from '#state/library.ts';
import { followLibrary } from '#state/libraryListing.ts';
import { createLibrarySession, type LibrarySession } from '#state/librarySession.ts';
import { createLibraryViewStore, type LibraryViewStore } from '#state/libraryView.ts';
import {
  createModelSession,
  createModelStore,
  type BackendChoice,
  type ModelSession,
  type ModelStore,
} from '#state/model.ts';
import { createNavigationStore, type NavigationStore } from '#state/navigation.ts';
import { createOfflineStore, type OfflineStore } from '#state/offline.ts';
import { createPlayback, type Playback } from '#state/playback.ts';
import { createPlayerStore, type PlayerStore } from '#state/player.ts';
import type { HostPorts } from '#state/ports.ts';
import { createReviewStore, type ReviewStore } from '#state/review.ts';
import { createRunner, type Analyse, type Runner } from '#state/runner.ts';
import {
  createSettingsStore,
  type SettingsState,
  type SettingsStorage,
  type SettingsStore,
} from '#state/settings.ts';
import { createViewStore, type ViewStore } from '#state/view.ts';

/** Everything the page works on: its stores, what drives them, and the ports of the host. */
export interface Workbench {
  readonly jobs: JobsStore;
  readonly model: ModelStore;
  readonly settings: SettingsStore;
  readonly view: ViewStore;
  readonly attention: AttentionStore;
  readonly archive: ArchiveStore;
  readonly compare: CompareStore;
  readonly player: PlayerStore;
  readonly library: LibraryStore;
  readonly libraryView: LibraryViewStore;
  readonly history: HistoryStore;
  readonly review: ReviewStore;
  readonly offline: OfflineStore;
  readonly exports: ExportsStore;
  readonly navigation: NavigationStore;
  readonly session: ModelSession;
  readonly librarySession: LibrarySession;
  readonly archiveSession: ArchiveSession;
  readonly runner: Runner;
  readonly playback: Playback;
  readonly ports: HostPorts;
  /** The dropped files; handles only, the bytes stay on disk until a job runs. */
  readonly files: Map<JobId, File>;
  /** A new id for a job, unique in this session. */
  newJobId(): JobId;
}

export interface WorkbenchParts {
  readonly ports: HostPorts;
  readonly analyse: Analyse;
  readonly program: { readonly name: string; readonly version: string };
  readonly modelId: string;
  readonly choice: BackendChoice;
  readonly storage: SettingsStorage;
  readonly languages: readonly string[];
  /** What the address of the page asks for. */
  readonly settings?: Partial<SettingsState>;
  readonly pictureBudgetBytes?: number;
}

export function createWorkbench(parts: WorkbenchParts): Workbench {
  const jobs = createJobsStore();
  const model = createModelStore(parts.modelId, parts.choice);
  const session = createModelSession(model, parts.ports.models);
  const files = new Map<JobId, File>();
  const { ports, analyse, program, pictureBudgetBytes } = parts;
  const library = createLibraryStore();
  const librarySession = createLibrarySession({
    store: library,
    library: ports.library,
    thumbnails: ports.thumbnails,
    clock: ports.clock,
  });
  const runner = createRunner({
    jobs,
    files,
    model: session,
    ports,
    analyse,
    library: librarySession,
    program,
    ...(pictureBudgetBytes === undefined ? {} : { pictureBudgetBytes }),
  });
  const libraryView = createLibraryViewStore();
  const navigation = createNavigationStore();
  const settings = createSettingsStore(parts.storage, parts.languages, parts.settings);
  followLibrary({
    library,
    view: libraryView,
    navigation,
    settings,
    distance: rowDistance,
    pause: () => new Promise((resolve) => setTimeout(resolve, 0)),
  });
  const view = createViewStore(jobs);
  const player = createPlayerStore();
  const playback = createPlayback({ jobs, view, player, files, port: ports.player, sounds: ports.sounds });
  const archive = createArchiveStore();
  const archiveSession = createArchiveSession({
    store: archive,
    jobs,
    settings,
    library,
    port: ports.pictures,
    downloads: ports.downloads,
  });
  let made = 0;
  return {
    jobs,
    model,
    settings,
    view,
    attention: createAttentionStore(),
    archive,
    compare: createCompareStore(),
    player,
    library,
    libraryView,
    history: createHistoryStore(),
    review: createReviewStore(),
    offline: createOfflineStore(),
    exports: createExportsStore(),
    navigation,
    session,
    librarySession,
    archiveSession,
    runner,
    playback,
    ports,
    files,
    newJobId: () => `job-${++made}`,
  };
}
