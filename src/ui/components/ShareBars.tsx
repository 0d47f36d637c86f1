import styles from './ShareBars.module.css';

export interface ShareBar {
  readonly key: string;
  readonly label: string;
  /** 0..1 */
  readonly share: number;
  /** The number as it is read. */
  readonly value: string;
}

interface ShareBarsProps {
  readonly label: string;
  readonly bars: readonly ShareBar[];
  readonly testId?: string;
}

/** A few shares as words, bars and numbers: small, without a chart library; the list itself is what a screen reader reads. */
export function ShareBars({ label, bars, testId }: ShareBarsProps) {
  return (
    <ol className={styles['bars']} aria-label={label}>
      {bars.map((bar) => (
        <li
          key={bar.key}
          className={styles['bar']}
          data-testid={testId}
          data-key={bar.key}
          data-share={bar.share}
        >
          <span className={styles['name']}>{bar.label}</span>
          <span className={styles['track']} aria-hidden="true">
            <span
              className={styles['fill']}
              style={{ inlineSize: `${Math.min(1, Math.max(0, bar.share)) * 100}%` }}
            />
          </span>
          <span className={styles['value']}>{bar.value}</span>
        </li>
      ))}
    </ol>
  );
}
