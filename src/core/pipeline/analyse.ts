import type { DecodedFile } from '#core/audio/pcm.ts';
import type { AnalysisError, CancelSignal } from '#core/errors.ts';
import type { BackendDescription } from '#core/model/engine.ts';
import type { Clock, FrontEndPort, ModelPort, PreparedTrack } from '#core/pipeline/ports.ts';
import type { AnalysisReport, TrackResult, WindowResult } from '#core/report/report.ts';
import type { Result } from '#core/result.ts';

/** What happens on the way, in this order: prepared once, engine once, then one window after another. */
export type AnalysisEvent =
  | { readonly kind: 'prepared'; readonly prepared: PreparedTrack }
  | { readonly kind: 'engine'; readonly backend: BackendDescription }
  | {
      readonly kind: 'window';
      readonly window: WindowResult;
      readonly windowsDone: number;
      readonly windowsTotal: number;
      /** The track's result so far. */
      readonly track: TrackResult;
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
}

/** One decoded file to one report. The page, the command line and the workers all run this function. */
export declare function analyse(
  decoded: DecodedFile,
  ports: AnalysisPorts,
  options: AnalysisOptions,
): Promise<Result<AnalysisReport, AnalysisError>>;
