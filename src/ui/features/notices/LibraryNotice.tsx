import { errorText } from '#core/errorText.ts';
import { dismissLibraryFailure } from '#state/actions/libraryActions.ts';
import { Banner } from '#ui/components/Banner.tsx';
import { useLanguage } from '#ui/i18n/LanguageContext.tsx';
import { useLibrary, useNavigation, useWorkbench } from '#ui/WorkbenchContext.tsx';

/** Why results are not kept as they should be, until it is dismissed. The library's own page says it there. */
export function LibraryNotice() {
  const { bench } = useWorkbench();
  const { language } = useLanguage();
  const failure = useLibrary((state) => state.failure);
  const elsewhere = useNavigation((state) => state.view === 'library');
  if (failure === null || elsewhere) return null;
  const { title, advice } = errorText(failure, language);
  return (
    <Banner
      tone="warn"
      testId="library-notice"
      code={failure.code}
      title={title}
      advice={advice}
      onDismiss={() => dismissLibraryFailure.effect(bench)}
    />
  );
}
