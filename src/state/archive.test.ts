import { describe, expect, it } from 'vitest';
import { analysisError, type AnalysisError } from '#core/errors.ts';
import { noReview, recordIdOf, type Review } from '#core/library/record.ts';
import { err, ok } from '#core/result.ts';
import {
  chooseArchiveFolder,
  downloadPictures,
  openFiles,
  retryPictures,
  savePicture,
} from '#state/actions/archiveActions.ts';
import { addFiles, retry } from '#state/actions/jobActions.ts';
import { longestPictureList, waitingPictures } from '#state/archive.ts';
import type { ArchiveFolder, ArchivePort, PictureLook } from '#state/ports.ts';
import { createFakeHost, fakeFile, fakeReport, settle, type FakeHost } from '#state/testing/fakeHost.ts';

interface Archive {
  folder: ArchiveFolder;
  failure: AnalysisError | null;
  readonly written: string[];
  readonly looks: PictureLook[];
  readonly reviews: Review[];
  asked: number;
}

/** The fake host with a folder that tests can take away. */
function withArchive(host: FakeHost, folder: ArchiveFolder = { kind: 'none' }): Archive {
  const archive: Archive = { folder, failure: null, written: [], looks: [], reviews: [], asked: 0 };
  const port: Partial<ArchivePort> = {
    compose: ({ report, review }, look) => {
      archive.looks.push(look);
      archive.reviews.push(review);
      return Promise.resolve(
        ok({ fileName: `${report.file.name}.acousticsense.png`, png: new Blob(['png']) }),
      );
    },
    folder: () => Promise.resolve(archive.folder),
    allowFolder: () => {
      archive.asked += 1;
      return Promise.resolve(archive.folder);
    },
    chooseFolder: () => Promise.resolve(ok((archive.folder = { kind: 'ready', name: 'new' }))),
    write: ({ fileName }) => {
      if (archive.failure !== null) return Promise.resolve(err(archive.failure));
      archive.written.push(fileName);
      return Promise.resolve(ok({ fileName }));
    },
  };
  Object.assign(host.bench.ports.pictures, port);
  return archive;
}

const statuses = (host: FakeHost): string[] =>
  host.bench.archive.getState().pictures.map(({ name, status }) => `${name} ${status.kind}`);

async function analyse(host: FakeHost, ...names: string[]): Promise<void> {
  addFiles.effect(host.bench, names.map(fakeFile));
  await host.bench.runner.idle();
  await settle();
  await host.bench.archiveSession.idle();
}

const gone = analysisError('folder-gone', 'removed');

describe('pictures by themselves', () => {
  it('writes none unless the person wants it', async () => {
    const host = createFakeHost();
    const archive = withArchive(host, { kind: 'ready', name: 'pictures' });
    await analyse(host, 'a.wav');
    expect(archive.looks).toEqual([]);
  });

  it('writes every finished file once, into the folder, as the settings say', async () => {
    const host = createFakeHost();
    const archive = withArchive(host, { kind: 'ready', name: 'pictures' });
    host.bench.settings.setState({
      autoArchive: true,
      archiveScale: 1,
      archiveTheme: 'dark',
      overlayVisible: false,
      language: 'zh',
    });
    await analyse(host, 'a.wav', 'b.wav');
    expect(archive.written).toEqual(['a.wav.acousticsense.png', 'b.wav.acousticsense.png']);
    expect(archive.looks[0]).toEqual({ scale: 1, theme: 'dark', overlayOpacity: 0, language: 'zh' });
    expect(statuses(host)).toEqual(['b.wav saved', 'a.wav saved']);
    expect(host.log.filter((line) => line.startsWith('download'))).toEqual([]);
  });

  it('without a folder they are downloads', async () => {
    const host = createFakeHost();
    withArchive(host, { kind: 'unsupported' });
    host.bench.settings.setState({ autoArchive: true });
    await analyse(host, 'a.wav');
    expect(host.log).toContain('download a.wav.acousticsense.png');
  });

  it('a folder that is gone costs nothing: the pictures wait, and another folder takes them all', async () => {
    const host = createFakeHost();
    const archive = withArchive(host, { kind: 'ready', name: 'pictures' });
    host.bench.settings.setState({ autoArchive: true });
    archive.failure = gone;
    await analyse(host, 'a.wav', 'b.wav');
    expect(statuses(host)).toEqual(['b.wav waiting', 'a.wav waiting']);
    expect(host.log.filter((line) => line.startsWith('download'))).toEqual([]);
    await retryPictures.effect(host.bench);
    expect(waitingPictures(host.bench.archive.getState())).toHaveLength(2);
    archive.failure = null;
    await chooseArchiveFolder.effect(host.bench);
    expect(archive.written).toEqual(['a.wav.acousticsense.png', 'b.wav.acousticsense.png']);
    expect(waitingPictures(host.bench.archive.getState())).toEqual([]);
  });

  it('what waits can be downloaded instead', async () => {
    const host = createFakeHost();
    const archive = withArchive(host, { kind: 'ready', name: 'pictures' });
    host.bench.settings.setState({ autoArchive: true });
    archive.failure = gone;
    await analyse(host, 'a.wav');
    downloadPictures.effect(host.bench);
    expect(host.log).toContain('download a.wav.acousticsense.png');
    expect(statuses(host)).toEqual(['a.wav saved']);
  });

  it('a withdrawn permission is asked for again by the button only', async () => {
    const host = createFakeHost();
    const archive = withArchive(host, { kind: 'asks', name: 'pictures' });
    host.bench.settings.setState({ autoArchive: true });
    archive.failure = analysisError('folder-denied', 'prompt');
    await analyse(host, 'a.wav');
    expect(archive.asked).toBe(0);
    expect(statuses(host)).toEqual(['a.wav waiting']);
    archive.failure = null;
    await retryPictures.effect(host.bench);
    expect(archive.asked).toBe(1);
    expect(archive.written).toEqual(['a.wav.acousticsense.png']);
  });

  it('the list of pictures is bounded, and never drops what waits', async () => {
    const host = createFakeHost();
    const archive = withArchive(host, { kind: 'ready', name: 'pictures' });
    host.bench.settings.setState({ autoArchive: true });
    archive.failure = gone;
    await analyse(host, 'waits.wav');
    archive.failure = null;
    await analyse(host, ...Array.from({ length: longestPictureList + 5 }, (_, at) => `${at}.wav`));
    expect(host.bench.archive.getState().pictures.length).toBeLessThanOrEqual(longestPictureList + 1);
    expect(statuses(host)).toContain('waits.wav waiting');
  });
});

describe('savePicture', () => {
  it('carries what the library knows of the review', async () => {
    const host = createFakeHost();
    const archive = withArchive(host);
    await analyse(host, 'a.wav');
    const job = Object.values(host.bench.jobs.getState().jobs)[0];
    if (job?.phase.kind !== 'done') throw new Error('not done');
    const review: Review = {
      ...noReview,
      verdict: { kind: 'unsure' },
      reviewedAt: '2026-01-01T00:00:00.000Z',
    };
    await host.bench.librarySession.setReviews([{ id: recordIdOf(job.phase.report), review }]);
    await savePicture.effect(host.bench);
    expect(archive.reviews).toEqual([review]);
    expect(host.bench.jobs.getState().exported).toMatchObject({ kind: 'saved' });
  });

  it('is downloaded at once where the folder does not take it: somebody waits for it', async () => {
    const host = createFakeHost();
    const archive = withArchive(host, { kind: 'ready', name: 'pictures' });
    archive.failure = gone;
    await analyse(host, 'a.wav');
    await savePicture.effect(host.bench);
    expect(host.log).toContain('download a.wav.acousticsense.png');
    expect(waitingPictures(host.bench.archive.getState())).toEqual([]);
  });
});

const list = (host: FakeHost): string[] => {
  const { order, jobs } = host.bench.jobs.getState();
  return order.map((id) => `${jobs[id]!.name} ${jobs[id]!.phase.kind}`);
};

describe('reopening', () => {
  const review: Review = {
    verdict: { kind: 'corrected', genre: 'Folk' },
    note: 'n',
    tags: [],
    reviewedAt: '2026-03-01T00:00:00.000Z',
  };
  const report = fakeReport('song.wav');
  const serve = (host: FakeHost, of: Review = review): void => {
    const port: Partial<ArchivePort> = {
      reopen: (file) =>
        Promise.resolve(
          file.name.startsWith('bad')
            ? err(analysisError('picture-damaged', 'x'))
            : ok({ report, review: of, address: `blob:${file.name}`, thumbnail: null }),
        ),
    };
    Object.assign(host.bench.ports.pictures, port);
  };

  it('puts the result on the list and the verdict into the library, and analyses the audio beside it', async () => {
    const host = createFakeHost();
    serve(host);
    openFiles.effect(host.bench, [fakeFile('x.png'), fakeFile('bad.PNG'), fakeFile('good.wav')]);
    await host.bench.runner.idle();
    await settle();
    expect(list(host).toSorted()).toEqual(['bad.PNG failed', 'good.wav done', 'song.wav done']);
    const { jobs, selectedId } = host.bench.jobs.getState();
    expect(jobs[selectedId!]).toMatchObject({
      name: 'song.wav',
      origin: 'archive',
      archivedPicture: 'blob:x.png',
    });
    expect(host.bench.library.getState().rows.get(recordIdOf(report))?.review).toEqual(review);
    const refused = Object.values(jobs).find((job) => job.name === 'bad.PNG');
    expect(refused?.phase).toMatchObject({ error: { code: 'picture-damaged' } });
    expect(retry.enabled(host.bench, refused!.id)).toBe(false);
  });

  it('an older review does not replace the one that is here, a later one does', async () => {
    const host = createFakeHost();
    const id = recordIdOf(report);
    serve(host);
    openFiles.effect(host.bench, [fakeFile('x.png')]);
    await settle();
    serve(host, { ...review, verdict: { kind: 'accepted' }, reviewedAt: '2026-02-01T00:00:00.000Z' });
    openFiles.effect(host.bench, [fakeFile('x.png')]);
    await settle();
    expect(host.bench.library.getState().rows.get(id)?.review).toEqual(review);
    const later: Review = {
      ...review,
      verdict: { kind: 'accepted' },
      reviewedAt: '2026-04-01T00:00:00.000Z',
    };
    serve(host, later);
    openFiles.effect(host.bench, [fakeFile('x.png')]);
    await settle();
    expect(host.bench.library.getState().rows.get(id)?.review).toEqual(later);
    // The same result is on the list once.
    expect(list(host)).toEqual(['song.wav done']);
  });

  it('a drop of nothing but bad pictures shows the first of them', async () => {
    const host = createFakeHost();
    serve(host);
    openFiles.effect(host.bench, [fakeFile('bad1.png'), fakeFile('bad2.png')]);
    await settle();
    expect(list(host)).toEqual(['bad1.png failed', 'bad2.png failed']);
    const { jobs, selectedId } = host.bench.jobs.getState();
    expect(jobs[selectedId!]?.name).toBe('bad1.png');
  });
});
