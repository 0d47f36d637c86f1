import type { ReactNode } from 'react';
import { Icon, type IconName } from '#ui/components/Icon.tsx';
import styles from './Button.module.css';

interface ButtonProps {
  readonly label: string;
  readonly icon?: IconName;
  readonly kind?: 'primary' | 'plain' | 'quiet';
  /** Shows the icon alone; the label stays for screen readers and as a tooltip. */
  readonly iconOnly?: boolean;
  readonly disabled?: boolean;
  readonly expanded?: boolean;
  readonly controls?: string;
  readonly tabIndex?: number;
  /** Where the label alone would not say what it acts on. */
  readonly describedAs?: string;
  /** For a button that stays pressed. */
  readonly pressed?: boolean | undefined;
  /** Tooltip, where it is not the label. */
  readonly title?: string | undefined;
  /** As `aria-keyshortcuts` writes them. */
  readonly keyShortcuts?: string | undefined;
  readonly testId?: string | undefined;
  readonly onPress: () => void;
  readonly children?: ReactNode;
}

export function Button(props: ButtonProps) {
  const { label, icon, kind = 'plain', iconOnly = false, describedAs } = props;
  const name = describedAs ?? label;
  return (
    <button
      type="button"
      className={`${styles['button']} ${styles[kind]} ${iconOnly ? styles['square'] : ''}`}
      disabled={props.disabled}
      tabIndex={props.tabIndex}
      aria-expanded={props.expanded}
      aria-controls={props.controls}
      aria-label={iconOnly || describedAs !== undefined ? name : undefined}
      aria-pressed={props.pressed}
      aria-keyshortcuts={props.keyShortcuts}
      data-testid={props.testId}
      title={props.title ?? (iconOnly ? label : undefined)}
      onClick={props.onPress}
    >
      {icon === undefined ? null : <Icon name={icon} />}
      {iconOnly ? null : <span>{label}</span>}
      {props.children}
    </button>
  );
}
