/** Height of one bar with its gap, CSS pixels: the skeleton and the chart share it, so that nothing jumps. */
export const rowHeight = 32;

/**
 * Room for the names of genres beside the bars, CSS pixels. Estimated from the letters, so that the skeleton, the first
 * frame and every later one agree; a Chinese character is about twice as wide as a Latin one.
 */
export function labelWidth(labels: readonly string[], width: number): number {
  const longest = labels.reduce((most, label) => {
    const units = Array.from(label).reduce((sum, letter) => sum + (letter > '\u2e7f' ? 15 : 8.5), 0);
    return Math.max(most, units);
  }, 0);
  return Math.round(Math.min(Math.max(88, longest + 36), width * 0.45));
}
