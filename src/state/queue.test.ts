import { describe, expect, it } from 'vitest';
import { analysisError } from '#core/errors.ts';
import {
  addFiles,
  cancel,
  cancelAll,
  clear,
  maxFilesPerDrop,
  remove,
  retry,
} from '#state/actions/jobActions.ts';
import { setModel } from '#state/actions/settingActions.ts';
import { redoLast, undoLast } from '#state/history.ts';
import type { Job } from '#state/jobs.ts';
import { createFakeHost, fakeFile, settle, type FakeHost } from '#state/testing/fakeHost.ts';

const drop = (host: FakeHost, ...names: string[]): void => addFiles.effect(host.bench, names.map(fakeFile));
const listed = (host: FakeHost): Job[] => {
  const { jobs, order } = host.bench.jobs.getState();
  return order.map((id) => jobs[id]).filter((job): job is Job => job !== undefined);
};
const phases = (host: FakeHost): Record<string, string> =>
  Object.fromEntries(listed(host).map((job) => [job.name, job.phase.kind]));
const jobNamed = (host: FakeHost, name: string): Job => {
  const job = listed(host).find((candidate) => candidate.name === name);
  if (job === undefined) throw new Error(`no job ${name}`);
  return job;
};
const analysed = (host: FakeHost): string[] =>
  host.log.filter((line) => line.startsWith('analyse')).map((line) => line.slice(8));

describe('the queue', () => {
  it('puts a file that was taken off back where it was, with its result, and takes it off again', async () => {
    const host = createFakeHost();
    drop(host, 'a.wav', 'b.wav', 'c.wav');
    await host.bench.runner.idle();
    const { id } = jobNamed(host, 'b.wav');
    const before = jobNamed(host, 'b.wav');
    remove.effect(host.bench, id);
    expect(listed(host).map((job) => job.name)).toEqual(['a.wav', 'c.wav']);
    expect(host.bench.files.has(id)).toBe(false);
    await undoLast(host.bench.history);
    expect(listed(host).map((job) => job.name)).toEqual(['a.wav', 'b.wav', 'c.wav']);
    expect(jobNamed(host, 'b.wav').phase).toEqual(before.phase);
    expect(host.bench.files.get(id)?.name).toBe('b.wav');
    expect(host.bench.jobs.getState().selectedId).toBe(id);
    expect(host.bench.history.getState().last).toEqual({
      way: 'undone',
      name: 'removeFile',
      subject: 'b.wav',
    });
    await redoLast(host.bench.history);
    expect(listed(host).map((job) => job.name)).toEqual(['a.wav', 'c.wav']);
    expect(analysed(host)).toEqual(['a.wav', 'b.wav', 'c.wav']);
  });

  it('analyses a file again that was running when it was taken off, and drops what its old run says', async () => {
    const host = createFakeHost();
    host.setFree(false);
    drop(host, 'a.wav', 'b.wav');
    await host.step();
    remove.effect(host.bench, jobNamed(host, 'a.wav').id);
    await undoLast(host.bench.history);
    expect(jobNamed(host, 'a.wav').phase.kind).toBe('queued');
    await host.step();
    expect(host.log).toContain('window 1 of a.wav');
    expect(jobNamed(host, 'a.wav').phase.kind).not.toBe('done');
    host.setFree(true);
    await host.bench.runner.idle();
    expect(phases(host)).toEqual({ 'a.wav': 'done', 'b.wav': 'done' });
    expect(analysed(host).filter((name) => name === 'a.wav')).toHaveLength(2);
  });

  it('brings the whole list back after it was cleared, each file at its old place', async () => {
    const host = createFakeHost();
    drop(host, 'a.wav', 'b.wav', 'c.wav');
    await host.bench.runner.idle();
    clear.effect(host.bench);
    drop(host, 'd.wav');
    await host.bench.runner.idle();
    await undoLast(host.bench.history);
    expect(listed(host).map((job) => job.name)).toEqual(['a.wav', 'b.wav', 'c.wav', 'd.wav']);
    expect(new Set(Object.values(phases(host)))).toEqual(new Set(['done']));
    expect(host.bench.files.size).toBe(4);
  });

  it('keeps the pictures of the last removal only', async () => {
    const host = createFakeHost();
    drop(host, 'a.wav', 'b.wav');
    await host.bench.runner.idle();
    remove.effect(host.bench, jobNamed(host, 'a.wav').id);
    remove.effect(host.bench, jobNamed(host, 'b.wav').id);
    await undoLast(host.bench.history);
    await undoLast(host.bench.history);
    expect(jobNamed(host, 'a.wav').phase).toMatchObject({ kind: 'done', prepared: null });
    expect(jobNamed(host, 'b.wav').phase).not.toMatchObject({ prepared: null });
  });

  it('runs the files of a drop one at a time, in order', async () => {
    const host = createFakeHost();
    drop(host, ...Array.from({ length: 20 }, (_, index) => `${index}.wav`));
    await host.bench.runner.idle();
    expect(analysed(host)).toEqual(Array.from({ length: 20 }, (_, index) => `${index}.wav`));
    expect(new Set(Object.values(phases(host)))).toEqual(new Set(['done']));
    // One at a time: a file is decoded only after the last window of the one before.
    expect(host.log.slice(0, 5)).toEqual([
      'decode 0.wav',
      'analyse 0.wav',
      'window 0 of 0.wav',
      'window 1 of 0.wav',
      'decode 1.wav',
    ]);
  });

  it('goes on after a bad file and after a bug, each failing alone', async () => {
    const host = createFakeHost({
      failures: { 'bad.mp3': analysisError('unsupported-format', 'text') },
      throwFor: 'odd.wav',
    });
    drop(host, 'a.wav', 'bad.mp3', 'odd.wav', 'b.wav');
    await host.bench.runner.idle();
    expect(phases(host)).toEqual({
      'a.wav': 'done',
      'bad.mp3': 'failed',
      'odd.wav': 'failed',
      'b.wav': 'done',
    });
    const odd = jobNamed(host, 'odd.wav').phase;
    expect(odd.kind === 'failed' && odd.error.code).toBe('internal');
  });

  it('puts a second drop in front, stops the running file, and loses and mixes nothing', async () => {
    const host = createFakeHost();
    host.setFree(false);
    drop(host, 'a.wav', 'b.wav');
    await host.step();
    expect(jobNamed(host, 'a.wav').phase).toMatchObject({
      kind: 'analysing',
      windowsDone: 1,
      windowsTotal: 2,
    });
    drop(host, 'c.wav', 'd.wav');
    expect(listed(host).map((job) => job.name)).toEqual(['c.wav', 'd.wav', 'a.wav', 'b.wav']);
    expect(jobNamed(host, 'a.wav').phase.kind).toBe('queued');
    // The window of `a` that was under way reports now; it belongs to a run that is over.
    await host.step();
    expect(host.log).toContain('window 1 of a.wav');
    expect(jobNamed(host, 'a.wav').phase.kind).toBe('queued');
    expect(jobNamed(host, 'c.wav').phase.kind).toBe('analysing');
    host.setFree(true);
    await host.bench.runner.idle();
    expect(analysed(host)).toEqual(['a.wav', 'c.wav', 'd.wav', 'a.wav', 'b.wav']);
    for (const job of listed(host)) {
      expect(job.phase.kind).toBe('done');
      if (job.phase.kind === 'done') expect(job.phase.report.file.name).toBe(job.name);
    }
  });

  it('cancels between windows, drops what comes late, and runs the next file', async () => {
    const host = createFakeHost();
    host.setFree(false);
    drop(host, 'a.wav', 'b.wav');
    await host.step();
    cancel.effect(host.bench, jobNamed(host, 'a.wav').id);
    expect(jobNamed(host, 'a.wav').phase.kind).toBe('cancelled');
    host.setFree(true);
    await host.bench.runner.idle();
    expect(phases(host)).toEqual({ 'a.wav': 'cancelled', 'b.wav': 'done' });
  });

  it('does not hold up the queue while a cancelled file waits for the model', async () => {
    const host = createFakeHost({ holdModel: true });
    drop(host, 'a.wav', 'b.wav');
    await settle();
    expect(jobNamed(host, 'a.wav').phase).toMatchObject({ kind: 'analysing', waitingForModel: true });
    cancel.effect(host.bench, jobNamed(host, 'a.wav').id);
    await settle();
    // The picture of the next file is there although the model is not.
    expect(jobNamed(host, 'b.wav').phase).toMatchObject({ kind: 'analysing', waitingForModel: true });
    host.releaseModel();
    await host.bench.runner.idle();
    expect(phases(host)).toEqual({ 'a.wav': 'cancelled', 'b.wav': 'done' });
  });

  it('cancels everything, and a cancelled file can be analysed again', async () => {
    const host = createFakeHost();
    host.setFree(false);
    drop(host, 'a.wav', 'b.wav', 'c.wav');
    await settle();
    cancelAll.effect(host.bench);
    host.setFree(true);
    await host.bench.runner.idle();
    expect(new Set(Object.values(phases(host)))).toEqual(new Set(['cancelled']));
    expect(analysed(host)).toEqual(['a.wav']);
    retry.effect(host.bench, jobNamed(host, 'b.wav').id);
    await host.bench.runner.idle();
    expect(phases(host)).toEqual({ 'a.wav': 'cancelled', 'b.wav': 'done', 'c.wav': 'cancelled' });
  });

  it('removes a running file without a trace and moves the selection', async () => {
    const host = createFakeHost();
    host.setFree(false);
    drop(host, 'a.wav', 'b.wav');
    await settle();
    remove.effect(host.bench, jobNamed(host, 'a.wav').id);
    host.setFree(true);
    await host.bench.runner.idle();
    expect(phases(host)).toEqual({ 'b.wav': 'done' });
    expect(host.bench.jobs.getState().selectedId).toBe(jobNamed(host, 'b.wav').id);
    clear.effect(host.bench);
    expect(listed(host)).toEqual([]);
    expect(host.bench.files.size).toBe(0);
  });

  it('takes at most 500 files of a drop and says how many were left', async () => {
    const host = createFakeHost();
    host.setFree(false);
    drop(host, ...Array.from({ length: maxFilesPerDrop + 7 }, (_, index) => `${index}.wav`));
    expect(listed(host)).toHaveLength(maxFilesPerDrop);
    expect(host.bench.jobs.getState().intakeNote).toEqual({ kind: 'too-many', taken: 500, left: 7 });
    drop(host);
    expect(host.bench.jobs.getState().intakeNote).toEqual({ kind: 'nothing-found' });
    clear.effect(host.bench);
    host.setFree(true);
    await host.bench.runner.idle();
  });

  it('keeps the picture where the model fails, and tries the model again with the file', async () => {
    const host = createFakeHost({ engineFailure: analysisError('model-altered', 'sha256') });
    drop(host, 'a.wav');
    await host.bench.runner.idle();
    const { phase } = jobNamed(host, 'a.wav');
    expect(phase.kind === 'failed' && phase.error.code).toBe('model-altered');
    expect(phase.kind === 'failed' && phase.prepared !== null).toBe(true);
    expect(host.bench.model.getState().phase.kind).toBe('failed');
  });

  it('fails the file with the reason where the model is missing', async () => {
    const host = createFakeHost({ openFailure: analysisError('model-missing', '404') });
    drop(host, 'a.wav', 'b.wav');
    await host.bench.runner.idle();
    expect(phases(host)).toEqual({ 'a.wav': 'failed', 'b.wav': 'failed' });
  });

  it('lets the oldest pictures go over the budget, never the selected one, and keeps the numbers', async () => {
    // Each fake picture has 968 bytes.
    const host = createFakeHost({ pictureBudgetBytes: 2400 });
    drop(host, 'a.wav', 'b.wav', 'c.wav', 'd.wav');
    await host.bench.runner.idle();
    const kept = listed(host).map((job) => job.phase.kind === 'done' && job.phase.prepared !== null);
    expect(kept).toEqual([true, false, false, true]);
    expect(
      listed(host).every((job) => job.phase.kind === 'done' && job.phase.report.windows.length === 2),
    ).toBe(true);
  });

  it('starts the running file again when the model is changed', async () => {
    const host = createFakeHost();
    host.setFree(false);
    drop(host, 'a.wav');
    await host.step();
    setModel.effect(host.bench, 'other');
    expect(jobNamed(host, 'a.wav').phase.kind).toBe('queued');
    host.setFree(true);
    await host.bench.runner.idle();
    expect(analysed(host)).toEqual(['a.wav', 'a.wav']);
    expect(jobNamed(host, 'a.wav').phase.kind).toBe('done');
    expect(host.bench.model.getState()).toMatchObject({ modelId: 'other', phase: { kind: 'ready' } });
  });
});
