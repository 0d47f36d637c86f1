import type { KeyBinding } from '#state/actions/action.ts';

/** Names of the keys that are no characters. */
export type KeyNames = Readonly<
  Record<'space' | 'delete' | 'escape' | 'enter' | 'home' | 'end' | 'ctrl' | 'shift', string>
>;

const signs: Readonly<Record<string, string>> = {
  ArrowLeft: '←',
  ArrowRight: '→',
  ArrowUp: '↑',
  ArrowDown: '↓',
};
const words: Readonly<Record<string, keyof KeyNames>> = {
  ' ': 'space',
  Delete: 'delete',
  Escape: 'escape',
  Enter: 'enter',
  Home: 'home',
  End: 'end',
};

export const isMac = (): boolean => /Mac|iPhone|iPad/.test(navigator.platform);

/** The keys of a binding one by one, as they are printed on the keyboard of this machine. */
export function keyCaps(
  { key, mod = false, shift = false }: KeyBinding,
  names: KeyNames,
  mac: boolean,
): readonly string[] {
  const word = words[key];
  const cap = signs[key] ?? (word === undefined ? key.toUpperCase() : names[word]);
  return [...(mod ? [mac ? '⌘' : names.ctrl] : []), ...(shift ? [mac ? '⇧' : names.shift] : []), cap];
}

/** In one piece, for a tooltip: "Ctrl+Z", "⇧⌘Z". */
export function keyText(binding: KeyBinding, names: KeyNames, mac: boolean): string {
  const caps = keyCaps(binding, names, mac);
  // Apple writes Shift before Command.
  return mac
    ? [...caps.filter((cap) => cap === '⇧'), ...caps.filter((cap) => cap !== '⇧')].join('')
    : caps.join('+');
}

/** The value of `aria-keyshortcuts` (WAI-ARIA 1.2): alternatives with spaces between, keys with `+`. */
export const ariaKeyShortcuts = (keys: readonly KeyBinding[], mac: boolean): string =>
  keys
    .map(({ key, mod = false, shift = false }) =>
      [
        ...(mod ? [mac ? 'Meta' : 'Control'] : []),
        ...(shift ? ['Shift'] : []),
        key === ' ' ? 'Space' : key === '+' ? 'Plus' : key.length === 1 ? key.toUpperCase() : key,
      ].join('+'),
    )
    .join(' ');
