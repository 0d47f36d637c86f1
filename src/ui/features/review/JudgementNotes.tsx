import { judge } from '#core/model/judgement.ts';
import { markedLabel } from '#core/model/labels.ts';
import type { ModelLabel } from '#core/model/manifest.ts';
import type { TrackResult, WindowResult } from '#core/report/report.ts';
import { Icon } from '#ui/components/Icon.tsx';
import { reviewTexts } from '#ui/features/review/texts.ts';
import { useLanguage, useTexts } from '#ui/i18n/LanguageContext.tsx';
import styles from './JudgementNotes.module.css';

interface JudgementNotesProps {
  readonly track: TrackResult;
  readonly windows: readonly WindowResult[];
  readonly labels: readonly ModelLabel[];
  /** One window is looked at; null is the track. */
  readonly window: WindowResult | null;
}

/** What to think of before trusting the first genre: ambiguous and why, or not music at all. Nothing where all is clear. */
export function JudgementNotes({ track, windows, labels, window }: JudgementNotesProps) {
  const { language, format } = useLanguage();
  const texts = useTexts(reviewTexts);
  const looked = window === null ? track : { predictions: window.predictions, agreement: 1, vote: [] };
  const judgement = judge(looked, window === null ? windows : [window]);
  if (!judgement.ambiguous && !judgement.notMusic) return null;
  const [first, second] = looked.predictions;
  const name = (genre: string | undefined): string =>
    genre === undefined ? '' : markedLabel(labels, genre, language);
  const words = {
    close: texts.reasons.close(
      name(first?.genre),
      name(second?.genre),
      Math.round(((first?.probability ?? 0) - (second?.probability ?? 0)) * 100),
    ),
    'windows-disagree': texts.reasons['windows-disagree'](format.percentShort(looked.agreement)),
  };
  return (
    <ul
      className={styles['notes']}
      data-testid="judgement"
      data-ambiguous={judgement.ambiguous}
      data-reasons={judgement.reasons.join(' ')}
      data-not-music={judgement.notMusic}
    >
      {judgement.notMusic ? (
        <li className={styles['note']}>
          <Icon name="notMusic" />
          <span>
            <strong>{texts.notMusic}</strong>{' '}
            {window === null ? texts.notMusicTrack : window.silent ? texts.silentWindow : texts.noiseWindow}
          </span>
        </li>
      ) : null}
      {judgement.ambiguous ? (
        <li className={styles['note']}>
          <Icon name="almost" />
          <span>
            <strong>{texts.ambiguous}</strong> {judgement.reasons.map((reason) => words[reason]).join(' ')}
          </span>
        </li>
      ) : null}
    </ul>
  );
}
