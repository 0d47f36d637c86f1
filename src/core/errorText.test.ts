import { describe, expect, it } from 'vitest';
import { analysisErrorCodes, analysisWarningCodes, analysisError } from '#core/errors.ts';
import { errorText, noticeText, warningText, type PlainText } from '#core/errorText.ts';
import { hostNoticeCodes } from '#core/model/loading.ts';

const han = /\p{Script=Han}/u;
const richDetails = {
  bytes: 3_200_000_000,
  limitBytes: 512_000_000,
  seconds: 0.1,
  limitSeconds: 3600,
  found: 'plain text',
  model: 'acousticsense-vit-b16',
  headerSeconds: 30,
  decodedSeconds: 12.34,
  durationSeconds: 11_100,
  windowSeconds: 10.4,
  samples: 7,
  skipped: 2,
  windows: 9,
  from: 'webgpu',
  to: 'wasm',
};

function expectGoodTexts(read: (language: 'en' | 'zh') => PlainText): void {
  for (const language of ['en', 'zh'] as const) {
    const { title, advice } = read(language);
    for (const text of [title, advice]) {
      expect(text.trim().length).toBeGreaterThan(1);
      expect(text).not.toMatch(/<\/?[a-z]|undefined|NaN|\[object|\$\{/i);
      expect(han.test(text)).toBe(language === 'zh');
      // Chinese has its own punctuation.
      expect(text).not.toMatch(/\p{Script=Han}[,;:(]|[,;:)]\p{Script=Han}/u);
    }
    expect(advice.length).toBeGreaterThan(title.length / 2);
  }
}

describe('errorText', () => {
  it.each(analysisErrorCodes)(
    '%s has a title and advice in both languages, with and without figures',
    (code) => {
      expectGoodTexts((language) => errorText(analysisError(code, 'x'), language));
      expectGoodTexts((language) => errorText(analysisError(code, 'x', richDetails), language));
    },
  );

  it('gives the figures in units that people compare', () => {
    const large = errorText(analysisError('file-too-large', '', richDetails), 'en').advice;
    expect(large).toContain('3.2 GB');
    expect(large).toContain('512 MB');
    expect(errorText(analysisError('file-too-long', '', richDetails), 'en').advice).toContain('3 h 5 min');
    expect(errorText(analysisError('file-too-long', '', richDetails), 'zh').advice).toContain(
      '3 小时 5 分钟',
    );
  });
});

describe('warningText', () => {
  it.each(analysisWarningCodes)('%s has texts in both languages', (code) => {
    expectGoodTexts((language) => warningText({ code, details: {} }, language));
    expectGoodTexts((language) => warningText({ code, details: richDetails }, language));
  });
});

describe('noticeText', () => {
  it.each(hostNoticeCodes)('%s has texts in both languages', (code) => {
    expectGoodTexts((language) => noticeText({ code, detail: 'adapter' }, language));
  });
});
