import { errorText } from '#core/errorText.ts';
import { chooseArchiveFolder, downloadPictures, retryPictures } from '#state/actions/archiveActions.ts';
import { waitingPictures } from '#state/archive.ts';
import { Banner } from '#ui/components/Banner.tsx';
import { Button } from '#ui/components/Button.tsx';
import { archiveTexts } from '#ui/features/archive/texts.ts';
import { useLanguage, useTexts } from '#ui/i18n/LanguageContext.tsx';
import { useArchive, useWorkbench } from '#ui/WorkbenchContext.tsx';
import styles from './ArchiveSettingsDialog.module.css';

/** Says that pictures wait because the folder does not take them, and what can be done. */
export function ArchiveNotice() {
  const { bench } = useWorkbench();
  const { language } = useLanguage();
  const text = useTexts(archiveTexts);
  const pictures = useArchive((state) => state.pictures);
  const waiting = waitingPictures({ folder: null, pictures, choiceError: null });
  const first = waiting[0]?.status;
  if (first?.kind !== 'waiting') return null;
  const { title, advice } = errorText(first.error, language);
  return (
    <section
      aria-label={text.title}
      aria-live="polite"
      data-testid="archive-waiting"
      data-count={waiting.length}
    >
      <Banner
        tone="warn"
        testId="archive-notice"
        code={first.error.code}
        title={text.sentence(text.waiting(waiting.length))}
        advice={`${text.sentence(title)} ${advice}`}
      >
        <div className={styles['buttons']}>
          <Button icon="retry" label={text.retry} onPress={() => void retryPictures.effect(bench)} />
          <Button icon="folder" label={text.change} onPress={() => void chooseArchiveFolder.effect(bench)} />
          <Button
            icon="install"
            label={text.download(waiting.length)}
            onPress={() => downloadPictures.effect(bench)}
          />
        </div>
      </Banner>
    </section>
  );
}
