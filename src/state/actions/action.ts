import type { Workbench } from '#state/workbench.ts';

/** A key press, as far as shortcuts care. `mod` is Ctrl, or Command on a Mac. */
export interface KeyStroke {
  readonly key: string;
  readonly mod: boolean;
  readonly shift: boolean;
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
  /** True where the stroke means this action anywhere on the page. */
  readonly keyTest?: (stroke: KeyStroke) => boolean;
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
