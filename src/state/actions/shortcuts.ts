import { savePicture } from '#state/actions/jobActions.ts';
import type { KeyStroke } from '#state/actions/action.ts';
import type { Workbench } from '#state/workbench.ts';

/**
 * Runs the action that a key press means anywhere on the page. Shortcuts need Ctrl or Command: single letters would
 * clash with screen readers and speech input.
 * @returns true where the press was used
 */
export function runShortcut(bench: Workbench, stroke: KeyStroke, theme: 'light' | 'dark'): boolean {
  if (savePicture.keyTest?.(stroke) === true && savePicture.enabled(bench)) {
    void savePicture.effect(bench, theme);
    return true;
  }
  return false;
}
