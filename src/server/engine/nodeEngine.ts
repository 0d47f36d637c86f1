import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import type { AnalysisError } from '#core/errors.ts';
import { analysisError } from '#core/errors.ts';
import { cpuPrecision } from '#core/graph/prepareVit.ts';
import { checkGolden } from '#core/model/checkGolden.ts';
import type { BackendCandidate, InferencePort } from '#core/model/engine.ts';
import type { GoldenRecord, ModelManifest, Precision } from '#core/model/manifest.ts';
import { createModelInput } from '#core/model/modelInput.ts';
import { parseGolden, parseManifest } from '#core/model/parseManifest.ts';
import { selectBackend } from '#core/model/selectBackend.ts';
import type { ModelPort } from '#core/pipeline/ports.ts';
import type { Result } from '#core/result.ts';
import { err, ok } from '#core/result.ts';
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
  const json = await readJsonFile(join(directory, 'manifest.json'));
  if (!json.ok) return json;
  const parsed = parseManifest(json.value);
  if (!parsed.ok) return parsed;
  const manifest = parsed.value;
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

async function readGolden(
  directory: string,
  manifest: ModelManifest,
): Promise<Result<GoldenRecord, AnalysisError>> {
  const json = await readJsonFile(join(directory, 'golden.json'));
  return json.ok ? parseGolden(json.value, manifest) : json;
}

async function readWeights(
  directory: string,
  manifest: ModelManifest,
): Promise<Result<Uint8Array, AnalysisError>> {
  const { file, bytes, sha256 } = manifest.weights;
  const read = await readModelFile(join(directory, file));
  if (!read.ok) return read;
  const found = createHash('sha256').update(read.value).digest('hex');
  if (read.value.length === bytes && found === sha256) return read;
  return err(
    analysisError(
      'model-altered',
      `${file} has ${read.value.length} bytes and SHA-256 ${found}, the manifest says ${bytes} and ${sha256}`,
      { file, bytes: read.value.length, expectedBytes: bytes, sha256: found, expectedSha256: sha256 },
    ),
  );
}

async function readJsonFile(path: string): Promise<Result<unknown, AnalysisError>> {
  const read = await readModelFile(path);
  if (!read.ok) return read;
  try {
    return ok(JSON.parse(new TextDecoder().decode(read.value)) as unknown);
  } catch (cause) {
    return err(analysisError('model-invalid', `${path} is not JSON: ${String(cause)}`));
  }
}

async function readModelFile(path: string): Promise<Result<Uint8Array, AnalysisError>> {
  try {
    return ok(await readFile(path));
  } catch (cause) {
    return err(
      analysisError('model-missing', cause instanceof Error ? cause.message : String(cause), { path }),
    );
  }
}
