import { readFileSync } from 'node:fs';
import { AxeBuilder } from '@axe-core/playwright';
import { parseReportValue } from '#core/report/parseReport.ts';
import { ribbonSegments } from '#core/report/ribbonSegments.ts';
import type { ResultDocument } from '#core/report/resultsJson.ts';
import { readCsv } from '#core/testing/readCsv.ts';
import { readPdfText } from '#workers/exports/testing/readPdfText.ts';
import { samplePath } from './fixtures/clips.ts';
import { ExportDialog, zipFile, zipTexts } from './fixtures/exportDialog.ts';
import { Review } from './fixtures/review.ts';
import { expect, test } from './fixtures/workstation.ts';

/** The rows of a table as objects by column. */
function table(csv: string): Record<string, string>[] {
  const [header = [], ...rows] = readCsv(csv);
  return rows.map((row) => Object.fromEntries(header.map((name, i) => [name, row[i] ?? ''])));
}

test('three files leave as every format, by keyboard, with the numbers of the page', async ({
  workstation,
}) => {
  const { page, result, queue } = workstation;
  const dialog = new ExportDialog(page);
  const names = ['night-drive.wav', 'evensong.wav', 'island-noon.wav'] as const;
  await workstation.open();
  await workstation.drop(...names.map(samplePath));
  await queue.expectSettled(120_000);
  const shown = new Map<string, Awaited<ReturnType<typeof result.shownBars>>>();
  for (const name of names) {
    await queue.select(name);
    await result.expectDone();
    shown.set(name, await result.shownBars());
  }

  await dialog.open();
  const axe = await new AxeBuilder({ page }).include('[data-testid="export-dialog"]').analyze();
  expect(axe.violations.map(({ id, nodes }) => [id, nodes.map((node) => node.html)])).toEqual([]);
  await dialog.chooseScope('queue');
  await dialog.chooseFormats('csv', 'json', 'jsonl', 'audacity', 'raven', 'pdf');
  await dialog.switchOn('export-windows-table');
  await dialog.switchOn('export-bom');
  const { fileName, bytes } = await dialog.export();
  expect(fileName).toBe('acousticsense-results.zip');
  await expect(dialog.news).toContainText('3 results saved as acousticsense-results.zip');
  const files = zipTexts(bytes);

  await test.step('CSV: the five of the page, to the last digit, and a table of windows', () => {
    const csv = files.get('acousticsense-results.csv') ?? '';
    expect(csv.startsWith('\ufeff')).toBe(true);
    const rows = table(csv.slice(1));
    expect(new Set(rows.map((row) => row['file']))).toEqual(new Set(names));
    expect(rows).toHaveLength(names.length);
    for (const row of rows) {
      const bars = shown.get(row['file']!)!;
      expect([1, 2, 3, 4, 5].map((rank) => Number(row[`probability_${rank}`]))).toEqual(
        bars.map((bar) => bar.probability),
      );
      for (const [at, bar] of bars.entries()) {
        expect(bar.label).toContain(row[`genre_${at + 1}`]);
        expect(row[`experimental_${at + 1}`]).toBe(bar.label.includes(' *') ? 'TRUE' : 'FALSE');
      }
      expect(row['verdict']).toBe('none');
    }
    const windows = table((files.get('acousticsense-results.windows.csv') ?? '').slice(1));
    expect(windows.length).toBe(rows.reduce((sum, row) => sum + Number(row['windows']), 0));
  });

  const documents = (files.get('acousticsense-results.jsonl') ?? '')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as ResultDocument);
  await test.step('JSON: the whole result, which can be read again', () => {
    expect(documents).toHaveLength(3);
    const all = JSON.parse(files.get('acousticsense-results.json') ?? '') as { results: unknown };
    expect(all.results).toEqual(documents);
    for (const { report } of documents) {
      expect(parseReportValue(report)).toEqual({ ok: true, value: report });
      expect(report.track.predictions.slice(0, 5)).toEqual(
        shown.get(report.file.name)!.map(({ genre, probability }) => ({ genre, probability })),
      );
    }
  });

  await test.step('label tracks: the stretches of the ribbon', () => {
    for (const { report } of documents) {
      const segments = ribbonSegments(report);
      const labels = (files.get(`${report.file.name}.labels.txt`) ?? '').trimEnd().split('\n');
      const selections = (files.get(`${report.file.name}.selections.txt`) ?? '').trimEnd().split('\n');
      expect(labels).toHaveLength(segments.length);
      expect(selections).toHaveLength(segments.length + 1);
      for (const [at, segment] of segments.entries()) {
        const [start, end, label] = labels[at]!.split('\t');
        expect(Number(start)).toBeCloseTo(segment.startSeconds, 5);
        expect(Number(end)).toBeCloseTo(segment.endSeconds, 5);
        expect(label).toContain(segment.probability.toFixed(3));
        expect(selections[at + 1]!.split('\t').slice(3, 5)).toEqual([start, end]);
      }
    }
  });

  await test.step('PDF: contents and one page a file, as text', async () => {
    const pages = await readPdfText(zipFile(bytes, 'acousticsense-results.pdf'));
    expect(pages).toHaveLength(4);
    for (const { report } of documents) {
      const own = pages.slice(1).find((texts) => texts[0] === report.file.name);
      for (const { probability } of report.track.predictions.slice(0, 5))
        expect(own).toContain(`${(probability * 100).toFixed(2)} %`);
      expect(own).toContain(report.file.sha256);
      expect(pages[0]).toContain(report.file.name);
    }
  });

  await dialog.close();
});

test('a result of the library leaves without its audio, in Chinese, with what was said of it', async ({
  workstation,
}) => {
  const { page, result } = workstation;
  const dialog = new ExportDialog(page);
  await workstation.open();
  await workstation.drop(samplePath('evensong.wav'));
  await result.expectDone();
  await page.keyboard.press('a');
  await new Review(page).expectVerdict('accepted');
  // Its small picture follows when there is time.
  await page.keyboard.press('Control+l');
  await expect(page.getByTestId('library-row').getByTestId('thumbnail')).toBeVisible();
  await workstation.reloadWhenStored();
  await page.keyboard.press('Control+l');
  await expect(page.getByTestId('library-row')).toHaveCount(1);
  await dialog.open();
  await workstation.choose('Language of genres and PDF', '中文');
  await dialog.chooseFormats('csv', 'pdf');
  const { fileName, bytes } = await dialog.export();
  expect(fileName).toBe('evensong.wav.zip');
  const [row] = table(zipTexts(bytes).get('evensong.wav.csv') ?? '');
  expect(row).toMatchObject({ file: 'evensong.wav', verdict: 'accepted' });
  expect(row?.['genre_1']).toMatch(/\p{Script=Han}/u);
  const [texts] = await readPdfText(zipFile(bytes, 'evensong.wav.pdf'));
  expect(texts).toContain('最可能的流派');
  expect(texts).toContain('已接受');
  expect(texts).toContain(row?.['experimental_1'] === 'TRUE' ? `${row['genre_1']} *` : row?.['genre_1']);
  expect(texts?.join('')).toContain('缩略图');
});

test('a hostile file name is harmless in every format', async ({ workstation }) => {
  const { page, result } = workstation;
  const dialog = new ExportDialog(page);
  const name = `=cmd|' /C calc'!A0\n"x",\u202egpj😀مرحبا<img src=x onerror=alert(1)>${'y'.repeat(200)}.wav`;
  await workstation.open();
  // The system's dialogue cannot give such a name; a page that is handed a File can get one.
  const data = await page.evaluateHandle(
    ({ base64, name }) => {
      const transfer = new DataTransfer();
      transfer.items.add(new File([Uint8Array.from(atob(base64), (c) => c.charCodeAt(0))], name));
      return transfer;
    },
    { base64: readFileSync(samplePath('iron-gate.wav')).toString('base64'), name },
  );
  await page.dispatchEvent('body', 'drop', { dataTransfer: data });
  await result.expectDone();
  await dialog.open();
  await dialog.chooseFormats('csv', 'json', 'jsonl', 'audacity', 'raven', 'pdf');
  const { fileName, bytes } = await dialog.export();
  expect(fileName).not.toMatch(/[\\/:*?"<>|\p{Cc}\u202e]|^[=+\-@.]/u);
  const files = zipTexts(bytes);
  const named = (ending: string): string => {
    const found = [...files].filter(([key]) => key.endsWith(ending));
    expect(found.map(([key]) => key.match(/[\\/:*?"<>|\p{Cc}\u202e]|^[=+\-@.]/u))).toEqual([null]);
    return found[0]![1];
  };

  const [row, ...others] = table(named('.csv'));
  expect(others).toEqual([]);
  expect(row?.['file']).toMatch(/^'=cmd\|' \/C calc'!A0 "x",gpj😀/u);
  expect(Number(row?.['probability_1'])).toBeGreaterThan(0);

  expect(named('.labels.txt')).not.toContain('cmd');
  const selections = named('.selections.txt').trimEnd().split('\n');
  expect(selections.map((line) => line.split('\t').length)).toEqual(selections.map(() => 11));

  const { report } = JSON.parse(named('.jsonl')) as ResultDocument;
  expect(report.file.name).toBe(name);

  const pdf = [...files.keys()].find((key) => key.endsWith('.pdf'))!;
  const [texts] = await readPdfText(zipFile(bytes, pdf));
  expect(texts![0]).toMatch(/^=cmd\|' \/C calc'!A0 "x",gpj□/u);
  expect(texts!.join(' ')).toContain('□ stands for characters');
});
