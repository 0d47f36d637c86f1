import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { VerdictKind } from '#core/library/record.ts';
import type { ResultDocument } from '#core/report/resultsJson.ts';
import { ArchiveSettings } from './fixtures/archiveSettings.ts';
import { samples } from './fixtures/clips.ts';
import { ExportDialog } from './fixtures/exportDialog.ts';
import { LibraryPage } from './fixtures/libraryView.ts';
import { Review } from './fixtures/review.ts';
import { expect, test, Workstation } from './fixtures/workstation.ts';

/** One day: thirty files come in, are reviewed, corrected, undone, exported and archived, and opened again elsewhere. */

const count = 30;

/** The results of a page as JSON Lines, by file name, through the dialogue of exports. */
async function exported(page: Workstation['page']): Promise<Map<string, ResultDocument>> {
  const dialog = new ExportDialog(page);
  await dialog.open();
  await dialog.chooseScope('queue');
  await dialog.chooseFormats('jsonl');
  const { bytes } = await dialog.export();
  await dialog.close();
  const documents = new TextDecoder()
    .decode(bytes)
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as ResultDocument);
  return new Map(documents.map((document) => [document.report.file.name, document]));
}

test('thirty files: reviewed by keyboard, undone, exported, archived, and reopened in a fresh profile', async ({
  workstation,
  clips,
  browser,
  guard,
  baseURL,
}) => {
  test.setTimeout(300_000);
  const { page, queue } = workstation;
  const { keyboard } = page;
  const review = new Review(page);
  const settings = new ArchiveSettings(page);
  const files = Array.from({ length: count }, (_, index) => {
    const sample = samples[index % samples.length] ?? samples[0];
    // Lengths of their own, so that no two files are the same.
    return clips.repeated(sample, 3 + index * 0.1, `${String(index + 1).padStart(2, '0')} ${sample}`);
  });
  const names = files.map((path) => path.split('/').at(-1) ?? '');
  await settings.offerFolder('archive');
  await workstation.open();

  await test.step('every picture goes into a folder by itself', async () => {
    await workstation.drop(files[0] ?? '');
    await workstation.result.expectDone();
    await settings.open();
    await settings.chooseFolder();
    await settings.set({ scale: 1, auto: true });
    await settings.close();
  });

  await test.step('thirty files are analysed', async () => {
    await workstation.drop(...files.slice(1));
    await expect(queue.rows).toHaveCount(count);
    await queue.expectSettled(180_000);
  });

  const verdicts = new Map<string, readonly [VerdictKind, string | null]>();
  await test.step('each gets its verdict, with the keyboard alone', async () => {
    const order = await queue.names();
    await queue.select(order[0] ?? '');
    for (const [index, name] of order.entries()) {
      await expect(queue.row(name)).toHaveAttribute('data-selected', 'true');
      if (index % 3 === 0) {
        await keyboard.press('a');
        verdicts.set(name, ['accepted', null]);
      } else if (index % 3 === 1) {
        await keyboard.press('e');
        await expect(review.genreSearch).toBeFocused();
        await keyboard.type('blues');
        await keyboard.press('Enter');
        verdicts.set(name, ['corrected', 'Blues']);
      } else {
        await keyboard.press('u');
        verdicts.set(name, ['unsure', null]);
      }
      await review.expectVerdict(verdicts.get(name)?.[0] ?? 'none');
      if (index < order.length - 1) await keyboard.press('j');
    }
  });

  await test.step('the last three are taken back, two of them done again', async () => {
    const order = await queue.names();
    const [third = '', second = '', last = ''] = order.slice(-3);
    for (let times = 0; times < 3; times += 1) await keyboard.press('Control+z');
    for (const name of [third, second, last]) await review.expectMark(name, 'none');
    await keyboard.press('Control+Shift+z');
    await keyboard.press('Control+Shift+z');
    await review.expectMark(third, verdicts.get(third)?.[0] ?? 'none');
    await review.expectMark(second, verdicts.get(second)?.[0] ?? 'none');
    await review.expectMark(last, 'none');
    verdicts.set(last, ['none', null]);
  });

  const results = await test.step('exported', async () => {
    const documents = await exported(page);
    expect([...documents.keys()].toSorted()).toEqual(names);
    for (const [name, { review: said }] of documents) {
      const [kind, genre] = verdicts.get(name) ?? [];
      expect(said.verdict, name).toEqual(genre === null ? { kind } : { kind, genre });
    }
    return documents;
  });

  const pictures = await test.step('archived', async () => {
    await expect
      .poll(async () => (await settings.files('archive')).length, { timeout: 120_000 })
      .toBe(count - 1);
    const bytes = await page.evaluate(async () => {
      const folder = await (await navigator.storage.getDirectory()).getDirectoryHandle('archive');
      const found: [string, string][] = [];
      for await (const entry of folder.values()) {
        if (entry.kind !== 'file') continue;
        const data = new Uint8Array(await (await entry.getFile()).arrayBuffer());
        let text = '';
        for (let at = 0; at < data.length; at += 8192)
          text += String.fromCodePoint(...data.subarray(at, at + 8192));
        found.push([entry.name, btoa(text)]);
      }
      return found;
    });
    for (const [name, base64] of bytes)
      writeFileSync(join(clips.folder, name), Buffer.from(base64, 'base64'));
    return readdirSync(clips.folder).filter((name) => name.endsWith('.png'));
  });
  const library = new LibraryPage(page);
  await library.open();
  const archive = await library.exportAll();

  const elsewhere = await browser.newContext({
    ...(baseURL === undefined ? {} : { baseURL }),
    locale: 'en-GB',
  });
  try {
    const other = new Workstation(await elsewhere.newPage(), guard, 'en');
    await other.open();

    await test.step('reopened from the pictures: the numbers are equal', async () => {
      await other.drop(...pictures.map((name) => join(clips.folder, name)));
      await expect(other.queue.rows).toHaveCount(count - 1);
      const reopened = await exported(other.page);
      expect(reopened.size).toBe(count - 1);
      for (const [name, { report }] of reopened) expect(report, name).toEqual(results.get(name)?.report);
    });

    await test.step('reopened from the archive of the library: verdicts as well', async () => {
      const shelf = new LibraryPage(other.page);
      await shelf.open();
      const path = clips.write('a.acousticsense-library.zip', archive);
      expect(readFileSync(path).length).toBe(archive.length);
      await shelf.import(path);
      await expect(shelf.transfer).toHaveAttribute('data-code', 'imported');
      for (const [name, [kind]] of [...verdicts].slice(0, 6)) {
        await shelf.search.fill(name);
        await expect(shelf.row(name)).toHaveAttribute('data-verdict', kind);
      }
      await shelf.search.fill('');
      const dialog = new ExportDialog(other.page);
      await shelf.list.focus();
      await dialog.open();
      await dialog.chooseScope('library');
      await dialog.chooseFormats('jsonl');
      const { bytes } = await dialog.export();
      const lines = new TextDecoder().decode(bytes).trim().split('\n');
      expect(lines).toHaveLength(count);
      for (const line of lines) {
        const document = JSON.parse(line) as ResultDocument;
        const original = results.get(document.report.file.name);
        expect(document.report).toEqual(original?.report);
        expect(document.review.verdict).toEqual(original?.review.verdict);
      }
    });
  } finally {
    await elsewhere.close();
  }
});
