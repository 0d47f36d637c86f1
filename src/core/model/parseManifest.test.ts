import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { GoldenRecord } from '#core/model/manifest.ts';
import { parseGolden, parseManifest } from '#core/model/parseManifest.ts';
import { librosaDefaultFrontEnd } from '#core/testing/frontEnds.ts';
import { testManifest } from '#core/testing/manifest.ts';

type Json = Record<string, unknown>;
const copy = (value: unknown): Json => JSON.parse(JSON.stringify(value)) as Json;
const picture = {
  ...testManifest,
  architecture: { ...testManifest.architecture, inputChannels: 3 },
  frontEnd: librosaDefaultFrontEnd,
};
const golden: GoldenRecord = {
  schemaVersion: 1,
  weightsSha256: testManifest.weights.sha256,
  recipe: 'mod-29-pattern',
  logits: [1, -2, 0.5, 3],
  rollout: Array<number>(197).fill(1 / 197),
  tolerance: { float32: 1e-3, float16: 0.05, int8: 0.5 },
};

/** Paths of all fields, lists as one field each. */
function paths(value: unknown, prefix = ''): string[] {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return [prefix];
  const inner = Object.entries(value).flatMap(([key, entry]) =>
    paths(entry, prefix === '' ? key : `${prefix}.${key}`),
  );
  return prefix === '' ? inner : [prefix, ...inner];
}

/** A copy with one field changed; undefined removes it. */
function changed(base: unknown, path: string, value: unknown): Json {
  const document = copy(base);
  const keys = path.split('.');
  const last = keys.pop()!;
  const parent = keys.reduce((node, key) => node[key] as Json, document);
  if (value === undefined) delete parent[last];
  else parent[last] = value;
  return document;
}

const refusedPath = (document: unknown): string => {
  const result = parseManifest(document);
  if (result.ok) return 'accepted';
  expect(result.error.code).toBe('model-invalid');
  const path = String(result.error.details?.['path']);
  expect(result.error.message).toContain(path);
  return path;
};

const goldenPath = (document: unknown): string => {
  const result = parseGolden(document, testManifest);
  return result.ok ? 'accepted' : String(result.error.details?.['path']);
};

describe('parseManifest', () => {
  it.each([
    ['log-mel', testManifest],
    ['magma-picture', picture],
  ])('accepts a manifest of kind %s unchanged, and drops what it does not know', (_, manifest) => {
    expect(parseManifest(copy(manifest))).toEqual({ ok: true, value: manifest });
    expect(parseManifest({ ...copy(manifest), added: 1 })).toEqual({ ok: true, value: manifest });
  });

  it.each([
    ['log-mel', testManifest],
    ['magma-picture', picture],
  ])('refuses %s with any field missing or of another type, and says which', (_, manifest) => {
    const all = paths(manifest);
    expect(all.length).toBeGreaterThan(45);
    for (const path of all) {
      for (const value of [undefined, null, [], [[]], NaN, 'x\u0000', { a: 1 }]) {
        if (path === 'metrics' && value !== null && typeof value === 'object' && !Array.isArray(value))
          continue;
        const found = refusedPath(changed(manifest, path, value));
        // A wrong object is noticed at its first field.
        expect(
          found === path || found.startsWith(`${path}.`) || found.startsWith(`${path}[`),
          `${path}: ${found}`,
        ).toBe(true);
      }
    }
  });

  it.each([
    ['temperature', 0],
    ['temperature', -1],
    ['architecture.layers', 1.5],
    ['architecture.heads', 3],
    ['architecture.patchSize', 0],
    ['architecture.layerNormEps', 0],
    ['architecture.classifier', [5]],
    ['frontEnd.nFft', 2000],
    ['frontEnd.winLength', 4096],
    ['frontEnd.hopLength', 0],
    ['frontEnd.fMax', 11026],
    ['frontEnd.fMax', 0],
    ['frontEnd.fMin', -1],
    ['frontEnd.nMels', 223],
    ['frontEnd.windowFrames', 300],
    ['frontEnd.windowHopFrames', 225],
    ['frontEnd.topDb', 0],
    ['frontEnd.dbFloorPower', 0],
    ['frontEnd.power', 1],
    ['frontEnd.center', false],
    ['frontEnd.input.mean', [0.4, 0.4, 0.4]],
    ['frontEnd.input.std', []],
    ['weights.file', '../model.safetensors'],
    ['weights.file', 'https://example.org/x'],
    ['weights.bytes', 0],
    ['weights.sha256', 'CD'.repeat(32)],
    ['id', 'a/b'],
    ['aggregation.kind', 'vote'],
  ])('refuses %s = %j', (path, value) => {
    expect(refusedPath(changed(testManifest, path, value))).toBe(path);
  });

  it('names the entry of a list, and what two fields have to do with each other', () => {
    expect(refusedPath(changed(testManifest, 'frontEnd.input.std', [0]))).toBe('frontEnd.input.std[0]');
    expect(refusedPath(changed(testManifest, 'architecture.inputChannels', 3))).toBe('frontEnd.input.kind');
    expect(refusedPath(changed(testManifest, 'architecture.imageSize', 230))).toBe('architecture.imageSize');
    const [first, ...rest] = copy(testManifest)['labels'] as Json[];
    expect(refusedPath({ ...testManifest, labels: [first, { ...rest[0], zh: 3 }, ...rest.slice(1)] })).toBe(
      'labels[1].zh',
    );
    expect(refusedPath({ ...testManifest, labels: [first, first, ...rest.slice(1)] })).toBe('labels[1].id');
    expect(refusedPath({ ...testManifest, labels: [first] })).toBe('architecture.classifier');
    expect(refusedPath(null)).toBe('');
  });

  it('refuses a newer schema as such', () => {
    const result = parseManifest({ schemaVersion: 2 });
    expect(result.ok ? '' : result.error.message).toContain('a newer program is needed');
    expect(refusedPath({ ...testManifest, schemaVersion: 0 })).toBe('schemaVersion');
  });

  it('never throws, whatever stands in a field', () => {
    fc.assert(
      fc.property(fc.constantFrom(...paths(testManifest)), fc.jsonValue(), (path, value) => {
        expect(typeof parseManifest(changed(testManifest, path, value)).ok).toBe('boolean');
      }),
    );
    fc.assert(fc.property(fc.jsonValue(), (value) => !parseManifest(value).ok));
  });
});

describe('parseGolden', () => {
  it('accepts a record, with its manifest and without', () => {
    expect(parseGolden(copy(golden))).toEqual({ ok: true, value: golden });
    expect(parseGolden(copy(golden), testManifest)).toEqual({ ok: true, value: golden });
  });

  it('refuses any field missing, and records of other weights, labels or patches', () => {
    for (const path of paths(golden))
      expect(goldenPath(changed(golden, path, undefined))).toMatch(new RegExp(`^${path}`));
    expect(goldenPath({ ...golden, weightsSha256: 'ab'.repeat(32) })).toBe('weightsSha256');
    expect(goldenPath({ ...golden, logits: [1] })).toBe('logits');
    expect(goldenPath({ ...golden, logits: [1, 2, null, 3] })).toBe('logits[2]');
    expect(goldenPath({ ...golden, rollout: [1, 0] })).toBe('rollout');
    expect(goldenPath({ ...golden, recipe: 'noise' })).toBe('recipe');
    expect(goldenPath({ ...golden, tolerance: { ...golden.tolerance, int8: 0 } })).toBe('tolerance.int8');
  });
});
