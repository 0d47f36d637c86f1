import { melFrequencies } from '#core/dsp/melFilterbank.ts';
import type { FrontEnd } from '#core/model/manifest.ts';
import type { WindowResult } from '#core/report/report.ts';

/** Attention over a track's spectrogram, patch row by frame. */
export interface AttentionMap {
  /**
   * Row-major [rows x nFrames], row 0 the lowest frequencies. Relative density: 1 is what even attention would give, 0
   * stands where no window with sound reaches.
   */
  readonly values: Float32Array<ArrayBuffer>;
  /** Rows of patches in the picture. */
  readonly rows: number;
  readonly nFrames: number;
  /** [rows + 1] hertz; row r reaches from `[r]` to `[r + 1]`. */
  readonly rowEdgesHz: Float64Array;
}

/** What the map must know of a model; the `model` of a report has it. */
export interface PatchGeometry {
  readonly frontEnd: FrontEnd;
  readonly imageSize: number;
  readonly patchSize: number;
}

/**
 * Lays the windows' attention rollout (Abnar & Zuidema 2020) over the track: each patch column covers its share of the window's frames, each patch row
 * its share of the mel bands; frames that several windows cover get their mean. Silent windows are left out. Of a
 * track shorter than one window, repeated to fill it, every repetition counts for the frames it repeats.
 *
 * @param windows rollouts of rows x rows patches from the first image row on (class token left out), sum 1
 * @param nFrames frames of the track's spectrogram, at least 1
 * @throws Error for a rollout of another length: a report of this model has none
 */
export function layOutRollout(
  windows: readonly WindowResult[],
  geometry: PatchGeometry,
  nFrames: number,
): AttentionMap {
  const { frontEnd, imageSize, patchSize } = geometry;
  const rows = imageSize / patchSize;
  const patches = rows * rows;
  const { windowFrames } = frontEnd;
  // Image row 0 is the lowest band of a log-mel input, and the top of a picture.
  const fromTop = frontEnd.input.kind === 'magma-picture';
  const columns = patchColumns(windowFrames, rows);
  const values = new Float32Array(rows * nFrames);
  const covered = new Uint32Array(nFrames);
  for (const { silent, rollout, startFrame } of windows) {
    if (silent) continue;
    if (rollout.length !== patches)
      throw new Error(`a rollout of ${rollout.length} values for ${patches} patches`);
    const looped = nFrames < windowFrames;
    for (let offset = 0; offset < windowFrames; offset++) {
      const frame = looped ? offset % nFrames : startFrame + offset;
      if (frame >= nFrames) break;
      covered[frame] = covered[frame]! + 1;
      for (let row = 0; row < rows; row++) {
        const imageRow = fromTop ? rows - 1 - row : row;
        values[row * nFrames + frame]! += rollout[imageRow * rows + columns[offset]!]! * patches;
      }
    }
  }
  for (let row = 0; row < rows; row++)
    for (let frame = 0; frame < nFrames; frame++)
      if (covered[frame]! > 1) values[row * nFrames + frame]! /= covered[frame]!;
  return { values, rows, nFrames, rowEdgesHz: patchRowEdges(frontEnd, rows) };
}

/** For each frame of a window the patch column under its centre. */
const patchColumns = (windowFrames: number, columns: number): Int32Array =>
  Int32Array.from({ length: windowFrames }, (_, frame) =>
    Math.floor(((frame + 0.5) * columns) / windowFrames),
  );

/**
 * Edges of the patch rows in hertz. A mel band is heard around its centre, so that bands meet halfway between their
 * centres on the mel scale; the outermost edges are those of the filterbank.
 *
 * @returns [rows + 1], ascending from fMin to fMax
 */
export function patchRowEdges({ nMels, fMin, fMax }: FrontEnd, rows: number): Float64Array {
  // melFrequencies(2 n + 1 points from edge to edge): index 1 + 2 m + 1 is band m's centre, 1 + 2 m the border below it.
  const halfSteps = melFrequencies(2 * nMels + 1, fMin, fMax);
  return Float64Array.from({ length: rows + 1 }, (_, row) => {
    if (row === 0) return fMin;
    if (row === rows) return fMax;
    const band = (row * nMels) / rows;
    const below = Math.floor(band);
    const border = halfSteps[1 + 2 * below]!;
    // A row edge inside a band: in proportion, as the picture shows it.
    return border + (halfSteps[3 + 2 * below]! - border) * (band - below);
  });
}
