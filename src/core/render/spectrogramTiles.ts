import type { LogMelSpectrogram, SpectrogramTile } from '#core/dsp/spectrogram.ts';
import { colormapEntry, colormaps, type ColormapName } from '#core/render/colormaps.ts';

export interface SpectrogramTileOptions {
  readonly colormap: ColormapName;
  /** Range in dB under the track's maximum, above 0: the maximum is the last colour, the end of the range the first. */
  readonly topDb: number;
  /** Widest tile, in frames; browsers limit the size of a canvas. 1024 unless said. */
  readonly maxTileFrames?: number;
  /** A track that never rises above this level is drawn as silence. Without it only a constant track is. */
  readonly silenceDb?: number;
}

/**
 * The spectrogram as pictures, one pixel for each frame and band, low frequencies at the bottom. Silence is dark: it has
 * no loudest part that could be bright.
 *
 * @returns Tiles from left to right; none for a track of no frames.
 */
export function renderSpectrogramTiles(
  logMel: LogMelSpectrogram,
  options: SpectrogramTileOptions,
): SpectrogramTile[] {
  const { values, nMels, nFrames } = logMel;
  const { colormap, topDb, maxTileFrames = 1024, silenceDb = -Infinity } = options;
  const pixels = packedColours(colormap);
  let highest = -Infinity;
  let lowest = Infinity;
  for (let i = 0; i < values.length; i += 1) {
    const db = values[i]!;
    if (db > highest) highest = db;
    if (db < lowest) lowest = db;
  }
  const isSilent = highest <= silenceDb || highest === lowest;
  const bottom = isSilent ? Infinity : highest - topDb;

  const tiles: SpectrogramTile[] = [];
  for (let firstFrame = 0; firstFrame < nFrames; firstFrame += maxTileFrames) {
    const width = Math.min(maxTileFrames, nFrames - firstFrame);
    const rgba = new Uint8ClampedArray(4 * width * nMels);
    const target = new Uint32Array(rgba.buffer);
    for (let band = 0; band < nMels; band += 1) {
      const from = band * nFrames + firstFrame;
      const to = (nMels - 1 - band) * width;
      for (let x = 0; x < width; x += 1) {
        target[to + x] = pixels[colormapEntry((values[from + x]! - bottom) / topDb)]!;
      }
    }
    tiles.push({ firstFrame, width, height: nMels, rgba });
  }
  return tiles;
}

/** [256] opaque RGBA pixels, packed in the host's byte order so that one store writes a pixel. */
function packedColours(name: ColormapName): Uint32Array {
  const table = colormaps[name];
  const bytes = new Uint8Array(256 * 4);
  for (let i = 0; i < 256; i += 1) {
    bytes.set(table.subarray(3 * i, 3 * i + 3), 4 * i);
    bytes[4 * i + 3] = 255;
  }
  return new Uint32Array(bytes.buffer);
}
