import type { TrackDescriptors } from '#core/descriptors/trackDescriptors.ts';
import { analysisError, type AnalysisError } from '#core/errors.ts';
import type { BackendDescription } from '#core/model/engine.ts';
import type { ModelManifest } from '#core/model/manifest.ts';
import type { PreparedTrack } from '#core/pipeline/ports.ts';
import type { AnalysisReport, Prediction, TrackResult, WindowResult } from '#core/report/report.ts';
import { err, ok } from '#core/result.ts';
import { buildSpectrogramPyramid } from '#core/render/spectrogramPyramid.ts';
import { waveformOverview } from '#core/render/waveformOverview.ts';
import { testFrontEnd } from '#core/testing/manifest.ts';
import { hertz } from '#core/units.ts';
import type { HostVersion } from '#state/offline.ts';
import type { HostPorts } from '#state/ports.ts';
import { createFakePlayer, type FakePlayer } from '#state/testing/fakePlayer.ts';
import type { Analyse } from '#state/runner.ts';
import { createFakeLibrary, type FakeLibrary } from '#state/testing/fakeLibrary.ts';
import type { SettingsStorage } from '#state/settings.ts';
import { createWorkbench, type Workbench } from '#state/workbench.ts';

/** A host without sound or numbers: tests decide what each file does, and step through windows by hand. */

const labels = [
  { id: 'Jazz', en: 'Jazz', zh: '爵士', experimental: false },
  { id: 'Folk', en: 'Folk', zh: '民谣', experimental: true },
  { id: 'Rock', en: 'Rock', zh: '摇滚', experimental: false },
  { id: 'Pop', en: 'Pop', zh: '流行', experimental: false },
  { id: 'Metal', en: 'Metal', zh: '金属', experimental: false },
  { id: 'Blues', en: 'Blues', zh: '蓝调', experimental: false },
] as const;

export const fakePredictions: readonly Prediction[] = [
  { genre: 'Jazz', probability: 0.432113 },
  { genre: 'Folk', probability: 0.25 },
  { genre: 'Rock', probability: 0.15 },
  { genre: 'Pop', probability: 0.1 },
  { genre: 'Metal', probability: 0.05 },
  { genre: 'Blues', probability: 0.017887 },
];

export const fakeManifest: ModelManifest = {
  schemaVersion: 1,
  id: 'tiny',
  version: '0.0.1',
  labels,
  architecture: {
    kind: 'vit',
    imageSize: 32,
    patchSize: 16,
    inputChannels: 1,
    hiddenSize: 8,
    layers: 1,
    heads: 1,
    mlpSize: 8,
    layerNormEps: 1e-6,
    activation: 'gelu-erf',
    classifier: [labels.length],
  },
  frontEnd: { ...testFrontEnd, nMels: 4, windowFrames: 32, windowHopFrames: 16 },
  aggregation: { kind: 'mean-softmax', reportVote: false },
  temperature: 1,
  weights: { file: 'w', bytes: 10, sha256: 'ab'.repeat(32), linear: 'int8-rows', layout: 'out-in' },
  metrics: {},
  licence: 'test',
};

export const fakeBackend: BackendDescription = {
  kind: 'wasm',
  threads: 2,
  precision: 'int8',
  device: 'processor',
  attempts: [
    { kind: 'webgpu', threads: 1, precision: 'float16', outcome: 'unavailable', detail: 'no adapter' },
    { kind: 'wasm', threads: 2, precision: 'int8', outcome: 'used', detail: 'deviation 0.001' },
  ],
};

/** 48 frames of 4 bands: 768 bytes of values, 192 of the picture, 8 of the waveform. */
export function fakePrepared(): PreparedTrack {
  const nFrames = 48;
  const nMels = 4;
  const logMel = { values: new Float32Array(nFrames * nMels), nMels, nFrames };
  return {
    logMel,
    picture: buildSpectrogramPyramid(logMel),
    waveform: waveformOverview(new Float32Array(4)),
    durationSeconds: (nFrames * 1024) / 22_050,
    nonFiniteSamples: 0,
    timings: { resampleMs: 1, melMs: 2, pictureMs: 3 },
  };
}

export const fakeDescriptors: TrackDescriptors = {
  tempoBpm: 117.454,
  spectralCentroidHz: 1848.73,
  spectralFlatness: 0.0110199,
  spectralIrregularity: 1.06787,
  lowBandRhythmicContrastDb: null,
  percussiveToHarmonicDb: -11.2247,
  integratedLoudnessLufs: -18.4889,
};

export const fakeTrack: TrackResult = { predictions: fakePredictions, agreement: 1, vote: [] };

export function fakeWindow(index: number): WindowResult {
  const startFrame = index * 16;
  return {
    index,
    startFrame,
    startSeconds: (startFrame * 1024) / 22_050,
    endSeconds: ((startFrame + 32) * 1024) / 22_050,
    silent: false,
    noise: false,
    predictions: fakePredictions,
    rollout: [0.25, 0.25, 0.25, 0.25],
  };
}

/** Files of the same name are the same sound, those of other names are not. */
export function fakeSha256(name: string): string {
  let hash = 0x811c9dc5;
  for (const character of name) hash = Math.imul(hash ^ (character.codePointAt(0) ?? 0), 0x01000193) >>> 0;
  return hash.toString(16).padStart(8, '0').repeat(8);
}

export function fakeReport(name: string, bytes = 3): AnalysisReport {
  return {
    schemaVersion: 2,
    program: { name: 'test', version: '0' },
    createdAt: '2026-01-02T03:04:05.000Z',
    file: {
      name,
      bytes,
      sha256: fakeSha256(name),
      container: 'wav',
      sampleRate: 44_100,
      channels: 2,
      durationSeconds: 2.2,
      headerDurationSeconds: 2.2,
    },
    model: {
      id: fakeManifest.id,
      version: fakeManifest.version,
      sha256: fakeManifest.weights.sha256,
      labels,
      frontEnd: fakeManifest.frontEnd,
      temperature: 1,
      patchSize: 16,
      imageSize: 32,
    },
    backend: fakeBackend,
    track: fakeTrack,
    windows: [fakeWindow(0), fakeWindow(1)],
    descriptors: fakeDescriptors,
    warnings: [],
    timings: {
      readMs: 1,
      hashMs: 1,
      decodeMs: 1,
      resampleMs: 1,
      melMs: 1,
      pictureMs: 1,
      modelWaitMs: 0,
      inferenceMs: 20,
      firstPredictionMs: 12,
      totalMs: 30,
    },
  };
}

export interface FakeHost {
  readonly player: FakePlayer;
  readonly bench: Workbench;
  readonly library: FakeLibrary;
  /** What happened, in order: "decode a.wav", "analyse a.wav", "window 0 of a.wav". */
  readonly log: string[];
  /** Lets the windows that wait, or the next one, be computed. */
  step(): Promise<void>;
  /** True while windows need no step. */
  setFree(free: boolean): void;
  releaseModel(): void;
  /** What the host says about installing and new versions. */
  setVersion(version: HostVersion): void;
}

export interface FakeHostOptions {
  /** A library that outlives the host, as storage does. */
  readonly library?: FakeLibrary;
  /** Failures of decoding, by file name. */
  readonly failures?: Readonly<Record<string, AnalysisError>>;
  readonly engineFailure?: AnalysisError;
  readonly openFailure?: AnalysisError;
  /** The engine waits for `releaseModel`. */
  readonly holdModel?: boolean;
  readonly throwFor?: string;
  readonly storage?: SettingsStorage;
  readonly pictureBudgetBytes?: number;
}

/** Lets everything that is ready to run do so. */
export const settle = async (): Promise<void> => {
  for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setTimeout(resolve, 0));
};

export function createFakeHost(options: FakeHostOptions = {}): FakeHost {
  const log: string[] = [];
  let free = true;
  let waiting: (() => void)[] = [];
  let holding: (() => void)[] = [];
  let versionListeners: ((version: HostVersion) => void)[] = [];
  const library = options.library ?? createFakeLibrary();
  const player = createFakePlayer();
  const ports: HostPorts = {
    audio: {
      decode: async (file, _signal, onStage, onHashed) => {
        log.push(`decode ${file.name}`);
        onStage('reading');
        await Promise.resolve();
        const sha256 = fakeSha256(file.name);
        await onHashed?.(sha256);
        onStage('decoding');
        const failure = options.failures?.[file.name];
        if (failure !== undefined) return err(failure);
        if (options.throwFor === file.name) throw new TypeError('a bug');
        return ok({
          name: file.name,
          bytes: file.size,
          sha256,
          header: {
            container: 'wav',
            sampleRate: hertz(44_100),
            channels: 2,
            durationSeconds: 2.2,
            durationIsExact: true,
          },
          pcm: { channels: [], sampleRate: hertz(44_100) },
          timings: { readMs: 1, hashMs: 1, decodeMs: 1 },
        });
      },
    },
    models: {
      open: async (_id, listener) => {
        await Promise.resolve();
        if (options.openFailure !== undefined) return err(options.openFailure);
        return ok({
          manifest: fakeManifest,
          engine: async () => {
            listener.onProgress({ stage: 'download', loadedBytes: 5, totalBytes: 10 });
            if (options.holdModel === true) await new Promise<void>((resolve) => holding.push(resolve));
            if (options.engineFailure !== undefined) return err(options.engineFailure);
            listener.onReady({
              backend: fakeBackend,
              fromCache: false,
              stored: 'opfs',
              storeDetail: '',
              timings: { manifestMs: 1, weightsMs: 1, verifyMs: 1, sessionMs: 1, goldenMs: 1 },
            });
            return ok({ backend: fakeBackend, infer: () => Promise.reject(new Error('not used')) });
          },
        });
      },
    },
    frontEnd: {
      prepare: () => Promise.resolve(ok(fakePrepared())),
      describe: () => Promise.resolve(ok(fakeDescriptors)),
    },
    pictures: {
      compose: ({ report }) =>
        Promise.resolve(ok({ fileName: `${report.file.name}.acousticsense.png`, png: new Blob(['png']) })),
      folder: () => Promise.resolve({ kind: 'none' }),
      chooseFolder: () => Promise.resolve(null),
      allowFolder: () => Promise.resolve({ kind: 'none' }),
      forgetFolder: () => Promise.resolve(),
      write: ({ fileName }) => Promise.resolve(ok({ fileName })),
      reopen: () => Promise.resolve(err(analysisError('not-our-picture', 'no chunk'))),
    },
    library: library.port,
    thumbnails: { paint: () => Promise.resolve(new Uint8Array([137, 80, 78, 71])) },
    downloads: { save: (_blob, fileName) => log.push(`download ${fileName}`) },
    exports: {
      open: (choice) => {
        const names: string[] = [];
        log.push(`export ${choice.formats.join('+')}`);
        return Promise.resolve(
          ok({
            add: ({ report }) => {
              names.push(report.file.name);
              return Promise.resolve(ok(undefined));
            },
            finish: (onPage) => {
              onPage(1, 1);
              return Promise.resolve(ok({ blob: new Blob(names), fileName: `${names.join('+')}.zip` }));
            },
            cancel: () => log.push('export cancelled'),
          }),
        );
      },
    },
    space: { estimate: () => Promise.resolve({ usedBytes: 1_000_000, quotaBytes: 1e9 }) },
    player: player.port,
    sounds: player.sounds,
    offline: {
      watch: (listener) => {
        versionListeners = [...versionListeners, listener];
      },
      install: async () => void log.push('install'),
      update: async () => void log.push('update'),
    },
    clock: { nowMs: () => 0, isoDate: () => '2026-01-02T03:04:05.000Z' },
  };
  const analyse: Analyse = async (decoded, { model, frontEnd }, { signal, onEvent }) => {
    log.push(`analyse ${decoded.name}`);
    const prepared = await frontEnd.prepare(decoded.pcm, model.manifest.frontEnd, signal);
    if (!prepared.ok) return prepared;
    onEvent?.({ kind: 'prepared', prepared: prepared.value });
    const engine = await model.engine();
    if (!engine.ok) return engine;
    onEvent?.({ kind: 'engine', backend: fakeBackend });
    for (let index = 0; index < 2; index++) {
      if (!free) await new Promise<void>((resolve) => waiting.push(resolve));
      // The window that was running when the job was stopped still reports: it must be dropped as stale.
      log.push(`window ${index} of ${decoded.name}`);
      onEvent?.({
        kind: 'window',
        window: fakeWindow(index),
        windowsDone: index + 1,
        windowsTotal: 2,
        track: fakeTrack,
      });
      if (signal.aborted) return err(analysisError('cancelled', 'between windows'));
    }
    return ok(fakeReport(decoded.name, decoded.bytes));
  };
  const bench = createWorkbench({
    ports,
    analyse,
    program: { name: 'test', version: '0' },
    modelId: 'tiny',
    choice: {},
    storage: options.storage ?? null,
    languages: ['en'],
    ...(options.pictureBudgetBytes === undefined ? {} : { pictureBudgetBytes: options.pictureBudgetBytes }),
  });
  return {
    player,
    bench,
    library,
    log,
    step: async () => {
      await settle();
      const now = waiting;
      waiting = [];
      for (const resolve of now) resolve();
      await settle();
    },
    setVersion: (version) => {
      for (const listener of versionListeners) listener(version);
    },
    setFree: (value) => {
      free = value;
      if (!value) return;
      for (const resolve of waiting) resolve();
      waiting = [];
    },
    releaseModel: () => {
      for (const resolve of holding) resolve();
      holding = [];
    },
  };
}

export const fakeFile = (name: string): File => new File([new Uint8Array(3)], name);
