import { describe, expect, it } from 'vitest';
import { en } from '#app/i18n/en.ts';
import { zh } from '#app/i18n/zh.ts';

const han = /\p{Script=Han}/u;
/** Names, and sentences that only put what they are given in a row. */
const untranslated = new Set(['appName', 'result.container', 'status.version', 'jobs.failedNews']);

function* texts(value: unknown, path = ''): Generator<readonly [string, string]> {
  if (untranslated.has(path)) return;
  if (typeof value === 'string') yield [path, value];
  else if (typeof value === 'function') {
    const call = value as (...input: readonly unknown[]) => string;
    yield [path, call(3, 5, 'x')];
  } else if (typeof value === 'object' && value !== null)
    for (const [key, inner] of Object.entries(value))
      yield* texts(inner, path === '' ? key : `${path}.${key}`);
}

describe('texts of the page', () => {
  it('are complete and in their own language', () => {
    const english = [...texts(en)];
    const chinese = new Map(texts(zh));
    expect(english.map(([path]) => path)).toEqual([...chinese.keys()]);
    for (const [path, text] of english) {
      expect(text.trim(), path).not.toBe('');
      expect(han.test(text), path).toBe(false);
      expect(han.test(chinese.get(path) ?? ''), path).toBe(true);
    }
  });

  it('count in the plural of the language', () => {
    expect(en.jobs.summary(0, 1)).toBe('0 of 1 file done');
    expect(en.jobs.summary(1, 2)).toBe('1 of 2 files done');
    expect(en.status.threads(1)).toBe('1 thread');
  });
});
