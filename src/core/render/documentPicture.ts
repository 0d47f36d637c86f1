import { overlayColor, type RelativeAttention } from '#core/render/overlay.ts';
import { decibelsPerByte, type SpectrogramPyramid } from '#core/render/spectrogramPyramid.ts';

/** A picture of 256 colours or fewer, as a document stores it: row-major, row 0 at the top, one byte a pixel. */
export interface IndexedPicture {
  readonly width: number;
  readonly height: number;
  /** Entries of a colour map. */
  readonly entries: Uint8Array<ArrayBuffer>;
}

/** A picture with transparency: colours and opacities apart, as a document stores them. Row 0 at the top. */
export interface TranslucentPicture {
  readonly width: number;
  readonly height: number;
  /** [height x width x 3] */
  readonly rgb: Uint8Array<ArrayBuffer>;
  /** [height x width] */
  readonly alpha: Uint8Array<ArrayBuffer>;
}

/**
 * The whole spectrogram in at most `mostColumns` columns, each the loudest of its frames, as entries of a colour map.
 *
 * @param floorDb, ceilingDb contrast range in dB under the track's loudest point
 */
export function indexedSpectrogram(
  pyramid: SpectrogramPyramid,
  mostColumns: number,
  { floorDb, ceilingDb }: { readonly floorDb: number; readonly ceilingDb: number },
): IndexedPicture | null {
  // The coarsest level that still has enough columns: the others only cost time.
  const level = pyramid.levels.findLast(({ columns }) => columns >= mostColumns) ?? pyramid.levels[0];
  if (level === undefined) return null;
  const height = pyramid.nMels;
  const width = Math.min(mostColumns, level.columns);
  const table = Uint8Array.from({ length: 256 }, (_, byte) => {
    const db = (byte - 255) * decibelsPerByte;
    return Math.min(255, Math.max(0, Math.floor((256 * (db - floorDb)) / (ceilingDb - floorDb))));
  });
  const entries = new Uint8Array(width * height);
  for (let band = 0; band < height; band++) {
    const row = band * level.columns;
    const target = (height - 1 - band) * width;
    for (let x = 0; x < width; x++) {
      const end = Math.floor(((x + 1) * level.columns) / width);
      let loudest = 0;
      for (let column = Math.floor((x * level.columns) / width); column < end; column++)
        loudest = Math.max(loudest, level.bytes[row + column]!);
      entries[target + x] = table[loudest]!;
    }
  }
  return { width, height, entries };
}

/** The overlay in at most `mostColumns` columns, each the mean of its frames, in the colours of `overlayColor` up to `scaleMax`. */
export function translucentOverlay(
  attention: RelativeAttention,
  scaleMax: number,
  mostColumns: number,
  opacity: number,
): TranslucentPicture {
  const { rows, nFrames, values } = attention;
  const width = Math.min(mostColumns, nFrames);
  const rgb = new Uint8Array(width * rows * 3);
  const alpha = new Uint8Array(width * rows);
  for (let row = 0; row < rows; row++) {
    const target = (rows - 1 - row) * width;
    for (let x = 0; x < width; x++) {
      const first = Math.floor((x * nFrames) / width);
      const end = Math.floor(((x + 1) * nFrames) / width);
      let sum = 0;
      for (let frame = first; frame < end; frame++) sum += values[row * nFrames + frame]!;
      const [red, green, blue, opaque] = overlayColor(sum / (end - first) / scaleMax);
      rgb.set([red, green, blue], 3 * (target + x));
      alpha[target + x] = Math.round(opaque * opacity);
    }
  }
  return { width, height: rows, rgb, alpha };
}
