import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { AxeBuilder } from '@axe-core/playwright';
import { analysisError } from '#core/errors.ts';
import { errorText } from '#core/errorText.ts';
import { insertPngText, readPngText, reportKeyword } from '#core/report/pngText.ts';
import { onePixelPng } from '#core/testing/pngFile.ts';
import { ArchiveSettings } from './fixtures/archiveSettings.ts';
import { samplePath } from './fixtures/clips.ts';
import { Review } from './fixtures/review.ts';
import { expect, test, Workstation } from './fixtures/workstation.ts';

const widthOf = (png: Uint8Array): number => new DataView(png.buffer, png.byteOffset).getUint32(16);

test('the ribbon: every window by pointer and by keyboard, and what is heard under the pointer', async ({
  workstation,
  clips,
}) => {
  const { page, result } = workstation;
  await workstation.open();
  await workstation.drop(clips.repeated('island-noon.wav', 24));
  await result.expectDone();
  const report = await result.report();
  const ribbon = page.getByTestId('ribbon');
  await expect(ribbon).toHaveAttribute(
    'data-leading',
    report.track.predictions
      .slice(0, 5)
      .map(({ genre }) => genre)
      .join(' '),
  );
  const cells = ribbon.getByTestId('window');
  await expect(cells).toHaveCount(report.windows.length);
  expect(report.windows.length).toBeGreaterThan(2);

  await test.step('a click selects the window whose middle is nearest', async () => {
    const area = await ribbon.getByTestId('ribbon-canvas').boundingBox();
    if (area === null) throw new Error('no ribbon');
    const last = report.windows.at(-1);
    await page.mouse.click(area.x + area.width - 3, area.y + area.height / 2);
    await expect(cells.last().getByRole('radio')).toBeChecked();
    expect(await result.predictions()).toEqual(last?.predictions);

    const heard = page.getByTestId('ribbon-heard');
    const seconds = Number(await heard.getAttribute('data-seconds'));
    const over = report.windows.filter(
      (window) => !window.silent && window.startSeconds <= seconds && seconds <= window.endSeconds,
    );
    const shown = await heard.getByTestId('ribbon-heard-genre').evaluateAll((rows) =>
      rows.map((row) => ({
        genre: row.dataset['genre'] ?? '',
        probability: Number(row.dataset['probability']),
      })),
    );
    expect(shown).toHaveLength(5);
    for (const { genre, probability } of shown) {
      const mean =
        over.reduce(
          (sum, window) => sum + (window.predictions.find((one) => one.genre === genre)?.probability ?? 0),
          0,
        ) / over.length;
      expect(probability).toBeCloseTo(mean, 9);
    }
  });

  await test.step('arrows walk, Escape is the whole track', async () => {
    await page.keyboard.press('ArrowLeft');
    await expect(cells.nth(report.windows.length - 2).getByRole('radio')).toBeChecked();
    expect(await result.predictions()).toEqual(report.windows.at(-2)?.predictions);
    await page.keyboard.press('Escape');
    await expect(ribbon.getByTestId('whole-track').getByRole('radio')).toBeChecked();
    expect(await result.predictions()).toEqual(report.track.predictions);
    await page.keyboard.press('ArrowRight');
    await expect(cells.first().getByRole('radio')).toBeChecked();
  });
});

test('a picture in both sizes and themes is the same at every save, and reopens elsewhere with equal numbers', async ({
  workstation,
  browser,
  guard,
  clips,
}) => {
  const { page, result, queue } = workstation;
  const settings = new ArchiveSettings(page);
  await workstation.open();
  await workstation.drop(clips.copy(samplePath('evensong.wav'), '<b>夜曲</b> & أغنية.wav'));
  await result.expectDone();
  const report = await result.report();
  await page.keyboard.press('u');
  await new Review(page).expectVerdict('unsure');

  const saved: Uint8Array[] = [];
  for (const [scale, theme] of [
    [1, 'light'],
    [2, 'dark'],
  ] as const) {
    await settings.open();
    await settings.set({ scale, theme });
    await settings.close();
    const { bytes } = await result.savePicture();
    expect(widthOf(bytes)).toBe(1600 * scale);
    const again = await result.savePicture();
    expect(Buffer.compare(bytes, again.bytes)).toBe(0);
    saved.push(bytes);
  }
  const [light, dark] = saved;
  if (light === undefined || dark === undefined) throw new Error('not saved');

  const picture = join(clips.folder, 'archive.png');
  writeFileSync(picture, dark);
  const elsewhere = await browser.newContext({ reducedMotion: 'reduce', locale: 'en-GB' });
  try {
    const other = new Workstation(await elsewhere.newPage(), guard, 'en');
    await other.open();
    await other.drop(picture);
    await other.result.expectDone();
    expect(await other.result.report()).toEqual(report);
    expect(await other.queue.names()).toEqual([report.file.name]);
    await expect(other.page.getByTestId('archived-image')).toBeVisible();
    expect(
      await other.page
        .getByTestId('archived-image')
        .evaluate((image: HTMLImageElement) => image.decode().then(() => image.naturalWidth)),
    ).toBe(3200);
    await new Review(other.page).expectVerdict('unsure');
    await other.result.selectWindow(0);
    expect(await other.result.predictions()).toEqual(report.windows[0]?.predictions);

    await test.step('markup in the name stays text', async () => {
      await expect(other.page.locator('b', { hasText: '夜曲' })).toHaveCount(0);
      const title = other.result.view.getByRole('heading', { level: 2 }).locator('bdi');
      await expect(title).toHaveAttribute('title', report.file.name);
    });
  } finally {
    await elsewhere.close();
  }
  expect(await queue.names()).toEqual([report.file.name]);
});

test('hostile pictures beside good audio: each says what is wrong, the audio is analysed', async ({
  workstation,
  clips,
}) => {
  const { result, queue } = workstation;
  await workstation.open();
  await workstation.drop(clips.copy(samplePath('far-shore.wav'), 'first.wav'));
  await result.expectDone();
  const { bytes: good } = await result.savePicture();
  const json = readPngText(good, reportKeyword);
  if (!json.ok || json.value === null) throw new Error('no report');

  const cases: readonly (readonly [string, Uint8Array, Parameters<typeof analysisError>[0]])[] = [
    ['cover.png', onePixelPng, 'not-our-picture'],
    ['text.png', Buffer.from('no picture at all'), 'not-our-picture'],
    ['cut.png', good.subarray(0, good.length - 3000), 'picture-damaged'],
    ['changed.png', good.map((byte, at) => (at === good.length - 1000 ? byte ^ 1 : byte)), 'picture-damaged'],
    [
      'script.png',
      insertPngText(onePixelPng, reportKeyword, '{"schemaVersion":2,"file":"<img src=x onerror=alert(1)>"}'),
      'report-invalid',
    ],
    [
      'prototype.png',
      insertPngText(
        onePixelPng,
        reportKeyword,
        json.value.replace('"model":{', '"model":{"__proto__":{"a":1},'),
      ),
      'report-invalid',
    ],
    ['deep.png', insertPngText(onePixelPng, reportKeyword, '['.repeat(300_000)), 'report-invalid'],
    ['newer.png', insertPngText(onePixelPng, reportKeyword, '{"schemaVersion":77}'), 'report-too-new'],
    [
      'huge.png',
      insertPngText(onePixelPng, reportKeyword, `"${'a'.repeat(70 * 1024 * 1024)}"`),
      'picture-damaged',
    ],
  ];
  for (const [name, bytes] of cases) writeFileSync(join(clips.folder, name), bytes);
  await workstation.drop(
    ...cases.slice(0, 4).map(([name]) => join(clips.folder, name)),
    clips.copy(samplePath('night-drive.wav'), 'second.wav'),
    ...cases.slice(4).map(([name]) => join(clips.folder, name)),
  );
  await queue.expectPhase('second.wav', 'done');
  for (const [name, , code] of cases) {
    await queue.expectPhase(name, 'failed');
    await queue.select(name);
    await expect(result.failure).toHaveAttribute('data-code', code);
    await expect(result.failure.getByRole('heading')).toHaveText(
      errorText(analysisError(code, ''), 'en').title,
    );
  }
  await queue.expectPhase('first.wav', 'done');
});

test('every finished file goes into the folder by itself; a folder that is gone costs nothing', async ({
  workstation,
  clips,
}) => {
  const { page, result } = workstation;
  const settings = new ArchiveSettings(page);
  await settings.offerFolder('pictures');
  await workstation.open();
  await workstation.drop(clips.copy(samplePath('iron-gate.wav'), 'a.wav'));
  await result.expectDone();

  await test.step('two files of one name are two pictures', async () => {
    await settings.open();
    await settings.chooseFolder();
    await settings.set({ scale: 1, auto: true });
    const { violations } = await new AxeBuilder({ page }).analyze();
    expect(violations.map(({ id }) => id)).toEqual([]);
    await settings.close();
    await workstation.drop(
      clips.copy(samplePath('far-shore.wav'), 'b.wav'),
      clips.repeated('night-drive.wav', 6, 'sub-b.wav'),
    );
    await expect
      .poll(async () => (await settings.files('pictures')).map(({ name }) => name))
      .toEqual(['b.wav.acousticsense.png', 'sub-b.wav.acousticsense.png']);
    await workstation.queue.select('b.wav');
    await result.view.getByRole('button', { name: workstation.words.actions.savePicture }).click();
    await expect
      .poll(async () => (await settings.files('pictures')).map(({ name }) => name))
      .toEqual(['b.wav (2).acousticsense.png', 'b.wav.acousticsense.png', 'sub-b.wav.acousticsense.png']);
    // A file appears under its name when it is written whole.
    await expect
      .poll(async () => (await settings.files('pictures')).every(({ bytes }) => bytes > 50_000))
      .toBe(true);
  });

  await test.step('the folder is remembered', async () => {
    await workstation.reload();
    await workstation.drop(clips.repeated('evensong.wav', 7, 'c.wav'));
    await expect
      .poll(async () => (await settings.files('pictures')).map(({ name }) => name))
      .toContain('c.wav.acousticsense.png');
  });

  await test.step('deleted: the picture waits, is said, and goes into another folder', async () => {
    await result.expectDone();
    await settings.removeFolder('pictures');
    await workstation.drop(clips.repeated('island-noon.wav', 7, 'd.wav'));
    await expect(settings.waiting).toHaveAttribute('data-count', '1');
    await expect(page.getByTestId('archive-notice')).toHaveAttribute('data-code', 'folder-gone');
    await expect(page.getByTestId('archive-notice')).toContainText(
      errorText(analysisError('folder-gone', ''), 'en').title,
    );
    const { violations } = await new AxeBuilder({ page }).analyze();
    expect(violations.map(({ id }) => id)).toEqual([]);
    await settings.waiting.getByRole('button', { name: 'Another folder' }).click();
    await expect(settings.waiting).toHaveCount(0);
    expect((await settings.files('pictures')).map(({ name }) => name)).toEqual(['d.wav.acousticsense.png']);
    await settings.open();
    await expect(settings.pictures.first()).toHaveAttribute('data-status', 'folder');
    await settings.close();
  });
});

test('without a network pictures are saved and reopened as well', async ({
  workstation,
  host,
  page,
  context,
  guard,
  clips,
}) => {
  const { result, queue } = workstation;
  const song = clips.copy(samplePath('far-shore.wav'), 'offline.wav');
  await workstation.open({ host });
  await workstation.drop(song);
  await result.expectDone();
  // The font comes last, in the service worker's own time.
  const fontKept = (): Promise<boolean> =>
    page.evaluate(async () => {
      for (const name of await caches.keys())
        for (const request of await (await caches.open(name)).keys())
          if (request.url.endsWith('.ttf')) return true;
      return false;
    });
  await expect.poll(fontKept).toBe(true);
  await expect.poll(() => page.evaluate(() => navigator.serviceWorker.controller !== null)).toBe(true);

  await context.setOffline(true);
  await host.stop();
  guard.expectComplaint(
    /ERR_INTERNET_DISCONNECTED|ERR_CONNECTION_REFUSED|Failed to load resource|Failed to fetch/,
  );
  await workstation.reload();
  await workstation.drop(song);
  await result.expectDone();
  const report = await result.report();
  const { bytes } = await result.savePicture();
  const picture = join(clips.folder, 'offline.png');
  writeFileSync(picture, bytes);
  await workstation.reload();
  await workstation.drop(picture);
  await result.expectDone();
  expect(await result.report()).toEqual(report);
  expect(await queue.names()).toEqual(['offline.wav']);
});
