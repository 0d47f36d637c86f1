import type { CommandName } from '#state/actions/commands.ts';
import { commandsTexts } from '#ui/features/commands/texts.ts';
import { featureTexts } from '#ui/i18n/LanguageContext.tsx';

type Labels = Readonly<Record<CommandName, string>>;

/** Labels of all commands, from the texts of the features they belong to. One that is missing does not compile. */
export const commandTexts = featureTexts<Labels>(
  { ...commandsTexts.en.commands },
  { ...commandsTexts.zh.commands },
);
