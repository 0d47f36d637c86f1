import type { DecodedFile } from '#core/audio/pcm.ts';
import type { AnalysisError, CancelSignal } from '#core/errors.ts';
import {
  analyseWindows,
  cancelled,
  type WindowsEvent,
  type WindowsPorts,
} from '#core/pipeline/analyseWindows.ts';
import type { FrontEndPort, PreparedTrack } from '#core/pipeline/ports.ts';
import { trackWindows } from '#core/pipeline/trackWindows.ts';
import type { AnalysisReport } from '#core/report/report.ts';
import type { Result } from '#core/result.ts';

/** What happens on the way, in this order: prepared once, engine once, then one window after another. */
export type AnalysisEvent = { readonly kind: 'prepared'; readonly prepared: PreparedTrack } | WindowsEvent;

export interface AnalysisPorts extends WindowsPorts {
  readonly frontEnd: FrontEndPort;
}

export interface AnalysisOptions {
  readonly signal: CancelSignal;
  readonly onEvent?: (event: AnalysisEvent) => void;
  /** False leaves the descriptors out of the report, for a host that does not show them. */
  readonly descriptors?: boolean;
  /** At most so many windows, evenly spread (`trackWindows`): the approximate reading, where speed is asked for. */
  readonly windows?: number | null;
}

/**
 * One decoded file to one report: the kernel that the page and the command line run. The front end, then `analyseWindows`,
 * which a host whose front end runs in another process calls by itself.
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
  const { frontEnd } = ports.model.manifest;
  const channels = decoded.pcm.channels.length;
  const sampleRate = decoded.pcm.sampleRate;
  const decodedAtMs = ports.clock.nowMs();

  if (options.signal.aborted) return cancelled();
  const preparing = await ports.frontEnd.prepare(decoded.pcm, frontEnd, options.signal);
  if (options.signal.aborted) return cancelled();
  if (!preparing.ok) return preparing;
  const prepared = preparing.value;
  options.onEvent?.({ kind: 'prepared', prepared });
  // Beside the windows: whatever goes wrong here costs these figures only.
  const describing =
    options.descriptors === false
      ? Promise.resolve(null)
      : ports.frontEnd.describe(options.signal).then(
          (described) => (described.ok ? described.value : null),
          () => null,
        );
  const { name, bytes, sha256, header } = decoded;
  return analyseWindows(
    {
      name,
      bytes,
      sha256,
      header,
      sampleRate,
      channels,
      durationSeconds: prepared.durationSeconds,
      nonFiniteSamples: prepared.nonFiniteSamples,
      windows: trackWindows(prepared.logMel, frontEnd, options.windows),
      timings: { ...decoded.timings, ...prepared.timings },
      decodedAtMs,
    },
    ports,
    {
      signal: options.signal,
      describing,
      ...(options.onEvent === undefined ? {} : { onEvent: options.onEvent }),
    },
  );
}
