import { noReview } from '#core/library/record.ts';
import { layOutCard } from '#core/render/card.ts';
import { readPngText, reportKeyword } from '#core/report/pngText.ts';
import { samplePath } from './fixtures/clips.ts';
import { pixelDifference } from './fixtures/spectrogramPanel.ts';
import { expect, test } from './fixtures/workstation.ts';

const sizeOf = (png: Uint8Array): { width: number; height: number } => {
  const view = new DataView(png.buffer, png.byteOffset, png.byteLength);
  return { width: view.getUint32(16), height: view.getUint32(20) };
};

test('the saved picture carries the whole result that the page shows', async ({ workstation, clips }) => {
  const { result, spectrogram, page } = workstation;
  const path = clips.copy(samplePath('iron-gate.wav'), '爵士 & “night”.take 2.wav');
  await workstation.open();
  await workstation.drop(path);
  await result.expectDone();
  const report = await result.report();
  const { download, bytes } = await result.savePicture();
  expect(download.suggestedFilename()).toBe('爵士 & “night”.take 2.wav.acousticsense.png');
  await expect(result.view).toContainText(
    workstation.words.result.saved('爵士 & “night”.take 2.wav.acousticsense.png'),
  );

  const text = readPngText(bytes, reportKeyword);
  if (!text.ok || text.value === null) throw new Error('the picture carries no report');
  expect(JSON.parse(text.value)).toEqual(report);
  expect(report.file.name).toBe('爵士 & “night”.take 2.wav');
  expect(report.track.predictions).toEqual(await result.predictions());
  expect(report.windows.every((window) => window.rollout.length === 196)).toBe(true);

  const scene = layOutCard(report, {
    language: 'en',
    theme: 'light',
    review: noReview,
    durationSeconds: 12,
    // Nothing in this card is broken into lines.
    measure: () => 0,
    overlayOpacity: 0.6,
    overlayScaleMax: 4,
    spectrogramColor: () => [0, 0, 0],
    notes: [],
  });
  expect(sizeOf(bytes)).toEqual({ width: scene.width * 2, height: scene.height * 2 });

  await test.step('the overlay is in the picture as strong as on the page', async () => {
    await spectrogram.setOpacity(0);
    const without = await result.savePicture();
    await spectrogram.setOpacity(100);
    const full = await result.savePicture();
    expect(sizeOf(without.bytes)).toEqual(sizeOf(bytes));
    const weak = await pixelDifference(page, Buffer.from(without.bytes), Buffer.from(bytes));
    const strong = await pixelDifference(page, Buffer.from(without.bytes), Buffer.from(full.bytes));
    expect(weak).toBeGreaterThan(0.1);
    expect(strong).toBeGreaterThan(weak);
  });

  await test.step('the keyboard shortcut saves as well', async () => {
    const saved = page.waitForEvent('download');
    await page.keyboard.press('Control+s');
    expect((await saved).suggestedFilename()).toBe('爵士 & “night”.take 2.wav.acousticsense.png');
  });
});
