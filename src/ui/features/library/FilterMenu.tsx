import { useEffect, useId, useRef, useState, type ReactNode } from 'react';
import { Icon } from '#ui/components/Icon.tsx';
import styles from './FilterMenu.module.css';

interface FilterMenuProps {
  readonly label: string;
  /** What is chosen, in short; null where nothing is. */
  readonly chosen: string | null;
  readonly testId: string;
  readonly children: ReactNode;
}

/** A button that opens a small panel of choices under itself; Escape and a press elsewhere close it. */
export function FilterMenu({ label, chosen, testId, children }: FilterMenuProps) {
  const [open, setOpen] = useState(false);
  const place = useRef<HTMLDivElement>(null);
  const button = useRef<HTMLButtonElement>(null);
  const id = useId();

  useEffect(() => {
    if (!open) return undefined;
    const stop = new AbortController();
    const { signal } = stop;
    const outside = (event: Event): void => {
      if (event.target instanceof Node && place.current?.contains(event.target) === false) setOpen(false);
    };
    document.addEventListener('pointerdown', outside, { signal });
    document.addEventListener('focusin', outside, { signal });
    document.addEventListener(
      'keydown',
      (event) => {
        if (event.key !== 'Escape') return;
        // Closing the panel is all that this press means.
        event.preventDefault();
        setOpen(false);
        button.current?.focus();
      },
      { signal, capture: true },
    );
    return () => stop.abort();
  }, [open]);

  return (
    <div ref={place} className={styles['menu']}>
      <button
        ref={button}
        type="button"
        className={styles['button']}
        aria-expanded={open}
        aria-controls={open ? id : undefined}
        data-chosen={chosen !== null}
        data-testid={testId}
        onClick={() => setOpen(!open)}
      >
        <span className={styles['words']}>{chosen === null ? label : `${label}: ${chosen}`}</span>
        <Icon name="chevron" />
      </button>
      {open ? (
        <fieldset
          id={id}
          className={styles['panel']}
          // A press between the choices keeps the focus in here; outside, the panel would close under the pointer.
          tabIndex={-1}
          aria-label={label}
          data-testid={`${testId}-panel`}
        >
          {children}
        </fieldset>
      ) : null}
    </div>
  );
}
