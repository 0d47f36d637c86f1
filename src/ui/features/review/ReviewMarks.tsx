import { useMemo } from 'react';
import { noReview, recordIdOf, type Verdict } from '#core/library/record.ts';
import { judge } from '#core/model/judgement.ts';
import { markedLabel } from '#core/model/labels.ts';
import type { AnalysisReport } from '#core/report/report.ts';
import { Icon, type IconName } from '#ui/components/Icon.tsx';
import { reviewTexts } from '#ui/features/review/texts.ts';
import { useLanguage, useTexts } from '#ui/i18n/LanguageContext.tsx';
import { useLibrary } from '#ui/WorkbenchContext.tsx';
import styles from './ReviewMarks.module.css';

const verdictIcons: Readonly<Record<Exclude<Verdict['kind'], 'none'>, IconName>> = {
  accepted: 'check',
  corrected: 'pencil',
  unsure: 'question',
};

/** The words for a verdict, with the mark of an experimental label. */
export function useVerdictText(report: AnalysisReport): (verdict: Verdict) => string {
  const texts = useTexts(reviewTexts);
  const { language } = useLanguage();
  return (verdict) => {
    switch (verdict.kind) {
      case 'accepted':
        return texts.accepted;
      case 'corrected':
        return texts.corrected(markedLabel(report.model.labels, verdict.genre, language));
      case 'unsure':
        return texts.unsure;
      default:
        return texts.none;
    }
  };
}

function Mark({
  icon,
  text,
  tone,
}: {
  readonly icon: IconName;
  readonly text: string;
  readonly tone: string;
}) {
  return (
    <span className={`${styles['mark']} ${styles[tone] ?? ''}`} title={text}>
      <Icon name={icon} />
      <span className="visually-hidden">{text}</span>
    </span>
  );
}

/** Small signs beside a file: what to be careful about, and what a person said. */
export function ReviewMarks({ report }: { readonly report: AnalysisReport }) {
  const texts = useTexts(reviewTexts);
  const verdictText = useVerdictText(report);
  const verdict = useLibrary(
    (state) => state.rows.get(recordIdOf(report))?.review.verdict ?? noReview.verdict,
  );
  const { ambiguous, notMusic } = useMemo(() => judge(report.track, report.windows), [report]);
  return (
    <span
      className={styles['marks']}
      data-testid="review-marks"
      data-verdict={verdict.kind}
      data-corrected={verdict.kind === 'corrected' ? verdict.genre : undefined}
      data-ambiguous={ambiguous}
      data-not-music={notMusic}
    >
      {notMusic ? <Mark icon="notMusic" text={texts.notMusic} tone="careful" /> : null}
      {ambiguous ? <Mark icon="almost" text={texts.ambiguous} tone="careful" /> : null}
      {verdict.kind === 'none' ? null : (
        <Mark icon={verdictIcons[verdict.kind]} text={verdictText(verdict)} tone={verdict.kind} />
      )}
    </span>
  );
}
