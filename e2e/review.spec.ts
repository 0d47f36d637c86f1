import { AxeBuilder } from '@axe-core/playwright';
import { judge } from '#core/model/judgement.ts';
import { markedLabel } from '#core/model/labels.ts';
import { reviewTexts } from '#ui/features/review/texts.ts';
import { Review } from './fixtures/review.ts';
import { samplePath, samples } from './fixtures/clips.ts';
import { expect, test, type Workstation } from './fixtures/workstation.ts';

/** Mono, 22 050 Hz, 16 bits: noise of a linear congruential generator, the same each time. */
function whiteNoise(seconds: number): Buffer {
  const rate = 22_050;
  const samples = seconds * rate;
  const bytes = Buffer.alloc(44 + samples * 2);
  bytes.write('RIFF', 0, 'latin1');
  bytes.writeUInt32LE(36 + samples * 2, 4);
  bytes.write('WAVEfmt ', 8, 'latin1');
  bytes.writeUInt32LE(16, 16);
  bytes.writeUInt16LE(1, 20);
  bytes.writeUInt16LE(1, 22);
  bytes.writeUInt32LE(rate, 24);
  bytes.writeUInt32LE(rate * 2, 28);
  bytes.writeUInt16LE(2, 32);
  bytes.writeUInt16LE(16, 34);
  bytes.write('data', 36, 'latin1');
  bytes.writeUInt32LE(samples * 2, 40);
  let state = 1;
  for (let index = 0; index < samples; index += 1) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    bytes.writeInt16LE(Math.round((state / 2 ** 32 - 0.5) * 30_000), 44 + index * 2);
  }
  return bytes;
}

/** Five files reviewed, by keyboard alone and by pointer; what was said stays. */

async function openWithFive(workstation: Workstation): Promise<Review> {
  await workstation.open();
  await workstation.drop(...samples.map(samplePath));
  await workstation.queue.expectSettled(60_000);
  await workstation.result.expectDone();
  return new Review(workstation.page);
}

test('five files are reviewed with the keyboard alone, and what was said is there after a reload', async ({
  workstation,
}) => {
  const { page, queue, result } = workstation;
  const { keyboard } = page;
  const review = await openWithFive(workstation);
  const selected = (file: string) => expect(queue.row(file)).toHaveAttribute('data-selected', 'true');
  await selected('night-drive.wav');

  await test.step('accept, next', async () => {
    await keyboard.press('a');
    await review.expectVerdict('accepted');
    await review.expectMark('night-drive.wav', 'accepted');
    await keyboard.press('j');
    await selected('evensong.wav');
    await review.expectVerdict('none');
  });

  await test.step('correct by typing, in the other language too', async () => {
    await keyboard.press('e');
    await expect(review.genreSearch).toBeFocused();
    await expect(review.options).toHaveCount(16);
    await keyboard.type('jaz');
    await expect(review.options).toHaveCount(1);
    await keyboard.press('Enter');
    await review.expectVerdict('corrected', 'Jazz');
    await expect(review.genreSearch).toHaveCount(0);
    await keyboard.press('j');
    await selected('island-noon.wav');
    await keyboard.press('e');
    await expect(review.genreSearch).toBeFocused();
    await keyboard.type('雷鬼');
    await keyboard.press('Enter');
    await review.expectVerdict('corrected', 'Reggae');
  });

  await test.step('unsure; a note, which keeps its letters to itself; a tag', async () => {
    await keyboard.press('j');
    await keyboard.press('u');
    await review.expectVerdict('unsure');
    await keyboard.press('n');
    await expect(review.note).toBeFocused();
    await keyboard.type('a e u x: <b>ask the band</b>');
    await keyboard.press('Escape');
    await expect(review.note).not.toBeFocused();
    await review.expectVerdict('unsure');
    await keyboard.press('t');
    await expect(review.tagField).toBeFocused();
    await keyboard.type('live');
    await keyboard.press('Enter');
    await expect(review.tags).toHaveText(['live']);
    await keyboard.press('Escape');
  });

  await test.step('undo and redo say what they did', async () => {
    await keyboard.press('j');
    await selected('far-shore.wav');
    await keyboard.press('a');
    await review.expectVerdict('accepted');
    await keyboard.press('Control+z');
    await review.expectVerdict('none');
    await expect(review.news).toHaveText('Undone: accept, far-shore.wav');
    await keyboard.press('Control+Shift+z');
    await review.expectVerdict('accepted');
    await expect(review.news).toHaveText('Done again: accept, far-shore.wav');
    await keyboard.press('x');
    await review.expectVerdict('none');
    for (const what of ['clear the verdict', 'accept', 'add the tag live', 'the note', 'unsure'])
      await test.step(what, async () => {
        await keyboard.press('Control+z');
        await expect(review.news).toContainText(`Undone: ${what}`);
      });
    await review.expectMark('iron-gate.wav', 'none');
    for (let times = 0; times < 3; times += 1) await keyboard.press('Control+Shift+z');
    await expect(review.news).toContainText('Done again: add the tag live');
    await keyboard.press('u');
    await review.expectVerdict('unsure');
  });

  await test.step('the next file without a verdict: none is left', async () => {
    await keyboard.press('Shift+J');
    await selected('iron-gate.wav');
    await review.expectVerdict('unsure');
    await expect(review.note).toHaveValue('a e u x: <b>ask the band</b>');
    await keyboard.press('x');
    await keyboard.press('j');
    await keyboard.press('Shift+N');
    await selected('iron-gate.wav');
    await keyboard.press('u');
  });

  await test.step('a file that is taken off comes back by undo with its result', async () => {
    const before = await result.predictions();
    await workstation.tabTo(queue.row('iron-gate.wav').locator('[data-row-button]'));
    await keyboard.press('Delete');
    await expect(queue.row('iron-gate.wav')).toHaveCount(0);
    await keyboard.press('Control+z');
    await selected('iron-gate.wav');
    await expect(review.news).toHaveText('Undone: take off the list, iron-gate.wav');
    await result.expectDone();
    expect(await result.predictions()).toEqual(before);
  });

  await test.step('after a reload the same files say the same', async () => {
    await workstation.reload();
    await workstation.drop(...samples.map(samplePath));
    await queue.expectSettled(60_000);
    for (const [file, kind] of [
      ['night-drive.wav', 'accepted'],
      ['evensong.wav', 'corrected'],
      ['island-noon.wav', 'corrected'],
      ['iron-gate.wav', 'unsure'],
      ['far-shore.wav', 'unsure'],
    ] as const)
      await review.expectMark(file, kind);
    await queue.select('iron-gate.wav');
    await expect(review.note).toHaveValue('a e u x: <b>ask the band</b>');
    await expect(review.tags).toHaveText(['live']);
  });
});

test('the same with the pointer, going on by itself', async ({ workstation }) => {
  const { page, queue } = workstation;
  const review = await openWithFive(workstation);
  const selected = (file: string) => expect(queue.row(file)).toHaveAttribute('data-selected', 'true');

  await page.getByTestId('advance-after-verdict').check();
  await review.button('accept').click();
  await review.expectMark('night-drive.wav', 'accepted');
  await selected('evensong.wav');

  await review.button('correct').click();
  await page.locator('[data-testid="genre-option"][data-genre="Classical"]').click();
  await review.expectMark('evensong.wav', 'corrected');
  await selected('island-noon.wav');

  await review.note.fill('written, then another file is looked at at once');
  await queue.select('iron-gate.wav');
  await expect(review.note).toHaveValue('');
  await review.button('unsure').click();
  await selected('far-shore.wav');
  await review.tagField.fill('<img src=x onerror=alert(1)>');
  await page.keyboard.press('Enter');
  await expect(review.tags).toHaveText(['<img src=x onerror=alert(1)>']);
  await review.button('accept').click();
  // The only one that is left.
  await selected('island-noon.wav');
  await expect(review.note).toHaveValue('written, then another file is looked at at once');

  await page.keyboard.press('Control+z');
  await review.expectMark('far-shore.wav', 'none');
  await page.getByTestId('history-back').click();
  await review.expectMark('far-shore.wav', 'accepted');

  const { violations } = await new AxeBuilder({ page }).analyze();
  expect(violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' | ')}`)).toEqual(
    [],
  );
});

test('what is ambiguous or no music says so, in the list, for the track and for each window', async ({
  workstation,
  clips,
}) => {
  const { page, queue, result } = workstation;
  await workstation.open();
  await workstation.drop(
    clips.write('noise.wav', whiteNoise(13)),
    samplePath('island-noon.wav'),
    samplePath('night-drive.wav'),
  );
  await queue.expectSettled(60_000);
  const words = reviewTexts.en;
  const notes = page.getByTestId('judgement');
  for (const file of ['noise.wav', 'island-noon.wav', 'night-drive.wav']) {
    await queue.select(file);
    await result.expectDone();
    const { track, windows, model } = await result.report();
    const { ambiguous, reasons, notMusic } = judge(track, windows);
    const marks = queue.row(file).getByTestId('review-marks');
    await expect(marks).toHaveAttribute('data-ambiguous', String(ambiguous));
    await expect(marks).toHaveAttribute('data-not-music', String(notMusic));
    expect(notMusic, file).toBe(file === 'noise.wav');
    if (ambiguous || notMusic) {
      await expect(notes).toHaveAttribute('data-reasons', reasons.join(' '));
      await expect(notes).toHaveAttribute('data-not-music', String(notMusic));
    } else await expect(notes).toHaveCount(0);
    if (reasons.includes('close'))
      await expect(notes).toContainText(
        `${markedLabel(model.labels, track.predictions[0]?.genre ?? '', 'en')} and ${markedLabel(model.labels, track.predictions[1]?.genre ?? '', 'en')}`,
      );
  }
  await queue.select('noise.wav');
  await expect(notes).toContainText(words.notMusicTrack);
  await result.selectWindow(0);
  await expect(notes).toContainText(words.noiseWindow);
});

test('the shortcuts are listed in both languages, and letters can be turned off', async ({ workstation }) => {
  const { page, queue, result } = workstation;
  const review = new Review(page);
  await workstation.open();
  await workstation.drop(samplePath('evensong.wav'));
  await result.expectDone();

  await page.keyboard.press('?');
  await expect(review.shortcuts).toBeVisible();
  for (const command of ['accept', 'undo', 'nextFile', 'showShortcuts'] as const)
    expect(await review.listed()).toContain(review.label(command));
  const undo = review.shortcuts.locator('[data-command="undo"] kbd');
  await expect(undo).toHaveText(['Ctrl', 'Z']);
  const { violations } = await new AxeBuilder({ page }).analyze();
  expect(violations.map(({ id }) => id)).toEqual([]);
  // Nothing acts under an open dialogue.
  await page.keyboard.press('a');
  await page.keyboard.press('Escape');
  await expect(review.shortcuts).toHaveCount(0);
  await review.expectVerdict('none');

  await workstation.choose(workstation.words.language, '中文');
  await page.keyboard.press('?');
  expect(await review.listed()).toContain(review.label('accept', 'zh'));
  await review.letterKeys.uncheck();
  await page.keyboard.press('Escape');
  await workstation.in('zh').choose(workstation.in('zh').words.language, 'EN');

  await page.keyboard.press('a');
  await page.keyboard.press('?');
  await expect(review.shortcuts).toHaveCount(0);
  await review.expectVerdict('none');
  await expect(review.button('accept')).not.toHaveAttribute('aria-keyshortcuts', /.*/);
  await review.button('accept').click();
  await review.expectVerdict('accepted');
  // Keys with Ctrl stay, and so does the choice.
  await page.keyboard.press('Control+z');
  await review.expectVerdict('none');
  await workstation.reload();
  await page.getByTestId('command-showShortcuts').click();
  await expect(review.letterKeys).not.toBeChecked();
  await review.letterKeys.check();
  await page.keyboard.press('Escape');
  await workstation.drop(samplePath('evensong.wav'));
  await queue.expectPhase('evensong.wav', 'done');
  await page.keyboard.press('a');
  await review.expectVerdict('accepted');
});
