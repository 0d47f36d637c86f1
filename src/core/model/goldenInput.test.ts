import { expect, it } from 'vitest';
import { goldenInput } from '#core/model/goldenInput.ts';
import { testManifest } from '#core/testing/manifest.ts';

it('the golden input is the formula, channel by channel, normalised', () => {
  const { architecture, frontEnd } = testManifest;
  const x = goldenInput({
    architecture: { ...architecture, imageSize: 32, inputChannels: 2 },
    frontEnd: { ...frontEnd, input: { kind: 'log-mel', mean: [0, 0.5], std: [1, 0.25] } },
  });
  expect(x.length).toBe(2 * 32 * 32);
  expect(x[0]).toBe(0);
  expect(x[1]).toBeCloseTo(13 / 28, 7);
  expect(x[32]).toBeCloseTo(7 / 28, 7);
  // c = 1, h = 3, w = 2: 21 + 26 + 5 = 52, 52 mod 29 = 23
  expect(x[1024 + 3 * 32 + 2]).toBeCloseTo((23 / 28 - 0.5) / 0.25, 6);
  expect(Math.max(...x.subarray(0, 1024))).toBe(1);
});
