import { appendFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { contractResult } from '#server/queue/queueContract.ts';
import { openSqliteQueue } from '#server/queue/sqlite/openSqliteQueue.ts';

/*
 * A process that works on a queue file, to be killed. Each job that it begins and ends is a line in its journal. It prints
 * "ready" when it works.
 */
const { values } = parseArgs({
  options: {
    file: { type: 'string', default: '' },
    journal: { type: 'string', default: '' },
    name: { type: 'string', default: '' },
    lock: { type: 'string', default: '1000' },
    job: { type: 'string', default: '0' },
    concurrency: { type: 'string', default: '4' },
  },
});
const { file, journal, name } = values;
const note = (what: string, song: string): void => appendFileSync(journal, `${what}\t${name}\t${song}\n`);

const opened = await openSqliteQueue({
  file,
  policy: {
    attempts: 1000,
    backoffMs: 10,
    lockMs: Number(values.lock),
    resultTtlMs: null,
    jobsPerMinute: null,
  },
});
if (!opened.ok) throw new Error(opened.error.message);
const queue = opened.value;
queue.work(
  async (job, { attempt, signal }) => {
    note('begun', job.songId);
    await sleep(Math.random() * Number(values.job));
    // Some fail at first, so that jobs are delayed when the process is killed.
    if (attempt === 1 && Number(job.songId) % 7 === 0) {
      const error = { code: 'internal', message: 'the first time' } as const;
      return { kind: 'failed', retry: true, error };
    }
    note(signal.aborted ? 'late' : 'ended', job.songId);
    return { kind: 'done', result: { ...contractResult(job), genre: name } };
  },
  { concurrency: Number(values.concurrency) },
);
process.on('SIGTERM', () => {
  void queue.close().then(() => process.exit(0));
});
process.stdout.write('ready\n');
