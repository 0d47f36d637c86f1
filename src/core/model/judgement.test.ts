import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { closeMargin, judge, leastAgreement, notMusicShare } from '#core/model/judgement.ts';
import type { TrackResult, WindowResult } from '#core/report/report.ts';

const trackOf = (probabilities: readonly number[], agreement = 1): TrackResult => ({
  predictions: probabilities.map((probability, index) => ({ genre: `g${index}`, probability })),
  agreement,
  vote: [],
});

const windowOf = (index: number, kind: 'music' | 'silent' | 'noise' = 'music'): WindowResult => ({
  index,
  startFrame: index * 112,
  startSeconds: index * 5.2,
  endSeconds: index * 5.2 + 10.4,
  silent: kind === 'silent',
  noise: kind === 'noise',
  predictions: [],
  rollout: [],
});

const windowsOf = (...kinds: readonly ('music' | 'silent' | 'noise')[]): readonly WindowResult[] =>
  kinds.map((kind, index) => windowOf(index, kind));

const clear = trackOf([0.7, 0.2, 0.1]);

describe('judge', () => {
  it('says nothing about a clear result on music', () => {
    expect(judge(clear, windowsOf('music', 'music'))).toEqual({
      ambiguous: false,
      reasons: [],
      notMusic: false,
    });
  });

  it('calls two genres close under the margin, and not at it', () => {
    const second = 0.25;
    expect(judge(trackOf([second + closeMargin + 0.001, second]), windowsOf('music')).reasons).toEqual([]);
    expect(judge(trackOf([second + closeMargin - 0.001, second]), windowsOf('music')).reasons).toEqual([
      'close',
    ]);
    expect(judge(trackOf([closeMargin, 0]), windowsOf('music')).reasons).toEqual([]);
    expect(judge(trackOf([0.5, 0.5]), windowsOf('music')).reasons).toEqual(['close']);
  });

  it('says that windows disagree under half, and not at half', () => {
    const windows = windowsOf('music', 'music', 'music', 'music');
    expect(judge(trackOf([0.7, 0.2], leastAgreement), windows).reasons).toEqual([]);
    expect(judge(trackOf([0.7, 0.2], leastAgreement - 0.25), windows)).toMatchObject({
      ambiguous: true,
      reasons: ['windows-disagree'],
    });
    expect(judge(trackOf([0.3, 0.25], 0.25), windows).reasons).toEqual(['close', 'windows-disagree']);
  });

  it('does not say so of one window, which cannot disagree with itself', () => {
    expect(judge(trackOf([0.7, 0.2], 0), windowsOf('music', 'silent')).reasons).toEqual([]);
    expect(judge(trackOf([0.7, 0.2], 0), windowsOf('music', 'music')).reasons).toEqual(['windows-disagree']);
  });

  it('takes more than half of the windows silent or noise for no music, and half for music', () => {
    expect(judge(clear, windowsOf('music', 'silent')).notMusic).toBe(false);
    expect(judge(clear, windowsOf('music', 'noise', 'silent')).notMusic).toBe(true);
    expect(judge(clear, windowsOf('noise')).notMusic).toBe(true);
    expect(judge(clear, windowsOf('music', 'music', 'noise', 'silent')).notMusic).toBe(false);
  });

  it('judges nothing from nothing', () => {
    expect(judge(trackOf([]), [])).toEqual({ ambiguous: false, reasons: [], notMusic: false });
    expect(judge(trackOf([1]), windowsOf('music')).ambiguous).toBe(false);
  });

  it('is ambiguous exactly where there is a reason, and counts windows in any order', () => {
    const kind = fc.constantFrom('music' as const, 'silent' as const, 'noise' as const);
    fc.assert(
      fc.property(
        fc.array(kind, { minLength: 1, maxLength: 30 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.double({ min: 0, max: 0.5, noNaN: true }),
        (kinds, agreement, second) => {
          const track = trackOf([1 - second, second], agreement);
          const judged = judge(track, windowsOf(...kinds));
          expect(judged.ambiguous).toBe(judged.reasons.length > 0);
          expect(judged).toEqual(judge(track, windowsOf(...kinds.toReversed())));
          const music = kinds.filter((one) => one === 'music').length;
          expect(judged.notMusic).toBe((kinds.length - music) / kinds.length > notMusicShare);
        },
      ),
    );
  });
});
