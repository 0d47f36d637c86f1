/** `npm run model:build`: turns trained models into the packages under public/models. Run again, it writes the same bytes. */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { readSafetensors, tensorBytes } from '#core/checkpoint/safetensors.ts';
import type { TensorToWrite } from '#core/checkpoint/writeSafetensors.ts';
import { writeSafetensors } from '#core/checkpoint/writeSafetensors.ts';
import type { AnalysisError } from '#core/errors.ts';
import { cpuPrecision } from '#core/graph/prepareVit.ts';
import { checkGolden } from '#core/model/checkGolden.ts';
import { genreAffinity } from '#core/model/genreAffinity.ts';
import { largestDeviation } from '#core/model/deviation.ts';
import type { GoldenRecord, ModelManifest, Precision } from '#core/model/manifest.ts';
import { parseManifest } from '#core/model/parseManifest.ts';
import type { Result } from '#core/result.ts';
import { makeGolden } from '#server/engine/makeGolden.ts';
import { openNodeSession } from '#server/engine/nodeSession.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const defaultModel = 'acousticsense-vit-b16';
const weightsFile = 'model.safetensors';
/** Hosts of code refuse larger files. */
const maxBytes = 95e6;

const usage = `usage: npm run model:build [-- --source DIR] [--out DIR] [--float32-on-cpu ID]...

Turns every model folder in DIR (default ../shared/model beside the repository: weights.safetensors, manifest.json,
MODEL_CARD.md, optionally expected.json) into a package under public/models.
  --float32-on-cpu ID  dequantise this model on processors too (where scripts/model-accuracy.ts finds int8 too coarse)`;

type SourceManifest = Readonly<Record<string, unknown>> & {
  readonly frontEnd: Readonly<Record<string, unknown>>;
};

function valueOf<T>(result: Result<T, AnalysisError>, what: string): T {
  if (result.ok) return result.value;
  throw new Error(`${what}: ${result.error.code}: ${result.error.message}`);
}

const readJson = (path: string): unknown => JSON.parse(readFileSync(path, 'utf8'));
const writeJson = (path: string, value: unknown): void =>
  writeFileSync(path, `${JSON.stringify(value, null, 1)}\n`);

/** torch's [out, in] to [in, out], numbers unchanged: int8 matrix products want it, and float32 ones are as fast. */
function turnLinearWeights(bytes: Uint8Array): Uint8Array {
  const file = valueOf(readSafetensors(bytes), 'source weights');
  const turned = new Map<string, TensorToWrite>();
  for (const [name, tensor] of file.tensors) {
    const { dtype, shape } = tensor;
    const source = tensorBytes(file, tensor);
    const [rows = 0, columns = 0] = shape;
    if (shape.length !== 2) {
      turned.set(name, { dtype, shape, data: source });
      continue;
    }
    const size = source.length / (rows * columns);
    const data = new Uint8Array(source.length);
    for (let r = 0; r < rows; r++) {
      for (let c = 0; c < columns; c++) {
        const from = (r * columns + c) * size;
        const to = (c * rows + r) * size;
        for (let b = 0; b < size; b++) data[to + b] = source[from + b] ?? 0;
      }
    }
    turned.set(name, { dtype, shape: [columns, rows], data });
  }
  return writeSafetensors(turned, { format: 'pt', linear_layout: 'in-out' });
}

function expectWords(found: unknown, expected: string): void {
  if (found !== expected) throw new Error(`source manifest says "${String(found)}", expected "${expected}"`);
}

/** How alike the genres are to the last layer of a packed model. */
function affinityOf(weights: Uint8Array): readonly (readonly number[])[] {
  const file = valueOf(readSafetensors(weights), 'weights');
  const head = file.tensors.get('heads.head.weight');
  if (head?.dtype !== 'F32') throw new Error('heads.head.weight is not float32');
  const [, labels = 0] = head.shape;
  return genreAffinity(new Float32Array(tensorBytes(file, head).slice().buffer), labels);
}

/** The trainer's manifest in our shape. Where it says in words what ours has values for, the words must be the known ones. */
function convertManifest(
  source: SourceManifest,
  weights: Uint8Array,
  cpu: 'int8' | 'float32' | undefined,
): ModelManifest {
  const { scale, rowZero, mean, std, lastWindow, ...frontEnd } = source.frontEnd;
  expectWords(scale, `(db + ${String(frontEnd['topDb'])}) / ${String(frontEnd['topDb'])} clipped to 0..1`);
  expectWords(rowZero, 'lowest band');
  expectWords(lastWindow, 'aligned to the end');
  expectWords(source['aggregation'], "mean of the windows' calibrated softmax");
  const manifest = {
    ...source,
    frontEnd: {
      ...frontEnd,
      // the trainer resampled with librosa's default
      resampler: 'soxr-hq',
      windowPlacement: 'aligned-to-end',
      input: { kind: 'log-mel', mean, std },
    },
    aggregation: { kind: 'mean-softmax', reportVote: true },
    weights: {
      file: weightsFile,
      bytes: weights.length,
      sha256: createHash('sha256').update(weights).digest('hex'),
      linear: 'int8-rows',
      layout: 'in-out',
      ...(cpu === undefined ? {} : { cpuPrecision: cpu }),
    },
    affinity: affinityOf(weights),
  };
  return valueOf(parseManifest(manifest), 'manifest');
}

/** The record must be what PyTorch computed from the same weights, where the trainer left that. */
function compareWithTrainer(golden: GoldenRecord, expectedPath: string): void {
  if (!existsSync(expectedPath)) {
    console.log('  no expected.json: the record is not cross-checked');
    return;
  }
  const { pattern } = readJson(expectedPath) as { pattern: { logits: number[]; rolloutClassRow: number[] } };
  const logits = largestDeviation(golden.logits, pattern.logits);
  const rollout = largestDeviation(golden.rollout, pattern.rolloutClassRow);
  console.log(
    `  against PyTorch: logits within ${logits.toExponential(1)}, rollout within ${rollout.toExponential(1)}`,
  );
  if (!(logits <= 1e-3 && rollout <= 1e-5)) throw new Error('the graph does not reproduce expected.json');
}

async function reportPrecision(
  manifest: ModelManifest,
  weights: Uint8Array,
  golden: GoldenRecord,
  precision: Precision,
): Promise<void> {
  const session = valueOf(
    await openNodeSession(manifest, weights, { kind: 'node-cpu', threads: 1, precision }),
    precision,
  );
  const checked = await checkGolden(session, manifest, golden, precision);
  await session.dispose();
  const { logitsDeviation, rolloutDeviation } = valueOf(checked, precision);
  const allowed = golden.tolerance[precision];
  console.log(
    `  ${precision} on Node: logits within ${logitsDeviation.toExponential(1)} (allowed ${allowed}), ` +
      `rollout within ${rolloutDeviation.toExponential(1)}`,
  );
}

async function buildPackage(
  source: string,
  target: string,
  cpu: 'float32' | undefined,
): Promise<ModelManifest> {
  const weights = turnLinearWeights(readFileSync(join(source, 'weights.safetensors')));
  if (weights.length > maxBytes) throw new Error(`${weights.length} bytes of weights are over ${maxBytes}`);
  const manifest = convertManifest(readJson(join(source, 'manifest.json')) as SourceManifest, weights, cpu);
  console.log(
    `${manifest.id} ${manifest.version}: ${weights.length} bytes, SHA-256 ${manifest.weights.sha256}`,
  );
  const golden = valueOf(await makeGolden(manifest, weights), 'golden');
  compareWithTrainer(golden, join(source, 'expected.json'));
  for (const precision of new Set<Precision>(['float32', 'float16', cpuPrecision(manifest)])) {
    await reportPrecision(manifest, weights, golden, precision);
  }
  mkdirSync(target, { recursive: true });
  writeFileSync(join(target, weightsFile), weights);
  writeJson(join(target, 'manifest.json'), manifest);
  writeJson(join(target, 'golden.json'), golden);
  writeFileSync(join(target, 'MODEL_CARD.md'), readFileSync(join(source, 'MODEL_CARD.md')));
  return manifest;
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      source: { type: 'string', default: join(root, '../shared/model') },
      out: { type: 'string', default: join(root, 'public/models') },
      'float32-on-cpu': { type: 'string', multiple: true, default: [] },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    console.log(usage);
    return;
  }
  const source = resolve(values.source);
  const folders = readdirSync(source).filter((name) => existsSync(join(source, name, 'weights.safetensors')));
  if (folders.length === 0) throw new Error(`no model folder in ${source}`);
  const index: { id: string; bytes: number; default: boolean }[] = [];
  for (const folder of folders.toSorted()) {
    const cpu = values['float32-on-cpu'].includes(folder) ? 'float32' : undefined;
    const { id, weights } = await buildPackage(join(source, folder), join(values.out, folder), cpu);
    if (id !== folder) throw new Error(`the folder ${folder} holds the model ${id}`);
    index.push({ id, bytes: weights.bytes, default: id === defaultModel });
  }
  writeJson(join(values.out, 'index.json'), index);
}

await main();
