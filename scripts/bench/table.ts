/** One line of the benchmark's table. */
export interface BenchRow {
  readonly group: string;
  readonly name: string;
  /** Median, or the one value where a median makes no sense. */
  readonly value: number;
  readonly unit: 'ms' | 's' | 'kB' | 'MB' | '%' | 'songs/min' | 'count';
  /** How often it was measured. */
  readonly runs: number;
  /** This row's value over its peer's in the same run. */
  readonly ratio?: { readonly to: string; readonly value: number };
}

/** Middle value; the mean of the two middle ones for an even count. NaN for none. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  return sorted.length % 2 === 1
    ? (sorted[Math.floor(middle)] ?? Number.NaN)
    : ((sorted[middle - 1] ?? Number.NaN) + (sorted[middle] ?? Number.NaN)) / 2;
}

export function formatTable(rows: readonly BenchRow[]): string {
  const lines = ['| group | what | median | runs | ratio |', '|---|---|---:|---:|---|'];
  for (const row of rows) {
    const digits = row.unit === 'count' || row.value >= 100 ? 0 : 1;
    const ratio = row.ratio === undefined ? '' : `${row.ratio.value.toFixed(2)} × ${row.ratio.to}`;
    lines.push(
      `| ${row.group} | ${row.name} | ${row.value.toFixed(digits)}${row.unit === 'count' ? '' : ` ${row.unit}`} | ${row.runs} | ${ratio} |`,
    );
  }
  return lines.join('\n');
}
