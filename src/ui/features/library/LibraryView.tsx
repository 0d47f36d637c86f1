import { errorText } from '#core/errorText.ts';
import { isEverything } from '#core/library/query.ts';
import { clearQuery } from '#state/actions/libraryViewActions.ts';
import { Button } from '#ui/components/Button.tsx';
import { ProgressBar } from '#ui/components/ProgressBar.tsx';
import { useDelayed } from '#ui/components/useDelayed.ts';
import { FilterBar } from '#ui/features/library/FilterBar.tsx';
import { ImportButton } from '#ui/features/library/ImportButton.tsx';
import { LibraryList } from '#ui/features/library/LibraryList.tsx';
import { LibraryToolbar } from '#ui/features/library/LibraryToolbar.tsx';
import { SelectionBar } from '#ui/features/library/SelectionBar.tsx';
import { TagDialog } from '#ui/features/library/TagDialog.tsx';
import { libraryTexts } from '#ui/features/library/texts.ts';
import { TransferNote } from '#ui/features/library/TransferNote.tsx';
import { UndoBar } from '#ui/features/library/UndoBar.tsx';
import { useLanguage, useTexts } from '#ui/i18n/LanguageContext.tsx';
import { useLibrary, useLibraryView, useNavigation, useWorkbench } from '#ui/WorkbenchContext.tsx';
import styles from './LibraryView.module.css';

/** What stands where the list would be, where there is none. */
function ListPlace() {
  const { bench } = useWorkbench();
  const { format } = useLanguage();
  const text = useTexts(libraryTexts);
  const phase = useLibrary((state) => state.phase.kind);
  const kept = useLibrary((state) => state.rows.size);
  const preparing = useLibraryView((state) => state.preparing);
  const listed = useLibraryView((state) => state.listing.rows.length);
  const total = useLibraryView((state) => state.listing.total);
  const asksNothing = useLibraryView((state) => isEverything(state.query));
  const slow = useDelayed(phase === 'opening');

  if (phase === 'opening' || (preparing !== null && total === 0)) {
    const words =
      preparing === null
        ? text.opening
        : text.preparing(format.integer(preparing.done), format.integer(preparing.total));
    return (
      <div className={styles['place']} data-testid="library-opening" aria-live="polite">
        {slow || preparing !== null ? (
          <>
            <p>{words}</p>
            <ProgressBar label={words} ratio={preparing === null ? null : preparing.done / preparing.total} />
          </>
        ) : null}
      </div>
    );
  }
  if (kept === 0)
    return (
      <div className={styles['place']} data-testid="library-empty">
        <h3>{text.emptyTitle}</h3>
        <p>{text.emptyText}</p>
        <div className={styles['buttons']}>
          <Button
            kind="primary"
            icon="wave"
            label={text.emptyWay}
            onPress={() => bench.navigation.setState({ view: 'workstation' })}
          />
          <ImportButton />
        </div>
      </div>
    );
  if (listed === 0 && !asksNothing)
    return (
      <div className={styles['place']} data-testid="library-nothing">
        <h3>{text.nothingTitle}</h3>
        <p>{text.nothingText}</p>
        <Button icon="close" label={text.clearFilters} onPress={() => clearQuery.effect(bench)} />
      </div>
    );
  return <LibraryList />;
}

/** The library: what is asked, what is found, what is done with it. */
export function LibraryView() {
  const { language } = useLanguage();
  const text = useTexts(libraryTexts);
  const phase = useLibrary((state) => state.phase);
  const kept = useLibrary((state) => state.rows.size);
  const tagging = useLibraryView((state) => state.tagging);
  const dialog = useNavigation((state) => state.dialog);

  return (
    <section
      className={styles['library']}
      aria-label={text.title}
      data-testid="library"
      data-phase={phase.kind}
    >
      {phase.kind === 'failed' ? (
        <div
          className={styles['place']}
          role="alert"
          data-testid="library-failed"
          data-code={phase.error.code}
        >
          <h3>{text.failedTitle}</h3>
          <p>
            {errorText(phase.error, language).title}. {errorText(phase.error, language).advice}
          </p>
        </div>
      ) : (
        <>
          <LibraryToolbar />
          <TransferNote />
          {kept === 0 ? null : (
            <>
              <FilterBar />
              <SelectionBar />
            </>
          )}
          <ListPlace />
          <UndoBar />
        </>
      )}
      {tagging && dialog === null ? <TagDialog /> : null}
    </section>
  );
}
