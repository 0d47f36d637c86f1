import type { Page } from '@playwright/test';
import { colormapNames } from '#core/render/colormaps.ts';
import { spectrogramTexts } from '#ui/features/spectrogram/texts.ts';
import { ArchiveSettings } from './fixtures/archiveSettings.ts';
import { setBundledFont } from './fixtures/bundledFont.ts';
import type { Clips } from './fixtures/clips.ts';
import { fixedReport, fixedReview, libraryOf, tonesWav } from './fixtures/fixedResult.ts';
import { LibraryPage } from './fixtures/libraryView.ts';
import { expect, test, type Workstation } from './fixtures/workstation.ts';

/**
 * How it looks, against pictures in `baselines/`, all under the one tolerance of playwright.config.ts. Numbers of the
 * network are not pictured (`fixedResult`), and texts are set in the bundled font (`bundledFont`). After a change that is
 * meant: `npx playwright test e2e/visual.spec.ts --update-snapshots`, and look at every picture that changed.
 */

test.use({ timezoneId: 'UTC' });

const themes = ['light', 'dark'] as const;

async function setTheme(workstation: Workstation, theme: (typeof themes)[number]): Promise<void> {
  const { page, words } = workstation;
  await page.getByRole('radio', { name: words.theme[theme], exact: true }).check({ force: true });
  await expect(page.locator('html')).toHaveAttribute('data-theme', theme);
  // The pointer must not rest on anything, nor the focus.
  await page.mouse.move(0, 0);
  await page.evaluate(() => (document.activeElement as HTMLElement | null)?.blur());
}

/** What differs between machines: the line about the model and its processor, and what the disk has. */
const machine = (page: Page) => ({
  mask: [page.getByRole('contentinfo'), page.getByTestId('library-keeping')],
});

/** Canvases are painted a frame after what they show has changed, and coarsely where the frame was too short. */
async function expectSettled({ page, spectrogram }: Workstation): Promise<void> {
  await page.mouse.move(0, 0);
  await page.evaluate(
    () => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve))),
  );
  await expect(spectrogram.picture).toHaveAttribute('data-painted', 'whole');
}

const tones = (clips: Clips): string => clips.write('night drive 夜路.wav', tonesWav(32));

/** Opens the page in the bundled font with a file whose result the library knows already. */
async function openKnown(workstation: Workstation, path: string): Promise<void> {
  const { page, queue, result, spectrogram } = workstation;
  const library = new LibraryPage(page);
  await workstation.open();
  await setBundledFont(page);
  await library.open();
  await library.import(libraryOf(fixedReport(path), fixedReview));
  await expect(library.transfer).toHaveAttribute('data-code', 'imported');
  await workstation.drop(path);
  await queue.expectSettled(60_000);
  await result.expectDone();
  await expect(result.view).toHaveAttribute('data-known', 'true');
  await spectrogram.expectPainted();
  await workstation.status.expectReady();
}

test('the empty page and the empty library, in both themes', async ({ workstation }) => {
  const { page } = workstation;
  await workstation.open();
  await setBundledFont(page);
  await workstation.status.expectReady();
  for (const theme of themes) {
    await setTheme(workstation, theme);
    await expect(page).toHaveScreenshot(`empty-page-${theme}.png`, machine(page));
  }
  const library = new LibraryPage(page);
  await library.open();
  await expect(page.getByTestId('library-empty')).toBeVisible();
  for (const theme of themes) {
    await setTheme(workstation, theme);
    await expect(page).toHaveScreenshot(`empty-library-${theme}.png`, machine(page));
  }
});

test('the spectrogram with its axes, in every colour map and from near', async ({ workstation, clips }) => {
  const { page, spectrogram } = workstation;
  await openKnown(workstation, clips.repeated('night-drive.wav', 32));
  const text = spectrogramTexts.en;
  await setTheme(workstation, 'light');
  await spectrogram.toggle.uncheck({ force: true });
  const panel = page.locator('section', { has: spectrogram.plot });
  for (const colormap of colormapNames) {
    await expectSettled(workstation);
    await expect(panel).toHaveScreenshot(`spectrogram-${colormap}.png`);
    await page.keyboard.press('k');
  }
  // After the last colour map comes the first.
  await spectrogram.display.click();
  await page.getByTestId('octave-notes').check();
  for (let step = 0; step < 3; step += 1)
    await page.getByRole('button', { name: text.commands.zoomIn }).click();
  await expectSettled(workstation);
  await expect(panel).toHaveScreenshot('spectrogram-near.png');
});

test('a whole result with the overlay, in both themes', async ({ workstation, clips }) => {
  const { page, queue } = workstation;
  await openKnown(workstation, tones(clips));
  await page.setViewportSize({ width: 1280, height: 1500 });
  for (const theme of themes) {
    await setTheme(workstation, theme);
    await expectSettled(workstation);
    await expect(page).toHaveScreenshot(`result-${theme}.png`, machine(page));
  }
  await expect(queue.row('night drive 夜路.wav')).toHaveAttribute('data-selected', 'true');
});

test('the card of the archive, in both themes and both languages', async ({ workstation, clips }) => {
  const { page, result } = workstation;
  const settings = new ArchiveSettings(page);
  await openKnown(workstation, tones(clips));
  for (const theme of themes) {
    await settings.open();
    await settings.set({ scale: 1, theme });
    await settings.close();
    expect(Buffer.from((await result.savePicture()).bytes)).toMatchSnapshot(`card-${theme}.png`);
  }
  await workstation.choose(workstation.words.language, '中文');
  const chinese = workstation.in('zh');
  expect(Buffer.from((await chinese.result.savePicture()).bytes)).toMatchSnapshot('card-zh.png');
});
