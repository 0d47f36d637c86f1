import type { Command, CommandGroup, KeyBinding, KeyPart, KeyStroke } from '#state/actions/action.ts';
import type { PageView } from '#state/navigation.ts';

/**
 * What a key press means. Pure: the page says where the focus is, nothing here looks at it.
 */

/** What has the focus, as far as keys care. */
export interface KeyTarget {
  /** Text is being written, or chosen by its first letters: letters and Ctrl+Z belong to it. */
  readonly isEditing: boolean;
  /** Space and Enter press it: a button, a link, a check box, a summary. */
  readonly isPressable: boolean;
  /** The arrow keys, Home, End and the page keys move it: a slider, a radio button, a list. */
  readonly takesArrows: boolean;
  /** A modal dialogue is open: nothing under it may change. */
  readonly isInDialog: boolean;
  /** Values of `data-keys` around the focus, innermost first. */
  readonly parts: readonly KeyPart[];
}

export const bareTarget: KeyTarget = {
  isEditing: false,
  isPressable: false,
  takesArrows: false,
  isInDialog: false,
  parts: [],
};

const isCharacter = (key: string): boolean => key !== ' ' && /^.$/u.test(key);
const isLetter = (key: string): boolean => isCharacter(key) && key.toLowerCase() !== key.toUpperCase();

/** Letters in lower case, whatever Shift and Caps Lock make of them. */
const plain = (key: string): string => (isCharacter(key) ? key.toLowerCase() : key);

/** True for a key that WCAG 2.1.4 (Character Key Shortcuts) asks to be able to turn off: a character without Ctrl or Command. */
export const isCharacterKey = ({ key, mod = false }: Pick<KeyBinding, 'key' | 'mod'>): boolean =>
  !mod && isCharacter(key);

/**
 * True where the stroke is the binding. Shift has to match for letters and named keys; signs and digits need it on some
 * keyboards and not on others, so there the sign alone counts.
 */
export function matches(binding: KeyBinding, stroke: KeyStroke): boolean {
  if (plain(binding.key) !== plain(stroke.key)) return false;
  if ((binding.mod ?? false) !== stroke.mod) return false;
  const shiftCounts = isLetter(binding.key) || !isCharacter(binding.key);
  return !shiftCounts || (binding.shift ?? false) === stroke.shift;
}

/** Two bindings that one stroke could mean at the same place. */
export const clash = (one: KeyBinding, other: KeyBinding): boolean =>
  one.within === other.within &&
  matches(one, { key: other.key, mod: other.mod ?? false, shift: other.shift ?? false });

const arrowKeys = ['ArrowLeft', 'ArrowRight', 'ArrowUp', 'ArrowDown', 'Home', 'End', 'PageUp', 'PageDown'];
/** With Ctrl or Command: what every text field does by itself. */
const editingLetters = ['z', 'y', 'a', 'c', 'v', 'x'];

/** True where the stroke belongs to what has the focus, and not to the page. */
export function isTaken(stroke: KeyStroke, target: KeyTarget): boolean {
  const { mod } = stroke;
  const key = plain(stroke.key);
  if (target.isInDialog) return true;
  if (target.isEditing) return !mod || editingLetters.includes(key) || arrowKeys.includes(key);
  if (target.isPressable && !mod && (key === ' ' || key === 'Enter')) return true;
  return target.takesArrows && arrowKeys.includes(key);
}

/** A letter, Space or Enter that is held counts once; arrows and signs repeat, for seeking and zooming. */
export const isIgnoredRepeat = ({ key, mod, repeat = false }: KeyStroke): boolean =>
  repeat && (mod || isLetter(key) || key === ' ' || key === 'Enter');

const viewsOfGroup: Readonly<Record<CommandGroup, readonly PageView[]>> = {
  page: ['workstation', 'library', 'compare'],
  export: ['workstation', 'library', 'compare'],
  queue: ['workstation'],
  view: ['workstation'],
  player: ['workstation'],
  review: ['workstation'],
  library: ['library'],
};

/** The views in which the keys of a command work. */
export const viewsOf = ({ views, group }: Pick<Command, 'views' | 'group'>): readonly PageView[] =>
  views ?? viewsOfGroup[group];
