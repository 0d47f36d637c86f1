/** `npx tsx scripts/model-accuracy.ts`: how far the shipped models, as this program runs them, are from what PyTorch computed. */
import { existsSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import type { AnalysisError } from '#core/errors.ts';
import type { Precision } from '#core/model/manifest.ts';
import { analyse } from '#core/pipeline/analyse.ts';
import type { ModelPort } from '#core/pipeline/ports.ts';
import type { AnalysisReport, Prediction } from '#core/report/report.ts';
import type { Result } from '#core/result.ts';
import { decodeAudioFile } from '#server/decode/decodeFile.ts';
import { openNodeModel } from '#server/engine/nodeEngine.ts';
import { nodeClock, nodeFrontEnd } from '#server/nodePorts.ts';
import { program } from '#server/program.ts';

const root = fileURLToPath(new URL('..', import.meta.url));

const usage = `usage: npx tsx scripts/model-accuracy.ts [--shared DIR] [--write]

Analyses every recording of DIR/audio (default ../shared beside the repository) with every package under public/models, in
int8 and in float32, and compares each probability with DIR/model/<id>/expected.json. Exit code 1 where one window is
further off than allowed.
  --write   writes docs/model-accuracy.md instead of printing`;

/** Largest allowed difference of a window's probability. */
const allowed = 0.05;
/** Under this the order of the two best is a matter of rounding. */
const tieMargin = 0.05;
/** Decoders of m4a and mp3 differ in the padding that they cut off, which moves the window that is aligned to the end. */
const maxFramesApart = 2;

interface Expected {
  readonly labels: readonly string[];
  readonly files: Readonly<Record<string, ExpectedFile>>;
}
interface ExpectedFile {
  readonly windows: readonly { readonly startFrame: number; readonly probabilities: readonly number[] }[];
  readonly track: { readonly probabilities: readonly number[]; readonly top: string };
}
interface Comparison {
  /** How far a window starts from where it was expected. */
  readonly framesApart: number;
  /** Largest difference of a probability in each window. */
  readonly windows: readonly number[];
  /** The same of those windows that start exactly where expected: only they hold the same sound. */
  readonly aligned: readonly number[];
  readonly track: number;
  readonly sameTop: boolean;
  readonly msPerWindow: number;
}

function valueOf<T>(result: Result<T, AnalysisError>, what: string): T {
  if (result.ok) return result.value;
  throw new Error(`${what}: ${result.error.code}: ${result.error.message}`);
}

function deviation(
  predictions: readonly Prediction[],
  expected: readonly number[],
  labels: readonly string[],
): number {
  const found = new Map(predictions.map(({ genre, probability }) => [genre, probability]));
  return Math.max(...labels.map((label, i) => Math.abs((found.get(label) ?? NaN) - (expected[i] ?? NaN))));
}

function compare(report: AnalysisReport, expected: ExpectedFile, labels: readonly string[]): Comparison {
  const apart = expected.windows.map((window, i) =>
    Math.abs((report.windows[i]?.startFrame ?? NaN) - window.startFrame),
  );
  const framesApart = Math.max(...apart);
  if (report.windows.length !== expected.windows.length || !(framesApart <= maxFramesApart)) {
    throw new Error(`${report.file.name}: ${report.windows.length} windows, ${framesApart} frames apart`);
  }
  const ranked = expected.track.probabilities.toSorted((a, b) => b - a);
  const isTie = (ranked[0] ?? 0) - (ranked[1] ?? 0) <= tieMargin;
  const windows = report.windows.map((window, i) =>
    deviation(window.predictions, expected.windows[i]?.probabilities ?? [], labels),
  );
  return {
    framesApart,
    windows,
    aligned: windows.filter((_, i) => apart[i] === 0),
    track: deviation(report.track.predictions, expected.track.probabilities, labels),
    sameTop: isTie || report.track.predictions[0]?.genre === expected.track.top,
    msPerWindow: report.timings.inferenceMs / report.windows.length,
  };
}

async function analyseFile(path: string, model: ModelPort): Promise<AnalysisReport> {
  const decoded = valueOf(await decodeAudioFile(path, () => nodeClock.nowMs()), path);
  const ports = { frontEnd: nodeFrontEnd, model, clock: nodeClock, program };
  return valueOf(await analyse(decoded, ports, { signal: { aborted: false } }), path);
}

async function measure(
  folder: string,
  audio: string,
  expected: Expected,
  precision: Precision,
): Promise<Map<string, Comparison>> {
  const model = valueOf(await openNodeModel(folder, { precision }), folder);
  const comparisons = new Map<string, Comparison>();
  for (const [file, expectedFile] of Object.entries(expected.files)) {
    const report = await analyseFile(join(audio, file), model);
    comparisons.set(file, compare(report, expectedFile, expected.labels));
  }
  await model.dispose();
  return comparisons;
}

const figure = (value: number): string => value.toFixed(4);
const largest = (values: readonly number[]): number => Math.max(0, ...values);

function table(id: string, int8: Map<string, Comparison>, float32: Map<string, Comparison>): string[] {
  const lines = [
    `## ${id}`,
    '',
    '| recording | windows | int8: worst window | int8: track | float32: worst window | float32: track | same top-1 |',
    '|---|---|---|---|---|---|---|',
  ];
  for (const [file, q] of int8) {
    const f = float32.get(file);
    if (f === undefined) continue;
    const same = q.sameTop && f.sameTop ? 'yes' : 'NO';
    const figures = [largest(q.windows), q.track, largest(f.windows), f.track].map(figure);
    const windows = q.framesApart === 0 ? '' : ` (${q.framesApart} frame apart)`;
    lines.push(`| ${file} | ${q.windows.length}${windows} | ${figures.join(' | ')} | ${same} |`);
  }
  lines.push(
    '',
    'int8, every window in order:',
    '',
    '| recording | largest difference of a probability |',
    '|---|---|',
  );
  for (const [file, q] of int8) lines.push(`| ${file} | ${q.windows.map(figure).join(' ')} |`);
  const ms = (of: Map<string, Comparison>): string =>
    Math.min(...[...of.values()].map((comparison) => comparison.msPerWindow)).toFixed(0);
  lines.push('', `Fastest recording: ${ms(int8)} ms a window in int8, ${ms(float32)} ms in float32.`, '');
  return lines;
}

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      shared: { type: 'string', default: process.env['ACOUSTICSENSE_SHARED'] ?? join(root, '../shared') },
      write: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    console.log(usage);
    return 0;
  }
  const packages = join(root, 'public/models');
  const lines = [
    '# Accuracy of the shipped models',
    '',
    'Largest absolute difference of a probability between this program on Node and PyTorch (float32, dequantised weights,',
    `ffmpeg, soxr), over all 16 genres. Allowed: ${allowed} in a window. Written by \`npx tsx scripts/model-accuracy.ts --write\` on`,
    `${cpus()[0]?.model.trim() ?? 'an unnamed processor'}, ${cpus().length} cores.`,
    '',
    'float32 shows what decoding and resampling change, int8 adds the rounding of activations. Processors run int8 products',
    'where a package does not say otherwise (`weights.cpuPrecision`); the golden record of the package is checked either way.',
    '',
  ];
  let worst = 0;
  let allSameTop = true;
  for (const id of readdirSync(packages).toSorted()) {
    const expectedPath = join(values.shared, 'model', id, 'expected.json');
    if (!existsSync(expectedPath)) continue;
    const expected = JSON.parse(readFileSync(expectedPath, 'utf8')) as Expected;
    const audio = join(values.shared, 'audio');
    const int8 = await measure(join(packages, id), audio, expected, 'int8');
    const float32 = await measure(join(packages, id), audio, expected, 'float32');
    lines.push(...table(id, int8, float32));
    for (const comparison of [...int8.values(), ...float32.values()]) {
      worst = Math.max(worst, ...comparison.aligned);
      allSameTop &&= comparison.sameTop;
    }
  }
  if (values.write) writeFileSync(join(root, 'docs/model-accuracy.md'), lines.join('\n'));
  else console.log(lines.join('\n'));
  console.log(
    `worst window: ${figure(worst)} (allowed ${allowed}), top-1 ${allSameTop ? 'as expected' : 'DIFFERS'}`,
  );
  return worst <= allowed && allSameTop ? 0 : 1;
}

process.exitCode = await main();
