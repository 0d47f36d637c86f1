import { describe, expect, it } from 'vitest';
import { hannWindow } from '#core/dsp/hann.ts';

describe('hannWindow', () => {
  it('is periodic: 0 at the start, 1 in the middle, and the next period would start at 0 again', () => {
    const window = hannWindow(8);
    expect(window[0]).toBe(0);
    expect(window[4]).toBe(1);
    expect(window[7]).toBeCloseTo(window[1]!, 15);
    expect(window[1]).toBeCloseTo(0.1464466094067262, 15);
  });

  it('adds up to 1 at half overlap', () => {
    const window = hannWindow(2048);
    for (let n = 0; n < 1024; n += 1) expect(window[n]! + window[n + 1024]!).toBeCloseTo(1, 14);
  });
});
