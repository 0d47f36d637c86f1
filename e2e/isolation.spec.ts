import { noticeText } from '#core/errorText.ts';
import { samplePath } from './fixtures/clips.ts';
import { expect, test } from './fixtures/workstation.ts';

/** Hosts and browsers that lack something. */

const song = samplePath('evensong.wav');

test('on a host that sends no headers the service worker isolates the page', async ({
  workstation,
  plainHost,
  page,
}) => {
  const { result, status } = workstation;
  await workstation.open({ host: plainHost });
  await expect.poll(() => page.evaluate(() => crossOriginIsolated).catch(() => false)).toBe(true);
  await workstation.drop(song);
  await result.expectDone();
  await expect(workstation.notice('not-isolated')).toHaveCount(0);
  const threads = await page.evaluate(() => Math.min(4, navigator.hardwareConcurrency));
  await expect(status.backend).toHaveAttribute('data-threads', String(threads));
});

test.describe('without a service worker', () => {
  test.use({ serviceWorkers: 'block' });

  test('a page that is not isolated runs on one thread and says so', async ({
    workstation,
    plainHost,
    page,
  }) => {
    const { result, status } = workstation;
    await workstation.open({ host: plainHost });
    await workstation.drop(song);
    await result.expectDone();
    expect(await page.evaluate(() => crossOriginIsolated)).toBe(false);
    await expect(status.backend).toHaveAttribute('data-threads', '1');
    for (const language of ['en', 'zh'] as const) {
      const text = noticeText({ code: 'not-isolated', detail: '' }, language);
      await workstation
        .choose(workstation.words.language, language === 'en' ? 'EN' : '中文')
        .catch(() => undefined);
      await expect(workstation.notice('not-isolated')).toContainText(text.title);
      await expect(workstation.notice('not-isolated')).toContainText(text.advice);
    }
  });
});

test('without WebGPU the processor does it, and the status says why', async ({ workstation, page }) => {
  const { result, status } = workstation;
  await page.addInitScript(() => {
    Object.defineProperty(Navigator.prototype, 'gpu', { get: () => undefined });
  });
  await workstation.open({ backend: null });
  await workstation.drop(song);
  await result.expectDone();
  await expect(status.backend).toHaveAttribute('data-backend-kind', 'wasm');
  await status.openDetails();
  await expect(status.notice('no-webgpu')).toContainText(
    noticeText({ code: 'no-webgpu', detail: '' }, 'en').title,
  );
  await workstation.choose(workstation.words.language, '中文');
  await expect(status.notice('no-webgpu')).toContainText(
    noticeText({ code: 'no-webgpu', detail: '' }, 'zh').title,
  );
});

test('WebGPU that is forced where there is none is an error with advice', async ({ workstation, page }) => {
  const { queue, result } = workstation;
  await page.addInitScript(() => {
    Object.defineProperty(Navigator.prototype, 'gpu', { get: () => undefined });
  });
  await workstation.open({ backend: 'webgpu' });
  await workstation.drop(song);
  await queue.expectPhase('evensong.wav', 'failed');
  await expect(result.failure).toHaveAttribute('data-code', 'backend-unavailable');
});

test('one thread gives the same numbers as several', async ({ workstation }) => {
  const { result, status } = workstation;
  await workstation.open();
  await workstation.drop(song);
  await result.expectDone();
  const several = await result.predictions();
  await workstation.open({ query: { threads: '1' } });
  await workstation.drop(song);
  await result.expectDone();
  await expect(status.backend).toHaveAttribute('data-threads', '1');
  const single = await result.predictions();
  for (const [index, { genre, probability }] of several.entries()) {
    expect(single[index]?.genre).toBe(genre);
    expect(single[index]?.probability).toBeCloseTo(probability, 3);
  }
});
