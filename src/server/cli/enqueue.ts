/** `npm run enqueue`: songs of a folder or a list into the queue. Standard output carries the summary and nothing else. */
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { err, ok, type Result } from '#core/result.ts';
import { readModelFolder } from '#server/analysis/modelFolder.ts';
import { type EnqueueCounts, enqueueSongs, type SongToEnqueue } from '#server/batch/enqueueSongs.ts';
import { findSongs } from '#server/batch/findSongs.ts';
import { readManifestCsv } from '#server/batch/manifestCsv.ts';
import { languageOf } from '#server/cli/language.ts';
import { openQueue } from '#server/queue/openQueue.ts';
import { type ServiceError, serviceError, serviceErrorText } from '#server/serviceErrors.ts';
import { readSettings, settingsHelp } from '#server/settings/settings.ts';

const usage = `usage: npm run enqueue -- FOLDER|MANIFEST.csv [options]

Puts songs into the queue for 'npm run worker'. What is there already (the same song with the same sound, weights and
windows) is known and not added: an interrupted run is simply run again.

  FOLDER        every audio file below it, by extension or content; the song's id is its path below the folder.
                Names that begin with a dot and folders behind symbolic links are left out
  MANIFEST.csv  UTF-8, the header song_id,path or song_id,path,priority; relative paths start at the manifest (docs/formats.md)

  --priority N               0 is taken first, 9 last (default 5); a manifest's own priority goes before it
  --windows N                analyse at most N windows of a song, evenly spread (default: all)
  --json                     the summary as one JSON object; failures as JSON lines on standard error
${settingsHelp('enqueue')}

Workers on other hosts read the same paths: use a folder that is mounted alike everywhere.
Exit code: 0 every song is in the queue, 1 some are not (each with its reason on standard error), 2 wrong usage.`;

interface Options {
  readonly source: string;
  readonly priority: number;
  readonly windows: number | null;
  readonly json: boolean;
}

function readOptions(
  positionals: readonly string[],
  extra: Readonly<Record<string, unknown>>,
): Result<Options, string> {
  const [source, ...more] = positionals;
  if (source === undefined || source === '') return err('no folder or manifest given');
  if (more.length > 0) return err(`one folder or manifest at a time, not also '${more.join("', '")}'`);
  const {
    priority = '5',
    windows,
    json,
  } = extra as {
    readonly priority?: string;
    readonly windows?: string;
    readonly json?: boolean;
  };
  if (!/^\d$/.test(priority)) return err(`--priority is 0 to 9, not '${priority}'`);
  if (windows !== undefined && !/^(?:[1-9]\d{0,3}|10000)$/.test(windows)) {
    return err(`--windows is a whole number from 1 to 10000, not '${windows}'`);
  }
  return ok({
    source,
    priority: Number(priority),
    windows: windows === undefined ? null : Number(windows),
    json: json === true,
  });
}

interface Counted {
  lines: number;
  skipped: number;
}

async function* songsOfFolder(
  folder: string,
  priority: number,
  counted: Counted,
): AsyncGenerator<SongToEnqueue> {
  for await (const found of findSongs(folder)) {
    if (found.kind === 'other') {
      counted.skipped++;
      continue;
    }
    counted.lines++;
    yield {
      label: found.path,
      song:
        found.kind === 'song'
          ? ok({ songId: found.songId, path: found.path, priority })
          : err(serviceError('unreadable-file', found.reason)),
    };
  }
}

async function* songsOfManifest(
  manifest: string,
  priority: number,
  counted: Counted,
): AsyncGenerator<SongToEnqueue> {
  const folder = dirname(manifest);
  for await (const { line, song } of readManifestCsv(createReadStream(manifest))) {
    counted.lines++;
    yield {
      label: `${manifest}:${line}`,
      song: song.ok
        ? ok({
            songId: song.value.songId,
            path: resolve(folder, song.value.path),
            priority: song.value.priority ?? priority,
          })
        : err(serviceError('bad-request', song.error)),
    };
  }
}

async function main(args: readonly string[]): Promise<number> {
  const read = readSettings('enqueue', args, process.env, {
    priority: { type: 'string' },
    windows: { type: 'string' },
    json: { type: 'boolean' },
  });
  if (read.ok && read.value.help) {
    console.log(usage);
    return 0;
  }
  const options = read.ok ? readOptions(read.value.positionals, read.value.extra) : read;
  if (!read.ok || !options.ok) {
    console.error(`enqueue: ${read.ok ? (options as { error: string }).error : read.error}\n\n${usage}`);
    return 2;
  }
  const settings = read.value;
  const { source, priority, windows, json } = options.value;
  // npm runs scripts in the project's folder; paths are meant from where the person stood.
  const path = resolve(process.env['INIT_CWD'] ?? process.cwd(), source);
  const entry = await stat(path).catch((cause: unknown) => (cause as Error).message);
  if (typeof entry === 'string' || (!entry.isDirectory() && !/\.csv$/i.test(path))) {
    console.error(
      `enqueue: ${typeof entry === 'string' ? entry : `${path} is neither a folder nor a .csv file`}`,
    );
    return 2;
  }
  const models = await readModelFolder(settings.models, settings.model);
  if (!models.ok) return failed(models.error, json);
  const model = models.value.find(({ isDefault }) => isDefault);
  if (model === undefined) return failed(serviceError('model-missing', 'no default model'), json);
  const queue = await openQueue(settings);
  if (!queue.ok) return failed(queue.error, json);

  const counted: Counted = { lines: 0, skipped: 0 };
  const progress = progressLine();
  const put = await enqueueSongs(
    queue.value,
    entry.isDirectory() ? songsOfFolder(path, priority, counted) : songsOfManifest(path, priority, counted),
    {
      model: { id: model.id, sha256: model.manifest.weights.sha256 },
      windows,
      maxBytes: settings.maxBytes,
      allowPath: settings.allowPath,
      onFailed: (label, error) => {
        progress.clear();
        console.error(json ? JSON.stringify({ file: label, ...error }) : failureLine(label, error));
      },
      onProgress: (counts) => progress.show(counts),
    },
  );
  progress.clear();
  await queue.value.close();
  const counts = put.ok ? put.value : put.error.counts;
  if (!put.ok) failed(put.error.error, json);
  console.log(
    json
      ? JSON.stringify({ ...counts, skipped: counted.skipped, complete: put.ok })
      : summary(counts, counted),
  );
  return put.ok && counts.failed === 0 ? 0 : 1;
}

function failed(error: ServiceError, json: boolean): number {
  console.error(json ? JSON.stringify(error) : `enqueue: ${failureText(error)}`);
  return 1;
}

/** What happened, what to do, and what was found. */
function failureText(error: ServiceError): string {
  const language = languageOf(process.env);
  const text = serviceErrorText(error, language);
  return language === 'zh'
    ? `${text.title}。${text.advice}（${error.code}：${error.message}）`
    : `${text.title}. ${text.advice} (${error.code}: ${error.message})`;
}

/** A line of the manifest says what is wrong with it by itself; a file by its code. */
const failureLine = (label: string, error: ServiceError): string =>
  error.code === 'bad-request' ? `${label}: ${error.message}` : `${label}: ${failureText(error)}`;

function summary(counts: EnqueueCounts, { skipped }: Counted): string {
  const zh = languageOf(process.env) === 'zh';
  const size = `${(counts.bytes / 1e6).toFixed(1)} MB`;
  const other =
    skipped === 0 ? '' : zh ? `，跳过 ${skipped} 个非音频文件` : `, ${skipped} other files skipped`;
  return zh
    ? `已加入 ${counts.queued}，已存在 ${counts.known}，失败 ${counts.failed}（${size}${other}）`
    : `${counts.queued} queued, ${counts.known} known, ${counts.failed} failed (${size}${other})`;
}

/** On a terminal a line that is written over; else a line now and then. */
function progressLine(): { show(counts: EnqueueCounts): void; clear(): void } {
  const terminal = process.stderr.isTTY;
  const everyMs = terminal ? 200 : 10_000;
  let shownMs = performance.now();
  return {
    show({ queued, known, failed, bytes }) {
      if (performance.now() - shownMs < everyMs) return;
      shownMs = performance.now();
      const text = `${queued + known + failed} songs, ${queued} queued, ${known} known, ${failed} failed, ${(bytes / 1e6).toFixed(0)} MB`;
      process.stderr.write(terminal ? `\r\u001b[K${text}` : `${text}\n`);
    },
    clear() {
      if (terminal) process.stderr.write('\r\u001b[K');
    },
  };
}

process.exitCode = await main(process.argv.slice(2));
