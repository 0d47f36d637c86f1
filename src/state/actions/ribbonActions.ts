import { action, always } from '#state/actions/action.ts';
import { selectWindow } from '#state/actions/jobActions.ts';
import { revealStretch, selectedExtent } from '#state/viewport.ts';

/** Looks at one window and brings it into view; null is the whole track, and the view stays. */
export const lookAtWindow = action({
  name: 'lookAtWindow',
  enabled: always,
  effect: (
    bench,
    window: { readonly index: number; readonly startSeconds: number; readonly endSeconds: number } | null,
  ) => {
    selectWindow.effect(bench, window?.index ?? null);
    const { viewport } = bench.view.getState();
    const extent = selectedExtent(bench);
    if (window === null || viewport === null || extent === null) return;
    const seen = revealStretch(viewport, extent, window.startSeconds, window.endSeconds);
    if (seen !== viewport) bench.view.setState({ viewport: seen });
  },
});

/** Where the pointer is on the time axis, for every picture that has it; null when it has left. */
export const pointAt = action({
  name: 'pointAt',
  enabled: always,
  effect: (bench, seconds: number | null) =>
    bench.view.setState({ cursor: seconds === null ? null : { seconds, hertz: null } }),
});
