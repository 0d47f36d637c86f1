import { useEffect, useRef, type RefObject } from 'react';
import type { SettingsState } from '#state/settings.ts';
import type { Workbench } from '#state/workbench.ts';

/** For `usePaintedCanvas`: asks for a frame when the part that is seen changes, or one of these settings. */
export const onViewOr =
  (bench: Workbench, settings: readonly (keyof SettingsState)[]) =>
  (changed: () => void): (() => void) => {
    const stopView = bench.view.subscribe((now, before) => {
      if (now.viewport !== before.viewport) changed();
    });
    const stopSettings = bench.settings.subscribe((now, before) => {
      if (settings.some((name) => now[name] !== before[name])) changed();
    });
    return () => {
      stopView();
      stopSettings();
    };
  };

/**
 * A canvas that is painted at most once a frame and never by React: whatever changes asks for a frame. Its size in device
 * pixels follows the element.
 *
 * @param paint draws now; false asks for another frame. A new function is a change.
 * @param subscribe calls the listener when something outside React has changed; must not change between renders
 */
export function usePaintedCanvas(
  paint: (canvas: HTMLCanvasElement) => boolean,
  subscribe: (changed: () => void) => () => void,
): RefObject<HTMLCanvasElement | null> {
  const ref = useRef<HTMLCanvasElement>(null);
  const latest = useRef(paint);
  const ask = useRef<() => void>(() => undefined);

  useEffect(() => {
    const canvas = ref.current;
    if (canvas === null) return undefined;
    let frame = 0;
    let size = { width: 0, height: 0 };
    const draw = (): void => {
      frame = 0;
      if (size.width === 0 || size.height === 0) return;
      // Setting a size clears the canvas, even to the same one.
      if (canvas.width !== size.width) canvas.width = size.width;
      if (canvas.height !== size.height) canvas.height = size.height;
      if (!latest.current(canvas)) askForFrame();
    };
    const askForFrame = (): void => {
      if (frame === 0) frame = requestAnimationFrame(draw);
    };
    ask.current = askForFrame;
    const measure = (): void => {
      size = {
        width: Math.round(canvas.clientWidth * devicePixelRatio),
        height: Math.round(canvas.clientHeight * devicePixelRatio),
      };
      askForFrame();
    };
    // Answers once by itself, after layout: measuring here would lay out the page a second time.
    const observer = new ResizeObserver(measure);
    observer.observe(canvas);
    // Zooming the page changes the ratio and not always the size.
    window.addEventListener('resize', measure);
    const stop = subscribe(askForFrame);
    return () => {
      stop();
      observer.disconnect();
      window.removeEventListener('resize', measure);
      cancelAnimationFrame(frame);
    };
  }, [subscribe]);

  useEffect(() => {
    latest.current = paint;
    ask.current();
  }, [paint]);

  return ref;
}
