import type { AttentionColumns } from '#core/explain/attentionColumns.ts';
import type { ColormapName } from '#core/render/colormaps.ts';
import { overlayColor } from '#core/render/overlay.ts';

/**
 * What is laid over a picture, in a hue that its colour map does not have: aqua over magma and grey, rose over viridis,
 * which has greens and blues of its own. More attention is more opaque and lighter, so that it reads without colour.
 *
 * @param t 0..1 of the scale
 * @returns RGBA, 0..255
 */
export function overlayColorOn(colormap: ColormapName, t: number): readonly [number, number, number, number] {
  const [red, green, blue, alpha] = overlayColor(t);
  return colormap === 'viridis'
    ? [
        255 - Math.round((255 - blue) * 0.6),
        85 + Math.round((green - 190) * 2.4),
        170 + Math.round(red / 3),
        alpha,
      ]
    : [red, green, blue, alpha];
}

/** How the overlay is drawn. */
export interface OverlayLook {
  readonly colormap: ColormapName;
  /** Relative attention at the top of the scale, above 0. */
  readonly scaleMax: number;
  /** Relative attention under which nothing is drawn. */
  readonly threshold: number;
}

/**
 * The attention of a stretch as pixels, one a column wide and one a patch row high, low frequencies at the bottom.
 * @returns row-major RGBA, columns x rows x 4 bytes
 */
export function renderOverlay(
  { values, rows, columns }: Pick<AttentionColumns, 'values' | 'rows' | 'columns'>,
  { colormap, scaleMax, threshold }: OverlayLook,
): Uint8ClampedArray<ArrayBuffer> {
  const table = new Uint8ClampedArray(256 * 4);
  for (let index = 0; index < 256; index += 1) table.set(overlayColorOn(colormap, index / 255), index * 4);
  const colours = new Uint32Array(table.buffer);
  const rgba = new Uint8ClampedArray(4 * rows * columns);
  const pixels = new Uint32Array(rgba.buffer);
  const scale = 255 / scaleMax;
  for (let row = 0; row < rows; row += 1) {
    const from = row * columns;
    const to = (rows - 1 - row) * columns;
    for (let x = 0; x < columns; x += 1) {
      const value = values[from + x]!;
      if (value > 0 && value >= threshold)
        pixels[to + x] = colours[Math.min(255, Math.round(value * scale))]!;
    }
  }
  return rgba;
}

/**
 * The edge of what lies over a threshold, along the borders of the cells: [x0, y0, x1, y1] for each straight piece, in
 * columns from the left and rows from the bottom. What lies over it at the left and right end of the stretch is not
 * closed there, since it goes on outside; at the top and the bottom it is.
 */
export function contourLines(
  { values, rows, columns }: Pick<AttentionColumns, 'values' | 'rows' | 'columns'>,
  threshold: number,
): Float32Array<ArrayBuffer> {
  const isOver = (row: number, column: number): boolean =>
    row >= 0 &&
    row < rows &&
    values[row * columns + column]! >= threshold &&
    values[row * columns + column]! > 0;
  const lines: number[] = [];
  // Borders between rows, from left to right, joined as long as they go on.
  for (let row = 0; row <= rows; row += 1) {
    let start = -1;
    for (let column = 0; column <= columns; column += 1) {
      const isEdge = column < columns && isOver(row - 1, column) !== isOver(row, column);
      if (isEdge && start < 0) start = column;
      if (!isEdge && start >= 0) {
        lines.push(start, row, column, row);
        start = -1;
      }
    }
  }
  for (let column = 1; column < columns; column += 1) {
    let start = -1;
    for (let row = 0; row <= rows; row += 1) {
      const isEdge = row < rows && isOver(row, column - 1) !== isOver(row, column);
      if (isEdge && start < 0) start = row;
      if (!isEdge && start >= 0) {
        lines.push(column, start, column, row);
        start = -1;
      }
    }
  }
  return Float32Array.from(lines);
}

/** The level that a contour is drawn at: the threshold, or the even share where none is set. */
export const contourLevel = (threshold: number): number => (threshold > 0 ? threshold : 1);
