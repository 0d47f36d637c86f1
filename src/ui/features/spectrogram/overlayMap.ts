import type { WindowAttention } from '#core/explain/attentionColumns.ts';
import { patchAttention } from '#core/explain/classAttention.ts';
import type { WindowResult } from '#core/report/report.ts';
import type { AttentionState } from '#state/attention.ts';
import type { ViewState } from '#state/view.ts';

/**
 * What is laid over the picture: the rollout of the selected window or of all, or, where a layer and head were chosen,
 * the attention of that head for the windows that were asked for it.
 */
export function overlayMapOf(
  windows: readonly WindowResult[],
  selectedWindow: number | null,
  chosen: ViewState['attention'],
  { shape, byWindow }: Pick<AttentionState, 'shape' | 'byWindow'>,
): readonly WindowAttention[] {
  const shown =
    selectedWindow === null ? windows : windows.filter((window) => window.index === selectedWindow);
  if (chosen === null) return shown;
  if (shape === null) return [];
  return shown.flatMap((window) => {
    const known = byWindow.get(window.index);
    if (known === undefined) return [];
    const { startFrame, silent } = window;
    return [{ startFrame, silent, rollout: patchAttention(known, shape, chosen) }];
  });
}
