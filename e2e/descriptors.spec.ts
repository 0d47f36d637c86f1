import { readFileSync } from 'node:fs';
import { AxeBuilder } from '@axe-core/playwright';
import { encodeWav16 } from '#core/audio/wavFile.ts';
import { describeTrack } from '#core/descriptors/describeTrack.ts';
import { descriptorNames } from '#core/descriptors/trackDescriptors.ts';
import { whiteNoise } from '#core/testing/sounds.ts';
import { hertz } from '#core/units.ts';
import { decodeWav } from '#server/decode/wav.ts';
import { samplePath } from './fixtures/clips.ts';
import { DescriptorsPanel } from './fixtures/descriptorsPanel.ts';
import { expect, test } from './fixtures/workstation.ts';

/** Figures beside the genres: what is said of a sound is what a direct computation says of it. */

test('a result has seven figures with unit and meaning, in both languages', async ({ workstation }) => {
  const { page, result } = workstation;
  const panel = new DescriptorsPanel(page);
  const decoded = decodeWav(readFileSync(samplePath('island-noon.wav')));
  if (decoded === null) throw new Error('the sample is plain PCM');
  const here = describeTrack(
    { channels: decoded.channels, sampleRate: hertz(decoded.sampleRate) },
    { samples: new Float32Array(0), sampleRate: 0 },
  );

  await workstation.open();
  await workstation.drop(samplePath('island-noon.wav'));
  await result.expectDone();

  const shown = await panel.shown();
  expect(shown.map(({ name }) => name)).toEqual([...descriptorNames]);
  expect((await result.report()).descriptors).toEqual(
    Object.fromEntries(shown.map(({ name, value }) => [name, value])),
  );
  for (const { name, value } of shown) {
    const expected = here[name as keyof typeof here];
    // Decoders differ by a rounding in how they scale 16 bits.
    expect(Math.abs((value ?? Number.NaN) / (expected ?? Number.NaN) - 1), name).toBeLessThan(0.001);
  }
  // The piece is written at 76 beats a minute.
  await expect(panel.row('tempoBpm')).toContainText('76 BPM');
  await expect(panel.row('integratedLoudnessLufs')).toContainText('LUFS');
  await expect(panel.row('spectralCentroidHz')).toContainText('Mean frequency');
  const axe = await new AxeBuilder({ page }).include('[data-testid="descriptor"]').analyze();
  expect(axe.violations.map(({ id }) => id)).toEqual([]);

  await page.getByText('中文', { exact: true }).click();
  await expect(panel.row('tempoBpm')).toContainText('速度');
  await expect(panel.row('spectralCentroidHz')).toContainText('平均频率');
  expect((await panel.shown()).map(({ value }) => value)).toEqual(shown.map(({ value }) => value));
});

test('noise has no tempo, with the reason, and its windows are marked as noise', async ({
  workstation,
  clips,
}) => {
  const panel = new DescriptorsPanel(workstation.page);
  const hiss = clips.write('hiss.wav', encodeWav16([whiteNoise(12, 44_100, 0.1)], 44_100));
  await workstation.open();
  await workstation.drop(hiss);
  await workstation.result.expectDone();
  await expect(panel.row('tempoBpm')).toHaveAttribute('data-value', '');
  await expect(panel.row('tempoBpm')).toContainText('—');
  await expect(panel.row('tempoBpm')).toContainText('No steady pulse');
  const { descriptors, windows } = await workstation.result.report();
  expect(descriptors?.tempoBpm).toBeNull();
  // White noise has 0.56; the resampler's slope under 11 kHz takes some of it.
  expect(descriptors?.spectralFlatness).toBeGreaterThan(0.3);
  expect(windows.map(({ noise }) => noise)).toEqual(windows.map(() => true));
});
