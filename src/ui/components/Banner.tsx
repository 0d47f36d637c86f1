import type { ReactNode } from 'react';
import { Button } from '#ui/components/Button.tsx';
import { Icon } from '#ui/components/Icon.tsx';
import { useLanguage } from '#ui/i18n/LanguageContext.tsx';
import styles from './Banner.module.css';

interface BannerProps {
  readonly tone: 'info' | 'warn' | 'bad';
  readonly title: string;
  readonly advice?: string;
  readonly onDismiss?: () => void;
  readonly testId?: string;
  readonly code?: string;
  readonly children?: ReactNode;
}

/** A calm line about something worth knowing: what it is, and what can be done. */
export function Banner(props: BannerProps) {
  const { text } = useLanguage();
  return (
    <div
      className={`${styles['banner']} ${styles[props.tone]}`}
      data-testid={props.testId}
      data-code={props.code}
    >
      <Icon name={props.tone === 'info' ? 'info' : 'alert'} />
      <p className={styles['words']}>
        <strong>{props.title}</strong>
        {props.advice === undefined ? null : <span> {props.advice}</span>}
      </p>
      {props.children}
      {props.onDismiss === undefined ? null : (
        <Button
          kind="quiet"
          icon="close"
          iconOnly
          label={text.actions.dismiss}
          describedAs={`${text.actions.dismiss}: ${props.title}`}
          onPress={props.onDismiss}
        />
      )}
    </div>
  );
}
