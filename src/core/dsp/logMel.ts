import { applyMelFilterbank, createMelFilterbank } from '#core/dsp/melFilterbank.ts';
import { powerToDb } from '#core/dsp/powerToDb.ts';
import type { LogMelSpectrogram } from '#core/dsp/spectrogram.ts';
import { createPowerStft } from '#core/dsp/stft.ts';
import type { FrontEnd } from '#core/model/manifest.ts';

/** The part of a front end that the mel spectrogram depends on. */
export type LogMelSettings = Pick<
  FrontEnd,
  'sampleRate' | 'nFft' | 'winLength' | 'hopLength' | 'nMels' | 'fMin' | 'fMax' | 'dbFloorPower'
>;

/** Tables and scratch of one front end; reuse it from track to track. Not re-entrant. */
export interface LogMelExtractor {
  /** Frames of a track of this many samples: 1 + floor(samples / hopLength). */
  frameCount(sampleCount: number): number;
  /**
   * Mel power, librosa 0.11 `feature.melspectrogram(power=2, center=True, pad_mode='constant')`.
   *
   * @param samples Mono at the front end's rate; finite.
   * @returns Row-major [nMels x nFrames]; row 0 is the lowest band.
   */
  melPower(samples: Float32Array): Float32Array<ArrayBuffer>;
  /**
   * The same in decibels against 1.0, not under `dbFloorPower`: librosa 0.11
   * `power_to_db(melspectrogram(...), ref=1.0, amin=dbFloorPower, top_db=None)`.
   */
  logMel(samples: Float32Array): LogMelSpectrogram;
}

/**
 * Frames whose bands are computed before they are written out: 16 float32 fill a cache line of a row, so a long track,
 * whose rows lie far apart, costs one memory access for 16 values.
 */
const framesPerBlock = 16;

/** @throws RangeError for settings outside their ranges: a validated manifest has none. */
export function createLogMelExtractor(settings: LogMelSettings): LogMelExtractor {
  const { nMels, dbFloorPower } = settings;
  const stft = createPowerStft(settings);
  const bank = createMelFilterbank(settings);
  const power = new Float64Array(stft.bins);
  const block = new Float64Array(framesPerBlock * nMels);

  /** Fills `target` [nMels x nFrames] with mel power, or with decibels over a floor above 0. */
  function fill(samples: Float32Array, target: Float32Array, floor: number): void {
    const nFrames = stft.frameCount(samples.length);
    for (let first = 0; first < nFrames; first += framesPerBlock) {
      const count = Math.min(framesPerBlock, nFrames - first);
      for (let i = 0; i < count; i += 1) {
        stft.framePower(samples, first + i, power);
        applyMelFilterbank(bank, power, block, i * nMels);
      }
      for (let m = 0; m < nMels; m += 1) {
        const row = m * nFrames + first;
        for (let i = 0; i < count; i += 1) {
          const value = block[i * nMels + m]!;
          target[row + i] = floor > 0 ? powerToDb(value, floor) : value;
        }
      }
    }
  }

  return {
    frameCount: (sampleCount) => stft.frameCount(sampleCount),
    melPower(samples) {
      const values = new Float32Array(nMels * stft.frameCount(samples.length));
      fill(samples, values, 0);
      return values;
    },
    logMel(samples) {
      const nFrames = stft.frameCount(samples.length);
      const values = new Float32Array(nMels * nFrames);
      fill(samples, values, dbFloorPower);
      return { values, nMels, nFrames };
    },
  };
}
