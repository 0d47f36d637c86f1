import type { DecodedFile } from '#core/audio/pcm.ts';
import { isSilentWindow, windowOf, windowSeconds, windowStarts } from '#core/audio/windows.ts';
import { looksLikeNoise } from '#core/descriptors/looksLikeNoise.ts';
import { type AnalysisError, analysisError, type AnalysisWarning, type CancelSignal } from '#core/errors.ts';
import type { BackendDescription, InferenceOutput } from '#core/model/engine.ts';
import type { FrontEnd, ModelManifest } from '#core/model/manifest.ts';
import { rankedPredictions, softmax, trackResult } from '#core/model/predictions.ts';
import type { Clock, FrontEndPort, ModelPort, PreparedTrack } from '#core/pipeline/ports.ts';
import type { AnalysisReport, StageTimings, TrackResult, WindowResult } from '#core/report/report.ts';
import { err, ok, type Result } from '#core/result.ts';

/** What happens on the way, in this order: prepared once, engine once, then one window after another. */
export type AnalysisEvent =
  | { readonly kind: 'prepared'; readonly prepared: PreparedTrack }
  | { readonly kind: 'engine'; readonly backend: BackendDescription }
  | {
      readonly kind: 'window';
      readonly window: WindowResult;
      readonly windowsDone: number;
      readonly windowsTotal: number;
      /** The track's result so far; null while every window was silent. */
      readonly track: TrackResult | null;
    };

export interface AnalysisPorts {
  readonly frontEnd: FrontEndPort;
  readonly model: ModelPort;
  readonly clock: Clock;
  readonly program: { readonly name: string; readonly version: string };
}

export interface AnalysisOptions {
  readonly signal: CancelSignal;
  readonly onEvent?: (event: AnalysisEvent) => void;
  /** False leaves the descriptors out of the report, for a host that does not show them. */
  readonly descriptors?: boolean;
}

const cancelled = (): Result<never, AnalysisError> =>
  err(analysisError('cancelled', 'cancelled by the person'));

/**
 * One decoded file to one report: the kernel that the page, the command line and the workers all run.
 *
 * The samples of `decoded.pcm` are handed over to the front end and must not be used afterwards. Events come in order and
 * never after the promise has settled. Cancelling takes effect between windows: the runtime cannot be stopped inside one.
 *
 * Errors: whatever the front end or the engine returns; `silent` if no window has sound (after the `prepared` event, so
 * that the empty picture can be shown); `cancelled`.
 */
export async function analyse(
  decoded: DecodedFile,
  ports: AnalysisPorts,
  options: AnalysisOptions,
): Promise<Result<AnalysisReport, AnalysisError>> {
  const { clock, model } = ports;
  const { manifest } = model;
  const { frontEnd } = manifest;
  const emit = options.onEvent ?? (() => undefined);
  const channels = decoded.pcm.channels.length;
  const sampleRate = decoded.pcm.sampleRate;
  const start = clock.nowMs();

  if (options.signal.aborted) return cancelled();
  const preparing = await ports.frontEnd.prepare(decoded.pcm, frontEnd, options.signal);
  if (options.signal.aborted) return cancelled();
  if (!preparing.ok) return preparing;
  const prepared = preparing.value;
  emit({ kind: 'prepared', prepared });
  // Beside the windows: whatever goes wrong here costs these figures only.
  const describing =
    options.descriptors === false
      ? Promise.resolve(null)
      : ports.frontEnd.describe(options.signal).then(
          (described) => (described.ok ? described.value : null),
          () => null,
        );

  const starts = windowStarts(prepared.logMel.nFrames, frontEnd);
  const windowsDb = (index: number): Float32Array => windowOf(prepared.logMel, starts[index] ?? 0, frontEnd);
  const silent = starts.map((_, index) => isSilentWindow(windowsDb(index), frontEnd));
  if (silent.every(Boolean)) {
    return err(
      analysisError('silent', 'no window has sound', { durationSeconds: round(prepared.durationSeconds, 3) }),
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

  const warnings = warningsOf(decoded, prepared, frontEnd, silent);
  const windows: WindowResult[] = [];
  const inferenceStart = clock.nowMs();
  let firstPredictionMs = 0;
  let track: TrackResult | null = null;
  for (const [index, startFrame] of starts.entries()) {
    if (options.signal.aborted) return cancelled();
    const time = windowSeconds(startFrame, frontEnd, prepared.durationSeconds);
    const place = { index, startFrame, startSeconds: time.startSeconds, endSeconds: time.endSeconds };
    if (silent[index] === true) {
      windows.push({ ...place, silent: true, noise: false, predictions: [], rollout: [] });
    } else {
      const windowDb = windowsDb(index);
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
      if (firstPredictionMs === 0) firstPredictionMs = clock.nowMs() - start;
      track = trackResult(windows, manifest.labels);
    }
    const window = windows[index];
    if (window !== undefined)
      emit({ kind: 'window', window, windowsDone: index + 1, windowsTotal: starts.length, track });
  }
  if (track === null) throw new Error('a track with sound has no result');

  const descriptors = await describing;
  if (options.signal.aborted) return cancelled();

  const end = clock.nowMs();
  const before = decoded.timings.readMs + decoded.timings.hashMs + decoded.timings.decodeMs;
  const timings: StageTimings = {
    ...decoded.timings,
    ...prepared.timings,
    modelWaitMs,
    inferenceMs: end - inferenceStart,
    firstPredictionMs,
    totalMs: before + end - start,
  };
  return ok({
    schemaVersion: 2,
    program: ports.program,
    createdAt: clock.isoDate(),
    file: {
      name: decoded.name,
      bytes: decoded.bytes,
      sha256: decoded.sha256,
      container: decoded.header.container,
      sampleRate,
      channels,
      durationSeconds: prepared.durationSeconds,
      headerDurationSeconds: decoded.header.durationSeconds,
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

function warningsOf(
  decoded: DecodedFile,
  prepared: PreparedTrack,
  frontEnd: FrontEnd,
  silent: readonly boolean[],
): AnalysisWarning[] {
  const warnings: AnalysisWarning[] = [];
  const { durationSeconds } = prepared;
  const promised = decoded.header.durationSeconds;
  if (
    promised !== null &&
    decoded.header.durationIsExact &&
    durationSeconds < promised - truncationToleranceSeconds
  ) {
    warnings.push({
      code: 'shorter-than-header',
      details: { headerSeconds: round(promised, 2), decodedSeconds: round(durationSeconds, 2) },
    });
  }
  if (prepared.nonFiniteSamples > 0)
    warnings.push({ code: 'non-finite-samples', details: { samples: prepared.nonFiniteSamples } });
  if (prepared.logMel.nFrames < frontEnd.windowFrames) {
    warnings.push({
      code: 'looped-to-one-window',
      details: {
        seconds: round(durationSeconds, 2),
        windowSeconds: round((frontEnd.windowFrames * frontEnd.hopLength) / frontEnd.sampleRate, 1),
      },
    });
  }
  const skipped = silent.filter(Boolean).length;
  if (skipped > 0)
    warnings.push({
      code: 'silent-windows-skipped',
      details: { skipped, windows: silent.length },
    });
  return warnings;
}

function sameBackend(a: BackendDescription, b: BackendDescription): boolean {
  return a.kind === b.kind && a.threads === b.threads && a.precision === b.precision;
}

function round(value: number, decimals: number): number {
  const scale = 10 ** decimals;
  return Math.round(value * scale) / scale;
}
