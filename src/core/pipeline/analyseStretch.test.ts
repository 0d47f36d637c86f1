import { describe, expect, it } from 'vitest';
import type { BackendDescription, InferencePort } from '#core/model/engine.ts';
import { analyseStretch, stretchOf } from '#core/pipeline/analyseStretch.ts';
import { ok } from '#core/result.ts';
import { testManifest } from '#core/testing/manifest.ts';

const backend: BackendDescription = {
  kind: 'wasm',
  threads: 1,
  precision: 'float32',
  device: 'WebAssembly',
  attempts: [],
};
const { frontEnd } = testManifest;
const framesPerSecond = frontEnd.sampleRate / frontEnd.hopLength;

/** A track whose every value names its frame; frames from 600 on are silent. */
const nFrames = 800;
const values = Float32Array.from({ length: frontEnd.nMels * nFrames }, (_, i) =>
  i % nFrames >= 600 ? -100 : (i % nFrames) / 100,
);
const logMel = { values, nMels: frontEnd.nMels, nFrames };

/** Keeps what it was asked, and is sure of the first label for early windows and of the second for late ones. */
function engine(): InferencePort & { readonly asked: Float32Array[] } {
  const asked: Float32Array[] = [];
  return {
    asked,
    backend,
    infer: (windowDb) => {
      asked.push(windowDb);
      const late = (windowDb[0] ?? 0) > 3;
      const logits = Float32Array.from(testManifest.labels, (_, i) => (i === (late ? 1 : 0) ? 9 : 0));
      return Promise.resolve(ok({ logits, rollout: new Float32Array(197), backend }));
    },
  };
}
const running = { aborted: false };

describe('stretchOf', () => {
  it('copies the frames of every band', () => {
    const stretch = stretchOf(logMel, 10, 13);
    expect([...stretch.values.subarray(0, 6)]).toEqual(
      [0.1, 0.11, 0.12, 0.1, 0.11, 0.12].map((value) => Math.fround(value)),
    );
    expect(stretch).toMatchObject({ nMels: frontEnd.nMels, nFrames: 3 });
  });
});

describe('analyseStretch', () => {
  it('reads the frames of the stretch and no others', async () => {
    const port = engine();
    const result = await analyseStretch(
      logMel,
      350 / framesPerSecond,
      560 / framesPerSecond,
      testManifest,
      port,
      running,
    );
    if (!result.ok) throw new Error(result.error.message);
    expect(result.value).toMatchObject({ firstFrame: 350, endFrame: 560, windows: 1 });
    expect(result.value.track.predictions[0]?.genre).toBe(testManifest.labels[1]?.id);
    // Shorter than a window: the stretch is repeated to fill it.
    const row = port.asked[0]?.subarray(0, frontEnd.windowFrames) ?? [];
    expect(row[0]).toBeCloseTo(3.5, 5);
    expect(row[209]).toBeCloseTo(5.59, 5);
    expect(row[210]).toBeCloseTo(3.5, 5);
  });

  it('reads a long stretch in overlapping windows, and leaves silent ones out', async () => {
    const port = engine();
    const result = await analyseStretch(logMel, 0, 1e9, testManifest, port, running);
    if (!result.ok) throw new Error(result.error.message);
    expect(result.value.endFrame).toBe(nFrames);
    // Starts 0, 112, ..., 560, 576: all of them still hold sound.
    expect(result.value.windows).toBe(7);
    const silent = await analyseStretch(logMel, 650 / framesPerSecond, 1e9, testManifest, port, running);
    expect(silent).toMatchObject({ ok: false, error: { code: 'silent' } });
  });

  it('reads at least one frame, also at the very end, and stops when told', async () => {
    const port = engine();
    const point = await analyseStretch(logMel, 1, 1, testManifest, port, running);
    expect(point).toMatchObject({ ok: true, value: { firstFrame: 21, endFrame: 22 } });
    const stopped = await analyseStretch(logMel, 0, 10, testManifest, port, { aborted: true });
    expect(stopped).toMatchObject({ ok: false, error: { code: 'cancelled' } });
  });
});
