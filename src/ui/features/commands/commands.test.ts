// @vitest-environment happy-dom
import { describe, expect, it } from 'vitest';
import type { Command, KeyStroke } from '#state/actions/action.ts';
import { allCommands, commandNamed, runShortcut } from '#state/actions/commands.ts';
import {
  bareTarget,
  clash,
  isCharacterKey,
  isIgnoredRepeat,
  matches,
  viewsOf,
} from '#state/actions/keyBindings.ts';
import { setLetterKeys } from '#state/actions/settingActions.ts';
import { createFakeHost } from '#state/testing/fakeHost.ts';
import { isIconName } from '#ui/components/Icon.tsx';
import { commandTexts } from '#ui/features/commands/commandTexts.ts';
import { keyStrokeOf, keyTargetOf } from '#ui/features/commands/keyTarget.ts';
import { ariaKeyShortcuts, keyText } from '#ui/features/commands/keyText.ts';
import { commandsTexts } from '#ui/features/commands/texts.ts';

const press = (key: string, more: Partial<KeyStroke> = {}): KeyStroke => ({
  key,
  mod: false,
  shift: false,
  ...more,
});

/** Every pair of commands that one stroke could mean in one view. */
function* clashes(list: readonly Command[]): Generator<string> {
  for (const [at, one] of list.entries())
    for (const other of list.slice(at + 1)) {
      if (!viewsOf(one).some((view) => viewsOf(other).includes(view))) continue;
      for (const key of one.keys)
        if (other.keys.some((candidate) => clash(key, candidate)))
          yield `${one.name} and ${other.name}: ${key.key}`;
    }
}

describe('the commands', () => {
  it('have names of their own', () => {
    const names = allCommands.map(({ name }) => name);
    expect(names).toEqual([...new Set(names)]);
  });

  it('share no key in any view', () => {
    expect([...clashes(allCommands)]).toEqual([]);
  });

  it('would be caught sharing one', () => {
    const accept = commandNamed('accept');
    const other = { ...commandNamed('nextFile'), keys: [{ key: 'A' }] };
    expect([...clashes([accept, other])]).toEqual(['accept and nextFile: a']);
    expect([...clashes([accept, { ...other, views: ['library'] }])]).toEqual([]);
    expect([...clashes([accept, { ...other, keys: [{ key: 'a', shift: true }] }])]).toEqual([]);
  });

  it('have a label in both languages, and a drawing that exists', () => {
    for (const { name, icon } of allCommands) {
      expect(commandTexts.en[name].trim(), name).not.toBe('');
      expect(commandTexts.zh[name], name).toMatch(/\p{Script=Han}/u);
      expect(commandTexts.en[name], name).not.toMatch(/\p{Script=Han}/u);
      if (icon !== undefined) expect(isIconName(icon), `${name}: ${icon}`).toBe(true);
    }
  });
});

describe('a key press', () => {
  it('means its command whatever Caps Lock says, and signs whatever Shift they need', () => {
    expect(matches({ key: 'a' }, press('A'))).toBe(true);
    expect(matches({ key: 'a' }, press('A', { shift: true }))).toBe(false);
    expect(matches({ key: 'j', shift: true }, press('J', { shift: true }))).toBe(true);
    expect(matches({ key: '?' }, press('?', { shift: true }))).toBe(true);
    expect(matches({ key: '0' }, press('0', { shift: true }))).toBe(true);
    expect(matches({ key: 'z', mod: true }, press('z'))).toBe(false);
    expect(matches({ key: 'ArrowLeft' }, press('ArrowLeft', { shift: true }))).toBe(false);
  });

  it('runs the command, and none under an open dialogue', () => {
    const { bench } = createFakeHost();
    expect(runShortcut(bench, press('?', { shift: true }), bareTarget)).toBe(true);
    expect(bench.navigation.getState().dialog).toEqual({ kind: 'shortcuts' });
    expect(runShortcut(bench, press('?', { shift: true }), bareTarget)).toBe(false);
  });

  it('does nothing where the command makes no sense now', () => {
    const { bench } = createFakeHost();
    expect(runShortcut(bench, press('a'), bareTarget)).toBe(false);
    expect(runShortcut(bench, press('Delete'), { ...bareTarget, parts: ['queue'] })).toBe(false);
  });

  it('leaves text fields, buttons and dialogues their own keys', () => {
    const { bench } = createFakeHost();
    const question = press('?', { shift: true });
    expect(runShortcut(bench, question, { ...bareTarget, isEditing: true })).toBe(false);
    expect(runShortcut(bench, question, { ...bareTarget, isInDialog: true })).toBe(false);
    expect(runShortcut(bench, question, { ...bareTarget, isPressable: true })).toBe(true);
  });

  it('without Ctrl means nothing once letter keys are off', () => {
    const { bench } = createFakeHost();
    setLetterKeys.effect(bench, false);
    for (const { keys } of allCommands)
      for (const { key, mod = false, shift = false } of keys)
        if (isCharacterKey({ key, mod })) {
          expect(runShortcut(bench, { key, mod, shift }, bareTarget), key).toBe(false);
        }
    expect(isCharacterKey({ key: 'Delete' })).toBe(false);
    expect(isCharacterKey({ key: 'z', mod: true })).toBe(false);
  });

  it('that is held counts once for letters, and repeats for arrows and signs', () => {
    expect(isIgnoredRepeat(press('a', { repeat: true }))).toBe(true);
    expect(isIgnoredRepeat(press(' ', { repeat: true }))).toBe(true);
    expect(isIgnoredRepeat(press('z', { mod: true, repeat: true }))).toBe(true);
    expect(isIgnoredRepeat(press('a'))).toBe(false);
    expect(isIgnoredRepeat(press('ArrowLeft', { repeat: true }))).toBe(false);
    expect(isIgnoredRepeat(press('+', { repeat: true }))).toBe(false);
  });
});

const focusOn = (html: string) => {
  document.body.innerHTML = html;
  return keyTargetOf(document.querySelector('[data-focus]'));
};

const stroke = (init: KeyboardEventInit, altGraph = false) =>
  keyStrokeOf(Object.assign(new KeyboardEvent('keydown', init), { getModifierState: () => altGraph }));

describe('what has the focus', () => {
  it.each([
    ['<input data-focus>', { isEditing: true }],
    ['<input type="search" data-focus>', { isEditing: true }],
    ['<textarea data-focus></textarea>', { isEditing: true }],
    ['<select data-focus></select>', { isEditing: true }],
    ['<div contenteditable="true"><b data-focus></b></div>', { isEditing: true }],
    ['<input type="range" data-focus>', { isEditing: false, isPressable: false, takesArrows: true }],
    ['<input type="radio" data-focus>', { isEditing: false, isPressable: true, takesArrows: true }],
    ['<input type="checkbox" data-focus>', { isEditing: false, isPressable: true, takesArrows: false }],
    ['<button data-focus></button>', { isEditing: false, isPressable: true }],
    ['<details><summary data-focus></summary></details>', { isPressable: true }],
    ['<div data-focus></div>', { isEditing: false, isPressable: false, takesArrows: false, parts: [] }],
    ['<dialog><button data-focus></button></dialog>', { isInDialog: true }],
    ['<ul data-keys="queue"><li><button data-focus></button></li></ul>', { parts: ['queue'] }],
  ])('%s', (html, expected) => {
    expect(focusOn(html)).toMatchObject(expected);
  });

  it('leaves presses alone that compose a character or belong to the system', () => {
    expect(stroke({ key: 'a', isComposing: true })).toBeNull();
    expect(stroke({ key: 'Dead' })).toBeNull();
    expect(stroke({ key: 'a', altKey: true })).toBeNull();
    expect(stroke({ key: '[', altKey: true, ctrlKey: true }, true)).toMatchObject({ key: '[', mod: false });
    expect(stroke({ key: 'z', metaKey: true })).toMatchObject({ key: 'z', mod: true });
    expect(stroke({ key: 'z', ctrlKey: true, shiftKey: true })).toMatchObject({ mod: true, shift: true });
  });
});

describe('keys as text', () => {
  const undo = { key: 'z', mod: true };
  const redo = { key: 'z', mod: true, shift: true };
  const { keys: names } = commandsTexts.en;

  it('are written as the machine writes them', () => {
    expect(keyText(undo, names, false)).toBe('Ctrl+Z');
    expect(keyText(redo, names, false)).toBe('Ctrl+Shift+Z');
    expect(keyText(redo, names, true)).toBe('⇧⌘Z');
    expect(keyText({ key: ' ' }, commandsTexts.zh.keys, false)).toBe('空格');
    expect(keyText({ key: 'ArrowLeft', shift: true }, names, false)).toBe('Shift+←');
  });

  it('are told to screen readers in the words of WAI-ARIA', () => {
    expect(ariaKeyShortcuts([redo, { key: 'y', mod: true }], false)).toBe('Control+Shift+Z Control+Y');
    expect(ariaKeyShortcuts([undo], true)).toBe('Meta+Z');
    expect(ariaKeyShortcuts([{ key: ' ' }, { key: '+' }], false)).toBe('Space Plus');
  });
});
