import { useCallback, useEffect, useId, useRef, useState } from 'react';
import { longestNote, recordIdOf } from '#core/library/record.ts';
import type { AnalysisReport } from '#core/report/report.ts';
import { reviewOf, setNote } from '#state/actions/reviewActions.ts';
import { reviewTexts } from '#ui/features/review/texts.ts';
import { useTexts } from '#ui/i18n/LanguageContext.tsx';
import { useLibrary, useReview, useWorkbench } from '#ui/WorkbenchContext.tsx';
import styles from './ReviewPanel.module.css';

/** A pause in writing after which the note is stored, in milliseconds. */
const pauseMs = 500;

let sittings = 0;

interface NoteFieldProps {
  readonly report: AnalysisReport;
  /** After Escape: where the focus goes back to. */
  readonly onDone: () => void;
}

/**
 * The note, stored while it is written: after a pause, when the field is left, when another file is looked at, and when
 * the page is hidden. All that was written in one sitting is one thing to undo.
 */
export function NoteField({ report, onDone }: NoteFieldProps) {
  const { bench } = useWorkbench();
  const texts = useTexts(reviewTexts);
  const kept = useLibrary((state) => state.rows.get(recordIdOf(report))?.review.note ?? '');
  const wish = useReview((state) => state.wishes.note);
  /** What is written and not stored yet. */
  const [draft, setDraft] = useState<string | null>(null);
  const unsaved = useRef<string | null>(null);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  const sitting = useRef('');
  const field = useRef<HTMLTextAreaElement>(null);
  const answered = useRef(wish);
  const id = useId();

  const store = useCallback(() => {
    clearTimeout(timer.current);
    const text = unsaved.current;
    unsaved.current = null;
    if (text === null || text === reviewOf(bench, report).note) return;
    void setNote.effect(bench, report, text, sitting.current);
  }, [bench, report]);

  useEffect(() => {
    const stop = new AbortController();
    document.addEventListener('visibilitychange', store, { signal: stop.signal });
    window.addEventListener('pagehide', store, { signal: stop.signal });
    return () => {
      stop.abort();
      store();
    };
  }, [store]);
  useEffect(() => {
    if (answered.current !== wish) field.current?.focus();
    answered.current = wish;
  }, [wish]);

  const save = (): void => {
    store();
    setDraft(null);
  };
  return (
    <div className={styles['field']}>
      <label htmlFor={id}>{texts.note}</label>
      <textarea
        ref={field}
        id={id}
        className={styles['note']}
        rows={3}
        maxLength={longestNote}
        placeholder={texts.noteHint}
        value={draft ?? kept}
        data-testid="review-note"
        onFocus={() => {
          sittings += 1;
          sitting.current = String(sittings);
        }}
        onChange={(event) => {
          const text = event.currentTarget.value;
          setDraft(text);
          unsaved.current = text;
          clearTimeout(timer.current);
          timer.current = setTimeout(save, pauseMs);
        }}
        onBlur={save}
        onKeyDown={(event) => {
          if (event.key !== 'Escape' || event.nativeEvent.isComposing) return;
          event.preventDefault();
          onDone();
        }}
      />
    </div>
  );
}
