import { monoSource } from '#core/audio/downmix.ts';
import type { PcmAudio } from '#core/audio/pcm.ts';
import { resampleSource } from '#core/audio/resample.ts';
import { percussiveToHarmonicDb, separatePartEnergies } from '#core/descriptors/harmonicPercussive.ts';
import { integratedLoudness } from '#core/descriptors/loudness.ts';
import { rhythmicContrastDb } from '#core/descriptors/rhythmicContrast.ts';
import { spectralCentroid, spectralFlatness, spectralIrregularity } from '#core/descriptors/spectralShape.ts';
import { estimateTempo, onsetStrength } from '#core/descriptors/tempo.ts';
import type { TrackDescriptors } from '#core/descriptors/trackDescriptors.ts';
import { hannWindow } from '#core/dsp/hann.ts';
import { applyMelFilterbank, createMelFilterbank } from '#core/dsp/melFilterbank.ts';
import { powerToDb } from '#core/dsp/powerToDb.ts';
import { createPowerStft } from '#core/dsp/stft.ts';

/** librosa's defaults, whatever the model's front end is: a descriptor does not depend on who asks for genres. */
const sampleRate = 22_050;
const nFft = 2048;
const hopLength = 512;
const nMels = 128;
const grid = { sampleRate, nFft, hopLength } as const;
const framesPerSecond = sampleRate / hopLength;

/** A frame whose mean square (under the window) is not above -70 dBFS has no spectrum worth a mean. */
const silentPower = 1e-7;
/** Under this there are too few beats for a tempo. */
const leastTempoSeconds = 3;
/** Upper edge of the low band. */
const lowBandHz = 200;
/** Where the low band's energy is so far under that of the whole sound, in dB, there is no bass to pulse. */
const lowBandRangeDb = 40;
/**
 * A longer track is heard in six evenly spread pieces of 30 s, put end to end, for everything but the loudness: the cost is
 * bounded, and five joins among 7750 frames move no mean.
 */
const longestWholeSeconds = 180;
const pieces = 6;
/**
 * The median filters cost ten times as much as all the rest and want their frames at once, so that a track of more than
 * half a minute is heard by them in six evenly spread stretches of 5 s (each in the middle of a piece, of a long one).
 */
const stretches = 6;
const stretchFrames = Math.round(5 * framesPerSecond);

/** Mono sound and its rate in hertz. */
export interface MonoSound {
  readonly samples: Float32Array;
  readonly sampleRate: number;
}

/**
 * All descriptors of a track, by the definitions in the files beside this one: loudness on the channels at the file's rate,
 * everything else on the mean of the channels at 22 050 Hz in frames of 2048 samples every 512 (periodic Hann, centred,
 * zero-padded; librosa 0.11's defaults). Centroid, flatness and irregularity are means over the frames above -70 dBFS.
 *
 * Takes about 0.3 s a minute up to three minutes, then 0.05 s a minute for the loudness, and at most 30 MB beside its input.
 *
 * @param pcm Decoded sound; only read.
 * @param mono Its downmix at the front end's rate, finite; used where that is 22 050 Hz, made anew where it is not.
 */
export function describeTrack(pcm: PcmAudio, mono: MonoSound): TrackDescriptors {
  const samples = heardOf(
    mono.sampleRate === sampleRate
      ? mono.samples
      : resampleSource(monoSource(pcm.channels), pcm.sampleRate, sampleRate, 'soxr-hq'),
  );
  const frames = describeFrames(samples);
  const isLong = samples.length >= leastTempoSeconds * sampleRate;
  const envelope = onsetStrength(frames.melDb, nMels, grid);
  return rounded({
    tempoBpm: isLong ? estimateTempo(envelope, grid) : null,
    spectralCentroidHz: frames.centroid,
    spectralFlatness: frames.flatness,
    spectralIrregularity: frames.irregularity,
    lowBandRhythmicContrastDb: frames.hasLowBand ? rhythmicContrastDb(frames.lowBand, framesPerSecond) : null,
    percussiveToHarmonicDb: frames.percussiveToHarmonic,
    integratedLoudnessLufs: integratedLoudness(pcm),
  });
}

/** The sound itself, or the pieces of a long one. */
function heardOf(samples: Float32Array): Float32Array {
  const heard = longestWholeSeconds * sampleRate;
  if (samples.length <= heard) return samples;
  const length = heard / pieces;
  const result = new Float32Array(heard);
  for (let piece = 0; piece < pieces; piece += 1) {
    const start = Math.floor(((piece + 0.5) * samples.length) / pieces - length / 2);
    result.set(samples.subarray(start, start + length), piece * length);
  }
  return result;
}

interface FrameDescription {
  readonly centroid: number | null;
  readonly flatness: number | null;
  readonly irregularity: number | null;
  /** [nFrames x nMels] */
  readonly melDb: Float32Array;
  /** Energy up to 200 Hz, [nFrames]. */
  readonly lowBand: Float32Array;
  readonly hasLowBand: boolean;
  readonly percussiveToHarmonic: number | null;
}

/** One pass over the spectrum of every frame. */
function describeFrames(samples: Float32Array): FrameDescription {
  const stft = createPowerStft({ nFft, winLength: nFft, hopLength });
  const bank = createMelFilterbank({ sampleRate, nFft, nMels, fMin: 0, fMax: sampleRate / 2 });
  const nFrames = stft.frameCount(samples.length);
  const { bins } = stft;
  const power = new Float64Array(bins);
  const magnitude = new Float64Array(bins);
  const mel = new Float64Array(nMels);
  const melDb = new Float32Array(nFrames * nMels);
  const lowBand = new Float32Array(nFrames);
  const lowBins = Math.floor((lowBandHz * nFft) / sampleRate);
  // Parseval: the sum over all bins is nFft times that of the windowed samples' squares.
  const windowEnergy = hannWindow(nFft).reduce((sum, value) => sum + value * value, 0);
  const silentSum = (silentPower * nFft * windowEnergy) / 2;
  const plan = stretchStarts(nFrames);
  const stretchLength = Math.min(nFrames, plan.frames);
  const spectrogram = new Float32Array(stretchLength * bins);
  let nextStretch = 0;
  const parts = { harmonic: 0, percussive: 0 };
  const centroid = createMean();
  const flatness = createMean();
  const irregularity = createMean();
  let loudest = 0;
  let total = 0;
  let totalLow = 0;

  for (let frame = 0; frame < nFrames; frame += 1) {
    stft.framePower(samples, frame, power);
    applyMelFilterbank(bank, power, mel, 0);
    for (let m = 0; m < nMels; m += 1) melDb[frame * nMels + m] = powerToDb(mel[m]!, 1e-10);
    let sum = 0;
    let low = 0;
    for (let k = 0; k < bins; k += 1) {
      const value = power[k]!;
      magnitude[k] = Math.sqrt(value);
      sum += value;
      if (k > 0 && k <= lowBins) low += value;
    }
    lowBand[frame] = low;
    if (sum > loudest) loudest = sum;
    total += sum;
    totalLow += low;

    const start = plan.starts[nextStretch];
    if (start !== undefined && frame >= start) {
      spectrogram.set(magnitude, (frame - start) * bins);
      if (frame === start + stretchLength - 1) {
        const energies = separatePartEnergies(spectrogram, stretchLength, bins);
        parts.harmonic += energies.harmonic;
        parts.percussive += energies.percussive;
        nextStretch += 1;
      }
    }

    if (sum <= silentSum) continue;
    centroid.add(spectralCentroid(magnitude, sampleRate / nFft));
    flatness.add(spectralFlatness(power));
    const unevenness = spectralIrregularity({ power, magnitude });
    if (unevenness !== null) irregularity.add(unevenness);
  }
  const audible = loudest > silentSum;
  return {
    centroid: centroid.value(),
    flatness: flatness.value(),
    irregularity: irregularity.value(),
    melDb,
    lowBand,
    hasLowBand: audible && totalLow > total * 10 ** (-lowBandRangeDb / 10),
    percussiveToHarmonic: audible ? percussiveToHarmonicDb(parts) : null,
  };
}

/** First frames of the stretches that the median filters see, and their length; a short track is one stretch. */
function stretchStarts(nFrames: number): { readonly starts: readonly number[]; readonly frames: number } {
  if (nFrames <= stretches * stretchFrames) return { starts: [0], frames: nFrames };
  const starts = Array.from({ length: stretches }, (_, i) =>
    Math.floor(((i + 0.5) * nFrames) / stretches - stretchFrames / 2),
  );
  return { starts, frames: stretchFrames };
}

function createMean(): { add(value: number): void; value(): number | null } {
  let sum = 0;
  let count = 0;
  return {
    add(value) {
      sum += value;
      count += 1;
    },
    value: () => (count > 0 ? sum / count : null),
  };
}

/** Six significant digits: more is rounding noise, and differs between engines. */
function rounded(descriptors: TrackDescriptors): TrackDescriptors {
  const entries = Object.entries(descriptors) as [keyof TrackDescriptors, number | null][];
  return Object.fromEntries(
    entries.map(([name, value]) => [name, value === null ? null : Number(value.toPrecision(6))]),
  ) as unknown as TrackDescriptors;
}
