import { describe, expect, it } from 'vitest';
import type { DecodedFile } from '#core/audio/pcm.ts';
import type { TrackDescriptors } from '#core/descriptors/trackDescriptors.ts';
import { analysisError } from '#core/errors.ts';
import type { BackendDescription, InferencePort } from '#core/model/engine.ts';
import { analyse, type AnalysisEvent, type AnalysisPorts } from '#core/pipeline/analyse.ts';
import type { PreparedTrack } from '#core/pipeline/ports.ts';
import { waveformOverview } from '#core/render/waveformOverview.ts';
import { err, ok } from '#core/result.ts';
import { testManifest } from '#core/testing/manifest.ts';
import { seededNoise } from '#core/testing/sounds.ts';
import { hertz } from '#core/units.ts';

const wasm: BackendDescription = {
  kind: 'wasm',
  threads: 2,
  precision: 'int8',
  device: 'WebAssembly',
  attempts: [],
};
const webgpu: BackendDescription = { ...wasm, kind: 'webgpu', threads: 1, precision: 'float16' };

const decoded: DecodedFile = {
  name: 'song.wav',
  bytes: 1000,
  sha256: 'ab'.repeat(32),
  header: {
    container: 'wav',
    sampleRate: hertz(44_100),
    channels: 2,
    durationSeconds: null,
    durationIsExact: false,
  },
  pcm: { channels: [new Float32Array(1), new Float32Array(1)], sampleRate: hertz(44_100) },
  timings: { readMs: 1, hashMs: 2, decodeMs: 3 },
};

/** A track whose level in each frame is `level(frame)` dB; -100 is digital silence. */
function preparedTrack(nFrames: number, level: (frame: number) => number): PreparedTrack {
  const values = new Float32Array(224 * nFrames);
  for (let band = 0; band < 224; band++)
    for (let frame = 0; frame < nFrames; frame++) values[band * nFrames + frame] = level(frame);
  return {
    logMel: { values, nMels: 224, nFrames },
    picture: { nMels: 224, nFrames, maximumDb: 0, levels: [] },
    waveform: waveformOverview(new Float32Array(0)),
    durationSeconds: (nFrames * 1024) / 22_050,
    nonFiniteSamples: 0,
    timings: { resampleMs: 4, melMs: 5, pictureMs: 6 },
  };
}

const descriptors: TrackDescriptors = {
  tempoBpm: 120,
  spectralCentroidHz: 1500,
  spectralFlatness: 0.01,
  spectralIrregularity: null,
  lowBandRhythmicContrastDb: 12,
  percussiveToHarmonicDb: -8,
  integratedLoudnessLufs: -14,
};

/** Ports whose engine answers one row of logits after another. */
function fakePorts(
  prepared: PreparedTrack,
  logits: readonly (readonly number[])[],
  change: Partial<AnalysisPorts> = {},
): AnalysisPorts & { readonly inferred: Float32Array[] } {
  const inferred: Float32Array[] = [];
  let now = 0;
  const engine: InferencePort = {
    backend: webgpu,
    infer: (windowDb) => {
      const row = logits[inferred.length];
      inferred.push(windowDb);
      if (row === undefined) throw new Error('more windows than expected');
      const rollout = Float32Array.from({ length: 197 }, (_, index) => (index === 0 ? 0.5 : 0.5 / 196));
      return Promise.resolve(ok({ logits: Float32Array.from(row), rollout, backend: webgpu }));
    },
  };
  return {
    inferred,
    frontEnd: {
      prepare: () => Promise.resolve(ok(prepared)),
      describe: () => Promise.resolve(ok(descriptors)),
    },
    model: { manifest: testManifest, engine: () => Promise.resolve(ok(engine)) },
    clock: { nowMs: () => now++, isoDate: () => '2026-01-01T00:00:00.000Z' },
    program: { name: 'test', version: '0' },
    ...change,
  };
}

const quiet = { signal: { aborted: false } };

describe('analyse', () => {
  it('the track is the mean of the calibrated softmax of its windows', async () => {
    // temperature 0.5: logits ln(3)/2 and 0 become odds of 3 to 1 on two labels, the others vanish.
    const a = Math.log(3) / 2;
    const ports = fakePorts(
      preparedTrack(336, () => -10),
      [
        [a, 0, -99, -99],
        [0, a, -99, -99],
      ],
    );
    const result = await analyse(decoded, ports, quiet);
    if (!result.ok) throw new Error(result.error.message);
    const { track, windows, model, backend, warnings } = result.value;
    expect(windows.map((window) => window.predictions[0]?.genre)).toEqual(['Jazz', 'Rock']);
    expect(windows[0]?.predictions[0]?.probability).toBeCloseTo(0.75, 6);
    expect(track.predictions.slice(0, 2).map((p) => p.probability)).toEqual([
      expect.closeTo(0.5, 6),
      expect.closeTo(0.5, 6),
    ]);
    expect(track.predictions).toHaveLength(4);
    expect(track.agreement).toBe(0.5);
    expect(track.vote).toHaveLength(2);
    expect(model).toMatchObject({ id: 'test-model', sha256: testManifest.weights.sha256 });
    expect(backend).toEqual(webgpu);
    expect(warnings).toEqual([]);
    expect(windows[1]).toMatchObject({ startFrame: 112, silent: false });
    expect(windows[0]?.rollout).toHaveLength(196);
    expect(windows[0]?.rollout.reduce((sum, value) => sum + value, 0)).toBeCloseTo(1, 4);
  });

  it('the spectrogram comes before the model is ready, the first prediction after the first window', async () => {
    const kinds: string[] = [];
    const modelReady = new EventTarget();
    const ready = new Promise<void>((resolve) => {
      modelReady.addEventListener('ready', () => resolve());
    });
    const base = fakePorts(
      preparedTrack(448, () => -10),
      [
        [1, 0, 0, 0],
        [1, 0, 0, 0],
        [1, 0, 0, 0],
      ],
    );
    const ports: AnalysisPorts = {
      ...base,
      model: { manifest: testManifest, engine: () => ready.then(() => base.model.engine()) },
    };
    const running = analyse(decoded, ports, {
      ...quiet,
      onEvent: (event: AnalysisEvent) =>
        kinds.push(
          event.kind === 'window' ? `window ${event.windowsDone}/${event.windowsTotal}` : event.kind,
        ),
    });
    await new Promise((resolve) => setTimeout(resolve, 5));
    expect(kinds).toEqual(['prepared']);
    modelReady.dispatchEvent(new Event('ready'));
    await running;
    expect(kinds).toEqual(['prepared', 'engine', 'window 1/3', 'window 2/3', 'window 3/3']);
  });

  it('a silent window is skipped, said so, and left out of the mean', async () => {
    const ports = fakePorts(
      preparedTrack(448, (frame) => (frame < 224 ? -100 : -10)),
      [
        [9, 0, 0, 0],
        [9, 0, 0, 0],
      ],
    );
    const result = await analyse(decoded, ports, quiet);
    if (!result.ok) throw new Error(result.error.message);
    expect(result.value.windows.map((window) => window.silent)).toEqual([true, false, false]);
    expect(result.value.track.agreement).toBe(1);
    expect(result.value.warnings).toEqual([
      { code: 'silent-windows-skipped', details: { skipped: 1, windows: 3 } },
    ]);
  });

  it('fewer windows than the track has are read where that is asked for, and the report says so', async () => {
    const ports = fakePorts(
      preparedTrack(1120, () => -10),
      [
        [1, 0, 0, 0],
        [1, 0, 0, 0],
      ],
    );
    const result = await analyse(decoded, ports, { ...quiet, windows: 2 });
    if (!result.ok) throw new Error(result.error.message);
    expect(ports.inferred).toHaveLength(2);
    // Nine windows, 112 frames apart: those in the middle of each half, numbered as they stand in the report.
    expect(result.value.windows.map(({ index, startFrame }) => [index, startFrame])).toEqual([
      [0, 2 * 112],
      [1, 6 * 112],
    ]);
    expect(result.value.warnings).toEqual([{ code: 'windows-sampled', details: { read: 2, windows: 9 } }]);
    const all = await analyse(
      decoded,
      fakePorts(
        preparedTrack(1120, () => -10),
        Array.from({ length: 9 }, () => [1, 0, 0, 0]),
      ),
      { ...quiet, windows: 9 },
    );
    expect(all.ok && all.value.warnings).toEqual([]);
    expect(all.ok && all.value.windows).toHaveLength(9);
  });

  it('a window of noise is predicted all the same, and said to be noise', async () => {
    const track = preparedTrack(448, () => -10);
    const random = seededNoise(5);
    // The power of noise in a bin follows an exponential law; the second half of the track is a steady sound.
    track.logMel.values.forEach((_, i) => {
      const level = i % 448 < 224 ? 10 * Math.log10(-Math.log((random() + 1.000_001) / 2.000_002)) - 30 : -30;
      track.logMel.values[i] = Math.max(-100, level);
    });
    const result = await analyse(
      decoded,
      fakePorts(
        track,
        Array.from({ length: 3 }, () => [1, 0, 0, 0]),
      ),
      quiet,
    );
    if (!result.ok) throw new Error(result.error.message);
    expect(result.value.windows[0]?.noise).toBe(true);
    expect(result.value.windows[2]?.noise).toBe(false);
    expect(result.value.windows.map((window) => window.predictions.length)).toEqual([4, 4, 4]);
  });

  it('pure silence is an error after the picture, and asks for no engine', async () => {
    const events: string[] = [];
    const ports: AnalysisPorts = {
      ...fakePorts(
        preparedTrack(300, () => -100),
        [],
      ),
      model: { manifest: testManifest, engine: () => Promise.reject(new Error('asked for')) },
    };
    const result = await analyse(decoded, ports, { ...quiet, onEvent: (event) => events.push(event.kind) });
    expect(result).toMatchObject({ ok: false, error: { code: 'silent' } });
    expect(events).toEqual(['prepared']);
  });

  it('cancelling takes effect between windows: no further window, no report', async () => {
    const signal = { aborted: false };
    const ports = fakePorts(
      preparedTrack(560, () => -10),
      Array.from({ length: 4 }, () => [1, 0, 0, 0]),
    );
    const result = await analyse(decoded, ports, {
      signal,
      onEvent: (event) => {
        if (event.kind === 'window' && event.windowsDone === 2) signal.aborted = true;
      },
    });
    expect(result).toMatchObject({ ok: false, error: { code: 'cancelled' } });
    expect(ports.inferred).toHaveLength(2);
  });

  it('a short track is looped to one window and marked; a truncated one is marked', async () => {
    const ports = fakePorts(
      preparedTrack(50, () => -10),
      [[1, 0, 0, 0]],
    );
    const result = await analyse(
      { ...decoded, header: { ...decoded.header, durationSeconds: 30, durationIsExact: true } },
      ports,
      quiet,
    );
    if (!result.ok) throw new Error(result.error.message);
    expect(result.value.warnings.map((warning) => warning.code)).toEqual([
      'shorter-than-header',
      'looped-to-one-window',
    ]);
    expect(ports.inferred[0]).toHaveLength(224 * 224);
    expect(result.value.windows[0]?.endSeconds).toBeCloseTo((50 * 1024) / 22_050, 6);
  });

  it('an estimated length in the header is no promise', async () => {
    const ports = fakePorts(
      preparedTrack(224, () => -10),
      [[1, 0, 0, 0]],
    );
    const result = await analyse(
      { ...decoded, header: { ...decoded.header, durationSeconds: 30, durationIsExact: false } },
      ports,
      quiet,
    );
    expect(result.ok && result.value.warnings).toEqual([]);
  });

  it('a backend that changes in the middle is recorded', async () => {
    const base = fakePorts(
      preparedTrack(336, () => -10),
      [],
    );
    let calls = 0;
    const rollout = new Float32Array(197).fill(1 / 197);
    const engine: InferencePort = {
      backend: webgpu,
      infer: () =>
        Promise.resolve(
          ok({ logits: Float32Array.of(1, 0, 0, 0), rollout, backend: calls++ === 0 ? webgpu : wasm }),
        ),
    };
    const result = await analyse(
      decoded,
      { ...base, model: { manifest: testManifest, engine: () => Promise.resolve(ok(engine)) } },
      quiet,
    );
    if (!result.ok) throw new Error(result.error.message);
    expect(result.value.backend).toEqual(wasm);
    expect(result.value.warnings[0]).toMatchObject({
      code: 'backend-changed',
      details: { from: 'webgpu', to: 'wasm' },
    });
  });

  it('the descriptors are computed beside the windows and become part of the report', async () => {
    const order: string[] = [];
    const base = fakePorts(
      preparedTrack(224, () => -10),
      [[1, 0, 0, 0]],
    );
    const done = new EventTarget();
    const described = new Promise<void>((resolve) => {
      done.addEventListener('described', () => resolve());
    });
    const ports: AnalysisPorts = {
      ...base,
      frontEnd: {
        ...base.frontEnd,
        describe: async (signal) => {
          order.push('describe');
          await described;
          expect(signal.aborted).toBe(false);
          return ok(descriptors);
        },
      },
    };
    const running = analyse(decoded, ports, {
      ...quiet,
      onEvent: ({ kind }) => {
        order.push(kind);
        // The last window does not wait for them; the report does.
        if (kind === 'window') setTimeout(() => done.dispatchEvent(new Event('described')), 5);
      },
    });
    const result = await running;
    expect(order).toEqual(['prepared', 'describe', 'engine', 'window']);
    expect(result.ok && result.value.descriptors).toEqual(descriptors);
  });

  it('leaves the descriptors out for a host that does not want them', async () => {
    const base = fakePorts(
      preparedTrack(224, () => -10),
      [[1, 0, 0, 0]],
    );
    const asked: string[] = [];
    const ports: AnalysisPorts = {
      ...base,
      frontEnd: {
        ...base.frontEnd,
        describe: () => {
          asked.push('describe');
          return Promise.resolve(ok(descriptors));
        },
      },
    };
    const result = await analyse(decoded, ports, { ...quiet, descriptors: false });
    expect(asked).toEqual([]);
    expect(result.ok && result.value.descriptors).toBeNull();
  });

  it('descriptors that fail cost nothing but themselves', async () => {
    const failures: readonly AnalysisPorts['frontEnd']['describe'][] = [
      () => Promise.resolve(err(analysisError('out-of-memory', 'dsp worker'))),
      () => Promise.reject(new Error('a bug')),
    ];
    for (const describe of failures) {
      const base = fakePorts(
        preparedTrack(224, () => -10),
        [[1, 0, 0, 0]],
      );
      const result = await analyse(decoded, { ...base, frontEnd: { ...base.frontEnd, describe } }, quiet);
      expect(result.ok && result.value.descriptors).toBeNull();
      expect(result.ok && result.value.track.predictions).toHaveLength(4);
    }
  });

  it('failures of a port are the result, unchanged', async () => {
    const failure = err(analysisError('model-altered', 'hash'));
    const ports: AnalysisPorts = {
      ...fakePorts(
        preparedTrack(224, () => -10),
        [],
      ),
      model: { manifest: testManifest, engine: () => Promise.resolve(failure) },
    };
    expect(await analyse(decoded, ports, quiet)).toEqual(failure);
  });
});
