import type { AnalysisError } from '#core/errors.ts';
import type {
  BackendCandidate,
  BackendDescription,
  InferenceAsk,
  InferenceOutput,
} from '#core/model/engine.ts';
import type { GoldenRecord, ModelManifest } from '#core/model/manifest.ts';
import type { BackendFailure } from '#core/model/selectBackend.ts';
import type { Result } from '#core/result.ts';

export interface LoadRequest {
  readonly manifest: ModelManifest;
  readonly golden: GoldenRecord;
  /** The weights file as it is on disk; transferred. Its hash was verified when it was stored. */
  readonly weights: ArrayBuffer;
  /** Tried in this order. */
  readonly candidates: readonly BackendCandidate[];
  /** Use an adapter that calls itself a fallback (software) as well: only when WebGPU was asked for by name. */
  readonly allowSoftwareAdapter: boolean;
}

export interface LoadedModel {
  readonly backend: BackendDescription;
  readonly timings: { readonly sessionMs: number; readonly goldenMs: number };
}

/** Served by `inference.worker.ts` over comlink. One model at a time. */
export interface InferenceWorkerApi {
  /** The failure's `attempts` go into the "why" of the backend that is found after all. */
  load(request: LoadRequest): Promise<Result<LoadedModel, BackendFailure>>;
  /** Decibels of one window, row-major [nMels x windowFrames]. `backend-lost` means: load again without that backend. */
  infer(windowDb: Float32Array, ask?: InferenceAsk): Promise<Result<InferenceOutput, AnalysisError>>;
}
