/**
 * Periodic Hann window, 0.5 - 0.5 cos(2 pi n / length): `scipy.signal.get_window('hann', length, fftbins=True)`, which is
 * what librosa's `stft` uses.
 *
 * @param length Number of samples, at least 1.
 * @returns [length], float64, 0 at index 0 and 1 in the middle.
 */
export function hannWindow(length: number): Float64Array {
  const window = new Float64Array(length);
  for (let n = 0; n < length; n += 1) {
    window[n] = 0.5 - 0.5 * Math.cos((2 * Math.PI * n) / length);
  }
  return window;
}
