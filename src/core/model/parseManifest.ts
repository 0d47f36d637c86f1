import { analysisError, type AnalysisError } from '#core/errors.ts';
import { readJson, type JsonReader } from '#core/model/jsonReader.ts';
import type {
  FrontEnd,
  GoldenRecord,
  ModelInput,
  ModelLabel,
  ModelManifest,
  VitArchitecture,
  WeightsFile,
} from '#core/model/manifest.ts';
import { err, type Result } from '#core/result.ts';

const schemaVersion = 1;
/** SHA-256 as lower-case hex. */
export const sha256Pattern = /^[0-9a-f]{64}$/;
/** A name inside the package's folder: no path. */
const fileNamePattern = /^[A-Za-z0-9][A-Za-z0-9._-]*$/;

/**
 * Validates a model's manifest: every field of `ModelManifest` present, of its type and in its range, and all of them consistent with each other.
 * Fields it does not know are dropped. Fails with `model-invalid`; the message and the detail `path` say which field
 * (`frontEnd.input.mean[0]`) and why. A manifest of a newer schema is refused as such.
 */
export function parseManifest(json: unknown): Result<ModelManifest, AnalysisError> {
  return asInvalidModel('manifest', json, readManifest);
}

/**
 * Validates a golden record; with a manifest, also that it belongs to it (weights, number of labels and patches).
 * Fails with `model-invalid`, as `parseManifest` does.
 */
export function parseGolden(json: unknown, manifest?: ModelManifest): Result<GoldenRecord, AnalysisError> {
  return asInvalidModel('golden', json, (reader) => readGolden(reader, manifest));
}

function asInvalidModel<T>(
  document: string,
  json: unknown,
  read: (reader: JsonReader) => T,
): Result<T, AnalysisError> {
  const result = readJson(json, read);
  if (result.ok) return result;
  const { path, reason } = result.error;
  return err(
    analysisError('model-invalid', `${document}: ${path}${path && ' '}${reason}`, { document, path, reason }),
  );
}

function readVersion(reader: JsonReader): 1 {
  const version = reader.field('schemaVersion');
  if (version.integer(1, Number.MAX_SAFE_INTEGER) > schemaVersion)
    version.refuse(
      `is ${String(version.value)}, this program reads up to ${schemaVersion}; a newer program is needed`,
    );
  return schemaVersion;
}

function readManifest(reader: JsonReader): ModelManifest {
  const version = readVersion(reader);
  const labels = reader.field('labels').array(1, 4096).map(readLabel);
  refuseRepeatedIds(reader.field('labels'), labels);
  const architecture = readArchitecture(reader.field('architecture'), labels.length);
  return {
    schemaVersion: version,
    id: reader.field('id').text(100, fileNamePattern),
    version: reader.field('version').text(100),
    labels,
    architecture,
    frontEnd: readManifestFrontEnd(reader.field('frontEnd'), architecture),
    aggregation: {
      kind: reader.field('aggregation').field('kind').oneOf('mean-softmax'),
      reportVote: reader.field('aggregation').field('reportVote').boolean(),
    },
    temperature: reader.field('temperature').number({ above: 0, max: 100 }),
    weights: readWeights(reader.field('weights')),
    ...(reader.field('affinity').value === undefined
      ? {}
      : { affinity: readAffinity(reader.field('affinity'), labels.length) }),
    metrics: reader.field('metrics').record(),
    licence: reader.field('licence').text(10_000, /^[\P{Cc}\n\r\t]+$/u),
  };
}

/** Refuses the first label whose id another one before it has. */
export function refuseRepeatedIds(reader: JsonReader, labels: readonly ModelLabel[]): void {
  const seen = new Set<string>();
  for (const [i, { id }] of labels.entries()) {
    if (seen.has(id))
      reader
        .entry(i)
        .field('id')
        .refuse(`repeats ${JSON.stringify(id)}`);
    seen.add(id);
  }
}

/** One label of a manifest or a report. */
export const readLabel = (reader: JsonReader): ModelLabel => ({
  id: reader.field('id').text(200),
  en: reader.field('en').text(200),
  zh: reader.field('zh').text(200),
  experimental: reader.field('experimental').boolean(),
});

function readArchitecture(reader: JsonReader, labels: number): VitArchitecture {
  const imageSize = reader.field('imageSize').integer(1, 4096);
  const patchSize = reader.field('patchSize').integer(1, 4096);
  if (imageSize % patchSize !== 0)
    reader.field('imageSize').refuse(`must be a multiple of patchSize ${patchSize}, is ${imageSize}`);
  const hiddenSize = reader.field('hiddenSize').integer(1, 65_536);
  const heads = reader.field('heads').integer(1, 1024);
  if (hiddenSize % heads !== 0)
    reader.field('heads').refuse(`must divide hiddenSize ${hiddenSize}, is ${heads}`);
  const classifier = reader.field('classifier').numbers(1, 16, { min: 1, max: 65_536, integer: true });
  if (classifier.at(-1) !== labels)
    reader
      .field('classifier')
      .refuse(`must end with the number of labels, ${labels}, ends with ${classifier.at(-1)}`);
  return {
    kind: reader.field('kind').oneOf('vit'),
    imageSize,
    patchSize,
    inputChannels: reader.field('inputChannels').integer(1, 16),
    hiddenSize,
    layers: reader.field('layers').integer(1, 256),
    heads,
    mlpSize: reader.field('mlpSize').integer(1, 262_144),
    layerNormEps: reader.field('layerNormEps').number({ above: 0, max: 0.1 }),
    activation: reader.field('activation').oneOf('gelu-erf'),
    classifier,
  };
}

function readManifestFrontEnd(reader: JsonReader, architecture: VitArchitecture): FrontEnd {
  const frontEnd = readFrontEnd(reader);
  const { imageSize, inputChannels } = architecture;
  const { input, nMels, windowFrames } = frontEnd;
  const channels = input.mean.length;
  if (inputChannels !== channels)
    reader
      .field('input')
      .field('kind')
      .refuse(`${input.kind} gives ${channels} channels, architecture.inputChannels is ${inputChannels}`);
  if (input.kind === 'log-mel') {
    // One pixel is one band and one frame: nothing is resized.
    for (const [name, value] of Object.entries({ nMels, windowFrames }))
      if (value !== imageSize)
        reader.field(name).refuse(`must be imageSize ${imageSize} for an input of kind log-mel, is ${value}`);
  }
  return frontEnd;
}

/** The front end of a manifest or a report; whether it fits a network is for `parseManifest` to say. */
export function readFrontEnd(reader: JsonReader): FrontEnd {
  const sampleRate = reader.field('sampleRate').integer(1000, 768_000);
  const nFft = reader.field('nFft').integer(16, 65_536);
  if ((nFft & (nFft - 1)) !== 0) reader.field('nFft').refuse(`must be a power of two, is ${nFft}`);
  const fMin = reader.field('fMin').number({ min: 0 });
  const fMax = reader.field('fMax').number({ above: fMin, max: sampleRate / 2 });
  const nMels = reader.field('nMels').integer(1, 4096);
  const windowFrames = reader.field('windowFrames').integer(1, 65_536);
  return {
    sampleRate,
    resampler: reader.field('resampler').oneOf('soxr-hq', 'soxr-vhq'),
    nFft,
    winLength: reader.field('winLength').integer(1, nFft),
    hopLength: reader.field('hopLength').integer(1, nFft),
    window: reader.field('window').oneOf('hann-periodic'),
    center: reader.field('center').oneOf(true),
    padMode: reader.field('padMode').oneOf('zero'),
    nMels,
    fMin,
    fMax,
    melScale: reader.field('melScale').oneOf('slaney'),
    melNorm: reader.field('melNorm').oneOf('slaney'),
    power: reader.field('power').oneOf(2),
    dbReference: reader.field('dbReference').oneOf('window-max'),
    dbFloorPower: reader.field('dbFloorPower').number({ above: 0, max: 1 }),
    topDb: reader.field('topDb').number({ above: 0, max: 400 }),
    windowFrames,
    windowHopFrames: reader.field('windowHopFrames').integer(1, windowFrames),
    windowPlacement: reader.field('windowPlacement').oneOf('aligned-to-end', 'centred'),
    shortTrack: reader.field('shortTrack').oneOf('tile'),
    silenceMaxMelPower: reader.field('silenceMaxMelPower').number({ min: 0 }),
    input: readInput(reader.field('input')),
  };
}

function readInput(reader: JsonReader): ModelInput {
  const kind = reader.field('kind').oneOf('log-mel', 'magma-picture');
  const channels = kind === 'log-mel' ? 1 : 3;
  const mean = reader.field('mean').numbers(channels, channels);
  const std = reader.field('std').numbers(channels, channels, { above: 0 });
  if (kind === 'log-mel') return { kind, mean, std };
  const rasterWidth = reader.field('rasterWidth').number({ min: 1, max: 8192 });
  const rasterHeight = reader.field('rasterHeight').number({ min: 1, max: 8192 });
  return { kind, rasterWidth, rasterHeight, mean, std };
}

/** Symmetric, 1 on the diagonal. */
function readAffinity(reader: JsonReader, labels: number): readonly (readonly number[])[] {
  const rows = reader.array(labels, labels).map((row) => row.numbers(labels, labels, { min: -1, max: 1 }));
  for (const [g, row] of rows.entries())
    for (const [h, value] of row.entries())
      if (value !== (g === h ? 1 : rows[h]?.[g]))
        reader.entry(g).entry(h).refuse('must be 1 on the diagonal and symmetric elsewhere');
  return rows;
}

const readWeights = (reader: JsonReader): WeightsFile => ({
  file: reader.field('file').text(200, fileNamePattern),
  bytes: reader.field('bytes').integer(1, Number.MAX_SAFE_INTEGER),
  sha256: reader.field('sha256').text(64, sha256Pattern),
  linear: reader.field('linear').oneOf('int8-rows', 'float32', 'float16'),
  layout: reader.field('layout').oneOf('out-in', 'in-out'),
  ...(reader.field('cpuPrecision').value === undefined
    ? {}
    : { cpuPrecision: reader.field('cpuPrecision').oneOf('int8', 'float32') }),
});

function readGolden(reader: JsonReader, manifest: ModelManifest | undefined): GoldenRecord {
  const version = readVersion(reader);
  const weightsSha256 = reader.field('weightsSha256').text(64, sha256Pattern);
  const logits = reader.field('logits').numbers(1, 4096);
  const rollout = reader.field('rollout').numbers(2, 1_000_000, { min: 0, max: 1 });
  if (manifest !== undefined) {
    const { architecture, labels, weights } = manifest;
    const tokens = 1 + (architecture.imageSize / architecture.patchSize) ** 2;
    if (weightsSha256 !== weights.sha256)
      reader.field('weightsSha256').refuse("is not that of the manifest's weights");
    if (logits.length !== labels.length)
      reader.field('logits').refuse(`must have ${labels.length} entries, has ${logits.length}`);
    if (rollout.length !== tokens)
      reader.field('rollout').refuse(`must have ${tokens} entries, has ${rollout.length}`);
  }
  const tolerance = reader.field('tolerance');
  return {
    schemaVersion: version,
    weightsSha256,
    recipe: reader.field('recipe').oneOf('mod-29-pattern'),
    logits,
    rollout,
    tolerance: {
      float32: tolerance.field('float32').number({ above: 0 }),
      float16: tolerance.field('float16').number({ above: 0 }),
      int8: tolerance.field('int8').number({ above: 0 }),
    },
  };
}
