/** Height of one bar with its gap, CSS pixels: the skeleton and the chart share it, so that nothing jumps. */
export const rowHeight = 38;

/** Room for the names of genres beside a chart of this width, CSS pixels. */
export const labelWidth = (width: number): number => Math.min(180, Math.max(96, Math.round(width * 0.26)));
