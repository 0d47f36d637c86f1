import type { LogMelSpectrogram } from '#core/dsp/spectrogram.ts';
import { colormapEntry, colormaps } from '#core/render/colormaps.ts';

/** Pixels of the library's small pictures. */
export const thumbnailWidth = 160;
export const thumbnailHeight = 64;

/** Frames that are looked at for one column; a longer track is sampled, so that the time does not grow with it. */
const framesAColumn = 8;

/**
 * A small picture of a whole track: the loudest band and frame under each pixel, `topDb` under the loudest of all, in
 * the magma map, low frequencies at the bottom.
 *
 * @returns Row-major RGBA, `thumbnailWidth` x `thumbnailHeight` x 4 bytes, opaque.
 */
export function renderThumbnail(logMel: LogMelSpectrogram, topDb = 80): Uint8ClampedArray<ArrayBuffer> {
  const { values, nMels, nFrames } = logMel;
  const loudest = new Float32Array(thumbnailWidth * thumbnailHeight).fill(-Infinity);
  let highest = -Infinity;
  const columns = nFrames > 0 ? thumbnailWidth : 0;
  for (let x = 0; x < columns; x += 1) {
    const first = Math.floor((x * nFrames) / thumbnailWidth);
    const end = Math.max(first + 1, Math.floor(((x + 1) * nFrames) / thumbnailWidth));
    const step = Math.max(1, Math.floor((end - first) / framesAColumn));
    for (let band = 0; band < nMels; band += 1) {
      const y = thumbnailHeight - 1 - Math.floor((band * thumbnailHeight) / nMels);
      for (let frame = first; frame < end; frame += step) {
        const db = values[band * nFrames + frame]!;
        if (db > loudest[y * thumbnailWidth + x]!) loudest[y * thumbnailWidth + x] = db;
        if (db > highest) highest = db;
      }
    }
  }
  const table = colormaps.magma;
  const rgba = new Uint8ClampedArray(4 * loudest.length);
  for (let i = 0; i < loudest.length; i += 1) {
    // Fewer bands than rows leave rows without a value: they are as dark as silence.
    const db = loudest[i]!;
    const entry = 3 * colormapEntry(db === -Infinity ? 0 : 1 + (db - highest) / topDb);
    rgba.set([table[entry]!, table[entry + 1]!, table[entry + 2]!, 255], 4 * i);
  }
  return rgba;
}
