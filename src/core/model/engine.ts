import type { AnalysisError } from '#core/errors.ts';
import type { Precision } from '#core/model/manifest.ts';
import type { Result } from '#core/result.ts';

export type BackendKind = 'webgpu' | 'wasm' | 'node-cpu' | 'node-webgpu';

/** One way of running the network, before anyone knows whether it works here. */
export interface BackendCandidate {
  readonly kind: BackendKind;
  readonly threads: number;
  readonly precision: Precision;
}

/** What became of a candidate; the list of attempts is the "why" of the backend in use. */
export interface BackendAttempt extends BackendCandidate {
  readonly outcome: 'used' | 'unavailable' | 'disagreed' | 'failed';
  /** English and technical: the adapter's name, the largest deviation from the golden logits, the runtime's message. */
  readonly detail: string;
}

export interface BackendDescription extends BackendCandidate {
  /** Name of the GPU adapter, or of the processor path. */
  readonly device: string;
  readonly attempts: readonly BackendAttempt[];
}

export interface InferenceOutput {
  /** One per label. */
  readonly logits: Float32Array;
  /** Attention rollout, row of the class token: 1 + patches values, first is the class token itself, sum 1. */
  readonly rollout: Float32Array;
  /**
   * Attention of the class token in every head and layer, [heads x layers x (1 + patches)], row-major; each row sums to 1,
   * first is the class token itself. Only where it was asked for.
   */
  readonly classAttention?: Float32Array;
}

export interface InferenceAsk {
  /** Return `classAttention` as well; it is 110 kB a window for a ViT-B. */
  readonly classAttention?: boolean;
}

/** A session of the runtime, as core sees it: the bare network. Input is float32 [1, C, H, W], row-major. */
export interface InferenceSession {
  run(input: Float32Array, ask?: InferenceAsk): Promise<Result<InferenceOutput, AnalysisError>>;
  dispose(): Promise<void>;
}

/** What the pipeline asks of an engine: decibels of one window [nMels x windowFrames] in, logits and rollout out. */
export interface InferencePort {
  readonly backend: BackendDescription;
  infer(
    windowDb: Float32Array,
    ask?: InferenceAsk,
  ): Promise<Result<InferenceOutput & { readonly backend: BackendDescription }, AnalysisError>>;
}
