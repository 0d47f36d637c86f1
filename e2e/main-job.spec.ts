import { analyzeHeadless, repositoryPath, type AnalyzeLine } from './fixtures/headless.ts';
import { expectAgreement, expectDistribution, toleranceFor } from './fixtures/agreement.ts';
import { samplePath } from './fixtures/clips.ts';
import { expectedTracks, hasRecordings, withoutRecordings } from './fixtures/expected.ts';
import { pixelDifference, SpectrogramPanel } from './fixtures/spectrogramPanel.ts';
import { recordTimeline } from './fixtures/timeline.ts';
import { defaultModel, expect, test } from './fixtures/workstation.ts';

/** The main job with the full default model, on WASM, as `npm start` serves the page. */

const modelFolder = repositoryPath(`public/models/${defaultModel}`);
const percent = (probability: number): string => `${(probability * 100).toFixed(2)}%`;

const printed = (line: AnalyzeLine | undefined): AnalyzeLine => {
  if (line === undefined) throw new Error('the command printed no line for this file');
  return line;
};

test('a dropped song becomes a spectrogram, then its five most likely genres', async ({
  workstation,
  clips,
}) => {
  const { queue, result, spectrogram, status } = workstation;
  const timeline = await recordTimeline(workstation.page);
  const song = clips.repeated('evensong.wav', 30);
  const [headless] = await analyzeHeadless([song], modelFolder);

  await workstation.open({ model: null });
  await workstation.drop(song);
  await spectrogram.expectPainted();
  await result.expectDone();
  await queue.expectPhase('30s-evensong.wav', 'done');

  await test.step('the picture comes first, then the first window, then the rest', async () => {
    const moments = await timeline();
    const pictured = moments.findIndex((moment) => moment.spectrogram);
    const predicted = moments.findIndex((moment) => moment.bars === 5);
    expect(pictured).toBeGreaterThanOrEqual(0);
    expect(moments[pictured]?.bars).toBe(0);
    expect(predicted).toBeGreaterThan(pictured);
    const firstScope = moments.find((moment) => moment.scope !== '');
    expect(firstScope?.scope).toBe(workstation.words.predictions.partial(1, 5));
    expect(firstScope?.windows).toBe(1);
    expect(firstScope?.phase).toBe('analysing');
  });

  await test.step('bars, table and the numbers behind them are the same', async () => {
    const bars = await result.shownBars();
    const rows = await result.tableRows();
    expect(rows).toHaveLength(16);
    expectDistribution('table', rows);
    expect(bars.map(({ genre, probability }) => ({ genre, probability }))).toEqual(
      rows.slice(0, 5).map(({ genre, probability }) => ({ genre, probability })),
    );
    for (const row of rows) expect(row.text).toBe(percent(row.probability));
    for (const bar of bars) expect(bar.label).toContain(percent(bar.probability));
    const lengths = await result.barLengths();
    const longest = bars[0]?.probability ?? 1;
    for (const [index, length] of lengths.entries()) {
      const share = (bars[index]?.probability ?? 0) / longest;
      expect(Math.abs(length - share * (lengths[0] ?? 0))).toBeLessThanOrEqual(2);
    }
  });

  await test.step('the exact confidence shows on hover and on keyboard focus', async () => {
    for (const [index, row] of (await result.tableRows()).slice(0, 5).entries()) {
      const bar = result.bars.nth(index);
      await bar.hover();
      await expect(bar.getByTestId('prediction-value')).toHaveText(row.text);
    }
    await workstation.page.mouse.move(0, 0);
    const last = result.bars.last();
    const exact = (await result.tableRows())[4]?.text ?? '';
    await expect(last.getByTestId('prediction-value')).not.toHaveText(exact);
    await workstation.tabTo(last);
    await expect(last.getByTestId('prediction-value')).toHaveText(exact);
  });

  await test.step('the command line gives the same numbers', async () => {
    const line = printed(headless);
    const report = await result.report();
    const within = toleranceFor(song, report.backend.precision);
    expectAgreement('track', await result.predictions(), line.track.predictions, within);
    expect(line.sha256).toBe(report.file.sha256);
    expect(line.model).toEqual({ id: defaultModel, sha256: report.model.sha256 });
    expect(line.windows.map((window) => window.startSeconds)).toEqual(
      report.windows.map((window) => window.startSeconds),
    );
    for (const [index, window] of report.windows.entries()) {
      await result.selectWindow(index);
      expect(await result.predictions()).toEqual(window.predictions);
      expectAgreement(`window ${index}`, window.predictions, line.windows[index]?.predictions ?? [], 0.05);
    }
    await result.selectWindow('track');
    expect(await result.predictions()).toEqual(report.track.predictions);
  });

  await test.step('the axes are in seconds and hertz', async () => {
    const times = await spectrogram.timeTicks.allTextContents();
    expect(times.length).toBeGreaterThanOrEqual(3);
    expect(times[0]).toMatch(/^0/);
    const hertz = await spectrogram.frequencyTicks.allTextContents();
    expect(hertz.length).toBeGreaterThanOrEqual(4);
    await expect(workstation.page.getByTestId('frequency-unit')).toHaveText('Hz');
  });

  await test.step('the overlay has an opacity that changes what is seen, and a legend', async () => {
    expect(await SpectrogramPanel.colours(spectrogram.overlay)).toBeGreaterThan(5);
    await spectrogram.setOpacity(0);
    const none = await spectrogram.screenshot();
    await spectrogram.setOpacity(50);
    const half = await spectrogram.screenshot();
    await spectrogram.setOpacity(100);
    const full = await spectrogram.screenshot();
    const changeToHalf = await pixelDifference(workstation.page, none, half);
    const changeToFull = await pixelDifference(workstation.page, none, full);
    expect(changeToHalf).toBeGreaterThan(1);
    expect(changeToFull).toBeGreaterThan(changeToHalf * 1.5);
    await expect(workstation.page.getByText(workstation.words.spectrogram.overlayDetail)).toBeVisible();
    await spectrogram.toggle.press('Space');
    await expect(spectrogram.toggle).not.toBeChecked();
    expect(await pixelDifference(workstation.page, none, await spectrogram.screenshot())).toBe(0);
    await expect(workstation.page.getByText(workstation.words.spectrogram.overlayDetail)).toBeHidden();
  });

  await test.step('the status line says which model, which backend, why, and how long each stage took', async () => {
    const report = await result.report();
    await expect(status.model).toHaveValue(defaultModel);
    await expect(status.version).toHaveText(workstation.words.status.version(report.model.version));
    await expect(status.backend).toHaveAttribute('data-backend-kind', 'wasm');
    const threads = await workstation.page.evaluate(() => Math.min(4, navigator.hardwareConcurrency));
    await expect(status.backend).toHaveAttribute('data-threads', String(threads));
    await expect(status.backend).toContainText(`WASM · ${workstation.words.status.threads(threads)}`);
    await expect(status.backend).toHaveAttribute('data-precision', report.backend.precision);
    await status.openDetails();
    await expect(status.attempts.first()).toHaveAttribute('data-outcome', 'used');
    await expect(status.attempts.first()).toContainText(workstation.words.status.outcome.used);
    expect(await status.stageTimes()).toEqual(report.timings);
    for (const [name, value] of Object.entries(report.timings)) {
      if (name !== 'modelWaitMs') expect(value, name).toBeGreaterThan(0);
    }
    expect(report.timings.firstPredictionMs).toBeLessThan(report.timings.totalMs);
  });
});

test('a file is picked with the keyboard alone', async ({ workstation }) => {
  const { result } = workstation;
  await workstation.open();
  await workstation.pickByKeyboard(samplePath('iron-gate.wav'));
  await result.expectDone();
  await expect(result.news).toContainText('iron-gate.wav');
});

test('every recording agrees with the training framework and with the command line', async ({
  workstation,
}) => {
  test.skip(!hasRecordings(defaultModel), withoutRecordings);
  test.setTimeout(600_000);
  const { queue, result } = workstation;
  const tracks = expectedTracks(defaultModel);
  const headless = await analyzeHeadless(
    tracks.map(({ path }) => path),
    modelFolder,
  );

  await workstation.open({ model: null, backend: null });
  await workstation.drop(...tracks.map(({ path }) => path));
  await queue.expectSettled(500_000);
  expect(await queue.phases()).toEqual(tracks.map(({ file }) => [file, 'done']));

  for (const [index, track] of tracks.entries()) {
    await queue.select(track.file);
    await result.expectDone();
    const shown = await result.predictions();
    const report = await result.report();
    const within = toleranceFor(track.file, report.backend.precision);
    expectAgreement(`${track.file} and expected.json`, shown, track.predictions, within);
    expectAgreement(
      `${track.file} and the command`,
      shown,
      printed(headless[index]).track.predictions,
      within,
    );
    expectAgreement(
      `${track.file}: the command and expected.json`,
      printed(headless[index]).track.predictions,
      track.predictions,
      within,
    );
    expect(Math.abs(report.file.durationSeconds - track.durationSeconds)).toBeLessThan(0.1);
    expect(report.windows, track.file).toHaveLength(track.windowStarts.length);
    for (const [at, start] of track.windowStarts.entries()) {
      // The last window ends with the track, and decoders differ by a frame on where that is.
      expect(Math.abs((report.windows[at]?.startSeconds ?? Number.NaN) - start)).toBeLessThan(0.1);
    }
  }
});

test('a sample is tried without a file at hand', async ({ workstation }) => {
  const { queue, result } = workstation;
  await workstation.open();
  await workstation.trySample('Night drive');
  await result.expectDone();
  await queue.expectPhase('night-drive.wav', 'done');
  const [quick] = await analyzeHeadless(
    [samplePath('night-drive.wav')],
    repositoryPath('public/models/acousticsense-vit-ti16'),
  );
  expectAgreement('sample', await result.predictions(), printed(quick).track.predictions, 0.05);
});
