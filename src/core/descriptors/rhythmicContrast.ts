/** Length of a texture window, in seconds: some beats at any tempo, short against a crescendo. */
const textureSeconds = 3;
/** Part of the frames that counts as peak and as valley (Jiang et al. use 0.02 to 0.2). */
const neighbourhood = 0.1;
/** A valley is not taken deeper than this under the track's loudest frame in the band, in dB. */
const rangeDb = 60;

/**
 * How strongly a band pulses: the octave-based spectral contrast of Jiang et al. ("Music type classification by spectral contrast
 * feature", ICME 2002; librosa's `spectral_contrast`), turned from frequency to time. In texture windows of 3 s, which
 * overlap by half, the mean energy of the strongest tenth of the frames over that of the weakest tenth, in dB; the mean over
 * the windows. A steady tone has 0; a tone that switches between two levels has their difference.
 *
 * @param energy Energy of the band in each frame, at least 0.
 * @param framesPerSecond Frames in a second.
 * @returns dB from 0 to 60; null for less than a second and where the band is empty.
 */
export function rhythmicContrastDb(energy: Float32Array, framesPerSecond: number): number | null {
  if (energy.length < framesPerSecond) return null;
  let loudest = 0;
  for (const value of energy) if (value > loudest) loudest = value;
  if (!(loudest > 0)) return null;
  const floor = loudest * 10 ** (-rangeDb / 10);
  const length = Math.min(energy.length, Math.round(textureSeconds * framesPerSecond));
  const hop = Math.max(1, Math.floor(length / 2));
  const count = Math.max(1, Math.round(neighbourhood * length));
  let sum = 0;
  let windows = 0;
  for (let first = 0; first + length <= energy.length; first += hop) {
    const sorted = energy.subarray(first, first + length).toSorted();
    const peak = meanOf(sorted.subarray(length - count));
    // A window that is silent in this band says nothing about how it pulses.
    if (peak <= floor) continue;
    sum += 10 * Math.log10(peak / Math.max(floor, meanOf(sorted.subarray(0, count))));
    windows += 1;
  }
  return windows > 0 ? sum / windows : null;
}

const meanOf = (values: Float32Array): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;
