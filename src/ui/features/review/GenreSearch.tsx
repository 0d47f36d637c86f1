/* oxlint-disable jsx-a11y/prefer-tag-over-role -- a combobox with its own list has no tag: `datalist` takes no two languages and no order */
import { useEffect, useId, useRef, useState, type KeyboardEvent } from 'react';
import { recordIdOf } from '#core/library/record.ts';
import { markedLabel } from '#core/model/labels.ts';
import type { ModelLabel } from '#core/model/manifest.ts';
import type { AnalysisReport } from '#core/report/report.ts';
import { closeGenreSearch, correctTo } from '#state/actions/reviewActions.ts';
import { reviewTexts } from '#ui/features/review/texts.ts';
import { useLanguage, useTexts } from '#ui/i18n/LanguageContext.tsx';
import { useWorkbench } from '#ui/WorkbenchContext.tsx';
import styles from './GenreSearch.module.css';

/** Without case and without accents, as people type. */
const folded = (text: string): string => text.normalize('NFKD').replaceAll(/\p{M}/gu, '').toLowerCase();

/**
 * The model's labels that a query means, in either language: those that begin with it first, else most likely first.
 */
export function genresFor(report: AnalysisReport, query: string): readonly ModelLabel[] {
  const wanted = folded(query.trim());
  const rank = new Map(report.track.predictions.map(({ genre }, index) => [genre, index]));
  const place = ({ id, en, zh }: ModelLabel): number => {
    const names = [id, en, zh].map(folded);
    if (names.some((name) => name.startsWith(wanted))) return 0;
    return names.some((name) => name.includes(wanted)) ? 1 : 2;
  };
  return report.model.labels
    .map((label) => ({ label, place: place(label), rank: rank.get(label.id) ?? Number.MAX_SAFE_INTEGER }))
    .filter(({ place }) => place < 2)
    .toSorted((one, other) => one.place - other.place || one.rank - other.rank)
    .map(({ label }) => label);
}

interface GenreSearchProps {
  readonly report: AnalysisReport;
  /** After a choice or Escape: where the focus goes back to. */
  readonly onDone: () => void;
}

/** Type to search, arrows to choose, Enter to correct, Escape to leave it (the combobox pattern of WAI-ARIA 1.2). */
export function GenreSearch({ report, onDone }: GenreSearchProps) {
  const { bench } = useWorkbench();
  const { language } = useLanguage();
  const texts = useTexts(reviewTexts);
  const [query, setQuery] = useState('');
  const [active, setActive] = useState(0);
  const field = useRef<HTMLInputElement>(null);
  const list = useRef<HTMLDivElement>(null);
  const listId = useId();
  const found = genresFor(report, query);
  const at = Math.min(active, found.length - 1);
  const optionId = (index: number): string => `${listId}-${index}`;

  useEffect(() => field.current?.focus(), []);
  useEffect(() => {
    list.current?.children[at]?.scrollIntoView({ block: 'nearest' });
  }, [at]);

  const choose = (label: ModelLabel | undefined): void => {
    if (label === undefined) return;
    void correctTo.effect(bench, label.id);
    onDone();
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.nativeEvent.isComposing) return;
    const moves: Readonly<Record<string, number>> = {
      ArrowDown: (at + 1) % Math.max(1, found.length),
      ArrowUp: (at - 1 + found.length) % Math.max(1, found.length),
      PageDown: found.length - 1,
      PageUp: 0,
    };
    const to = moves[event.key];
    if (to !== undefined) setActive(to);
    else if (event.key === 'Enter') choose(found[at]);
    else if (event.key === 'Escape') {
      closeGenreSearch.effect(bench, recordIdOf(report));
      onDone();
    } else return;
    event.preventDefault();
  };

  return (
    <div className={styles['search']}>
      <input
        ref={field}
        className={styles['field']}
        type="text"
        role="combobox"
        aria-label={texts.genreSearch}
        aria-expanded={found.length > 0}
        aria-controls={listId}
        aria-autocomplete="list"
        aria-activedescendant={found.length === 0 ? undefined : optionId(at)}
        autoComplete="off"
        spellCheck={false}
        placeholder={texts.genreHint}
        value={query}
        data-testid="genre-search"
        onChange={(event) => {
          setQuery(event.currentTarget.value);
          setActive(0);
        }}
        onKeyDown={onKeyDown}
        onBlur={() => closeGenreSearch.effect(bench, recordIdOf(report))}
      />
      <div ref={list} id={listId} className={styles['list']} role="listbox" aria-label={texts.genreSearch}>
        {found.map((label, index) => (
          // The focus stays in the field, which handles the keys.
          // oxlint-disable-next-line jsx-a11y/click-events-have-key-events
          <div
            key={label.id}
            id={optionId(index)}
            role="option"
            tabIndex={-1}
            aria-selected={index === at}
            className={styles['option']}
            data-testid="genre-option"
            data-genre={label.id}
            onMouseDown={(event) => event.preventDefault()}
            onMouseMove={() => setActive(index)}
            onClick={() => choose(label)}
          >
            <span>{markedLabel(report.model.labels, label.id, language)}</span>
            <span className={styles['other']} lang={language === 'zh' ? 'en' : 'zh-CN'}>
              {language === 'zh' ? label.en : label.zh}
            </span>
          </div>
        ))}
      </div>
      <output className={found.length === 0 ? styles['missing'] : 'visually-hidden'}>
        {found.length === 0 ? texts.genreMissing : texts.genreCount(found.length)}
      </output>
    </div>
  );
}
