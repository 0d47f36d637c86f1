import { useId, useLayoutEffect, useRef, type ReactNode } from 'react';
import { Button } from '#ui/components/Button.tsx';
import styles from './Dialog.module.css';

interface DialogProps {
  readonly title: string;
  /** Label of the button that closes it. */
  readonly closeLabel: string;
  readonly onClose: () => void;
  readonly wide?: boolean;
  readonly testId?: string;
  readonly children: ReactNode;
}

/** A modal dialogue: the browser keeps the focus inside, closes it on Escape and gives the focus back. */
export function Dialog({ title, closeLabel, onClose, wide = false, testId, children }: DialogProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  const id = useId();

  // Before it leaves the document: a dialogue that is gone cannot give the focus back.
  useLayoutEffect(() => {
    const element = dialog.current;
    if (element !== null && !element.open) element.showModal();
    return () => element?.close();
  }, []);

  return (
    <dialog
      ref={dialog}
      className={`${styles['dialog']} ${wide ? styles['wide'] : ''}`}
      aria-labelledby={id}
      data-testid={testId}
      onCancel={(event) => {
        event.preventDefault();
        onClose();
      }}
    >
      <header className={styles['header']}>
        <h2 id={id} className={styles['title']}>
          {title}
        </h2>
        <Button kind="quiet" icon="close" iconOnly label={closeLabel} onPress={onClose} />
      </header>
      <div className={styles['body']}>{children}</div>
    </dialog>
  );
}
