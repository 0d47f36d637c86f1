import { useMemo } from 'react';
import { facetNames, isEverything, type FacetName } from '#core/library/query.ts';
import { exhaustive } from '#core/result.ts';
import { clearQuery, setQuery } from '#state/actions/libraryViewActions.ts';
import { Button } from '#ui/components/Button.tsx';
import { FilterMenu } from '#ui/features/library/FilterMenu.tsx';
import { libraryTexts } from '#ui/features/library/texts.ts';
import { useLanguage, useTexts } from '#ui/i18n/LanguageContext.tsx';
import { useLibraryView, useWorkbench } from '#ui/WorkbenchContext.tsx';
import styles from './FilterBar.module.css';

/** Names of the values of a facet, in the language of the page. */
function useValueName(facet: FacetName): (value: string) => string {
  const { language } = useLanguage();
  const text = useTexts(libraryTexts);
  const index = useLibraryView((state) => state.index);
  switch (facet) {
    case 'genre':
      return (value) => {
        const name = index.genreNames.get(value)?.[language] ?? value;
        return index.experimentalGenres.has(value) ? `${name} *` : name;
      };
    case 'verdict':
      return (value) => text.verdicts[value as keyof typeof text.verdicts] ?? value;
    case 'mark':
      return (value) => text.marks[value as keyof typeof text.marks] ?? value;
    case 'model':
      return (value) => index.modelNames.get(value) ?? value.slice(0, 8);
    case 'tag':
      return (value) => value;
    default:
      return exhaustive(facet);
  }
}

function FacetMenu({ facet }: { readonly facet: FacetName }) {
  const { bench } = useWorkbench();
  const { language, format } = useLanguage();
  const text = useTexts(libraryTexts);
  const chosen = useLibraryView((state) => state.query.chosen[facet]);
  const counts = useLibraryView((state) => state.listing.counts[facet]);
  const nameOf = useValueName(facet);

  const values = useMemo(() => {
    const collator = new Intl.Collator(language === 'zh' ? 'zh-Hans' : 'en', { numeric: true });
    // What is chosen stays in sight, although nothing has it at the moment.
    return [...new Set([...counts.keys(), ...chosen])].toSorted((a, b) =>
      collator.compare(nameOf(a), nameOf(b)),
    );
  }, [counts, chosen, language, nameOf]);

  const toggle = (value: string): void => {
    const next = chosen.includes(value) ? chosen.filter((other) => other !== value) : [...chosen, value];
    setQuery.effect(bench, { chosen: { ...bench.libraryView.getState().query.chosen, [facet]: next } });
  };
  const [first] = chosen;
  const short =
    first === undefined ? null : chosen.length === 1 ? nameOf(first) : format.integer(chosen.length);
  return (
    <FilterMenu label={text.facets[facet]} chosen={short} testId={`filter-${facet}`}>
      {values.length === 0 ? <p className={styles['none']}>{text.noChoices}</p> : null}
      {values.map((value) => (
        <label key={value} className={styles['choice']} data-testid="filter-choice" data-value={value}>
          <input type="checkbox" checked={chosen.includes(value)} onChange={() => toggle(value)} />
          <bdi className={styles['name']}>{nameOf(value)}</bdi>
          <span className={styles['count']}>{format.integer(counts.get(value) ?? 0)}</span>
        </label>
      ))}
    </FilterMenu>
  );
}

const dayMs = 86_400_000;

const two = (value: number): string => String(value).padStart(2, '0');

/** A day as date fields write it, in the time of this machine. */
const dayOf = (ms: number): string => {
  const date = new Date(ms);
  return `${String(date.getFullYear()).padStart(4, '0')}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
};

/** Midnight that starts a day, here; null for an empty field. */
function startOf(day: string): number | null {
  const ms = day === '' ? Number.NaN : new Date(`${day}T00:00`).getTime();
  return Number.isNaN(ms) ? null : ms;
}

function DateMenu() {
  const { bench } = useWorkbench();
  const text = useTexts(libraryTexts);
  const fromMs = useLibraryView((state) => state.query.fromMs);
  const untilMs = useLibraryView((state) => state.query.untilMs);
  const from = fromMs === null ? '' : dayOf(fromMs);
  // The last day counts whole; noon of the day before the limit is that day in any time zone and on any clock change.
  const until = untilMs === null ? '' : dayOf(untilMs - dayMs / 2);
  const chosen = from === '' && until === '' ? null : `${from} – ${until}`;
  return (
    <FilterMenu label={text.date} chosen={chosen} testId="filter-date">
      <label className={styles['day']}>
        <span>{text.from}</span>
        <input
          type="date"
          value={from}
          max={until === '' ? undefined : until}
          data-testid="filter-from"
          onChange={(event) => setQuery.effect(bench, { fromMs: startOf(event.target.value) })}
        />
      </label>
      <label className={styles['day']}>
        <span>{text.until}</span>
        <input
          type="date"
          value={until}
          min={from === '' ? undefined : from}
          data-testid="filter-until"
          onChange={(event) => {
            const start = startOf(event.target.value);
            if (start === null) {
              setQuery.effect(bench, { untilMs: null });
              return;
            }
            const next = new Date(start);
            next.setDate(next.getDate() + 1);
            setQuery.effect(bench, { untilMs: next.getTime() });
          }}
        />
      </label>
      <Button
        kind="quiet"
        label={text.anyDate}
        disabled={chosen === null}
        onPress={() => setQuery.effect(bench, { fromMs: null, untilMs: null })}
      />
    </FilterMenu>
  );
}

/** What the list is narrowed to, with how many results each choice would leave. */
export function FilterBar() {
  const { bench } = useWorkbench();
  const text = useTexts(libraryTexts);
  const asksNothing = useLibraryView((state) => isEverything(state.query));
  return (
    <fieldset className={styles['filters']} aria-label={text.filters}>
      {facetNames.map((facet) => (
        <FacetMenu key={facet} facet={facet} />
      ))}
      <DateMenu />
      {asksNothing ? null : (
        <Button
          kind="quiet"
          icon="close"
          label={text.clearFilters}
          testId="clear-filters"
          onPress={() => clearQuery.effect(bench)}
        />
      )}
    </fieldset>
  );
}
