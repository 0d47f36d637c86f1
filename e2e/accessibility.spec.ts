import { begin, expectClean, named, rounds } from './fixtures/accessible.ts';
import { samplePath, samples } from './fixtures/clips.ts';
import { expect, quickModel, test, type Workstation } from './fixtures/workstation.ts';

/** Every phase in themes, languages and widths; and everything with the keyboard. */

const weightsPath = `/models/${quickModel}/model.safetensors`;

async function expectAccessible(workstation: Workstation, phase: string): Promise<void> {
  const { page } = workstation;
  for (const round of rounds) {
    await begin(workstation, round);
    await expectClean(page, named(phase, round));
  }
  await page.setViewportSize({ width: 1280, height: 800 });
}

test('no violations on the empty page', async ({ workstation }) => {
  await workstation.open();
  await workstation.status.expectReady();
  await workstation.status.openDetails();
  await expectAccessible(workstation, 'empty');
});

test('no violations while the model loads and a file waits for it', async ({ workstation, host }) => {
  const release = host.hold(weightsPath, 2_000_000);
  await workstation.open({ host });
  await workstation.drop(...samples.map(samplePath));
  await workstation.spectrogram.expectPainted();
  await expectAccessible(workstation, 'analysing');
  release();
  await workstation.queue.expectSettled(60_000);
});

test('no violations with a result, its windows, its table and the details', async ({
  workstation,
  clips,
}) => {
  await workstation.open();
  await workstation.drop(clips.repeated('evensong.wav', 5, 'short.wav'));
  await workstation.result.expectDone();
  await workstation.status.openDetails();
  await workstation.page.getByRole('button', { name: workstation.words.predictions.showAll }).click();
  await workstation.result.selectWindow(0);
  await expectAccessible(workstation, 'done');
});

test('no violations with failed, cancelled and finished files side by side', async ({
  workstation,
  clips,
}) => {
  const { queue } = workstation;
  await workstation.open();
  await workstation.drop(
    clips.write('empty.mp3', Buffer.alloc(0)),
    samplePath('evensong.wav'),
    clips.write('text.mp3', Buffer.from('no music')),
    clips.repeated('iron-gate.wav', 120, 'long.wav'),
  );
  await queue.cancel('long.wav');
  await queue.expectSettled(60_000);
  await queue.select('text.mp3');
  await expect(workstation.result.failure).toBeVisible();
  await expectAccessible(workstation, 'failed');
  await queue.select('long.wav');
  await expectAccessible(workstation, 'cancelled');
});

test('no violations where the model failed', async ({ workstation, host, guard }) => {
  guard.expectComplaint(/404/);
  host.lose(weightsPath);
  await workstation.open({ host });
  await workstation.drop(samplePath('evensong.wav'));
  await workstation.queue.expectPhase('evensong.wav', 'failed');
  await workstation.status.openDetails();
  await expectAccessible(workstation, 'model failed');
});

/** Walks the page with Tab; what has the focus must look different from what has not. */
async function walkWithTab(workstation: Workstation): Promise<string[]> {
  const { page } = workstation;
  const names: string[] = [];
  await page.evaluate(() => {
    document.body.tabIndex = -1;
    document.body.focus();
    document.body.removeAttribute('tabindex');
  });
  let before: {
    name: string;
    box: { x: number; y: number; width: number; height: number };
    seen: Buffer;
  } | null = null;
  for (let presses = 0; presses < 80; presses += 1) {
    await page.keyboard.press('Tab');
    const focus = await page.evaluate(async () => {
      const element = document.activeElement;
      if (element === null || element === document.body) return null;
      // A hidden radio button shows its focus on its label.
      const shown = element.closest('label') ?? element;
      shown.scrollIntoView({ block: 'nearest' });
      await Promise.all(shown.getAnimations().map((animation) => animation.finished));
      const { x, y, width, height } = shown.getBoundingClientRect();
      const label = element.getAttribute('aria-label') ?? element.textContent ?? '';
      const kind = element.getAttribute('type') ?? element.tagName.toLowerCase();
      return {
        name: `${kind} ${(label === '' ? (element.closest('label')?.textContent ?? '') : label).trim()}`,
        box: { x: x - 6, y: y - 6, width: width + 12, height: height + 12 },
      };
    });
    if (before !== null) {
      const left = await page.screenshot({ clip: before.box, animations: 'disabled' });
      expect(left.equals(before.seen), `the focus on "${before.name}" can be seen`).toBe(false);
    }
    if (focus === null) return names;
    const size = page.viewportSize() ?? { width: 1280, height: 800 };
    const x = Math.max(0, focus.box.x);
    const y = Math.max(0, focus.box.y);
    const box = {
      x,
      y,
      width: Math.max(1, Math.min(size.width, focus.box.x + focus.box.width) - x),
      height: Math.max(1, Math.min(size.height, focus.box.y + focus.box.height) - y),
    };
    before = { name: focus.name, box, seen: await page.screenshot({ clip: box, animations: 'disabled' }) };
    names.push(focus.name);
  }
  throw new Error(`Tab never left the page: ${names.join(', ')}`);
}

test('everything on the empty page is reached with Tab, and the focus is seen', async ({ workstation }) => {
  await workstation.open();
  await workstation.status.expectReady();
  const { words: text } = workstation;
  await expect(workstation.page.getByRole('button', { name: 'Night drive' })).toBeVisible();
  const stops = (await walkWithTab(workstation)).join('\n');
  for (const name of [
    text.intake.choose,
    text.intake.chooseFolder,
    'Night drive',
    'Far shore',
    text.status.details,
    'EN',
  ])
    expect(stops).toContain(name);
});

test('a whole session with the keyboard alone', async ({ workstation, clips }) => {
  const { page, queue, result, spectrogram, words: text } = workstation;
  await workstation.open();
  await workstation.pickByKeyboard(
    samplePath('evensong.wav'),
    clips.write('text.mp3', Buffer.from('no music')),
    samplePath('iron-gate.wav'),
  );
  await queue.expectSettled(60_000);

  await test.step('rows: arrows move the selection, Delete takes a file off', async () => {
    await workstation.tabTo(queue.row('evensong.wav').locator('[data-row-button]'));
    await page.keyboard.press('ArrowDown');
    await expect(queue.row('text.mp3')).toHaveAttribute('data-selected', 'true');
    await expect(queue.row('text.mp3').locator('[data-row-button]')).toBeFocused();
    await expect(result.failure).toBeVisible();
    await page.keyboard.press('Delete');
    expect(await queue.names()).toEqual(['evensong.wav', 'iron-gate.wav']);
    await expect(queue.row('iron-gate.wav').locator('[data-row-button]')).toBeFocused();
    await page.keyboard.press('Home');
    await expect(queue.row('evensong.wav')).toHaveAttribute('data-selected', 'true');
  });

  await test.step('windows, overlay, bars', async () => {
    await result.expectDone();
    await workstation.tabTo(result.view.getByTestId('whole-track').getByRole('radio'));
    await page.keyboard.press('ArrowLeft');
    await expect(result.scope).toContainText(text.windows.name(2));
    await page.keyboard.press('ArrowRight');
    await expect(result.scope).not.toContainText(text.windows.name(2));
    await page.keyboard.press('Shift+Tab');
    await page.evaluate(() => document.body.focus());
    await workstation.tabTo(spectrogram.opacity);
    await page.keyboard.press('End');
    await expect(spectrogram.opacity).toHaveValue('100');
    await workstation.tabTo(result.bars.first());
  });

  await test.step('every stop shows its focus, and all controls are among them', async () => {
    const stops = (await walkWithTab(workstation)).join('\n');
    for (const name of [
      text.skipToResult,
      text.actions.addFiles,
      text.actions.savePicture,
      text.result.copyJson,
      text.predictions.showAll,
      text.status.details,
      `${text.actions.remove}: evensong.wav`,
      `${text.actions.remove}: iron-gate.wav`,
    ])
      expect(stops).toContain(name);
  });
});

test('the end of an analysis is announced', async ({ workstation, clips }) => {
  const { result } = workstation;
  await workstation.open();
  await workstation.drop(samplePath('evensong.wav'));
  await result.expectDone();
  const [best] = await result.tableRows();
  await expect(result.news).toHaveText(
    workstation.words.jobs.finishedNews(
      'evensong.wav',
      best?.label ?? '',
      `${Math.round((best?.probability ?? 0) * 100)}%`,
    ),
  );
  await workstation.drop(clips.write('empty.mp3', Buffer.alloc(0)));
  await expect(result.news).toContainText('empty.mp3');
});
