import type { WindowResult } from '#core/report/report.ts';

/** The stretch of time for which one window speaks. */
export interface WindowCell {
  readonly window: WindowResult;
  readonly startSeconds: number;
  readonly endSeconds: number;
}

const middle = (window: WindowResult): number => (window.startSeconds + window.endSeconds) / 2;

/**
 * Cuts the time into one stretch for each window, without overlaps: a moment belongs to the window whose middle is
 * nearest. The first cell begins where the first window begins, the last ends where the last window ends.
 *
 * @param windows in the order of time
 */
export function windowCells(windows: readonly WindowResult[]): WindowCell[] {
  return windows.map((window, at) => {
    const before = windows[at - 1];
    const after = windows[at + 1];
    return {
      window,
      startSeconds:
        before === undefined
          ? window.startSeconds
          : Math.max(window.startSeconds, (middle(before) + middle(window)) / 2),
      endSeconds:
        after === undefined
          ? window.endSeconds
          : Math.min(window.endSeconds, (middle(window) + middle(after)) / 2),
    };
  });
}
