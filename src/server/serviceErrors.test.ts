import { describe, expect, it } from 'vitest';
import { analysisErrorCodes } from '#core/errors.ts';
import {
  errorBody,
  serviceError,
  serviceErrorText,
  serviceOnlyErrorCodes,
  statusOf,
} from '#server/serviceErrors.ts';

const codes = [...analysisErrorCodes, ...serviceOnlyErrorCodes];

it('no code is in both lists', () => {
  expect(new Set(codes).size).toBe(codes.length);
});

describe.each(codes)('%s', (code) => {
  it('has a status of a failure', () => {
    const status = statusOf(code);
    expect(Number.isInteger(status)).toBe(true);
    expect(status).toBeGreaterThanOrEqual(400);
    expect(status).toBeLessThan(600);
  });

  it('says what happened and what to do in both languages, with no figures given', () => {
    const en = serviceErrorText(serviceError(code, 'technical'), 'en');
    const zh = serviceErrorText(serviceError(code, 'technical'), 'zh');
    for (const text of [en.title, en.advice, zh.title, zh.advice]) {
      expect(text.trim()).not.toBe('');
      expect(text).not.toMatch(/undefined|null|NaN|\[object/);
    }
    expect(en.title + en.advice).not.toMatch(/\p{Script=Han}/u);
    expect(zh.title).toMatch(/\p{Script=Han}/u);
    expect(zh.advice).toMatch(/\p{Script=Han}/u);
  });

  it('has a body that a client can read', () => {
    const body = errorBody(serviceError(code, 'technical', { name: 'a' }));
    expect(JSON.parse(JSON.stringify(body))).toEqual(body);
    expect(body).toMatchObject({ code, details: { name: 'a' } });
    expect(body.error).toMatch(/\p{Script=Han}/u);
    // What was found may name paths of the host: that is for the log.
    expect(JSON.stringify(body)).not.toContain('technical');
  });
});

it('the body of a missing file is what the systems that read it expect', () => {
  expect(errorBody(serviceError('missing-audio', 'no part'))).toMatchObject({
    error: '缺少audio文件',
    code: 'missing-audio',
  });
  expect(statusOf('missing-audio')).toBe(400);
});

it.each([
  ['missing-audio', 400],
  ['bad-top-k', 400],
  ['decode-failed', 422],
  ['unsupported-format', 422],
  ['file-too-large', 413],
  ['unsupported-media-type', 415],
  ['busy', 503],
  ['unauthorized', 401],
  ['rate-limited', 429],
  ['internal', 500],
] as const)('%s is answered %i', (code, status) => {
  expect(statusOf(code)).toBe(status);
});
