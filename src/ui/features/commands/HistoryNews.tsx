import { useEffect, useState } from 'react';
import type { HistoryNews as News } from '#state/history.ts';
import { CommandButton } from '#ui/features/commands/CommandButton.tsx';
import { commandNamed } from '#state/actions/commands.ts';
import { commandsTexts } from '#ui/features/commands/texts.ts';
import { useLanguage, useTexts } from '#ui/i18n/LanguageContext.tsx';
import { useHistory } from '#ui/WorkbenchContext.tsx';
import styles from './HistoryNews.module.css';

/** How long it stays, in milliseconds; long enough to read and to take back. */
const shownMs = 8000;

/** What was just undone or done again, as a calm line over the page, and said to screen readers. */
export function HistoryNews() {
  const texts = useTexts(commandsTexts);
  const { language } = useLanguage();
  const last = useHistory((state) => state.last);
  const [past, setPast] = useState<News | null>(null);

  useEffect(() => {
    const timer = setTimeout(() => setPast(last), shownMs);
    return () => clearTimeout(timer);
  }, [last]);

  const news = last === past ? null : last;
  let said = null;
  if (news !== null) {
    const { done, files } = texts.history;
    const what = done[news.name](news.value?.[language] ?? '');
    const count = Number(news.subject);
    const isCount =
      ['clearFiles', 'removeRecords'].includes(news.name) && Number.isInteger(count) && news.subject !== '';
    said = (
      <>
        {texts.history[news.way](what)}
        <bdi>{isCount ? files(count) : news.subject}</bdi>
      </>
    );
  }
  return (
    <div className={styles['place']}>
      <div className={news === null ? undefined : styles['line']}>
        <output data-testid="history-news" data-way={news?.way} data-name={news?.name}>
          {said}
        </output>
        {news === null ? null : (
          <CommandButton
            command={commandNamed(news.way === 'undone' ? 'redo' : 'undo')}
            kind="quiet"
            testId="history-back"
          />
        )}
      </div>
    </div>
  );
}
