import type { LogMelSpectrogram } from '#core/dsp/spectrogram.ts';
import { colormapEntry, colormaps, type ColormapName } from '#core/render/colormaps.ts';

/** Columns of one level that become one column of the next. */
export const pyramidStep = 4;
/** A byte of the pyramid is this many decibels; 255 is the track's loudest point, 0 is 127.5 dB under it or lower. */
export const decibelsPerByte = 0.5;
/** The coarsest level has at most this many columns. */
const coarsestColumns = 256;

/** The picture of a track at one resolution. */
export interface PyramidLevel {
  /** pyramidStep ** level; the last column may stand for fewer. */
  readonly framesPerColumn: number;
  readonly columns: number;
  /** Row-major [nMels x columns], row 0 the lowest band; see `decibelsPerByte`. */
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/**
 * The log-mel spectrogram in 8 bits at several resolutions, so that any zoom is painted from about as many numbers as it
 * has pixels. A third larger than its finest level: 0.4 MB a minute at 224 bands and a hop of 1024 at 22 050 Hz.
 */
export interface SpectrogramPyramid {
  readonly nMels: number;
  readonly nFrames: number;
  /** Decibels of byte 255. */
  readonly maximumDb: number;
  /** Finest first; at least one unless there are no frames. */
  readonly levels: readonly PyramidLevel[];
}

/**
 * Quantises a log-mel spectrogram to half decibels under its maximum (error at most 0.25 dB in the upper 127.5 dB), and
 * takes the maximum over 4, 16, 64 ... frames for the coarser levels: a click stays visible at every zoom, as in a peak
 * meter.
 *
 * @param silenceDb A track that never rises above this level is all zero, as is a constant one: silence has no loudest
 *   part that could be bright.
 */
export function buildSpectrogramPyramid(
  logMel: LogMelSpectrogram,
  silenceDb = Number.NEGATIVE_INFINITY,
): SpectrogramPyramid {
  const { values, nMels, nFrames } = logMel;
  let highest = Number.NEGATIVE_INFINITY;
  let lowest = Number.POSITIVE_INFINITY;
  for (let i = 0; i < values.length; i += 1) {
    const db = values[i]!;
    if (db > highest) highest = db;
    if (db < lowest) lowest = db;
  }
  if (nFrames === 0) return { nMels, nFrames, maximumDb: 0, levels: [] };
  const bytes = new Uint8Array(nMels * nFrames);
  if (highest > silenceDb && highest > lowest) {
    // + 0.5 rounds: what is stored is never below zero, so that truncation is the same as floor.
    const offset = 255.5 - highest / decibelsPerByte;
    for (let i = 0; i < values.length; i += 1) {
      const byte = values[i]! / decibelsPerByte + offset;
      bytes[i] = byte > 0 ? byte : 0;
    }
  }
  const levels: PyramidLevel[] = [{ framesPerColumn: 1, columns: nFrames, bytes }];
  for (;;) {
    const finer = levels.at(-1)!;
    if (finer.columns <= coarsestColumns) break;
    levels.push(coarser(finer, nMels));
  }
  return { nMels, nFrames, maximumDb: highest, levels };
}

function coarser({ framesPerColumn, columns, bytes }: PyramidLevel, nMels: number): PyramidLevel {
  const fewer = Math.ceil(columns / pyramidStep);
  const target = new Uint8Array(nMels * fewer);
  for (let band = 0; band < nMels; band += 1) {
    const row = band * columns;
    const end = row + columns;
    let from = row;
    for (let at = band * fewer; at < (band + 1) * fewer; at += 1) {
      const to = Math.min(end, from + pyramidStep);
      let most = 0;
      for (; from < to; from += 1) if (bytes[from]! > most) most = bytes[from]!;
      target[at] = most;
    }
  }
  return { framesPerColumn: framesPerColumn * pyramidStep, columns: fewer, bytes: target };
}

/** Bytes of memory that a pyramid keeps. */
export const pyramidBytes = (pyramid: SpectrogramPyramid): number =>
  pyramid.levels.reduce((sum, level) => sum + level.bytes.byteLength, 0);

/**
 * The level to paint from: the coarsest that still has at least one column for a pixel, so that a picture is never
 * blurred where there is more to see.
 *
 * @param framesPerPixel Frames of the track that one device pixel stands for, above 0.
 */
export function pyramidLevelFor(pyramid: SpectrogramPyramid, framesPerPixel: number): number {
  const finest = Math.floor(Math.log(Math.max(1, framesPerPixel)) / Math.log(pyramidStep) + 1e-9);
  return Math.max(0, Math.min(pyramid.levels.length - 1, finest));
}

/**
 * A stretch of one level as pixels: one column wide and one band high each, low frequencies at the bottom.
 *
 * @param firstColumn First column of the level; `columns` of them, all inside the level.
 * @param floorDb Decibels under the track's maximum that get the first colour; `ceilingDb` the last. floorDb < ceilingDb <= 0.
 * @returns Row-major RGBA, opaque, columns x nMels x 4 bytes.
 * @throws RangeError for a stretch outside the level
 */
export function renderPictureTile(
  pyramid: SpectrogramPyramid,
  level: number,
  firstColumn: number,
  columns: number,
  colormap: ColormapName,
  floorDb: number,
  ceilingDb: number,
): Uint8ClampedArray<ArrayBuffer> {
  const source = pyramid.levels[level];
  if (source === undefined || firstColumn < 0 || columns < 0 || firstColumn + columns > source.columns)
    throw new RangeError(`columns ${firstColumn} to ${firstColumn + columns} of level ${level}`);
  const { nMels } = pyramid;
  const pixels = byteColours(colormap, floorDb, ceilingDb);
  const rgba = new Uint8ClampedArray(4 * columns * nMels);
  const target = new Uint32Array(rgba.buffer);
  for (let band = 0; band < nMels; band += 1) {
    const from = band * source.columns + firstColumn;
    const to = (nMels - 1 - band) * columns;
    for (let x = 0; x < columns; x += 1) target[to + x] = pixels[source.bytes[from + x]!]!;
  }
  return rgba;
}

/** The colours of the last contrast: tiles of one picture come in a row. */
let lastColours: { readonly key: string; readonly pixels: Uint32Array } | null = null;

/** [256] opaque RGBA pixels for the bytes of a pyramid, packed in the host's byte order so that one store writes a pixel. */
function byteColours(colormap: ColormapName, floorDb: number, ceilingDb: number): Uint32Array {
  const key = `${colormap} ${floorDb} ${ceilingDb}`;
  if (lastColours?.key === key) return lastColours.pixels;
  const table = colormaps[colormap];
  const bytes = new Uint8Array(256 * 4);
  for (let byte = 0; byte < 256; byte += 1) {
    const db = (byte - 255) * decibelsPerByte;
    // Byte 0 is also everything lower, and silence: always the darkest.
    const entry = byte === 0 ? 0 : colormapEntry((db - floorDb) / (ceilingDb - floorDb));
    bytes.set(table.subarray(3 * entry, 3 * entry + 3), 4 * byte);
    bytes[4 * byte + 3] = 255;
  }
  const pixels = new Uint32Array(bytes.buffer);
  lastColours = { key, pixels };
  return pixels;
}
