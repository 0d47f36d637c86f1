import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { exportFileName } from '#core/report/exportedResult.ts';
import { audacityLabels, ravenSelections } from '#core/report/labelTracks.ts';
import { reportArbitrary, testReport } from '#core/testing/reports.ts';

const linesOf = (text: string): string[][] => {
  expect(text === '' || text.endsWith('\n')).toBe(true);
  return text
    .split('\n')
    .slice(0, -1)
    .map((line) => line.split('\t'));
};

describe('label tracks', () => {
  it('have one label for each run of windows of one genre, back to back where windows overlap', () => {
    const [first, second, ...rest] = linesOf(
      audacityLabels(testReport(['Jazz', 'Jazz', 'R&B', null, 'Jazz']), 'en'),
    );
    expect(first![0]).toBe('0.000000');
    expect(first![2]).toBe('Jazz 0.700');
    expect(second![0]).toBe(first![1]);
    expect(second![2]).toBe('R&B * 0.700');
    expect(rest).toHaveLength(1);
    expect(Number(rest[0]![0])).toBeGreaterThan(Number(second![1]));
  });

  it('name genres in Chinese where asked', () => {
    expect(linesOf(audacityLabels(testReport(['Jazz']), 'zh'))[0]![2]).toBe('爵士 0.700');
  });

  it('for Raven: its columns, in its order, with the range of frequencies that was heard', () => {
    const [header, row] = linesOf(ravenSelections(testReport(['R&B'], 'a\tb\nc.wav'), 'en'));
    expect(header!.slice(0, 7)).toEqual([
      'Selection',
      'View',
      'Channel',
      'Begin Time (s)',
      'End Time (s)',
      'Low Freq (Hz)',
      'High Freq (Hz)',
    ]);
    expect(row!.slice(0, 4)).toEqual(['1', 'Spectrogram 1', '1', '0.000000']);
    expect(row!.slice(5)).toEqual(['0.0', '11025.0', 'a b c.wav', 'R&B', '0.7000', 'yes']);
  });

  it('keep their columns and rise in time, whatever the names are', () => {
    fc.assert(
      fc.property(reportArbitrary, (report) => {
        let before = 0;
        for (const [start, end, label, ...more] of linesOf(audacityLabels(report, 'zh'))) {
          expect(more).toEqual([]);
          expect(label).toMatch(/ [01]\.\d{3}$/u);
          expect(Number(start)).toBeGreaterThanOrEqual(before - 1e-6);
          expect(Number(end)).toBeGreaterThan(Number(start));
          before = Number(end);
        }
        for (const row of linesOf(ravenSelections(report, 'en'))) expect(row).toHaveLength(11);
      }),
      { numRuns: 20 },
    );
  });
});

describe('exportFileName', () => {
  it.each([
    ['song.wav', 'song.wav.csv'],
    ['../../etc/passwd', '__.._etc_passwd.csv'],
    ['=cmd|calc', '_cmd_calc.csv'],
    ['a\nb\u202e.wav', 'a b.wav.csv'],
    ['', 'untitled.csv'],
    ['...', '_.csv'],
    ['CON', '_CON.csv'],
    ['夜曲 😀.flac', '夜曲 😀.flac.csv'],
  ])('makes %j a name for every file system', (name, expected) => {
    expect(exportFileName(name, 'csv')).toBe(expected);
  });

  it('is short, never the same twice, and never a path', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'binary', maxLength: 200 }), { maxLength: 20 }), (names) => {
        const taken = new Set<string>();
        const made = names.map((name) => exportFileName(name, 'txt', taken));
        expect(new Set(made.map((name) => name.toLowerCase())).size).toBe(names.length);
        for (const name of made) {
          expect(name.length).toBeLessThanOrEqual(170);
          expect(name).not.toMatch(/[\\/:*?"<>|\p{Cc}]|^[.=+\-@]/u);
        }
      }),
    );
  });
});
