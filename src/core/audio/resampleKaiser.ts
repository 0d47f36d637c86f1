/**
 * The Kaiser-windowed sinc, both filters of the resampler: sinc(2 cutoff t) under a Kaiser window (J. F. Kaiser and
 * R. W. Schafer, "On the use of the I0-sinh window for spectrum analysis", 1980).
 */

/** Modified Bessel function of the first kind, order 0, by its power series; x >= 0, relative error under 1e-14. */
function besselI0(x: number): number {
  const quarter = (x * x) / 4;
  let term = 1;
  let sum = 1;
  for (let k = 1; term > sum * 1e-17; k += 1) {
    term *= quarter / (k * k);
    sum += term;
  }
  return sum;
}

/**
 * @param t Samples from the middle.
 * @param cutoff Where the gain is one half, in cycles per sample; 0.5 is the Nyquist frequency.
 * @param halfLength Samples from the middle to where the window ends.
 * @param beta Shape of the window: more is a deeper stop band and a wider transition.
 * @returns The impulse response at t; its sum over whole samples is 1 but for the stop band's ripple.
 */
export function kaiserSinc(t: number, cutoff: number, halfLength: number, beta: number): number {
  const position = t / halfLength;
  if (Math.abs(position) >= 1) return 0;
  const window = besselI0(beta * Math.sqrt(1 - position * position)) / besselI0(beta);
  const angle = 2 * Math.PI * cutoff * t;
  return 2 * cutoff * window * (angle === 0 ? 1 : Math.sin(angle) / angle);
}
