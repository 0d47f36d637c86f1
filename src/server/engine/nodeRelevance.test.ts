import { createHash } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { windowOf } from '#core/audio/windows.ts';
import type { FaithfulnessSubject } from '#core/explain/faithfulness.ts';
import { faithfulness, randomAreas } from '#core/explain/faithfulness.ts';
import { prepareVitRelevance } from '#core/graph/prepareVit.ts';
import { largestDeviation } from '#core/model/deviation.ts';
import { goldenInput } from '#core/model/goldenInput.ts';
import type { GoldenRecord, ModelManifest } from '#core/model/manifest.ts';
import { createModelInput } from '#core/model/modelInput.ts';
import { softmax } from '#core/model/predictions.ts';
import { prepareTrack } from '#core/pipeline/prepareTrack.ts';
import { ok } from '#core/result.ts';
import { fixtureBytes } from '#core/testing/fixture.ts';
import { quantiseTiny, tinyManifest } from '#core/testing/tinyModels.ts';
import { decodeAudioFile } from '#server/decode/decodeFile.ts';
import { makeGolden } from '#server/engine/makeGolden.ts';
import { readManifest, readWeights } from '#server/engine/modelFiles.ts';
import { openNodeRelevance, runRelevance } from '#server/engine/nodeRelevance.ts';
import { createOrtSession, openNodeSession } from '#server/engine/nodeSession.ts';

/** Decibels that rise from band to band and beat from frame to frame. */
function windowDb({ frontEnd }: ModelManifest): Float32Array {
  const { nMels, windowFrames } = frontEnd;
  return Float32Array.from({ length: nMels * windowFrames }, (_, index) => {
    const band = Math.floor(index / windowFrames);
    return -60 + 40 * Math.sin(band / 9) * Math.cos((index % windowFrames) / 5);
  });
}

describe('a package of a tiny model', () => {
  const { int8 } = quantiseTiny(fixtureBytes('tiny_linear.safetensors'));
  const tiny = tinyManifest('tiny_linear', { linear: 'int8-rows', layout: 'in-out' });
  const sha256 = createHash('sha256').update(int8).digest('hex');
  const manifest: ModelManifest = { ...tiny, weights: { ...tiny.weights, bytes: int8.length, sha256 } };
  const folders: string[] = [];
  let golden: GoldenRecord;

  beforeAll(async () => {
    const made = await makeGolden(manifest, int8);
    if (!made.ok) throw new Error(made.error.message);
    golden = made.value;
  });
  afterAll(async () => {
    for (const folder of folders) await rm(folder, { recursive: true });
  });

  async function open(files: Record<string, string | Uint8Array> = {}) {
    const folder = await mkdtemp(join(tmpdir(), 'model-'));
    folders.push(folder);
    const all = { 'golden.json': JSON.stringify(golden), 'model.safetensors': int8, ...files };
    for (const [name, content] of Object.entries(all)) await writeFile(join(folder, name), content);
    return openNodeRelevance(folder, manifest, { threads: 1 });
  }

  it('gives shares of the patches, other ones for another genre, the same ones again', async () => {
    const opened = await open();
    if (!opened.ok) throw new Error(opened.error.message);
    const window = windowDb(manifest);
    const [first, second, again] = await Promise.all(
      [0, 7, 0].map((genre) => opened.value.relevance(window, genre)),
    );
    await expect(opened.value.relevance(window, 16)).rejects.toThrow(RangeError);
    await opened.value.dispose();
    if (first?.ok !== true || second?.ok !== true || again?.ok !== true) throw new Error('a run failed');
    for (const { value } of [first, second]) {
      expect(value).toHaveLength(196);
      expect(Math.min(...value)).toBeGreaterThanOrEqual(0);
      expect(value.reduce((sum, share) => sum + share, 0)).toBeCloseTo(1, 5);
    }
    expect(largestDeviation(second.value, first.value)).toBeGreaterThan(1e-3);
    expect([...again.value]).toEqual([...first.value]);
  });

  it('is refused where its weights are altered, its golden record is missed or a file is missing', async () => {
    const altered = int8.slice();
    altered[altered.length - 1] = (altered.at(-1) ?? 0) ^ 1;
    const wrong = { ...golden, logits: golden.logits.map((value) => value + 0.5) };
    const refusals = [
      [{ 'model.safetensors': altered }, 'model-altered'],
      [{ 'golden.json': JSON.stringify(wrong) }, 'backend-disagrees'],
      [{ 'golden.json': '{' }, 'model-invalid'],
    ] as const;
    for (const [files, code] of refusals)
      expect(await open(files)).toMatchObject({ ok: false, error: { code } });
    expect(await openNodeRelevance('/nowhere/at/all', manifest, { threads: 1 })).toMatchObject({
      ok: false,
      error: { code: 'model-missing' },
    });
  });
});

describe.each(['acousticsense-vit-b16', 'acousticsense-vit-ti16'])('the shipped package %s', (id) => {
  const folder = fileURLToPath(new URL(`../../../public/models/${id}`, import.meta.url));

  it(
    'has the logits of the normal graph, and relevance that depends on the genre',
    { timeout: 120_000 },
    async () => {
      const manifest = await readManifest(folder);
      if (!manifest.ok) throw new Error(manifest.error.message);
      const weights = await readWeights(folder, manifest.value);
      if (!weights.ok) throw new Error(weights.error.message);
      const input = goldenInput(manifest.value);

      const normal = await openNodeSession(manifest.value, weights.value, {
        kind: 'node-cpu',
        threads: 2,
        precision: 'float32',
      });
      if (!normal.ok) throw new Error(normal.error.message);
      const forward = await normal.value.run(input);
      await normal.value.dispose();
      if (!forward.ok) throw new Error(forward.error.message);

      const prepared = prepareVitRelevance(manifest.value, weights.value);
      if (!prepared.ok) throw new Error(prepared.error.message);
      const options = { provider: 'cpu', threads: 2, packWeights: false } as const;
      const session = await createOrtSession(prepared.value, options);
      if (!session.ok) throw new Error(session.error.message);
      const [first, second] = [
        await runRelevance(session.value, manifest.value, input, 1),
        await runRelevance(session.value, manifest.value, input, 10),
      ];
      await session.value.release();
      if (!first.ok || !second.ok) throw new Error('a run failed');
      expect(largestDeviation(first.value.logits, forward.value.logits)).toBeLessThan(1e-4);
      expect(Math.min(...first.value.relevance)).toBeGreaterThanOrEqual(0);
      const patches = first.value.relevance.subarray(1);
      const others = second.value.relevance.subarray(1);
      expect(Math.max(...patches)).toBeGreaterThan(0);
      expect(largestDeviation(others, patches)).toBeGreaterThan(0.1 * Math.max(...patches));
    },
  );
});

it(
  'names patches of real sounds that move the answer: without them it falls faster than by chance',
  { timeout: 120_000 },
  async () => {
    const folder = fileURLToPath(new URL('../../../public/models/acousticsense-vit-ti16', import.meta.url));
    const manifest = await readManifest(folder);
    if (!manifest.ok) throw new Error(manifest.error.message);
    const { frontEnd, architecture, temperature } = manifest.value;
    const relevance = await openNodeRelevance(folder, manifest.value, { threads: 2 });
    const weights = await readWeights(folder, manifest.value);
    if (!relevance.ok || !weights.ok) throw new Error('not opened');
    const session = await openNodeSession(manifest.value, weights.value, {
      kind: 'node-cpu',
      threads: 2,
      precision: 'int8',
    });
    if (!session.ok) throw new Error(session.error.message);
    const modelInput = createModelInput(frontEnd, architecture);
    for (const sample of ['night-drive', 'evensong']) {
      const path = fileURLToPath(new URL(`../../../public/samples/${sample}.wav`, import.meta.url));
      const decoded = await decodeAudioFile(path, () => performance.now());
      if (!decoded.ok) throw new Error(decoded.error.message);
      const track = prepareTrack(decoded.value.pcm, frontEnd, () => performance.now());
      if (!track.ok) throw new Error(track.error.message);
      const window = windowOf(track.value.logMel, 0, frontEnd);
      const input = modelInput(window);
      const forward = await session.value.run(input);
      if (!forward.ok) throw new Error(forward.error.message);
      const genre = forward.value.logits.indexOf(Math.max(...forward.value.logits));
      const shares = await relevance.value.relevance(window, genre);
      if (!shares.ok) throw new Error(shares.error.message);
      const subject: FaithfulnessSubject = {
        input,
        baseline: new Float32Array(input.length),
        imageSize: architecture.imageSize,
        patchSize: architecture.patchSize,
        probability: async (picture) => {
          const ran = await session.value.run(picture);
          return ran.ok ? ok(softmax(ran.value.logits, temperature)[genre]!) : ran;
        },
      };
      const random = await randomAreas(subject, 7, [1, 2]);
      if (!random.ok) throw new Error(random.error.message);
      const found = await faithfulness(subject, shares.value, 7, random.value);
      // measured with 14 steps and 4 orders: 0.37 and 0.43
      expect(found.ok && found.value.gain.deletion).toBeGreaterThan(0.05);
    }
    await session.value.dispose();
    await relevance.value.dispose();
  },
);
