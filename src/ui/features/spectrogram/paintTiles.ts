import type { SpectrogramTile } from '#core/dsp/spectrogram.ts';

/** Tiles as canvases, ready to be drawn at any size; made once, since a resize only draws again. */
export function tileCanvases(tiles: readonly SpectrogramTile[]): readonly HTMLCanvasElement[] {
  return tiles.map((tile) => {
    const canvas = document.createElement('canvas');
    canvas.width = tile.width;
    canvas.height = tile.height;
    canvas.getContext('2d')?.putImageData(new ImageData(tile.rgba, tile.width, tile.height), 0, 0);
    return canvas;
  });
}

/**
 * Draws tiles side by side over the whole canvas. Edges fall on whole device pixels, so that no seam shows.
 * @param smooth false for the overlay: a patch is that coarse, smoothing would claim a precision that is not there
 */
export function paintTiles(
  canvas: HTMLCanvasElement,
  tiles: readonly SpectrogramTile[],
  pictures: readonly HTMLCanvasElement[],
  nFrames: number,
  smooth: boolean,
): void {
  const context = canvas.getContext('2d');
  if (context === null || nFrames === 0) return;
  const { width, height } = canvas;
  context.clearRect(0, 0, width, height);
  context.imageSmoothingEnabled = smooth;
  context.imageSmoothingQuality = 'high';
  for (const [index, tile] of tiles.entries()) {
    const picture = pictures[index];
    if (picture === undefined) continue;
    const left = Math.round((tile.firstFrame / nFrames) * width);
    const right = Math.round(((tile.firstFrame + tile.width) / nFrames) * width);
    if (right > left) context.drawImage(picture, left, 0, right - left, height);
  }
}
