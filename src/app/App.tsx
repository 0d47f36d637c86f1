import { useEffect, useMemo, useState } from 'react';
import { useStore } from 'zustand';
import { analysisError } from '#core/errors.ts';
import { errorText } from '#core/errorText.ts';
import { ErrorBoundary } from '#app/ErrorBoundary.tsx';
import { en } from '#app/i18n/en.ts';
import { zh } from '#app/i18n/zh.ts';
import { pageHost } from '#app/pageHost.ts';
import type { Workbench } from '#state/workbench.ts';
import { Banner } from '#ui/components/Banner.tsx';
import { Page } from '#ui/features/Page.tsx';
import { createFormat } from '#ui/i18n/format.ts';
import { LanguageContext } from '#ui/i18n/LanguageContext.tsx';
import { WorkbenchContext } from '#ui/WorkbenchContext.tsx';
import styles from './App.module.css';

const messages = { en, zh };

/** Bugs outside drawing: seen, not swallowed. */
function useStrayFailure(): readonly [string | null, () => void] {
  const [failure, setFailure] = useState<string | null>(null);
  useEffect(() => {
    const stop = new AbortController();
    const show = (thrown: unknown): void =>
      setFailure(thrown instanceof Error ? thrown.message : String(thrown));
    window.addEventListener('unhandledrejection', (event) => show(event.reason), { signal: stop.signal });
    window.addEventListener('error', (event) => show(event.error ?? event.message), { signal: stop.signal });
    return () => stop.abort();
  }, []);
  return [failure, () => setFailure(null)];
}

/** Provides the texts and the workbench, and keeps the document in step with the settings. */
export function App({ bench }: { readonly bench: Workbench }) {
  const language = useStore(bench.settings, (state) => state.language);
  const theme = useStore(bench.settings, (state) => state.theme);
  const [failure, dismiss] = useStrayFailure();

  useEffect(() => {
    document.documentElement.lang = language === 'zh' ? 'zh-CN' : 'en';
  }, [language]);
  useEffect(() => {
    document.documentElement.dataset['theme'] = theme;
  }, [theme]);

  const words = useMemo(
    () => ({ language, text: messages[language], format: createFormat(language) }),
    [language],
  );
  const workbench = useMemo(() => ({ bench, host: pageHost }), [bench]);
  const crash = errorText(analysisError('internal', ''), language);

  return (
    <ErrorBoundary>
      <LanguageContext value={words}>
        <WorkbenchContext value={workbench}>
          <Page />
          {failure === null ? null : (
            <div className={styles['stray']} role="alert">
              <Banner
                tone="bad"
                testId="stray-failure"
                title={crash.title}
                advice={`${crash.advice} (${failure})`}
                onDismiss={dismiss}
              />
            </div>
          )}
        </WorkbenchContext>
      </LanguageContext>
    </ErrorBoundary>
  );
}
