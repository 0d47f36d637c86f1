import { dismissUpdate, updatePage } from '#state/actions/offlineActions.ts';
import { isPending } from '#state/jobs.ts';
import { Banner } from '#ui/components/Banner.tsx';
import { Button } from '#ui/components/Button.tsx';
import { noticesTexts } from '#ui/features/notices/texts.ts';
import { useTexts } from '#ui/i18n/LanguageContext.tsx';
import { useJobs, useOffline, useWorkbench } from '#ui/WorkbenchContext.tsx';

/** A new version of the page waits: offered, never forced, and never in the middle of work. */
export function UpdateNotice() {
  const { bench } = useWorkbench();
  const texts = useTexts(noticesTexts);
  const shown = useOffline((state) => state.updateReady && !state.dismissed);
  const wished = useOffline((state) => state.updateWished);
  const atWork = useJobs((state) => Object.values(state.jobs).some(isPending));
  if (!shown) return null;
  return (
    <Banner
      tone="info"
      testId="update-notice"
      code={wished ? 'wished' : atWork ? 'at-work' : 'ready'}
      title={texts.updateReady}
      advice={wished ? texts.updateWished : atWork ? texts.updateAtWork : texts.updateAdvice}
      onDismiss={() => dismissUpdate.effect(bench)}
    >
      {wished ? null : (
        <Button
          label={atWork ? texts.reloadLater : texts.reloadNow}
          testId="update-page"
          onPress={() => void updatePage.effect(bench)}
        />
      )}
    </Banner>
  );
}
