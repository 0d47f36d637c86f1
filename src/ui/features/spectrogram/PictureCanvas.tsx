import { useCallback, useEffect, useMemo } from 'react';
import type { SpectrogramPyramid } from '#core/render/spectrogramPyramid.ts';
import { wholeViewport, type PictureExtent } from '#state/viewport.ts';
import { PicturePainter } from '#ui/features/spectrogram/picturePainter.ts';
import { onViewOr, usePaintedCanvas } from '#ui/features/spectrogram/usePaintedCanvas.ts';
import { useWorkbench } from '#ui/WorkbenchContext.tsx';
import styles from './PictureCanvas.module.css';

interface PictureCanvasProps {
  readonly picture: SpectrogramPyramid;
  readonly extent: PictureExtent;
}

/** Settings that the painting reads. */
const painted = ['colormap', 'floorDb', 'ceilingDb'] as const;

/** The spectrogram, as far as it is seen. Decoration to assistive technology: the parent carries the description. */
export function PictureCanvas({ picture, extent }: PictureCanvasProps) {
  const { bench } = useWorkbench();
  const painter = useMemo(() => new PicturePainter(picture), [picture]);
  useEffect(() => () => painter.dispose(), [painter]);

  const paint = useCallback(
    (canvas: HTMLCanvasElement): boolean => {
      const { startSeconds, endSeconds, lowBand, highBand } =
        bench.view.getState().viewport ?? wholeViewport(extent);
      const { colormap, floorDb, ceilingDb } = bench.settings.getState();
      const done = painter.paint(
        canvas,
        {
          startFrame: startSeconds / extent.secondsPerFrame,
          endFrame: endSeconds / extent.secondsPerFrame,
          lowBand,
          highBand,
        },
        { colormap, floorDb, ceilingDb },
      );
      tell(canvas, 'level', painter.level);
      tell(canvas, 'bytes', painter.bytes);
      tell(canvas, 'limitBytes', painter.limitBytes);
      tell(canvas, 'painted', done ? 'whole' : 'coarse');
      return done;
    },
    [bench, painter, extent],
  );
  const subscribe = useMemo(() => onViewOr(bench, painted), [bench]);
  const ref = usePaintedCanvas(paint, subscribe);
  return (
    <canvas ref={ref} className={styles['canvas']} data-testid="spectrogram-canvas" aria-hidden="true" />
  );
}

/** Attributes are written only when they change: this runs at each frame. */
function tell(canvas: HTMLCanvasElement, name: string, value: string | number): void {
  const text = String(value);
  if (canvas.dataset[name] !== text) canvas.dataset[name] = text;
}
