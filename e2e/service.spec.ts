import type { Prediction } from '#core/report/report.ts';
import { hasShared, sharedPath } from '#core/testing/shared.ts';
import { ServiceProgram } from '#server/client/testing/serviceProgram.ts';
import { audioFixturePath } from './fixtures/audio/index.ts';
import { samplePath } from './fixtures/clips.ts';
import { withoutRecordings } from './fixtures/expected.ts';
import { defaultModel, expect, quickModel, test } from './fixtures/workstation.ts';

/** The service as one process: the page that it serves, its description, and that both answer the same. */

/** The contract with those who use both: on every probability. */
const within = 0.02;

/** Real sound in the formats whose decoders may begin at another sample; it lies beside the checkout, or is left out. */
const recordings = hasShared('audio')
  ? ['vibe-ace.mp3', 'vibe-ace-20s.m4a', 'solo-trumpet.opus', 'solo-trumpet.ogg'].map((file) =>
      sharedPath(`audio/${file}`),
    )
  : [];
if (recordings.length === 0)
  console.log(`service.spec.ts: ${withoutRecordings}; the committed files are compared`);

const formats = ['cbr.mp3', 'music.flac', 'vorbis.ogg', 'opus.opus', 'aac.m4a', 's16.wav'].map(
  audioFixturePath,
);

const largestDifference = (one: readonly Prediction[], other: readonly Prediction[]): number => {
  const found = new Map(other.map(({ genre, probability }) => [genre, probability]));
  expect([...found.keys()].toSorted()).toEqual(one.map(({ genre }) => genre).toSorted());
  return Math.max(
    ...one.map(({ genre, probability }) => Math.abs(probability - (found.get(genre) ?? Number.NaN))),
  );
};

let service: ServiceProgram;

test.beforeAll(async () => {
  service = await ServiceProgram.start(['--slots', '1', '--threads', '2']);
});

test.afterAll(async () => {
  expect(await service.stop()).toBe(0);
});

test('one process serves the page, isolated and under its policy, and it does its job', async ({
  workstation,
  page,
}) => {
  const refused: string[] = [];
  await page.exposeFunction('refusedByPolicy', (what: string) => refused.push(what));
  await page.addInitScript(() => {
    document.addEventListener('securitypolicyviolation', ({ violatedDirective, blockedURI }) => {
      (window as unknown as { refusedByPolicy(what: string): void }).refusedByPolicy(
        `${violatedDirective} ${blockedURI}`,
      );
    });
  });
  const [answer] = await Promise.all([
    page.waitForResponse((response) => response.url().startsWith(service.url) && response.status() === 200),
    workstation.open({ host: service }),
  ]);
  expect(answer.headers()['content-security-policy']).toContain("default-src 'self'");
  expect(await page.evaluate(() => crossOriginIsolated)).toBe(true);
  await workstation.drop(samplePath('evensong.wav'));
  await workstation.result.expectDone();
  await expect(workstation.notice('not-isolated')).toHaveCount(0);
  expect(refused).toEqual([]);
});

for (const model of [quickModel, defaultModel]) {
  test(`POST /api/genre answers as the page does: ${model}`, async ({ workstation, clips }, info) => {
    test.slow();
    const { queue, result } = workstation;
    // What the decoders differ in does not depend on the model, and the large one takes a second a window.
    const decoded = model === quickModel ? [...formats, ...recordings] : formats.slice(0, 2);
    const songs = [...decoded, clips.repeated('night-drive.wav', 30)];
    const figures: string[] = [];
    await workstation.open({ model, host: service });
    for (const song of songs) {
      const name = song.slice(song.lastIndexOf('/') + 1);
      await workstation.drop(song);
      await queue.expectPhase(name, 'done', 180_000);
      await queue.select(name);
      await result.expectDone();
      const shown = await result.predictions();
      const answered = await service.genres(song, model);
      expect(answered).toHaveLength(16);
      const difference = largestDifference(shown, answered);
      figures.push(`${name} ${difference.toFixed(4)}`);
      expect(difference, name).toBeLessThanOrEqual(within);
      expect(answered[0]?.genre, name).toBe(shown[0]?.genre);
    }
    const text = `largest difference of a probability, page to service, ${model}: ${figures.join(', ')}`;
    info.annotations.push({ type: 'figures', description: text });
    console.log(text);
  });
}

test('the description is a page of its own origin, without a violation of its policy', async ({
  page,
  guard,
}, info) => {
  guard.allowOrigin(service.url);
  await page.goto(`${service.url}docs`);
  await expect(page.getByRole('heading', { level: 1 })).toContainText('AcousticSense AI');
  const operation = page.locator('#operations-genre-analyseSong');
  await expect(operation).toBeVisible();
  await operation.getByRole('button').first().click();
  await expect(operation.getByText('top_k').first()).toBeVisible();
  await page.screenshot({ path: info.outputPath('docs.png'), fullPage: true });

  await page.setViewportSize({ width: 390, height: 844 });
  await page.reload();
  await expect(operation).toBeVisible();
  const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  await page.screenshot({ path: info.outputPath('docs-phone.png') });
  expect(await page.evaluate(() => innerWidth)).toBe(390);
  expect(overflow).toBeLessThanOrEqual(0);
});
