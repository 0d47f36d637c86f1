import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { err, ok, type Result } from '#core/result.ts';
import type { PoolModel } from '#server/analysis/analysisPool.ts';
import { openNodeModel } from '#server/engine/nodeEngine.ts';
import { type ServiceError, serviceError } from '#server/serviceErrors.ts';

/** A package's id is the name of its folder, and nothing that leads out of it. */
const modelId = /^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/;

/**
 * The packages that the folder's `index.json` lists, manifests read and checked; weights are not touched.
 *
 * @param wanted Id of the default model; null for the one that the index marks (else the first).
 * Errors: `model-missing`, `model-invalid`; `unknown-model` where `wanted` is not in the index.
 */
export async function readModelFolder(
  folder: string,
  wanted: string | null,
): Promise<Result<readonly PoolModel[], ServiceError>> {
  const path = join(folder, 'index.json');
  let index: unknown;
  try {
    index = JSON.parse(await readFile(path, 'utf8'));
  } catch (cause) {
    const code = cause instanceof SyntaxError ? 'model-invalid' : 'model-missing';
    return err(serviceError(code, `${path}: ${cause instanceof Error ? cause.message : String(cause)}`));
  }
  const entries = Array.isArray(index) ? (index as readonly unknown[]).map(readEntry) : [];
  const found = entries.filter((entry) => entry !== null);
  if (found.length === 0 || found.length < entries.length) {
    return err(serviceError('model-invalid', `${path} is no list of model packages`));
  }
  const chosen = wanted ?? found.find((entry) => entry.isDefault)?.id ?? found[0]?.id ?? '';
  if (!found.some(({ id }) => id === chosen)) {
    const known = found.map(({ id }) => id).join(', ');
    return err(serviceError('unknown-model', `there is no model '${chosen}' in ${path}, only ${known}`));
  }
  const models: PoolModel[] = [];
  for (const { id } of found) {
    const opened = await openNodeModel(join(folder, id));
    if (!opened.ok) return opened;
    models.push({ id, manifest: opened.value.manifest, isDefault: id === chosen });
  }
  return ok(models);
}

function readEntry(entry: unknown): { readonly id: string; readonly isDefault: boolean } | null {
  if (typeof entry !== 'object' || entry === null) return null;
  const { id, default: isDefault } = entry as Readonly<Record<string, unknown>>;
  return typeof id === 'string' && modelId.test(id) ? { id, isDefault: isDefault === true } : null;
}
