import { archiveTexts } from '#ui/features/archive/texts.ts';
import { compareTexts } from '#ui/features/compare/texts.ts';
import { begin, expectClean, named, rounds } from './fixtures/accessible.ts';
import { samplePath } from './fixtures/clips.ts';
import { Explore } from './fixtures/explore.ts';
import { LibraryPage } from './fixtures/libraryView.ts';
import { Review } from './fixtures/review.ts';
import { expect, test } from './fixtures/workstation.ts';

test('the empty library and the shortcuts', async ({ workstation }) => {
  const { page } = workstation;
  await workstation.open();
  const library = new LibraryPage(page);
  const { shortcuts } = new Review(page);
  await library.open();
  await expect(page.getByTestId('library-empty')).toBeVisible();
  for (const round of rounds) {
    await begin(workstation, round);
    await expectClean(page, named('empty library', round));
    await page.keyboard.press('?');
    await expect(shortcuts).toBeVisible();
    await expectClean(page, named('shortcuts', round));
    await page.keyboard.press('Escape');
    await expect(shortcuts).toHaveCount(0);
  }
});

test('a result with everything open, its dialogues, the library and a comparison', async ({
  workstation,
}) => {
  const { page, queue, result, spectrogram } = workstation;
  const explore = new Explore(page);
  const review = new Review(page);
  const library = new LibraryPage(page);
  const exports = page.getByTestId('export-dialog');
  const settings = page.getByTestId('archive-settings');
  const tagging = page.getByTestId('tag-dialog');
  await workstation.open();
  await workstation.drop(samplePath('night-drive.wav'), samplePath('evensong.wav'));
  await queue.expectSettled(60_000);
  await result.expectDone();

  await spectrogram.display.click();
  await explore.drawBox([0.2, 0.3], [0.6, 0.8]);
  await page.keyboard.press('r');
  await expect(explore.region).toHaveAttribute('data-result', 'done');
  await page.getByTestId('attention-toggle').click();
  await expect(page.getByTestId('attention-heads')).toBeVisible();

  for (const round of rounds) {
    await begin(workstation, round);
    await page.keyboard.press('e');
    await expect(review.options.first()).toBeVisible();
    await expect(spectrogram.region).toBeVisible();
    await expectClean(page, named('result with everything open', round));
    await page.keyboard.press('Escape');
    await expect(review.genreSearch).toHaveCount(0);

    await page.keyboard.press('Control+e');
    await expect(exports).toBeVisible();
    await expectClean(page, named('exports', round));
    await page.keyboard.press('Escape');
    await expect(exports).toHaveCount(0);

    await page
      .getByRole('button', { name: archiveTexts[round.language].commands.openArchiveSettings })
      .click();
    await expect(settings).toBeVisible();
    await expectClean(page, named('settings of the archive', round));
    await page.keyboard.press('Escape');
    await expect(settings).toHaveCount(0);

    await page.evaluate(() => (document.activeElement as HTMLElement | null)?.blur());
    await page.keyboard.press('v');
    await expect(explore.side('right')).toHaveAttribute('data-kind', 'ready');
    await expect(page.getByTestId('compare-genre').first()).toBeVisible();
    await expectClean(page, named('comparison', round));
    await page.getByRole('button', { name: compareTexts[round.language].back }).click();
    await expect(result.view).toBeVisible();

    await page.keyboard.press('Control+l');
    await library.row('evensong.wav').click();
    await library.expectSelected('evensong.wav');
    await expectClean(page, named('library', round));
    await page.keyboard.press('t');
    await expect(tagging).toBeVisible();
    await expectClean(page, named('tags', round));
    await page.keyboard.press('Escape');
    await expect(tagging).toHaveCount(0);
    await page.keyboard.press('Control+l');
    await expect(result.view).toBeVisible();
  }
});
