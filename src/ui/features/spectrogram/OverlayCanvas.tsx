import { useCallback, useMemo, useRef } from 'react';
import { attentionColumns, type WindowAttention } from '#core/explain/attentionColumns.ts';
import { contourLevel, contourLines, renderOverlay } from '#core/render/overlayPicture.ts';
import { wholeViewport, type PictureExtent } from '#state/viewport.ts';
import type { ViewedModel } from '#ui/features/result/trackView.ts';
import { onViewOr, usePaintedCanvas } from '#ui/features/spectrogram/usePaintedCanvas.ts';
import { useSettings, useWorkbench } from '#ui/WorkbenchContext.tsx';
import styles from './PictureCanvas.module.css';

interface OverlayCanvasProps {
  readonly windows: readonly WindowAttention[];
  readonly model: ViewedModel;
  readonly nFrames: number;
  readonly extent: PictureExtent;
  readonly scaleMax: number;
}

/** Settings that the painting reads. */
const painted = ['colormap', 'overlayStyle', 'overlayThreshold', 'overlayVisible'] as const;

/** Attention over the part of the picture that is seen, filled or as the edge of what lies over the threshold. */
export function OverlayCanvas({ windows, model, nFrames, extent, scaleMax }: OverlayCanvasProps) {
  const { bench } = useWorkbench();
  const visible = useSettings((state) => state.overlayVisible);
  const opacity = useSettings((state) => state.overlayOpacity);
  /** The map, one pixel a cell, before it is stretched over the picture. */
  const small = useRef<HTMLCanvasElement | null>(null);

  const paint = useCallback(
    (canvas: HTMLCanvasElement): boolean => {
      const context = canvas.getContext('2d');
      if (context === null) return true;
      const { width, height } = canvas;
      context.clearRect(0, 0, width, height);
      const { overlayVisible, overlayStyle, overlayThreshold, colormap } = bench.settings.getState();
      if (!overlayVisible || windows.length === 0) return true;
      const { startSeconds, endSeconds, lowBand, highBand } =
        bench.view.getState().viewport ?? wholeViewport(extent);
      const startFrame = startSeconds / extent.secondsPerFrame;
      const endFrame = Math.min(nFrames, endSeconds / extent.secondsPerFrame);
      const framesPerColumn = Math.max(1, Math.floor((endFrame - startFrame) / width));
      const firstColumn = Math.max(0, Math.floor(startFrame / framesPerColumn));
      const columns = Math.ceil(endFrame / framesPerColumn) - firstColumn;
      if (columns <= 0) return true;
      const map = attentionColumns(windows, model, nFrames, { firstColumn, columns, framesPerColumn });

      // Places in the canvas of column and row borders.
      const perColumn = (width * framesPerColumn) / (endFrame - startFrame);
      const left = (firstColumn - startFrame / framesPerColumn) * perColumn;
      const bandsPerRow = extent.nMels / map.rows;
      const perRow = (height * bandsPerRow) / (highBand - lowBand);
      const bottom = height + (lowBand / bandsPerRow) * perRow;

      if (overlayStyle === 'fill') {
        const cells = (small.current ??= document.createElement('canvas'));
        cells.width = columns;
        cells.height = map.rows;
        const rgba = renderOverlay(map, { colormap, scaleMax, threshold: overlayThreshold });
        cells.getContext('2d')?.putImageData(new ImageData(rgba, columns, map.rows), 0, 0);
        // A patch is that coarse: smoothing would claim a precision that is not there.
        context.imageSmoothingEnabled = false;
        context.drawImage(cells, left, bottom - map.rows * perRow, columns * perColumn, map.rows * perRow);
        if (overlayThreshold === 0) return true;
      }
      const lines = contourLines(map, contourLevel(overlayThreshold));
      context.beginPath();
      for (let at = 0; at < lines.length; at += 4) {
        // On whole pixels: the cells are rectangles, and their edges should be sharp.
        const x0 = Math.round(left + lines[at]! * perColumn);
        const x1 = Math.round(left + lines[at + 2]! * perColumn);
        const y0 = Math.round(bottom - lines[at + 1]! * perRow);
        const y1 = Math.round(bottom - lines[at + 3]! * perRow);
        context.moveTo(x0, y0);
        context.lineTo(x1, y1);
      }
      // Light on dark: one of the two stands out from any colour under it, with or without colour vision.
      const unit = Math.max(1, Math.round(devicePixelRatio));
      context.lineCap = 'square';
      context.strokeStyle = '#000';
      context.lineWidth = 4 * unit;
      context.stroke();
      context.strokeStyle = '#fff';
      context.lineWidth = 2 * unit;
      context.stroke();
      return true;
    },
    [bench, windows, model, nFrames, extent, scaleMax],
  );
  const subscribe = useMemo(() => onViewOr(bench, painted), [bench]);
  const ref = usePaintedCanvas(paint, subscribe);
  return (
    <canvas
      ref={ref}
      className={styles['canvas']}
      style={{ opacity: visible ? opacity : 0 }}
      data-testid="overlay-canvas"
      aria-hidden="true"
    />
  );
}
