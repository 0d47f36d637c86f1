/** `npm run queue`: looks at the queue and steers it. Standard output carries what was asked for and nothing else. */
import { err, ok, type Result } from '#core/result.ts';
import { languageOf } from '#server/cli/language.ts';
import { predictedDrainSeconds } from '#server/observability/serviceMetrics.ts';
import type { DeadJob, JobQueue, SongResult } from '#server/queue/jobQueue.ts';
import { openQueue } from '#server/queue/openQueue.ts';
import { type ServiceError, serviceErrorText } from '#server/serviceErrors.ts';
import { readSettings, settingsHelp } from '#server/settings/settings.ts';

const usage = `usage: npm run queue -- COMMAND [options]

  status                     how many jobs wait, run, are dead; workers; predicted drain time
  job ID                     where one job stands
  pause                      workers finish what they have and take nothing new, all of them, until 'resume'
  resume                     they go on
  dead                       the jobs that failed for good, latest first (--limit N, --offset N)
  requeue ID…|--all          dead jobs back into the queue, with all their attempts
  remove ID…|--all           forgets dead jobs; the uploads among them are deleted by the next sweep
  result SONG_ID             the latest result of a song
  results                    results in the order in which they were finished (--since CURSOR, --limit N); prints
                             one JSON object a line, and the cursor for the next call on standard error

  --json                     JSON instead of text ('results' always is)
  --limit N                  at most N of them (default 100, at most 1000)
${settingsHelp('queue')}

The Redis of --queue redis is that of ACOUSTICSENSE_REDIS_URL (default redis://127.0.0.1:6379).
Exit code: 0 done, 1 the queue cannot be reached or has no such job or result, 2 wrong usage.`;

interface Asked {
  readonly queue: JobQueue;
  readonly args: readonly string[];
  readonly all: boolean;
  readonly json: boolean;
  readonly limit: number;
  readonly offset: number;
  readonly since: string;
}

/** What a command prints; null where there is nothing to print but the failure to find something. */
type Answer = Result<{ readonly text: string; readonly value: unknown } | null, ServiceError>;

interface Command {
  /** How many arguments it takes. */
  readonly takes: 'none' | 'one' | 'ids';
  run(asked: Asked): Promise<Answer>;
}

const commands: Readonly<Record<string, Command>> = {
  status: {
    takes: 'none',
    async run({ queue }) {
      const read = await queue.counts();
      if (!read.ok) return read;
      const counts = read.value;
      const drain = predictedDrainSeconds(counts, 0);
      const value = { ...counts, predictedDrainSeconds: Number.isFinite(drain) ? drain : null };
      const text = [
        `waiting     ${counts.waiting}`,
        `delayed     ${counts.delayed}`,
        `active      ${counts.active}`,
        `dead        ${counts.dead}`,
        `done        ${counts.done}`,
        `paused      ${counts.paused ? 'yes' : 'no'}`,
        `workers     ${counts.workers} (${counts.concurrency} files at once)`,
        `finished    ${(counts.finishedPerSecond * 60).toFixed(1)} a minute`,
        `drained in  ${drainText(drain)}`,
      ].join('\n');
      return ok({ text, value });
    },
  },
  job: {
    takes: 'one',
    async run({ queue, args: [jobId = ''] }) {
      const read = await queue.status(jobId);
      if (!read.ok) return read;
      const job = read.value;
      if (job === null) return ok(null);
      const failure = job.error === null ? '' : `  ${job.error.code}: ${job.error.message}`;
      return ok({ text: `${job.state}  ${job.attempts} attempts  ${job.songId}${failure}`, value: job });
    },
  },
  pause: {
    takes: 'none',
    run: async ({ queue }) => said(await queue.pause(), 'paused', { paused: true }),
  },
  resume: {
    takes: 'none',
    run: async ({ queue }) => said(await queue.resume(), 'resumed', { paused: false }),
  },
  dead: {
    takes: 'none',
    async run({ queue, limit, offset }) {
      const read = await queue.dead(limit, offset);
      return read.ok ? ok({ text: read.value.map(deadLine).join('\n'), value: read.value }) : read;
    },
  },
  requeue: {
    takes: 'ids',
    async run({ queue, args, all }) {
      const done = await queue.requeueDead(all ? 'all' : args);
      return done.ok ? ok({ text: `${done.value} requeued`, value: { requeued: done.value } }) : done;
    },
  },
  remove: {
    takes: 'ids',
    async run({ queue, args, all }) {
      const done = await queue.removeDead(all ? 'all' : args);
      return done.ok ? ok({ text: `${done.value} removed`, value: { removed: done.value } }) : done;
    },
  },
  result: {
    takes: 'one',
    async run({ queue, args: [songId = ''] }) {
      const read = await queue.songResult(songId);
      if (!read.ok) return read;
      return ok(read.value === null ? null : { text: resultText(read.value), value: read.value });
    },
  },
  results: {
    takes: 'none',
    async run({ queue, since, limit }) {
      const read = await queue.resultsSince(since, limit);
      if (!read.ok) return read;
      for (const result of read.value.results) console.log(JSON.stringify(result));
      console.error(read.value.cursor);
      return ok({ text: '', value: undefined });
    },
  },
};

const said = (done: Result<void, ServiceError>, text: string, value: unknown): Answer =>
  done.ok ? ok({ text, value }) : done;

function drainText(seconds: number): string {
  if (!Number.isFinite(seconds)) return 'never, as it is now (paused, or no worker)';
  if (seconds < 90) return `${Math.round(seconds)} s`;
  return seconds < 5400 ? `${Math.round(seconds / 60)} min` : `${(seconds / 3600).toFixed(1)} h`;
}

const deadLine = ({ jobId, diedAt, attempts, error, songId, job }: DeadJob): string =>
  [
    jobId,
    diedAt,
    `${attempts} attempts`,
    error === null ? '?' : `${error.code}: ${oneLine(error.message)}`,
    songId,
    oneLine(job.path),
  ].join('  ');

/** A message or a path may hold anything; a terminal gets no control characters. */
const oneLine = (text: string): string => text.replaceAll(/\p{Cc}+/gu, ' ').slice(0, 300);

const resultText = ({ genre, confidence, top5, model, at }: SongResult): string =>
  [
    `${genre}  ${(confidence * 100).toFixed(2)} %`,
    `  ${top5.map((one) => `${one.genre} ${(one.confidence * 100).toFixed(2)} %`).join(', ')}`,
    `  ${model.id} ${model.version}, ${at}`,
  ].join('\n');

function wholeNumber(extra: unknown, name: string, most: number, fallback: number): Result<number, string> {
  const text = typeof extra === 'string' ? extra : String(fallback);
  return /^\d{1,9}$/.test(text) && Number(text) <= most
    ? ok(Number(text))
    : err(`--${name} is a whole number up to ${most}, not '${text}'`);
}

function readCommand(
  positionals: readonly string[],
  extra: Readonly<Record<string, unknown>>,
): Result<{ readonly command: Command; readonly asked: Omit<Asked, 'queue'> }, string> {
  const [name, ...args] = positionals;
  if (name === undefined) return err('no command given');
  const command = Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (command === undefined) return err(`there is no command '${name}'`);
  const all = extra['all'] === true;
  if (command.takes === 'none' && args.length > 0)
    return err(`${name} takes nothing, not '${args.join(' ')}'`);
  if (command.takes === 'one' && args.length !== 1) return err(`${name} takes one id`);
  if (command.takes === 'ids' && all === args.length > 0) return err(`${name} takes ids or --all`);
  if (command.takes !== 'ids' && all) return err(`${name} takes no --all`);
  const limit = wholeNumber(extra['limit'], 'limit', 1000, 100);
  const offset = wholeNumber(extra['offset'], 'offset', 999_999_999, 0);
  if (!limit.ok) return limit;
  if (!offset.ok) return offset;
  const since = typeof extra['since'] === 'string' ? extra['since'] : '';
  return ok({
    command,
    asked: { args, all, json: extra['json'] === true, limit: limit.value, offset: offset.value, since },
  });
}

async function main(args: readonly string[]): Promise<number> {
  const read = readSettings('queue', args, process.env, {
    json: { type: 'boolean' },
    all: { type: 'boolean' },
    since: { type: 'string' },
    limit: { type: 'string' },
    offset: { type: 'string' },
  });
  if (read.ok && read.value.help) {
    console.log(usage);
    return 0;
  }
  const chosen = read.ok ? readCommand(read.value.positionals, read.value.extra) : read;
  if (!read.ok || !chosen.ok) {
    console.error(`queue: ${read.ok ? (chosen as { error: string }).error : read.error}\n\n${usage}`);
    return 2;
  }
  const queue = await openQueue(read.value);
  if (!queue.ok) return failed(queue.error);
  const { command, asked } = chosen.value;
  const answer = await command.run({ ...asked, queue: queue.value });
  await queue.value.close();
  if (!answer.ok) return failed(answer.error);
  if (answer.value === null) {
    console.error(`queue: there is no such ${command === commands['job'] ? 'job' : 'result'}`);
    return 1;
  }
  const text = asked.json ? JSON.stringify(answer.value.value) : answer.value.text;
  if (text !== undefined && text !== '') console.log(text);
  return 0;
}

function failed(error: ServiceError): number {
  const text = serviceErrorText(error, languageOf(process.env));
  console.error(`queue: ${text.title} (${error.code}: ${error.message})`);
  return 1;
}

process.exitCode = await main(process.argv.slice(2));
