import { createContext, use, useMemo, useState } from 'react';
import { Bar, BarChart, XAxis, YAxis, type BarShapeProps } from 'recharts';
import { labelWidth, rowHeight } from '#ui/features/predictions/layout.ts';
import styles from './PredictionBars.module.css';

export interface BarRow {
  readonly genre: string;
  readonly label: string;
  readonly experimental: boolean;
  readonly probability: number;
  readonly short: string;
  readonly exact: string;
}

interface PredictionBarsProps {
  readonly rows: readonly BarRow[];
  /** CSS pixels. */
  readonly width: number;
  readonly describedBy: string;
}

interface ChartGeometry {
  readonly rows: readonly BarRow[];
  /** CSS pixels. */
  readonly width: number;
  readonly labels: number;
}

const ChartContext = createContext<ChartGeometry | null>(null);

/** Room for the numbers at the right, CSS pixels. */
const valueWidth = 68;

/**
 * The five bars. Each can be reached with the keyboard; hover and focus show its exact confidence. The table beside it
 * carries the same numbers for screen readers.
 */
export default function PredictionBars({ rows, width, describedBy }: PredictionBarsProps) {
  const labels = labelWidth(
    rows.map((row) => row.label),
    width,
  );
  const data = useMemo(() => [...rows], [rows]);
  const geometry = useMemo(() => ({ rows, width, labels }), [rows, width, labels]);
  return (
    <figure className={styles['chart']} aria-label={describedBy}>
      <ChartContext value={geometry}>
        <BarChart
          width={width}
          height={rows.length * rowHeight}
          data={data}
          layout="vertical"
          margin={{ top: 0, right: valueWidth, bottom: 0, left: labels }}
          accessibilityLayer={false}
          barCategoryGap={7}
        >
          <XAxis type="number" domain={[0, 1]} hide />
          <YAxis type="category" dataKey="genre" hide />
          <Bar
            dataKey="probability"
            shape={drawBar}
            // The style sheet moves the bars; the library would grow them from nothing at every change of width.
            isAnimationActive={false}
          />
        </BarChart>
      </ChartContext>
    </figure>
  );
}

const drawBar = ({ x, y, width, height, index }: BarShapeProps) => (
  <BarShape left={x} top={y} length={width} height={height} index={index} />
);

interface BarShapeGeometry {
  readonly left: number;
  readonly top: number;
  readonly length: number;
  readonly height: number;
  readonly index: number;
}

/**
 * One bar. Which one is looked at is its own affair: the chart makes all bars anew when it is rendered, and the one with
 * the focus would lose it.
 */
function BarShape({ left, top, length, height, index }: BarShapeGeometry) {
  const chart = use(ChartContext);
  const [isActive, setActive] = useState(false);
  const row = chart?.rows[index];
  if (chart === null || row === undefined) return <g />;
  const { width, labels } = chart;
  const full = Math.max(0, width - labels - valueWidth);
  return (
    <g
      tabIndex={0}
      role="graphics-symbol"
      aria-label={`${row.label}${row.experimental ? ' *' : ''}: ${row.exact}`}
      className={styles['bar']}
      data-testid="prediction-bar"
      data-genre={row.genre}
      data-probability={row.probability}
      onMouseEnter={() => setActive(true)}
      onMouseLeave={() => setActive(false)}
      onFocus={() => setActive(true)}
      onBlur={() => setActive(false)}
    >
      {/* The whole row answers to the pointer, however short the bar is. */}
      <rect x={0} y={top - 5} width={width} height={height + 10} rx={5} className={styles['hit']} />
      <text x={labels - 12} y={top + height / 2} className={styles['label']} dy="0.35em" textAnchor="end">
        {row.label}
        {row.experimental ? ' *' : ''}
      </text>
      <rect x={left} y={top} width={full} height={height} rx={4} className={styles['track']} />
      <rect
        x={left}
        y={top}
        width={Math.max(2, length)}
        height={height}
        rx={4}
        className={index === 0 ? styles['first'] : styles['rest']}
      />
      <text
        x={width - 4}
        y={top + height / 2}
        dy="0.35em"
        textAnchor="end"
        className={isActive ? styles['exact'] : styles['value']}
        data-testid="prediction-value"
      >
        {isActive ? row.exact : row.short}
      </text>
    </g>
  );
}
