import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseReview } from '#core/library/parseReview.ts';
import { noReview } from '#core/library/record.ts';
import { testManifest } from '#core/testing/manifest.ts';
import { reviewArbitrary } from '#core/testing/reports.ts';

const { labels } = testManifest;
const refusedAt = (value: unknown): string => {
  const result = parseReview(value, labels);
  if (result.ok) return 'accepted';
  expect(result.error.code).toBe('report-invalid');
  return String(result.error.details?.['path']);
};
const good = { verdict: { kind: 'accepted' }, note: '', tags: [], reviewedAt: null };

describe('parseReview', () => {
  it('reads back every review that was written', () => {
    fc.assert(
      fc.property(reviewArbitrary(labels), (review) => {
        expect(parseReview(JSON.parse(JSON.stringify(review)), labels)).toEqual({ ok: true, value: review });
      }),
    );
  });

  it('takes nothing for nobody has said anything', () => {
    expect(parseReview(null)).toEqual({ ok: true, value: noReview });
    expect(parseReview(undefined)).toEqual({ ok: true, value: noReview });
  });

  it.each([
    ['an unknown verdict', { ...good, verdict: { kind: 'loved' } }, 'review.verdict.kind'],
    [
      'a correction to a genre the model does not have',
      { ...good, verdict: { kind: 'corrected', genre: 'Polka' } },
      'review.verdict.genre',
    ],
    ['a note beyond its length', { ...good, note: 'x'.repeat(2001) }, 'review.note'],
    ['a tag with space around it', { ...good, tags: ['a', ' b'] }, 'review.tags[1]'],
    ['a tag twice', { ...good, tags: ['a', 'a'] }, 'review.tags[1]'],
    ['an empty tag', { ...good, tags: [''] }, 'review.tags[0]'],
    ['33 tags', { ...good, tags: Array.from({ length: 33 }, (_, i) => `t${i}`) }, 'review.tags'],
    ['no date', { ...good, reviewedAt: 'yesterday' }, 'review.reviewedAt'],
    ['a list', [], 'review'],
  ])('refuses %s, and says where', (_, value, where) => {
    expect(refusedAt(value)).toBe(where);
  });

  it('without labels takes a correction to any genre', () => {
    expect(parseReview({ ...good, verdict: { kind: 'corrected', genre: 'Polka' } }).ok).toBe(true);
  });

  it('never throws', () => {
    fc.assert(fc.property(fc.anything(), (value) => void parseReview(value)));
  });
});
