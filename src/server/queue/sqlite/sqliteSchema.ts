import type { Database } from 'libsql';
import { err, ok, type Result } from '#core/result.ts';
import { type ServiceError, serviceError } from '#server/serviceErrors.ts';

/** Marks our files ('ASqu'), so that no other program's database is taken for a queue. */
const applicationId = 0x41537175;

/**
 * The schema, one step for each version that was ever released. A step that was released is never changed.
 *
 * `jobs.seq` is the place in the line and grows: a job that is put in anew gets a new one. `take` names one taking of one
 * job: an outcome counts only with the take under which the job is active. Times that end in `_at` are of the wall clock,
 * for people and for days; `due`, `until` and `clock` are of the queue's own clock (`queueClock.ts`).
 */
const steps: readonly string[] = [
  `
  CREATE TABLE state (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    clock REAL NOT NULL,
    clock_offset REAL NOT NULL,
    paused INTEGER NOT NULL,
    places INTEGER NOT NULL,
    takes INTEGER NOT NULL,
    deaths INTEGER NOT NULL
  );
  INSERT INTO state VALUES (1, 0, 0, 0, 0, 0, 0);
  CREATE TABLE workers (
    id TEXT PRIMARY KEY,
    concurrency INTEGER NOT NULL,
    until REAL NOT NULL
  ) WITHOUT ROWID;
  CREATE TABLE jobs (
    seq INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    song_id TEXT NOT NULL,
    job TEXT,
    state TEXT NOT NULL CHECK (state IN ('waiting', 'delayed', 'active', 'done', 'dead')),
    priority INTEGER NOT NULL,
    attempts INTEGER NOT NULL DEFAULT 0,
    worker TEXT REFERENCES workers (id),
    take INTEGER,
    due REAL,
    error TEXT,
    death INTEGER,
    died_at REAL,
    expires_at REAL,
    CHECK ((state = 'active') = (worker IS NOT NULL)),
    CHECK ((state = 'delayed') = (due IS NOT NULL)),
    CHECK ((state = 'done') = (job IS NULL)),
    CHECK ((state = 'dead') = (death IS NOT NULL))
  );
  CREATE INDEX jobs_waiting ON jobs (priority, seq) WHERE state = 'waiting';
  CREATE INDEX jobs_delayed ON jobs (due) WHERE state = 'delayed';
  CREATE INDEX jobs_active ON jobs (worker) WHERE worker IS NOT NULL;
  CREATE INDEX jobs_dead ON jobs (death) WHERE state = 'dead';
  CREATE INDEX jobs_expiring ON jobs (expires_at) WHERE expires_at IS NOT NULL;
  CREATE TABLE feed (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    song_id TEXT NOT NULL,
    result TEXT NOT NULL,
    expires_at REAL
  );
  CREATE INDEX feed_song ON feed (song_id, seq);
  CREATE INDEX feed_expiring ON feed (expires_at) WHERE expires_at IS NOT NULL;
  CREATE TABLE speed (
    second INTEGER PRIMARY KEY,
    begun INTEGER NOT NULL DEFAULT 0,
    finished INTEGER NOT NULL DEFAULT 0
  );
  CREATE TABLE bookmarks (name TEXT PRIMARY KEY, cursor TEXT NOT NULL) WITHOUT ROWID;
  CREATE TABLE leases (name TEXT PRIMARY KEY, owner TEXT NOT NULL, until REAL NOT NULL) WITHOUT ROWID;
  `,
];

const pragma = (database: Database, name: string): number =>
  Number((database.prepare(`PRAGMA ${name}`).get() as Record<string, unknown>)[name]);

/**
 * Brings a file to the schema of this program, a new one included. Several processes may do so at once.
 *
 * Errors: `queue-unavailable` where the file is of a newer program or of another one.
 */
export function migrate(database: Database, file: string): Result<void, ServiceError> {
  const refused = refusal(database, file);
  if (refused !== null) return err(refused);
  if (pragma(database, 'user_version') === steps.length) return ok(undefined);
  database.exec('BEGIN IMMEDIATE');
  try {
    // Another process may have been faster.
    const after = refusal(database, file);
    if (after !== null) {
      database.exec('ROLLBACK');
      return err(after);
    }
    const version = pragma(database, 'user_version');
    for (const step of steps.slice(version)) database.exec(step);
    database.exec(`PRAGMA application_id = ${applicationId}`);
    database.exec(`PRAGMA user_version = ${steps.length}`);
    database.exec('COMMIT');
    return ok(undefined);
  } catch (cause) {
    if (database.inTransaction) database.exec('ROLLBACK');
    throw cause;
  }
}

function refusal(database: Database, file: string): ServiceError | null {
  const version = pragma(database, 'user_version');
  const tables = (database.prepare('SELECT COUNT(*) AS n FROM sqlite_master').get() as { n: number }).n;
  if (tables === 0 && version === 0) return null;
  if (pragma(database, 'application_id') !== applicationId) {
    return serviceError(
      'queue-unavailable',
      `${file} is the database of another program; name another file with --queue-file`,
      { file },
    );
  }
  if (version <= steps.length) return null;
  return serviceError(
    'queue-unavailable',
    `the queue ${file} has schema ${version}, this program knows up to ${steps.length}: it was written by a newer version; update this program or name another file with --queue-file`,
    { file, schema: version, known: steps.length },
  );
}
