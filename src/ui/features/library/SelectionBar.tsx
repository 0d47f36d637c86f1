import { libraryViewCommands } from '#state/actions/libraryViewActions.ts';
import { actedOn } from '#state/libraryView.ts';
import { useMedia } from '#ui/components/useMedia.ts';
import { CommandButton } from '#ui/features/commands/CommandButton.tsx';
import { libraryTexts } from '#ui/features/library/texts.ts';
import { useLanguage, useTexts } from '#ui/i18n/LanguageContext.tsx';
import { useLibraryView } from '#ui/WorkbenchContext.tsx';
import styles from './SelectionBar.module.css';

type Name = (typeof libraryViewCommands)[number]['name'];

const named = (...names: readonly Name[]) =>
  names.flatMap((name) => libraryViewCommands.filter((command) => command.name === name));

const onNothing = named('selectAll');
const onSelected = named(
  'openSelected',
  'acceptSelected',
  'unsureSelected',
  'tagSelected',
  'likeSelected',
  'compareSelected',
  'exportSelected',
  'deleteSelected',
  'clearSelection',
);

/** How many are found and selected, and what can be done with the selected ones. Keeps its height, whatever it says. */
export function SelectionBar() {
  const { format } = useLanguage();
  const text = useTexts(libraryTexts);
  const listed = useLibraryView((state) => state.listing.rows.length);
  const total = useLibraryView((state) => state.listing.total);
  const selected = useLibraryView((state) => actedOn(state).length);
  const hidden = useLibraryView((state) => state.selected.size - actedOn(state).length);
  const roomy = useMedia('(min-width: 1360px)');
  if (total === 0) return null;
  return (
    <div className={styles['bar']} data-testid="selection-bar" data-selected={selected} data-hidden={hidden}>
      <output className={styles['count']}>
        <span data-testid="library-count" data-listed={listed} data-total={total}>
          {total === 1 && listed === 1 ? text.one : text.count(format.integer(listed), format.integer(total))}
        </span>
        {selected === 0 ? null : <strong>{text.selected(format.integer(selected))}</strong>}
        {selected === 0 || hidden <= 0 ? null : (
          <span className={styles['hidden']}>{text.hidden(hidden, format.integer(hidden))}</span>
        )}
      </output>
      <div className={styles['tools']}>
        {(selected === 0 ? onNothing : onSelected).map((command) => (
          <CommandButton
            key={command.name}
            command={command}
            kind="quiet"
            iconOnly={selected > 0 && (!roomy || command.name === 'clearSelection')}
          />
        ))}
      </div>
    </div>
  );
}
