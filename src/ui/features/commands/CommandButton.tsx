import { useCallback, useSyncExternalStore } from 'react';
import type { Command } from '#state/actions/action.ts';
import type { CommandName } from '#state/actions/commands.ts';
import { isCharacterKey } from '#state/actions/keyBindings.ts';
import type { Workbench } from '#state/workbench.ts';
import { Button } from '#ui/components/Button.tsx';
import { isIconName, type IconName } from '#ui/components/Icon.tsx';
import { commandTexts } from '#ui/features/commands/commandTexts.ts';
import { ariaKeyShortcuts, isMac, keyText } from '#ui/features/commands/keyText.ts';
import { commandsTexts } from '#ui/features/commands/texts.ts';
import { useTexts } from '#ui/i18n/LanguageContext.tsx';
import { useSettings, useWorkbench } from '#ui/WorkbenchContext.tsx';

/** Every store that a command may ask. */
function subscribeTo(bench: Workbench, listener: () => void): () => void {
  const { jobs, model, settings, view, player, library, libraryView, history, navigation, offline } = bench;
  const stops = [jobs, model, settings, view, player, library, libraryView, history, navigation, offline].map(
    (store) => store.subscribe(listener),
  );
  return () => {
    for (const stop of stops) stop();
  };
}

/** Whether the command makes sense now; the component renders again only when that changes. */
export function useCommandEnabled(command: Command): boolean {
  const { bench } = useWorkbench();
  const subscribe = useCallback((listener: () => void) => subscribeTo(bench, listener), [bench]);
  return useSyncExternalStore(subscribe, () => command.enabled(bench));
}

interface CommandButtonProps {
  readonly command: Command<CommandName>;
  readonly kind?: 'primary' | 'plain' | 'quiet';
  readonly iconOnly?: boolean;
  /** For a command whose state stays, as a verdict does. */
  readonly pressed?: boolean;
  /** Another label than the command's own, where the place says more. */
  readonly label?: string;
  /** The same for its drawing: a switch that shows what it would do now. */
  readonly icon?: IconName;
  /** What it acts on, for screen readers, after the label. */
  readonly subject?: string;
  readonly testId?: string;
}

/** A button drawn from a command: its label, icon, keys and whether it makes sense now. */
export function CommandButton(props: CommandButtonProps) {
  const { command, kind, iconOnly } = props;
  const { bench } = useWorkbench();
  const labels = useTexts(commandTexts);
  const { keys: keyNames } = useTexts(commandsTexts);
  const letterKeys = useSettings((state) => state.letterKeys);
  const enabled = useCommandEnabled(command);
  const label = props.label ?? labels[command.name];
  const keys = command.keys.filter((binding) => letterKeys || !isCharacterKey(binding));
  const mac = isMac();
  const icon: IconName | undefined =
    props.icon ?? (command.icon !== undefined && isIconName(command.icon) ? command.icon : undefined);
  const first = keys[0];
  const tooltip = first === undefined ? undefined : `${label} (${keyText(first, keyNames, mac)})`;
  return (
    <Button
      label={label}
      {...(icon === undefined ? {} : { icon })}
      {...(kind === undefined ? {} : { kind })}
      {...(iconOnly === undefined ? {} : { iconOnly })}
      {...(props.subject === undefined ? {} : { describedAs: `${label}: ${props.subject}` })}
      disabled={!enabled}
      pressed={props.pressed}
      title={tooltip}
      keyShortcuts={keys.length === 0 ? undefined : ariaKeyShortcuts(keys, mac)}
      testId={props.testId ?? `command-${command.name}`}
      onPress={() => void command.effect(bench)}
    />
  );
}
