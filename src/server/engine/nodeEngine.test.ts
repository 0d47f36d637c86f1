import { createHash } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { largestDeviation } from '#core/model/deviation.ts';
import { goldenInput } from '#core/model/goldenInput.ts';
import type { GoldenRecord, ModelManifest } from '#core/model/manifest.ts';
import { fixtureBytes } from '#core/testing/fixture.ts';
import { quantiseTiny, tinyManifest } from '#core/testing/tinyModels.ts';
import { goldenTolerance, makeGolden } from '#server/engine/makeGolden.ts';
import { openNodeModel } from '#server/engine/nodeEngine.ts';
import { openNodeSession } from '#server/engine/nodeSession.ts';

async function engineOf(folder: string) {
  const opened = await openNodeModel(folder, { threads: 1 });
  return opened.ok ? opened.value.engine() : opened;
}

describe('a package of a tiny model', () => {
  const { int8 } = quantiseTiny(fixtureBytes('tiny_linear.safetensors'));
  const tiny = tinyManifest('tiny_linear', { linear: 'int8-rows', layout: 'in-out' });
  const sha256 = createHash('sha256').update(int8).digest('hex');
  const manifest: ModelManifest = { ...tiny, weights: { ...tiny.weights, bytes: int8.length, sha256 } };
  let golden: GoldenRecord;
  const folders: string[] = [];

  beforeAll(async () => {
    const made = await makeGolden(manifest, int8);
    if (!made.ok) throw new Error(made.error.message);
    golden = made.value;
  });
  afterAll(async () => {
    for (const folder of folders) await rm(folder, { recursive: true });
  });

  async function folderWith(files: Record<string, string | Uint8Array>): Promise<string> {
    const folder = await mkdtemp(join(tmpdir(), 'model-'));
    folders.push(folder);
    const all = {
      'manifest.json': JSON.stringify(manifest),
      'golden.json': JSON.stringify(golden),
      'model.safetensors': int8,
      ...files,
    };
    for (const [name, content] of Object.entries(all)) await writeFile(join(folder, name), content);
    return folder;
  }

  it('runs in int8 and answers for a window of decibels', async () => {
    const engine = await engineOf(await folderWith({}));
    if (!engine.ok) throw new Error(engine.error.message);
    expect(engine.value.backend).toMatchObject({
      kind: 'node-cpu',
      precision: 'int8',
      threads: 1,
      attempts: [{ outcome: 'used' }],
    });
    const { nMels, windowFrames } = manifest.frontEnd;
    const window = Float32Array.from({ length: nMels * windowFrames }, (_, index) => -80 + (index % 80));
    const inferred = await engine.value.infer(window);
    if (!inferred.ok) throw new Error(inferred.error.message);
    expect(inferred.value.logits).toHaveLength(16);
    expect(inferred.value.rollout.reduce((sum, value) => sum + value, 0)).toBeCloseTo(1, 5);
  });

  it('opens the session once for all who ask', async () => {
    const opened = await openNodeModel(await folderWith({}), { threads: 1 });
    if (!opened.ok) throw new Error(opened.error.message);
    const [first, second] = await Promise.all([opened.value.engine(), opened.value.engine()]);
    expect(first.ok && second.ok && first.value === second.value).toBe(true);
    await opened.value.dispose();
  });

  it('falls back to float32 where int8 products miss the golden record, and says so', async () => {
    const strict = { ...golden, tolerance: { ...golden.tolerance, int8: 1e-9 } };
    const engine = await engineOf(await folderWith({ 'golden.json': JSON.stringify(strict) }));
    expect(engine.ok && engine.value.backend).toMatchObject({
      precision: 'float32',
      attempts: [
        { precision: 'int8', outcome: 'disagreed' },
        { precision: 'float32', outcome: 'used' },
      ],
    });
  });

  it('uses float32 at once where the package asks for it', async () => {
    const weights = { ...manifest.weights, cpuPrecision: 'float32' };
    const folder = await folderWith({ 'manifest.json': JSON.stringify({ ...manifest, weights }) });
    const engine = await engineOf(folder);
    expect(engine.ok && engine.value.backend).toMatchObject({ precision: 'float32', attempts: [{}] });
  });

  it('is refused where no arithmetic reproduces the golden record', async () => {
    const wrong = { ...golden, logits: golden.logits.map((value) => value * 1.25 + 0.5) };
    const engine = await engineOf(await folderWith({ 'golden.json': JSON.stringify(wrong) }));
    expect(engine).toMatchObject({ ok: false, error: { code: 'backend-disagrees' } });
  });

  it('is refused where a bit of the weights is flipped', async () => {
    const altered = int8.slice();
    altered[altered.length - 1] = (altered.at(-1) ?? 0) ^ 1;
    const engine = await engineOf(await folderWith({ 'model.safetensors': altered }));
    expect(engine).toMatchObject({ ok: false, error: { code: 'model-altered' } });
    const cut = await engineOf(await folderWith({ 'model.safetensors': int8.subarray(0, 1000) }));
    expect(cut).toMatchObject({ ok: false, error: { code: 'model-altered' } });
  });

  it('says what is missing or malformed', async () => {
    expect(await openNodeModel('/nowhere/at/all')).toMatchObject({
      ok: false,
      error: { code: 'model-missing' },
    });
    const folder = await folderWith({});
    await rm(join(folder, 'model.safetensors'));
    expect(await engineOf(folder)).toMatchObject({ ok: false, error: { code: 'model-missing' } });
    const broken = await openNodeModel(await folderWith({ 'manifest.json': '{' }));
    expect(broken).toMatchObject({ ok: false, error: { code: 'model-invalid' } });
    const foreign = await engineOf(
      await folderWith({ 'golden.json': JSON.stringify({ ...golden, weightsSha256: '0'.repeat(64) }) }),
    );
    expect(foreign).toMatchObject({ ok: false, error: { code: 'model-invalid' } });
  });
});

describe.each(['acousticsense-vit-b16', 'acousticsense-vit-ti16'])('the shipped package %s', (id) => {
  const folder = fileURLToPath(new URL(`../../../public/models/${id}`, import.meta.url));

  it('reproduces its golden record in int8 at the first attempt', async () => {
    const opened = await openNodeModel(folder, { threads: 2 });
    if (!opened.ok) throw new Error(opened.error.message);
    const engine = await opened.value.engine();
    await opened.value.dispose();
    expect(engine.ok && engine.value.backend.precision).toBe('int8');
    expect(engine.ok && engine.value.backend.attempts).toHaveLength(1);
  });
});

it('a tolerance bounds what a probability can move by', () => {
  const temperature = 0.737;
  const { int8, float16 } = goldenTolerance(temperature);
  const softmax = (logits: readonly number[]): number[] => {
    const powers = logits.map((value) => Math.exp(value / temperature));
    const sum = powers.reduce((total, value) => total + value, 0);
    return powers.map((value) => value / sum);
  };
  for (const [tolerance, allowed] of [
    [int8, 0.05],
    [float16, 0.02],
  ] as const) {
    // two equal classes pushed apart are the worst case
    const moved = softmax([tolerance, -tolerance])[0] ?? 1;
    expect(moved - 0.5).toBeLessThanOrEqual(allowed);
    expect(moved - 0.5).toBeGreaterThan(0.8 * allowed);
  }
});

it('a session does not mix up its inputs when runs follow each other', async () => {
  const manifest = tinyManifest('tiny_linear');
  const weights = fixtureBytes('tiny_linear.safetensors');
  const opened = await openNodeSession(manifest, weights, {
    kind: 'node-cpu',
    threads: 1,
    precision: 'float32',
  });
  if (!opened.ok) throw new Error(opened.error.message);
  const pattern = goldenInput(manifest);
  const first = await opened.value.run(pattern);
  const [again, other] = await Promise.all([
    opened.value.run(pattern),
    opened.value.run(pattern.map((value) => 1 - value)),
  ]);
  await opened.value.dispose();
  if (!first.ok || !again.ok || !other.ok) throw new Error('a run failed');
  expect(largestDeviation(again.value.logits, first.value.logits)).toBe(0);
  expect(largestDeviation(other.value.logits, first.value.logits)).toBeGreaterThan(1e-3);
});
