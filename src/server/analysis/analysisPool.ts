import type { ModelManifest } from '#core/model/manifest.ts';
import type { AnalysisReport } from '#core/report/report.ts';
import type { Result } from '#core/result.ts';
import type { ServiceError } from '#server/serviceErrors.ts';

/** One file to analyse. Plain data but for the signal. */
export interface AnalysisRequest {
  /** The encoded file on this host's disk; only read. */
  readonly path: string;
  /** The file's name, for the report only: what it is comes from the bytes. */
  readonly name: string;
  readonly modelId: string;
  /** Interactive requests are taken before the batch; within one priority first come, first served. */
  readonly priority: 'interactive' | 'batch';
  /** Class relevance of every window for the track's best genre costs a backward pass a window; the rollout is always there. */
  readonly relevance: boolean;
  /** At most so many windows, evenly spread over the track; null reads all of them, as the page does. */
  readonly windows: number | null;
  /** From the start of its work (not of its waiting). Over it the decoder is killed, or the windows stop. */
  readonly timeLimitMs: number;
  readonly signal?: AbortSignal;
}

/** Class relevance of one window: the share of each patch in what argued for `genre`. */
export interface WindowRelevance {
  /** `WindowResult.index`. */
  readonly index: number;
  readonly genre: string;
  /** Patches, row-major from patch row 0 (image row 0), each >= 0, sum 1 (all 0 where nothing argued for it). */
  readonly patches: readonly number[];
}

export interface Analysed {
  readonly report: AnalysisReport;
  readonly relevance: readonly WindowRelevance[] | null;
  /** Milliseconds from the request to the start of its work. */
  readonly waitMs: number;
}

export interface PoolModel {
  readonly id: string;
  readonly manifest: ModelManifest;
  readonly isDefault: boolean;
}

export interface PoolCounts {
  readonly slots: number;
  readonly busy: number;
  readonly waiting: { readonly interactive: number; readonly batch: number };
  /** Mean seconds of work a file over the last files (exponential, 0 before the first). */
  readonly meanSeconds: number;
  /** Decoders and threads that broke and were started again since the start. */
  readonly restarts: number;
}

/**
 * Files to reports on a fixed number of slots. A slot is a worker thread (the network) with a decoder process of its own
 * (native decoders over foreign bytes): what crashes there costs one file, and the thread that asks never computes.
 */
export interface AnalysisPool {
  readonly models: readonly PoolModel[];
  /** Resolves when every slot has opened the default model and checked it against its golden record, or with why not. */
  ready(): Promise<Result<void, ServiceError>>;
  /**
   * Errors: those of `decodeAudioFile` and `analyse`; `busy` with retryAfterSeconds where too many interactive requests wait;
   * `unknown-model`; `decoder-crashed`; `time-limit`; `cancelled`; `shutting-down`. Never rejects on account of a file.
   */
  analyse(request: AnalysisRequest): Promise<Result<Analysed, ServiceError>>;
  counts(): PoolCounts;
  /** Finishes what has begun or waits, up to `graceMs`, then ends everything. */
  close(graceMs: number): Promise<void>;
}
