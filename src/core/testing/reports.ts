import * as fc from 'fast-check';
import { audioContainers } from '#core/audio/pcm.ts';
import { descriptorNames, type TrackDescriptors } from '#core/descriptors/trackDescriptors.ts';
import { analysisWarningCodes } from '#core/errors.ts';
import { longestNote, longestTag, mostTags, type Review } from '#core/library/record.ts';
import type { ModelLabel } from '#core/model/manifest.ts';
import { rankedPredictions, trackResult } from '#core/model/predictions.ts';
import type { AnalysisReport, WindowResult } from '#core/report/report.ts';
import { librosaDefaultFrontEnd } from '#core/testing/frontEnds.ts';
import { testFrontEnd, testManifest } from '#core/testing/manifest.ts';

/** Reports for tests: one that is easy to reason about, and generated ones of every shape a report may have. */

const patches = 196;

/** A window of the default front end whose best genre is `best`, with probability 0.7; null is a silent one. */
export function testWindow(
  index: number,
  best: string | null,
  labels: readonly ModelLabel[] = testManifest.labels,
): WindowResult {
  const frontEnd = testFrontEnd;
  const startFrame = index * frontEnd.windowHopFrames;
  const secondsAFrame = frontEnd.hopLength / frontEnd.sampleRate;
  const place = {
    index,
    startFrame,
    startSeconds: startFrame * secondsAFrame,
    endSeconds: (startFrame + frontEnd.windowFrames) * secondsAFrame,
    noise: false,
  };
  if (best === null) return { ...place, silent: true, predictions: [], rollout: [] };
  const rest = 0.3 / (labels.length - 1);
  return {
    ...place,
    silent: false,
    predictions: rankedPredictions(
      labels,
      labels.map(({ id }) => (id === best ? 0.7 : rest)),
    ),
    rollout: Array<number>(patches).fill(1 / patches),
  };
}

/** A report of a file whose windows have these best genres. */
export function testReport(
  best: readonly (string | null)[] = ['Jazz', 'Jazz', 'R&B'],
  name = 'song.wav',
): AnalysisReport {
  const windows = best.map((genre, index) => testWindow(index, genre));
  const { hopLength, sampleRate } = testFrontEnd;
  const track = trackResult(windows, testManifest.labels);
  if (track === null) throw new Error('a report needs a window with sound');
  return {
    schemaVersion: 2,
    program: { name: 'AcousticSense AI', version: '0.1.0' },
    createdAt: '2026-01-02T03:04:05.678Z',
    file: {
      name,
      bytes: 123_456,
      sha256: '0123456789abcdef'.repeat(4),
      container: 'wav',
      sampleRate: 44_100,
      channels: 2,
      durationSeconds: ((windows.length - 1) * 112 * hopLength + 224 * hopLength) / sampleRate,
      headerDurationSeconds: null,
    },
    model: {
      id: testManifest.id,
      version: testManifest.version,
      sha256: testManifest.weights.sha256,
      labels: testManifest.labels,
      frontEnd: testFrontEnd,
      temperature: testManifest.temperature,
      patchSize: 16,
      imageSize: 224,
    },
    backend: {
      kind: 'wasm',
      threads: 2,
      precision: 'int8',
      device: 'processor',
      attempts: [{ kind: 'wasm', threads: 2, precision: 'int8', outcome: 'used', detail: 'deviation 0' }],
    },
    track,
    windows,
    descriptors: {
      tempoBpm: 120.19,
      spectralCentroidHz: 2034.5,
      spectralFlatness: 0.0123,
      spectralIrregularity: 0.25,
      lowBandRhythmicContrastDb: 6.5,
      percussiveToHarmonicDb: -3.25,
      integratedLoudnessLufs: -14.2,
    },
    warnings: [],
    timings: {
      readMs: 1,
      hashMs: 2,
      decodeMs: 3,
      resampleMs: 4,
      melMs: 5,
      pictureMs: 6,
      modelWaitMs: 0,
      inferenceMs: 70,
      firstPredictionMs: 20,
      totalMs: 91,
    },
  };
}

const sha256Arbitrary = fc
  .array(fc.integer({ min: 0, max: 15 }), { minLength: 64, maxLength: 64 })
  .map((digits) => digits.map((digit) => digit.toString(16)).join(''));
const isoArbitrary = fc
  .date({ min: new Date('2000-01-01'), max: new Date('2100-01-01'), noInvalidDate: true })
  .map((date) => date.toISOString());
const idArbitrary = fc
  .string({ unit: 'grapheme', minLength: 1, maxLength: 12 })
  .filter(
    (id) =>
      /^[^\p{Cc}]+$/u.test(id) && id.length <= 200 && !['__proto__', 'constructor', 'prototype'].includes(id),
  );
const labelsArbitrary = fc.uniqueArray(
  fc.record({ id: idArbitrary, en: idArbitrary, zh: idArbitrary, experimental: fc.boolean() }),
  { minLength: 1, maxLength: 8, selector: (label) => label.id },
);
/** Positive numbers that sum to 1. */
const shares = (count: number): fc.Arbitrary<number[]> =>
  fc
    .array(fc.double({ min: 1e-6, max: 1, noNaN: true }), { minLength: count, maxLength: count })
    .map((weights) => {
      const sum = weights.reduce((total, weight) => total + weight, 0);
      return weights.map((weight) => weight / sum);
    });
const milliseconds = fc.double({ min: 0, max: 1e6, noNaN: true });
const candidate = {
  kind: fc.constantFrom('webgpu', 'wasm', 'node-cpu', 'node-webgpu'),
  threads: fc.integer({ min: 1, max: 16 }),
  precision: fc.constantFrom('float32', 'float16', 'int8'),
} as const;

/** Reports as an analysis makes them: any labels, any file name, 1 to 5 windows, some of them silent. */
export const reportArbitrary: fc.Arbitrary<AnalysisReport> = labelsArbitrary
  .chain((labels) =>
    fc.record({
      labels: fc.constant(labels),
      patchesASide: fc.constantFrom(1, 2, 3),
      frontEnd: fc.constantFrom(testFrontEnd, librosaDefaultFrontEnd),
      windows: fc.array(
        fc.record({
          silent: fc.boolean(),
          noise: fc.boolean(),
          shares: shares(labels.length),
          rollout: shares(9),
        }),
        { minLength: 1, maxLength: 5 },
      ),
      name: fc.string({ unit: 'binary', maxLength: 60 }),
      file: fc.record({
        bytes: fc.nat(),
        sha256: sha256Arbitrary,
        container: fc.constantFrom(...audioContainers),
        sampleRate: fc.integer({ min: 8000, max: 192_000 }),
        channels: fc.integer({ min: 1, max: 8 }),
        headerDurationSeconds: fc.option(fc.double({ min: 0, max: 1e6, noNaN: true })),
      }),
      modelSha256: sha256Arbitrary,
      temperature: fc.double({ min: 0.01, max: 10, noNaN: true }),
      createdAt: isoArbitrary,
      backend: fc.record({
        ...candidate,
        device: fc.string({ maxLength: 20 }),
        attempts: fc.array(
          fc.record({
            ...candidate,
            outcome: fc.constantFrom('used', 'unavailable', 'disagreed', 'failed'),
            detail: fc.string({ unit: 'binary', maxLength: 40 }),
          }),
          { maxLength: 3 },
        ),
      }),
      descriptors: fc.option(
        fc.tuple(...descriptorNames.map(() => fc.option(fc.double({ min: -1e5, max: 1e5, noNaN: true })))),
      ),
      warnings: fc.array(
        fc.record({
          code: fc.constantFrom(...analysisWarningCodes),
          details: fc.dictionary(
            fc.stringMatching(/^[a-z]{1,8}$/),
            fc.oneof(fc.string({ maxLength: 20 }), fc.double({ noNaN: true, noDefaultInfinity: true })),
            { maxKeys: 3, noNullPrototype: true },
          ),
        }),
        { maxLength: 3 },
      ),
      timings: fc.record({
        readMs: milliseconds,
        hashMs: milliseconds,
        decodeMs: milliseconds,
        resampleMs: milliseconds,
        melMs: milliseconds,
        pictureMs: milliseconds,
        modelWaitMs: milliseconds,
        inferenceMs: milliseconds,
        firstPredictionMs: milliseconds,
        totalMs: milliseconds,
      }),
    }),
  )
  .map((made): AnalysisReport => {
    const { labels, frontEnd, patchesASide } = made;
    const seconds = frontEnd.hopLength / frontEnd.sampleRate;
    const count = patchesASide ** 2;
    const windows = made.windows.map((window, index): WindowResult => {
      const startFrame = index * frontEnd.windowHopFrames;
      // The first window always sounds: a file without any sound has no report.
      const silent = window.silent && index > 0;
      const patchSum = window.rollout.slice(0, count).reduce((total, value) => total + value, 0);
      return {
        index,
        startFrame,
        startSeconds: startFrame * seconds,
        endSeconds: (startFrame + frontEnd.windowFrames) * seconds,
        silent,
        noise: window.noise,
        predictions: silent ? [] : rankedPredictions(labels, window.shares),
        rollout: silent ? [] : window.rollout.slice(0, count).map((value) => value / patchSum),
      };
    });
    const track = trackResult(windows, labels);
    if (track === null) throw new Error('the first window sounds');
    const [tempo] = made.descriptors ?? [];
    return {
      schemaVersion: 2,
      program: { name: 'AcousticSense AI', version: '0.1.0' },
      createdAt: made.createdAt,
      file: {
        name: made.name,
        ...made.file,
        durationSeconds: windows.at(-1)!.endSeconds,
      },
      model: {
        id: 'generated',
        version: '1',
        sha256: made.modelSha256,
        labels,
        frontEnd,
        temperature: made.temperature,
        patchSize: 16,
        imageSize: 16 * patchesASide,
      },
      backend: made.backend,
      track,
      windows,
      descriptors:
        tempo === undefined
          ? null
          : (Object.fromEntries(
              descriptorNames.map((name, i) => [name, made.descriptors?.[i] ?? null]),
            ) as unknown as TrackDescriptors),
      warnings: made.warnings,
      timings: made.timings,
    };
  });

/** What a person may have added to a report with these labels. */
export const reviewArbitrary = (labels: readonly ModelLabel[]): fc.Arbitrary<Review> =>
  fc.record({
    verdict: fc.oneof(
      fc.constant({ kind: 'none' } as const),
      fc.constant({ kind: 'accepted' } as const),
      fc.constant({ kind: 'unsure' } as const),
      fc.record({
        kind: fc.constant('corrected' as const),
        genre: fc.constantFrom(...labels.map((label) => label.id)),
      }),
    ),
    note: fc.string({ unit: 'binary', maxLength: 40 }).filter((note) => note.length <= longestNote),
    tags: fc.uniqueArray(
      fc
        .string({ unit: 'binary', minLength: 1, maxLength: 12 })
        .filter((tag) => tag.trim() === tag && tag.length <= longestTag),
      { maxLength: Math.min(4, mostTags) },
    ),
    reviewedAt: fc.option(isoArbitrary),
  });
