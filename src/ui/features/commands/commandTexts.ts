import type { CommandName } from '#state/actions/commands.ts';
import { archiveTexts } from '#ui/features/archive/texts.ts';
import { attentionTexts } from '#ui/features/attention/texts.ts';
import { commandsTexts } from '#ui/features/commands/texts.ts';
import { compareTexts } from '#ui/features/compare/texts.ts';
import { exportsTexts } from '#ui/features/exports/texts.ts';
import { playerTexts } from '#ui/features/player/texts.ts';
import { libraryTexts } from '#ui/features/library/texts.ts';
import { regionTexts } from '#ui/features/region/texts.ts';
import { reviewTexts } from '#ui/features/review/texts.ts';
import { spectrogramTexts } from '#ui/features/spectrogram/texts.ts';
import { featureTexts } from '#ui/i18n/LanguageContext.tsx';

type Labels = Readonly<Record<CommandName, string>>;

/** Labels of all commands, from the texts of the features they belong to. One that is missing does not compile. */
export const commandTexts = featureTexts<Labels>(
  {
    ...commandsTexts.en.commands,
    ...reviewTexts.en.commands,
    ...libraryTexts.en.commands,
    ...archiveTexts.en.commands,
    ...compareTexts.en.commands,
    ...exportsTexts.en.commands,
    ...spectrogramTexts.en.commands,
    ...regionTexts.en.commands,
    ...attentionTexts.en.commands,
    ...playerTexts.en.commands,
  },
  {
    ...commandsTexts.zh.commands,
    ...reviewTexts.zh.commands,
    ...libraryTexts.zh.commands,
    ...archiveTexts.zh.commands,
    ...compareTexts.zh.commands,
    ...exportsTexts.zh.commands,
    ...spectrogramTexts.zh.commands,
    ...regionTexts.zh.commands,
    ...attentionTexts.zh.commands,
    ...playerTexts.zh.commands,
  },
);
