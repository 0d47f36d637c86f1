import type { FrontEnd } from '#core/model/manifest.ts';
import { preparedOf, selectedJob } from '#state/jobs.ts';
import type { Viewport } from '#state/view.ts';
import type { Workbench } from '#state/workbench.ts';

/** How far a picture reaches. */
export interface PictureExtent {
  /** Of the time axis: all frames, which may be a fraction of a frame longer than the sound. */
  readonly durationSeconds: number;
  readonly secondsPerFrame: number;
  readonly nMels: number;
}

/** Closer than this nothing more is to be seen: 12 frames, half a second for the default models. */
export const fewestFrames = 12;
/** The same for the frequency axis. */
export const fewestBands = 16;

export function extentOf(nFrames: number, { hopLength, sampleRate, nMels }: FrontEnd): PictureExtent {
  const secondsPerFrame = hopLength / sampleRate;
  return { durationSeconds: nFrames * secondsPerFrame, secondsPerFrame, nMels };
}

/** The extent of the selected job's picture; null where there is no picture. */
export function selectedExtent(bench: Workbench): PictureExtent | null {
  const job = selectedJob(bench.jobs.getState());
  const prepared = job === null ? null : preparedOf(job.phase);
  const frontEnd =
    job?.phase.kind === 'done' ? job.phase.report.model.frontEnd : bench.model.getState().manifest?.frontEnd;
  return prepared === null || frontEnd === undefined ? null : extentOf(prepared.logMel.nFrames, frontEnd);
}

export const wholeViewport = ({ durationSeconds, nMels }: PictureExtent): Viewport => ({
  startSeconds: 0,
  endSeconds: durationSeconds,
  lowBand: 0,
  highBand: nMels,
});

/** A stretch of `span` at most `whole` long and at least `least`, moved inside 0..whole. */
function inside(start: number, span: number, whole: number, least: number): readonly [number, number] {
  const kept = Math.min(whole, Math.max(Math.min(least, whole), span));
  const from = Math.min(whole - kept, Math.max(0, start));
  return [from, from + kept];
}

/**
 * The nearest viewport that is inside the picture and not closer than `fewestFrames` and `fewestBands`: spans are kept
 * where they fit, ends never cross.
 */
export function clampViewport(viewport: Viewport, extent: PictureExtent): Viewport {
  const { startSeconds, endSeconds, lowBand, highBand } = viewport;
  const { durationSeconds, secondsPerFrame, nMels } = extent;
  const [from, to] = inside(
    startSeconds,
    endSeconds - startSeconds,
    durationSeconds,
    fewestFrames * secondsPerFrame,
  );
  const [low, high] = inside(lowBand, highBand - lowBand, nMels, fewestBands);
  return { startSeconds: from, endSeconds: to, lowBand: low, highBand: high };
}

/** `value` stays where it is between the ends while the span is multiplied. */
function scaled(start: number, end: number, factor: number, around: number, least: number, whole: number) {
  const span = Math.min(whole, Math.max(Math.min(least, whole), (end - start) * factor));
  const share = end > start ? (around - start) / (end - start) : 0.5;
  const from = around - share * span;
  return [from, from + span] as const;
}

/**
 * Zooms around a point that keeps its place on the screen, as far as the ends of the picture allow.
 *
 * @param factor Of the visible span: under 1 comes closer. `times` for the time axis, `bands` for the frequency axis.
 */
export function zoomViewport(
  viewport: Viewport,
  extent: PictureExtent,
  factor: { readonly times?: number; readonly bands?: number },
  around: { readonly seconds: number; readonly band: number },
): Viewport {
  const { durationSeconds, secondsPerFrame, nMels } = extent;
  const [startSeconds, endSeconds] = scaled(
    viewport.startSeconds,
    viewport.endSeconds,
    factor.times ?? 1,
    around.seconds,
    fewestFrames * secondsPerFrame,
    durationSeconds,
  );
  const [lowBand, highBand] = scaled(
    viewport.lowBand,
    viewport.highBand,
    factor.bands ?? 1,
    around.band,
    fewestBands,
    nMels,
  );
  return clampViewport({ startSeconds, endSeconds, lowBand, highBand }, extent);
}

/** Moves the viewport, up to the ends of the picture. */
export const panViewport = (
  viewport: Viewport,
  extent: PictureExtent,
  by: { readonly seconds?: number; readonly bands?: number },
): Viewport => {
  const { seconds = 0, bands = 0 } = by;
  return clampViewport(
    {
      startSeconds: viewport.startSeconds + seconds,
      endSeconds: viewport.endSeconds + seconds,
      lowBand: viewport.lowBand + bands,
      highBand: viewport.highBand + bands,
    },
    extent,
  );
};

/** The viewport moved as little as needed to show a stretch of time; one that is longer than the view starts at its left. */
export function revealStretch(
  viewport: Viewport,
  extent: PictureExtent,
  startSeconds: number,
  endSeconds: number,
): Viewport {
  if (startSeconds >= viewport.startSeconds && endSeconds <= viewport.endSeconds) return viewport;
  const span = viewport.endSeconds - viewport.startSeconds;
  const start = endSeconds > viewport.endSeconds ? Math.min(startSeconds, endSeconds - span) : startSeconds;
  return panViewport(viewport, extent, { seconds: start - viewport.startSeconds });
}

/** True where the whole picture is seen. */
export const isWhole = (viewport: Viewport, { durationSeconds, nMels }: PictureExtent): boolean =>
  viewport.endSeconds - viewport.startSeconds >= durationSeconds * (1 - 1e-9) &&
  viewport.highBand - viewport.lowBand >= nMels * (1 - 1e-9);
