import { patchRowEdges } from '#core/explain/rolloutMap.ts';
import type { ModelManifest } from '#core/model/manifest.ts';
import { judge } from '#core/model/judgement.ts';
import { csvHead, csvRows } from '#core/report/csv.ts';
import type { AnalysisReport, Prediction } from '#core/report/report.ts';
import type { Analysed } from '#server/analysis/analysisPool.ts';

/** Digits that mean something: the network itself computes with seven. */
const rounded = (value: number, digits = 6): number => Number(value.toFixed(digits));
const milliseconds = (value: number): number => rounded(value, 1);

/** A genre of the answer. `genre` is the English label id; `zh` its Chinese name. */
interface RankedGenre {
  readonly genre: string;
  readonly zh: string;
  readonly confidence: number;
}

function rankedGenres(report: AnalysisReport, topK: number): RankedGenre[] {
  const names = new Map(report.model.labels.map(({ id, zh }) => [id, zh]));
  return report.track.predictions.slice(0, topK).map(({ genre, probability }: Prediction) => ({
    genre,
    zh: names.get(genre) ?? genre,
    confidence: rounded(probability),
  }));
}

/**
 * The answer of POST /api/genre but for its patch grids, as plain data (`genreAnswerSchema`).
 *
 * @param topK how many genres, most likely first
 */
export function genreAnswer({ report, waitMs }: Analysed, topK: number) {
  const { file, model, track, timings, windows } = report;
  const { ambiguous, notMusic } = judge(track, windows);
  return {
    results: rankedGenres(report, topK),
    track: {
      duration: rounded(file.durationSeconds, 3),
      windows: windows.length,
      silentWindows: windows.filter(({ silent }) => silent).length,
      agreement: rounded(track.agreement),
      ambiguous,
      notMusic,
    },
    audio: {
      name: file.name,
      bytes: file.bytes,
      sha256: file.sha256,
      container: file.container,
      sampleRate: file.sampleRate,
      channels: file.channels,
    },
    model: { id: model.id, version: model.version, sha256: model.sha256 },
    warnings: report.warnings.map(({ code, details }) => ({ code, details })),
    timings: {
      waitMs: milliseconds(waitMs),
      readMs: milliseconds(timings.readMs),
      hashMs: milliseconds(timings.hashMs),
      decodeMs: milliseconds(timings.decodeMs),
      resampleMs: milliseconds(timings.resampleMs),
      melMs: milliseconds(timings.melMs),
      inferenceMs: milliseconds(timings.inferenceMs),
      totalMs: milliseconds(timings.totalMs),
    },
  };
}

/**
 * The answer as JSON in pieces, one a window: two hours of music are 1400 windows of 196 numbers, and one text of them
 * would hold up every other request.
 */
export function* genreAnswerText(
  analysed: Analysed,
  topK: number,
  explain: 'rollout' | 'relevance' | null,
): Generator<string> {
  const head = JSON.stringify(genreAnswer(analysed, topK));
  if (explain === null) {
    yield head;
    return;
  }
  const { report } = analysed;
  const { frontEnd, imageSize, patchSize } = report.model;
  const rows = imageSize / patchSize;
  const grid = {
    method: explain,
    genre: explain === 'relevance' ? (report.track.predictions[0]?.genre ?? null) : null,
    rows,
    columns: rows,
    columnSeconds: rounded((frontEnd.windowFrames * frontEnd.hopLength) / frontEnd.sampleRate / rows),
    rowEdgesHz: Array.from(patchRowEdges(frontEnd, rows), (hertz) => rounded(hertz, 2)),
  };
  // The members of an object, to be gone on with.
  yield `${head.slice(0, -1)},"explain":${JSON.stringify(grid).slice(0, -1)},"windows":[`;
  const relevance = new Map(analysed.relevance?.map(({ index, patches }) => [index, patches]));
  let first = true;
  for (const window of report.windows) {
    const patches = explain === 'relevance' ? relevance.get(window.index) : window.rollout;
    if (window.silent || patches === undefined) continue;
    const { index, startSeconds, endSeconds } = window;
    const text = JSON.stringify({
      index,
      startSeconds: rounded(startSeconds, 3),
      endSeconds: rounded(endSeconds, 3),
      patches: Array.from(fromLowest(patches, rows, frontEnd.input), (share) => rounded(share, 7)),
    });
    yield first ? text : `,${text}`;
    first = false;
  }
  yield ']}}';
}

/** Patches with the lowest frequencies first. Image row 0 is the lowest band of a log-mel input, and the top of a picture. */
function fromLowest(
  patches: readonly number[],
  rows: number,
  input: ModelManifest['frontEnd']['input'],
): readonly number[] {
  if (input.kind !== 'magma-picture') return patches;
  return Array.from({ length: rows }, (_, row) =>
    patches.slice((rows - 1 - row) * rows, (rows - row) * rows),
  ).flat();
}

/** The answer as a table, one line a genre, after RFC 4180 and safe in a spreadsheet. No byte order mark: it is read by programs. */
export function genreTable({ report }: Analysed, topK: number): string {
  const { file, model, track, windows } = report;
  return (
    csvHead(
      [
        'file',
        'rank',
        'genre',
        'genre_zh',
        'confidence',
        'duration_seconds',
        'windows',
        'agreement',
        'audio_sha256',
        'model',
        'model_sha256',
      ],
      false,
    ) +
    csvRows(
      rankedGenres(report, topK).map(({ genre, zh, confidence }, index) => [
        file.name,
        index + 1,
        genre,
        zh,
        confidence,
        rounded(file.durationSeconds, 3),
        windows.length,
        rounded(track.agreement),
        file.sha256,
        `${model.id} ${model.version}`,
        model.sha256,
      ]),
    )
  );
}
