import { analyseAgain } from '#state/actions/libraryActions.ts';
import type { Job } from '#state/jobs.ts';
import { Banner } from '#ui/components/Banner.tsx';
import { Button } from '#ui/components/Button.tsx';
import { neighboursTexts } from '#ui/features/neighbours/texts.ts';
import { useLanguage, useTexts } from '#ui/i18n/LanguageContext.tsx';
import { useWorkbench } from '#ui/WorkbenchContext.tsx';

/** Says that a dropped file was recognised, and offers to analyse it all the same. */
export function KnownNote({ job }: { readonly job: Job }) {
  const { bench } = useWorkbench();
  const { language } = useLanguage();
  const text = useTexts(neighboursTexts);
  if (job.phase.kind !== 'done' || job.phase.known !== true) return null;
  const locale = language === 'zh' ? 'zh-CN' : 'en-GB';
  const date = new Date(job.phase.report.createdAt).toLocaleString(locale, {
    dateStyle: 'long',
    timeStyle: 'short',
  });
  return (
    <Banner tone="info" testId="known-note" title={text.knownTitle} advice={text.knownAdvice(date)}>
      <Button icon="retry" label={text.analyseAgain} onPress={() => analyseAgain.effect(bench, job.id)} />
    </Banner>
  );
}
