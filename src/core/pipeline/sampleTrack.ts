import type { PcmAudio } from '#core/audio/pcm.ts';
import { resampledLength } from '#core/audio/resample.ts';
import { isSilentWindow, windowOf, windowStarts } from '#core/audio/windows.ts';
import type { LogMelExtractor } from '#core/dsp/logMel.ts';
import type { AnalysisError } from '#core/errors.ts';
import type { FrontEnd } from '#core/model/manifest.ts';
import type { TrackSpectrogram } from '#core/pipeline/ports.ts';
import { prepareSpectrogram } from '#core/pipeline/prepareTrack.ts';
import { spread, trackWindows, type TrackWindow, type TrackWindows } from '#core/pipeline/trackWindows.ts';
import { ok, type Result } from '#core/result.ts';

/** A few windows of a track, and what a report says of the rest. */
export type SampledTrack = Omit<TrackSpectrogram, 'logMel'> & { readonly windows: TrackWindows };

/**
 * Sound on either side of a window, at the front end's rate, that its frames and the resampler's filter reach into: the
 * filter ends after 134 samples of the lower rate, and its interpolation after some 30 more.
 */
const reachSamples = 512;
/** Where the windows cover more of a track than this, the whole of it costs less than its parts. */
const mostCovered = 0.75;

/**
 * As `prepareSpectrogram` and `trackWindows` with `most`, at the cost of the windows that are read: only their stretches
 * of the sound are resampled and transformed. The decibels are the same but for the order of sums (under 0.001 dB where
 * there is sound). Where one of the windows is silent, or they cover most of the track, it does the whole.
 *
 * @param pcm As for `prepareSpectrogram`.
 * @param most At least 1.
 * @returns The errors of `prepareSpectrogram`. `nonFiniteSamples` counts what was read.
 */
export function sampleTrack(
  pcm: PcmAudio,
  frontEnd: FrontEnd,
  nowMs: () => number,
  extractor: LogMelExtractor,
  most: number,
): Result<SampledTrack, AnalysisError> {
  const length = pcm.channels[0]?.length ?? 0;
  const nFrames = extractor.frameCount(resampledLength(length, pcm.sampleRate, frontEnd.sampleRate));
  const starts = windowStarts(nFrames, frontEnd);
  const isCheaper = most < starts.length && most * frontEnd.windowFrames < mostCovered * nFrames;
  const sampled = isCheaper ? stretches(pcm, frontEnd, nowMs, extractor, { nFrames, starts, most }) : null;
  if (sampled !== null) return ok(sampled);

  const prepared = prepareSpectrogram(pcm, frontEnd, nowMs, extractor);
  if (!prepared.ok) return prepared;
  const { logMel, ...rest } = prepared.value;
  return ok({ ...rest, windows: trackWindows(logMel, frontEnd, most) });
}

/** Null where the whole track is to be looked at: a window is silent, or the sound is not as the front end takes it. */
function stretches(
  pcm: PcmAudio,
  frontEnd: FrontEnd,
  nowMs: () => number,
  extractor: LogMelExtractor,
  track: { readonly nFrames: number; readonly starts: readonly number[]; readonly most: number },
): SampledTrack | null {
  const { hopLength, sampleRate, windowFrames, nFft } = frontEnd;
  const length = pcm.channels[0]?.length ?? 0;
  const common = greatestDivisor(pcm.sampleRate, sampleRate);
  // So many samples of the sound and of the resampled sound last equally long: a stretch begins on such a place.
  const step = pcm.sampleRate / common;
  const steppedSamples = sampleRate / common;
  const margin = Math.ceil((nFft / 2 + reachSamples) / hopLength);
  const windows: TrackWindow[] = [];
  const timings = { resampleMs: 0, melMs: 0 };
  let nonFiniteSamples = 0;
  for (const index of spread(track.starts.length, track.most)) {
    const startFrame = track.starts[index] ?? 0;
    const firstFrame = Math.max(0, startFrame - margin);
    const skippedSteps = Math.floor((firstFrame * hopLength) / steppedSamples);
    const from = skippedSteps * step;
    const endSample = (startFrame + windowFrames + margin) * hopLength;
    const to = Math.min(length, Math.ceil(endSample / steppedSamples) * step);
    const stretch = { ...pcm, channels: pcm.channels.map((channel) => channel.subarray(from, to)) };
    const ahead = firstFrame * hopLength - skippedSteps * steppedSamples;
    const prepared = prepareSpectrogram(stretch, frontEnd, nowMs, extractor, undefined, ahead);
    if (!prepared.ok) return null;
    nonFiniteSamples += prepared.value.nonFiniteSamples;
    timings.resampleMs += prepared.value.timings.resampleMs;
    timings.melMs += prepared.value.timings.melMs;
    const window = windowOf(prepared.value.logMel, startFrame - firstFrame, frontEnd);
    if (isSilentWindow(window, frontEnd)) return null;
    windows.push({ startFrame, silent: false, db: () => window.slice() });
  }
  return {
    windows: { nFrames: track.nFrames, total: track.starts.length, windows },
    durationSeconds: length / pcm.sampleRate,
    nonFiniteSamples,
    timings,
  };
}

const greatestDivisor = (a: number, b: number): number => (b === 0 ? a : greatestDivisor(b, a % b));
