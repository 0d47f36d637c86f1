import { useEffect, useMemo, useRef, useState } from 'react';
import type { SpectrogramTile } from '#core/dsp/spectrogram.ts';
import { paintTiles, tileCanvases } from '#ui/features/spectrogram/paintTiles.ts';
import styles from './TileCanvas.module.css';

interface TileCanvasProps {
  readonly tiles: readonly SpectrogramTile[];
  readonly nFrames: number;
  readonly smooth: boolean;
  /** 0..1 */
  readonly opacity?: number;
  readonly testId: string;
}

/** Device pixels of an element, followed through resizes and moves between screens. */
function useDevicePixels(element: HTMLElement | null): { width: number; height: number } {
  const [size, setSize] = useState({ width: 0, height: 0 });
  useEffect(() => {
    if (element === null) return undefined;
    const measure = (): void => {
      const ratio = devicePixelRatio;
      const width = Math.round(element.clientWidth * ratio);
      const height = Math.round(element.clientHeight * ratio);
      setSize((known) => (known.width === width && known.height === height ? known : { width, height }));
    };
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    window.addEventListener('resize', measure);
    return () => {
      observer.disconnect();
      window.removeEventListener('resize', measure);
    };
  }, [element]);
  return size;
}

/** Tiles stretched over the parent element. Decoration to assistive technology: the parent carries the description. */
export function TileCanvas({ tiles, nFrames, smooth, opacity = 1, testId }: TileCanvasProps) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const [element, setElement] = useState<HTMLElement | null>(null);
  const { width, height } = useDevicePixels(element);
  const pictures = useMemo(() => tileCanvases(tiles), [tiles]);

  useEffect(() => setElement(canvas.current), []);
  useEffect(() => {
    const target = canvas.current;
    if (target === null || width === 0 || height === 0) return;
    target.width = width;
    target.height = height;
    paintTiles(target, tiles, pictures, nFrames, smooth);
  }, [tiles, pictures, nFrames, smooth, width, height]);

  return (
    <canvas
      ref={canvas}
      className={styles['canvas']}
      style={{ opacity }}
      data-testid={testId}
      aria-hidden="true"
    />
  );
}
