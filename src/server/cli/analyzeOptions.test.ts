import { expect, it } from 'vitest';
import { parseAnalyzeOptions } from '#server/cli/analyzeOptions.ts';

it('reads files and options in any order', () => {
  expect(parseAnalyzeOptions(['a.mp3', '--json', '--top', '3', 'b c.wav', '--model', 'm'])).toEqual({
    ok: true,
    value: {
      files: ['a.mp3', 'b c.wav'],
      json: true,
      top: 3,
      modelDirectory: 'm',
      threads: null,
      help: false,
    },
  });
});

it('a file whose name begins with a dash follows --', () => {
  expect(parseAnalyzeOptions(['--', '--json'])).toMatchObject({
    ok: true,
    value: { files: ['--json'], json: false },
  });
});

it.each([
  [[], 'no file'],
  [['a.mp3', '--top', '0'], '--top'],
  [['a.mp3', '--top', '5x'], '--top'],
  [['a.mp3', '--top'], 'top'],
  [['a.mp3', '--threads', '-1'], 'threads'],
  [['a.mp3', '--colour'], '--colour'],
])('wrong usage %j is refused with its name', (args, name) => {
  const parsed = parseAnalyzeOptions(args);
  expect(parsed.ok).toBe(false);
  if (!parsed.ok) expect(parsed.error).toContain(name);
});
