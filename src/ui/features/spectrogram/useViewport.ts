import { useMemo } from 'react';
import { selectedExtent, wholeViewport, type PictureExtent } from '#state/viewport.ts';
import type { Viewport } from '#state/view.ts';
import type { Workbench } from '#state/workbench.ts';
import { useJobs, useModel, useView, useWorkbench } from '#ui/WorkbenchContext.tsx';

/** The time axis that every picture of the selected file shares. */
export interface TimeAxis {
  readonly startSeconds: number;
  readonly endSeconds: number;
  /** Of the whole picture; 0 while there is none. */
  readonly durationSeconds: number;
  /** Place of a moment: 0 at the left edge, 1 at the right, beyond them outside. */
  readonly toX: (seconds: number) => number;
  /** The moment at a place. */
  readonly fromX: (x: number) => number;
}

const nothing: Viewport = { startSeconds: 0, endSeconds: 0, lowBand: 0, highBand: 0 };

/** The axis as it is now, without React: for what paints at each frame. */
export function timeAxisOf(bench: Workbench): TimeAxis {
  const extent = selectedExtent(bench);
  return axisOf(bench.view.getState().viewport, extent);
}

function axisOf(seen: Viewport | null, extent: PictureExtent | null): TimeAxis {
  const { startSeconds, endSeconds } = extent === null ? nothing : (seen ?? wholeViewport(extent));
  const span = endSeconds - startSeconds;
  return {
    startSeconds,
    endSeconds,
    durationSeconds: extent?.durationSeconds ?? 0,
    toX: (seconds) => (span > 0 ? (seconds - startSeconds) / span : 0),
    fromX: (x) => startSeconds + x * span,
  };
}

/** The extent of the selected file's picture; the component renders again when another file or picture is there. */
export function useExtent(): PictureExtent | null {
  const { bench } = useWorkbench();
  const key = useJobs(() => extentKey(selectedExtent(bench)));
  const modelKey = useModel(() => extentKey(selectedExtent(bench)));
  // The keys stand for the extent: a new object at each read would render without end.
  return useMemo(
    () => (key === '' && modelKey === '' ? null : selectedExtent(bench)),
    [bench, key, modelKey],
  );
}

const extentKey = (extent: PictureExtent | null): string =>
  extent === null ? '' : `${extent.durationSeconds} ${extent.secondsPerFrame} ${extent.nMels}`;

/** The shared time axis; the component renders again whenever it moves, at most once a frame. */
export function useViewport(): TimeAxis {
  const extent = useExtent();
  const seen = useView((state) => state.viewport);
  return useMemo(() => axisOf(seen, extent), [seen, extent]);
}
