import { samplePath } from './fixtures/clips.ts';
import { pixelDifference } from './fixtures/spectrogramPanel.ts';
import { expect, test } from './fixtures/workstation.ts';

test('the pointer zooms, pans, reads, draws a box and jumps', async ({ workstation }) => {
  const { page, result, spectrogram } = workstation;
  await workstation.open();
  await workstation.drop(samplePath('evensong.wav'));
  await result.expectDone();
  const whole = await spectrogram.stretch();
  const { x, y, width, height } = await spectrogram.box();
  const move = (across: number, down: number, steps = 1): Promise<void> =>
    page.mouse.move(x + across * width, y + down * height, { steps });
  const read = async (name: string): Promise<number> =>
    Number(await spectrogram.readout.getAttribute(`data-${name}`));

  await test.step('pointing reads time, hertz, note and level', async () => {
    await move(0.25, 0.5);
    await expect.poll(() => read('seconds')).toBeCloseTo(whole.end / 4, 1);
    const low = await read('hertz');
    await move(0.25, 0.2);
    await expect.poll(() => read('hertz')).toBeGreaterThan(low);
    const hertz = await read('hertz');
    const midi = Math.round(69 + 12 * Math.log2(hertz / 440));
    await expect(spectrogram.readout).toHaveAttribute(
      'data-note',
      new RegExp(`${Math.floor(midi / 12) - 1}$`),
    );
    expect(await read('db')).toBeLessThanOrEqual(0);
    expect(await read('db')).toBeGreaterThan(-130);
  });

  await test.step('the wheel zooms around the pointer', async () => {
    await move(0.25, 0.5);
    await expect.poll(() => read('seconds')).toBeCloseTo(whole.end / 4, 1);
    const under = await read('seconds');
    await page.mouse.wheel(0, -500);
    await expect.poll(async () => (await spectrogram.stretch()).end).toBeLessThan(whole.end * 0.9);
    const seen = await spectrogram.stretch();
    expect((under - seen.start) / (seen.end - seen.start)).toBeCloseTo(0.25, 2);
    const times = await spectrogram.timeTicks.allTextContents();
    expect(new Set(times).size).toBe(times.length);
  });

  await test.step('dragging moves the sound with the pointer', async () => {
    const before = await spectrogram.stretch();
    await move(0.7, 0.5);
    await page.mouse.down();
    await move(0.5, 0.5, 4);
    await page.mouse.up();
    const after = await spectrogram.stretch();
    expect(after.start - before.start).toBeCloseTo(0.2 * (before.end - before.start), 1);
    expect(after.end - after.start).toBeCloseTo(before.end - before.start, 6);
  });

  await test.step('Shift draws a box, its edge changes it, Escape takes it away', async () => {
    await page.keyboard.down('Shift');
    await move(0.3, 0.3);
    await page.mouse.down();
    await move(0.6, 0.7, 4);
    await page.mouse.up();
    await page.keyboard.up('Shift');
    const { start, end } = await spectrogram.stretch();
    const at = async (name: string): Promise<number> =>
      Number(await spectrogram.region.getAttribute(`data-${name}`));
    expect(await at('start')).toBeCloseTo(start + 0.3 * (end - start), 1);
    expect(await at('end')).toBeCloseTo(start + 0.6 * (end - start), 1);
    expect(await at('low')).toBeLessThan(await at('high'));
    await move(0.6, 0.5);
    await page.mouse.down();
    await move(0.8, 0.5, 4);
    await page.mouse.up();
    expect(await at('start')).toBeCloseTo(start + 0.3 * (end - start), 1);
    expect(await at('end')).toBeCloseTo(start + 0.8 * (end - start), 1);
    await page.keyboard.press('Escape');
    await expect(spectrogram.region).toHaveCount(0);
  });

  await test.step('a click on the overview jumps there, its handle is a slider', async () => {
    const box = await spectrogram.overview.boundingBox();
    if (box === null) throw new Error('no overview');
    const before = await spectrogram.stretch();
    await page.mouse.click(box.x + 2, box.y + box.height / 2);
    await expect.poll(async () => (await spectrogram.stretch()).start).toBe(0);
    await spectrogram.handle.focus();
    await page.keyboard.press('End');
    await expect.poll(async () => (await spectrogram.stretch()).end).toBeCloseTo(whole.end, 3);
    expect((await spectrogram.stretch()).end - (await spectrogram.stretch()).start).toBeCloseTo(
      before.end - before.start,
      3,
    );
    await page.getByTestId('zoom-whole').click();
    expect(await spectrogram.stretch()).toEqual(whole);
  });
});

test('the keys zoom, pan, switch overlay and colours, and draw a box', async ({ workstation }) => {
  const { page, result, spectrogram } = workstation;
  await workstation.open();
  await workstation.drop(samplePath('iron-gate.wav'));
  await result.expectDone();
  const whole = await spectrogram.stretch();
  await spectrogram.surface.focus();

  await page.keyboard.press('+');
  await expect.poll(async () => (await spectrogram.stretch()).end).toBeCloseTo(whole.end * 0.75, 3);
  await page.keyboard.press('Shift+ArrowRight');
  await expect.poll(async () => (await spectrogram.stretch()).start).toBeCloseTo(whole.end * 0.375, 3);
  await page.keyboard.press('Shift+ArrowLeft');
  await page.keyboard.press('0');
  await expect.poll(() => spectrogram.stretch()).toEqual(whole);

  await page.keyboard.press('g');
  await expect(spectrogram.toggle).not.toBeChecked();
  const magma = await spectrogram.screenshot();
  await page.keyboard.press('k');
  await expect
    .poll(async () => pixelDifference(page, magma, await spectrogram.screenshot()))
    .toBeGreaterThan(5);
  await page.keyboard.press('g');
  await expect(spectrogram.toggle).toBeChecked();
  const filled = await spectrogram.screenshot();
  await page.keyboard.press('c');
  await expect
    .poll(async () => pixelDifference(page, filled, await spectrogram.screenshot()))
    .toBeGreaterThan(0.5);

  await page.keyboard.press('ArrowUp');
  const hertz = Number(await spectrogram.readout.getAttribute('data-hertz'));
  await page.keyboard.press('ArrowUp');
  await expect
    .poll(async () => Number(await spectrogram.readout.getAttribute('data-hertz')))
    .toBeGreaterThan(hertz);

  await page.keyboard.press('Enter');
  await expect(spectrogram.region).toBeVisible();
  const at = async (name: string): Promise<number> =>
    Number(await spectrogram.region.getAttribute(`data-${name}`));
  const [start, end] = [await at('start'), await at('end')];
  await page.keyboard.press('ArrowRight');
  await expect.poll(() => at('start')).toBeGreaterThan(start);
  await page.keyboard.press('Shift+ArrowRight');
  await expect.poll(async () => (await at('end')) - (await at('start'))).toBeGreaterThan(end - start + 0.01);
  await page.keyboard.press('Enter');
  await expect(spectrogram.surface).toHaveAttribute('data-editing', 'false');
  await page.keyboard.press('Escape');
  await expect(spectrogram.region).toHaveCount(0);
});

test('contrast, threshold and octave notes are set and put back', async ({ workstation }) => {
  const { page, result, spectrogram } = workstation;
  await workstation.open();
  await workstation.drop(samplePath('iron-gate.wav'));
  await result.expectDone();
  await spectrogram.display.click();
  await spectrogram.toggle.uncheck();
  const plain = await spectrogram.screenshot();

  const floor = page.getByTestId('contrast-floor');
  await floor.focus();
  for (let presses = 0; presses < 20; presses += 1) await page.keyboard.press('ArrowRight');
  await expect(floor).toHaveValue('-60');
  await expect
    .poll(async () => pixelDifference(page, plain, await spectrogram.screenshot()))
    .toBeGreaterThan(3);
  await page.getByTestId('contrast-reset').click();
  await expect(floor).toHaveValue('-80');
  await expect
    .poll(async () => pixelDifference(page, plain, await spectrogram.screenshot()))
    .toBeLessThan(0.1);

  await spectrogram.toggle.check();
  const all = await spectrogram.screenshot();
  const threshold = page.getByTestId('overlay-threshold');
  await threshold.focus();
  await page.keyboard.press('End');
  await expect
    .poll(async () => pixelDifference(page, all, await spectrogram.screenshot()))
    .toBeGreaterThan(0.5);

  await expect(page.getByTestId('note-tick')).toHaveCount(0);
  await page.getByTestId('octave-notes').check();
  await expect(page.getByTestId('note-tick').filter({ hasText: 'C6' })).toBeVisible();
  const ticks = page.getByTestId('note-tick');
  const hertz = await ticks.evaluateAll((list) => list.map((tick) => Number(tick.dataset['hertz'])));
  for (const value of hertz)
    expect(Math.log2(value / 440) * 12).toBeCloseTo(Math.round(Math.log2(value / 440) * 12), 6);
});
