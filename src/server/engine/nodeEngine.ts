import { availableParallelism } from 'node:os';
import type { AnalysisError } from '#core/errors.ts';
import { cpuPrecision } from '#core/graph/prepareVit.ts';
import { checkGolden } from '#core/model/checkGolden.ts';
import type { BackendCandidate, InferencePort } from '#core/model/engine.ts';
import type { ModelManifest, Precision } from '#core/model/manifest.ts';
import { createModelInput } from '#core/model/modelInput.ts';
import { selectBackend } from '#core/model/selectBackend.ts';
import type { ModelPort } from '#core/pipeline/ports.ts';
import type { Result } from '#core/result.ts';
import { ok } from '#core/result.ts';
import { readGolden, readManifest, readWeights } from '#server/engine/modelFiles.ts';
import { openNodeSession } from '#server/engine/nodeSession.ts';

export interface NodeModelOptions {
  /** Threads of one run; without it one for each core. */
  readonly threads?: number;
  /** Arithmetic on the processor; without it what the package asks for. */
  readonly precision?: Precision;
  /** Try the GPU through Dawn first. */
  readonly gpu?: boolean;
}

export interface NodeModelPort extends ModelPort {
  /** Frees the runtime's memory; the port must not be used afterwards. */
  dispose(): Promise<void>;
}

/**
 * Opens a model package in a folder. The manifest is read at once; weights and session come with the first `engine()`
 * and are shared by all calls.
 *
 * Fails with `model-missing` where the folder or its manifest is not there, with `model-invalid` where the manifest is
 * refused. `engine()` fails with `model-missing`, `model-altered` where the weights are not those of the manifest,
 * `model-invalid`, or with the errors of `selectBackend`.
 */
export async function openNodeModel(
  directory: string,
  options: NodeModelOptions = {},
): Promise<Result<NodeModelPort, AnalysisError>> {
  const read = await readManifest(directory);
  if (!read.ok) return read;
  const manifest = read.value;
  let opening: ReturnType<typeof openEngine> | null = null;
  return ok({
    manifest,
    engine: async () => {
      opening ??= openEngine(directory, manifest, options);
      const opened = await opening;
      return opened.ok ? ok(opened.value.port) : opened;
    },
    dispose: async () => {
      const opened = await opening;
      if (opened?.ok) await opened.value.dispose();
    },
  });
}

async function openEngine(
  directory: string,
  manifest: ModelManifest,
  options: NodeModelOptions,
): Promise<Result<{ port: InferencePort; dispose: () => Promise<void> }, AnalysisError>> {
  const golden = await readGolden(directory, manifest);
  if (!golden.ok) return golden;
  const weights = await readWeights(directory, manifest);
  if (!weights.ok) return weights;
  const selected = await selectBackend(
    nodeCandidates(manifest, options),
    (candidate) => openNodeSession(manifest, weights.value, candidate),
    (session, candidate) => checkGolden(session, manifest, golden.value, candidate.precision),
  );
  if (!selected.ok) return selected;
  const { session, backend } = selected.value;
  const modelInput = createModelInput(manifest.frontEnd, manifest.architecture);
  const port: InferencePort = {
    backend,
    infer: async (windowDb, ask) => {
      const ran = await session.run(modelInput(windowDb), ask);
      return ran.ok ? ok({ ...ran.value, backend }) : ran;
    },
  };
  return ok({ port, dispose: () => session.dispose() });
}

/** The ways to run a model in Node, best first. The last resort after int8 products is float32, slower and exact. */
export function nodeCandidates(manifest: ModelManifest, options: NodeModelOptions): BackendCandidate[] {
  const threads = options.threads ?? availableParallelism();
  const precisions: Precision[] = [options.precision ?? cpuPrecision(manifest)];
  if (options.precision === undefined && precisions[0] === 'int8') precisions.push('float32');
  const onCpu = precisions.map((precision): BackendCandidate => ({ kind: 'node-cpu', threads, precision }));
  const onGpu: BackendCandidate = { kind: 'node-webgpu', threads, precision: 'float32' };
  return options.gpu === true ? [onGpu, ...onCpu] : onCpu;
}
