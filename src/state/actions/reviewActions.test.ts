import { describe, expect, it } from 'vitest';
import { recordIdOf, type Review } from '#core/library/record.ts';
import type { AnalysisReport } from '#core/report/report.ts';
import { commandNamed, type CommandName } from '#state/actions/commands.ts';
import { addFiles, select } from '#state/actions/jobActions.ts';
import { openLibrary, removeRecords } from '#state/actions/libraryActions.ts';
import { addReviewTag, correctTo, removeReviewTag, reviewOf, setNote } from '#state/actions/reviewActions.ts';
import { setAdvanceAfterVerdict } from '#state/actions/settingActions.ts';
import { createFakeHost, fakeFile, type FakeHost, type FakeHostOptions } from '#state/testing/fakeHost.ts';

async function reviewing(names: readonly string[], options: FakeHostOptions = {}): Promise<FakeHost> {
  const host = createFakeHost(options);
  await openLibrary.effect(host.bench);
  addFiles.effect(host.bench, names.map(fakeFile));
  await host.bench.runner.idle();
  return host;
}

const run = async ({ bench }: FakeHost, name: CommandName): Promise<void> => {
  expect(commandNamed(name).enabled(bench), `${name} is enabled`).toBe(true);
  await commandNamed(name).effect(bench);
};
const selectedName = ({ bench }: FakeHost): string => {
  const { jobs, selectedId } = bench.jobs.getState();
  return jobs[selectedId ?? '']?.name ?? '';
};
const reportOf = ({ bench }: FakeHost, name: string): AnalysisReport => {
  const phase = Object.values(bench.jobs.getState().jobs).find((job) => job.name === name)?.phase;
  if (phase?.kind !== 'done') throw new Error(`${name} is not done`);
  return phase.report;
};
const said = (host: FakeHost, name: string): Review => reviewOf(host.bench, reportOf(host, name));

describe('a review', () => {
  it('is kept with the record of the selected file, and read again by the next visit', async () => {
    const host = await reviewing(['a.wav', 'b.wav']);
    await run(host, 'accept');
    await run(host, 'nextFile');
    await correctTo.effect(host.bench, 'Folk');
    expect(said(host, 'a.wav').verdict).toEqual({ kind: 'accepted' });
    expect(said(host, 'b.wav')).toMatchObject({
      verdict: { kind: 'corrected', genre: 'Folk' },
      reviewedAt: '2026-01-02T03:04:05.000Z',
    });
    const later = await reviewing(['b.wav'], { library: host.library });
    expect(said(later, 'b.wav').verdict).toEqual({ kind: 'corrected', genre: 'Folk' });
  });

  it('is taken back and given again, step by step, each with its words', async () => {
    const host = await reviewing(['a.wav']);
    const { history } = host.bench;
    await run(host, 'accept');
    await correctTo.effect(host.bench, 'Rock');
    await run(host, 'unsure');
    await run(host, 'undo');
    expect(said(host, 'a.wav').verdict).toEqual({ kind: 'corrected', genre: 'Rock' });
    expect(history.getState().last).toEqual({ way: 'undone', name: 'unsure', subject: 'a.wav' });
    await run(host, 'undo');
    expect(said(host, 'a.wav').verdict).toEqual({ kind: 'accepted' });
    expect(history.getState().last).toMatchObject({ name: 'correct', value: { en: 'Rock', zh: '摇滚' } });
    await run(host, 'redo');
    expect(said(host, 'a.wav').verdict).toEqual({ kind: 'corrected', genre: 'Rock' });
    await run(host, 'undo');
    await run(host, 'undo');
    expect(said(host, 'a.wav').verdict).toEqual({ kind: 'none' });
    expect(commandNamed('undo').enabled(host.bench)).toBe(false);
  });

  it('knows only the labels of the model of the result', async () => {
    const host = await reviewing(['a.wav']);
    await correctTo.effect(host.bench, 'Polka');
    expect(correctTo.enabled(host.bench, 'Polka')).toBe(false);
    expect(said(host, 'a.wav').verdict).toEqual({ kind: 'none' });
    expect(host.bench.history.getState().done).toHaveLength(0);
  });

  it('can be cleared, and a verdict given twice is one thing to undo', async () => {
    const host = await reviewing(['a.wav']);
    expect(commandNamed('clearVerdict').enabled(host.bench)).toBe(false);
    await run(host, 'accept');
    await run(host, 'accept');
    expect(host.bench.history.getState().done).toHaveLength(1);
    await run(host, 'clearVerdict');
    expect(said(host, 'a.wav').verdict).toEqual({ kind: 'none' });
    await run(host, 'undo');
    expect(said(host, 'a.wav').verdict).toEqual({ kind: 'accepted' });
  });

  it('needs a finished file and an open library', async () => {
    const host = createFakeHost();
    expect(commandNamed('accept').enabled(host.bench)).toBe(false);
    addFiles.effect(host.bench, [fakeFile('a.wav')]);
    await host.bench.runner.idle();
    expect(commandNamed('accept').enabled(host.bench)).toBe(false);
    await openLibrary.effect(host.bench);
    expect(commandNamed('accept').enabled(host.bench)).toBe(true);
  });

  it('brings a result back into the library that was deleted from it', async () => {
    const host = await reviewing(['a.wav']);
    const id = recordIdOf(reportOf(host, 'a.wav'));
    await removeRecords.effect(host.bench, [id]);
    expect(host.bench.library.getState().rows.has(id)).toBe(false);
    await run(host, 'unsure');
    expect(said(host, 'a.wav').verdict).toEqual({ kind: 'unsure' });
    const stored = await host.bench.librarySession.record(id);
    expect(stored?.review.verdict).toEqual({ kind: 'unsure' });
  });
});

describe('a note', () => {
  it('is one thing to undo for all that is written in one sitting', async () => {
    const host = await reviewing(['a.wav']);
    const report = reportOf(host, 'a.wav');
    for (const text of ['in', 'intro', 'intro is spoken'])
      await setNote.effect(host.bench, report, text, '1');
    await setNote.effect(host.bench, report, 'intro is spoken, twice', '2');
    expect(host.bench.history.getState().done.map(({ name }) => name)).toEqual(['editNote', 'editNote']);
    await run(host, 'undo');
    expect(said(host, 'a.wav').note).toBe('intro is spoken');
    await run(host, 'undo');
    expect(said(host, 'a.wav').note).toBe('');
    await run(host, 'redo');
    expect(said(host, 'a.wav').note).toBe('intro is spoken');
  });

  it('written after an undo is a step of its own', async () => {
    const host = await reviewing(['a.wav']);
    const report = reportOf(host, 'a.wav');
    await setNote.effect(host.bench, report, 'one', '1');
    await run(host, 'accept');
    await run(host, 'undo');
    await setNote.effect(host.bench, report, 'one two', '1');
    await run(host, 'undo');
    expect(said(host, 'a.wav').note).toBe('one');
  });

  it('belongs to its file, whichever is looked at by the time it is stored', async () => {
    const host = await reviewing(['a.wav', 'b.wav']);
    const report = reportOf(host, 'a.wav');
    await run(host, 'nextFile');
    await setNote.effect(host.bench, report, 'late', '1');
    expect(said(host, 'a.wav').note).toBe('late');
    expect(said(host, 'b.wav').note).toBe('');
  });

  it('is cut to what the library keeps', async () => {
    const host = await reviewing(['a.wav']);
    await setNote.effect(host.bench, reportOf(host, 'a.wav'), 'x'.repeat(5000), '1');
    expect(said(host, 'a.wav').note).toHaveLength(2000);
  });
});

describe('tags', () => {
  it('are distinct, trimmed, and can be undone', async () => {
    const host = await reviewing(['a.wav']);
    await addReviewTag.effect(host.bench, '  live   take ');
    await addReviewTag.effect(host.bench, 'live take');
    await addReviewTag.effect(host.bench, '   ');
    await addReviewTag.effect(host.bench, 'remix');
    expect(said(host, 'a.wav').tags).toEqual(['live take', 'remix']);
    await removeReviewTag.effect(host.bench, 'live take');
    expect(said(host, 'a.wav').tags).toEqual(['remix']);
    await run(host, 'undo');
    expect(said(host, 'a.wav').tags).toEqual(['live take', 'remix']);
    expect(host.bench.history.getState().last).toMatchObject({
      name: 'removeTag',
      value: { en: 'live take', zh: 'live take' },
    });
  });
});

describe('the next file without a verdict', () => {
  it('follows the list, then starts from the top, and skips what is not finished', async () => {
    const host = await reviewing(['a.wav', 'b.wav', 'c.wav']);
    await run(host, 'nextUndecided');
    expect(selectedName(host)).toBe('b.wav');
    await run(host, 'accept');
    await run(host, 'nextUndecided');
    expect(selectedName(host)).toBe('c.wav');
    await run(host, 'unsure');
    await run(host, 'nextUndecided');
    expect(selectedName(host)).toBe('a.wav');
    await run(host, 'accept');
    expect(commandNamed('nextUndecided').enabled(host.bench)).toBe(false);
  });

  it('is gone to after each verdict, if wished', async () => {
    const host = await reviewing(['a.wav', 'b.wav', 'c.wav']);
    await run(host, 'accept');
    expect(selectedName(host)).toBe('a.wav');
    setAdvanceAfterVerdict.effect(host.bench, true);
    await run(host, 'accept');
    expect(selectedName(host)).toBe('b.wav');
    await correctTo.effect(host.bench, 'Jazz');
    expect(selectedName(host)).toBe('c.wav');
    await run(host, 'unsure');
    expect(selectedName(host)).toBe('c.wav');
    // Taking a verdict away is no verdict.
    select.effect(host.bench, host.bench.jobs.getState().order[0] ?? '');
    await run(host, 'clearVerdict');
    expect(selectedName(host)).toBe('a.wav');
  });
});
