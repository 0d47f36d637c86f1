import { readFileSync } from 'node:fs';
import { analysisError, type AnalysisErrorCode } from '#core/errors.ts';
import { errorText, noticeText } from '#core/errorText.ts';
import { samplePath } from './fixtures/clips.ts';
import { repositoryPath } from './fixtures/headless.ts';
import { expect, quickModel, test } from './fixtures/workstation.ts';
import type { PageLanguage } from './fixtures/words.ts';

/** Weights: downloaded once, verified, kept; and what a person reads where that cannot be. */

const weightsPath = `/models/${quickModel}/model.safetensors`;
const weights = (): Buffer => readFileSync(repositoryPath(`public${weightsPath}`));
const song = samplePath('evensong.wav');
const textOf = (code: AnalysisErrorCode, language: PageLanguage = 'en') =>
  errorText(analysisError(code, '', { model: quickModel }), language);

test('the progress of the model is shown in bytes, the spectrogram does not wait for it', async ({
  workstation,
  host,
}) => {
  const { queue, result, spectrogram, status } = workstation;
  const release = host.hold(weightsPath, 3_000_000);
  await workstation.open({ host });
  await expect(status.backend).toContainText('3.0 MB of 5.9 MB');
  const bar = status.footer.getByRole('progressbar');
  await expect(bar).toHaveAttribute('value', /^(50|51)$/);

  await workstation.drop(song);
  await spectrogram.expectPainted();
  await expect(queue.row('evensong.wav')).toContainText(workstation.words.jobs.waitingForModel);
  await expect(result.bars).toHaveCount(0);

  release();
  await result.expectDone();
  await expect(bar).toHaveCount(0);
  await expect(status.total).toBeVisible();
});

test('the second visit downloads no weights and gives the same numbers', async ({ workstation, host }) => {
  const { result, status } = workstation;
  await workstation.open({ host });
  await workstation.drop(song);
  await result.expectDone();
  const first = await result.predictions();
  expect(host.count('.safetensors')).toBe(1);
  await status.openDetails();
  await expect(status.loading).toContainText(workstation.words.status.downloaded);
  await expect(status.loading).toContainText(workstation.words.status.stored.opfs);

  await workstation.open({ host });
  await workstation.drop(song);
  await result.expectDone();
  expect(host.count('.safetensors')).toBe(1);
  expect(await result.predictions()).toEqual(first);
  await status.openDetails();
  await expect(status.loading).toContainText(workstation.words.status.fromCache);
});

test('altered weights are refused in both languages, nothing of them is kept, and retry works', async ({
  workstation,
  host,
}) => {
  const { queue, result, status } = workstation;
  const altered = weights();
  const at = altered.length - 1000;
  altered[at] = (altered[at] ?? 0) ^ 1;
  host.replace(weightsPath, altered);
  await workstation.open({ host });
  await workstation.drop(song);
  await queue.expectPhase('evensong.wav', 'failed');
  await result.expectFailure('model-altered', textOf('model-altered'));
  await status.expectFailed(textOf('model-altered').title);

  await workstation.choose(workstation.words.language, '中文');
  await workstation.in('zh').result.expectFailure('model-altered', textOf('model-altered', 'zh'));
  await workstation.in('zh').choose(workstation.in('zh').words.language, 'EN');

  // A shorter file is altered as well.
  host.replace(weightsPath, altered.subarray(0, altered.length - 1));
  await queue.retry('evensong.wav');
  await queue.expectPhase('evensong.wav', 'failed');
  await result.expectFailure('model-altered', textOf('model-altered'));

  host.restore(weightsPath);
  await queue.retry('evensong.wav');
  await result.expectDone();
  await status.expectReady();
});

for (const file of ['manifest.json', 'golden.json', 'model.safetensors']) {
  test(`a model without its ${file} is said to be missing, and works once it is back`, async ({
    workstation,
    host,
    guard,
  }) => {
    const { queue, result, status } = workstation;
    guard.expectComplaint(/404/);
    host.lose(`/models/${quickModel}/${file}`);
    await workstation.open({ host });
    await workstation.drop(song);
    await queue.expectPhase('evensong.wav', 'failed');
    await result.expectFailure('model-missing', textOf('model-missing'));
    await status.expectFailed(textOf('model-missing').title);
    await workstation.choose(workstation.words.language, '中文');
    await workstation.in('zh').result.expectFailure('model-missing', textOf('model-missing', 'zh'));
    await workstation.in('zh').choose(workstation.in('zh').words.language, 'EN');

    host.restore(`/models/${quickModel}/${file}`);
    await status.retryModel();
    await status.expectReady();
    await queue.retry('evensong.wav');
    await result.expectDone();
  });
}

test('a model of a name that is none, and one that the server answers with its page, are missing', async ({
  workstation,
  host,
}) => {
  const { queue, result } = workstation;
  host.replace('/models/other/manifest.json', Buffer.from('{"not": "a manifest"}'));
  await workstation.open({ host, model: '../secrets' });
  await workstation.drop(song);
  await queue.expectPhase('evensong.wav', 'failed');
  await result.expectFailure(
    'model-missing',
    errorText(analysisError('model-missing', '', { model: '../secrets' }), 'en'),
  );

  await workstation.open({ host, model: 'other' });
  await workstation.drop(song);
  await queue.expectPhase('evensong.wav', 'failed');
  await result.expectFailure('model-invalid', textOf('model-invalid'));
});

test('where storage is denied the page works and says that nothing was kept', async ({
  workstation,
  host,
  page,
}) => {
  const { result, status } = workstation;
  await page.addInitScript(() => {
    const denied = (): Promise<never> => Promise.reject(new DOMException('denied', 'SecurityError'));
    Object.defineProperty(StorageManager.prototype, 'getDirectory', { value: denied });
    for (const name of ['open', 'match', 'has', 'keys', 'delete']) {
      Object.defineProperty(CacheStorage.prototype, name, { value: denied });
    }
  });
  await workstation.open({ host });
  await workstation.drop(song);
  await result.expectDone();
  const notice = noticeText({ code: 'not-stored', detail: '' }, 'en');
  await expect(workstation.notice('not-stored')).toContainText(notice.title);
  await expect(workstation.notice('not-stored')).toContainText(notice.advice);
  await status.openDetails();
  await expect(status.loading).toContainText(workstation.words.status.stored['not-stored']);
  await expect(status.notice('not-stored')).toContainText('denied');

  await workstation.open({ host });
  await workstation.drop(song);
  await result.expectDone();
  expect(host.count('.safetensors')).toBe(2);
});

test('where storage is full the page works and says so', async ({ workstation, host, page }) => {
  const { result, status } = workstation;
  await page.addInitScript(() => {
    const full = (): Promise<never> => Promise.reject(new DOMException('full', 'QuotaExceededError'));
    Object.defineProperty(FileSystemFileHandle.prototype, 'createWritable', { value: full });
    Object.defineProperty(Cache.prototype, 'put', { value: full });
  });
  await workstation.open({ host });
  await workstation.drop(song);
  await result.expectDone();
  await expect(workstation.notice('not-stored')).toBeVisible();
  await status.openDetails();
  await expect(status.notice('not-stored')).toContainText('quota');
});

test('after the first visit everything works without a network', async ({
  workstation,
  host,
  page,
  context,
  guard,
}) => {
  const { result, status } = workstation;
  await workstation.open({ host });
  await workstation.drop(song);
  await result.expectDone();
  const first = await result.predictions();
  const kept = (): Promise<string[]> =>
    page.evaluate(async () => {
      const found: string[] = [];
      for (const name of await caches.keys()) {
        for (const request of await (await caches.open(name)).keys())
          found.push(new URL(request.url).pathname);
      }
      return found;
    });
  // The service worker keeps what it needs in its own time.
  for (const ending of ['/index.html', 'manifest.json', 'golden.json', '.wasm']) {
    await expect.poll(async () => (await kept()).some((path) => path.endsWith(ending))).toBe(true);
  }
  await expect.poll(() => page.evaluate(() => navigator.serviceWorker.controller !== null)).toBe(true);

  await context.setOffline(true);
  await host.stop();
  guard.expectComplaint(
    /ERR_INTERNET_DISCONNECTED|ERR_CONNECTION_REFUSED|Failed to load resource|Failed to fetch/,
  );
  await workstation.reload();
  await workstation.drop(song);
  await result.expectDone();
  expect(await result.predictions()).toEqual(first);
  await status.expectReady();
  const notice = noticeText({ code: 'offline', detail: '' }, 'en');
  await expect(workstation.notice('offline')).toContainText(notice.title);
  await expect(workstation.page.getByRole('heading', { level: 1 })).toHaveText(workstation.words.appName);
});

test('offline with a model that was never loaded here says what to do', async ({
  workstation,
  host,
  context,
  guard,
}) => {
  const { queue, result } = workstation;
  await workstation.open({ host });
  await workstation.status.expectReady();
  await context.setOffline(true);
  guard.expectComplaint(/ERR_INTERNET_DISCONNECTED|Failed to load resource|Failed to fetch/);
  await workstation.status.model.selectOption('acousticsense-vit-b16');
  await workstation.drop(song);
  await queue.expectPhase('evensong.wav', 'failed');
  await result.expectFailure('model-download-failed', textOf('model-download-failed'));
  await context.setOffline(false);
  await workstation.status.model.selectOption(quickModel);
  await queue.retry('evensong.wav');
  await result.expectDone();
});
