import { useState } from 'react';
import { undoLast, type HistoryEntry } from '#state/history.ts';
import { Button } from '#ui/components/Button.tsx';
import { Icon } from '#ui/components/Icon.tsx';
import { libraryTexts } from '#ui/features/library/texts.ts';
import { useLanguage, useTexts } from '#ui/i18n/LanguageContext.tsx';
import { useHistory, useWorkbench } from '#ui/WorkbenchContext.tsx';
import styles from './UndoBar.module.css';

/** What was just deleted, as long as nothing else was done since, with the way back. */
export function UndoBar() {
  const { bench } = useWorkbench();
  const { text: common, format } = useLanguage();
  const text = useTexts(libraryTexts);
  const last = useHistory((state) => state.done.at(-1) ?? null);
  const [dismissed, setDismissed] = useState<HistoryEntry | null>(null);
  const shown = last !== null && last.name === 'removeRecords' && last !== dismissed ? last : null;
  // One file is named, several are counted.
  const count = shown !== null && /^\d+$/.test(shown.subject) ? Number(shown.subject) : null;
  return (
    <output className={styles['place']}>
      {shown === null ? null : (
        <span className={styles['bar']} data-testid="undo-bar">
          <Icon name="trash" />
          <span className={styles['words']}>
            {count === null ? text.deletedNamed(shown.subject) : text.deleted(count, format.integer(count))}
          </span>
          <Button
            kind="quiet"
            icon="undo"
            label={text.undo}
            testId="undo-delete"
            onPress={() => void undoLast(bench.history)}
          />
          <Button
            kind="quiet"
            icon="close"
            iconOnly
            label={common.actions.dismiss}
            onPress={() => setDismissed(shown)}
          />
        </span>
      )}
    </output>
  );
}
