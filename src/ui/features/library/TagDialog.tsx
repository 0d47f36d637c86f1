import { useEffect, useMemo, useRef, useState } from 'react';
import { longestTag } from '#core/library/record.ts';
import { addTag, closeTagging, removeTag, tidyTag } from '#state/actions/libraryViewActions.ts';
import { actedOn } from '#state/libraryView.ts';
import { Button } from '#ui/components/Button.tsx';
import { Dialog } from '#ui/components/Dialog.tsx';
import { Icon } from '#ui/components/Icon.tsx';
import { libraryTexts } from '#ui/features/library/texts.ts';
import { useLanguage, useTexts } from '#ui/i18n/LanguageContext.tsx';
import { useLibrary, useLibraryView, useWorkbench } from '#ui/WorkbenchContext.tsx';
import styles from './TagDialog.module.css';

/** Tags offered from the rest of the library. */
const mostOffered = 24;

/** Gives tags to the selected results and takes them away; each press is one step of undo. */
export function TagDialog() {
  const { bench } = useWorkbench();
  const { format, language } = useLanguage();
  const text = useTexts(libraryTexts);
  const ids = useLibraryView(actedOn);
  const rows = useLibrary((state) => state.rows);
  const known = useLibraryView((state) => state.listing.counts.tag);
  const [written, setWritten] = useState('');
  const input = useRef<HTMLInputElement>(null);

  // After the dialogue has opened and put the focus on its first button.
  useEffect(() => input.current?.focus(), []);

  const own = useMemo(() => {
    const counts = new Map<string, number>();
    for (const id of ids)
      for (const tag of rows.get(id)?.review.tags ?? []) counts.set(tag, (counts.get(tag) ?? 0) + 1);
    return [...counts].toSorted(([a], [b]) => a.localeCompare(b, language));
  }, [ids, rows, language]);
  const offered = [...known.keys()]
    .filter((tag) => !own.some(([has, count]) => has === tag && count === ids.length))
    .toSorted((a, b) => (known.get(b) ?? 0) - (known.get(a) ?? 0))
    .slice(0, mostOffered);
  const add = async (tag: string): Promise<void> => {
    if (tidyTag(tag) === '') return;
    setWritten('');
    await addTag.effect(bench, tag);
  };

  return (
    <Dialog
      title={text.tagging.title(ids.length, format.integer(ids.length))}
      closeLabel={text.tagging.close}
      testId="tag-dialog"
      onClose={() => closeTagging.effect(bench)}
    >
      <form
        className={styles['form']}
        onSubmit={(event) => {
          event.preventDefault();
          void add(written);
        }}
      >
        <label className={styles['field']}>
          <span>{text.tagging.label}</span>
          <input
            type="text"
            value={written}
            maxLength={longestTag}
            autoComplete="off"
            data-testid="tag-input"
            ref={input}
            onChange={(event) => setWritten(event.target.value)}
          />
        </label>
        <button type="submit" className={styles['add']} disabled={tidyTag(written) === ''}>
          <Icon name="add" />
          {text.tagging.add}
        </button>
      </form>
      <h3 className={styles['title']}>{text.tagging.own}</h3>
      {own.length === 0 ? <p className={styles['none']}>{text.tagging.none}</p> : null}
      <ul className={styles['tags']}>
        {own.map(([tag, count]) => (
          <li key={tag} className={styles['tag']} data-testid="own-tag" data-tag={tag} data-count={count}>
            <bdi className={styles['name']}>{tag}</bdi>
            {count === ids.length ? null : (
              <span className={styles['some']}>
                {text.tagging.onSome(format.integer(count), format.integer(ids.length))}
              </span>
            )}
            <Button
              kind="quiet"
              icon="close"
              iconOnly
              label={text.tagging.remove(tag)}
              onPress={() => void removeTag.effect(bench, tag)}
            />
          </li>
        ))}
      </ul>
      {offered.length === 0 ? null : (
        <>
          <h3 className={styles['title']}>{text.tagging.known}</h3>
          <ul className={styles['tags']}>
            {offered.map((tag) => (
              <li key={tag}>
                <button
                  type="button"
                  className={styles['offer']}
                  data-testid="known-tag"
                  data-tag={tag}
                  onClick={() => void add(tag)}
                >
                  <Icon name="add" />
                  <bdi className={styles['name']}>{tag}</bdi>
                </button>
              </li>
            ))}
          </ul>
        </>
      )}
    </Dialog>
  );
}
