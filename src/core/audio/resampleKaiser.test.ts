import { describe, expect, it } from 'vitest';
import { kaiserSinc } from '#core/audio/resampleKaiser.ts';

describe('kaiserSinc', () => {
  it.each([
    // numpy 2.4: kaiser(41, 8.6)[n + 20] * 0.4 * sinc(0.4 n)
    [0, 0.4],
    [1, 0.29968547394379047],
    [7, 0.016047750732734872],
    [19, -8.063088195985222e-5],
  ])('at %i is the product of window and sinc', (t, expected) => {
    expect(kaiserSinc(t, 0.2, 20, 8.6)).toBeCloseTo(expected, 13);
    expect(kaiserSinc(-t, 0.2, 20, 8.6)).toBe(kaiserSinc(t, 0.2, 20, 8.6));
  });

  it('is zero from the end of the window on', () => {
    expect(kaiserSinc(20, 0.2, 20, 8.6)).toBe(0);
    expect(kaiserSinc(-31.5, 0.2, 20, 8.6)).toBe(0);
  });
});
