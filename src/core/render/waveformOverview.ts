/** Widest overview in columns: more than any screen has pixels for it. */
export const overviewColumns = 4096;

/** The whole track's waveform, drawn small. */
export interface WaveformOverview {
  readonly columns: number;
  /** Lowest and highest sample of each column, [columns] each, 127 is full scale; louder is clipped. */
  readonly lows: Int8Array<ArrayBuffer>;
  readonly highs: Int8Array<ArrayBuffer>;
}

/**
 * Lowest and highest sample of equal stretches of a mono signal. Column c covers the samples from
 * floor(c length / columns) to floor((c + 1) length / columns); rounding is outwards, so that no sound is drawn as silence.
 *
 * @param samples Mono, finite, full scale 1.
 * @param maxColumns At most so many; a signal with fewer samples has one column a sample.
 */
export function waveformOverview(samples: Float32Array, maxColumns = overviewColumns): WaveformOverview {
  const columns = Math.min(maxColumns, samples.length);
  const lows = new Int8Array(columns);
  const highs = new Int8Array(columns);
  let at = 0;
  for (let column = 0; column < columns; column += 1) {
    const end = Math.floor(((column + 1) * samples.length) / columns);
    let low = Number.POSITIVE_INFINITY;
    let high = Number.NEGATIVE_INFINITY;
    for (; at < end; at += 1) {
      const sample = samples[at]!;
      if (sample < low) low = sample;
      if (sample > high) high = sample;
    }
    lows[column] = clipped(Math.floor(low * 127));
    highs[column] = clipped(Math.ceil(high * 127));
  }
  return { columns, lows, highs };
}

const clipped = (value: number): number => Math.max(-127, Math.min(127, value));
