import { noticeText } from '#core/errorText.ts';
import { dismissIntakeNote } from '#state/actions/jobActions.ts';
import { dismissNotice } from '#state/actions/settingActions.ts';
import { Banner } from '#ui/components/Banner.tsx';
import { LibraryNotice } from '#ui/features/notices/LibraryNotice.tsx';
import { UpdateNotice } from '#ui/features/notices/UpdateNotice.tsx';
import { useLanguage } from '#ui/i18n/LanguageContext.tsx';
import { useJobs, useModel, useWorkbench } from '#ui/WorkbenchContext.tsx';
import styles from './Notices.module.css';

/** Not worth a banner: the status line says which backend runs, and these only explain why. */
const explainedByStatus = new Set(['no-webgpu', 'software-webgpu']);

/** What this host lacks and what became of the last drop, as calm lines above the result. */
export function Notices() {
  const { bench } = useWorkbench();
  const { text, language } = useLanguage();
  const notices = useModel((state) => state.notices);
  const dismissed = useModel((state) => state.dismissed);
  const intakeNote = useJobs((state) => state.intakeNote);
  const shown = notices.filter(
    (notice) => !explainedByStatus.has(notice.code) && !dismissed.includes(notice.code),
  );
  return (
    <output className={styles['notices']}>
      <UpdateNotice />
      <LibraryNotice />
      {intakeNote === null ? null : (
        <Banner
          tone="warn"
          testId="intake-note"
          title={
            intakeNote.kind === 'too-many'
              ? text.intake.tooMany(intakeNote.taken, intakeNote.left)
              : text.intake.nothingFound
          }
          onDismiss={() => dismissIntakeNote.effect(bench)}
        />
      )}
      {shown.map((notice) => {
        const { title, advice } = noticeText(notice, language);
        return (
          <Banner
            key={notice.code}
            tone="info"
            testId="notice"
            code={notice.code}
            title={title}
            advice={advice}
            onDismiss={() => dismissNotice.effect(bench, notice.code)}
          />
        );
      })}
    </output>
  );
}
