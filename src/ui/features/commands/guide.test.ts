import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { CommandGroup } from '#state/actions/action.ts';
import { allCommands } from '#state/actions/commands.ts';
import { commandTexts } from '#ui/features/commands/commandTexts.ts';
import { keyText } from '#ui/features/commands/keyText.ts';
import { commandsTexts } from '#ui/features/commands/texts.ts';

/** The guide's tables of keys say what the page does: every command that has a key, in both languages. */

const guide = readFileSync(new URL('../../../../docs/guide.md', import.meta.url), 'utf8');

/** Rows of the table that starts with that heading; cells as they are written, without the spaces around them. */
function tableAfter(heading: string): string[][] {
  const lines = guide.slice(guide.indexOf(heading)).split('\n');
  const from = lines.findIndex((line) => line.startsWith('|')) + 2;
  const to = lines.findIndex((line, at) => at >= from && !line.startsWith('|'));
  return lines.slice(from, to).map((line) =>
    line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
}

/** One row a command: where, what, keys. */
function expectedRows(language: 'en' | 'zh'): string[][] {
  const { groups, keys: names, or, within } = commandsTexts[language];
  const order: readonly CommandGroup[] = ['view', 'player', 'review', 'queue', 'library', 'export', 'page'];
  return order.flatMap((group) =>
    allCommands
      .filter((command) => command.group === group && command.keys.length > 0)
      .map((command) => [
        groups[group],
        commandTexts[language][command.name],
        command.keys
          .map((key) => {
            const place = key.within === undefined ? '' : ` ${within[key.within]}`;
            return `\`${keyText(key, names, false)}\`${place}`;
          })
          .join(` ${or} `),
      ]),
  );
}

describe('the guide', () => {
  it.each([
    ['en', '### Keys'],
    ['zh', '### 快捷键'],
  ] as const)('%s: has a table of all keys', (language, heading) => {
    expect(tableAfter(heading)).toEqual(expectedRows(language));
  });

  it('shows and links what exists', () => {
    const targets = [...guide.matchAll(/\]\(([^)#]+)\)/g)].map(([, target]) => target ?? '');
    expect(targets.length).toBeGreaterThan(10);
    for (const target of targets)
      expect(
        () => readFileSync(new URL(target, new URL('../../../../docs/', import.meta.url))),
        target,
      ).not.toThrow();
  });
});
