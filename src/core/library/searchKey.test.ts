import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { foldText, nameSortKey, searchWords } from '#core/library/searchKey.ts';

const sorted = (...names: readonly string[]): string[] =>
  names.toSorted((a, b) => {
    const [first, second] = [nameSortKey(a), nameSortKey(b)];
    return first === second ? 0 : first < second ? -1 : 1;
  });

describe('foldText', () => {
  it.each([
    ['ＡＢＣ１２３', 'abc123'],
    ['Björk', 'BJORK'],
    ['straße', 'STRASSE'],
    ['ΟΔΟΣ', 'οδος'],
    ['İstanbul', 'ISTANBUL'],
    ['ｶﾞ', 'ガ'],
    ['한국', '한국'.normalize('NFD')],
    ['ЁЛКА', 'ёлка'],
  ])('finds %s and %s alike', (a, b) => {
    expect(foldText(a)).toBe(foldText(b));
  });

  it('keeps letters apart that marks make different letters', () => {
    expect(foldText('か')).not.toBe(foldText('が'));
    expect(foldText('कि')).not.toBe(foldText('की'));
  });

  it('does not care about case, and folding twice changes nothing', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const once = foldText(text);
        expect(foldText(once)).toBe(once);
      }),
    );
  });

  it('takes any broken text', () => {
    expect(() => foldText('\ud800x\udfff\u0000')).not.toThrow();
  });
});

describe('searchWords', () => {
  it('splits at any white space, the ideographic one too', () => {
    expect(searchWords('  night　drive\tNIGHT ')).toEqual(['NIGHT', 'DRIVE']);
    expect(searchWords('　')).toEqual([]);
  });
});

describe('nameSortKey', () => {
  it('counts numbers as numbers', () => {
    expect(sorted('take 10', 'take 9', 'Take 1', 'take 002')).toEqual([
      'Take 1',
      'take 002',
      'take 9',
      'take 10',
    ]);
    const long = '9'.repeat(400);
    expect(sorted(`a ${long}`, 'a 5')).toEqual(['a 5', `a ${long}`]);
  });

  it('orders any two whole numbers by value', () => {
    fc.assert(
      fc.property(fc.maxSafeNat(), fc.maxSafeNat(), (a, b) => {
        const [first, second] = [nameSortKey(`x${a}.wav`), nameSortKey(`x${b}.wav`)];
        expect(first < second).toBe(a < b);
        expect(first === second).toBe(a === b);
      }),
    );
  });

  it('orders Chinese by pinyin, after Latin', () => {
    expect(sorted('中', '爱', '录音', 'zebra', '北')).toEqual(['zebra', '爱', '北', '录音', '中']);
  });

  it('is the same for names that differ in case, width or accents only', () => {
    expect(nameSortKey('Ｃａｆé 7')).toBe(nameSortKey('CAFE 007'));
  });
});
