/** `npm run bench`: one table from one run. Medians and ratios: machines are shared and noisy. */
import { existsSync, readFileSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import { fileURLToPath } from 'node:url';
import { decodeAudioFile } from '#server/decode/decodeFile.ts';
import { benchDsp } from './dsp.ts';
import { benchLibrary } from './library.ts';
import { benchNode } from './node.ts';
import { benchPage } from './page.ts';
import { benchService } from './service.ts';
import { type BenchRow, formatTable, median } from './table.ts';

const usage = `usage: npm run bench [-- dsp] [-- library] [-- decode] [-- node] [-- page] [-- service] [--audio FILE] [--quick]
Prints one table: DSP, the library's list, decoding, inference in Node and on the built page in Chromium beside the bare runtime.
  service       the program serve under load, over its port; takes minutes and runs only where it is named
  --audio FILE  the song for decoding and the page (default: a committed fixture)
  --quick       the quick model only
  --songs N     service: three-minute songs through the slowest configuration (default 12)
  --requests N  service: short clips for the memory (default 300)`;

const args = process.argv.slice(2);
if (args.includes('--help')) {
  console.log(usage);
  process.exit(0);
}
const fixture = fileURLToPath(new URL('../../e2e/fixtures/audio/stereo.mp3', import.meta.url));
const audioAt = args.indexOf('--audio');
const audio = audioAt < 0 ? fixture : (args[audioAt + 1] ?? '');
if (!existsSync(audio)) {
  console.error(`no such file: ${audio}\n\n${usage}`);
  process.exit(2);
}
const parts = args.filter(
  (arg, index) =>
    ['dsp', 'library', 'decode', 'node', 'page', 'service'].includes(arg) &&
    (audioAt < 0 || index !== audioAt + 1),
);
const countOf = (flag: string, fallback: number): number => {
  const at = args.indexOf(flag);
  const value = at < 0 ? fallback : Number(args[at + 1]);
  if (Number.isInteger(value) && value >= 1 && value <= 1_000_000) return value;
  console.error(`${flag} takes a whole number from 1, not '${args[at + 1] ?? ''}'\n\n${usage}`);
  return process.exit(2);
};
const serviceOptions = { songs: countOf('--songs', 12), requests: countOf('--requests', 300) };
const wanted = (part: string): boolean => parts.length === 0 || parts.includes(part);
const models = args.includes('--quick')
  ? ['acousticsense-vit-ti16']
  : ['acousticsense-vit-b16', 'acousticsense-vit-ti16'];

const rows: BenchRow[] = [];
if (wanted('dsp')) rows.push(...(await benchDsp()));
if (wanted('library')) rows.push(...benchLibrary());
if (wanted('decode')) {
  const times: number[] = [];
  let seconds = 0;
  for (let run = 0; run < 7; run++) {
    const decoded = await decodeAudioFile(audio, () => performance.now());
    if (!decoded.ok) throw new Error(decoded.error.message);
    seconds = (decoded.value.pcm.channels[0]?.length ?? 0) / decoded.value.pcm.sampleRate;
    times.push(decoded.value.timings.decodeMs);
  }
  rows.push({
    group: 'decode',
    name: `Node, ${seconds.toFixed(0)} s of ${audio.split('.').at(-1)}`,
    value: median(times),
    unit: 'ms',
    runs: times.length,
  });
}
const packages = fileURLToPath(new URL('../../public/models', import.meta.url));
if (wanted('node')) rows.push(...(await benchNode(packages, models)));
if (wanted('page')) rows.push(...(await benchPage({ audio, models })));
const sentences: string[] = [];
if (parts.includes('service')) {
  const service = await benchService(serviceOptions);
  rows.push(...service.rows);
  sentences.push(...service.sentences);
}

const lock = JSON.parse(readFileSync(new URL('../../package-lock.json', import.meta.url), 'utf8')) as {
  packages: Record<string, { version?: string }>;
};
const version = (name: string): string => `${name} ${lock.packages[`node_modules/${name}`]?.version ?? '?'}`;
console.log(
  `\n${cpus()[0]?.model.trim() ?? 'unknown processor'}, ${cpus().length} cores, ${Math.round(totalmem() / 2 ** 30)} GiB, Node ${process.versions.node}, ${version('onnxruntime-web')}, ${version('onnxruntime-node')}\n`,
);
console.log(formatTable(rows));
if (sentences.length > 0) console.log(`\n${sentences.map((sentence) => `- ${sentence}`).join('\n')}`);
process.exit(0);
