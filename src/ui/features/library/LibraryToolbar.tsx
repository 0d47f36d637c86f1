import { useEffect, useRef } from 'react';
import { sortKeys, type SortKey } from '#core/library/query.ts';
import { exportLibrary } from '#state/actions/libraryActions.ts';
import { setQuery, setSort } from '#state/actions/libraryViewActions.ts';
import { firstSort } from '#state/libraryView.ts';
import { Button } from '#ui/components/Button.tsx';
import { Icon } from '#ui/components/Icon.tsx';
import { CommandButton } from '#ui/features/commands/CommandButton.tsx';
import { ImportButton } from '#ui/features/library/ImportButton.tsx';
import { KeepingStatus } from '#ui/features/library/KeepingStatus.tsx';
import { sortedBy } from '#ui/features/library/sorting.ts';
import { libraryTexts } from '#ui/features/library/texts.ts';
import { useTexts } from '#ui/i18n/LanguageContext.tsx';
import { useLibrary, useLibraryView, useWorkbench } from '#ui/WorkbenchContext.tsx';
import styles from './LibraryToolbar.module.css';

function SearchField() {
  const { bench } = useWorkbench();
  const text = useTexts(libraryTexts);
  const words = useLibraryView((state) => state.query.text);
  const wishes = useLibraryView((state) => state.searchWishes);
  const input = useRef<HTMLInputElement>(null);
  const answered = useRef(wishes);

  useEffect(() => {
    if (answered.current === wishes) return;
    answered.current = wishes;
    input.current?.focus();
    input.current?.select();
  }, [wishes]);

  return (
    <div className={styles['search']}>
      <Icon name="search" />
      <input
        ref={input}
        type="search"
        aria-label={text.search}
        placeholder={text.searchHint}
        value={words}
        maxLength={200}
        spellCheck={false}
        autoComplete="off"
        data-testid="library-search"
        onChange={(event) => setQuery.effect(bench, { text: event.target.value })}
        onKeyDown={(event) => {
          if (event.nativeEvent.isComposing) return;
          const leave = event.key === 'Enter' || event.key === 'ArrowDown';
          if (event.key === 'Escape' && words !== '') {
            event.preventDefault();
            setQuery.effect(bench, { text: '' });
          } else if (leave || event.key === 'Escape') {
            event.preventDefault();
            document.querySelector<HTMLElement>('[data-testid="library-list"]')?.focus();
          }
        }}
      />
    </div>
  );
}

function SortControl() {
  const { bench } = useWorkbench();
  const text = useTexts(libraryTexts);
  const sort = useLibraryView((state) => state.sort);
  const likeName = useLibrary((state) =>
    sort.like === null ? null : (state.rows.get(sort.like)?.name ?? null),
  );
  if (sort.key === 'similarity')
    return (
      <div className={styles['likeness']} data-testid="library-likeness">
        <Icon name="similar" />
        <span className={styles['likeName']} title={text.likenessDetail}>
          {text.likeness(likeName ?? '')}
        </span>
        <Button
          kind="quiet"
          icon="close"
          iconOnly
          label={text.likenessEnd}
          testId="library-likeness-end"
          onPress={() => setSort.effect(bench, firstSort)}
        />
      </div>
    );
  return (
    <div className={styles['sort']}>
      <label className={styles['label']} htmlFor="library-sort">
        {text.sortBy}
      </label>
      <select
        id="library-sort"
        value={sort.key}
        data-testid="library-sort"
        data-descending={sort.descending}
        onChange={(event) => setSort.effect(bench, sortedBy(event.target.value as SortKey))}
      >
        {sortKeys
          .filter((key) => key !== 'similarity')
          .map((key) => (
            <option key={key} value={key}>
              {text.sort[key]}
            </option>
          ))}
      </select>
      <Button
        kind="quiet"
        icon={sort.descending ? 'arrowDown' : 'arrowUp'}
        iconOnly
        label={sort.descending ? text.descending : text.ascending}
        testId="library-sort-way"
        onPress={() => setSort.effect(bench, { ...sort, descending: !sort.descending })}
      />
    </div>
  );
}

/** Search, sort, how the library is kept, and the way in and out of it. */
export function LibraryToolbar() {
  const text = useTexts(libraryTexts);
  const kept = useLibrary((state) => state.rows.size);
  return (
    <header className={styles['toolbar']}>
      <div className={styles['head']}>
        <h2 className={styles['title']}>{text.title}</h2>
        <KeepingStatus />
        <div className={styles['transfer']}>
          <ImportButton />
          <CommandButton command={exportLibrary} />
        </div>
      </div>
      {kept === 0 ? null : (
        <div className={styles['find']}>
          <SearchField />
          <SortControl />
        </div>
      )}
    </header>
  );
}
