/**
 * Loudest sample that is taken for sound. Full scale is 1; what lies beyond a billion times that is damage (a wrong byte
 * order, uninitialised memory), and its square would not survive float32.
 */
const largestPlausibleSample = 1e9;

/** Mono sound that is read in pieces, so that a long file never exists a second time in memory. */
export interface SampleSource {
  /** Number of samples. */
  readonly length: number;
  /** Writes the samples from `start` on, `count` of them, to `target` from `at` on; the stretch must lie inside. */
  read(start: number, count: number, target: Float64Array, at: number): void;
}

export interface MonoSource extends SampleSource {
  /** Samples of any channel that were replaced by zero in what has been read so far: NaN, infinite, or beyond 1e9. */
  readonly nonFiniteSamples: number;
}

/**
 * The mean of all channels (librosa 0.11 `to_mono`), whatever their layout, with broken samples as zero.
 *
 * @param channels One array per channel, all of one length; at least one. They are only read.
 */
export function monoSource(channels: readonly Float32Array[]): MonoSource {
  const length = channels[0]?.length ?? 0;
  const gain = 1 / Math.max(1, channels.length);
  let broken = 0;
  return {
    length,
    get nonFiniteSamples() {
      return broken;
    },
    read(start, count, target, at) {
      target.fill(0, at, at + count);
      for (const channel of channels) {
        for (let i = 0; i < count; i += 1) {
          const sample = channel[start + i]!;
          // NaN fails every comparison, so this one test finds all that is not a plain number.
          if (Math.abs(sample) <= largestPlausibleSample) target[at + i]! += sample;
          else broken += 1;
        }
      }
      if (channels.length > 1) {
        for (let i = at; i < at + count; i += 1) target[i]! *= gain;
      }
    },
  };
}

/**
 * The mean of all channels as one array, at the same rate; see `monoSource` for what happens to broken samples.
 *
 * @param channels One array per channel, all of one length. They are only read.
 * @returns `samples` [length of a channel], always finite, and how many samples were replaced.
 */
export function downmix(channels: readonly Float32Array[]): {
  readonly samples: Float32Array<ArrayBuffer>;
  readonly nonFiniteSamples: number;
} {
  const source = monoSource(channels);
  const samples = new Float32Array(source.length);
  const piece = new Float64Array(Math.min(source.length, 4096));
  for (let start = 0; start < source.length; start += piece.length) {
    const count = Math.min(piece.length, source.length - start);
    source.read(start, count, piece, 0);
    samples.set(count === piece.length ? piece : piece.subarray(0, count), start);
  }
  return { samples, nonFiniteSamples: source.nonFiniteSamples };
}
