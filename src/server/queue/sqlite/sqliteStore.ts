import { randomUUID } from 'node:crypto';
import Libsql, { type Database } from 'libsql';
import { err, ok, type Result } from '#core/result.ts';
import { jobIdOf } from '#server/queue/jobId.ts';
import type {
  DeadJob,
  EnqueueOutcome,
  JobOutcome,
  JobState,
  JobStatus,
  QueueCounts,
  QueuePolicy,
  SongJob,
} from '#server/queue/jobQueue.ts';
import { retryDelayMs } from '#server/queue/retryDelay.ts';
import { type HostClocks, hostClocks, queueTime } from '#server/queue/sqlite/queueClock.ts';
import { sqliteFailure } from '#server/queue/sqlite/sqliteFailure.ts';
import { migrate } from '#server/queue/sqlite/sqliteSchema.ts';
import { type ServiceError, serviceError } from '#server/serviceErrors.ts';

/** A job in a worker's hands; `take` names this one taking of it. */
export interface TakenSong {
  readonly jobId: string;
  readonly job: SongJob;
  readonly attempt: number;
  readonly worker: string;
  readonly take: number;
}

export interface Taken {
  readonly jobs: readonly TakenSong[];
  /** When it is worth asking again if nobody calls before: milliseconds; null where only a change can bring a job. */
  readonly againMs: number | null;
}

export interface SqliteStoreOptions {
  readonly file: string;
  readonly policy: QueuePolicy;
  /** How long a statement waits for the lock of another process. */
  readonly busyMs?: number;
  readonly clocks?: HostClocks;
  /** From 0 to below 1, for the jitter. */
  readonly random?: () => number;
}

/** Rows of retention in one transaction: some milliseconds. */
const pruneStep = 500;
/** Over how long speed and rate are reckoned, in seconds. */
const minute = 60;

/** A prepared statement; libsql's own declaration does not take values in any number. */
interface Statement {
  run(...values: Value[]): { readonly changes: number };
  get(...values: Value[]): unknown;
  all(...values: Value[]): unknown[];
}
type Value = string | number | null;
type Row = Readonly<Record<string, Value>>;

/**
 * The queue in a SQLite file, synchronous: one connection, for a thread of its own. Each method is one transaction, or one
 * read. What a method has returned from is on the disk (`synchronous = FULL`) and survives a power cut.
 *
 * Methods throw what the database throws; `sqliteFailure` tells the expected failures.
 */
export class SqliteStore {
  readonly #database: Database;
  readonly #policy: QueuePolicy;
  readonly #clocks: HostClocks;
  readonly #random: () => number;
  readonly #statements = new Map<string, Statement>();
  #seenVersion = -1;

  private constructor(database: Database, options: SqliteStoreOptions) {
    this.#database = database;
    this.#policy = options.policy;
    this.#clocks = options.clocks ?? hostClocks;
    this.#random = options.random ?? Math.random;
  }

  /**
   * Opens the file, made where it is absent.
   *
   * Errors: `queue-unavailable` with the reason (damaged, of another program, of a newer version, no permission, no
   * directory), `storage-full`.
   */
  static open(options: SqliteStoreOptions): Result<SqliteStore, ServiceError> {
    let database: Database | null = null;
    try {
      database = new Libsql(options.file, { timeout: options.busyMs ?? 5000 });
      // Before the first table: a queue that was large once gives its room back.
      database.exec('PRAGMA auto_vacuum = INCREMENTAL');
      const mode = database.prepare('PRAGMA journal_mode = WAL').get() as { journal_mode: string };
      if (mode.journal_mode !== 'wal') {
        database.close();
        const reason =
          'the file system has no shared memory for the WAL; a network file system is not supported';
        return err(
          serviceError('queue-unavailable', `the queue ${options.file}: ${reason}`, { file: options.file }),
        );
      }
      database.exec(
        'PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; PRAGMA journal_size_limit = 16777216; PRAGMA temp_store = MEMORY',
      );
      const migrated = migrate(database, options.file);
      if (!migrated.ok) {
        database.close();
        return migrated;
      }
      // Fails where the file can be read but not written: better said now than at the first song.
      database.exec('BEGIN IMMEDIATE; ROLLBACK');
      return ok(new SqliteStore(database, options));
    } catch (cause) {
      const failure = sqliteFailure(cause, options.file);
      if (database?.open === true) database.close();
      if (failure === null) throw cause;
      return err(failure);
    }
  }

  /** Brings the file up to date with its WAL, which whoever copies the file would forget, and closes it. */
  close(): void {
    try {
      this.#one('PRAGMA wal_checkpoint(TRUNCATE)');
    } catch {
      // Full or locked: the WAL stays beside the file and is read by the next one.
    }
    this.#statements.clear();
    this.#database.close();
  }

  /** Bounds the file to so many pages of 4096 bytes: to this connection the disk is full then. */
  limitPages(pages: number): void {
    this.#one(`PRAGMA max_page_count = ${pages}`);
  }

  /** Whether another connection has changed the file since this was last asked. Reads shared memory only. */
  changedByOthers(): boolean {
    const version = Number(this.#one('PRAGMA data_version')!['data_version']);
    const changed = version !== this.#seenVersion;
    this.#seenVersion = version;
    return changed;
  }

  // ---- putting in

  enqueue(jobs: readonly SongJob[]): readonly EnqueueOutcome[] {
    if (jobs.length === 0) return [];
    return this.#write(() => {
      const wall = this.#clocks.wallMs();
      let place = this.#number('SELECT places AS n FROM state');
      const outcomes = jobs.map((job): EnqueueOutcome => {
        const jobId = jobIdOf(job);
        const known = this.#one('SELECT state, expires_at FROM jobs WHERE id = ?', jobId);
        if (known !== null) {
          const state = known['state'] as JobState;
          // A job is as good as unknown where its result is forgotten: whoever puts it in wants to have it.
          const forgotten =
            state === 'done' && known['expires_at'] !== null && Number(known['expires_at']) <= wall;
          if (state !== 'dead' && !forgotten) return { jobId, outcome: 'known', state };
          this.#run('DELETE FROM jobs WHERE id = ?', jobId);
        }
        place++;
        this.#run(
          `INSERT INTO jobs (seq, id, song_id, job, state, priority) VALUES (?, ?, ?, ?, 'waiting', ?)`,
          place,
          jobId,
          job.songId,
          JSON.stringify(job),
          job.priority,
        );
        return { jobId, outcome: 'queued' };
      });
      this.#run('UPDATE state SET places = ?', place);
      return outcomes;
    });
  }

  // ---- workers

  /** A new worker; its id. */
  register(concurrency: number): string {
    const id = randomUUID();
    this.#write((now) => {
      this.#run('INSERT INTO workers VALUES (?, ?, ?)', id, concurrency, now + this.#policy.lockMs);
    });
    return id;
  }

  /**
   * A sign of life of these workers, and a look after the others: the jobs of those that have given none for `lockMs` go
   * back to the line, or to the dead where their attempts are used up (a file that takes its process along each time must
   * end somewhere). The answer: those of `workers` that were given up by somebody, and whether jobs came back.
   */
  beat(workers: readonly string[]): { readonly lost: readonly string[]; readonly freed: boolean } {
    return this.#write((now) => {
      const until = now + this.#policy.lockMs;
      const lost = workers.filter(
        (id) => this.#run('UPDATE workers SET until = ? WHERE id = ?', until, id) === 0,
      );
      const gone = this.#all('SELECT id FROM workers WHERE until < ?', now).map(({ id }) => String(id));
      let freed = false;
      for (const id of gone) freed = this.#giveUp(id) || freed;
      this.#run('DELETE FROM speed WHERE second < ?', Math.floor(now / 1000) - 2 * minute);
      return { lost, freed };
    });
  }

  #giveUp(worker: string): boolean {
    const error = JSON.stringify(
      serviceError(
        'internal',
        'the worker gave no sign of life while it had the job; its process may have been killed',
      ),
    );
    for (const { seq } of this.#all(
      'SELECT seq FROM jobs WHERE worker = ? AND attempts >= ?',
      worker,
      this.#policy.attempts,
    )) {
      this.#die(Number(seq), error);
    }
    const freed = this.#run(
      `UPDATE jobs SET state = 'waiting', worker = NULL, take = NULL, error = ? WHERE worker = ?`,
      error,
      worker,
    );
    this.#run('DELETE FROM workers WHERE id = ?', worker);
    return freed > 0;
  }

  /** Up to `count` jobs for a worker; none where it was given up, the queue is paused or the rate is reached. */
  take(worker: string, count: number): Taken {
    // Most looks find nothing: they cost no lock.
    const idle = this.#idle();
    if (idle !== null) return idle;
    return this.#write((now) => {
      if (this.#one('SELECT id FROM workers WHERE id = ?', worker) === null)
        return { jobs: [], againMs: 100 };
      if (this.#number('SELECT paused AS n FROM state') === 1) return { jobs: [], againMs: null };
      const second = Math.floor(now / 1000);
      const allowed = this.#allowedToBegin(second);
      if (allowed <= 0) return { jobs: [], againMs: 1000 };
      this.#run(`UPDATE jobs SET state = 'waiting', due = NULL WHERE state = 'delayed' AND due <= ?`, now);
      const rows = this.#all(
        `SELECT seq, id, job, attempts FROM jobs WHERE state = 'waiting' ORDER BY priority, seq LIMIT ?`,
        Math.min(count, allowed),
      );
      let take = this.#number('SELECT takes AS n FROM state');
      const jobs = rows.map((row): TakenSong => {
        take++;
        const attempt = Number(row['attempts']) + 1;
        this.#run(
          `UPDATE jobs SET state = 'active', worker = ?, take = ?, attempts = ? WHERE seq = ?`,
          worker,
          take,
          attempt,
          row['seq']!,
        );
        return {
          jobId: String(row['id']),
          job: JSON.parse(String(row['job'])) as SongJob,
          attempt,
          worker,
          take,
        };
      });
      this.#run('UPDATE state SET takes = ?', take);
      if (jobs.length > 0) this.#countSpeed('begun', second, jobs.length);
      return { jobs, againMs: jobs.length < count ? this.#nextDue(now) : null };
    });
  }

  #idle(): Taken | null {
    if (this.#number('SELECT paused AS n FROM state') === 1) return { jobs: [], againMs: null };
    if (this.#one(`SELECT seq FROM jobs WHERE state = 'waiting' LIMIT 1`) !== null) return null;
    const againMs = this.#nextDue(this.#now());
    return againMs === 0 ? null : { jobs: [], againMs };
  }

  #nextDue(now: number): number | null {
    const due = this.#one(`SELECT MIN(due) AS due FROM jobs WHERE state = 'delayed'`)?.['due'] ?? null;
    return due === null ? null : Math.max(0, Math.ceil(Number(due) - now));
  }

  /** Whole seconds are counted, the one that has begun and the 60 before it: never more in any minute, seldom a little less. */
  #allowedToBegin(second: number): number {
    const { jobsPerMinute } = this.#policy;
    if (jobsPerMinute === null) return Number.MAX_SAFE_INTEGER;
    const begun = this.#number(
      'SELECT COALESCE(SUM(begun), 0) AS n FROM speed WHERE second >= ?',
      second - minute,
    );
    return jobsPerMinute - begun;
  }

  #countSpeed(what: 'begun' | 'finished', second: number, count: number): void {
    this.#run(
      `INSERT INTO speed (second, ${what}) VALUES (?, ?) ON CONFLICT (second) DO UPDATE SET ${what} = ${what} + excluded.${what}`,
      second,
      count,
    );
  }

  /**
   * What became of a job, in one transaction with its result and the feed. False where it does not count: the job was
   * taken from the worker or is settled.
   */
  settle(taken: Pick<TakenSong, 'jobId' | 'worker' | 'take' | 'attempt'>, outcome: JobOutcome): boolean {
    return this.#write((now) => {
      const row = this.#one(
        'SELECT seq, song_id FROM jobs WHERE id = ? AND worker = ? AND take = ?',
        taken.jobId,
        taken.worker,
        taken.take,
      );
      if (row === null) return false;
      const seq = Number(row['seq']);
      if (outcome.kind === 'done') {
        const { resultTtlMs } = this.#policy;
        const expires = resultTtlMs === null ? null : this.#clocks.wallMs() + resultTtlMs;
        this.#run(
          `UPDATE jobs SET state = 'done', job = NULL, worker = NULL, take = NULL, error = NULL, expires_at = ? WHERE seq = ?`,
          expires,
          seq,
        );
        this.#run(
          'INSERT INTO feed (song_id, result, expires_at) VALUES (?, ?, ?)',
          row['song_id']!,
          JSON.stringify(outcome.result),
          expires,
        );
        this.#countSpeed('finished', Math.floor(now / 1000), 1);
        return true;
      }
      const error = JSON.stringify(outcome.error);
      if (outcome.retry && taken.attempt < this.#policy.attempts) {
        this.#run(
          `UPDATE jobs SET state = 'delayed', worker = NULL, take = NULL, error = ?, due = ? WHERE seq = ?`,
          error,
          now + retryDelayMs(this.#policy, taken.attempt, this.#random()),
          seq,
        );
        return true;
      }
      this.#die(seq, error);
      this.#countSpeed('finished', Math.floor(now / 1000), 1);
      return true;
    });
  }

  #die(seq: number, error: string): void {
    this.#run('UPDATE state SET deaths = deaths + 1');
    this.#run(
      `UPDATE jobs SET state = 'dead', worker = NULL, take = NULL, due = NULL, error = ?, died_at = ?,
        death = (SELECT deaths FROM state) WHERE seq = ?`,
      error,
      this.#clocks.wallMs(),
      seq,
    );
  }

  /** Jobs of a worker back to their places in the line, as if they had not been taken. */
  giveBack(taken: readonly Pick<TakenSong, 'jobId' | 'worker' | 'take'>[]): void {
    this.#write(() => {
      for (const { jobId, worker, take } of taken) {
        this.#run(
          `UPDATE jobs SET state = 'waiting', worker = NULL, take = NULL, attempts = attempts - 1
            WHERE id = ? AND worker = ? AND take = ?`,
          jobId,
          worker,
          take,
        );
      }
    });
  }

  /** Ends a worker; what it still has is given back. */
  unregister(worker: string): void {
    this.#write(() => {
      this.#run(
        `UPDATE jobs SET state = 'waiting', worker = NULL, take = NULL, attempts = attempts - 1 WHERE worker = ?`,
        worker,
      );
      this.#run('DELETE FROM workers WHERE id = ?', worker);
    });
  }

  // ---- looking

  counts(): QueueCounts {
    return this.#read(() => {
      const now = this.#now();
      const count = (state: string): number =>
        this.#number(`SELECT COUNT(*) AS n FROM jobs WHERE state = '${state}'`);
      const workers = this.#one(
        'SELECT COUNT(*) AS n, COALESCE(SUM(concurrency), 0) AS concurrency FROM workers WHERE until >= ?',
        now,
      )!;
      const finished = this.#number(
        'SELECT COALESCE(SUM(finished), 0) AS n FROM speed WHERE second > ?',
        Math.floor(now / 1000) - minute,
      );
      return {
        waiting: count('waiting'),
        delayed: count('delayed'),
        active: this.#number('SELECT COUNT(*) AS n FROM jobs WHERE worker IS NOT NULL'),
        dead: count('dead'),
        done: this.#feedEnd(),
        paused: this.#number('SELECT paused AS n FROM state') === 1,
        workers: Number(workers['n']),
        concurrency: Number(workers['concurrency']),
        finishedPerSecond: finished / minute,
      };
    });
  }

  status(jobId: string): JobStatus | null {
    const row = this.#one(
      'SELECT id, song_id, state, attempts, error, expires_at FROM jobs WHERE id = ?',
      jobId,
    );
    const expires = row?.['expires_at'] ?? null;
    if (row === null || (expires !== null && Number(expires) <= this.#clocks.wallMs())) return null;
    return statusOfRow(row);
  }

  dead(limit: number, offset: number): readonly DeadJob[] {
    return this.#all(
      `SELECT id, song_id, state, attempts, error, job, died_at FROM jobs WHERE state = 'dead'
        ORDER BY death DESC LIMIT ? OFFSET ?`,
      limit,
      offset,
    ).map((row) => ({
      ...statusOfRow(row),
      job: JSON.parse(String(row['job'])) as SongJob,
      diedAt: new Date(Number(row['died_at'])).toISOString(),
    }));
  }

  // ---- acting

  pause(): void {
    this.#write(() => this.#run('UPDATE state SET paused = 1'));
  }

  resume(): void {
    this.#write(() => this.#run('UPDATE state SET paused = 0'));
  }

  requeueDead(jobIds: readonly string[] | 'all'): number {
    return this.#write(() => {
      let place = this.#number('SELECT places AS n FROM state');
      const dead = this.#deadOf(jobIds);
      for (const seq of dead) {
        place++;
        this.#run(
          `UPDATE jobs SET seq = ?, state = 'waiting', attempts = 0, error = NULL, death = NULL, died_at = NULL WHERE seq = ?`,
          place,
          seq,
        );
      }
      this.#run('UPDATE state SET places = ?', place);
      return dead.length;
    });
  }

  removeDead(jobIds: readonly string[] | 'all'): number {
    return this.#write(() => {
      const dead = this.#deadOf(jobIds);
      for (const seq of dead) this.#run('DELETE FROM jobs WHERE seq = ?', seq);
      return dead.length;
    });
  }

  /** In the order in which they died. */
  #deadOf(jobIds: readonly string[] | 'all'): number[] {
    const rows =
      jobIds === 'all'
        ? this.#all(`SELECT seq FROM jobs WHERE state = 'dead' ORDER BY death`)
        : this.#all(
            `SELECT seq FROM jobs WHERE state = 'dead' AND id IN (SELECT value FROM json_each(?)) ORDER BY death`,
            JSON.stringify(jobIds),
          );
    return rows.map(({ seq }) => Number(seq));
  }

  // ---- results

  /** The JSON of the latest result of a song. */
  songResult(songId: string): string | null {
    const row = this.#one(
      'SELECT result FROM feed WHERE song_id = ? AND (expires_at IS NULL OR expires_at > ?) ORDER BY seq DESC LIMIT 1',
      songId,
      this.#clocks.wallMs(),
    );
    return row === null ? null : String(row['result']);
  }

  /** The feed after `cursor`, as JSON. */
  resultsSince(
    cursor: string,
    limit: number,
  ): Result<{ readonly results: readonly string[]; readonly cursor: string }, ServiceError> {
    if (!/^([1-9]\d{0,14})?$/.test(cursor)) return err(badCursor(cursor));
    return this.#read(() => {
      // A file that was replaced counts from 1 again: silence would look like "nothing new" for a long time.
      if (Number(cursor) > this.#feedEnd()) return err(badCursor(cursor));
      const rows = this.#all(
        'SELECT seq, result FROM feed WHERE seq > ? AND (expires_at IS NULL OR expires_at > ?) ORDER BY seq LIMIT ?',
        Number(cursor),
        this.#clocks.wallMs(),
        limit,
      );
      const last = rows.at(-1);
      return ok({
        results: rows.map(({ result }) => String(result)),
        cursor: last === undefined ? cursor : String(last['seq']),
      });
    });
  }

  /** How many results were ever put into the feed: its numbers have no gaps, as a transaction that fails gives its number back. */
  #feedEnd(): number {
    return this.#number(`SELECT COALESCE(MAX(seq), 0) AS n FROM sqlite_sequence WHERE name = 'feed'`);
  }

  bookmark(name: string): string {
    return String(this.#one('SELECT cursor FROM bookmarks WHERE name = ?', name)?.['cursor'] ?? '');
  }

  setBookmark(name: string, cursor: string): void {
    this.#write(() =>
      this.#run(
        'INSERT INTO bookmarks VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET cursor = excluded.cursor',
        name,
        cursor,
      ),
    );
  }

  lease(name: string, owner: string, holdMs: number): boolean {
    return this.#write((now) => {
      const held = this.#one('SELECT owner FROM leases WHERE name = ? AND until >= ?', name, now);
      if (held !== null && held['owner'] !== owner) return false;
      this.#run(
        `INSERT INTO leases VALUES (?, ?, ?)
          ON CONFLICT (name) DO UPDATE SET owner = excluded.owner, until = excluded.until`,
        name,
        owner,
        now + holdMs,
      );
      return true;
    });
  }

  // ---- retention

  /** Forgets some of what has expired, and gives room back to the disk; true where there is more to forget. */
  prune(): boolean {
    const wall = this.#clocks.wallMs();
    const expired = (table: string): boolean =>
      this.#one(`SELECT seq FROM ${table} WHERE expires_at IS NOT NULL AND expires_at <= ? LIMIT 1`, wall) !==
      null;
    let more = false;
    if (expired('feed') || expired('jobs')) {
      more = this.#write(() => {
        const gone = ['feed', 'jobs'].map((table) =>
          this.#run(
            `DELETE FROM ${table} WHERE seq IN (SELECT seq FROM ${table} WHERE expires_at IS NOT NULL AND expires_at <= ?
              ORDER BY expires_at LIMIT ${pruneStep})`,
            wall,
          ),
        );
        return gone.includes(pruneStep);
      });
    }
    // A few megabytes stay free for what comes next.
    const free = this.#one('PRAGMA freelist_count');
    if (Number(free?.['freelist_count']) > 2 * pruneStep) {
      this.#all(`PRAGMA incremental_vacuum(${pruneStep})`);
      more = true;
    }
    return more;
  }

  // ---- the database

  /** The queue's time without writing: for looking. */
  #now(): number {
    const { clock, clock_offset } = this.#one('SELECT clock, clock_offset FROM state')!;
    return queueTime({ clock: Number(clock), offset: Number(clock_offset) }, this.#clocks.monotonicMs())
      .clock;
  }

  /** One transaction that holds the write lock from its beginning; the clock is read once the lock is held. */
  #write<T>(work: (now: number) => T): T {
    this.#database.exec('BEGIN IMMEDIATE');
    try {
      const stored = this.#one('SELECT clock, clock_offset FROM state')!;
      const { clock, offset } = queueTime(
        { clock: Number(stored['clock']), offset: Number(stored['clock_offset']) },
        this.#clocks.monotonicMs(),
      );
      const value = work(clock);
      this.#run('UPDATE state SET clock = MAX(clock, ?), clock_offset = ?', clock, offset);
      this.#database.exec('COMMIT');
      return value;
    } catch (cause) {
      // A full disk has ended the transaction by itself.
      if (this.#database.inTransaction) this.#database.exec('ROLLBACK');
      throw cause;
    }
  }

  /** Several reads of one state of the file. */
  #read<T>(work: () => T): T {
    this.#database.exec('BEGIN');
    try {
      return work();
    } finally {
      if (this.#database.inTransaction) this.#database.exec('COMMIT');
    }
  }

  #statement(sql: string): Statement {
    let statement = this.#statements.get(sql);
    if (statement === undefined) {
      statement = this.#database.prepare(sql) as unknown as Statement;
      this.#statements.set(sql, statement);
    }
    return statement;
  }

  #run(sql: string, ...values: Value[]): number {
    return this.#statement(sql).run(...values).changes;
  }

  #one(sql: string, ...values: Value[]): Row | null {
    return (this.#statement(sql).get(...values) as Row | undefined) ?? null;
  }

  #all(sql: string, ...values: Value[]): readonly Row[] {
    return this.#statement(sql).all(...values) as Row[];
  }

  #number(sql: string, ...values: Value[]): number {
    return Number(this.#one(sql, ...values)!['n']);
  }
}

const badCursor = (cursor: string): ServiceError =>
  serviceError(
    'bad-request',
    'the cursor is none that this queue gave (was its file replaced?); begin again with an empty one',
    { cursor: cursor.slice(0, 60) },
  );

function statusOfRow(row: Row): JobStatus {
  return {
    jobId: String(row['id']),
    songId: String(row['song_id']),
    state: row['state'] as JobState,
    attempts: Number(row['attempts']),
    error: row['error'] === null ? null : (JSON.parse(String(row['error'])) as ServiceError),
  };
}
