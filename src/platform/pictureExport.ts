import { type AnalysisError, analysisError } from '#core/errors.ts';
import { warningText } from '#core/errorText.ts';
import { layOutRollout } from '#core/explain/rolloutMap.ts';
import type { Review } from '#core/library/record.ts';
import { markedLabel } from '#core/model/labels.ts';
import { type CardItem, type CardScene, type CardWeight, cardPlaces, layOutCard } from '#core/render/card.ts';
import { colormapEntry, colormaps } from '#core/render/colormaps.ts';
import { overlayScaleMax, renderOverlayTiles } from '#core/render/overlay.ts';
import { ribbonOf } from '#core/render/ribbon.ts';
import { paintRibbon } from '#core/render/ribbonPaint.ts';
import {
  pyramidLevelFor,
  renderPictureTile,
  type SpectrogramPyramid,
} from '#core/render/spectrogramPyramid.ts';
import { exportFileName } from '#core/report/exportedResult.ts';
import { parseReportValue } from '#core/report/parseReport.ts';
import { insertPngText, reportKeyword, reviewKeyword } from '#core/report/pngText.ts';
import type { AnalysisReport } from '#core/report/report.ts';
import { err, ok, type Result } from '#core/result.ts';
import { readyArchiveFont } from '#platform/archiveFont.ts';

/** How an archive picture is painted. */
export interface PictureLook {
  readonly language: 'en' | 'zh';
  readonly theme: 'light' | 'dark';
  /** Device pixels for a CSS pixel of the card. */
  readonly scale: 1 | 2;
  /** 0..1; 0 leaves the overlay out. */
  readonly overlayOpacity: number;
}

/** What an archive picture is made of. */
export interface PictureContent {
  readonly report: AnalysisReport;
  readonly review: Review;
  readonly picture: SpectrogramPyramid;
}

/** A finished picture and the name that it wants. */
export interface ComposedPicture {
  readonly fileName: string;
  readonly png: Blob;
}

/**
 * The archive picture of a result: ribbon, spectrogram, overlay, bars, verdict, file, model and time, with the whole
 * report as JSON in an iTXt chunk of the keyword `acousticsense.report` and what a person said of it in one of
 * `acousticsense.review`.
 *
 * The same content and look give the same bytes on every run of one browser: the font is the page's own, the canvas is
 * painted by the processor and not by whatever GPU is there, and no time is asked for. Another version of the browser may
 * compress the same pixels to other bytes.
 *
 * Errors: `font-missing`, `out-of-memory`.
 */
export async function composePicture(
  content: PictureContent,
  look: PictureLook,
): Promise<Result<ComposedPicture, AnalysisError>> {
  const family = await readyArchiveFont();
  if (!family.ok) return family;
  const font = `'${family.value}', sans-serif`;
  const { report, review, picture } = content;
  const canvas = document.createElement('canvas');
  const context = canvas.getContext('2d', { willReadFrequently: true, alpha: false });
  if (context === null) return err(analysisError('out-of-memory', 'no canvas for the picture'));

  const attention = layOutRollout(report.windows, report.model, picture.nFrames);
  const scaleMax = overlayScaleMax(attention);
  const overlay = look.overlayOpacity > 0 ? renderOverlayTiles(attention, { scaleMax }) : [];
  await turn();
  const magma = colormaps.magma;
  const { frontEnd } = report.model;
  const scene = layOutCard(report, {
    ...look,
    review,
    overlayScaleMax: scaleMax,
    durationSeconds: (picture.nFrames * frontEnd.hopLength) / frontEnd.sampleRate,
    spectrogramColor: (t) => {
      const entry = colormapEntry(t) * 3;
      return [magma[entry] ?? 0, magma[entry + 1] ?? 0, magma[entry + 2] ?? 0];
    },
    notes: report.warnings.map((warning) => warningText(warning, look.language).title),
    measure: (text, size, weight) => {
      context.font = fontOf(size, weight, font);
      return context.measureText(text).width;
    },
  });
  await turn();
  canvas.width = scene.width * look.scale;
  canvas.height = scene.height * look.scale;
  context.scale(look.scale, look.scale);
  const sources = {
    spectrogram: [spectrogramStrip(picture, frontEnd.topDb, look.scale)],
    overlay: overlay.map((tile) => ({ ...tile, framesPerColumn: 1 })),
  };
  await turn();
  paint(context, scene, { content, look, font, sources });
  await turn();
  const blob = await new Promise<Blob | null>((resolve) => canvas.toBlob(resolve, 'image/png'));
  // Frees the pixels at once instead of at the next garbage collection.
  canvas.width = 0;
  if (blob === null) return err(analysisError('out-of-memory', 'the canvas could not be encoded'));
  const bare = new Uint8Array(await blob.arrayBuffer());
  const withReport = insertPngText(bare, reportKeyword, JSON.stringify(inOrder(report)));
  const png = insertPngText(withReport, reviewKeyword, JSON.stringify(review));
  return ok({ fileName: pictureFileName(report.file.name), png: new Blob([png], { type: 'image/png' }) });
}

/** Name of the picture: the audio file's, without what file systems refuse, at most 100 characters. */
export const pictureFileName = (audioName: string): string => exportFileName(audioName, 'acousticsense.png');

/** The report with its fields in the order of the reader, so that a reopened result gives the same bytes. */
function inOrder(report: AnalysisReport): AnalysisReport {
  const read = parseReportValue(report);
  return read.ok ? read.value : report;
}

/** Lets the page draw and answer between two pieces of work. */
const turn = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 0));

const fontOf = (size: number, weight: CardWeight, font: string): string => `${weight} ${size}px ${font}`;

interface PictureStrip {
  readonly firstFrame: number;
  readonly framesPerColumn: number;
  /** Columns. */
  readonly width: number;
  readonly height: number;
  readonly rgba: Uint8ClampedArray<ArrayBuffer>;
}

/** The whole spectrogram from the level that has about a column for each pixel. */
function spectrogramStrip(picture: SpectrogramPyramid, topDb: number, scale: number): PictureStrip {
  const level = pyramidLevelFor(picture, picture.nFrames / (cardPlaces.plot.width * scale));
  const { columns = 0, framesPerColumn = 1 } = picture.levels[level] ?? {};
  return {
    firstFrame: 0,
    framesPerColumn,
    width: columns,
    height: picture.nMels,
    rgba:
      columns === 0
        ? new Uint8ClampedArray(0)
        : renderPictureTile(picture, level, 0, columns, 'magma', -topDb, 0),
  };
}

interface PaintSources {
  readonly content: PictureContent;
  readonly look: PictureLook;
  readonly font: string;
  readonly sources: Readonly<Record<'spectrogram' | 'overlay', readonly PictureStrip[]>>;
}

function paint(context: CanvasRenderingContext2D, scene: CardScene, parts: PaintSources): void {
  for (const item of scene.items) {
    switch (item.kind) {
      case 'rect':
        context.fillStyle = item.color;
        context.beginPath();
        context.roundRect(item.x, item.y, item.width, item.height, item.radius ?? 0);
        context.fill();
        break;
      case 'text':
        context.font = fontOf(item.size, item.weight, parts.font);
        context.fillStyle = item.color;
        context.textAlign = item.align;
        context.textBaseline = 'alphabetic';
        // The page's own direction must not turn the card around.
        context.direction = 'ltr';
        context.fillText(item.text, item.x, item.y);
        break;
      case 'tiles':
        paintStrips(context, item, parts.sources[item.source], parts.content.picture.nFrames);
        break;
      case 'ribbon':
        paintCardRibbon(context, item, parts);
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

function paintCardRibbon(
  context: CanvasRenderingContext2D,
  item: Extract<CardItem, { kind: 'ribbon' }>,
  { content, look, font }: PaintSources,
): void {
  const { report } = content;
  context.save();
  context.translate(item.x, item.y);
  paintRibbon(
    context,
    ribbonOf(report.windows, item.leading),
    { startSeconds: 0, endSeconds: item.durationSeconds, width: item.width, height: item.height },
    {
      theme: look.theme,
      fontFamily: font,
      fontSize: item.fontSize,
      unit: 1,
      nameOf: (genre) => markedLabel(report.model.labels, genre, look.language),
    },
  );
  context.restore();
}

function paintStrips(
  context: CanvasRenderingContext2D,
  item: Extract<CardItem, { kind: 'tiles' }>,
  strips: readonly PictureStrip[],
  nFrames: number,
): void {
  if (nFrames === 0) return;
  const canvas = document.createElement('canvas');
  const pen = canvas.getContext('2d', { willReadFrequently: true });
  if (pen === null) return;
  context.save();
  context.beginPath();
  // The last column of a coarse level stands for fewer frames than it is wide.
  context.rect(item.x, item.y, item.width, item.height);
  context.clip();
  context.globalAlpha = item.opacity;
  // Attention patches are that coarse: smoothing would claim a precision that is not there.
  context.imageSmoothingEnabled = item.source === 'spectrogram';
  context.imageSmoothingQuality = 'high';
  for (const strip of strips) {
    if (strip.width === 0) continue;
    canvas.width = strip.width;
    canvas.height = strip.height;
    pen.putImageData(new ImageData(strip.rgba, strip.width, strip.height), 0, 0);
    context.drawImage(
      canvas,
      item.x + (strip.firstFrame / nFrames) * item.width,
      item.y,
      ((strip.width * strip.framesPerColumn) / nFrames) * item.width,
      item.height,
    );
  }
  context.restore();
  canvas.width = 0;
}
