import { useEffect, useRef } from 'react';
import { seenOf, setViewport } from '#state/actions/viewActions.ts';
import { usePosition } from '#ui/features/player/usePosition.ts';
import { timeAxisOf } from '#ui/features/spectrogram/useViewport.ts';
import { usePlayer, useWorkbench } from '#ui/WorkbenchContext.tsx';
import styles from './Playhead.module.css';

/** Where the sound stands after the picture has turned a page: a little to the right of its left edge. */
const pageMargin = 0.05;

/**
 * Where the sound is. Lies over everything that has the time axis; its parent is as wide as the axis, `timeAxisOf` gives the
 * place. Moved at each frame by a transform alone, so that nothing is laid out or painted again.
 *
 * While the picture follows, it turns a page when the sound leaves it; the person's own panning ends that.
 *
 * @param props.whole true over a strip that always shows the whole track
 */
export function Playhead({ whole = false }: { readonly whole?: boolean }) {
  const { bench } = useWorkbench();
  const shown = usePlayer((state) => state.started && state.phase !== 'failed' && state.phase !== 'empty');
  const line = useRef<HTMLDivElement>(null);
  /** True while the viewport changes by following, and not by the person. */
  const turning = useRef(false);

  useEffect(() => {
    if (whole) return undefined;
    return bench.view.subscribe(({ viewport }, { viewport: before }) => {
      const { playing, following } = bench.player.getState();
      if (viewport === before || turning.current || !playing || !following) return;
      if (viewport === null || before === null) return;
      const span = viewport.endSeconds - viewport.startSeconds;
      const spanBefore = before.endSeconds - before.startSeconds;
      // Another span is zooming, another band only looks higher or lower: neither leaves the sound.
      if (Math.abs(span - spanBefore) < 1e-6 && viewport.startSeconds !== before.startSeconds)
        bench.player.setState({ following: false });
    });
  }, [bench, whole]);

  usePosition((seconds) => {
    const element = line.current;
    if (element === null) return;
    const { playing, following } = bench.player.getState();
    const place = timeAxisOf(bench).toX(seconds);
    const seen = !whole && playing && following && (place < 0 || place >= 1) ? seenOf(bench) : null;
    if (seen !== null) {
      const span = seen.viewport.endSeconds - seen.viewport.startSeconds;
      const startSeconds = seconds - pageMargin * span;
      turning.current = true;
      setViewport.effect(bench, { ...seen.viewport, startSeconds, endSeconds: startSeconds + span });
      turning.current = false;
    }
    const axis = timeAxisOf(bench);
    const share = axis.durationSeconds > 0 ? seconds / axis.durationSeconds : 0;
    const x = whole ? share : axis.toX(seconds);
    element.style.transform = `translateX(${(x * 100).toFixed(4)}%)`;
    element.dataset['seconds'] = seconds.toFixed(4);
    element.dataset['inView'] = String(x >= 0 && x <= 1);
  });

  return shown ? (
    <div
      ref={line}
      className={styles['line']}
      data-testid={whole ? 'playhead-overview' : 'playhead'}
      aria-hidden="true"
    />
  ) : null;
}
