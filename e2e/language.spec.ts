import type { Page } from '@playwright/test';
import { analysisError } from '#core/errors.ts';
import { errorText } from '#core/errorText.ts';
import { samplePath } from './fixtures/clips.ts';
import { expect, test } from './fixtures/workstation.ts';
import { words } from './fixtures/words.ts';

/** The colour behind everything. */
const backgroundOf = (page: Page): Promise<string> =>
  page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor);

/** The page speaks the browser's language, until the person says otherwise. */

test.describe('a Chinese browser', () => {
  test.use({ locale: 'zh-CN' });

  test('gets a Chinese page, genres and errors included', async ({ workstation, clips, page }) => {
    const { queue, result } = workstation;
    expect(workstation.words).toBe(words.zh);
    await workstation.open();
    await expect(page.locator('html')).toHaveAttribute('lang', 'zh-CN');
    await expect(page.getByText(words.zh.intake.title)).toBeVisible();
    await workstation.drop(samplePath('evensong.wav'), clips.write('空.mp3', Buffer.alloc(0)));
    await queue.expectSettled(60_000);
    await queue.select('evensong.wav');
    const report = await result.report();
    const best = report.track.predictions[0];
    const label = report.model.labels.find(({ id }) => id === best?.genre);
    expect(label?.zh).not.toBe(label?.en);
    expect((await result.tableRows())[0]?.label).toContain(label?.zh ?? '-');
    await queue.select('空.mp3');
    await result.expectFailure('empty-file', errorText(analysisError('empty-file', ''), 'zh'));

    // What is left in English are names: no sentence of it.
    const shown = await page.locator('body').innerText();
    for (const sentence of [
      words.en.privacy,
      words.en.jobs.title,
      words.en.status.details,
      words.en.actions.addFiles,
    ])
      expect(shown).not.toContain(sentence);
  });
});

for (const [locale, language] of [
  ['zh-TW', 'zh'],
  ['en-GB', 'en'],
  ['fr-FR', 'en'],
] as const) {
  test.describe(`a browser in ${locale}`, () => {
    test.use({ locale });
    test(`gets the page in ${language}`, async ({ page, workstation }) => {
      await workstation.in(language).open();
      await expect(page.getByText(words[language].intake.title)).toBeVisible();
    });
  });
}

test('language and theme are switched at once and remembered', async ({ workstation, page }) => {
  const { result } = workstation;
  await workstation.open();
  await workstation.drop(samplePath('evensong.wav'));
  await result.expectDone();
  const before = await result.predictions();
  await workstation.choose(words.en.language, '中文');
  await expect(page.getByRole('heading', { name: words.zh.predictions.title })).toBeVisible();
  expect(await result.predictions()).toEqual(before);

  const background = (): Promise<string> => backgroundOf(page);
  // React writes the attribute after the click: the colours are read when it is there.
  const theme = page.locator('html');
  await page.getByRole('radio', { name: words.zh.theme.light, exact: true }).check({ force: true });
  await expect(theme).toHaveAttribute('data-theme', 'light');
  const light = await background();
  await page.getByRole('radio', { name: words.zh.theme.dark, exact: true }).check({ force: true });
  await expect(theme).toHaveAttribute('data-theme', 'dark');
  await expect.poll(background).not.toBe(light);
  const dark = await background();

  await workstation.in('zh').reload();
  await expect(page.getByText(words.zh.intake.title)).toBeVisible();
  await expect(page.locator('html')).toHaveAttribute('data-theme', 'dark');
  await expect.poll(background).toBe(dark);
});

test('without a choice the theme follows the system', async ({ workstation, page }) => {
  await page.emulateMedia({ colorScheme: 'dark' });
  await workstation.open();
  const background = (): Promise<string> => backgroundOf(page);
  const dark = await background();
  await page.emulateMedia({ colorScheme: 'light' });
  await expect.poll(background).not.toBe(dark);
});
