import type { PageView } from '#state/navigation.ts';
import { Icon, type IconName } from '#ui/components/Icon.tsx';
import { libraryTexts } from '#ui/features/library/texts.ts';
import { useLanguage, useTexts } from '#ui/i18n/LanguageContext.tsx';
import { useLibrary, useNavigation, useWorkbench } from '#ui/WorkbenchContext.tsx';
import styles from './ViewTabs.module.css';

interface ViewTabProps {
  readonly view: PageView;
  readonly icon: IconName;
  readonly label: string;
  readonly count?: string;
}

function ViewTab({ view, icon, label, count }: ViewTabProps) {
  const { bench } = useWorkbench();
  const current = useNavigation((state) => state.view === view);
  return (
    <button
      type="button"
      className={styles['tab']}
      aria-current={current ? 'page' : undefined}
      data-testid={`view-${view}`}
      onClick={() => bench.navigation.setState({ view })}
    >
      <Icon name={icon} />
      <span className={styles['label']}>{label}</span>
      {count === undefined ? null : <span className={styles['count']}>{count}</span>}
    </button>
  );
}

/** Where the person is, and the way to the other place. */
export function ViewTabs() {
  const { format } = useLanguage();
  const text = useTexts(libraryTexts);
  const kept = useLibrary((state) => state.rows.size);
  return (
    <nav className={styles['tabs']} aria-label={text.views}>
      <ViewTab view="workstation" icon="wave" label={text.workstation} />
      <ViewTab
        view="library"
        icon="library"
        label={text.title}
        {...(kept === 0 ? {} : { count: format.integer(kept) })}
      />
    </nav>
  );
}
