import type { InferenceSession as OrtSession } from 'onnxruntime-node';
import { Tensor } from 'onnxruntime-node';
import type { AnalysisError } from '#core/errors.ts';
import { analysisError } from '#core/errors.ts';
import { relevanceShares } from '#core/explain/relevance.ts';
import { prepareVitRelevance } from '#core/graph/prepareVit.ts';
import { largestDeviation } from '#core/model/deviation.ts';
import { goldenInput } from '#core/model/goldenInput.ts';
import type { ModelManifest } from '#core/model/manifest.ts';
import { createModelInput } from '#core/model/modelInput.ts';
import type { Result } from '#core/result.ts';
import { err, ok } from '#core/result.ts';
import { readGolden, readWeights } from '#server/engine/modelFiles.ts';
import { createOrtSession } from '#server/engine/nodeSession.ts';

/** Class relevance on the processor. */
export interface NodeRelevance {
  /**
   * What argued for a genre in one window, as shares of its patches (`relevanceShares`): row-major from patch row 0 (image
   * row 0), each at least 0, sum 1; all 0 where nothing argued for it.
   *
   * @param windowDb decibels of one window, row-major [nMels x windowFrames], row 0 the lowest band
   * @param genreIndex index of the genre in the manifest's labels
   * @returns `backend-lost` where the run fails
   * @throws RangeError for an index that the manifest has no label for
   */
  relevance(
    windowDb: Float32Array,
    genreIndex: number,
  ): Promise<Result<Float32Array<ArrayBuffer>, AnalysisError>>;
  /** Frees the runtime's memory; the port must not be used afterwards. */
  dispose(): Promise<void>;
}

/**
 * Opens the relevance graph of a model package in a folder: float32 on the processor, int8 weights dequantised once. It is used
 * only after its logits have reproduced the package's golden record within the tolerance of float32.
 *
 * A window takes about as long as two forward passes in float32 (three in int8 of a ViT-B/16). Each port has its own weights: a
 * ViT-B/16 takes 1 GB while it is opened and 0.6 GB from then on, a ViT-Ti/16 0.15 GB.
 *
 * Fails with `model-missing`, `model-altered` where the weights are not those of the manifest, `model-invalid`,
 * `backend-unavailable`, `out-of-memory`, `backend-lost` or `backend-disagrees`.
 */
export async function openNodeRelevance(
  directory: string,
  manifest: ModelManifest,
  { threads }: { readonly threads: number },
): Promise<Result<NodeRelevance, AnalysisError>> {
  const golden = await readGolden(directory, manifest);
  if (!golden.ok) return golden;
  const weights = await readWeights(directory, manifest);
  if (!weights.ok) return weights;
  const prepared = prepareVitRelevance(manifest, weights.value);
  if (!prepared.ok) return prepared;
  // Every weight stands in two products, forward and back: packed for both, a ViT-B/16 takes 0.5 GB more and is 8 % faster.
  const created = await createOrtSession(prepared.value, { provider: 'cpu', threads, packWeights: false });
  if (!created.ok) return created;
  const session = created.value;

  const checked = await runRelevance(session, manifest, goldenInput(manifest), 0);
  const tolerance = golden.value.tolerance.float32;
  const deviation = checked.ok ? largestDeviation(checked.value.logits, golden.value.logits) : Infinity;
  if (!checked.ok || deviation > tolerance) {
    await session.release();
    if (!checked.ok) return checked;
    const message = `logits of the relevance graph differ from the golden record by ${deviation} (allowed ${tolerance})`;
    return err(analysisError('backend-disagrees', message, { logitsDeviation: deviation, tolerance }));
  }

  const modelInput = createModelInput(manifest.frontEnd, manifest.architecture);
  return ok({
    relevance: async (windowDb, genreIndex) => {
      const ran = await runRelevance(session, manifest, modelInput(windowDb), genreIndex);
      return ran.ok ? ok(relevanceShares(ran.value.relevance)) : ran;
    },
    dispose: () => session.release(),
  });
}

/**
 * One run of the relevance graph for the same class in every picture of the batch.
 *
 * @param input [batch x channels x imageSize x imageSize], row-major
 * @returns logits [batch x classes] and relevance [batch x (1 + patches)], class token first; `backend-lost` where the run fails
 */
export async function runRelevance(
  session: OrtSession,
  { architecture }: Pick<ModelManifest, 'architecture'>,
  input: Float32Array,
  classIndex: number,
): Promise<Result<{ logits: Float32Array; relevance: Float32Array }, AnalysisError>> {
  const { inputChannels, imageSize, classifier } = architecture;
  const classes = classifier.at(-1) ?? 0;
  if (!Number.isInteger(classIndex) || classIndex < 0 || classIndex >= classes)
    throw new RangeError(`class ${classIndex} of ${classes}`);
  const batch = input.length / (inputChannels * imageSize * imageSize);
  if (!Number.isInteger(batch)) throw new RangeError(`an input of ${input.length} values`);
  const weights = new Float32Array(batch * classes);
  for (let item = 0; item < batch; item += 1) weights[item * classes + classIndex] = 1;
  try {
    const outputs = await session.run({
      input: new Tensor('float32', input, [batch, inputChannels, imageSize, imageSize]),
      class_weights: new Tensor('float32', weights, [batch, classes]),
    });
    const logits = outputs['logits']?.data;
    const relevance = outputs['relevance']?.data;
    if (!(logits instanceof Float32Array) || !(relevance instanceof Float32Array))
      throw new TypeError('the graph has no float32 outputs logits and relevance');
    return ok({ logits, relevance });
  } catch (cause) {
    if (cause instanceof TypeError) throw cause;
    return err(analysisError('backend-lost', cause instanceof Error ? cause.message : String(cause)));
  }
}
