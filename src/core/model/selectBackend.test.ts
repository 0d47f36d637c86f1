import { describe, expect, it } from 'vitest';
import { analysisError } from '#core/errors.ts';
import { checkGolden } from '#core/model/checkGolden.ts';
import { largestDeviation } from '#core/model/deviation.ts';
import type { BackendCandidate, InferenceOutput, InferenceSession } from '#core/model/engine.ts';
import type { GoldenRecord } from '#core/model/manifest.ts';
import type { OpenSession } from '#core/model/selectBackend.ts';
import { selectBackend } from '#core/model/selectBackend.ts';
import { err, ok } from '#core/result.ts';
import { testManifest } from '#core/testing/manifest.ts';

const golden: GoldenRecord = {
  schemaVersion: 1,
  weightsSha256: testManifest.weights.sha256,
  recipe: 'mod-29-pattern',
  logits: [1, -2, 0.5, 3],
  rollout: [0.5, 0.25, 0.25],
  tolerance: { float32: 1e-3, float16: 1e-2, int8: 0.1 },
};
const exact: InferenceOutput = {
  logits: Float32Array.from(golden.logits),
  rollout: Float32Array.from(golden.rollout),
};
const webgpu: BackendCandidate = { kind: 'webgpu', threads: 1, precision: 'float32' };
const threaded: BackendCandidate = { kind: 'wasm', threads: 4, precision: 'int8' };
const single: BackendCandidate = { kind: 'wasm', threads: 1, precision: 'int8' };

class FakeSession implements OpenSession {
  readonly device = 'fake';
  disposed = false;
  seen: Float32Array | undefined;
  constructor(private readonly output: InferenceOutput) {}
  run(input: Float32Array) {
    this.seen = input;
    return Promise.resolve(ok(this.output));
  }
  dispose() {
    this.disposed = true;
    return Promise.resolve();
  }
}

const check = (session: InferenceSession, candidate: BackendCandidate) =>
  checkGolden(session, testManifest, golden, candidate.precision);

describe('checkGolden', () => {
  it('feeds the formula input and accepts the exact answer', async () => {
    const session = new FakeSession(exact);
    const checked = await check(session, webgpu);
    expect(checked).toEqual(ok({ logitsDeviation: 0, rolloutDeviation: 0 }));
    expect(session.seen).toHaveLength(224 * 224);
    // x[0][1][2] = ((7 + 26) mod 29) / 28, then (x - 0.42) / 0.22
    expect(session.seen?.[224 + 2]).toBeCloseTo((4 / 28 - 0.42) / 0.22, 5);
  });

  it.each([
    ['a logit off by twice the tolerance', { ...exact, logits: Float32Array.of(1, -2.002, 0.5, 3) }],
    ['NaN', { ...exact, logits: Float32Array.of(1, NaN, 0.5, 3) }],
    ['too few logits', { ...exact, logits: Float32Array.of(1, -2, 0.5) }],
    ['another rollout', { ...exact, rollout: Float32Array.of(0.25, 0.5, 0.25) }],
  ])('refuses %s', async (_, output) => {
    const checked = await check(new FakeSession(output), webgpu);
    expect(checked).toMatchObject({ ok: false, error: { code: 'backend-disagrees' } });
  });

  it('allows each arithmetic its own tolerance', async () => {
    const rounded = { ...exact, logits: Float32Array.of(1, -2.05, 0.5, 3) };
    expect((await check(new FakeSession(rounded), threaded)).ok).toBe(true);
    expect((await check(new FakeSession(rounded), webgpu)).ok).toBe(false);
  });

  it('calls infinite what cannot be compared', () => {
    expect(largestDeviation([1, 2], [1, 2.5])).toBe(0.5);
    expect(largestDeviation([NaN], [1])).toBe(Infinity);
    expect(largestDeviation([1], [1, 2])).toBe(Infinity);
  });
});

describe('selectBackend', () => {
  it('refuses a backend that disagrees, says so, and takes the next', async () => {
    const wrong = new FakeSession({ ...exact, logits: Float32Array.of(1.25, -1.5, 0.6, 2.2) });
    const right = new FakeSession(exact);
    const chosen = await selectBackend(
      [webgpu, threaded],
      (candidate) => Promise.resolve(ok(candidate === webgpu ? wrong : right)),
      check,
    );
    expect(chosen.ok && chosen.value.session).toBe(right);
    expect(chosen.ok && chosen.value.backend).toMatchObject({
      kind: 'wasm',
      threads: 4,
      device: 'fake',
      attempts: [
        { kind: 'webgpu', outcome: 'disagreed' },
        { kind: 'wasm', outcome: 'used' },
      ],
    });
    expect(chosen.ok && chosen.value.backend.attempts[0]?.detail).toContain('8.0e-1');
    expect([wrong.disposed, right.disposed]).toEqual([true, false]);
  });

  it('goes on past a backend that is missing or breaks', async () => {
    const chosen = await selectBackend(
      [webgpu, threaded, single],
      (candidate) =>
        Promise.resolve(
          candidate === webgpu
            ? err(analysisError('backend-unavailable', 'no adapter'))
            : candidate === threaded
              ? err(analysisError('out-of-memory', 'no memory'))
              : ok(new FakeSession(exact)),
        ),
      check,
    );
    expect(chosen.ok && chosen.value.backend.attempts.map((attempt) => attempt.outcome)).toEqual([
      'unavailable',
      'failed',
      'used',
    ]);
  });

  it('says which code fits when none is left', async () => {
    const wrong = { ...exact, logits: new Float32Array(4) };
    const disagreed = await selectBackend(
      [webgpu, threaded],
      () => Promise.resolve(ok(new FakeSession(wrong))),
      check,
    );
    expect(disagreed).toMatchObject({ ok: false, error: { code: 'backend-disagrees' } });
    const none = await selectBackend(
      [webgpu, threaded],
      (candidate) =>
        Promise.resolve(
          candidate === webgpu
            ? err(analysisError('backend-unavailable', 'no adapter'))
            : ok(new FakeSession(wrong)),
        ),
      check,
    );
    expect(none).toMatchObject({ ok: false, error: { code: 'backend-unavailable' } });
    expect(!none.ok && none.error.attempts).toMatchObject([
      { kind: 'webgpu', outcome: 'unavailable', detail: 'no adapter' },
      { kind: 'wasm', outcome: 'disagreed' },
    ]);
  });

  it('stops at an error of the model itself', async () => {
    let opened = 0;
    const chosen = await selectBackend(
      [webgpu, threaded],
      () => {
        opened += 1;
        return Promise.resolve(err(analysisError('model-invalid', 'no tensor')));
      },
      check,
    );
    expect(chosen).toMatchObject({ ok: false, error: { code: 'model-invalid' } });
    expect(opened).toBe(1);
  });
});
