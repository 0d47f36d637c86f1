import { analysisError, type AnalysisError } from '#core/errors.ts';
import { warningText } from '#core/errorText.ts';
import { attentionScaleMax } from '#core/explain/attentionColumns.ts';
import { layOutRollout } from '#core/explain/rolloutMap.ts';
import { markedLabel } from '#core/model/labels.ts';
import { type CardItem, type CardScene, type CardWeight, layOutCard } from '#core/render/card.ts';
import { colormapEntry, colormaps } from '#core/render/colormaps.ts';
import { renderOverlayTiles } from '#core/render/overlay.ts';
import { ribbonOf } from '#core/render/ribbon.ts';
import { paintRibbon } from '#core/render/ribbonPaint.ts';
import { renderPictureTile, type SpectrogramPyramid } from '#core/render/spectrogramPyramid.ts';
import { parseReportValue } from '#core/report/parseReport.ts';
import { insertPngText, reportKeyword, reviewKeyword } from '#core/report/pngText.ts';
import type { AnalysisReport } from '#core/report/report.ts';
import { err, ok, type Result } from '#core/result.ts';
import type { PictureContent, PictureLook } from '#workers/picture/api.ts';

/**
 * Paints the card and writes the result into it. The canvas is painted by the processor and not by whatever GPU is there,
 * and no time is asked for: the same input gives the same bytes on every run of one browser.
 *
 * @param family of the card's font, ready in this worker
 */
export async function paintCard(
  content: PictureContent,
  look: PictureLook,
  family: string,
): Promise<Result<Uint8Array<ArrayBuffer>, AnalysisError>> {
  const font = `'${family}', sans-serif`;
  const { report, review, picture } = content;
  const canvas = new OffscreenCanvas(1, 1);
  const context = canvas.getContext('2d', { willReadFrequently: true, alpha: false });
  if (context === null) return err(analysisError('out-of-memory', 'no canvas for the picture'));

  const attention = layOutRollout(report.windows, report.model, picture.nFrames);
  const scaleMax = attentionScaleMax(report.windows);
  const overlay = look.overlayOpacity > 0 ? renderOverlayTiles(attention, { scaleMax }) : [];
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
  canvas.width = scene.width * look.scale;
  canvas.height = scene.height * look.scale;
  context.scale(look.scale, look.scale);
  const sources = {
    spectrogram: [spectrogramStrip(picture, frontEnd.topDb)],
    overlay: overlay.map((tile) => ({ ...tile, framesPerColumn: 1 })),
  };
  paint(context, scene, { content, look, font, sources });
  const bare = new Uint8Array(await (await canvas.convertToBlob({ type: 'image/png' })).arrayBuffer());
  const withReport = insertPngText(bare, reportKeyword, JSON.stringify(inOrder(report)));
  return ok(insertPngText(withReport, reviewKeyword, JSON.stringify(review)));
}

/** The report with its fields in the order of the reader, so that a reopened result gives the same bytes. */
function inOrder(report: AnalysisReport): AnalysisReport {
  const read = parseReportValue(report);
  return read.ok ? read.value : report;
}

const fontOf = (size: number, weight: CardWeight, font: string): string => `${weight} ${size}px ${font}`;

interface PictureStrip {
  readonly firstFrame: number;
  readonly framesPerColumn: number;
  /** Columns. */
  readonly width: number;
  readonly height: number;
  readonly rgba: Uint8ClampedArray<ArrayBuffer>;
}

/** The whole spectrogram from the one level that was sent. */
function spectrogramStrip(picture: SpectrogramPyramid, topDb: number): PictureStrip {
  const { columns = 0, framesPerColumn = 1 } = picture.levels[0] ?? {};
  return {
    firstFrame: 0,
    framesPerColumn,
    width: columns,
    height: picture.nMels,
    rgba:
      columns === 0
        ? new Uint8ClampedArray(0)
        : renderPictureTile(picture, 0, 0, columns, 'magma', -topDb, 0),
  };
}

interface PaintSources {
  readonly content: PictureContent;
  readonly look: PictureLook;
  readonly font: string;
  readonly sources: Readonly<Record<'spectrogram' | 'overlay', readonly PictureStrip[]>>;
}

function paint(context: OffscreenCanvasRenderingContext2D, scene: CardScene, parts: PaintSources): void {
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
  context: OffscreenCanvasRenderingContext2D,
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
  context: OffscreenCanvasRenderingContext2D,
  item: Extract<CardItem, { kind: 'tiles' }>,
  strips: readonly PictureStrip[],
  nFrames: number,
): void {
  if (nFrames === 0) return;
  const canvas = new OffscreenCanvas(1, 1);
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
}
