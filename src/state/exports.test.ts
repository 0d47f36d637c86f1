import { describe, expect, it } from 'vitest';
import { recordIdOf } from '#core/library/record.ts';
import {
  chooseExport,
  openExports,
  queueRecords,
  runExport,
  toggleExportFormat,
  cancelExport,
  canExport,
} from '#state/actions/exportActions.ts';
import { addFiles } from '#state/actions/jobActions.ts';
import { createFakeHost, fakeFile, fakeReport, settle } from '#state/testing/fakeHost.ts';

/** A host with these files analysed. */
async function hostWith(...names: readonly string[]) {
  const host = createFakeHost();
  addFiles.effect(host.bench, names.map(fakeFile));
  await host.bench.runner.idle();
  await settle();
  const { order, jobs } = host.bench.jobs.getState();
  return { ...host, queue: () => queueRecords(order, jobs) };
}

describe('exports', () => {
  it('open for the selected file, and only when it is done', async () => {
    const { bench, queue } = await hostWith('a.wav');
    expect(openExports.enabled(bench)).toBe(true);
    await openExports.effect(bench);
    expect(bench.navigation.getState().dialog).toEqual({ kind: 'export', records: queue() });
    expect(openExports.enabled(createFakeHost().bench)).toBe(false);
  });

  it('write what was chosen and hand it over as a download', async () => {
    const { bench, log, queue } = await hostWith('a.wav');
    toggleExportFormat.effect(bench, 'pdf');
    await runExport.effect(bench, queue());
    expect(log.slice(-2)).toEqual(['export csv+pdf', 'download a.wav.zip']);
    expect(bench.exports.getState().phase).toEqual({
      kind: 'done',
      fileName: 'a.wav.zip',
      exported: 1,
      failures: [],
    });
  });

  it('go on where one result cannot be read, and name it', async () => {
    const { bench, log, queue } = await hostWith('a.wav');
    const gone = recordIdOf({
      ...fakeReport('x'),
      file: { ...fakeReport('x').file, sha256: 'ee'.repeat(32) },
    });
    await runExport.effect(bench, [gone, ...queue()]);
    expect(log.at(-1)).toBe('download a.wav.zip');
    expect(bench.exports.getState().phase).toMatchObject({
      kind: 'done',
      exported: 1,
      failures: [{ id: gone, error: { code: 'library-failed' } }],
    });
    await runExport.effect(bench, [gone]);
    expect(bench.exports.getState().phase).toMatchObject({
      kind: 'failed',
      error: { code: 'library-failed' },
    });
    expect(log.at(-1)).toBe('export cancelled');
  });

  it('stop when asked, and save nothing', async () => {
    const { bench, log, queue } = await hostWith('a.wav');
    const run = runExport.effect(bench, queue());
    expect(cancelExport.enabled(bench)).toBe(true);
    cancelExport.effect(bench);
    await run;
    expect(bench.exports.getState().phase).toEqual({ kind: 'cancelled' });
    expect(log).toContain('export cancelled');
    expect(log.some((line) => line.startsWith('download'))).toBe(false);
  });

  it('need a format, a result, and for a document no more than it holds', () => {
    expect(canExport(['csv'], 100_000)).toBe(true);
    expect(canExport(['csv', 'pdf'], 1001)).toBe(false);
    expect(canExport(['pdf'], 1000)).toBe(true);
    expect(canExport([], 1)).toBe(false);
    expect(canExport(['csv'], 0)).toBe(false);
  });

  it('forget what the last one came to when the choice changes', async () => {
    const { bench, queue } = await hostWith('a.wav');
    await runExport.effect(bench, queue());
    chooseExport.effect(bench, { byteOrderMark: true });
    expect(bench.exports.getState().phase).toEqual({ kind: 'idle' });
  });
});
