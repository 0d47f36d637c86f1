import { lazy, Suspense, useEffect } from 'react';
import { runShortcut } from '#state/actions/commands.ts';
import { ArchiveNotice } from '#ui/features/archive/ArchiveNotice.tsx';
import { HistoryNews } from '#ui/features/commands/HistoryNews.tsx';
import { keyStrokeOf, keyTargetOf } from '#ui/features/commands/keyTarget.ts';
import { Header } from '#ui/features/header/Header.tsx';
import { EmptyPage } from '#ui/features/intake/EmptyPage.tsx';
import { WindowDrop } from '#ui/features/intake/WindowDrop.tsx';
import { JobList } from '#ui/features/jobs/JobList.tsx';
import { Notices } from '#ui/features/notices/Notices.tsx';
import { Announcer } from '#ui/features/result/Announcer.tsx';
import { ResultView } from '#ui/features/result/ResultView.tsx';
import { StatusLine } from '#ui/features/status/StatusLine.tsx';
import { useLanguage } from '#ui/i18n/LanguageContext.tsx';
import { useJobs, useNavigation, useWorkbench } from '#ui/WorkbenchContext.tsx';
import styles from './Page.module.css';

// What is not on the first screen stays out of the first load.
const LibraryView = lazy(async () => ({
  default: (await import('#ui/features/library/LibraryView.tsx')).LibraryView,
}));
const CompareView = lazy(async () => ({
  default: (await import('#ui/features/compare/CompareView.tsx')).CompareView,
}));
const ShortcutsDialog = lazy(async () => ({
  default: (await import('#ui/features/commands/ShortcutsDialog.tsx')).ShortcutsDialog,
}));
const ExportDialog = lazy(async () => ({
  default: (await import('#ui/features/exports/ExportDialog.tsx')).ExportDialog,
}));
const ArchiveSettingsDialog = lazy(async () => ({
  default: (await import('#ui/features/archive/ArchiveSettingsDialog.tsx')).ArchiveSettingsDialog,
}));

/** The dialogue that is open, if any. */
function PageDialogs() {
  const dialog = useNavigation((state) => state.dialog);
  switch (dialog?.kind) {
    case 'shortcuts':
      return <ShortcutsDialog />;
    case 'export':
      return <ExportDialog records={dialog.records} />;
    case 'archiveSettings':
      return <ArchiveSettingsDialog />;
    default:
      return null;
  }
}

/** The whole page: header, queue, result, status. */
export function Page() {
  const { bench } = useWorkbench();
  const { text } = useLanguage();
  const empty = useJobs((state) => state.order.length === 0);
  const view = useNavigation((state) => state.view);
  // The library has a list of its own and takes the whole width.
  const alone = empty || view === 'library';

  useEffect(() => {
    const stop = new AbortController();
    window.addEventListener(
      'keydown',
      (event) => {
        // A part of the page that has used the press itself says so.
        if (event.defaultPrevented) return;
        const stroke = keyStrokeOf(event);
        if (stroke === null) return;
        if (runShortcut(bench, stroke, keyTargetOf(document.activeElement))) event.preventDefault();
      },
      { signal: stop.signal },
    );
    return () => stop.abort();
  }, [bench]);

  return (
    <div className={`${styles['page']} ${alone ? styles['empty'] : ''}`}>
      {alone ? null : (
        <a className={styles['skip']} href="#result">
          {text.skipToResult}
        </a>
      )}
      <Header />
      <div className={styles['body']}>
        {alone ? null : <JobList />}
        <main id="result" className={styles['main']} tabIndex={-1}>
          <Notices />
          <ArchiveNotice />
          <Suspense fallback={null}>
            {view === 'library' ? <LibraryView /> : null}
            {view === 'compare' ? <CompareView /> : null}
          </Suspense>
          {view === 'workstation' ? empty ? <EmptyPage /> : <ResultView /> : null}
        </main>
      </div>
      <StatusLine />
      <Announcer />
      <HistoryNews />
      <WindowDrop />
      <Suspense fallback={null}>
        <PageDialogs />
      </Suspense>
    </div>
  );
}
