import { defaultRangeExtractor, useVirtualizer, type Range } from '@tanstack/react-virtual';
import { useCallback, useEffect, useMemo, useRef, type KeyboardEvent, type MouseEvent } from 'react';
import type { SortKey } from '#core/library/query.ts';
import { openRecord } from '#state/actions/libraryActions.ts';
import { selectRow, setSort, type SelectWay } from '#state/actions/libraryViewActions.ts';
import { focusedPlace } from '#state/libraryView.ts';
import { Icon } from '#ui/components/Icon.tsx';
import { useMedia } from '#ui/components/useMedia.ts';
import { LibraryRowView, rowElementId } from '#ui/features/library/LibraryRowView.tsx';
import { pressedColumn } from '#ui/features/library/sorting.ts';
import { libraryTexts } from '#ui/features/library/texts.ts';
import { useLanguage, useTexts } from '#ui/i18n/LanguageContext.tsx';
import { useLibraryView, useWorkbench } from '#ui/WorkbenchContext.tsx';
import styles from './LibraryList.module.css';

/** Pixels; the same for all rows, so that no row has to be measured. */
const wideRowHeight = 56;
const narrowRowHeight = 84;
/** Width under which a row has its facts in two lines. The same number is in the style sheets. */
const narrow = '(max-width: 860px)';

interface ColumnTitleProps {
  readonly label: string;
  readonly sortKey?: SortKey;
  readonly hidden?: boolean;
  readonly end?: boolean;
}

function ColumnTitle({ label, sortKey, hidden = false, end = false }: ColumnTitleProps) {
  const { bench } = useWorkbench();
  const sort = useLibraryView((state) => state.sort);
  const sorted = sortKey !== undefined && sort.key === sortKey;
  return (
    <div
      role="columnheader"
      aria-sort={sorted ? (sort.descending ? 'descending' : 'ascending') : undefined}
      className={end ? styles['end'] : ''}
    >
      {sortKey === undefined ? (
        <span className={hidden ? 'visually-hidden' : ''}>{label}</span>
      ) : (
        <button
          type="button"
          className={styles['column']}
          data-testid={`column-${sortKey}`}
          onClick={() => setSort.effect(bench, pressedColumn(sort, sortKey))}
        >
          {label}
          {sorted ? <Icon name={sort.descending ? 'arrowDown' : 'arrowUp'} /> : null}
        </button>
      )}
    </div>
  );
}

/** Place of the row that was pressed; null between rows. */
const placeUnder = (event: MouseEvent): number | null => {
  const row = (event.target as Element).closest<HTMLElement>('[data-place]');
  return row === null ? null : Number(row.dataset['place']);
};

/**
 * The results, of which only those in sight are in the document. The keyboard stays on the list itself and says which row
 * it is at (`aria-activedescendant`), so that rows can come and go while scrolling.
 */
export function LibraryList() {
  const { bench } = useWorkbench();
  const { language } = useLanguage();
  const text = useTexts(libraryTexts);
  const listing = useLibraryView((state) => state.listing);
  const query = useLibraryView((state) => state.query);
  const sort = useLibraryView((state) => state.sort);
  const focusedId = useLibraryView((state) => state.focusedId);
  const rowHeight = useMedia(narrow) ? narrowRowHeight : wideRowHeight;
  const scroller = useRef<HTMLDivElement>(null);
  const header = useRef<HTMLDivElement>(null);
  const { rows } = listing;
  const focusAt = focusedId === null ? -1 : listing.placeOf(focusedId);

  // Made once for all rows: making one costs more than drawing a row.
  const [formatDate, formatMoment] = useMemo(() => {
    const locale = language === 'zh' ? 'zh-CN' : 'en-GB';
    return [
      new Intl.DateTimeFormat(locale, { dateStyle: 'medium' }),
      new Intl.DateTimeFormat(locale, { dateStyle: 'full', timeStyle: 'medium' }),
    ] as const;
  }, [language]);
  // The row of the keyboard stays in the document, out of sight or not: the list names it.
  const withFocused = useCallback(
    (range: Range) => {
      const places = defaultRangeExtractor(range);
      return focusAt < 0 || focusAt >= range.count || places.includes(focusAt)
        ? places
        : [...places, focusAt].toSorted((a, b) => a - b);
    },
    [focusAt],
  );
  const virtualizer = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => rowHeight,
    overscan: 6,
    rangeExtractor: withFocused,
    scrollPaddingStart: 36,
    scrollPaddingEnd: 8,
  });

  useEffect(() => virtualizer.measure(), [virtualizer, rowHeight]);

  // Another question starts at its top; the first showing goes on where the person was.
  const asked = useRef({ query, sort });
  useEffect(() => {
    const before = asked.current;
    if (before.query === query && before.sort === sort) return;
    asked.current = { query, sort };
    scroller.current?.scrollTo({ top: 0 });
  }, [query, sort]);
  useEffect(() => {
    const element = scroller.current;
    // Someone who is writing into the search goes on writing.
    if (element === null || document.activeElement instanceof HTMLInputElement) return;
    element.focus({ preventScroll: true });
    const state = bench.libraryView.getState();
    if (state.focusedId !== null && focusedPlace(state) > 0)
      virtualizer.scrollToIndex(focusedPlace(state), { align: 'center' });
  }, [bench, virtualizer]);

  const go = (place: number, way: SelectWay): void => {
    const target = Math.min(rows.length - 1, Math.max(0, place));
    selectRow.effect(bench, target, way);
    virtualizer.scrollToIndex(target, { align: 'auto' });
  };

  const onKeyDown = (event: KeyboardEvent<HTMLDivElement>): void => {
    if (event.target !== event.currentTarget || event.altKey) return;
    const state = bench.libraryView.getState();
    const mod = event.ctrlKey || event.metaKey;
    const at = state.focusedId === null ? -1 : focusedPlace(state);
    const page = Math.max(1, Math.floor((scroller.current?.clientHeight ?? rowHeight) / rowHeight) - 1);
    const way: SelectWay = event.shiftKey ? (mod ? 'add-range' : 'range') : mod ? 'focus' : 'only';
    const places: Readonly<Record<string, number>> = {
      ArrowDown: at + 1,
      ArrowUp: at - 1,
      PageDown: at + page,
      PageUp: at - page,
      Home: 0,
      End: rows.length - 1,
    };
    const place = places[event.key];
    if (place !== undefined) {
      event.preventDefault();
      go(place, way);
    } else if (event.key === ' ') {
      event.preventDefault();
      if (event.shiftKey) go(Math.max(0, at), 'range');
      else go(Math.max(0, at), 'toggle');
    }
  };

  const onClick = (event: MouseEvent<HTMLDivElement>): void => {
    const place = placeUnder(event);
    if (place === null) return;
    const target = event.target as Element;
    const mod = event.ctrlKey || event.metaKey;
    if (target.closest('[data-open]') !== null) {
      const row = rows[place];
      if (row !== undefined) void openRecord.effect(bench, row.id);
      return;
    }
    if (event.shiftKey) selectRow.effect(bench, place, mod ? 'add-range' : 'range');
    else selectRow.effect(bench, place, mod || target.closest('[data-toggle]') !== null ? 'toggle' : 'only');
    scroller.current?.focus({ preventScroll: true });
  };

  const onDoubleClick = (event: MouseEvent<HTMLDivElement>): void => {
    const place = placeUnder(event);
    const row = place === null ? undefined : rows[place];
    if (row === undefined || (event.target as Element).closest('[data-toggle], [data-open]') !== null) return;
    void openRecord.effect(bench, row.id);
  };

  return (
    <div
      ref={scroller}
      role="grid"
      tabIndex={0}
      aria-label={text.list}
      aria-multiselectable="true"
      aria-rowcount={rows.length + 1}
      aria-activedescendant={focusedId !== null && focusAt >= 0 ? rowElementId(focusedId) : undefined}
      className={styles['list']}
      data-testid="library-list"
      data-rows={rows.length}
      onKeyDown={onKeyDown}
      onClick={onClick}
      onDoubleClick={onDoubleClick}
    >
      <div ref={header} role="row" aria-rowindex={1} className={styles['header']}>
        <ColumnTitle label={text.columns.select} hidden />
        <ColumnTitle label={text.columns.picture} hidden />
        <ColumnTitle label={text.columns.name} sortKey="name" />
        <ColumnTitle label={text.columns.genre} sortKey="confidence" />
        <ColumnTitle label={text.columns.review} sortKey="verdict" />
        <ColumnTitle label={text.columns.duration} sortKey="duration" end />
        <ColumnTitle label={text.columns.date} sortKey="date" end />
        <ColumnTitle label={text.columns.open} hidden />
      </div>
      <div role="rowgroup" className={styles['rows']} style={{ blockSize: virtualizer.getTotalSize() }}>
        {virtualizer.getVirtualItems().map((item) => {
          const row = rows[item.index];
          return row === undefined ? null : (
            <LibraryRowView
              key={row.id}
              row={row}
              place={item.index}
              top={item.start}
              height={rowHeight}
              formatDate={formatDate}
              formatMoment={formatMoment}
            />
          );
        })}
      </div>
    </div>
  );
}
