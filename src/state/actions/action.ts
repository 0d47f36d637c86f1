import type { PageView } from '#state/navigation.ts';
import type { Workbench } from '#state/workbench.ts';

/** A key press, as far as shortcuts care. `mod` is Ctrl, or Command on a Mac. */
export interface KeyStroke {
  readonly key: string;
  readonly mod: boolean;
  readonly shift: boolean;
  /** True while the key is held down and repeats itself. */
  readonly repeat?: boolean;
}

/** Parts of the page in which keys mean something of their own: elements with `data-keys="queue"`. */
export const keyParts = ['queue', 'picture'] as const;
export type KeyPart = (typeof keyParts)[number];

/** A key that means a command. Letters are lower case; `mod` and `shift` must match exactly unless the key itself needs shift. */
export interface KeyBinding {
  /** `KeyboardEvent.key`: 'ArrowLeft', ' ', '?', 'a'. */
  readonly key: string;
  readonly mod?: boolean;
  readonly shift?: boolean;
  /** Only while the focus is in that part of the page; without it anywhere. */
  readonly within?: KeyPart;
}

export type CommandGroup = 'page' | 'queue' | 'view' | 'player' | 'review' | 'library' | 'export';

/** Names of the drawings in `ui/components/Icon.tsx`, as far as commands use them. */
export type CommandIcon = string;

/**
 * An action that acts on what is selected, so that a key alone can mean it: buttons, menus, shortcuts and the list of
 * shortcuts are all drawn from this one object. Its label is the text of its name.
 */
export interface Command<Name extends string = string> {
  readonly name: Name;
  readonly group: CommandGroup;
  readonly icon?: CommandIcon;
  readonly keys: readonly KeyBinding[];
  /** Where its keys work; without it the views that `viewsOf` gives its group. */
  readonly views?: readonly PageView[];
  /** False where it makes no sense now; its button is then disabled and its key does nothing. */
  readonly enabled: (bench: Workbench) => boolean;
  readonly effect: (bench: Workbench) => void | Promise<void>;
}

/** Gives the compiler the literal name, so that a command without a label in both languages does not compile. */
export function command<const Name extends string>(definition: Command<Name>): Command<Name> {
  return definition;
}

/**
 * Something a person can do, as data: buttons, shortcuts and tests share it. The name is also the key of its label.
 * Effects never throw for reasons outside the program; what can fail ends in a store.
 */
export interface Action<
  Name extends string,
  Asked extends readonly unknown[],
  Input extends readonly unknown[],
  Done extends void | Promise<void>,
> {
  readonly name: Name;
  /** False where the action makes no sense now; its button is then disabled. */
  readonly enabled: (bench: Workbench, ...asked: Asked) => boolean;
  readonly effect: (bench: Workbench, ...input: Input) => Done;
}

export const always = (): boolean => true;

/** Gives the compiler the literal name and the input types of an action. */
export function action<
  Name extends string,
  Asked extends readonly unknown[],
  Input extends readonly unknown[],
  Done extends void | Promise<void>,
>(definition: Action<Name, Asked, Input, Done>): Action<Name, Asked, Input, Done> {
  return definition;
}
