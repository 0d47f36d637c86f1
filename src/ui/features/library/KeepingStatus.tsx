import { useEffect, useState } from 'react';
import { persistLibrary } from '#state/actions/libraryActions.ts';
import { Button } from '#ui/components/Button.tsx';
import { Icon } from '#ui/components/Icon.tsx';
import { libraryTexts } from '#ui/features/library/texts.ts';
import { useLanguage, useTexts } from '#ui/i18n/LanguageContext.tsx';
import { useLibrary, useWorkbench } from '#ui/WorkbenchContext.tsx';
import styles from './KeepingStatus.module.css';

/** How safely the library is kept, how much room it takes, and the way to have it protected. */
export function KeepingStatus() {
  const { bench } = useWorkbench();
  const { format } = useLanguage();
  const text = useTexts(libraryTexts);
  const keeping = useLibrary((state) => (state.phase.kind === 'ready' ? state.phase.keeping : null));
  const [used, setUsed] = useState<number | null>(null);
  const [refused, setRefused] = useState(false);

  useEffect(() => {
    let current = true;
    const ask = async (): Promise<void> => {
      const space = await bench.ports.space.estimate();
      if (current) setUsed(space?.usedBytes ?? null);
    };
    void ask();
    // What was added or deleted since changes the answer.
    const stop = bench.library.subscribe((state, before) => {
      if (state.rows.size !== before.rows.size) void ask();
    });
    return () => {
      current = false;
      stop();
    };
  }, [bench]);

  if (keeping === null) return null;
  const protect = async (): Promise<void> => {
    await persistLibrary.effect(bench);
    const { phase } = bench.library.getState();
    setRefused(phase.kind === 'ready' && phase.keeping === 'best-effort');
  };
  const words = refused && keeping === 'best-effort' ? text.notProtected : text.keeping[keeping];
  return (
    <div
      className={styles['keeping']}
      data-testid="library-keeping"
      data-keeping={keeping}
      data-refused={refused}
    >
      <output className={`${styles['words']} ${keeping === 'memory' ? styles['warn'] : ''}`}>
        <Icon name={keeping === 'persisted' ? 'lock' : keeping === 'memory' ? 'alert' : 'info'} />
        <span>{words}</span>
      </output>
      {used === null || keeping === 'memory' ? null : (
        <span className={styles['used']} data-testid="library-space" data-bytes={used}>
          {text.space(format.bytes(used))}
        </span>
      )}
      {keeping === 'best-effort' ? (
        <Button
          kind="quiet"
          icon="lock"
          label={text.protect}
          testId="library-protect"
          onPress={() => void protect()}
        />
      ) : null}
    </div>
  );
}
