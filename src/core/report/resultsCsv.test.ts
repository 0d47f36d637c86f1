import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { noReview } from '#core/library/record.ts';
import { csvCell, csvHead, csvRows } from '#core/report/csv.ts';
import { resultsCsv, windowsCsv, type CsvExport, type CsvOptions } from '#core/report/resultsCsv.ts';
import type { ExportedResult } from '#core/report/exportedResult.ts';
import { readCsv } from '#core/testing/readCsv.ts';
import { reportArbitrary, testReport } from '#core/testing/reports.ts';

const english = { language: 'en', byteOrderMark: false } as const;

const table = (csv: CsvExport, results: readonly ExportedResult[], options: CsvOptions): string =>
  csv.head(options) + results.map((result) => csv.rows(result, options)).join('');

/** The rows of a table as objects by column. */
function rowsOf(csv: string): Record<string, string>[] {
  const [header = [], ...rows] = readCsv(csv);
  return rows.map((row) => {
    expect(row).toHaveLength(header.length);
    return Object.fromEntries(header.map((name, i) => [name, row[i]!]));
  });
}

describe('csvCell', () => {
  it('puts an apostrophe before what a spreadsheet would compute, and before nothing else', () => {
    for (const formula of [
      '=1+1',
      '+1',
      '-1',
      '@SUM(A1)',
      '\t=1',
      '\r=1',
      '\n=1',
      '  =1',
      '＝1+1',
      '＋1',
      "=cmd|' /C calc'!A0",
    ])
      expect(readCsv(`${csvCell(formula)}\r\n`)).toEqual([[`'${formula}`]]);
    for (const harmless of ['a=1', 'Jazz', '1+1', 'a-b', "'=1", '“=1”'])
      expect(readCsv(`${csvCell(harmless)}\r\n`)).toEqual([[harmless]]);
  });

  it('leaves numbers as numbers, negative ones too', () => {
    expect(csvCell(-3.25)).toBe('-3.25');
    expect(csvCell(0.1 + 0.2)).toBe('0.30000000000000004');
    expect(csvCell(Number.NaN)).toBe('');
  });

  it('gives back every text, whatever is in it', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'binary' }), { minLength: 2, maxLength: 4 }), (texts) => {
        const [header, row] = readCsv(csvHead(['a', 'b'], false) + csvRows([texts]));
        expect(header).toEqual(['a', 'b']);
        expect(row!.map((cell, i) => cell === texts[i] || cell === `'${texts[i]}`)).not.toContain(false);
        for (const cell of row!) expect(cell).not.toMatch(/^[=+\-@\t\r\n]/u);
      }),
    );
  });

  it('begins with a byte order mark only on request', () => {
    expect(csvHead(['a'], true)).toBe('\ufeffa\r\n');
    expect(csvHead(['a'], false)).toBe('a\r\n');
  });
});

describe('resultsCsv', () => {
  it('says what the result says', () => {
    const report = testReport(['R&B', 'R&B', 'Jazz'], 'Ünï, "quoted".wav');
    const [row] = rowsOf(
      table(
        resultsCsv,
        [
          {
            report,
            review: {
              verdict: { kind: 'corrected', genre: 'Classical' },
              note: 'line 1\nline 2',
              tags: ['a', 'b'],
              reviewedAt: '2026-02-03T04:05:06Z',
            },
          },
        ],
        english,
      ),
    );
    expect(row).toMatchObject({
      file: 'Ünï, "quoted".wav',
      duration_seconds: String(report.file.durationSeconds),
      sha256: report.file.sha256,
      genre_1: 'R&B',
      probability_1: String(report.track.predictions[0]!.probability),
      experimental_1: 'TRUE',
      genre_2: 'Jazz',
      experimental_2: 'FALSE',
      genre_4: 'Classical',
      genre_5: '',
      probability_5: '',
      agreement: String(2 / 3),
      windows: '3',
      verdict: 'corrected',
      corrected_genre: 'Classical',
      note: 'line 1\nline 2',
      tags: 'a; b',
      percussive_to_harmonic_db: '-3.25',
      analysed_at: report.createdAt,
      reviewed_at: '2026-02-03T04:05:06Z',
    });
  });

  it('names genres in the language that is asked for', () => {
    const [row] = rowsOf(
      table(resultsCsv, [{ report: testReport(['Jazz']), review: noReview }], { ...english, language: 'zh' }),
    );
    expect(row?.['genre_1']).toBe('爵士');
  });

  it('keeps a hostile name in its cell', () => {
    const name = '=cmd|\' /C calc\'!A0\n"x",\u202egpj.exe';
    const [row] = rowsOf(
      table(resultsCsv, [{ report: testReport(['Jazz'], name), review: noReview }], english),
    );
    expect(row?.['file']).toBe("'=cmd|' /C calc'!A0 \"x\",gpj.exe");
    expect(row?.['probability_1']).toBe('0.7');
  });

  it('has one row a result and one a window, for every report there may be', () => {
    fc.assert(
      fc.property(fc.array(reportArbitrary, { minLength: 1, maxLength: 3 }), (reports) => {
        const results = reports.map((report) => ({ report, review: noReview }));
        const rows = rowsOf(table(resultsCsv, results, english));
        expect(rows.map((row) => row['sha256'])).toEqual(reports.map((report) => report.file.sha256));
        const windows = rowsOf(table(windowsCsv, results, english));
        expect(windows).toHaveLength(reports.reduce((sum, report) => sum + report.windows.length, 0));
        expect(Number(rows[0]!['probability_1'])).toBe(reports[0]!.track.predictions[0]!.probability);
      }),
      { numRuns: 15 },
    );
  });

  it('leaves the genres of a silent window empty', () => {
    const rows = rowsOf(
      table(windowsCsv, [{ report: testReport(['Jazz', null]), review: noReview }], english),
    );
    expect(rows[1]).toMatchObject({ window: '1', silent: 'TRUE', genre_1: '', probability_1: '' });
    expect(Number(rows[0]!['end_seconds'])).toBeCloseTo(10.4, 1);
  });
});
