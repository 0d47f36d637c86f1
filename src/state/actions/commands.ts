import { recordIdOf } from '#core/library/record.ts';
import type { Command, KeyPart, KeyStroke } from '#state/actions/action.ts';
import { archiveCommands } from '#state/actions/archiveActions.ts';
import { attentionCommands } from '#state/actions/attentionActions.ts';
import { compareCommands } from '#state/actions/compareActions.ts';
import {
  isCharacterKey,
  isIgnoredRepeat,
  isTaken,
  matches,
  viewsOf,
  type KeyTarget,
} from '#state/actions/keyBindings.ts';
import { exportCommands } from '#state/actions/exportActions.ts';
import { libraryCommands } from '#state/actions/libraryActions.ts';
import { libraryViewCommands } from '#state/actions/libraryViewActions.ts';
import { offlineCommands } from '#state/actions/offlineActions.ts';
import { pageCommands } from '#state/actions/pageActions.ts';
import { playerCommands } from '#state/actions/playerActions.ts';
import { queueCommands } from '#state/actions/queueActions.ts';
import { regionCommands } from '#state/actions/regionActions.ts';
import { reviewCommands } from '#state/actions/reviewActions.ts';
import { viewCommands } from '#state/actions/viewActions.ts';
import type { Workbench } from '#state/workbench.ts';

/** Every command of the page, in the order in which the list of shortcuts shows them. */
export const commands = [
  ...reviewCommands,
  ...queueCommands,
  ...viewCommands,
  ...regionCommands,
  ...attentionCommands,
  ...playerCommands,
  ...libraryViewCommands,
  ...libraryCommands,
  ...archiveCommands,
  ...compareCommands,
  ...exportCommands,
  ...offlineCommands,
  ...pageCommands,
] as const;

export type CommandName = (typeof commands)[number]['name'];

/** The same list, each command seen only as a command. */
export const allCommands: readonly Command<CommandName>[] = commands;

/** The command of that name. */
export function commandNamed(name: CommandName): Command<CommandName> {
  const found = allCommands.find((candidate) => candidate.name === name);
  if (found === undefined) throw new Error(`no command ${name}`);
  return found;
}

/** A letter typed after the search for a genre was asked for, and before its field is drawn, is no command of its own. */
function isOnItsWayToGenreSearch(bench: Workbench, stroke: KeyStroke): boolean {
  const { choosingGenre } = bench.review.getState();
  if (choosingGenre === null || stroke.mod || !/^\p{L}$/u.test(stroke.key)) return false;
  const { jobs, selectedId } = bench.jobs.getState();
  const phase = selectedId === null ? undefined : jobs[selectedId]?.phase;
  return phase?.kind === 'done' && recordIdOf(phase.report) === choosingGenre;
}

/**
 * Runs the command that a key press means where the focus is.
 * @returns true where the press was used; the browser must then do nothing else with it
 */
export function runShortcut(bench: Workbench, stroke: KeyStroke, target: KeyTarget): boolean {
  const { view, dialog } = bench.navigation.getState();
  if (dialog !== null || isTaken(stroke, target)) return false;
  if (isOnItsWayToGenreSearch(bench, stroke)) return true;
  const { letterKeys } = bench.settings.getState();
  const usable = allCommands.filter((candidate) => viewsOf(candidate).includes(view));
  const meaning = (within: KeyPart | undefined): Command | undefined =>
    usable.find(
      (candidate) =>
        candidate.keys.some(
          (binding) =>
            binding.within === within && (letterKeys || !isCharacterKey(binding)) && matches(binding, stroke),
        ) && candidate.enabled(bench),
    );
  // What the key means in the part that has the focus comes before what it means on the page.
  const meant = [...target.parts, undefined].map(meaning).find((found) => found !== undefined);
  if (meant === undefined) return false;
  if (!isIgnoredRepeat(stroke)) void meant.effect(bench);
  return true;
}
