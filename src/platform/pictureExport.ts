import { silenceThresholdDb } from '#core/audio/windows.ts';
import type { LogMelSpectrogram, SpectrogramTile } from '#core/dsp/spectrogram.ts';
import { type AnalysisError, analysisError } from '#core/errors.ts';
import { warningText } from '#core/errorText.ts';
import { layOutRollout } from '#core/explain/rolloutMap.ts';
import { type CardItem, type CardScene, layOutCard } from '#core/render/card.ts';
import { colormapEntry, colormaps } from '#core/render/colormaps.ts';
import { overlayScaleMax, renderOverlayTiles } from '#core/render/overlay.ts';
import { renderSpectrogramTiles } from '#core/render/spectrogramTiles.ts';
import { insertPngText, reportKeyword } from '#core/report/pngText.ts';
import type { AnalysisReport } from '#core/report/report.ts';
import { err, ok, type Result } from '#core/result.ts';

export interface PictureOptions {
  readonly language: 'en' | 'zh';
  /** 0..1; 0 leaves the overlay out. */
  readonly overlayOpacity: number;
  readonly theme: 'light' | 'dark';
}

const fontStack = 'system-ui, "PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC", sans-serif';
/** Device pixels for a CSS pixel: sharp when printed. */
const scale = 2;

/**
 * The archive picture of a result as PNG bytes: spectrogram, overlay, bars, file, model and time, with the whole report
 * as JSON in an iTXt chunk of the keyword `acousticsense.report`.
 */
export async function composePicture(
  report: AnalysisReport,
  spectrogram: Pick<LogMelSpectrogram, 'nFrames'>,
  tiles: readonly SpectrogramTile[],
  options: PictureOptions,
): Promise<Result<Uint8Array<ArrayBuffer>, AnalysisError>> {
  const attention = layOutRollout(report.windows, report.model, spectrogram.nFrames);
  const scaleMax = overlayScaleMax(attention);
  const magma = colormaps.magma;
  const scene = layOutCard(report, {
    language: options.language,
    theme: options.theme,
    overlayOpacity: options.overlayOpacity,
    overlayScaleMax: scaleMax,
    spectrogramColor: (t) => {
      const entry = colormapEntry(t) * 3;
      return [magma[entry] ?? 0, magma[entry + 1] ?? 0, magma[entry + 2] ?? 0];
    },
    notes: report.warnings.map((warning) => warningText(warning, options.language).title),
  });
  const canvas = document.createElement('canvas');
  canvas.width = scene.width * scale;
  canvas.height = scene.height * scale;
  const context = canvas.getContext('2d');
  if (context === null) return err(analysisError('out-of-memory', 'no canvas for the picture'));
  context.scale(scale, scale);
  paint(context, scene, {
    spectrogram: tiles,
    overlay: renderOverlayTiles(attention, { scaleMax }),
  });
  const blob = await new Promise<Blob | null>((resolve) => canvas.toBlob(resolve, 'image/png'));
  // Frees the pixels at once instead of at the next garbage collection.
  canvas.width = 0;
  if (blob === null) return err(analysisError('out-of-memory', 'the canvas could not be encoded'));
  const png = new Uint8Array(await blob.arrayBuffer());
  return ok(insertPngText(png, reportKeyword, JSON.stringify(report)));
}

/** Composes the picture and hands it to the person as a download named after the audio file. */
export async function savePicture(
  report: AnalysisReport,
  spectrogram: LogMelSpectrogram,
  options: PictureOptions,
): Promise<Result<{ readonly fileName: string }, AnalysisError>> {
  const { frontEnd } = report.model;
  const tiles = renderSpectrogramTiles(spectrogram, {
    colormap: 'magma',
    topDb: frontEnd.topDb,
    silenceDb: silenceThresholdDb(frontEnd),
  });
  const picture = await composePicture(report, spectrogram, tiles, options);
  if (!picture.ok) return picture;
  const fileName = pictureFileName(report.file.name);
  const url = URL.createObjectURL(new Blob([picture.value], { type: 'image/png' }));
  const link = document.createElement('a');
  link.href = url;
  link.download = fileName;
  link.click();
  // The download has taken its own reference by the next task.
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
  return ok({ fileName });
}

/** Name of the picture: the audio file's, without what file systems refuse, at most 120 characters. */
export function pictureFileName(audioName: string): string {
  const kept = graphemes(audioName)
    .map((character) => (/[\\/:*?"<>|]|\p{Cc}|\p{Cf}/u.test(character) ? '_' : character))
    .slice(0, 120)
    .join('');
  return `${kept === '' ? 'untitled' : kept}.acousticsense.png`;
}

/** Characters as people see them: an emoji or an accented letter is never cut in two. */
function graphemes(text: string): string[] {
  return Array.from(new Intl.Segmenter().segment(text), (part) => part.segment);
}

function paint(
  context: CanvasRenderingContext2D,
  scene: CardScene,
  sources: Record<'spectrogram' | 'overlay', readonly SpectrogramTile[]>,
): void {
  for (const item of scene.items) {
    switch (item.kind) {
      case 'rect':
        context.fillStyle = item.color;
        context.beginPath();
        context.roundRect(item.x, item.y, item.width, item.height, item.radius ?? 0);
        context.fill();
        break;
      case 'text':
        paintText(context, item);
        break;
      case 'tiles':
        paintTiles(context, item, sources[item.source]);
        break;
      case 'ramp':
        for (const [index, [red, green, blue, alpha]] of item.colors.entries()) {
          const step = item.width / item.colors.length;
          context.fillStyle = `rgb(${red} ${green} ${blue} / ${alpha / 255})`;
          context.fillRect(item.x + index * step, item.y, step, item.height);
        }
        break;
    }
  }
}

function paintText(context: CanvasRenderingContext2D, item: Extract<CardItem, { kind: 'text' }>): void {
  context.font = `${item.weight ?? 400} ${item.size}px ${fontStack}`;
  context.fillStyle = item.color;
  context.textAlign = item.align ?? 'left';
  context.textBaseline = 'alphabetic';
  const fits = (text: string): boolean =>
    item.maxWidth === undefined || context.measureText(text).width <= item.maxWidth;
  let shown = item.text;
  if (!fits(shown)) {
    const characters = graphemes(item.text);
    let low = 0;
    let high = characters.length;
    const shortened = (kept: number): string =>
      `${characters.slice(0, Math.ceil(kept / 2)).join('')}…${characters.slice(characters.length - Math.floor(kept / 2)).join('')}`;
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      if (fits(shortened(middle))) low = middle;
      else high = middle - 1;
    }
    shown = shortened(low);
  }
  context.fillText(shown, item.x, item.y);
}

function paintTiles(
  context: CanvasRenderingContext2D,
  item: Extract<CardItem, { kind: 'tiles' }>,
  tiles: readonly SpectrogramTile[],
): void {
  const frames = tiles.reduce((sum, tile) => sum + tile.width, 0);
  if (frames === 0) return;
  const strip = document.createElement('canvas');
  const stripContext = strip.getContext('2d');
  if (stripContext === null) return;
  context.save();
  context.globalAlpha = item.opacity;
  // Attention patches are that coarse: smoothing would claim a precision that is not there.
  context.imageSmoothingEnabled = item.source === 'spectrogram';
  context.imageSmoothingQuality = 'high';
  for (const tile of tiles) {
    strip.width = tile.width;
    strip.height = tile.height;
    stripContext.putImageData(new ImageData(tile.rgba, tile.width, tile.height), 0, 0);
    context.drawImage(
      strip,
      item.x + (tile.firstFrame / frames) * item.width,
      item.y,
      (tile.width / frames) * item.width,
      item.height,
    );
  }
  context.restore();
}
