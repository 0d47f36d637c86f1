import { useEffect, useId, useRef, useState } from 'react';
import { longestTag, noReview, recordIdOf } from '#core/library/record.ts';
import type { AnalysisReport } from '#core/report/report.ts';
import { addReviewTag, removeReviewTag } from '#state/actions/reviewActions.ts';
import { Icon } from '#ui/components/Icon.tsx';
import { reviewTexts } from '#ui/features/review/texts.ts';
import { useTexts } from '#ui/i18n/LanguageContext.tsx';
import { useLibrary, useReview, useWorkbench } from '#ui/WorkbenchContext.tsx';
import styles from './ReviewPanel.module.css';

interface TagsFieldProps {
  readonly report: AnalysisReport;
  /** After Escape: where the focus goes back to. */
  readonly onDone: () => void;
}

/** The tags of a result: Enter adds one, its cross takes it away. */
export function TagsField({ report, onDone }: TagsFieldProps) {
  const { bench } = useWorkbench();
  const texts = useTexts(reviewTexts);
  const tags = useLibrary((state) => state.rows.get(recordIdOf(report))?.review.tags ?? noReview.tags);
  const wish = useReview((state) => state.wishes.tags);
  const [text, setText] = useState('');
  const field = useRef<HTMLInputElement>(null);
  const answered = useRef(wish);
  const id = useId();

  useEffect(() => {
    if (answered.current !== wish) field.current?.focus();
    answered.current = wish;
  }, [wish]);

  const add = (): void => {
    void addReviewTag.effect(bench, text);
    setText('');
  };
  return (
    <div className={styles['field']}>
      <label htmlFor={id}>{texts.tags}</label>
      <div className={styles['tags']}>
        {tags.map((tag) => (
          <span key={tag} className={styles['tag']} data-testid="review-tag" data-tag={tag}>
            <bdi>{tag}</bdi>
            <button
              type="button"
              aria-label={texts.removeTag(tag)}
              title={texts.removeTag(tag)}
              onClick={() => {
                void removeReviewTag.effect(bench, tag);
                field.current?.focus();
              }}
            >
              <Icon name="close" />
            </button>
          </span>
        ))}
        <input
          ref={field}
          id={id}
          className={styles['newTag']}
          type="text"
          maxLength={longestTag}
          autoComplete="off"
          placeholder={texts.tagHint}
          value={text}
          data-testid="review-tag-field"
          onChange={(event) => setText(event.currentTarget.value)}
          onBlur={add}
          onKeyDown={(event) => {
            if (event.nativeEvent.isComposing) return;
            if (event.key === 'Enter') add();
            else if (event.key === 'Escape') {
              setText('');
              onDone();
            } else return;
            event.preventDefault();
          }}
        />
      </div>
    </div>
  );
}
