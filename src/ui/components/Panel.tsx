import { useId, type ReactNode } from 'react';
import styles from './Panel.module.css';

interface PanelProps {
  readonly title: string;
  /** Small words beside the title. */
  readonly note?: ReactNode;
  readonly tools?: ReactNode;
  readonly className?: string | undefined;
  readonly children: ReactNode;
}

/** A titled region of the main view. */
export function Panel({ title, note, tools, className, children }: PanelProps) {
  const id = useId();
  return (
    <section className={`${styles['panel']} ${className ?? ''}`} aria-labelledby={id}>
      <header className={styles['header']}>
        <h3 id={id} className={styles['title']}>
          {title}
        </h3>
        {note === undefined ? null : <div className={styles['note']}>{note}</div>}
        {tools === undefined ? null : <div className={styles['tools']}>{tools}</div>}
      </header>
      {children}
    </section>
  );
}
