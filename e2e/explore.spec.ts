import { attentionTexts } from '#ui/features/attention/texts.ts';
import { compareTexts } from '#ui/features/compare/texts.ts';
import { samplePath } from './fixtures/clips.ts';
import { Explore } from './fixtures/explore.ts';
import { SpectrogramPanel } from './fixtures/spectrogramPanel.ts';
import { defaultModel, expect, quickModel, test } from './fixtures/workstation.ts';

test('a box over the picture tells its share and its own genres', async ({ workstation, clips, page }) => {
  const { result } = workstation;
  const explore = new Explore(page);
  await workstation.open();
  await workstation.drop(clips.repeated('night-drive.wav', 30, 'long.wav'));
  await result.expectDone();

  await explore.drawBox([0.1, 0.2], [0.5, 0.9]);
  const edges = await explore.edges();
  expect(edges.start).toBeCloseTo(3, 0);
  expect(edges.end).toBeCloseTo(15, 0);
  expect(edges.high).toBeGreaterThan(edges.low);
  const share = Number(await explore.share.getAttribute('data-share'));
  const area = Number(await explore.share.getAttribute('data-area'));
  expect(share).toBeGreaterThan(0);
  expect(share).toBeLessThan(1);
  // 12 of 30 seconds, seven tenths of the height.
  expect(area).toBeGreaterThan(0.2);
  expect(area).toBeLessThan(0.36);

  await page.keyboard.press('r');
  await expect(explore.region).toHaveAttribute('data-result', 'done');
  const own = await explore.regionPredictions();
  expect(own).toHaveLength(5);
  expect(own.every(({ probability }, at) => at === 0 || probability <= (own[at - 1]?.probability ?? 0))).toBe(
    true,
  );
  // The piece repeats itself: a part of it sounds as the whole does.
  expect(own[0]?.genre).toBe((await result.predictions())[0]?.genre);

  await page.keyboard.press('Escape');
  await expect(explore.region).toHaveCount(0);
});

test('layers and heads are laid over the picture, and the rollout comes back', async ({
  workstation,
  page,
}) => {
  const { result, spectrogram } = workstation;
  const explore = new Explore(page);
  await workstation.open();
  await workstation.drop(samplePath('iron-gate.wav'));
  await result.expectDone();
  await spectrogram.expectPainted();
  // The overlay's own pixels: where the page has scrolled to does not matter.
  const painted = (): Promise<string> =>
    spectrogram.overlay.evaluate((canvas) => (canvas as HTMLCanvasElement).toDataURL());
  await expect.poll(() => SpectrogramPanel.colours(spectrogram.overlay)).toBeGreaterThan(1);
  const rollout = await painted();

  await page.getByTestId('attention-toggle').click();
  await expect(explore.attention).toHaveAttribute('data-layer', '11');
  await expect(explore.attention).toHaveAttribute('data-head', 'mean');
  await expect(page.getByTestId('attention-status')).toHaveText(/^(One window|\d+ windows)$/);
  await expect(page.getByTestId('attention-heads')).toBeVisible();
  // What is laid over the picture is painted when there is time for it.
  await expect.poll(painted).not.toBe(rollout);
  const last = await painted();

  await page.getByTestId('attention-layer').selectOption({ index: 0 });
  await page.getByTestId('attention-head').selectOption({ index: 2 });
  await expect(explore.attention).toHaveAttribute('data-layer', '0');
  await expect(explore.attention).toHaveAttribute('data-head', '1');
  await expect.poll(painted).not.toBe(last);

  await page.getByRole('button', { name: attentionTexts.en.close }).click();
  await expect(explore.attention).toHaveCount(0);
  await expect.poll(painted).toBe(rollout);
});

test('two files stand side by side with one cursor and a table of what differs', async ({
  workstation,
  page,
}) => {
  const { queue, result } = workstation;
  const explore = new Explore(page);
  await workstation.open();
  await workstation.drop(samplePath('night-drive.wav'), samplePath('evensong.wav'));
  await queue.expectSettled(60_000);
  const expected = [];
  for (const name of ['evensong.wav', 'night-drive.wav']) {
    await queue.select(name);
    expected.push(
      new Map((await result.predictions()).map(({ genre, probability }) => [genre, probability])),
    );
  }
  await page.locator('body').click({ position: { x: 2, y: 2 } });
  await page.keyboard.press('v');
  await expect(explore.side('left')).toHaveAttribute('data-kind', 'ready');
  await expect(explore.side('right')).toHaveAttribute('data-kind', 'ready');
  await expect(explore.side('left')).toContainText('night-drive.wav');
  await expect(explore.side('right')).toContainText('evensong.wav');

  const rows = await explore.differences();
  expect(rows.length).toBeGreaterThan(5);
  for (const row of rows) {
    expect(row.left).toBe(expected[1]?.get(row.genre));
    expect(row.right).toBe(expected[0]?.get(row.genre));
    expect(row.difference).toBeCloseTo(row.right - row.left, 12);
  }
  const sizes = rows.map(({ difference }) => Math.abs(difference));
  expect(sizes).toEqual(sizes.toSorted((a, b) => b - a));

  await explore.picture('left').hover({ position: { x: 100, y: 60 } });
  const seconds = await explore.picture('left').getAttribute('data-cursor');
  expect(Number(seconds)).toBeGreaterThan(0);
  await expect(explore.picture('right')).toHaveAttribute('data-cursor', seconds ?? '');

  await page.getByRole('button', { name: compareTexts.en.swap }).click();
  await expect(explore.side('left')).toContainText('evensong.wav');
  await page.getByRole('button', { name: compareTexts.en.back }).click();
  await expect(result.view).toBeVisible();
});

test('one file under two models', async ({ workstation, page }) => {
  const { result } = workstation;
  const explore = new Explore(page);
  await workstation.open();
  await workstation.drop(samplePath('far-shore.wav'));
  await result.expectDone();
  await page.locator('body').click({ position: { x: 2, y: 2 } });
  await page.keyboard.press('v');
  await page.getByRole('button', { name: compareTexts.en.underModel(defaultModel) }).click();
  await expect(explore.side('right')).toHaveAttribute('data-kind', 'ready', { timeout: 120_000 });
  await expect(page.getByTestId('compare-facts-left')).toHaveAttribute('data-model', quickModel);
  await expect(page.getByTestId('compare-facts-right')).toHaveAttribute('data-model', defaultModel);
  await expect(page.getByTestId('compare-summary')).toContainText(compareTexts.en.sameAudio);
  await expect(page.getByTestId('compare-summary')).toContainText(compareTexts.en.otherModel);
});
