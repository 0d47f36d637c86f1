import type { AnalysisReport } from '#core/report/report.ts';
import { testFrontEnd } from '#core/testing/manifest.ts';
import { windowsOf } from '#core/testing/windows.ts';

/** A finished result of three genres in three windows; tests change what they are about. */
export function reportOf(change: Partial<AnalysisReport> = {}): AnalysisReport {
  const windows = windowsOf([
    { Jazz: 0.6, Folk: 0.3, Rock: 0.1 },
    { Folk: 0.7, Jazz: 0.2, Rock: 0.1 },
    { Jazz: 0.7, Rock: 0.2, Folk: 0.1 },
  ]);
  return {
    schemaVersion: 2,
    program: { name: 'AcousticSense AI', version: '0.1.0' },
    createdAt: '2026-01-02T03:04:05.000Z',
    file: {
      name: 'song.wav',
      bytes: 1,
      sha256: 'ab'.repeat(32),
      container: 'wav',
      sampleRate: 44_100,
      channels: 2,
      durationSeconds: 20,
      headerDurationSeconds: 20,
    },
    model: {
      id: 'test-model',
      version: '1.0.0',
      sha256: 'cd'.repeat(32),
      labels: [
        { id: 'Jazz', en: 'Jazz', zh: '爵士', experimental: false },
        { id: 'Folk', en: 'Folk', zh: '民谣', experimental: true },
        { id: 'Rock', en: 'Rock', zh: '摇滚', experimental: false },
      ],
      frontEnd: testFrontEnd,
      temperature: 1.25,
      patchSize: 16,
      imageSize: 224,
    },
    backend: { kind: 'wasm', threads: 2, precision: 'int8', device: 'WebAssembly', attempts: [] },
    track: {
      predictions: [
        { genre: 'Jazz', probability: 0.5 },
        { genre: 'Folk', probability: 0.4 },
        { genre: 'Rock', probability: 0.1 },
      ],
      agreement: 2 / 3,
      vote: [
        { genre: 'Jazz', windows: 2 },
        { genre: 'Folk', windows: 1 },
      ],
    },
    windows,
    descriptors: {
      tempoBpm: 120,
      spectralCentroidHz: 1800,
      spectralFlatness: 0.000_012,
      spectralIrregularity: 0.4,
      lowBandRhythmicContrastDb: 12,
      percussiveToHarmonicDb: -3.2,
      integratedLoudnessLufs: -14.1,
    },
    warnings: [],
    timings: {
      readMs: 1,
      hashMs: 1,
      decodeMs: 1,
      resampleMs: 1,
      melMs: 1,
      pictureMs: 1,
      modelWaitMs: 0,
      inferenceMs: 1,
      firstPredictionMs: 1,
      totalMs: 7,
    },
    ...change,
  };
}
