import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { analysisError, type AnalysisErrorCode } from '#core/errors.ts';
import { errorText } from '#core/errorText.ts';
import type { Prediction } from '#core/report/report.ts';
import { expectDistribution } from './fixtures/agreement.ts';
import { samplePath } from './fixtures/clips.ts';
import { jsonLines, npmRun, repositoryPath, type AnalyzeLine } from './fixtures/headless.ts';
import { expect, quickModel, test } from './fixtures/workstation.ts';

/** The same analysis without a page: what scripts and queue workers read from standard output. */

const model = repositoryPath(`public/models/${quickModel}`);
const good = samplePath('evensong.wav');

const genresOf = (predictions: readonly Prediction[]): string[] =>
  predictions.map(({ genre }) => genre).toSorted();

interface ErrorLine {
  readonly file: string;
  readonly error: { readonly code: AnalysisErrorCode; readonly message: string };
}

test('good and bad files: one line of JSON each, in order, and exit code 1', async ({ clips }) => {
  const empty = clips.write('empty.mp3', Buffer.alloc(0));
  const text = clips.write('a text.mp3', Buffer.from('This is no music.\n'.repeat(20)));
  const missing = `${clips.folder}/not here.wav`;
  const second = samplePath('iron-gate.wav');
  const files = [empty, good, missing, text, second];
  const { code, out } = await npmRun('analyze', [...files, '--json', '--model', model]);
  expect(code).toBe(1);
  expect(out.endsWith('\n')).toBe(true);
  const lines = jsonLines(out);
  expect(lines.map((line) => (line as ErrorLine).file)).toEqual(files);

  for (const [index, code_] of [
    [0, 'empty-file'],
    [2, 'unreadable-file'],
    [3, 'unsupported-format'],
  ] as const) {
    const { file, error } = lines[index] as ErrorLine;
    expect(file).toBe(files[index]);
    expect(error.code).toBe(code_);
    expect(error.message).toContain(errorText(analysisError(code_, ''), 'en').title);
    expect(Object.keys(lines[index] as object)).toEqual(['file', 'error']);
  }

  const line = lines[1] as AnalyzeLine;
  const manifest = JSON.parse(readFileSync(`${model}/manifest.json`, 'utf8')) as {
    id: string;
    labels: { id: string }[];
    weights: { sha256: string };
  };
  expect(line).toEqual({
    file: good,
    sha256: createHash('sha256').update(readFileSync(good)).digest('hex'),
    durationSeconds: expect.closeTo(11, 1),
    model: { id: manifest.id, sha256: manifest.weights.sha256 },
    backend: expect.any(String),
    track: expect.objectContaining({ predictions: expect.any(Array) }),
    windows: expect.any(Array),
    warnings: expect.any(Array),
    timings: expect.any(Object),
  });
  const allGenres = manifest.labels.map(({ id }) => id).toSorted();
  expectDistribution('track', line.track.predictions);
  expect(genresOf(line.track.predictions)).toEqual(allGenres);
  expect(line.windows).toHaveLength(2);
  for (const window of line.windows) {
    expect(Object.keys(window)).toEqual(['startSeconds', 'endSeconds', 'predictions']);
    expect(window.endSeconds).toBeGreaterThan(window.startSeconds);
    expectDistribution('window', window.predictions);
    expect(genresOf(window.predictions)).toEqual(allGenres);
    for (const prediction of window.predictions)
      expect(Object.keys(prediction)).toEqual(['genre', 'probability']);
  }
  for (const value of Object.values(line.timings)) expect(value).toBeGreaterThanOrEqual(0);
});

test('--top cuts the lists and changes nothing else', async () => {
  const whole = await npmRun('analyze', [good, '--json', '--model', model]);
  const cut = await npmRun('analyze', [good, '--json', '--top', '5', '--model', model]);
  expect(whole.code).toBe(0);
  expect(cut.code).toBe(0);
  const [all] = jsonLines(whole.out) as AnalyzeLine[];
  const [five] = jsonLines(cut.out) as AnalyzeLine[];
  expect(five?.track.predictions).toEqual(all?.track.predictions.slice(0, 5));
  expect(five?.windows.map((window) => window.predictions)).toEqual(
    all?.windows.map((window) => window.predictions.slice(0, 5)),
  );
});

test('without --json it prints a table for people, errors beside it', async ({ clips }) => {
  const empty = clips.write('empty.mp3', Buffer.alloc(0));
  const { code, out, err } = await npmRun('analyze', [good, empty, '--model', model], { LC_ALL: 'C.UTF-8' });
  const [line] = jsonLines(
    (await npmRun('analyze', [good, '--json', '--model', model])).out,
  ) as AnalyzeLine[];
  expect(code).toBe(1);
  const rows = out.split('\n').filter((row) => /\d %/.test(row));
  expect(rows).toHaveLength(5);
  for (const [index, row] of rows.entries()) {
    const prediction = line?.track.predictions[index];
    expect(row).toContain(`${((prediction?.probability ?? 0) * 100).toFixed(2)} %`);
  }
  expect(out).toContain(good);
  expect(err).toContain(errorText(analysisError('empty-file', ''), 'en').title);

  const chinese = await npmRun('analyze', [empty, '--model', model], { LC_ALL: 'zh_CN.UTF-8' });
  expect(chinese.err).toContain(errorText(analysisError('empty-file', ''), 'zh').title);
});

test('wrong usage is exit code 2 with the usage on standard error, help is 0', async () => {
  for (const args of [[], ['--colour', good], ['--top', 'many', good]]) {
    const { code, out, err } = await npmRun('analyze', args);
    expect(code, args.join(' ')).toBe(2);
    expect(out).toBe('');
    expect(err).toContain('usage: npm run analyze');
  }
  const help = await npmRun('analyze', ['--help']);
  expect(help.code).toBe(0);
  expect(help.out).toContain('usage: npm run analyze');
});

test('a model folder that is missing is the error of every file', async () => {
  const { code, out } = await npmRun('analyze', [
    good,
    samplePath('iron-gate.wav'),
    '--json',
    '--model',
    'no/such/model',
  ]);
  expect(code).toBe(1);
  const lines = jsonLines(out) as ErrorLine[];
  expect(lines.map((line) => line.error.code)).toEqual(['model-missing', 'model-missing']);
});
