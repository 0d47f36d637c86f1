import { cpus } from 'node:os';
import { InferenceSession as OrtSession, Tensor } from 'onnxruntime-node';
import type { AnalysisError } from '#core/errors.ts';
import { analysisError } from '#core/errors.ts';
import type { PreparedVit } from '#core/graph/prepareVit.ts';
import { prepareVit } from '#core/graph/prepareVit.ts';
import type { BackendCandidate, InferenceAsk, InferenceOutput } from '#core/model/engine.ts';
import type { ModelManifest, VitArchitecture } from '#core/model/manifest.ts';
import type { OpenSession } from '#core/model/selectBackend.ts';
import type { Result } from '#core/result.ts';
import { err, ok } from '#core/result.ts';

/**
 * Opens a session of onnxruntime-node 1.30 over a weights file, as the candidate asks: `node-cpu` with its number of
 * threads, or `node-webgpu` (Dawn through Vulkan, Metal or D3D12).
 *
 * Fails with `model-invalid` where weights and manifest do not fit, with `out-of-memory` or `backend-unavailable` where
 * the runtime gives no session.
 */
export async function openNodeSession(
  manifest: ModelManifest,
  weights: Uint8Array,
  candidate: BackendCandidate,
): Promise<Result<OpenSession, AnalysisError>> {
  const prepared = prepareVit(manifest, weights, candidate.precision);
  if (!prepared.ok) return prepared;
  const onGpu = candidate.kind === 'node-webgpu';
  const session = await createOrtSession(prepared.value, {
    provider: onGpu ? 'webgpu' : 'cpu',
    threads: candidate.threads,
    packWeights: true,
  });
  if (!session.ok) return session;
  const device = onGpu ? 'Dawn' : (cpus()[0]?.model.trim() ?? 'processor');
  return ok(new NodeSession(session.value, manifest.architecture, device));
}

export interface OrtSessionOptions {
  readonly provider: 'cpu' | 'webgpu';
  readonly threads: number;
  /** Keep a copy of each weight in the order that its product reads, for each product that uses it: faster, more memory. */
  readonly packWeights: boolean;
}

/** A session of the runtime over a graph and its weights; errors as those of `openNodeSession`. */
export async function createOrtSession(
  { graph, weightsPath, weights: data }: PreparedVit,
  { provider, threads, packWeights }: OrtSessionOptions,
): Promise<Result<OrtSession, AnalysisError>> {
  try {
    return ok(
      await OrtSession.create(graph, {
        executionProviders: [provider],
        intraOpNumThreads: threads,
        interOpNumThreads: 1,
        // copied while the session is made: the buffer need not outlive it
        externalData: [{ path: weightsPath, data }],
        // Processors with AVX2 but no VNNI add pairs of int8 products in 16 bits, which overflow: this asks for the exact
        // kernel there (measured on the shipped models: 0.007 instead of 0.027 on a probability) and changes nothing elsewhere.
        extra: { session: { x64quantprecision: '1', disable_prepacking: packWeights ? '0' : '1' } },
      }),
    );
  } catch (cause) {
    const message = cause instanceof Error ? cause.message : String(cause);
    const code = /alloc|out of memory/i.test(message) ? 'out-of-memory' : 'backend-unavailable';
    return err(analysisError(code, message));
  }
}

/** Outputs that every run asks for. */
const everyRun = ['logits', 'rollout'];

class NodeSession implements OpenSession {
  constructor(
    private readonly session: OrtSession,
    private readonly architecture: VitArchitecture,
    readonly device: string,
  ) {}

  async run(input: Float32Array, ask: InferenceAsk = {}): Promise<Result<InferenceOutput, AnalysisError>> {
    const { inputChannels, imageSize } = this.architecture;
    const perImage = inputChannels * imageSize * imageSize;
    if (input.length % perImage !== 0) throw new Error(`input has ${input.length} values, not ${perImage}`);
    const dims = [input.length / perImage, inputChannels, imageSize, imageSize];
    try {
      const outputs = await this.session.run(
        { input: new Tensor('float32', input, dims) },
        ask.classAttention === true ? [...everyRun, 'class_attention'] : everyRun,
      );
      const logits = outputs['logits']?.data;
      const rollout = outputs['rollout']?.data;
      if (!(logits instanceof Float32Array) || !(rollout instanceof Float32Array)) {
        throw new TypeError('the graph has no float32 outputs logits and rollout');
      }
      if (ask.classAttention !== true) return ok({ logits, rollout });
      const classAttention = outputs['class_attention']?.data;
      if (!(classAttention instanceof Float32Array)) {
        throw new TypeError('the graph has no float32 output class_attention');
      }
      return ok({ logits, rollout, classAttention });
    } catch (cause) {
      if (cause instanceof TypeError) throw cause;
      return err(analysisError('backend-lost', cause instanceof Error ? cause.message : String(cause)));
    }
  }

  async dispose(): Promise<void> {
    await this.session.release();
  }
}
