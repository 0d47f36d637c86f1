import type { AttentionMap } from '#core/explain/rolloutMap.ts';

export interface RegionShare {
  /** Share of all attention on the track that lies in the box, 0..1. */
  readonly attention: number;
  /** Share of the attended part of the picture that the box covers, 0..1: what even attention would give. */
  readonly area: number;
}

/** Length of what two stretches share. */
const overlap = (low: number, high: number, from: number, to: number): number =>
  Math.max(0, Math.min(high, to) - Math.max(low, from));

/**
 * How much of the overlay lies in a box of time and frequency. Cells that the box cuts count by the part inside, in
 * seconds along time and, along frequency, in the picture's own measure (mel bands), in which patch rows are equally high.
 *
 * @param map Attention laid out over the track: values [rows x nFrames], 0 where no window was read.
 * @param frameSeconds Length of a frame.
 * @param box Edges in seconds and hertz; parts outside the picture count as nothing.
 */
export function regionShare(
  map: Pick<AttentionMap, 'values' | 'rows' | 'nFrames' | 'rowEdgesHz'>,
  frameSeconds: number,
  box: {
    readonly startSeconds: number;
    readonly endSeconds: number;
    readonly lowHz: number;
    readonly highHz: number;
  },
): RegionShare {
  const { values, rows, nFrames, rowEdgesHz } = map;
  const rowParts = Float64Array.from({ length: rows }, (_, row) => {
    const low = rowEdgesHz[row] ?? 0;
    const high = rowEdgesHz[row + 1] ?? 0;
    return high > low ? overlap(low, high, box.lowHz, box.highHz) / (high - low) : 0;
  });
  let inside = 0;
  let all = 0;
  let cellsInside = 0;
  let cells = 0;
  for (let frame = 0; frame < nFrames; frame += 1) {
    const framePart =
      overlap(frame * frameSeconds, (frame + 1) * frameSeconds, box.startSeconds, box.endSeconds) /
      frameSeconds;
    let column = 0;
    let columnInside = 0;
    for (let row = 0; row < rows; row += 1) {
      const value = values[row * nFrames + frame] ?? 0;
      column += value;
      columnInside += value * (rowParts[row] ?? 0);
    }
    // A frame that no window has read says nothing about attention.
    if (column === 0) continue;
    all += column;
    inside += columnInside * framePart;
    cells += rows;
    cellsInside += framePart * rowParts.reduce((sum, part) => sum + part, 0);
  }
  return { attention: all > 0 ? inside / all : 0, area: cells > 0 ? cellsInside / cells : 0 };
}
