import type { SpectrogramTile } from '#core/dsp/spectrogram.ts';

/** Attention over the picture, as `layOutRollout` gives it; 1 means as much as even attention would give. */
export interface RelativeAttention {
  /** Row-major [rows x nFrames], row 0 the lowest frequencies. */
  readonly values: Float32Array;
  readonly rows: number;
  readonly nFrames: number;
}

/**
 * Colour of the overlay at `t` in 0..1 of its scale: from nothing at 0 to an opaque pale aqua at 1, a hue that magma does
 * not contain, so that it reads on every part of the spectrogram. RGBA, 0..255.
 */
export function overlayColor(t: number): readonly [number, number, number, number] {
  const x = Math.min(1, Math.max(0, t));
  const lightness = x * x;
  return [
    Math.round(20 + 180 * lightness),
    Math.round(190 + 65 * lightness),
    Math.round(200 + 50 * lightness),
    Math.round(255 * Math.min(1, x ** 1.2)),
  ];
}

/**
 * The overlay as pictures, one pixel a frame wide and one a patch row high (stretch it over the spectrogram without
 * smoothing: a patch is that coarse), low frequencies at the bottom.
 */
export function renderOverlayTiles(
  attention: RelativeAttention,
  options: { readonly scaleMax: number; readonly maxTileFrames?: number },
): SpectrogramTile[] {
  const { rows, nFrames, values } = attention;
  const tileFrames = options.maxTileFrames ?? 1024;
  const table = new Uint8ClampedArray(256 * 4);
  for (let index = 0; index < 256; index++) table.set(overlayColor(index / 255), index * 4);
  const scale = 255 / options.scaleMax;
  const tiles: SpectrogramTile[] = [];
  for (let firstFrame = 0; firstFrame < nFrames; firstFrame += tileFrames) {
    const width = Math.min(tileFrames, nFrames - firstFrame);
    const rgba = new Uint8ClampedArray(width * rows * 4);
    for (let row = 0; row < rows; row++) {
      const source = row * nFrames + firstFrame;
      const target = (rows - 1 - row) * width * 4;
      for (let x = 0; x < width; x++) {
        const entry = Math.min(255, Math.max(0, Math.round((values[source + x] ?? 0) * scale))) * 4;
        for (let channel = 0; channel < 4; channel++)
          rgba[target + x * 4 + channel] = table[entry + channel] ?? 0;
      }
    }
    tiles.push({ firstFrame, width, height: rows, rgba });
  }
  return tiles;
}
