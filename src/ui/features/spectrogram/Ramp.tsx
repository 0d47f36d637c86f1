import styles from './Ramp.module.css';

interface RampProps {
  readonly label: string;
  readonly detail?: string;
  readonly low: string;
  readonly high: string;
  /** CSS colours from low to high; none leaves the strip out. */
  readonly colors: readonly string[];
}

/** A colour scale with its ends. */
export function Ramp({ label, detail, low, high, colors }: RampProps) {
  return (
    <div className={styles['ramp']} title={detail}>
      <span className={styles['label']}>{label}</span>
      <span>{low}</span>
      {colors.length === 0 ? null : (
        <span
          className={styles['strip']}
          style={{ backgroundImage: `linear-gradient(to right, ${colors.join(', ')})` }}
        />
      )}
      <span>{high}</span>
    </div>
  );
}
