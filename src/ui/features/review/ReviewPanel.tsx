import { useEffect, useId, useRef } from 'react';
import { noReview, recordIdOf } from '#core/library/record.ts';
import type { AnalysisReport } from '#core/report/report.ts';
import { commandNamed } from '#state/actions/commands.ts';
import { closeGenreSearch } from '#state/actions/reviewActions.ts';
import { setAdvanceAfterVerdict } from '#state/actions/settingActions.ts';
import { Panel } from '#ui/components/Panel.tsx';
import { CommandButton } from '#ui/features/commands/CommandButton.tsx';
import { GenreSearch } from '#ui/features/review/GenreSearch.tsx';
import { NoteField } from '#ui/features/review/NoteField.tsx';
import { useVerdictText } from '#ui/features/review/ReviewMarks.tsx';
import { TagsField } from '#ui/features/review/TagsField.tsx';
import { reviewTexts } from '#ui/features/review/texts.ts';
import { useTexts } from '#ui/i18n/LanguageContext.tsx';
import { useLibrary, useReview, useSettings, useWorkbench } from '#ui/WorkbenchContext.tsx';
import styles from './ReviewPanel.module.css';

/** What a person says of a finished result: verdict, note and tags. */
export function ReviewPanel({ report }: { readonly report: AnalysisReport }) {
  const { bench } = useWorkbench();
  const texts = useTexts(reviewTexts);
  const verdictText = useVerdictText(report);
  const recordId = recordIdOf(report);
  const verdict = useLibrary((state) => state.rows.get(recordId)?.review.verdict ?? noReview.verdict);
  const choosingGenre = useReview((state) => state.choosingGenre === recordId);
  const advance = useSettings((state) => state.advanceAfterVerdict);
  const buttons = useRef<HTMLFieldSetElement>(null);
  const advanceId = useId();
  // Where the keyboard goes on after a field is left: letters are commands again.
  const leaveField = (): void => buttons.current?.focus();

  useEffect(() => () => closeGenreSearch.effect(bench, recordId), [bench, recordId]);

  return (
    <Panel
      title={texts.title}
      tools={<CommandButton command={commandNamed('nextUndecided')} kind="quiet" iconOnly />}
    >
      <fieldset
        ref={buttons}
        className={styles['verdicts']}
        tabIndex={-1}
        data-testid="review"
        data-verdict={verdict.kind}
        data-corrected={verdict.kind === 'corrected' ? verdict.genre : undefined}
      >
        <legend className="visually-hidden">{texts.verdict}</legend>
        <CommandButton command={commandNamed('accept')} pressed={verdict.kind === 'accepted'} />
        <CommandButton command={commandNamed('correct')} pressed={verdict.kind === 'corrected'} />
        <CommandButton command={commandNamed('unsure')} pressed={verdict.kind === 'unsure'} />
      </fieldset>
      <div className={styles['said']}>
        {choosingGenre ? (
          <GenreSearch report={report} onDone={leaveField} />
        ) : (
          <>
            <output data-testid="verdict-text">{verdictText(verdict)}</output>
            <CommandButton command={commandNamed('clearVerdict')} kind="quiet" iconOnly />
          </>
        )}
      </div>
      <NoteField report={report} onDone={leaveField} />
      <TagsField report={report} onDone={leaveField} />
      <div className={styles['advance']}>
        <input
          id={advanceId}
          type="checkbox"
          checked={advance}
          data-testid="advance-after-verdict"
          onChange={(event) => setAdvanceAfterVerdict.effect(bench, event.currentTarget.checked)}
        />
        <label htmlFor={advanceId}>{texts.advance}</label>
      </div>
    </Panel>
  );
}
