import { samplePath, samples } from './fixtures/clips.ts';
import { expect, test, Workstation } from './fixtures/workstation.ts';
import type { Prediction } from '#core/report/report.ts';

/** Many files: order, cancelling, and never a result in the wrong place. */

async function alone(workstation: Workstation, path: string, name: string): Promise<Prediction[]> {
  await workstation.drop(path);
  await workstation.queue.expectPhase(name, 'done');
  await workstation.queue.select(name);
  await workstation.result.expectDone();
  const predictions = await workstation.result.predictions();
  await workstation.queue.remove(name);
  return predictions;
}

test('a second drop during analysis comes first; the first file starts again, and nothing is mixed', async ({
  workstation,
  clips,
  browser,
  guard,
  baseURL,
}) => {
  const { queue, result } = workstation;
  const long = clips.repeated('iron-gate.wav', 240, 'long.wav');
  const short = samplePath('evensong.wav');
  // In a profile of its own: this one must not know the files when they are dropped.
  const elsewhere = await browser.newContext({
    ...(baseURL === undefined ? {} : { baseURL }),
    locale: 'en-GB',
  });
  const other = new Workstation(await elsewhere.newPage(), guard, 'en');
  await other.open();
  const longAlone = await alone(other, long, 'long.wav');
  const shortAlone = await alone(other, short, 'evensong.wav');
  await elsewhere.close();
  expect(longAlone).not.toEqual(shortAlone);
  await workstation.open();

  await workstation.drop(long);
  await expect(result.scope).toContainText(/so far: \d+ of 46 windows/);
  await workstation.drop(short);
  await expect(queue.rows).toHaveCount(2);
  expect(await queue.names()).toEqual(['evensong.wav', 'long.wav']);
  await queue.expectPhase('evensong.wav', 'done');
  expect((await queue.phases())[1]?.[1]).not.toBe('done');
  await result.expectDone();
  expect(await result.predictions()).toEqual(shortAlone);

  await queue.select('long.wav');
  await result.expectDone();
  expect(await result.predictions()).toEqual(longAlone);
  expect((await result.report()).windows).toHaveLength(46);
  await queue.select('evensong.wav');
  expect(await result.predictions()).toEqual(shortAlone);
});

test('a tab is not closed by mistake while files are worked on, and without a word when they are done', async ({
  workstation,
  clips,
  guard,
}) => {
  const { page, queue, result } = workstation;
  guard.onLeaving = 'stay';
  await workstation.open();
  await workstation.drop(samplePath('evensong.wav'), clips.repeated('iron-gate.wav', 60, 'long.wav'));
  // Browsers ask only somebody who has touched the page.
  await queue.select('long.wav');
  await page.close({ runBeforeUnload: true });
  await expect.poll(() => guard.askedToLeave).toBe(1);
  await queue.expectSettled(60_000);
  expect((await queue.phases()).map(([, phase]) => phase)).toEqual(['done', 'done']);
  await result.expectDone();
  // A result is stored a moment after it is shown.
  await expect(async () => {
    if (!page.isClosed()) await page.close({ runBeforeUnload: true });
    expect(page.isClosed()).toBe(true);
  }).toPass({ timeout: 10_000 });
});

test('an analysis is cancelled between windows and can be started again', async ({ workstation, clips }) => {
  const { queue, result } = workstation;
  const long = clips.repeated('island-noon.wav', 240, 'long.wav');
  await workstation.open();
  await workstation.drop(long);
  await expect(result.scope).toContainText(/so far: \d+ of 46 windows/);
  await queue.cancel('long.wav');
  await queue.expectPhase('long.wav', 'cancelled');
  await expect(result.view).toHaveAttribute('data-phase', 'cancelled');
  await expect(result.view).toContainText(workstation.words.result.cancelledText);
  await expect(result.bars).toHaveCount(0);

  await workstation.drop(samplePath('evensong.wav'));
  await queue.expectPhase('evensong.wav', 'done');
  await queue.expectPhase('long.wav', 'cancelled');
  await queue.retry('long.wav');
  await queue.expectPhase('long.wav', 'done');
  await queue.select('long.wav');
  expect((await result.report()).windows).toHaveLength(46);
});

test('everything is cancelled at once, and each file can be started again by itself', async ({
  workstation,
  clips,
}) => {
  const { queue, result } = workstation;
  const paths = samples.map((sample) => clips.repeated(sample, 120, sample));
  await workstation.open();
  await workstation.drop(...paths);
  await expect(result.scope).toContainText(/so far/);
  await queue.cancelAll();
  await expect
    .poll(async () => (await queue.phases()).map(([, phase]) => phase))
    .toEqual(samples.map(() => 'cancelled'));
  await queue.retry(samples[2]);
  await queue.expectPhase(samples[2], 'done');
  const others = (await queue.phases()).filter(([name]) => name !== samples[2]);
  expect(others.map(([, phase]) => phase)).toEqual(['cancelled', 'cancelled', 'cancelled', 'cancelled']);
  await queue.clear();
  await expect(queue.rows).toHaveCount(0);
  await expect(workstation.page.getByText(workstation.words.intake.title)).toBeVisible();
});

test('twenty files at once are analysed in order, each with its own numbers', async ({
  workstation,
  clips,
}) => {
  const { queue, result } = workstation;
  const files = Array.from({ length: 20 }, (_, index) => {
    const sample = samples[index % samples.length] ?? samples[0];
    return {
      sample,
      path: clips.copy(samplePath(sample), `${String(index + 1).padStart(2, '0')} ${sample}`),
    };
  });
  const names = files.map(({ path }) => path.split('/').at(-1) ?? '');
  await workstation.open();
  const finished: string[] = [];
  await workstation.page.exposeFunction('fileFinished', (name: string) => finished.push(name));
  await workstation.page.evaluate(() => {
    const seen = new Set<string>();
    new MutationObserver(() => {
      for (const row of document.querySelectorAll<HTMLElement>('[data-testid="job"][data-phase="done"]')) {
        const name = row.dataset['name'] ?? '';
        if (seen.has(name)) continue;
        seen.add(name);
        void (globalThis as unknown as { fileFinished(name: string): Promise<void> }).fileFinished(name);
      }
    }).observe(document, { subtree: true, childList: true, attributes: true });
  });
  await workstation.drop(...files.map(({ path }) => path));
  await expect(queue.rows).toHaveCount(20);
  expect(await queue.names()).toEqual(names);
  await queue.expectSettled(120_000);
  expect(finished).toEqual(names);

  const bySample = new Map<string, Prediction[]>();
  for (const [index, { sample }] of files.entries()) {
    await queue.select(names[index] ?? '');
    const predictions = await result.predictions();
    const known = bySample.get(sample);
    if (known === undefined) bySample.set(sample, predictions);
    else expect(predictions, names[index]).toEqual(known);
  }
  const distinct = new Set([...bySample.values()].map((predictions) => JSON.stringify(predictions)));
  expect(distinct.size).toBe(samples.length);
});

test('another model starts what runs again with it; finished results keep theirs', async ({
  workstation,
  clips,
}) => {
  const { queue, result, status } = workstation;
  const long = clips.repeated('night-drive.wav', 40, 'long.wav');
  await workstation.open({ backend: 'wasm' });
  await workstation.drop(samplePath('evensong.wav'));
  await queue.expectPhase('evensong.wav', 'done');
  await workstation.drop(long);
  await expect(result.scope).toContainText(/so far/);
  await status.model.selectOption('acousticsense-vit-b16');
  await queue.expectPhase('long.wav', 'done', 150_000);
  expect((await result.report()).model.id).toBe('acousticsense-vit-b16');
  await queue.select('evensong.wav');
  expect((await result.report()).model.id).toBe('acousticsense-vit-ti16');
});
