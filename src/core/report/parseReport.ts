import { audioContainers } from '#core/audio/pcm.ts';
import { descriptorNames, type TrackDescriptors } from '#core/descriptors/trackDescriptors.ts';
import {
  analysisError,
  analysisWarningCodes,
  type AnalysisError,
  type AnalysisWarning,
} from '#core/errors.ts';
import type { BackendAttempt, BackendCandidate, BackendDescription } from '#core/model/engine.ts';
import { readJson, type JsonReader } from '#core/model/jsonReader.ts';
import type { ModelLabel } from '#core/model/manifest.ts';
import { readFrontEnd, readLabel, refuseRepeatedIds, sha256Pattern } from '#core/model/parseManifest.ts';
import type {
  AnalysisReport,
  Prediction,
  StageTimings,
  TrackResult,
  WindowResult,
} from '#core/report/report.ts';
import { err, ok, type Result } from '#core/result.ts';

/** The newest version of `AnalysisReport` that this program reads and the one that it writes. */
export const reportSchemaVersion = 2;

/** What a report may hold; anything beyond was not written by this program. */
export const reportLimits = {
  /** Of the JSON text: three hours of windows at half overlap are 5 million. */
  characters: 64 * 1024 * 1024,
  windows: 20_000,
  labels: 1000,
  rollout: 10_000,
  warnings: 100,
  attempts: 64,
  /** Of a file name; what a person names a file is taken as it is, whatever its characters. */
  nameCharacters: 32_768,
  /** Of a runtime's message. */
  detailCharacters: 100_000,
  durationSeconds: 24 * 60 * 60,
  frames: 4_000_000,
} as const;

/** How far a sum of probabilities may be from 1; a rollout is stored with seven decimals. */
const sumTolerance = 1e-3;
/** Names that mean something else than a field to JavaScript. */
const reservedNames: ReadonlySet<string> = new Set(['__proto__', 'constructor', 'prototype']);
/** ISO 8601 in UTC, as `Date.toISOString` writes it; the fraction may be absent. */
const isoPattern = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{1,9})?Z$/;

/**
 * Reads a report from JSON that may come from anybody: a picture's text chunk, an archive, a file. Strict and bounded
 * (`reportLimits`): every field of its type and range, probabilities of known genres that sum to 1, no field of a
 * special name. Fields it does not know are dropped. A report of version 1 becomes one of version 2 with `descriptors`
 * null and `noise` false.
 *
 * Errors: `report-too-new` (details `version`, `supported`) for a version after `reportSchemaVersion`; `report-invalid`
 * (details `path`, `reason`) for everything else. Never throws.
 */
export function parseReport(json: string): Result<AnalysisReport, AnalysisError> {
  if (json.length > reportLimits.characters)
    return err(
      invalidReport('', `must have at most ${reportLimits.characters} characters, has ${json.length}`),
    );
  let document: unknown;
  try {
    document = JSON.parse(json);
  } catch (reason) {
    return err(
      invalidReport('', `is not JSON: ${reason instanceof Error ? reason.message : String(reason)}`),
    );
  }
  return parseReportValue(document);
}

/** As `parseReport`, for a document that was parsed already, as part of a larger one. */
export function parseReportValue(document: unknown): Result<AnalysisReport, AnalysisError> {
  const version =
    typeof document === 'object' && document !== null && Object.hasOwn(document, 'schemaVersion')
      ? (Reflect.get(document, 'schemaVersion') as unknown)
      : undefined;
  if (typeof version === 'number' && Number.isSafeInteger(version) && version > reportSchemaVersion)
    return err(
      analysisError(
        'report-too-new',
        `the report is of version ${version}, this program reads up to ${reportSchemaVersion}`,
        { version, supported: reportSchemaVersion },
      ),
    );
  const special = specialName(document);
  if (special !== null) return err(invalidReport(special, 'is not a name that a field may have'));
  const result = readJson(document, readReport);
  return result.ok ? ok(result.value) : err(invalidReport(result.error.path, result.error.reason));
}

/** `report-invalid` with where and why. */
export function invalidReport(path: string, reason: string): AnalysisError {
  return analysisError('report-invalid', `report: ${path}${path && ' '}${reason}`, { path, reason });
}

/** The first field named `__proto__` anywhere in the document, null where there is none. */
function specialName(document: unknown): string | null {
  const open: unknown[] = [document];
  for (let value = open.pop(); value !== undefined; value = open.pop()) {
    if (typeof value !== 'object' || value === null) continue;
    if (Object.hasOwn(value, '__proto__')) return '__proto__';
    for (const inner of Object.values(value) as unknown[])
      if (typeof inner === 'object' && inner !== null) open.push(inner);
  }
  return null;
}

/** ISO 8601, UTC, a date that exists. */
export function readIsoDate(reader: JsonReader): string {
  const text = reader.text(40, isoPattern);
  return Number.isFinite(Date.parse(text)) ? text : reader.refuse(`is no date: ${text}`);
}

function readReport(reader: JsonReader): AnalysisReport {
  const version = reader.field('schemaVersion').integer(1, reportSchemaVersion);
  const program = reader.field('program');
  const model = readModel(reader.field('model'));
  const file = readFile(reader.field('file'));
  const { sampleRate, hopLength } = model.frontEnd;
  const frames = 1 + (file.durationSeconds * sampleRate) / hopLength;
  if (frames > reportLimits.frames)
    reader
      .field('file')
      .field('durationSeconds')
      .refuse(`gives ${Math.round(frames)} frames, at most ${reportLimits.frames} are read`);
  const context: WindowContext = {
    labels: new Set(model.labels.map((label) => label.id)),
    patches: (model.imageSize / model.patchSize) ** 2,
    durationSeconds: file.durationSeconds,
    frames,
    version,
  };
  const windows = reader
    .field('windows')
    .array(0, reportLimits.windows)
    .map((window, index) => readWindow(window, index, context));
  for (const [i, window] of windows.entries())
    if (i > 0 && window.startFrame <= windows[i - 1]!.startFrame)
      reader.field('windows').entry(i).field('startFrame').refuse('must be after that of the window before');
  return {
    schemaVersion: 2,
    program: { name: program.field('name').anyText(200), version: program.field('version').anyText(200) },
    createdAt: readIsoDate(reader.field('createdAt')),
    file,
    model,
    backend: readBackend(reader.field('backend')),
    track: readTrack(reader.field('track'), context.labels, windows.length),
    windows,
    descriptors: version === 1 ? null : reader.field('descriptors').nullable(readDescriptors),
    warnings: reader.field('warnings').array(0, reportLimits.warnings).map(readWarning),
    timings: readTimings(reader.field('timings')),
  };
}

const readFile = (reader: JsonReader): AnalysisReport['file'] => ({
  name: reader.field('name').anyText(reportLimits.nameCharacters),
  bytes: reader.field('bytes').integer(0, Number.MAX_SAFE_INTEGER),
  sha256: reader.field('sha256').text(64, sha256Pattern),
  container: reader.field('container').oneOf(...audioContainers),
  sampleRate: reader.field('sampleRate').number({ above: 0, max: 10_000_000 }),
  channels: reader.field('channels').integer(1, 1024),
  durationSeconds: reader.field('durationSeconds').number({ min: 0, max: reportLimits.durationSeconds }),
  headerDurationSeconds: reader
    .field('headerDurationSeconds')
    .nullable((header) => header.number({ min: 0 })),
});

function readModel(reader: JsonReader): AnalysisReport['model'] {
  const labels = reader.field('labels').array(1, reportLimits.labels).map(readLabel);
  refuseRepeatedIds(reader.field('labels'), labels);
  refuseReservedIds(reader.field('labels'), labels);
  const imageSize = reader.field('imageSize').integer(1, 4096);
  const patchSize = reader.field('patchSize').integer(1, imageSize);
  if (imageSize % patchSize !== 0)
    reader.field('imageSize').refuse(`must be a multiple of patchSize ${patchSize}, is ${imageSize}`);
  if ((imageSize / patchSize) ** 2 > reportLimits.rollout)
    reader.field('patchSize').refuse(`gives more than ${reportLimits.rollout} patches`);
  return {
    id: reader.field('id').text(200),
    version: reader.field('version').text(200),
    sha256: reader.field('sha256').text(64, sha256Pattern),
    labels,
    frontEnd: readFrontEnd(reader.field('frontEnd')),
    temperature: reader.field('temperature').number({ above: 0, max: 100 }),
    patchSize,
    imageSize,
  };
}

function refuseReservedIds(reader: JsonReader, labels: readonly ModelLabel[]): void {
  for (const [i, { id }] of labels.entries())
    if (reservedNames.has(id)) reader.entry(i).field('id').refuse(`must not be ${id}`);
}

const readCandidate = (reader: JsonReader): BackendCandidate => ({
  kind: reader.field('kind').oneOf('webgpu', 'wasm', 'node-cpu', 'node-webgpu'),
  threads: reader.field('threads').integer(0, 4096),
  precision: reader.field('precision').oneOf('float32', 'float16', 'int8'),
});

const readAttempt = (reader: JsonReader): BackendAttempt => ({
  ...readCandidate(reader),
  outcome: reader.field('outcome').oneOf('used', 'unavailable', 'disagreed', 'failed'),
  detail: reader.field('detail').anyText(reportLimits.detailCharacters),
});

const readBackend = (reader: JsonReader): BackendDescription => ({
  ...readCandidate(reader),
  device: reader.field('device').anyText(reportLimits.detailCharacters),
  attempts: reader.field('attempts').array(0, reportLimits.attempts).map(readAttempt),
});

interface WindowContext {
  readonly labels: ReadonlySet<string>;
  readonly patches: number;
  readonly durationSeconds: number;
  readonly frames: number;
  readonly version: number;
}

/** All labels, each once, most likely first. */
function readPredictions(reader: JsonReader, labels: ReadonlySet<string>): readonly Prediction[] {
  const seen = new Set<string>();
  let sum = 0;
  let before = Infinity;
  const predictions = reader.array(labels.size, labels.size).map((entry) => {
    const genre = readGenre(entry.field('genre'), labels, seen);
    const probability = entry.field('probability').number({ min: 0, max: 1 });
    if (probability > before) entry.field('probability').refuse('must not be above the one before');
    before = probability;
    sum += probability;
    return { genre, probability };
  });
  if (Math.abs(sum - 1) > sumTolerance) reader.refuse(`probabilities must sum to 1, sum to ${sum}`);
  return predictions;
}

function readGenre(reader: JsonReader, labels: ReadonlySet<string>, seen: Set<string>): string {
  const genre = reader.text(200);
  if (!labels.has(genre)) reader.refuse(`is no label of the model: ${JSON.stringify(genre)}`);
  if (seen.has(genre)) reader.refuse(`repeats ${JSON.stringify(genre)}`);
  seen.add(genre);
  return genre;
}

function readWindow(reader: JsonReader, index: number, context: WindowContext): WindowResult {
  const silent = reader.field('silent').boolean();
  const startSeconds = reader.field('startSeconds').number({ min: 0, max: context.durationSeconds + 1 });
  const place = {
    index: reader.field('index').integer(index, index),
    startFrame: reader.field('startFrame').integer(0, Math.floor(context.frames)),
    startSeconds,
    endSeconds: reader
      .field('endSeconds')
      .number({ min: startSeconds, max: Math.max(startSeconds, context.durationSeconds + 1) }),
    silent,
    noise: context.version === 1 ? false : reader.field('noise').boolean(),
  };
  if (silent) {
    reader.field('predictions').array(0, 0);
    reader.field('rollout').array(0, 0);
    return { ...place, predictions: [], rollout: [] };
  }
  const rollout = reader
    .field('rollout')
    .numbers(context.patches, context.patches, { min: 0, max: 1 + sumTolerance });
  const sum = rollout.reduce((total, value) => total + value, 0);
  if (Math.abs(sum - 1) > sumTolerance) reader.field('rollout').refuse(`must sum to 1, sums to ${sum}`);
  return { ...place, predictions: readPredictions(reader.field('predictions'), context.labels), rollout };
}

function readTrack(reader: JsonReader, labels: ReadonlySet<string>, windows: number): TrackResult {
  const seen = new Set<string>();
  return {
    predictions: readPredictions(reader.field('predictions'), labels),
    agreement: reader.field('agreement').number({ min: 0, max: 1 }),
    vote: reader
      .field('vote')
      .array(0, labels.size)
      .map((entry) => ({
        genre: readGenre(entry.field('genre'), labels, seen),
        windows: entry.field('windows').integer(0, Math.max(1, windows)),
      })),
  };
}

const readDescriptors = (reader: JsonReader): TrackDescriptors =>
  Object.fromEntries(
    descriptorNames.map((name) => [
      name,
      reader.field(name).nullable((figure) => figure.number({ min: -1e6, max: 1e6 })),
    ]),
  ) as unknown as TrackDescriptors;

const readWarning = (reader: JsonReader): AnalysisWarning => ({
  code: reader.field('code').oneOf(...analysisWarningCodes),
  details: readDetails(reader.field('details')),
});

function readDetails(reader: JsonReader): Readonly<Record<string, string | number>> {
  const names = Object.keys(reader.record());
  if (names.length > 32) reader.refuse(`must have at most 32 fields, has ${names.length}`);
  return Object.fromEntries(
    names.map((name) => {
      if (name.length > 100 || reservedNames.has(name))
        reader.refuse('has a field of a name it must not have');
      const entry = reader.field(name);
      return [name, typeof entry.value === 'string' ? entry.anyText(1000) : entry.number()];
    }),
  );
}

const timingNames = [
  'readMs',
  'hashMs',
  'decodeMs',
  'resampleMs',
  'melMs',
  'pictureMs',
  'modelWaitMs',
  'inferenceMs',
  'firstPredictionMs',
  'totalMs',
] as const satisfies readonly (keyof StageTimings)[];

const readTimings = (reader: JsonReader): StageTimings =>
  Object.fromEntries(
    timingNames.map((name) => [name, reader.field(name).number({ min: 0 })]),
  ) as unknown as StageTimings;
