import { colormapNames, type ColormapName } from '#core/render/colormaps.ts';
import { action, always, command } from '#state/actions/action.ts';
import { setRegion } from '#state/actions/regionActions.ts';
import type { SettingsState } from '#state/settings.ts';
import type { ViewState, Viewport } from '#state/view.ts';
import {
  clampViewport,
  isWhole,
  panViewport,
  selectedExtent,
  wholeViewport,
  zoomViewport,
  type PictureExtent,
} from '#state/viewport.ts';
import type { Workbench } from '#state/workbench.ts';

/** What a key or a button does to the visible span, and by how much of it a key moves. */
const zoomStep = 0.5;
const panStep = 0.25;

/** Contrast of a new page, decibels under the track's loudest point. */
export const plainContrast = { floorDb: -80, ceilingDb: 0 } as const;
/** Floor and ceiling are never nearer than this, in decibels: the colours between them need some room. */
export const leastContrastDb = 6;

interface Seen {
  readonly extent: PictureExtent;
  readonly viewport: Viewport;
}

/** What is seen of the selected picture; null where there is none. */
export function seenOf(bench: Workbench): Seen | null {
  const extent = selectedExtent(bench);
  if (extent === null) return null;
  const { viewport } = bench.view.getState();
  return { extent, viewport: viewport === null ? wholeViewport(extent) : clampViewport(viewport, extent) };
}

/** Shows a part; the whole picture is kept as null, so that it stays whole when the track changes. */
function show(bench: Workbench, viewport: Viewport, extent: PictureExtent): void {
  const next = isWhole(viewport, extent) ? null : viewport;
  const now = bench.view.getState().viewport;
  if (next === now) return;
  if (
    next !== null &&
    now !== null &&
    next.startSeconds === now.startSeconds &&
    next.endSeconds === now.endSeconds &&
    next.lowBand === now.lowBand &&
    next.highBand === now.highBand
  )
    return;
  bench.view.setState({ viewport: next });
}

const hasPicture = (bench: Workbench): boolean => selectedExtent(bench) !== null;
const isClose = (bench: Workbench): boolean => bench.view.getState().viewport !== null;

/** Shows this part of the picture, or what is nearest to it. */
export const setViewport = action({
  name: 'setViewport',
  enabled: hasPicture,
  effect: (bench, viewport: Viewport) => {
    const seen = seenOf(bench);
    if (seen !== null) show(bench, clampViewport(viewport, seen.extent), seen.extent);
  },
});

/** Multiplies the visible spans around a point that keeps its place: under 1 comes closer. */
export const zoomAround = action({
  name: 'zoomAround',
  enabled: hasPicture,
  effect: (
    bench,
    factor: { readonly times?: number; readonly bands?: number },
    around: { readonly seconds: number; readonly band: number },
  ) => {
    const seen = seenOf(bench);
    if (seen !== null) show(bench, zoomViewport(seen.viewport, seen.extent, factor, around), seen.extent);
  },
});

export const panBy = action({
  name: 'panBy',
  enabled: hasPicture,
  effect: (bench, by: { readonly seconds?: number; readonly bands?: number }) => {
    const seen = seenOf(bench);
    if (seen !== null) show(bench, panViewport(seen.viewport, seen.extent, by), seen.extent);
  },
});

export const setCursor = action({
  name: 'setCursor',
  enabled: always,
  effect: (bench, cursor: ViewState['cursor']) => bench.view.setState({ cursor }),
});

export const setColormap = action({
  name: 'setColormap',
  enabled: always,
  effect: (bench, colormap: ColormapName) => bench.settings.setState({ colormap }),
});

/** Moves one end of the contrast range, in dB; the other end gives way where it would be too near. */
export const setContrast = action({
  name: 'setContrast',
  enabled: always,
  effect: (bench, end: 'floorDb' | 'ceilingDb', db: number) => {
    const { floorDb, ceilingDb } = bench.settings.getState();
    if (end === 'floorDb') {
      const floor = Math.max(-120, Math.min(-leastContrastDb, db));
      bench.settings.setState({ floorDb: floor, ceilingDb: Math.max(ceilingDb, floor + leastContrastDb) });
    } else {
      const ceiling = Math.max(-120 + leastContrastDb, Math.min(0, db));
      bench.settings.setState({ ceilingDb: ceiling, floorDb: Math.min(floorDb, ceiling - leastContrastDb) });
    }
  },
});

export const setOverlayThreshold = action({
  name: 'setOverlayThreshold',
  enabled: always,
  effect: (bench, threshold: number) =>
    bench.settings.setState({ overlayThreshold: Math.max(0, Math.min(5, threshold)) }),
});

export const setOverlayStyle = action({
  name: 'setOverlayStyle',
  enabled: always,
  effect: (bench, overlayStyle: SettingsState['overlayStyle']) => bench.settings.setState({ overlayStyle }),
});

/** By a key or a button: around the cursor where it is seen, else around the middle. */
function zoomTimes(bench: Workbench, factor: number): void {
  const seen = seenOf(bench);
  if (seen === null) return;
  const { startSeconds, endSeconds, lowBand, highBand } = seen.viewport;
  const { cursor } = bench.view.getState();
  const isSeen = cursor !== null && cursor.seconds >= startSeconds && cursor.seconds <= endSeconds;
  zoomAround.effect(
    bench,
    { times: factor },
    { seconds: isSeen ? cursor.seconds : (startSeconds + endSeconds) / 2, band: (lowBand + highBand) / 2 },
  );
}

function panTimes(bench: Workbench, share: number): void {
  const seen = seenOf(bench);
  if (seen === null) return;
  const { startSeconds, endSeconds } = seen.viewport;
  panBy.effect(bench, { seconds: (endSeconds - startSeconds) * share });
}

export const zoomIn = command({
  name: 'zoomIn',
  group: 'view',
  icon: 'zoomIn',
  // The sign's key without Shift, on the keyboards where it needs one.
  keys: [{ key: '+' }, { key: '=' }],
  enabled: hasPicture,
  effect: (bench) => zoomTimes(bench, zoomStep),
});

export const zoomOut = command({
  name: 'zoomOut',
  group: 'view',
  icon: 'zoomOut',
  keys: [{ key: '-' }],
  enabled: isClose,
  effect: (bench) => zoomTimes(bench, 1 / zoomStep),
});

export const wholeTrack = command({
  name: 'wholeTrack',
  group: 'view',
  icon: 'whole',
  keys: [{ key: '0' }],
  enabled: isClose,
  effect: (bench) => bench.view.setState({ viewport: null }),
});

export const panLeft = command({
  name: 'panLeft',
  group: 'view',
  keys: [{ key: 'ArrowLeft', shift: true }],
  enabled: isClose,
  effect: (bench) => panTimes(bench, -panStep),
});

export const panRight = command({
  name: 'panRight',
  group: 'view',
  keys: [{ key: 'ArrowRight', shift: true }],
  enabled: isClose,
  effect: (bench) => panTimes(bench, panStep),
});

export const toggleOverlay = command({
  name: 'toggleOverlay',
  group: 'view',
  icon: 'eye',
  keys: [{ key: 'g' }],
  enabled: always,
  effect: (bench) => bench.settings.setState((state) => ({ overlayVisible: !state.overlayVisible })),
});

export const toggleContour = command({
  name: 'toggleContour',
  group: 'view',
  keys: [{ key: 'c' }],
  enabled: always,
  effect: (bench) =>
    bench.settings.setState((state) => ({
      overlayStyle: state.overlayStyle === 'contour' ? 'fill' : 'contour',
    })),
});

export const nextColormap = command({
  name: 'nextColormap',
  group: 'view',
  keys: [{ key: 'k' }],
  enabled: always,
  effect: (bench) =>
    bench.settings.setState(({ colormap }) => ({
      colormap: colormapNames[(colormapNames.indexOf(colormap) + 1) % colormapNames.length] ?? 'magma',
    })),
});

export const clearRegion = command({
  name: 'clearRegion',
  group: 'view',
  keys: [{ key: 'Escape' }],
  enabled: (bench) => bench.view.getState().region !== null,
  effect: (bench) => setRegion.effect(bench, null),
});

export const toggleOctaveNotes = command({
  name: 'toggleOctaveNotes',
  group: 'view',
  keys: [],
  enabled: always,
  effect: (bench) => bench.settings.setState((state) => ({ octaveNotes: !state.octaveNotes })),
});

export const resetContrast = command({
  name: 'resetContrast',
  group: 'view',
  icon: 'retry',
  keys: [],
  enabled: (bench) => {
    const { floorDb, ceilingDb } = bench.settings.getState();
    return floorDb !== plainContrast.floorDb || ceilingDb !== plainContrast.ceilingDb;
  },
  effect: (bench) => bench.settings.setState(plainContrast),
});

export const viewCommands = [
  zoomIn,
  zoomOut,
  wholeTrack,
  panLeft,
  panRight,
  toggleOverlay,
  toggleContour,
  nextColormap,
  clearRegion,
  toggleOctaveNotes,
  resetContrast,
] as const;
