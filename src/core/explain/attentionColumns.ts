import { patchRowEdges, type PatchGeometry } from '#core/explain/rolloutMap.ts';

/** Attention of one window over its patches; a `WindowResult` is one. */
export interface WindowAttention {
  readonly startFrame: number;
  readonly silent: boolean;
  /** rows x rows values from the first image row on, sum 1. */
  readonly rollout: ArrayLike<number>;
}

/** Which columns of a track are asked for. */
export interface ColumnRange {
  readonly firstColumn: number;
  readonly columns: number;
  /** Whole frames, at least 1; column c covers the frames from c to c + 1 times this. */
  readonly framesPerColumn: number;
}

/** Attention over a stretch of a track. */
export interface AttentionColumns extends ColumnRange {
  /**
   * Row-major [rows x columns], row 0 the lowest frequencies. Relative density: 1 is what even attention would give, 0
   * stands where no window with sound reaches.
   */
  readonly values: Float32Array<ArrayBuffer>;
  readonly rows: number;
  /** [rows + 1] hertz; row r reaches from `[r]` to `[r + 1]`. */
  readonly rowEdgesHz: Float64Array;
}

/**
 * The part of `layOutRollout` that is in view, at the resolution it is seen at: each patch counts in a column by the
 * frames that it has there, and what several windows say of a column is averaged with those weights. One frame a column is
 * `layOutRollout` itself. The cost depends on the windows in view and not on the track.
 *
 * @param nFrames frames of the track's spectrogram, at least 1
 * @throws Error for a rollout of another length
 */
export function attentionColumns(
  windows: readonly WindowAttention[],
  geometry: PatchGeometry,
  nFrames: number,
  range: ColumnRange,
): AttentionColumns {
  const { frontEnd, imageSize, patchSize } = geometry;
  const { firstColumn, columns, framesPerColumn } = range;
  const rows = imageSize / patchSize;
  const patches = rows * rows;
  const { windowFrames } = frontEnd;
  const fromTop = frontEnd.input.kind === 'magma-picture';
  const values = new Float32Array(rows * columns);
  const covered = new Float32Array(columns);
  const firstFrame = firstColumn * framesPerColumn;
  const endFrame = Math.min(nFrames, (firstColumn + columns) * framesPerColumn);
  // Frames of a window whose centre lies over patch column c: from edges[c] to edges[c + 1].
  const edges = Int32Array.from({ length: rows + 1 }, (_, column) =>
    Math.ceil((column * windowFrames) / rows - 0.5),
  );
  // A track shorter than a window is repeated to fill it: every repetition counts for the frames it repeats.
  const repeats = Math.ceil(windowFrames / nFrames);
  const looped = nFrames < windowFrames;
  for (const { silent, rollout, startFrame } of windows) {
    if (silent) continue;
    if (rollout.length !== patches)
      throw new Error(`a rollout of ${rollout.length} values for ${patches} patches`);
    for (let repeat = 0; repeat < (looped ? repeats : 1); repeat += 1) {
      const shift = looped ? -repeat * nFrames : startFrame;
      if (shift >= endFrame || shift + windowFrames <= firstFrame) continue;
      for (let patchColumn = 0; patchColumn < rows; patchColumn += 1) {
        const from = Math.max(firstFrame, shift + edges[patchColumn]!);
        const to = Math.min(endFrame, shift + edges[patchColumn + 1]!);
        for (let frame = from; frame < to;) {
          const column = Math.floor(frame / framesPerColumn);
          const next = Math.min(to, (column + 1) * framesPerColumn);
          const weight = next - frame;
          const at = column - firstColumn;
          covered[at]! += weight;
          for (let row = 0; row < rows; row += 1) {
            const imageRow = fromTop ? rows - 1 - row : row;
            values[row * columns + at]! += rollout[imageRow * rows + patchColumn]! * patches * weight;
          }
          frame = next;
        }
      }
    }
  }
  for (let row = 0; row < rows; row += 1)
    for (let at = 0; at < columns; at += 1) if (covered[at]! > 0) values[row * columns + at]! /= covered[at]!;
  return { ...range, values, rows, rowEdgesHz: patchRowEdges(frontEnd, rows) };
}

/**
 * The relative attention that the top of a colour scale stands for: the 99.5th percentile of the patches of windows with
 * sound, so that one bright patch does not make all others invisible, rounded up to a tenth, at least 2.
 */
export function attentionScaleMax(windows: readonly WindowAttention[]): number {
  // A histogram instead of a sort: two hours have a quarter of a million patches.
  const bins = new Uint32Array(2048);
  const binsPerUnit = 32;
  let counted = 0;
  for (const { silent, rollout } of windows) {
    if (silent) continue;
    for (let patch = 0; patch < rollout.length; patch += 1) {
      const value = rollout[patch]! * rollout.length;
      if (!(value > 0)) continue;
      const bin = Math.min(bins.length - 1, Math.floor(value * binsPerUnit));
      bins[bin]! += 1;
      counted += 1;
    }
  }
  let left = counted * 0.005;
  let bin = bins.length - 1;
  while (bin > 0 && left >= bins[bin]!) left -= bins[bin--]!;
  return Math.max(2, Math.ceil(((bin + 1) / binsPerUnit) * 10) / 10);
}
