import { errorText } from '#core/errorText.ts';
import { exhaustive } from '#core/result.ts';
import { dismissLibraryFailure, dismissTransfer } from '#state/actions/libraryActions.ts';
import { Banner } from '#ui/components/Banner.tsx';
import { libraryTexts } from '#ui/features/library/texts.ts';
import { useLanguage, useTexts } from '#ui/i18n/LanguageContext.tsx';
import { useLibrary, useWorkbench } from '#ui/WorkbenchContext.tsx';

function TransferBanner() {
  const { bench } = useWorkbench();
  const { language } = useLanguage();
  const text = useTexts(libraryTexts);
  const transfer = useLibrary((state) => state.transfer);
  const dismiss = (): void => dismissTransfer.effect(bench);
  switch (transfer.kind) {
    case 'none':
      return null;
    case 'exporting':
    case 'importing':
      return (
        <Banner tone="info" testId="library-transfer" code={transfer.kind} title={text[transfer.kind]} />
      );
    case 'exported':
      return (
        <Banner
          tone="info"
          testId="library-transfer"
          code="exported"
          title={text.exported(transfer.fileName)}
          onDismiss={dismiss}
        />
      );
    case 'imported': {
      const { added, merged, refused } = transfer.summary;
      return (
        <Banner
          tone={refused > 0 ? 'warn' : 'info'}
          testId="library-transfer"
          code="imported"
          title={text.imported(added, merged)}
          {...(refused > 0 ? { advice: text.refused(refused) } : {})}
          onDismiss={dismiss}
        />
      );
    }
    case 'failed': {
      const { title, advice } = errorText(transfer.error, language);
      return (
        <Banner
          tone="bad"
          testId="library-transfer"
          code={transfer.error.code}
          title={title}
          advice={advice}
          onDismiss={dismiss}
        />
      );
    }
    default:
      return exhaustive(transfer);
  }
}

function FailureBanner() {
  const { bench } = useWorkbench();
  const { language } = useLanguage();
  const failure = useLibrary((state) => state.failure);
  if (failure === null) return null;
  const { title, advice } = errorText(failure, language);
  return (
    <Banner
      tone="bad"
      testId="library-failure"
      code={failure.code}
      title={title}
      advice={advice}
      onDismiss={() => dismissLibraryFailure.effect(bench)}
    />
  );
}

/** How the last export or import of the library went, and the last write that failed. */
export function TransferNote() {
  return (
    <div aria-live="polite">
      <FailureBanner />
      <TransferBanner />
    </div>
  );
}
