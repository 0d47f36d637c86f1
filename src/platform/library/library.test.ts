import 'fake-indexeddb/auto';
import { IDBFactory } from 'fake-indexeddb';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { noReview, recordIdOf, type LibraryRecord, type Review } from '#core/library/record.ts';
import { rowOf } from '#core/library/row.ts';
import type { AnalysisReport } from '#core/report/report.ts';
import { testReport } from '#core/testing/reports.ts';
import { createLibrary, type Change, type Library } from '#platform/library/library.ts';
import { libraryMigrations, type Migration } from '#platform/library/libraryDatabase.ts';

const addedAt = '2026-03-04T05:06:07.890Z';
const png = Uint8Array.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 1]);

/** A report of its own sound. */
function reportOf(name: string, best: readonly (string | null)[] = ['Jazz', 'Rock', 'Jazz']): AnalysisReport {
  const report = testReport(best, name);
  let hash = 7;
  for (const character of name) hash = (hash * 31 + character.charCodeAt(0)) >>> 0;
  const sha256 = hash.toString(16).padStart(8, '0').repeat(8);
  return { ...report, file: { ...report.file, sha256 } };
}
const idOf = (name: string): string => recordIdOf(reportOf(name));
const recordOf = (name: string, review: Review = noReview): LibraryRecord => ({
  id: idOf(name),
  report: reportOf(name),
  review,
  thumbnail: png,
  addedAt,
});
const saying = (note: string, reviewedAt = '2026-05-01T00:00:00.000Z'): Review => ({
  ...noReview,
  note,
  reviewedAt,
});

const channels: BroadcastChannel[] = [];
afterEach(() => {
  for (const channel of channels.splice(0)) channel.close();
});

interface Tab {
  readonly factory?: IDBFactory | null;
  readonly migrations?: readonly Migration[];
  readonly channelName?: string;
  readonly persisted?: boolean;
}

function openTab({
  factory = new IDBFactory(),
  migrations,
  channelName,
  persisted = false,
}: Tab = {}): Library {
  let isPersisted = persisted;
  const channel = channelName === undefined ? null : new BroadcastChannel(channelName);
  if (channel !== null) channels.push(channel);
  return createLibrary({
    factory,
    databaseName: 'library',
    ...(migrations === undefined ? {} : { migrations }),
    patienceMs: 20,
    channel,
    storage: {
      persisted: () => Promise.resolve(isPersisted),
      persist: () => Promise.resolve((isPersisted = true)),
    },
    program: { name: 'test', version: '1' },
    isoDate: () => addedAt,
  });
}

async function valueOf<T>(
  work: Promise<{ readonly ok: true; readonly value: T } | { readonly ok: false; readonly error: unknown }>,
): Promise<T> {
  const result = await work;
  if (!result.ok) throw new Error(JSON.stringify(result.error));
  return result.value;
}

/** From now on every put throws as where there is no room. Answers how to make room again. */
function fillUp(factory: IDBFactory): () => void {
  let full = true;
  const open = factory.open.bind(factory);
  factory.open = (...input) => {
    const request = open(...input);
    request.addEventListener('success', () => {
      const { result } = request;
      const transaction = result.transaction.bind(result);
      result.transaction = (...what) => {
        const made = transaction(...what);
        const objectStore = made.objectStore.bind(made);
        made.objectStore = (name) => {
          const store = objectStore(name);
          const put = store.put.bind(store);
          store.put = (...entry) => {
            if (full) throw new DOMException('no room', 'QuotaExceededError');
            return put(...entry);
          };
          return store;
        };
        return made;
      };
    });
    return request;
  };
  return () => {
    full = false;
  };
}

const newer: Migration = (database, transaction) => {
  database.createObjectStore('extra');
  // What a step may do with what is there: here every row text gets a second home.
  const rows = transaction.objectStore('rows');
  rows.openCursor().addEventListener('success', ({ target }) => {
    const cursor = (target as IDBRequest<IDBCursorWithValue | null>).result;
    if (cursor === null) return;
    transaction.objectStore('extra').put(cursor.value, cursor.key);
    cursor.continue();
  });
};

const broken: Migration = (database, transaction) => {
  transaction.objectStore('rows').clear();
  database.deleteObjectStore('reports');
  transaction.abort();
};

const open = async (records: readonly LibraryRecord[] = []): Promise<Library> => {
  const library = openTab();
  await valueOf(library.put(records));
  return library;
};

const contentOf = async (library: Library): Promise<LibraryRecord[]> => {
  const { rows } = await valueOf(library.open());
  return [...(await valueOf(library.records(rows.map(({ id }) => id))))].toSorted((a, b) =>
    a.id < b.id ? -1 : 1,
  );
};

describe('the library in storage', () => {
  it('gives back what was kept, after a new opening too', async () => {
    const factory = new IDBFactory();
    const first = openTab({ factory });
    expect(await valueOf(first.open())).toEqual({ keeping: 'best-effort', rows: [], problem: null });
    await valueOf(first.keep({ report: reportOf('a.wav'), addedAt }));
    await valueOf(first.setThumbnail(idOf('a.wav'), png));
    await valueOf(first.setReviews([{ id: idOf('a.wav'), review: saying('good') }]));

    const second = openTab({ factory });
    const { rows } = await valueOf(second.open());
    const record = recordOf('a.wav', saying('good'));
    expect(rows).toEqual([rowOf(record)]);
    expect(await valueOf(second.record(idOf('a.wav')))).toEqual(record);
    expect(await second.thumbnail(idOf('a.wav'))).toEqual(png);
    expect(await valueOf(second.record('nothing'))).toBeNull();
  });

  it('keeps a review that is given before the result is stored', async () => {
    const library = openTab();
    const keeping = library.keep({ report: reportOf('a.wav'), addedAt });
    const reviewing = library.setReviews([{ id: idOf('a.wav'), review: saying('quick') }]);
    await Promise.all([keeping, reviewing]);
    expect((await valueOf(library.record(idOf('a.wav'))))?.review.note).toBe('quick');
  });

  it('an analysis made again keeps the review, the thumbnail and the date', async () => {
    const library = openTab();
    await valueOf(library.put([recordOf('a.wav', saying('mine'))]));
    const again = { ...reportOf('a.wav'), createdAt: '2027-01-01T00:00:00.000Z' };
    await valueOf(library.keep({ report: again, addedAt: '2027-01-01T00:00:00.000Z' }));
    expect(await valueOf(library.record(idOf('a.wav')))).toEqual({
      ...recordOf('a.wav', saying('mine')),
      report: again,
    });
  });

  it('removes and puts back whole records', async () => {
    const library = openTab();
    const records = ['a.wav', 'b.wav', 'c.wav'].map((name) => recordOf(name, saying(name)));
    await valueOf(library.put(records));
    const changes: Change[] = [];
    library.onChange((change) => changes.push(change));
    await valueOf(library.remove([idOf('a.wav'), idOf('c.wav')]));
    expect((await valueOf(library.open())).rows.map((row) => row.name)).toEqual(['b.wav']);
    await valueOf(library.put([recordOf('a.wav', saying('a.wav'))]));
    expect(await valueOf(library.records([idOf('a.wav'), idOf('c.wav')]))).toEqual([records[0]]);
    expect(changes.map(({ put, removed }) => [put.map((row) => row.name), removed])).toEqual([
      [[], [idOf('a.wav'), idOf('c.wav')]],
      [['a.wav'], []],
    ]);
  });

  it('says whether the browser protects it', async () => {
    const library = openTab();
    expect((await valueOf(library.open())).keeping).toBe('best-effort');
    expect(await library.persist()).toBe('persisted');
    expect((await valueOf(library.open())).keeping).toBe('persisted');
  });
});

describe('two tabs on one library', () => {
  it('see each other, and neither loses what the other wrote', async () => {
    const factory = new IDBFactory();
    const channelName = 'library-test-two-tabs';
    const [one, two] = [openTab({ factory, channelName }), openTab({ factory, channelName })];
    const names = Array.from({ length: 20 }, (_, index) => `${index}.wav`);
    await valueOf(one.put(names.map((name) => recordOf(name))));
    await valueOf(two.open());
    const seen = new Map<string, string>();
    two.onChange(({ put }) => {
      for (const row of put) seen.set(row.name, row.review.note);
    });
    // Interleaved: each writes its own half, and both write the first.
    await Promise.all(
      names.flatMap((name, index) => [
        (index % 2 === 0 ? one : two).setReviews([{ id: idOf(name), review: saying(`note of ${name}`) }]),
        ...(index % 5 === 0 ? [two.setThumbnail(idOf(name), png)] : []),
      ]),
    );
    const { rows } = await valueOf(openTab({ factory }).open());
    expect(Object.fromEntries(rows.map((row) => [row.name, row.review.note]))).toEqual(
      Object.fromEntries(names.map((name) => [name, `note of ${name}`])),
    );
    await vi.waitFor(() => expect(seen.size).toBe(20));
    expect(Object.fromEntries(seen)).toEqual(
      Object.fromEntries(names.map((name) => [name, `note of ${name}`])),
    );
    await valueOf(one.remove([idOf('0.wav')]));
    await vi.waitFor(async () => expect(await valueOf(two.record(idOf('0.wav')))).toBeNull());
  });

  it('the last whole review wins, never a mixture', async () => {
    const factory = new IDBFactory();
    const [one, two] = [openTab({ factory }), openTab({ factory })];
    await valueOf(one.put([recordOf('a.wav')]));
    const theirs: Review = { ...saying('theirs'), tags: ['t'], verdict: { kind: 'unsure' } };
    const ours: Review = { ...saying('ours'), tags: ['o'], verdict: { kind: 'accepted' } };
    await Promise.all([
      one.setReviews([{ id: idOf('a.wav'), review: ours }]),
      two.setReviews([{ id: idOf('a.wav'), review: theirs }]),
    ]);
    const { review } = (await valueOf(one.record(idOf('a.wav')))) ?? {};
    expect([ours, theirs]).toContainEqual(review);
    expect((await valueOf(two.record(idOf('a.wav'))))?.review).toEqual(review);
  });

  it('foreign messages on the channel change nothing', async () => {
    const channelName = 'library-test-foreign';
    const library = openTab({ channelName });
    await valueOf(library.put([recordOf('a.wav')]));
    const changes: Change[] = [];
    library.onChange((change) => changes.push(change));
    const stranger = new BroadcastChannel(channelName);
    channels.push(stranger);
    const send = stranger.postMessage.bind(stranger);
    for (const message of [null, 7, 'x', { put: 'all' }, { put: [{}], removed: [1] }]) send(message);
    send({ put: [idOf('a.wav')], removed: [] });
    await vi.waitFor(() => expect(changes).toHaveLength(1));
    expect(changes[0]?.put).toEqual([rowOf(recordOf('a.wav'))]);
  });
});

describe('schemas', () => {
  it('an older library is migrated and everything is still there', async () => {
    const factory = new IDBFactory();
    const record = recordOf('a.wav', saying('before'));
    await valueOf(openTab({ factory }).put([record]));
    const migrated = openTab({ factory, migrations: [...libraryMigrations, newer] });
    expect((await valueOf(migrated.open())).rows).toEqual([rowOf(record)]);
    expect(await valueOf(migrated.record(record.id))).toEqual(record);
    const raw = await new Promise<IDBDatabase>((resolve, reject) => {
      const request = factory.open('library');
      request.addEventListener('success', () => resolve(request.result));
      request.addEventListener('error', () => reject(new Error('not opened')));
    });
    expect(raw.version).toBe(libraryMigrations.length + 1);
    expect([...raw.objectStoreNames]).toContain('extra');
    raw.close();
  });

  it('a step that fails leaves the old library as it was', async () => {
    const factory = new IDBFactory();
    const record = recordOf('a.wav');
    await valueOf(openTab({ factory }).put([record]));
    const failed = openTab({ factory, migrations: [...libraryMigrations, broken] });
    expect(await valueOf(failed.open())).toMatchObject({
      keeping: 'memory',
      problem: { code: 'library-failed' },
    });
    expect(await valueOf(openTab({ factory }).record(record.id))).toEqual(record);
  });

  it('an older program refuses a newer library, leaves it alone, and works in memory', async () => {
    const factory = new IDBFactory();
    const record = recordOf('a.wav');
    const future = openTab({ factory, migrations: [...libraryMigrations, newer] });
    await valueOf(future.put([record]));
    const old = openTab({ factory });
    expect(await valueOf(old.open())).toMatchObject({
      keeping: 'memory',
      rows: [],
      problem: { code: 'library-too-new' },
    });
    await valueOf(old.keep({ report: reportOf('b.wav'), addedAt }));
    expect((await valueOf(old.record(idOf('b.wav'))))?.report).toEqual(reportOf('b.wav'));
    expect((await valueOf(future.open())).rows).toEqual([rowOf(record)]);
  });

  it('an open old tab makes room for a newer program, says so once, and goes on in memory', async () => {
    const factory = new IDBFactory();
    const old = openTab({ factory });
    await valueOf(old.put([recordOf('a.wav')]));
    const future = openTab({ factory, migrations: [...libraryMigrations, newer] });
    expect((await valueOf(future.open())).rows).toHaveLength(1);
    expect(await old.put([recordOf('b.wav')])).toMatchObject({
      ok: false,
      error: { code: 'library-too-new' },
    });
    expect(await valueOf(old.put([recordOf('c.wav')]))).toBeUndefined();
    expect(await valueOf(old.record(idOf('b.wav')))).toEqual(recordOf('b.wav'));
    expect((await valueOf(future.open())).rows).toHaveLength(1);
  });

  it('a tab that does not make room is waited for, then said to be in the way', async () => {
    const factory = new IDBFactory();
    await valueOf(openTab({ factory }).open());
    // A page that ignores what it is told, as a frozen one does.
    const raw = await new Promise<IDBDatabase>((resolve) => {
      const request = factory.open('library');
      request.addEventListener('success', () => resolve(request.result));
    });
    const future = openTab({ factory, migrations: [...libraryMigrations, newer] });
    expect(await valueOf(future.open())).toMatchObject({
      keeping: 'memory',
      problem: { code: 'library-blocked' },
    });
    raw.close();
  });
});

describe('where storage is not to be had', () => {
  it.each([
    ['there is none', null],
    [
      'it is denied',
      {
        open: () => {
          throw new DOMException('denied', 'SecurityError');
        },
      } as unknown as IDBFactory,
    ],
  ])('%s: the library is in memory and says so', async (_what, factory) => {
    const library = openTab({ factory });
    expect(await valueOf(library.open())).toEqual({
      keeping: 'memory',
      rows: [],
      problem: expect.objectContaining({ code: 'library-denied' }),
    });
    await valueOf(library.keep({ report: reportOf('a.wav'), addedAt }));
    await valueOf(library.setThumbnail(idOf('a.wav'), png));
    await valueOf(library.setReviews([{ id: idOf('a.wav'), review: saying('here') }]));
    expect(await valueOf(library.record(idOf('a.wav')))).toEqual(recordOf('a.wav', saying('here')));
    expect(await library.persist()).toBe('memory');
    await valueOf(library.remove([idOf('a.wav')]));
    expect(await valueOf(library.record(idOf('a.wav')))).toBeNull();
  });

  it('full: what is new is kept in memory, what was stored stays, and all of it is stored once there is room', async () => {
    const factory = new IDBFactory();
    await valueOf(openTab({ factory }).put([recordOf('old.wav')]));
    const makeRoom = fillUp(factory);
    const library = openTab({ factory });
    await valueOf(library.open());
    const full = { ok: false, error: { code: 'library-full' } };
    expect(await library.keep({ report: reportOf('new.wav'), addedAt })).toMatchObject(full);
    expect(await library.setReviews([{ id: idOf('new.wav'), review: saying('new') }])).toMatchObject(full);
    expect(await library.setReviews([{ id: idOf('old.wav'), review: saying('changed') }])).toMatchObject(
      full,
    );
    expect((await valueOf(library.record(idOf('new.wav'))))?.review.note).toBe('new');
    expect((await valueOf(library.record(idOf('old.wav'))))?.review.note).toBe('changed');
    expect(
      (await valueOf(library.open())).rows.map((row) => `${row.name}: ${row.review.note}`).toSorted(),
    ).toEqual(['new.wav: new', 'old.wav: changed']);

    makeRoom();
    await valueOf(library.keep({ report: reportOf('later.wav'), addedAt }));
    const { rows } = await valueOf(openTab({ factory }).open());
    expect(rows.map((row) => `${row.name}: ${row.review.note}`).toSorted()).toEqual([
      'later.wav: ',
      'new.wav: new',
      'old.wav: changed',
    ]);
  });
});

describe('the archive', () => {
  it('brings the whole library to another machine, equal in every number and word', async () => {
    const records = Array.from({ length: 70 }, (_, index) =>
      recordOf(`歌 ${index}.wav`, saying(`n${index}`)),
    );
    const source = await open(records);
    const archive = await valueOf(source.exportArchive());
    const target = await open();
    const heard: string[] = [];
    target.onChange(({ put }) => heard.push(...put.map((row) => row.name)));
    expect(await valueOf(target.importArchive(archive))).toEqual({ added: 70, merged: 0, refused: 0 });
    expect(await contentOf(target)).toEqual(await contentOf(source));
    expect(heard).toHaveLength(70);
  });

  it('holds the wished records only, and what could not be stored as well', async () => {
    const source = await open(['a.wav', 'b.wav'].map((name) => recordOf(name)));
    const some = await valueOf(source.exportArchive([idOf('b.wav')]));
    const target = openTab({ factory: null });
    expect(await valueOf(target.importArchive(some))).toEqual({ added: 1, merged: 0, refused: 0 });
    expect((await contentOf(target)).map((record) => record.report.file.name)).toEqual(['b.wav']);
    const third = await open();
    await valueOf(third.importArchive(await valueOf(target.exportArchive())));
    expect(await contentOf(third)).toEqual([recordOf('b.wav')]);
  });

  it('merges: the newer review wins, the report that is here stays', async () => {
    const old = saying('old', '2026-01-01T00:00:00.000Z');
    const young = saying('young', '2026-06-01T00:00:00.000Z');
    const source = await open([recordOf('a.wav', young), recordOf('b.wav', old), recordOf('c.wav')]);
    const ours: LibraryRecord = { ...recordOf('a.wav', old), thumbnail: null };
    const target = await open([ours, recordOf('b.wav', young)]);
    const archive = await valueOf(source.exportArchive());
    expect(await valueOf(target.importArchive(archive))).toEqual({ added: 1, merged: 2, refused: 0 });
    const notes = (await contentOf(target)).map((record) => [record.report.file.name, record.review.note]);
    expect(Object.fromEntries(notes)).toEqual({ 'a.wav': 'young', 'b.wav': 'young', 'c.wav': '' });
    expect(await target.thumbnail(idOf('a.wav'))).toEqual(png);
  });

  it('cut or damaged in any byte it changes nothing and says why', async () => {
    const archive = await valueOf((await open([recordOf('a.wav'), recordOf('b.wav')])).exportArchive());
    const bytes = new Uint8Array(await archive.arrayBuffer());
    const target = await open([recordOf('mine.wav')]);
    const before = await contentOf(target);
    let told = 0;
    target.onChange(() => (told += 1));
    const step = Math.max(1, Math.floor(bytes.length / 60));
    for (let at = 0; at < bytes.length; at += step) {
      const cut = await target.importArchive(new Blob([bytes.subarray(0, at)]));
      expect(cut).toMatchObject({ ok: false, error: { code: 'archive-invalid' } });
      const damaged = bytes.slice();
      damaged[at] = (damaged[at] ?? 0) ^ 0x55;
      const result = await target.importArchive(new Blob([damaged]));
      // A few bytes say nothing that is read (dates, versions); an archive that differs there is still the same library.
      if (result.ok) expect(result.value.refused).toBe(0);
      else expect(result.error.code).toMatch(/^archive-(invalid|too-new)$/);
      if (result.ok) await valueOf(target.remove([idOf('a.wav'), idOf('b.wav')]));
    }
    expect(await contentOf(target)).toEqual(before);
    expect(told).toBeLessThan(20);
  });

  it.each([
    ['text', new Blob(['hello'])],
    ['nothing', new Blob([])],
    ['a zip file of photographs', null],
  ])('that is %s is refused', async (_what, given) => {
    const { zipSync } = await import('fflate');
    const file = given ?? new Blob([zipSync({ 'photo.jpg': new Uint8Array(100) }, { level: 9 })]);
    const target = await open();
    expect(await target.importArchive(file)).toMatchObject({ ok: false, error: { code: 'archive-invalid' } });
  });

  it('of a newer program, and one that unpacks to far more than it holds, are refused', async () => {
    const { zipSync, strToU8 } = await import('fflate');
    const manifest = {
      format: 'acousticsense-library',
      version: 1,
      program: { name: 'x', version: '1' },
      createdAt: addedAt,
      records: 1,
      parts: [{ file: 'records/00001.jsonl', records: 1, bytes: 30_000_000 }],
    };
    const zip = (change: object, records: Uint8Array): Blob =>
      new Blob([
        zipSync(
          {
            'manifest.json': strToU8(JSON.stringify({ ...manifest, ...change })),
            'records/00001.jsonl': records,
          },
          { level: 9 },
        ),
      ]);
    const target = await open();
    expect(await target.importArchive(zip({ version: 9 }, strToU8('{}')))).toMatchObject({
      ok: false,
      error: { code: 'archive-too-new' },
    });
    expect(await target.importArchive(zip({}, new Uint8Array(30_000_000)))).toMatchObject({
      ok: false,
      error: { code: 'archive-invalid', details: { reason: 'too-expanded' } },
    });
  });

  it('leaves out records that are no results, and counts them', async () => {
    const { unzipSync, zipSync, strFromU8, strToU8 } = await import('fflate');
    const archive = await valueOf(
      (await open(['a.wav', 'b.wav'].map((name) => recordOf(name)))).exportArchive(),
    );
    const files = unzipSync(new Uint8Array(await archive.arrayBuffer()));
    const [part = ''] = Object.keys(files).filter((name) => name.startsWith('records/'));
    const lines = strFromU8(files[part] ?? new Uint8Array()).replace(
      '"schemaVersion":2',
      '"schemaVersion":0',
    );
    files[part] = strToU8(lines);
    const target = await open();
    const file = new Blob([zipSync(files, { level: 9 })]);
    expect(await valueOf(target.importArchive(file))).toEqual({ added: 1, merged: 0, refused: 1 });
  });

  it('that does not fit changes nothing', async () => {
    const archive = await valueOf((await open([recordOf('a.wav')])).exportArchive());
    const factory = new IDBFactory();
    await valueOf(openTab({ factory }).put([recordOf('mine.wav')]));
    fillUp(factory);
    const target = openTab({ factory });
    expect(await target.importArchive(archive)).toMatchObject({ ok: false, error: { code: 'library-full' } });
    expect((await contentOf(target)).map((record) => record.report.file.name)).toEqual(['mine.wav']);
  });
});
