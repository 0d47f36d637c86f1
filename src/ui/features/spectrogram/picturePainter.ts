import type { ColormapName } from '#core/render/colormaps.ts';
import {
  pyramidLevelFor,
  renderPictureTile,
  type SpectrogramPyramid,
} from '#core/render/spectrogramPyramid.ts';
import { TileCache } from '#ui/features/spectrogram/tileCache.ts';

/** How the spectrogram is coloured. */
export interface PictureLook {
  readonly colormap: ColormapName;
  readonly floorDb: number;
  readonly ceilingDb: number;
}

/** What is seen, in frames and bands; fractions are fine. */
export interface PictureView {
  readonly startFrame: number;
  readonly endFrame: number;
  readonly lowBand: number;
  readonly highBand: number;
}

export const tileColumns = 256;
/** Milliseconds of a frame that may go into new tiles; what is missing is drawn coarsely until the next one. */
const tileBudgetMs = 4;
/** Browsers limit the width of a canvas. */
const widestStrip = 8192;
/** Tiles that are kept, in views: the one seen, and what panning and one zoom step come back to. */
const keptViews = 3;

/**
 * Paints any part of a pyramid. Tiles of the level that fits the zoom are coloured once and kept; those in view are put
 * side by side, one pixel a column, on a strip that changes only when the tiles in view do; each frame draws the strip
 * once, at any fraction of a column, so panning is smooth and has no seams.
 */
export class PicturePainter {
  readonly #pyramid: SpectrogramPyramid;
  readonly #tiles = new TileCache();
  readonly #strip = document.createElement('canvas');
  /** What the strip shows; empty where it must be put together again. */
  #stripKey = '';
  #level = 0;

  constructor(pyramid: SpectrogramPyramid) {
    this.#pyramid = pyramid;
  }

  get level(): number {
    return this.#level;
  }

  get bytes(): number {
    return this.#tiles.bytes + this.#strip.width * this.#strip.height * 4;
  }

  get limitBytes(): number {
    return this.#tiles.limitBytes + this.#strip.width * this.#strip.height * 4;
  }

  /** @returns false where some of it is still coarse: paint again at the next frame */
  paint(canvas: HTMLCanvasElement, view: PictureView, look: PictureLook): boolean {
    const context = canvas.getContext('2d');
    const { width, height } = canvas;
    const { nMels, levels } = this.#pyramid;
    const frames = view.endFrame - view.startFrame;
    if (context === null || width === 0 || height === 0 || levels.length === 0 || !(frames > 0)) return true;

    let at = pyramidLevelFor(this.#pyramid, frames / width);
    while (at < levels.length - 1 && frames / levels[at]!.framesPerColumn > widestStrip - 2 * tileColumns)
      at += 1;
    this.#level = at;
    const level = levels[at]!;
    const start = view.startFrame / level.framesPerColumn;
    const end = view.endFrame / level.framesPerColumn;
    const firstTile = Math.max(0, Math.floor(start / tileColumns));
    const lastTile = Math.floor((Math.min(level.columns, Math.ceil(end)) - 1) / tileColumns);
    const tileBytes = tileColumns * nMels * 4;
    this.#tiles.setLimit(keptViews * tileBytes * (2 + Math.ceil((width * 4) / tileColumns)));

    const complete = this.#assemble(at, firstTile, lastTile, look);
    context.imageSmoothingEnabled = true;
    context.imageSmoothingQuality = 'medium';
    context.drawImage(
      this.#strip,
      start - firstTile * tileColumns,
      nMels - view.highBand,
      end - start,
      view.highBand - view.lowBand,
      0,
      0,
      width,
      height,
    );
    return complete;
  }

  dispose(): void {
    this.#tiles.clear();
    this.#strip.width = 0;
    this.#stripKey = '';
  }

  /** Puts the tiles on the strip; false where one is only there coarsely. */
  #assemble(at: number, firstTile: number, lastTile: number, look: PictureLook): boolean {
    const { nMels, levels } = this.#pyramid;
    const level = levels[at]!;
    const lookKey = `${look.colormap} ${look.floorDb} ${look.ceilingDb}`;
    const key = `${at} ${firstTile} ${lastTile} ${lookKey}`;
    if (this.#stripKey === key) return true;
    const strip = this.#strip;
    const width = (lastTile - firstTile + 1) * tileColumns;
    // Only ever wider: making it anew at each step of a pan would cost more than drawing it.
    if (strip.height !== nMels || strip.width < width) {
      strip.height = nMels;
      strip.width = width;
    }
    const context = strip.getContext('2d');
    if (context === null) return true;
    const started = performance.now();
    let complete = true;
    for (let tile = firstTile; tile <= lastTile; tile += 1) {
      const left = (tile - firstTile) * tileColumns;
      const tileKey = `${at} ${tile} ${lookKey}`;
      let picture = this.#tiles.get(tileKey);
      if (picture === null && performance.now() - started < tileBudgetMs) {
        picture = this.#render(at, tile, look);
        this.#tiles.put(tileKey, picture);
      }
      if (picture !== null) {
        context.drawImage(picture, left, 0);
        continue;
      }
      complete = false;
      this.#drawCoarsely(context, left, tile, level.framesPerColumn, look, lookKey);
    }
    // The last tile of the track is narrower: what an older strip left beside it must not be blended in at the edge.
    const used = Math.min(width, level.columns - firstTile * tileColumns);
    if (used < strip.width) context.clearRect(used, 0, strip.width - used, nMels);
    this.#stripKey = complete ? key : '';
    return complete;
  }

  #render(at: number, tile: number, { colormap, floorDb, ceilingDb }: PictureLook): HTMLCanvasElement {
    const { nMels, levels } = this.#pyramid;
    const first = tile * tileColumns;
    const columns = Math.min(tileColumns, levels[at]!.columns - first);
    const canvas = document.createElement('canvas');
    canvas.width = columns;
    canvas.height = nMels;
    const rgba = renderPictureTile(this.#pyramid, at, first, columns, colormap, floorDb, ceilingDb);
    canvas.getContext('2d')?.putImageData(new ImageData(rgba, columns, nMels), 0, 0);
    return canvas;
  }

  /** A tile's place from the coarsest level, which is one tile and always at hand. */
  #drawCoarsely(
    context: CanvasRenderingContext2D,
    left: number,
    tile: number,
    framesPerColumn: number,
    look: PictureLook,
    lookKey: string,
  ): void {
    const coarsest = this.#pyramid.levels.length - 1;
    const key = `${coarsest} 0 ${lookKey}`;
    let whole = this.#tiles.get(key);
    if (whole === null) {
      whole = this.#render(coarsest, 0, look);
      this.#tiles.put(key, whole);
    }
    const scale = framesPerColumn / this.#pyramid.levels[coarsest]!.framesPerColumn;
    const { nMels } = this.#pyramid;
    context.drawImage(
      whole,
      tile * tileColumns * scale,
      0,
      tileColumns * scale,
      nMels,
      left,
      0,
      tileColumns,
      nMels,
    );
  }
}
