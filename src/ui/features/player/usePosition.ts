import { useEffect, useRef } from 'react';
import { useWorkbench } from '#ui/WorkbenchContext.tsx';

/**
 * Calls with the position of the sound, in seconds: at each frame while it plays, else once after every change. React
 * does not render for it; what listens writes to its elements itself.
 */
export function usePosition(onPosition: (seconds: number) => void): void {
  const { bench } = useWorkbench();
  const listener = useRef(onPosition);
  useEffect(() => {
    listener.current = onPosition;
  }, [onPosition]);
  useEffect(() => {
    let frame = 0;
    const tick = (): void => {
      frame = bench.player.getState().playing ? requestAnimationFrame(tick) : 0;
      listener.current(bench.playback.positionSeconds());
    };
    const soon = (): void => {
      if (frame === 0) frame = requestAnimationFrame(tick);
    };
    soon();
    const stops = [bench.player.subscribe(soon), bench.view.subscribe(soon)];
    return () => {
      cancelAnimationFrame(frame);
      for (const stop of stops) stop();
    };
  }, [bench]);
}
