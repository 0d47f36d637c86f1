import { isSilentWindow, windowOf, windowStarts } from '#core/audio/windows.ts';
import type { LogMelSpectrogram } from '#core/dsp/spectrogram.ts';
import { analysisError, type AnalysisError, type CancelSignal } from '#core/errors.ts';
import type { InferencePort } from '#core/model/engine.ts';
import type { ModelManifest } from '#core/model/manifest.ts';
import { rankedPredictions, softmax, trackResult } from '#core/model/predictions.ts';
import type { TrackResult, WindowResult } from '#core/report/report.ts';
import { err, ok, type Result } from '#core/result.ts';

export interface StretchResult {
  readonly track: TrackResult;
  /** Windows that were read, the silent ones left out. */
  readonly windows: number;
  /** Frames that were read, [firstFrame, endFrame). */
  readonly firstFrame: number;
  readonly endFrame: number;
}

/** The frames of [firstFrame, endFrame), copied: the picture of a part of the track as if it were a track. */
export function stretchOf(
  logMel: LogMelSpectrogram,
  firstFrame: number,
  endFrame: number,
): LogMelSpectrogram {
  const nFrames = endFrame - firstFrame;
  const values = new Float32Array(logMel.nMels * nFrames);
  for (let band = 0; band < logMel.nMels; band += 1) {
    const from = band * logMel.nFrames + firstFrame;
    values.set(logMel.values.subarray(from, from + nFrames), band * nFrames);
  }
  return { values, nMels: logMel.nMels, nFrames };
}

/**
 * Just a stretch of a track, read by the same network in the same way: cut into windows, a stretch shorter than a window
 * repeated as a short track is, the mean of the windows' calibrated probabilities.
 *
 * @param startSeconds Where it starts, at least 0; the frame that contains it is the first.
 * @param endSeconds Where it ends; cut at the end of the track, at least one frame is read.
 * @returns `silent` where it has no sound, `cancelled`, or the error of the engine.
 */
export async function analyseStretch(
  logMel: LogMelSpectrogram,
  startSeconds: number,
  endSeconds: number,
  manifest: ModelManifest,
  engine: InferencePort,
  signal: CancelSignal,
): Promise<Result<StretchResult, AnalysisError>> {
  const { frontEnd, labels, temperature } = manifest;
  const framesPerSecond = frontEnd.sampleRate / frontEnd.hopLength;
  const firstFrame = Math.min(logMel.nFrames - 1, Math.max(0, Math.floor(startSeconds * framesPerSecond)));
  const endFrame = Math.min(
    logMel.nFrames,
    Math.max(firstFrame + 1, Math.ceil(endSeconds * framesPerSecond)),
  );
  const stretch = stretchOf(logMel, firstFrame, endFrame);
  const windows: WindowResult[] = [];
  for (const [index, startFrame] of windowStarts(stretch.nFrames, frontEnd).entries()) {
    if (signal.aborted) return err(analysisError('cancelled', 'stopped between windows'));
    const windowDb = windowOf(stretch, startFrame, frontEnd);
    if (isSilentWindow(windowDb, frontEnd)) continue;
    const inferred = await engine.infer(windowDb);
    if (!inferred.ok) return inferred;
    windows.push({
      index,
      startFrame: firstFrame + startFrame,
      startSeconds: (firstFrame + startFrame) / framesPerSecond,
      endSeconds: Math.min(endFrame, firstFrame + startFrame + frontEnd.windowFrames) / framesPerSecond,
      silent: false,
      noise: false,
      predictions: rankedPredictions(labels, softmax(inferred.value.logits, temperature)),
      rollout: [],
    });
  }
  if (signal.aborted) return err(analysisError('cancelled', 'stopped between windows'));
  const track = trackResult(windows, labels);
  if (track === null) return err(analysisError('silent', 'the stretch has no sound'));
  return ok({ track, windows: windows.length, firstFrame, endFrame });
}
