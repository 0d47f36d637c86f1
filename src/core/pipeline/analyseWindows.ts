import type { AudioHeader } from '#core/audio/pcm.ts';
import { windowSeconds } from '#core/audio/windows.ts';
import type { TrackDescriptors } from '#core/descriptors/trackDescriptors.ts';
import { looksLikeNoise } from '#core/descriptors/looksLikeNoise.ts';
import { type AnalysisError, analysisError, type AnalysisWarning, type CancelSignal } from '#core/errors.ts';
import type { BackendDescription, InferenceOutput } from '#core/model/engine.ts';
import type { FrontEnd, ModelManifest } from '#core/model/manifest.ts';
import { rankedPredictions, softmax, trackResult } from '#core/model/predictions.ts';
import type { Clock, ModelPort } from '#core/pipeline/ports.ts';
import type { TrackWindows } from '#core/pipeline/trackWindows.ts';
import type { AnalysisReport, StageTimings, TrackResult, WindowResult } from '#core/report/report.ts';
import { err, ok, type Result } from '#core/result.ts';

/** A file whose front end is done, wherever that ran: everything that a report needs but the network. Plain but for the windows. */
export interface HeardFile {
  readonly name: string;
  readonly bytes: number;
  /** SHA-256 of the file's bytes, lower-case hex. */
  readonly sha256: string;
  readonly header: AudioHeader;
  /** As decoded. */
  readonly sampleRate: number;
  readonly channels: number;
  readonly durationSeconds: number;
  readonly nonFiniteSamples: number;
  readonly windows: TrackWindows;
  readonly timings: Omit<StageTimings, 'modelWaitMs' | 'inferenceMs' | 'firstPredictionMs' | 'totalMs'>;
  /** On the clock of the ports: when the decoded sound was there. */
  readonly decodedAtMs: number;
}

/** What happens while the windows are read: engine once, then one window after another. */
export type WindowsEvent =
  | { readonly kind: 'engine'; readonly backend: BackendDescription }
  | {
      readonly kind: 'window';
      readonly window: WindowResult;
      readonly windowsDone: number;
      readonly windowsTotal: number;
      /** The track's result so far; null while every window was silent. */
      readonly track: TrackResult | null;
    };

export interface WindowsPorts {
  readonly model: ModelPort;
  readonly clock: Clock;
  readonly program: { readonly name: string; readonly version: string };
}

export interface WindowsOptions {
  readonly signal: CancelSignal;
  readonly onEvent?: (event: WindowsEvent) => void;
  /** Figures that are computed beside the windows; the report waits for them. Never rejects. */
  readonly describing?: Promise<TrackDescriptors | null>;
}

export const cancelled = (): Result<never, AnalysisError> =>
  err(analysisError('cancelled', 'cancelled by the person'));

/**
 * The second half of the kernel: the windows of a track through the network, and the report. `analyse` ends with it, and so
 * does a host whose front end runs in another process.
 *
 * Cancelling takes effect between windows: the runtime cannot be stopped inside one.
 *
 * Errors: `silent` if no window has sound, before the engine is asked for; what the engine returns; `cancelled`.
 */
export async function analyseWindows(
  file: HeardFile,
  ports: WindowsPorts,
  options: WindowsOptions,
): Promise<Result<AnalysisReport, AnalysisError>> {
  const { clock, model } = ports;
  const { manifest } = model;
  const { frontEnd } = manifest;
  const { durationSeconds } = file;
  const places = file.windows.windows;
  const emit = options.onEvent ?? (() => undefined);
  if (places.every(({ silent }) => silent)) {
    return err(
      analysisError('silent', 'no window has sound', { durationSeconds: round(durationSeconds, 3) }),
    );
  }

  const waitStart = clock.nowMs();
  const opening = await model.engine();
  if (options.signal.aborted) return cancelled();
  if (!opening.ok) return opening;
  const engine = opening.value;
  const modelWaitMs = clock.nowMs() - waitStart;
  let backend = engine.backend;
  emit({ kind: 'engine', backend });

  const warnings = warningsOf(file, frontEnd);
  const windows: WindowResult[] = [];
  const inferenceStart = clock.nowMs();
  let firstPredictionMs = 0;
  let track: TrackResult | null = null;
  for (const [index, { startFrame, silent, db }] of places.entries()) {
    if (options.signal.aborted) return cancelled();
    const time = windowSeconds(startFrame, frontEnd, durationSeconds);
    const place = { index, startFrame, startSeconds: time.startSeconds, endSeconds: time.endSeconds };
    if (silent) {
      windows.push({ ...place, silent: true, noise: false, predictions: [], rollout: [] });
    } else {
      const windowDb = db();
      const noise = looksLikeNoise(windowDb, frontEnd);
      const inferring = await engine.infer(windowDb);
      if (options.signal.aborted) return cancelled();
      if (!inferring.ok) return inferring;
      if (!sameBackend(backend, inferring.value.backend)) {
        warnings.push({
          code: 'backend-changed',
          details: {
            from: backend.kind,
            to: inferring.value.backend.kind,
            atSeconds: round(place.startSeconds, 2),
          },
        });
        backend = inferring.value.backend;
      }
      windows.push({ ...place, silent: false, noise, ...readOutput(inferring.value, manifest) });
      if (firstPredictionMs === 0) firstPredictionMs = clock.nowMs() - file.decodedAtMs;
      track = trackResult(windows, manifest.labels);
    }
    const window = windows[index];
    if (window !== undefined)
      emit({ kind: 'window', window, windowsDone: index + 1, windowsTotal: places.length, track });
  }
  if (track === null) throw new Error('a track with sound has no result');

  const descriptors = (await options.describing) ?? null;
  if (options.signal.aborted) return cancelled();

  const end = clock.nowMs();
  const before = file.timings.readMs + file.timings.hashMs + file.timings.decodeMs;
  const timings: StageTimings = {
    ...file.timings,
    modelWaitMs,
    inferenceMs: end - inferenceStart,
    firstPredictionMs,
    totalMs: before + end - file.decodedAtMs,
  };
  return ok({
    schemaVersion: 2,
    program: ports.program,
    createdAt: clock.isoDate(),
    file: {
      name: file.name,
      bytes: file.bytes,
      sha256: file.sha256,
      container: file.header.container,
      sampleRate: file.sampleRate,
      channels: file.channels,
      durationSeconds,
      headerDurationSeconds: file.header.durationSeconds,
    },
    model: {
      id: manifest.id,
      version: manifest.version,
      sha256: manifest.weights.sha256,
      labels: manifest.labels,
      frontEnd,
      temperature: manifest.temperature,
      patchSize: manifest.architecture.patchSize,
      imageSize: manifest.architecture.imageSize,
    },
    backend,
    track,
    windows,
    descriptors,
    warnings,
    timings,
  });
}

function readOutput(
  output: InferenceOutput,
  manifest: ModelManifest,
): Pick<WindowResult, 'predictions' | 'rollout'> {
  // The class token's own share says nothing about the picture: leave it out and make the patches sum to 1 again.
  const patches = output.rollout.subarray(1);
  let sum = 0;
  for (const value of patches) sum += value;
  return {
    predictions: rankedPredictions(manifest.labels, softmax(output.logits, manifest.temperature)),
    rollout: Array.from(patches, (value) => round(value / (sum > 0 ? sum : 1), 7)),
  };
}

/** A decode this much shorter than an exact header promises is a truncated file; less is encoder padding. */
const truncationToleranceSeconds = 0.2;

function warningsOf(file: HeardFile, frontEnd: FrontEnd): AnalysisWarning[] {
  const warnings: AnalysisWarning[] = [];
  const { durationSeconds, header, nonFiniteSamples } = file;
  const { nFrames, total, windows } = file.windows;
  const promised = header.durationSeconds;
  if (
    promised !== null &&
    header.durationIsExact &&
    durationSeconds < promised - truncationToleranceSeconds
  ) {
    warnings.push({
      code: 'shorter-than-header',
      details: { headerSeconds: round(promised, 2), decodedSeconds: round(durationSeconds, 2) },
    });
  }
  if (nonFiniteSamples > 0)
    warnings.push({ code: 'non-finite-samples', details: { samples: nonFiniteSamples } });
  if (nFrames < frontEnd.windowFrames) {
    warnings.push({
      code: 'looped-to-one-window',
      details: {
        seconds: round(durationSeconds, 2),
        windowSeconds: round((frontEnd.windowFrames * frontEnd.hopLength) / frontEnd.sampleRate, 1),
      },
    });
  }
  const skipped = windows.filter(({ silent }) => silent).length;
  if (skipped > 0)
    warnings.push({
      code: 'silent-windows-skipped',
      details: { skipped, windows: windows.length },
    });
  if (windows.length < total)
    warnings.push({ code: 'windows-sampled', details: { read: windows.length, windows: total } });
  return warnings;
}

function sameBackend(a: BackendDescription, b: BackendDescription): boolean {
  return a.kind === b.kind && a.threads === b.threads && a.precision === b.precision;
}

function round(value: number, decimals: number): number {
  const scale = 10 ** decimals;
  return Math.round(value * scale) / scale;
}
