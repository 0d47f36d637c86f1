import { readFileSync } from 'node:fs';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readSafetensors, tensorBytes } from '#core/checkpoint/safetensors.ts';
import { genreAffinity, nearGenres } from '#core/model/genreAffinity.ts';
import type { ModelManifest } from '#core/model/manifest.ts';
import { parseManifest } from '#core/model/parseManifest.ts';
import { testManifest } from '#core/testing/manifest.ts';

const labels = 5;
const someWeights = fc
  .array(fc.float({ min: -2, max: 2, noNaN: true }), { minLength: labels * 3, maxLength: labels * 12 })
  .map((values) => Float32Array.from(values.slice(0, values.length - (values.length % labels))));

describe('the affinity of genres', () => {
  it('is symmetric, 1 with oneself, a cosine, and the same whatever is added to all rows', () => {
    fc.assert(
      fc.property(someWeights, fc.integer({ min: -4, max: 4 }), (weights, added) => {
        const affinity = genreAffinity(weights, labels);
        const moved = genreAffinity(
          weights.map((value, index) => value + added * Math.floor(index / labels)),
          labels,
        );
        for (let g = 0; g < labels; g += 1) {
          expect(affinity[g]?.[g]).toBe(1);
          for (let h = 0; h < labels; h += 1) {
            const value = affinity[g]?.[h] ?? NaN;
            expect(value).toBe(affinity[h]?.[g]);
            expect(Math.abs(value)).toBeLessThanOrEqual(1);
          }
        }
        const rows = Array.from({ length: labels }, (_, g) =>
          Array.from({ length: weights.length / labels }, (_, i) => {
            const column = weights.subarray(i * labels, (i + 1) * labels);
            return (column[g] ?? 0) - column.reduce((sum, value) => sum + value, 0) / labels;
          }),
        );
        // Rows of no length have no direction, and float32 rounds what is added to them.
        const long = rows.map((row) => Math.hypot(...row) > 0.1);
        for (let g = 0; g < labels; g += 1)
          for (let h = 0; h < labels; h += 1)
            if (long[g] === true && long[h] === true)
              expect(moved[g]?.[h]).toBeCloseTo(affinity[g]?.[h] ?? NaN, 2);
      }),
    );
  });

  it('of rows by hand is the cosine of the centred ones', () => {
    // Two inputs, three labels: rows (1, 0), (0, 1), (-1, -1) have mean 0.
    const affinity = genreAffinity(Float32Array.from([1, 0, -1, 0, 1, -1]), 3);
    expect(affinity[0]).toEqual([1, 0, -Math.round(Math.SQRT1_2 * 1000) / 1000]);
    // The same rows, all moved by (5, -3).
    expect(genreAffinity(Float32Array.from([6, 5, 4, -3, -2, -4]), 3)).toEqual(affinity);
  });

  it.each(['acousticsense-vit-b16', 'acousticsense-vit-ti16'])('of %s is that of its weights', (id) => {
    const folder = `public/models/${id}`;
    const parsed = parseManifest(JSON.parse(readFileSync(`${folder}/manifest.json`, 'utf8')));
    if (!parsed.ok) throw new Error(parsed.error.message);
    const manifest: ModelManifest = parsed.value;
    const file = readSafetensors(readFileSync(`${folder}/model.safetensors`));
    if (!file.ok) throw new Error(file.error.message);
    const head = file.value.tensors.get('heads.head.weight');
    if (head === undefined) throw new Error('no head');
    const weights = new Float32Array(tensorBytes(file.value, head).slice().buffer);
    expect(manifest.affinity).toEqual(genreAffinity(weights, manifest.labels.length));
    // What a listener would expect of it.
    const nearest = (genre: string): string[] => {
      const g = manifest.labels.findIndex((label) => label.id === genre);
      return manifest.labels
        .map((label, h) => ({ id: label.id, value: h === g ? -2 : (manifest.affinity?.[g]?.[h] ?? 0) }))
        .toSorted((a, b) => b.value - a.value)
        .slice(0, 3)
        .map((entry) => entry.id);
    };
    expect(nearest('Rock')).toEqual(expect.arrayContaining(['Country', 'Metal']));
    expect(nearest('R&B')).toContain('Rap');
    expect(nearest('Hip-Hop')).toContain('Reggae');
    expect(nearest('Classical')).toEqual(expect.arrayContaining(['Folk', 'Jazz']));
  });
});

const manifestWith = (affinity: unknown): unknown => ({ ...testManifest, affinity });

describe('the affinity in a manifest', () => {
  const sound = [
    [1, 0.5, 0, 0],
    [0.5, 1, 0, -0.2],
    [0, 0, 1, 0],
    [0, -0.2, 0, 1],
  ];

  it('is optional, and refused where it is no table of likeness', () => {
    expect(parseManifest(manifestWith(undefined)).ok).toBe(true);
    expect(parseManifest(manifestWith(sound))).toMatchObject({ ok: true, value: { affinity: sound } });
    for (const bad of [
      sound.slice(1),
      [[1, 0.5, 0, 0], ...sound.slice(2), [0, 0, 0, 1]],
      sound.map((row, g) => row.map((value, h) => (g === h ? 0.9 : value))),
      sound.map((row, g) => (g === 0 ? [1, 0.4, 0, 0] : row)),
      sound.map((row) => row.map((value) => value * 2)),
    ])
      expect(parseManifest(manifestWith(bad))).toMatchObject({ ok: false, error: { code: 'model-invalid' } });
  });
});

describe('near genres', () => {
  const ids = ['A', 'B', 'C', 'D'];
  const affinity = [
    [1, 0.5, 0.2, -0.9],
    [0.5, 1, 0, 0],
    [0.2, 0, 1, 0.3],
    [-0.9, 0, 0.3, 1],
  ];

  it('are the expected similarity to a genre drawn from the track', () => {
    const predictions = [
      { genre: 'A', probability: 0.8 },
      { genre: 'C', probability: 0.1 },
      { genre: 'B', probability: 0.06 },
      { genre: 'D', probability: 0.04 },
    ];
    const near = nearGenres(predictions, ids, affinity, 1);
    expect(near.map(({ genre, through }) => [genre, through])).toEqual([
      ['B', 'A'],
      ['C', 'A'],
      ['D', null],
    ]);
    expect(near[0]?.score).toBeCloseTo(0.8 * 0.5 + 0.06, 12);
    expect(near[1]?.score).toBeCloseTo(0.8 * 0.2 + 0.1 + 0.04 * 0.3, 12);
    // Opposite genres do not count against: -0.9 is no similarity.
    expect(near[2]?.score).toBeCloseTo(0.04 + 0.1 * 0.3, 12);
  });

  it('leave out what is shown, lie in 0..1 and are ordered', () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: 0.001, max: 1, noNaN: true }), { minLength: 4, maxLength: 4 }),
        fc.integer({ min: 0, max: 4 }),
        (masses, shown) => {
          const total = masses.reduce((sum, mass) => sum + mass, 0);
          const predictions = ids
            .map((genre, index) => ({ genre, probability: masses[index]! / total }))
            .toSorted((a, b) => b.probability - a.probability);
          const near = nearGenres(predictions, ids, affinity, shown);
          const left = predictions.slice(0, shown).map(({ genre }) => genre);
          for (const [index, { genre, score }] of near.entries()) {
            expect(left).not.toContain(genre);
            expect(score).toBeGreaterThan(0);
            expect(score).toBeLessThanOrEqual(1);
            expect(score).toBeLessThanOrEqual(near[index - 1]?.score ?? 1);
            const own = predictions.find((prediction) => prediction.genre === genre)?.probability ?? 0;
            expect(score).toBeGreaterThanOrEqual(own - 1e-12);
          }
        },
      ),
    );
  });
});
