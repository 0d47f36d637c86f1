import { readFileSync } from 'node:fs';
import { repositoryPath } from './fixtures/headless.ts';
import { samplePath } from './fixtures/clips.ts';
import type { PageHost } from './fixtures/pageHost.ts';
import { expect, quickModel, test, type Workstation } from './fixtures/workstation.ts';

/** Installing the page, and going over to its new version. */

const built = (file: string): string => readFileSync(repositoryPath(`dist/${file}`), 'utf8');

/** The host has a new build from now on: another page, and a service worker that lists it. */
function publish(host: PageHost): void {
  host.replace(
    '/index.html',
    Buffer.from(built('index.html').replace('<title>', '<meta name="build" content="new" /><title>')),
  );
  const listed = /\{"revision":"[0-9a-f]+","url":"index\.html"\}/;
  const worker = built('sw.js');
  expect(worker).toMatch(listed);
  host.replace('/sw.js', Buffer.from(worker.replace(listed, '{"revision":"new","url":"index.html"}')));
}

/** Opens the page, waits until the service worker serves it, and marks this very document. */
async function openServed(workstation: Workstation, host: PageHost): Promise<void> {
  const { page } = workstation;
  await workstation.open({ host });
  await page.waitForFunction(() => navigator.serviceWorker.controller !== null);
  await page.evaluate(() => document.documentElement.setAttribute('data-same-document', ''));
}

/** The browser looks for a new service worker, as it does on its own from time to time. */
const lookForUpdates = (workstation: Workstation): Promise<void> =>
  workstation.page.evaluate(async () => {
    await (await navigator.serviceWorker.ready).update();
  });

test('a new version is offered, is not forced, and is loaded when asked for', async ({
  workstation,
  host,
}) => {
  const { page, result } = workstation;
  await openServed(workstation, host);
  const notice = page.getByTestId('update-notice');
  await expect(notice).toHaveCount(0);
  publish(host);
  await lookForUpdates(workstation);
  await expect(notice).toHaveAttribute('data-code', 'ready');

  // Work goes on in the old version, also after the offer is put away.
  await notice.getByRole('button', { name: workstation.words.actions.dismiss }).click();
  await expect(notice).toHaveCount(0);
  await workstation.drop(samplePath('evensong.wav'));
  await result.expectDone();
  await expect(page.locator('html[data-same-document]')).toHaveCount(1);
  await expect(page.locator('meta[name="build"]')).toHaveCount(0);

  // A visit later it is offered again: the old version is in charge until somebody asks.
  await workstation.reload();
  await expect(page.locator('meta[name="build"]')).toHaveCount(0);
  await expect(notice).toBeVisible();
  await page.getByTestId('update-page').click();
  await expect(page.locator('meta[name="build"]')).toHaveCount(1);
  await expect(notice).toHaveCount(0);

  // And it works without a network.
  await host.stop();
  await workstation.reload();
  await expect(page.locator('meta[name="build"]')).toHaveCount(1);
});

test('a new version does not wait for what the old one still fetches for later', async ({
  workstation,
  host,
}) => {
  const { page, status } = workstation;
  const font = /assets\/(NotoSansSC[^"']*\.ttf)/.exec(built('sw.js'))?.[1];
  if (font === undefined) throw new Error('the build has no font');
  // The font of pictures is kept for offline use once the model runs: on a slow line that takes its time.
  host.hold(`/assets/${font}`, 100_000);
  await openServed(workstation, host);
  await status.expectReady();
  await expect.poll(() => host.count(font)).toBeGreaterThan(0);
  publish(host);
  await lookForUpdates(workstation);
  await page.getByTestId('update-page').click();
  await expect(page.locator('meta[name="build"]')).toHaveCount(1, { timeout: 30_000 });
});

test('a new version waits for the files that are worked on', async ({ workstation, host, clips }) => {
  const { page, queue } = workstation;
  // The file waits for the model, which does not come before it is let through.
  const release = host.hold(`/models/${quickModel}/model.safetensors`, 1_000_000);
  await openServed(workstation, host);
  await workstation.drop(clips.repeated('evensong.wav', 30, 'long.wav'));
  publish(host);
  await lookForUpdates(workstation);
  const notice = page.getByTestId('update-notice');
  await expect(notice).toHaveAttribute('data-code', 'at-work');
  await page.getByTestId('update-page').click();
  await expect(notice).toHaveAttribute('data-code', 'wished');
  await expect(page.locator('html[data-same-document]')).toHaveCount(1);
  release();
  await expect(page.locator('meta[name="build"]')).toHaveCount(1);
  await expect(queue.rows).toHaveCount(0);
  // Nothing is lost: the library knew the file at once.
  await workstation.drop(clips.repeated('evensong.wav', 30, 'long.wav'));
  await queue.expectPhase('long.wav', 'done');
});

test('the page can be installed', async ({ workstation, host }) => {
  const { page } = workstation;
  await openServed(workstation, host);
  const session = await page.context().newCDPSession(page);
  const { installabilityErrors } = (await session.send(
    'Page.getInstallabilityErrors' as never,
  )) as unknown as {
    installabilityErrors: { errorId: string }[];
  };
  // A window of tests is private, which alone keeps a browser from installing.
  expect(installabilityErrors.map(({ errorId }) => errorId).filter((id) => id !== 'in-incognito')).toEqual(
    [],
  );
  const manifest = await page.evaluate(async () => {
    const address = document.querySelector<HTMLLinkElement>('link[rel="manifest"]')?.href ?? '';
    return (await (await fetch(address)).json()) as Record<string, unknown>;
  });
  expect(manifest).toMatchObject({
    id: 'acousticsense-ai',
    start_url: '.',
    scope: '.',
    display: 'standalone',
  });
  const icons = manifest['icons'] as { src: string; sizes: string; purpose?: string }[];
  expect(icons.some(({ purpose }) => purpose === 'maskable')).toBe(true);
  for (const { src, sizes } of icons.filter(({ sizes }) => sizes !== 'any')) {
    const size = await page.evaluate(async (address) => {
      const { width, height } = await createImageBitmap(await (await fetch(address)).blob());
      return `${width}x${height}`;
    }, src);
    expect(size, src).toBe(sizes);
  }

  await test.step('the button is there while the browser offers it, and asks the browser', async () => {
    const button = page.getByTestId('command-installPage');
    await expect(button).toHaveCount(0);
    await page.evaluate(() => {
      const offer = Object.assign(new Event('beforeinstallprompt', { cancelable: true }), {
        prompt: () => {
          document.documentElement.setAttribute('data-asked', '');
          return Promise.resolve({ outcome: 'accepted' });
        },
      });
      window.dispatchEvent(offer);
    });
    await button.click();
    await expect(page.locator('html[data-asked]')).toHaveCount(1);
    await expect(button).toHaveCount(0);
  });
});
