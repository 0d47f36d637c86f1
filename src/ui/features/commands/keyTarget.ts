import { keyParts, type KeyPart, type KeyStroke } from '#state/actions/action.ts';
import type { KeyTarget } from '#state/actions/keyBindings.ts';

const writing =
  'textarea, select, [contenteditable]:not([contenteditable="false"]), [role="textbox"], [role="combobox"], [role="searchbox"], [role="listbox"], ' +
  'input:not([type="checkbox"], [type="radio"], [type="range"], [type="button"], [type="submit"], [type="reset"], [type="file"], [type="color"])';
const pressed =
  'button, a[href], summary, input:not([type="range"]), [role="button"], [role="link"], [role="checkbox"], [role="switch"], [role="menuitem"], [role="option"], [role="tab"]';
const moved =
  'input[type="range"], input[type="radio"], [role="slider"], [role="radio"], [role="tab"], [role="option"], [role="menuitem"], [role="grid"], [role="separator"]';

/** The parts around an element, innermost first. */
function* partsAround(element: Element | null): Generator<KeyPart> {
  const holder = element?.closest<HTMLElement>('[data-keys]') ?? null;
  if (holder === null) return;
  const part = keyParts.find((candidate) => candidate === holder.dataset['keys']);
  if (part !== undefined) yield part;
  yield* partsAround(holder.parentElement);
}

/** What has the focus, in the words of the shortcuts. */
export function keyTargetOf(focus: Element | null): KeyTarget {
  const isIn = (selector: string): boolean => (focus?.closest(selector) ?? null) !== null;
  return {
    isEditing: isIn(writing),
    isPressable: isIn(pressed),
    takesArrows: isIn(moved),
    isInDialog: isIn('dialog, [role="dialog"], [aria-modal="true"]'),
    parts: [...partsAround(focus)],
  };
}

/** The press without what only keyboards know; null for one that only composes a character or belongs to the system. */
export function keyStrokeOf(event: KeyboardEvent): KeyStroke | null {
  if (event.isComposing || event.key === 'Dead' || event.key === 'Process') return null;
  // On many keyboards brackets and signs need AltGr, which some systems report as Ctrl and Alt together.
  const isAltGraph = event.getModifierState('AltGraph');
  if (event.altKey && !isAltGraph) return null;
  return {
    key: event.key,
    mod: (event.ctrlKey || event.metaKey) && !isAltGraph,
    shift: event.shiftKey,
    repeat: event.repeat,
  };
}
