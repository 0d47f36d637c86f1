import { describe, expect, it } from 'vitest';
import { analysisError } from '#core/errors.ts';
import { noReview, recordIdOf, type LibraryRecord, type RecordId } from '#core/library/record.ts';
import { addFiles, remove, retry } from '#state/actions/jobActions.ts';
import {
  analyseAgain,
  exportArchive,
  importArchive,
  openLibrary,
  openRecord,
  persistLibrary,
  removeRecords,
  setReview,
} from '#state/actions/libraryActions.ts';
import { redoLast, undoLast } from '#state/history.ts';
import type { Job } from '#state/jobs.ts';
import { createFakeHost, fakeFile, fakeReport, settle, type FakeHost } from '#state/testing/fakeHost.ts';
import { createFakeLibrary } from '#state/testing/fakeLibrary.ts';

const drop = async (host: FakeHost, ...names: string[]): Promise<void> => {
  addFiles.effect(host.bench, names.map(fakeFile));
  await host.bench.runner.idle();
  await settle();
};
const jobs = (host: FakeHost): Job[] => {
  const state = host.bench.jobs.getState();
  return state.order.flatMap((id) => state.jobs[id] ?? []);
};
const analysed = (host: FakeHost): string[] => host.log.filter((line) => line.startsWith('analyse'));
const idOf = (name: string): RecordId => recordIdOf(fakeReport(name));
const recordOf = (name: string): LibraryRecord => ({
  id: idOf(name),
  report: fakeReport(name),
  review: noReview,
  thumbnail: null,
  addedAt: '2025-01-01T00:00:00.000Z',
});
const notes = (host: FakeHost): Record<string, string> =>
  Object.fromEntries(
    [...host.bench.library.getState().rows.values()].map((row) => [row.name, row.review.note]),
  );
const withNote = (note: string) => (review: typeof noReview) => ({ ...review, note });

describe('results are kept by themselves', () => {
  it('with a thumbnail, once they are done; what failed is not', async () => {
    const host = createFakeHost({ failures: { 'bad.mp3': analysisError('unsupported-format', 'text') } });
    await openLibrary.effect(host.bench);
    await drop(host, 'a.wav', 'bad.mp3', 'b.wav');
    expect([...host.library.stored.keys()].toSorted()).toEqual([idOf('a.wav'), idOf('b.wav')].toSorted());
    expect(host.library.stored.get(idOf('a.wav'))?.thumbnail).not.toBeNull();
    expect(host.bench.library.getState().rows.get(idOf('a.wav'))?.hasThumbnail).toBe(true);
  });

  it('and what is kept while the library opens is not lost from the list', async () => {
    const library = createFakeLibrary([recordOf('old.wav')]);
    const host = createFakeHost({ library });
    const opening = openLibrary.effect(host.bench);
    await drop(host, 'a.wav');
    await opening;
    expect(Object.keys(notes(host)).toSorted()).toEqual(['a.wav', 'old.wav']);
  });
});

describe('the same file again', () => {
  it('opens at once with the kept numbers: decoded for the picture, not analysed', async () => {
    const library = createFakeLibrary();
    await drop(createFakeHost({ library }), 'a.wav');
    const host = createFakeHost({ library });
    const seen: string[] = [];
    host.bench.jobs.subscribe((state) => {
      const { phase } = Object.values(state.jobs)[0] ?? {};
      if (phase?.kind === 'done') seen.push(`${String(phase.preparing)} ${String(phase.prepared !== null)}`);
    });
    await drop(host, 'a.wav');
    expect(analysed(host)).toEqual([]);
    expect(host.log).toEqual(['decode a.wav']);
    expect(jobs(host)[0]?.phase).toMatchObject({ kind: 'done', known: true, report: fakeReport('a.wav') });
    expect(seen[0]).toBe('true false');
    expect(seen.at(-1)).toBe('false true');
  });

  it('has its numbers even where it cannot be decoded any more', async () => {
    const library = createFakeLibrary([recordOf('a.wav')]);
    const host = createFakeHost({ library, failures: { 'a.wav': analysisError('decode-failed', 'x') } });
    await drop(host, 'a.wav');
    expect(jobs(host)[0]?.phase).toMatchObject({
      kind: 'done',
      known: true,
      preparing: false,
      prepared: null,
    });
  });

  it('under another name shows the name of today', async () => {
    const record = recordOf('a.wav');
    const library = createFakeLibrary([
      { ...record, report: { ...record.report, file: { ...record.report.file, name: 'yesterday.wav' } } },
    ]);
    const host = createFakeHost({ library });
    await drop(host, 'a.wav');
    expect(jobs(host)[0]?.phase).toMatchObject({ known: true, report: { file: { name: 'a.wav' } } });
  });

  it.each([
    ['another temperature', (model: LibraryRecord['report']['model']) => ({ ...model, temperature: 2 })],
    [
      'another version of the model',
      (model: LibraryRecord['report']['model']) => ({ ...model, version: '9' }),
    ],
    [
      'another distance of windows',
      (model: LibraryRecord['report']['model']) => ({
        ...model,
        frontEnd: { ...model.frontEnd, windowHopFrames: 1 },
      }),
    ],
  ])('with %s is analysed', async (_what, change) => {
    const record = recordOf('a.wav');
    const report = { ...record.report, model: change(record.report.model) };
    const host = createFakeHost({ library: createFakeLibrary([{ ...record, report }]) });
    await drop(host, 'a.wav');
    expect(analysed(host)).toEqual(['analyse a.wav']);
  });

  it('is really analysed again where that is wished, and the review stays', async () => {
    const host = createFakeHost({ library: createFakeLibrary([recordOf('a.wav')]) });
    await openLibrary.effect(host.bench);
    await drop(host, 'a.wav');
    await setReview.effect(host.bench, [idOf('a.wav')], withNote('mine'));
    const id = jobs(host)[0]?.id ?? '';
    analyseAgain.effect(host.bench, id);
    await host.bench.runner.idle();
    await settle();
    expect(analysed(host)).toEqual(['analyse a.wav']);
    expect(jobs(host)[0]?.phase).toMatchObject({ kind: 'done' });
    expect(jobs(host)[0]?.phase).not.toHaveProperty('known');
    expect(host.library.stored.get(idOf('a.wav'))?.review.note).toBe('mine');
    // From now on it is known again: the picture that was let go comes back without analysing.
    retry.effect(host.bench, id);
    await host.bench.runner.idle();
    expect(analysed(host)).toHaveLength(1);
  });

  it('taken off the list while its picture is made leaves nothing behind', async () => {
    const host = createFakeHost({ library: createFakeLibrary([recordOf('a.wav')]) });
    addFiles.effect(host.bench, ['a.wav', 'b.wav'].map(fakeFile));
    await Promise.resolve();
    const first = jobs(host)[0];
    remove.effect(host.bench, first?.id ?? '');
    await host.bench.runner.idle();
    expect(jobs(host).map((job) => [job.name, job.phase.kind])).toEqual([['b.wav', 'done']]);
  });
});

describe('reviews', () => {
  it('show at once, are stored, undone and done again, each change by itself', async () => {
    const host = createFakeHost({ library: createFakeLibrary(['a', 'b', 'c'].map(recordOf)) });
    await openLibrary.effect(host.bench);
    const first = setReview.effect(host.bench, [idOf('a'), idOf('b')], withNote('one'), 'editNote');
    expect(notes(host)).toEqual({ a: 'one', b: 'one', c: '' });
    const second = setReview.effect(host.bench, [idOf('b')], (review) => ({
      ...review,
      note: `${review.note} two`,
    }));
    await Promise.all([first, second]);
    expect(notes(host)).toEqual({ a: 'one', b: 'one two', c: '' });
    expect(host.library.stored.get(idOf('b'))?.review.note).toBe('one two');
    expect(host.bench.history.getState().done.map(({ name, subject }) => [name, subject])).toEqual([
      ['editNote', '2'],
      ['setReview', 'b'],
    ]);
    await undoLast(host.bench.history);
    expect(notes(host)).toEqual({ a: 'one', b: 'one', c: '' });
    await undoLast(host.bench.history);
    expect(notes(host)).toEqual({ a: '', b: '', c: '' });
    expect(host.library.stored.get(idOf('a'))?.review).toEqual(noReview);
    await redoLast(host.bench.history);
    await redoLast(host.bench.history);
    expect(notes(host)).toEqual({ a: 'one', b: 'one two', c: '' });
  });

  it('that change nothing are not remembered', async () => {
    const host = createFakeHost({ library: createFakeLibrary([recordOf('a')]) });
    await openLibrary.effect(host.bench);
    await setReview.effect(host.bench, [idOf('a'), 'unknown'], (review) => review);
    expect(host.bench.history.getState().done).toEqual([]);
  });

  it('quick ones never flicker back to what storage said in between', async () => {
    const host = createFakeHost({ library: createFakeLibrary([recordOf('a')]) });
    await openLibrary.effect(host.bench);
    const seen: string[] = [];
    host.bench.library.subscribe((state) => seen.push(state.rows.get(idOf('a'))?.review.note ?? ''));
    await Promise.all(
      ['1', '2', '3'].map((note) => setReview.effect(host.bench, [idOf('a')], withNote(note))),
    );
    expect(seen.filter((note, index) => note !== seen[index - 1])).toEqual(['1', '2', '3']);
  });

  it('from another tab appear', async () => {
    const host = createFakeHost({ library: createFakeLibrary([recordOf('a')]) });
    await openLibrary.effect(host.bench);
    const before = host.bench.library.getState().revision;
    host.library.putElsewhere([{ ...recordOf('a'), review: { ...noReview, note: 'theirs' } }, recordOf('b')]);
    expect(notes(host)).toEqual({ a: 'theirs', b: '' });
    expect(host.bench.library.getState().revision).toBeGreaterThan(before);
  });

  it('stay on the page where there is no room, and the page says so', async () => {
    const host = createFakeHost({ library: createFakeLibrary([recordOf('a')]) });
    await openLibrary.effect(host.bench);
    host.library.failWrites(analysisError('library-full', 'no room'));
    await setReview.effect(host.bench, [idOf('a')], withNote('mine'));
    expect(notes(host)).toEqual({ a: 'mine' });
    expect(host.bench.library.getState().failure?.code).toBe('library-full');
  });
});

describe('records', () => {
  it('are removed with undo, reviews included', async () => {
    const host = createFakeHost({ library: createFakeLibrary(['a', 'b', 'c'].map(recordOf)) });
    await openLibrary.effect(host.bench);
    await setReview.effect(host.bench, [idOf('a')], withNote('keep this'));
    await removeRecords.effect(host.bench, [idOf('a'), idOf('b')]);
    expect(Object.keys(notes(host))).toEqual(['c']);
    expect(host.library.stored.size).toBe(1);
    await undoLast(host.bench.history);
    expect(notes(host)).toEqual({ a: 'keep this', b: '', c: '' });
    expect(host.library.stored.size).toBe(3);
    await redoLast(host.bench.history);
    expect(host.library.stored.size).toBe(1);
  });

  it('open in the workstation: the job that holds one, else a new one without the sound', async () => {
    const host = createFakeHost({ library: createFakeLibrary([recordOf('old')]) });
    await openLibrary.effect(host.bench);
    await drop(host, 'a.wav', 'b.wav');
    host.bench.navigation.setState({ view: 'library' });
    await openRecord.effect(host.bench, idOf('b.wav'));
    expect(jobs(host)).toHaveLength(2);
    expect(host.bench.navigation.getState().view).toBe('workstation');
    await Promise.all([
      openRecord.effect(host.bench, idOf('old')),
      openRecord.effect(host.bench, idOf('old')),
    ]);
    expect(jobs(host).map((job) => [job.name, job.origin])).toEqual([
      ['old', 'archive'],
      ['a.wav', 'audio'],
      ['b.wav', 'audio'],
    ]);
    const opened = jobs(host)[0];
    expect(host.bench.jobs.getState().selectedId).toBe(opened?.id);
    // Without its sound it cannot be analysed again.
    expect(retry.enabled(host.bench, opened?.id ?? '')).toBe(false);
    expect(analyseAgain.enabled(host.bench, opened?.id ?? '')).toBe(false);
  });
});

describe('the whole library', () => {
  it('is exported as a download of the day, imported, and persisted on request', async () => {
    const host = createFakeHost({ library: createFakeLibrary([recordOf('a')]) });
    expect(exportArchive.enabled(host.bench)).toBe(false);
    await openLibrary.effect(host.bench);
    await exportArchive.effect(host.bench);
    expect(host.log).toEqual(['download library-2026-01-02.acousticsense-library.zip']);
    expect(host.bench.library.getState().transfer).toMatchObject({ kind: 'exported' });
    await importArchive.effect(host.bench, new Blob([]));
    expect(host.bench.library.getState().transfer).toMatchObject({ kind: 'imported' });
    expect(persistLibrary.enabled(host.bench)).toBe(true);
    await persistLibrary.effect(host.bench);
    expect(host.bench.library.getState().phase).toEqual({ kind: 'ready', keeping: 'persisted' });
    expect(persistLibrary.enabled(host.bench)).toBe(false);
  });
});
