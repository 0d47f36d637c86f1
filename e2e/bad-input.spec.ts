import { readFileSync, rmSync, truncateSync, mkdirSync } from 'node:fs';
import { checkLimits, largestFileBytes } from '#core/audio/limits.ts';
import { sniffAudio } from '#core/audio/sniffing.ts';
import { analysisError, type AnalysisError } from '#core/errors.ts';
import { errorText, warningText } from '#core/errorText.ts';
import { audioFixturePath, playable, refused, type RefusedFixture } from './fixtures/audio/index.ts';
import { expectDistribution } from './fixtures/agreement.ts';
import { samplePath } from './fixtures/clips.ts';
import { expect, quickModel, test } from './fixtures/workstation.ts';
import { words } from './fixtures/words.ts';

/** Files that are not what they should be: each says what to do, and none costs the others. */

/** The error with the figures that its text is made of, as core finds them in the same bytes. */
function errorOf({ file, code }: RefusedFixture): AnalysisError {
  const bytes = new Uint8Array(readFileSync(audioFixturePath(file)));
  const header = sniffAudio(bytes);
  if (!header.ok) return header.error;
  const limits = checkLimits(header.value, bytes.length);
  return limits.ok ? analysisError(code, '') : limits.error;
}

test('every bad file says what is wrong and what to do; the good ones among them are all analysed, in order', async ({
  workstation,
}) => {
  const { queue, result } = workstation;
  // Good and bad by turns.
  const files: string[] = [];
  for (let at = 0; at < Math.max(playable.length, refused.length); at += 1) {
    for (const list of [refused, playable]) {
      const fixture = list[at];
      if (fixture !== undefined) files.push(fixture.file);
    }
  }
  await workstation.open();
  await workstation.drop(...files.map(audioFixturePath));
  await expect(queue.rows).toHaveCount(files.length);
  await queue.expectSettled(150_000);
  const bad = new Set(refused.map(({ file }) => file));
  expect(await queue.phases()).toEqual(files.map((file) => [file, bad.has(file) ? 'failed' : 'done']));

  for (const language of ['en', 'zh'] as const) {
    const page = workstation.in(language);
    if (language === 'zh') await workstation.choose(words.en.language, '中文');
    for (const fixture of refused) {
      const error = errorOf(fixture);
      expect(error.code, fixture.file).toBe(fixture.code);
      const text = errorText(error, language);
      await page.queue.select(fixture.file);
      await page.result.expectFailure(fixture.code, text);
      await expect(page.queue.row(fixture.file)).toContainText(text.title);
    }
  }

  const page = workstation.in('zh');
  for (const fixture of playable) {
    await page.queue.select(fixture.file);
    await expect(page.result.view).toHaveAttribute('data-phase', 'done');
    expectDistribution(fixture.file, await page.result.predictions());
    const report = await page.result.report();
    expect(report.file.container, fixture.file).toBe(fixture.container);
    expect(report.file.sampleRate, fixture.file).toBe(fixture.sampleRate);
    expect(report.file.channels, fixture.file).toBe(fixture.channels);
    expect(Math.abs(report.file.durationSeconds - fixture.seconds), fixture.file).toBeLessThan(0.2);
    const expected = new Set(fixture.warnings ?? []);
    if (fixture.seconds < 10) expected.add('looped-to-one-window');
    expect(new Set(report.warnings.map(({ code }) => code)), fixture.file).toEqual(expected);
    for (const warning of report.warnings) {
      const text = warningText(warning, 'zh');
      const banner = page.result.view.locator(`[data-testid="warning"][data-code="${warning.code}"]`);
      await expect(banner).toContainText(text.title);
      await expect(banner).toContainText(text.advice);
    }
  }
  await expect(result.view).toHaveAttribute('data-phase', 'done');
});

test('a truncated file is analysed and marked with both lengths', async ({ workstation }) => {
  const { result } = workstation;
  await workstation.open();
  await workstation.drop(audioFixturePath('truncated.wav'));
  await result.expectDone();
  const banner = result.view.locator('[data-testid="warning"][data-code="shorter-than-header"]');
  await expect(banner).toContainText('Shorter than its header says');
  await expect(banner).toContainText('1 s could be decoded. The header promises 2 s.');
});

test('only silence: the picture is there, no genre is named', async ({ workstation }) => {
  const { queue, result, spectrogram } = workstation;
  await workstation.open();
  await workstation.drop(audioFixturePath('silence.wav'));
  await queue.expectPhase('silence.wav', 'failed');
  await result.expectFailure('silent', errorText(analysisError('silent', ''), 'en'));
  await expect(spectrogram.plot).toHaveAttribute('data-ready', 'true');
  await expect(result.bars).toHaveCount(0);
});

test('silent windows are marked and have no numbers', async ({ workstation }) => {
  const { result } = workstation;
  await workstation.open();
  await workstation.drop(audioFixturePath('half-silent.wav'));
  await result.expectDone();
  const { windows, track } = await result.report();
  const silent = windows.findIndex((window) => window.silent);
  const heard = windows.filter((window) => !window.silent);
  expect(silent).toBeGreaterThanOrEqual(0);
  for (const { genre, probability } of track.predictions) {
    const mean =
      heard.reduce(
        (sum, window) => sum + (window.predictions.find((one) => one.genre === genre)?.probability ?? 0),
        0,
      ) / heard.length;
    expect(probability).toBeCloseTo(mean, 5);
  }
  await result.selectWindow(silent);
  await expect(result.bars).toHaveCount(0);
  await expect(result.view).toContainText(workstation.words.predictions.silentWindow);
});

test('a file larger than the limit is refused before it is read', async ({ workstation, clips }) => {
  const { queue, result } = workstation;
  const path = clips.copy(samplePath('evensong.wav'), 'huge.wav');
  // Sparse: no bytes are written.
  truncateSync(path, largestFileBytes + 1);
  await workstation.open();
  await workstation.drop(path, samplePath('evensong.wav'));
  await queue.expectPhase('huge.wav', 'failed');
  const details = { bytes: largestFileBytes + 1, limitBytes: largestFileBytes };
  await queue.select('huge.wav');
  await result.expectFailure('file-too-large', errorText(analysisError('file-too-large', '', details), 'en'));
  await queue.expectPhase('evensong.wav', 'done');
});

test('a file that goes away while it waits is an error of its own', async ({ workstation, host, clips }) => {
  const { queue, result } = workstation;
  const release = host.hold(`/models/${quickModel}/model.safetensors`);
  const victim = clips.copy(samplePath('iron-gate.wav'), 'goes away.wav');
  await workstation.open({ host });
  await workstation.drop(samplePath('evensong.wav'), victim, samplePath('far-shore.wav'));
  await workstation.spectrogram.expectPainted();
  rmSync(victim);
  release();
  await queue.expectPhase('goes away.wav', 'failed');
  await queue.expectPhase('far-shore.wav', 'done');
  await queue.select('goes away.wav');
  await result.expectFailure('unreadable-file', errorText(analysisError('unreadable-file', ''), 'en'));
});

test('a folder is walked through in the order of its names', async ({ workstation, clips }) => {
  const { queue } = workstation;
  const source = samplePath('evensong.wav');
  for (const name of ['10 ten.wav', '2 two.wav', 'disc 2/1 one.wav', 'disc 2/deep/last.wav']) {
    clips.copy(source, `album/${name}`);
  }
  clips.write('album/cover.jpg', Buffer.from('no sound'));
  clips.write('album/.hidden.wav', Buffer.from('no sound'));
  await workstation.open();
  await workstation.drop(`${clips.folder}/album`, samplePath('iron-gate.wav'));
  await queue.expectSettled(60_000);
  expect(await queue.phases()).toEqual(
    ['2 two.wav', '10 ten.wav', '1 one.wav', 'last.wav', 'iron-gate.wav'].map((name) => [name, 'done']),
  );
});

test('a folder without audio says so and changes nothing', async ({ workstation, clips }) => {
  const { queue, page } = workstation;
  mkdirSync(`${clips.folder}/empty`, { recursive: true });
  await workstation.open();
  await workstation.drop(`${clips.folder}/empty`);
  await expect(page.getByTestId('intake-note')).toContainText(workstation.words.intake.nothingFound);
  await expect(queue.rows).toHaveCount(0);
});

test('file names are text, whatever is in them', async ({ workstation, clips, guard }) => {
  const { queue, result, page } = workstation;
  const names = [
    '<img src=x onerror=alert(1)>.wav',
    '<script>alert(2)<script>.wav',
    '"quoted" & \'single\' {{braces}} ${dollar} %00.wav',
    'جاز العربية.wav',
    '爵士乐 🎷 ジャズ 재즈.wav',
    'e\u0301\u202Egpj.wav',
    `${'很长的名字'.repeat(16)}.wav`,
    `${'a'.repeat(250)}.wav`,
  ];
  const paths = names.map((name) => clips.copy(samplePath('evensong.wav'), name));
  const broken = clips.write('<b>broken<b>.mp3', Buffer.from('no music'));
  await workstation.open();
  await workstation.drop(...paths, broken);
  await queue.expectSettled(120_000);
  expect(await queue.names()).toEqual([...names, '<b>broken<b>.mp3']);
  for (const [index, name] of names.entries()) {
    await queue.rows.nth(index).locator('[data-row-button]').click();
    await expect(result.view.getByRole('heading', { level: 2 })).toContainText(name);
    expect((await result.report()).file.name).toBe(name);
    const overflow = await page.evaluate(
      () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
    );
    expect(overflow, name).toBeLessThanOrEqual(0);
  }
  await queue.rows.last().locator('[data-row-button]').click();
  await expect(result.failure).toHaveAttribute('data-code', 'unsupported-format');
  await expect(page.locator('main img[src="x"], main script, main b')).toHaveCount(0);
  expect(guard.dialogs).toEqual([]);
});

test('the same file twice is two jobs with the same numbers', async ({ workstation }) => {
  const { queue, result } = workstation;
  await workstation.open();
  await workstation.drop(samplePath('evensong.wav'), samplePath('evensong.wav'));
  await queue.expectSettled(60_000);
  await expect(queue.rows).toHaveCount(2);
  await queue.rows.nth(0).locator('[data-row-button]').click();
  const first = await result.predictions();
  await queue.rows.nth(1).locator('[data-row-button]').click();
  expect(await result.predictions()).toEqual(first);
});
