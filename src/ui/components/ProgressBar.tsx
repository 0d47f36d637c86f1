import styles from './ProgressBar.module.css';

interface ProgressBarProps {
  readonly label: string;
  /** 0..1, or null where the end is not known. */
  readonly ratio: number | null;
}

export function ProgressBar({ label, ratio }: ProgressBarProps) {
  const percent = ratio === null ? undefined : Math.round(Math.min(1, Math.max(0, ratio)) * 100);
  return <progress className={styles['bar']} aria-label={label} max={100} value={percent} />;
}
