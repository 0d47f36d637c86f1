import { graphemes, singleLine } from '#core/report/exportedResult.ts';

const longestName = 200;

/**
 * The name of a file as a client gave it, fit to be shown and logged: the last part of a path, one line, without control
 * characters and direction marks, at most 200 characters. Never part of a path or a header.
 */
export function shownFileName(given: string | undefined): string {
  const last = (given ?? '').slice(0, 10_000).split(/[/\\]/u).at(-1) ?? '';
  // First cut roughly: splitting into characters as people see them costs with the length.
  const line = singleLine(last.slice(0, 4 * longestName).toWellFormed());
  const name = graphemes(line).slice(0, longestName).join('');
  return name === '' || name === '.' || name === '..' ? 'audio' : name;
}
