import { useEffect, useRef, useState } from 'react';
import type { Ribbon } from '#core/render/ribbon.ts';
import { paintRibbon } from '#core/render/ribbonPaint.ts';
import styles from './Ribbon.module.css';

interface RibbonCanvasProps {
  readonly ribbon: Ribbon;
  readonly startSeconds: number;
  readonly endSeconds: number;
  readonly theme: 'light' | 'dark';
  readonly nameOf: (genre: string) => string;
}

/** The bands, painted; what they say is in the radio buttons over them. */
export function RibbonCanvas({ ribbon, startSeconds, endSeconds, theme, nameOf }: RibbonCanvasProps) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const [size, setSize] = useState({ width: 0, height: 0, ratio: 1 });

  useEffect(() => {
    const element = canvas.current;
    if (element === null) return undefined;
    const measure = (): void => {
      const ratio = devicePixelRatio;
      const width = Math.round(element.clientWidth * ratio);
      const height = Math.round(element.clientHeight * ratio);
      setSize((known) =>
        known.width === width && known.height === height && known.ratio === ratio
          ? known
          : { width, height, ratio },
      );
    };
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    window.addEventListener('resize', measure);
    return () => {
      observer.disconnect();
      window.removeEventListener('resize', measure);
    };
  }, []);

  useEffect(() => {
    const element = canvas.current;
    const { width, height, ratio } = size;
    if (element === null || width === 0 || height === 0) return;
    if (element.width !== width) element.width = width;
    if (element.height !== height) element.height = height;
    const pen = element.getContext('2d');
    if (pen === null) return;
    pen.clearRect(0, 0, width, height);
    paintRibbon(
      pen,
      ribbon,
      { startSeconds, endSeconds, width, height },
      { theme, fontFamily: getComputedStyle(element).fontFamily, fontSize: 11 * ratio, unit: ratio, nameOf },
    );
  }, [ribbon, startSeconds, endSeconds, theme, nameOf, size]);

  return <canvas ref={canvas} className={styles['canvas']} data-testid="ribbon-canvas" aria-hidden="true" />;
}
