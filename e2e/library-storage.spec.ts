import type { Page } from '@playwright/test';
import { strFromU8, strToU8, unzipSync, zipSync } from 'fflate';
import { analysisError, type AnalysisErrorCode } from '#core/errors.ts';
import { errorText } from '#core/errorText.ts';
import { samplePath } from './fixtures/clips.ts';
import { LibraryPage } from './fixtures/libraryView.ts';
import { Review } from './fixtures/review.ts';
import { expect, quickModel, test, Workstation } from './fixtures/workstation.ts';

/** What is kept: over reloads, between tabs, in archives, and where storage does not play along. */

const songs = ['evensong.wav', 'iron-gate.wav'] as const;
const textOf = (code: AnalysisErrorCode): string => errorText(analysisError(code, ''), 'en').title;
const notice = (page: Page, code: AnalysisErrorCode) =>
  page.locator(`[data-testid="library-notice"][data-code="${code}"]`);

/** Every row of the library with its exact figure and what was said of it. */
const shown = (library: LibraryPage): Promise<string[][]> =>
  library.rows.evaluateAll((rows) =>
    rows
      .map((row) => [
        row.dataset['name'] ?? '',
        row.dataset['genre'] ?? '',
        row.dataset['probability'] ?? '',
        row.dataset['verdict'] ?? '',
      ])
      .toSorted((a, b) => (a[0] ?? '').localeCompare(b[0] ?? '')),
  );

test('results outlive the page, and the same file opens at once without the model', async ({
  workstation,
  host,
}) => {
  const { page, queue, result, spectrogram } = workstation;
  await workstation.open({ host });
  await workstation.drop(...songs.map(samplePath));
  await queue.expectSettled(60_000);
  await queue.select('evensong.wav');
  const numbers = await result.predictions();
  await new Review(page).button('accept').click();
  await expect(page.getByTestId('view-library')).toContainText('2');

  // The weights never come this time: what shows cannot have been computed.
  await page.evaluate(async () => {
    const root = await navigator.storage.getDirectory();
    await root.removeEntry('models', { recursive: true });
  });
  const release = host.hold(`/models/${quickModel}/model.safetensors`);
  await workstation.open({ host });
  await workstation.drop(samplePath('evensong.wav'));
  await result.expectDone();
  await expect(result.view).toHaveAttribute('data-known', 'true');
  expect(await result.predictions()).toEqual(numbers);
  await expect(page.getByTestId('known-note')).toBeVisible();
  await spectrogram.expectPainted();
  await new Review(page).expectVerdict('accepted');

  // The other track is offered as one like this; it opens without its sound.
  const similar = page.getByTestId('similar-track');
  await expect(similar).toHaveCount(1);
  const near = page.getByTestId('near-genre');
  await expect(near.first()).toBeVisible();
  const scores = await near.evaluateAll((rows) => rows.map((row) => Number(row.dataset['score'])));
  expect(scores).toEqual(scores.toSorted((a, b) => b - a));
  const five = new Set((await result.shownBars()).map((bar) => bar.genre));
  for (const genre of await near.evaluateAll((rows) => rows.map((row) => row.dataset['genre'] ?? '')))
    expect(five).not.toContain(genre);
  await similar.getByRole('button').click();
  await expect(queue.row('iron-gate.wav')).toHaveAttribute('data-selected', 'true');
  await result.expectDone();

  // Analysed again only where that is wished.
  await queue.select('evensong.wav');
  await page.getByTestId('known-note').getByRole('button').click();
  await queue.expectPhase('evensong.wav', 'analysing');
  release();
  await result.expectDone();
  await expect(result.view).toHaveAttribute('data-known', 'false');
  expect(await result.predictions()).toEqual(numbers);
  await new Review(page).expectVerdict('accepted');
});

test('two tabs see what the other one says, and neither loses anything', async ({
  workstation,
  context,
  guard,
}) => {
  await workstation.open();
  await workstation.drop(...songs.map(samplePath));
  await workstation.queue.expectSettled(60_000);
  const one = new LibraryPage(workstation.page);
  const other = new Workstation(await context.newPage(), guard, 'en');
  await other.open();
  const two = new LibraryPage(other.page);
  await one.open();
  await two.open();
  await expect(two.rows).toHaveCount(2);

  await one.row('evensong.wav').click();
  await one.page.keyboard.press('a');
  await expect(two.row('evensong.wav')).toHaveAttribute('data-verdict', 'accepted');
  await two.row('iron-gate.wav').click();
  await two.page.keyboard.press('u');
  await expect(one.row('iron-gate.wav')).toHaveAttribute('data-verdict', 'unsure');
  await expect(one.row('evensong.wav')).toHaveAttribute('data-verdict', 'accepted');

  await two.page.keyboard.press('Delete');
  await expect(one.rows).toHaveCount(1);
  await two.page.keyboard.press('Control+z');
  await expect(one.row('iron-gate.wav')).toHaveAttribute('data-verdict', 'unsure');
});

test('the archive brings numbers and verdicts to a fresh profile; what is no sound archive changes nothing', async ({
  workstation,
  browser,
  guard,
  baseURL,
}) => {
  await workstation.open();
  await workstation.drop(...songs.map(samplePath));
  await workstation.queue.expectSettled(60_000);
  const source = new LibraryPage(workstation.page);
  await source.open();
  await source.row('evensong.wav').click();
  await source.page.keyboard.press('a');
  await expect(source.row('evensong.wav')).toHaveAttribute('data-verdict', 'accepted');
  const archive = await source.exportAll();

  const fresh = await browser.newContext({ ...(baseURL === undefined ? {} : { baseURL }), locale: 'en-GB' });
  const target = new Workstation(await fresh.newPage(), guard, 'en');
  await target.open();
  const library = new LibraryPage(target.page);
  await library.open();
  await expect(target.page.getByTestId('library-empty')).toBeVisible();

  const files = unzipSync(archive);
  const manifest = JSON.parse(strFromU8(files['manifest.json'] ?? new Uint8Array())) as object;
  const newer = zipSync({ ...files, 'manifest.json': strToU8(JSON.stringify({ ...manifest, version: 99 })) });
  const damaged = Buffer.from(archive);
  damaged[Math.floor(archive.length / 3)]! ^= 0x55;
  const wrong: readonly [Buffer, AnalysisErrorCode][] = [
    [Buffer.from('no archive at all'), 'archive-invalid'],
    [Buffer.from(zipSync({ 'photo.jpg': new Uint8Array(999) })), 'archive-invalid'],
    [archive.subarray(0, archive.length - 50), 'archive-invalid'],
    [damaged, 'archive-invalid'],
    [Buffer.from(newer), 'archive-too-new'],
  ];
  for (const [bytes, code] of wrong) {
    await library.import(bytes);
    await expect(library.transfer).toHaveAttribute('data-code', code);
    await expect(library.transfer).toContainText(textOf(code));
    await library.transfer.getByRole('button').click();
    await expect(library.transfer).toHaveCount(0);
    await expect(library.rows).toHaveCount(0);
  }

  await library.import(archive);
  await expect(library.transfer).toHaveAttribute('data-code', 'imported');
  await expect(library.rows).toHaveCount(2);
  expect(await shown(library)).toEqual(await shown(source));
  await target.reload();
  await library.open();
  await expect(library.rows).toHaveCount(2);
  expect(await shown(library)).toEqual(await shown(source));
  await fresh.close();
});

test('where storage is denied the page works and says that nothing is kept', async ({
  workstation,
  page,
}) => {
  await page.addInitScript(() => {
    Object.defineProperty(IDBFactory.prototype, 'open', {
      value: () => {
        throw new DOMException('denied', 'SecurityError');
      },
    });
  });
  await workstation.open();
  await expect(notice(page, 'library-denied')).toContainText(textOf('library-denied'));
  await workstation.drop(samplePath('evensong.wav'));
  await workstation.result.expectDone();
  await new Review(page).button('accept').click();
  await new Review(page).expectVerdict('accepted');
  const library = new LibraryPage(page);
  await library.open();
  await expect(library.row('evensong.wav')).toHaveAttribute('data-verdict', 'accepted');
  // All of it can be taken along.
  expect((await library.exportAll()).length).toBeGreaterThan(1000);
});

test('where storage is full nothing is lost while the tab is open, and the page says so', async ({
  workstation,
  page,
}) => {
  await page.addInitScript(() => {
    Object.defineProperty(IDBObjectStore.prototype, 'put', {
      value: () => {
        throw new DOMException('full', 'QuotaExceededError');
      },
    });
  });
  await workstation.open();
  await workstation.drop(samplePath('evensong.wav'));
  await workstation.result.expectDone();
  await expect(notice(page, 'library-full')).toContainText(textOf('library-full'));
  await new Review(page).button('unsure').click();
  const library = new LibraryPage(page);
  await library.open();
  await expect(library.row('evensong.wav')).toHaveAttribute('data-verdict', 'unsure');
  await workstation.drop(samplePath('evensong.wav'));
  await page.getByTestId('view-workstation').click();
  await expect(workstation.result.view).toHaveAttribute('data-known', 'true');
});

test('an older program leaves a newer library alone', async ({ workstation, page }) => {
  await workstation.open();
  await page.goto('/favicon.svg');
  await page.evaluate(
    () =>
      new Promise<void>((resolve, reject) => {
        const request = indexedDB.open('acousticsense-library', 99);
        request.addEventListener('success', () => {
          request.result.close();
          resolve();
        });
        request.addEventListener('error', () => reject(new Error('not opened')));
      }),
  );
  await workstation.open();
  await expect(notice(page, 'library-too-new')).toContainText(textOf('library-too-new'));
  await workstation.drop(samplePath('evensong.wav'));
  await workstation.result.expectDone();
  const version = await page.evaluate(
    async () => (await indexedDB.databases()).find(({ name }) => name === 'acousticsense-library')?.version,
  );
  expect(version).toBe(99);
});
