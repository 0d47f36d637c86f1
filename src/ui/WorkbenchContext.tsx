import { createContext, use } from 'react';
import { useStore } from 'zustand';
import type { ArchiveState } from '#state/archive.ts';
import type { AttentionState } from '#state/attention.ts';
import type { CompareState } from '#state/compare.ts';
import type { ExportsState } from '#state/exports.ts';
import type { HistoryState } from '#state/history.ts';
import type { JobsState } from '#state/jobs.ts';
import type { LibraryState } from '#state/library.ts';
import type { LibraryViewState } from '#state/libraryView.ts';
import type { ModelState } from '#state/model.ts';
import type { NavigationState } from '#state/navigation.ts';
import type { OfflineState } from '#state/offline.ts';
import type { PlayerState } from '#state/player.ts';
import type { ReviewState } from '#state/review.ts';
import type { Language, SettingsState } from '#state/settings.ts';
import type { ViewState } from '#state/view.ts';
import type { Workbench } from '#state/workbench.ts';

export interface Sample {
  readonly file: string;
  readonly title: Readonly<Record<Language, string>>;
  readonly seconds: number;
}

/** What components need from the browser beyond React; the app provides it. */
export interface PageHost {
  /** The files of a drop, folders walked through. Must be called in the event's own turn. */
  collectFiles(transfer: DataTransfer): Promise<readonly File[]>;
  /** Audio files among those that a folder picker gave. */
  audioFilesOf(files: readonly File[]): readonly File[];
  samples(): Promise<readonly Sample[]>;
  /** Null where it could not be fetched. */
  fetchSample(sample: Sample): Promise<File | null>;
  /** False where the browser refused. */
  copyText(text: string): Promise<boolean>;
}

export interface WorkbenchValue {
  readonly bench: Workbench;
  readonly host: PageHost;
}

export const WorkbenchContext = createContext<WorkbenchValue | null>(null);

export function useWorkbench(): WorkbenchValue {
  const value = use(WorkbenchContext);
  if (value === null) throw new Error('WorkbenchContext is not provided');
  return value;
}

/** One field of the jobs; the component renders again only when that field changes. */
export const useJobs = <T,>(select: (state: JobsState) => T): T =>
  useStore(useWorkbench().bench.jobs, select);
export const useModel = <T,>(select: (state: ModelState) => T): T =>
  useStore(useWorkbench().bench.model, select);
export const useSettings = <T,>(select: (state: SettingsState) => T): T =>
  useStore(useWorkbench().bench.settings, select);
export const useView = <T,>(select: (state: ViewState) => T): T =>
  useStore(useWorkbench().bench.view, select);
export const usePlayer = <T,>(select: (state: PlayerState) => T): T =>
  useStore(useWorkbench().bench.player, select);
export const useLibrary = <T,>(select: (state: LibraryState) => T): T =>
  useStore(useWorkbench().bench.library, select);
export const useLibraryView = <T,>(select: (state: LibraryViewState) => T): T =>
  useStore(useWorkbench().bench.libraryView, select);
export const useExports = <T,>(select: (state: ExportsState) => T): T =>
  useStore(useWorkbench().bench.exports, select);
export const useHistory = <T,>(select: (state: HistoryState) => T): T =>
  useStore(useWorkbench().bench.history, select);
export const useNavigation = <T,>(select: (state: NavigationState) => T): T =>
  useStore(useWorkbench().bench.navigation, select);
export const useArchive = <T,>(select: (state: ArchiveState) => T): T =>
  useStore(useWorkbench().bench.archive, select);
export const useAttention = <T,>(select: (state: AttentionState) => T): T =>
  useStore(useWorkbench().bench.attention, select);
export const useCompare = <T,>(select: (state: CompareState) => T): T =>
  useStore(useWorkbench().bench.compare, select);
export const useReview = <T,>(select: (state: ReviewState) => T): T =>
  useStore(useWorkbench().bench.review, select);
export const useOffline = <T,>(select: (state: OfflineState) => T): T =>
  useStore(useWorkbench().bench.offline, select);
