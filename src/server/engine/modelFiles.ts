import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { AnalysisError } from '#core/errors.ts';
import { analysisError } from '#core/errors.ts';
import type { GoldenRecord, ModelManifest } from '#core/model/manifest.ts';
import { parseGolden, parseManifest } from '#core/model/parseManifest.ts';
import type { Result } from '#core/result.ts';
import { err, ok } from '#core/result.ts';

/*
 * The files of a model package in a folder. All fail with `model-missing` where a file cannot be read, and with
 * `model-invalid` where its content is refused.
 */

export async function readManifest(directory: string): Promise<Result<ModelManifest, AnalysisError>> {
  const json = await readJsonFile(join(directory, 'manifest.json'));
  return json.ok ? parseManifest(json.value) : json;
}

export async function readGolden(
  directory: string,
  manifest: ModelManifest,
): Promise<Result<GoldenRecord, AnalysisError>> {
  const json = await readJsonFile(join(directory, 'golden.json'));
  return json.ok ? parseGolden(json.value, manifest) : json;
}

/** The weights file; `model-altered` where its length or SHA-256 are not those of the manifest. */
export async function readWeights(
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
