import { readSafetensors } from '#core/checkpoint/safetensors.ts';
import type { AnalysisError } from '#core/errors.ts';
import { analysisError } from '#core/errors.ts';
import { dequantise } from '#core/graph/dequantise.ts';
import type { ExternalWeights } from '#core/graph/dequantise.ts';
import { buildVitGraph } from '#core/graph/vit.ts';
import type { VitGraphOptions } from '#core/graph/vit.ts';
import { buildVitRelevanceGraph } from '#core/graph/vitRelevance.ts';
import type { TensorIndex } from '#core/graph/vitTensors.ts';
import { checkVitTensors, findVitLayers } from '#core/graph/vitTensors.ts';
import type { ModelManifest, Precision } from '#core/model/manifest.ts';
import type { Result } from '#core/result.ts';
import { err, ok } from '#core/result.ts';

/** What a runtime needs to open a session: the graph, and the weights it points into. */
export interface PreparedVit {
  /** ONNX file; its external data is called `weightsPath`. */
  readonly graph: Uint8Array<ArrayBuffer>;
  readonly weightsPath: string;
  /** The weights file as it is, or a dequantised copy of it. */
  readonly weights: Uint8Array;
}

/**
 * From a weights file to what a session is made of. int8 weights are dequantised once where `precision` is not int8; all
 * other files are used untouched.
 *
 * Fails with `model-invalid` where the weights are no safetensors file or do not fit the manifest.
 */
export function prepareVit(
  manifest: ModelManifest,
  weights: Uint8Array,
  precision: Precision,
): Result<PreparedVit, AnalysisError> {
  return prepare(manifest, weights, precision, (tensors, options) =>
    buildVitGraph(manifest.architecture, tensors, { ...options, precision }),
  );
}

/** The same for the graph of `buildVitRelevanceGraph`: float32, int8 weights dequantised once. */
export function prepareVitRelevance(
  manifest: ModelManifest,
  weights: Uint8Array,
): Result<PreparedVit, AnalysisError> {
  return prepare(manifest, weights, 'float32', (tensors, options) =>
    buildVitRelevanceGraph(manifest.architecture, tensors, options),
  );
}

function prepare(
  manifest: ModelManifest,
  weights: Uint8Array,
  precision: Precision,
  build: (
    tensors: TensorIndex,
    options: Omit<VitGraphOptions, 'precision'>,
  ) => Result<Uint8Array<ArrayBuffer>, AnalysisError>,
): Result<PreparedVit, AnalysisError> {
  const { architecture } = manifest;
  const { layout, file: weightsPath } = manifest.weights;
  const read = readSafetensors(weights);
  if (!read.ok) return err(analysisError('model-invalid', read.error.message));
  const file = read.value;
  let prepared: ExternalWeights = { bytes: weights, tensors: file.tensors };
  if (precision !== 'int8' && [...file.tensors.values()].some((tensor) => tensor.dtype === 'I8')) {
    const layers = findVitLayers(architecture, file.tensors);
    if (!layers.ok) return layers;
    const checked = checkVitTensors(architecture, layers.value, file.tensors, layout);
    if (!checked.ok) return checked;
    prepared = dequantise(file, layout, precision);
  }
  const graph = build(prepared.tensors, { weightsFile: weightsPath, layout });
  if (!graph.ok) return graph;
  return ok({ graph: graph.value, weightsPath, weights: prepared.bytes });
}

/** Arithmetic for processors: int8 products where the weights are int8 and the package does not forbid it. */
export function cpuPrecision(manifest: ModelManifest): Precision {
  const { linear, cpuPrecision: allowed } = manifest.weights;
  return linear === 'int8-rows' && allowed !== 'float32' ? 'int8' : 'float32';
}
