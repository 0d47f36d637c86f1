import { setLanguage, setTheme } from '#state/actions/settingActions.ts';
import { commandNamed } from '#state/actions/commands.ts';
import { CommandButton } from '#ui/features/commands/CommandButton.tsx';
import { Icon } from '#ui/components/Icon.tsx';
import { Segmented } from '#ui/components/Segmented.tsx';
import { ViewTabs } from '#ui/features/header/ViewTabs.tsx';
import { useLanguage } from '#ui/i18n/LanguageContext.tsx';
import { useOffline, useSettings, useWorkbench } from '#ui/WorkbenchContext.tsx';
import styles from './Header.module.css';

export function Header() {
  const { bench } = useWorkbench();
  const { text, language } = useLanguage();
  const installable = useOffline((state) => state.installable);
  const theme = useSettings((state) => state.theme);
  return (
    <header className={styles['header']}>
      <h1 className={styles['brand']}>
        <svg className={styles['mark']} viewBox="0 0 24 24" aria-hidden="true" focusable="false">
          <path d="M3 15v-4M7.5 18V8M12 21V3M16.5 17V7M21 14v-3" />
        </svg>
        {text.appName}
      </h1>
      <ViewTabs />
      <p className={styles['privacy']} title={text.privacyDetail}>
        <Icon name="lock" />
        <span>{text.privacy}</span>
      </p>
      <div className={styles['switches']}>
        {installable ? <CommandButton command={commandNamed('installPage')} kind="quiet" /> : null}
        <CommandButton command={commandNamed('showShortcuts')} kind="quiet" iconOnly />
        <Segmented
          label={text.language}
          value={language}
          options={[
            { value: 'en', label: 'EN', lang: 'en' },
            { value: 'zh', label: '中文', lang: 'zh' },
          ]}
          onChange={(value) => setLanguage.effect(bench, value)}
        />
        <Segmented
          label={text.theme.label}
          value={theme}
          options={[
            { value: 'system', label: text.theme.system, icon: 'system' },
            { value: 'light', label: text.theme.light, icon: 'sun' },
            { value: 'dark', label: text.theme.dark, icon: 'moon' },
          ]}
          onChange={(value) => setTheme.effect(bench, value)}
        />
      </div>
    </header>
  );
}
