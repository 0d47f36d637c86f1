import type { BarRow } from '#ui/features/predictions/PredictionBars.tsx';
import { useLanguage } from '#ui/i18n/LanguageContext.tsx';
import styles from './PredictionTable.module.css';

interface PredictionTableProps {
  readonly rows: readonly BarRow[];
  readonly caption: string;
}

/** All genres with their exact confidence, as a table that a screen reader can walk through. */
export function PredictionTable({ rows, caption }: PredictionTableProps) {
  const { text } = useLanguage();
  return (
    <table className={styles['table']} data-testid="prediction-table">
      <caption className="visually-hidden">{caption}</caption>
      <thead>
        <tr>
          <th scope="col">{text.predictions.rank}</th>
          <th scope="col">{text.predictions.genre}</th>
          <th scope="col">{text.predictions.confidence}</th>
        </tr>
      </thead>
      <tbody>
        {rows.map((row, index) => (
          <tr
            key={row.genre}
            data-testid="prediction-row"
            data-genre={row.genre}
            data-probability={row.probability}
          >
            <td>{index + 1}</td>
            <th scope="row">
              {row.label}
              {row.experimental ? <abbr title={text.predictions.experimental}> *</abbr> : null}
            </th>
            <td>{row.exact}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
