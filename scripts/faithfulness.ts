/** `npx tsx scripts/faithfulness.ts`: how far rollout and class relevance name the patches that move the answer. */
import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { availableParallelism, cpus } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { isSilentWindow, windowOf, windowStarts } from '#core/audio/windows.ts';
import type { AnalysisError } from '#core/errors.ts';
import type { CurveAreas, FaithfulnessSubject } from '#core/explain/faithfulness.ts';
import { faithfulness, randomAreas } from '#core/explain/faithfulness.ts';
import { cpuPrecision } from '#core/graph/prepareVit.ts';
import { createModelInput } from '#core/model/modelInput.ts';
import { softmax } from '#core/model/predictions.ts';
import { prepareTrack } from '#core/pipeline/prepareTrack.ts';
import type { Result } from '#core/result.ts';
import { ok } from '#core/result.ts';
import { decodeAudioFile } from '#server/decode/decodeFile.ts';
import { readManifest, readWeights } from '#server/engine/modelFiles.ts';
import { openNodeRelevance } from '#server/engine/nodeRelevance.ts';
import { openNodeSession } from '#server/engine/nodeSession.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const page = join(root, 'docs/faithfulness.md');

const usage = `usage: npx tsx scripts/faithfulness.ts [--shared DIR] [--model ID] [--windows N] [--write]

Deletion and insertion of patches, in the order of attention rollout and of class relevance, beside random orders: for every
package under public/models and every recording of DIR/audio (default ../shared beside the repository) and public/samples.
  --model ID   that package only
  --windows N  at most N windows a recording, evenly spread (default 1)
  --write      writes docs/faithfulness.md as well`;

/** Groups in which the patches are taken out or put in. */
const steps = 14;
const seeds = [1, 2, 3, 4];
const methods = ['rollout', 'relevance'] as const;
type Method = (typeof methods)[number];

interface WindowFigures {
  readonly random: CurveAreas;
  readonly of: Readonly<Record<Method, CurveAreas & { readonly gain: CurveAreas }>>;
}

function valueOf<T>(result: Result<T, AnalysisError>, what: string): T {
  if (result.ok) return result.value;
  throw new Error(`${what}: ${result.error.code}: ${result.error.message}`);
}

/** Recordings that hold the same music in another container are left out: each piece counts once. */
function recordings(shared: string): string[] {
  const folders = [join(shared, 'audio'), join(root, 'public/samples')];
  const paths = folders.flatMap((folder) =>
    existsSync(folder)
      ? readdirSync(folder)
          .filter((name) => /\.(ogg|wav|mp3|flac|m4a|opus)$/.test(name))
          .toSorted((a, b) => Number(b.endsWith('.ogg')) - Number(a.endsWith('.ogg')))
          .map((name) => join(folder, name))
      : [],
  );
  const pieces = new Map<string, string>();
  for (const path of paths) {
    const piece = basename(path).replace(/(-\d+s)?(-\d+k)?\.[^.]+$/, '');
    if (!pieces.has(piece)) pieces.set(piece, path);
  }
  return [...pieces.values()];
}

/** At most `count` of the items, evenly spread. */
const spread = <T>(items: readonly T[], count: number): T[] =>
  items.filter(
    (_, i) =>
      i === 0 || Math.floor((i * count) / items.length) > Math.floor(((i - 1) * count) / items.length),
  );

async function measure(id: string, paths: readonly string[], windowsEach: number): Promise<WindowFigures[]> {
  const folder = join(root, 'public/models', id);
  const manifest = valueOf(await readManifest(folder), folder);
  const weights = valueOf(await readWeights(folder, manifest), folder);
  const threads = availableParallelism();
  const candidate = { kind: 'node-cpu', threads, precision: cpuPrecision(manifest) } as const;
  const session = valueOf(await openNodeSession(manifest, weights, candidate), id);
  const relevance = valueOf(await openNodeRelevance(folder, manifest, { threads }), id);
  const { frontEnd, architecture, temperature } = manifest;
  const modelInput = createModelInput(frontEnd, architecture);
  const figures: WindowFigures[] = [];
  for (const path of paths) {
    const decoded = valueOf(await decodeAudioFile(path, () => performance.now()), path);
    const { logMel } = valueOf(
      prepareTrack(decoded.pcm, frontEnd, () => performance.now()),
      path,
    );
    const sounding = windowStarts(logMel.nFrames, frontEnd)
      .map((start) => windowOf(logMel, start, frontEnd))
      .filter((window) => !isSilentWindow(window, frontEnd));
    for (const window of spread(sounding, windowsEach)) {
      const input = modelInput(window);
      const { logits, rollout } = valueOf(await session.run(input), path);
      const genre = logits.indexOf(Math.max(...logits));
      const subject: FaithfulnessSubject = {
        input,
        // 0 after normalisation: the mean level of the training data
        baseline: new Float32Array(input.length),
        imageSize: architecture.imageSize,
        patchSize: architecture.patchSize,
        probability: async (picture) => {
          const ran = await session.run(picture);
          return ran.ok ? ok(softmax(ran.value.logits, temperature)[genre] ?? 0) : ran;
        },
      };
      const shares = {
        rollout: rollout.subarray(1),
        relevance: valueOf(await relevance.relevance(window, genre), path),
      };
      const random = valueOf(await randomAreas(subject, steps, seeds), path);
      figures.push({
        random,
        of: {
          rollout: valueOf(await faithfulness(subject, shares.rollout, steps, random), path),
          relevance: valueOf(await faithfulness(subject, shares.relevance, steps, random), path),
        },
      });
      console.error(id, basename(path), JSON.stringify(figures.at(-1)?.of.relevance.gain));
    }
  }
  await session.dispose();
  await relevance.dispose();
  return figures;
}

const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

/** Mean and the standard error of it. */
function meanWithError(values: readonly number[]): string {
  const centre = mean(values);
  const variance =
    values.reduce((sum, value) => sum + (value - centre) ** 2, 0) / Math.max(1, values.length - 1);
  return `${centre.toFixed(3)} ± ${Math.sqrt(variance / values.length).toFixed(3)}`;
}

const better = (gains: readonly number[]): string =>
  `${gains.filter((gain) => gain > 0).length} of ${gains.length}`;

function table(id: string, figures: readonly WindowFigures[]): string[] {
  const random = (curve: keyof CurveAreas): string =>
    mean(figures.map((window) => window.random[curve])).toFixed(3);
  const lines = [
    `## ${id}`,
    '',
    '| order | deletion | better than random by | in windows | insertion | better than random by | in windows |',
    '|---|---|---|---|---|---|---|',
    `| random | ${random('deletion')} | | | ${random('insertion')} | | |`,
  ];
  for (const method of methods) {
    const cells = (['deletion', 'insertion'] as const).flatMap((curve) => {
      const gains = figures.map((window) => window.of[method].gain[curve]);
      const area = mean(figures.map((window) => window.of[method][curve])).toFixed(3);
      return [area, meanWithError(gains), better(gains)];
    });
    lines.push(`| ${method} | ${cells.join(' | ')} |`);
  }
  return [...lines, ''];
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      shared: { type: 'string', default: process.env['ACOUSTICSENSE_SHARED'] ?? join(root, '../shared') },
      model: { type: 'string' },
      windows: { type: 'string', default: '1' },
      write: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    console.log(usage);
    return;
  }
  const windowsEach = Number(values.windows);
  if (!Number.isInteger(windowsEach) || windowsEach < 1) throw new Error(`--windows ${values.windows}`);
  const paths = recordings(values.shared);
  const lines = [
    '# Faithfulness of the explanations',
    '',
    'Where the patches that an explanation names first are taken out of a window, the probability of its first genre should fall',
    '(deletion: a small area under the curve is good); put into an empty window, they should bring it back (insertion: a large',
    'one is). Patches are replaced by the mean level of the training data, which no sound looks like: the figures say how far an',
    'order is better than chance on the same windows, not how far an explanation is right. ± is the standard error of the mean',
    'over windows; windows of one piece are not independent.',
    '',
    `Written by \`npx tsx scripts/faithfulness.ts --write\` on ${cpus()[0]?.model.trim() ?? 'an unnamed processor'}: ${paths.length} pieces, at most`,
    `${windowsEach === 1 ? 'one window' : `${windowsEach} windows`} each, ${steps} groups of patches, ${seeds.length} random orders a window, the arithmetic of processors.`,
    '',
  ];
  const packages = readdirSync(join(root, 'public/models'), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name)
    .toSorted();
  for (const id of packages) {
    if (values.model !== undefined && values.model !== id) continue;
    lines.push(...table(id, await measure(id, paths, windowsEach)));
  }
  console.log(lines.join('\n'));
  if (values.write) writeFileSync(page, lines.join('\n'));
}

await main();
