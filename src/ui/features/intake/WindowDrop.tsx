import { useEffect, useState } from 'react';
import { openFiles } from '#state/actions/archiveActions.ts';
import { Icon } from '#ui/components/Icon.tsx';
import { useLanguage } from '#ui/i18n/LanguageContext.tsx';
import { useWorkbench } from '#ui/WorkbenchContext.tsx';
import styles from './WindowDrop.module.css';

const carriesFiles = (event: DragEvent): boolean => event.dataTransfer?.types.includes('Files') ?? false;

/** The whole window takes files; while they hover, it says so. */
export function WindowDrop() {
  const { bench, host } = useWorkbench();
  const { text } = useLanguage();
  const [hovering, setHovering] = useState(false);

  useEffect(() => {
    const stop = new AbortController();
    const listen = <Name extends 'dragenter' | 'dragover' | 'dragleave' | 'drop'>(
      name: Name,
      on: (event: WindowEventMap[Name]) => void,
    ): void => window.addEventListener(name, on, { signal: stop.signal });
    // Where the page moves under the pointer, a drop can follow an enter with no over between them: without this the
    // browser would open the file instead of the page.
    listen('dragenter', (event) => {
      if (carriesFiles(event)) event.preventDefault();
    });
    listen('dragover', (event) => {
      if (!carriesFiles(event)) return;
      event.preventDefault();
      if (event.dataTransfer !== null) event.dataTransfer.dropEffect = 'copy';
      setHovering(true);
    });
    listen('dragleave', (event) => {
      // Leaving for another element of the page is not leaving the window.
      if (event.relatedTarget === null) setHovering(false);
    });
    listen('drop', (event) => {
      if (!carriesFiles(event) || event.dataTransfer === null) return;
      event.preventDefault();
      setHovering(false);
      void host.collectFiles(event.dataTransfer).then((files) => openFiles.effect(bench, files));
    });
    return () => stop.abort();
  }, [bench, host]);

  if (!hovering) return null;
  return (
    <div className={styles['veil']} aria-hidden="true">
      <p className={styles['words']}>
        <Icon name="add" />
        {text.intake.release}
      </p>
    </div>
  );
}
