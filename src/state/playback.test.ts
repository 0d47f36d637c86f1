import { describe, expect, it } from 'vitest';
import { analysisError } from '#core/errors.ts';
import { err, ok } from '#core/result.ts';
import {
  back5,
  faster,
  forward5,
  hearAttention,
  hearBand,
  hearOriginal,
  loopRegion,
  mute,
  playPause,
  seek,
  setVolume,
  slower,
} from '#state/actions/playerActions.ts';
import { addFiles, remove, select, selectWindow } from '#state/actions/jobActions.ts';
import { withReopened } from '#state/jobs.ts';
import { createFakeHost, fakeFile, fakeReport, settle, type FakeHost } from '#state/testing/fakeHost.ts';

/** A host with one analysed file of 2.2 s, its sound loaded. */
async function opened(...names: readonly string[]): Promise<FakeHost> {
  const host = createFakeHost();
  addFiles.effect(host.bench, (names.length === 0 ? ['a.mp3'] : names).map(fakeFile));
  await host.bench.runner.idle();
  host.player.ready();
  await settle();
  return host;
}

/** A file that is long enough to jump in. */
async function long(seconds: number): Promise<FakeHost> {
  const host = await opened();
  const { bench } = host;
  const job = bench.jobs.getState().jobs[bench.player.getState().jobId ?? ''];
  if (job?.phase.kind !== 'done') throw new Error('the job is done');
  const report = { ...job.phase.report, file: { ...job.phase.report.file, durationSeconds: seconds } };
  bench.jobs.setState((state) => ({
    jobs: { ...state.jobs, [job.id]: { ...job, phase: { kind: 'done', report, prepared: null } } },
  }));
  return host;
}

const region = { startSeconds: 2, endSeconds: 4, lowHz: 200, highHz: 800 };

describe('the player follows the selected job', () => {
  it('loads its file, and lets it go for another one and for none', async () => {
    const { bench, player } = await opened('a.mp3', 'b.wav');
    const [first = '', second = ''] = bench.jobs.getState().order;
    expect(player.log.filter((entry) => entry.startsWith('load'))).toEqual(['load a.mp3']);
    expect(bench.player.getState()).toMatchObject({ jobId: first, phase: 'ready', durationSeconds: 2.2 });
    void playPause.effect(bench);
    select.effect(bench, second);
    expect(bench.player.getState()).toMatchObject({ jobId: second, phase: 'loading', playing: false });
    expect(player.log.at(-1)).toBe('load b.wav');
    remove.effect(bench, second);
    remove.effect(bench, first);
    expect(player.log.at(-1)).toBe('unload');
    expect(bench.player.getState()).toMatchObject({ jobId: null, phase: 'empty' });
  });

  it('goes on playing while other jobs change', async () => {
    const { bench, player } = await opened('a.mp3');
    void playPause.effect(bench);
    const loads = player.log.length;
    bench.jobs.setState({ intakeNote: { kind: 'nothing-found' } });
    bench.jobs.setState({ selectedWindow: 1 });
    await settle();
    expect(player.log).toHaveLength(loads);
    expect(bench.player.getState().playing).toBe(true);
  });

  it('has nothing to play for a result that came without its sound', async () => {
    const { bench } = createFakeHost();
    bench.jobs.setState((state) =>
      withReopened(state, [{ id: 'old', report: fakeReport('old.wav'), archivedPicture: null }]),
    );
    expect(bench.player.getState()).toMatchObject({ jobId: 'old', phase: 'empty', durationSeconds: 2.2 });
    for (const command of [playPause, back5, forward5, loopRegion, mute, hearBand, hearAttention])
      expect(command.enabled(bench), command.name).toBe(false);
  });

  it('does not take the news of a sound that was let go', async () => {
    const { bench, player } = await opened('a.mp3');
    remove.effect(bench, bench.player.getState().jobId ?? '');
    player.ready(9);
    expect(bench.player.getState()).toMatchObject({ phase: 'empty', durationSeconds: 0 });
  });
});

describe('place, speed, volume', () => {
  it('jumps by five seconds and stays inside the track', async () => {
    const { bench } = await long(12);
    const at = (): number => bench.playback.positionSeconds();
    void forward5.effect(bench);
    void forward5.effect(bench);
    expect(at()).toBe(10);
    void forward5.effect(bench);
    expect(at()).toBe(12);
    void back5.effect(bench);
    expect(at()).toBe(7);
    seek.effect(bench, -3);
    expect(at()).toBe(0);
  });

  it('steps through the speeds and ends at 0.5 and 2', async () => {
    const { bench } = await opened();
    for (let press = 0; press < 9; press += 1) if (slower.enabled(bench)) void slower.effect(bench);
    expect(bench.player.getState().rate).toBe(0.5);
    for (let press = 0; press < 9; press += 1) if (faster.enabled(bench)) void faster.effect(bench);
    expect(bench.player.getState().rate).toBe(2);
    expect(faster.enabled(bench)).toBe(false);
  });

  it('keeps speed and volume for the next file', async () => {
    const { bench } = await opened('a.mp3', 'b.wav');
    void slower.effect(bench);
    setVolume.effect(bench, 0.4);
    select.effect(bench, bench.jobs.getState().order[1] ?? '');
    expect(bench.player.getState()).toMatchObject({ rate: 0.75, volume: 0.4, loop: null });
  });

  it('mutes and comes back as loud as it was', async () => {
    const { bench, player } = await opened();
    setVolume.effect(bench, 0.3);
    void mute.effect(bench);
    expect(player.log.at(-1)).toBe('volume 0');
    void mute.effect(bench);
    expect(player.log.at(-1)).toBe('volume 0.3');
  });
});

describe('a loop', () => {
  it('repeats the marked region from its beginning, and a second press lets it go', async () => {
    const { bench, player } = await long(12);
    expect(loopRegion.enabled(bench)).toBe(false);
    bench.view.setState({ region });
    void loopRegion.effect(bench);
    expect(bench.player.getState().loop).toEqual({ startSeconds: 2, endSeconds: 4 });
    expect(player.log.slice(-2)).toEqual(['loop 2-4', 'seek 2']);
    void loopRegion.effect(bench);
    expect(bench.player.getState().loop).toBeNull();
  });

  it('holds the five-second jumps, and a place chosen outside ends it', async () => {
    const { bench } = await long(12);
    bench.view.setState({ region });
    void loopRegion.effect(bench);
    void forward5.effect(bench);
    expect(bench.playback.positionSeconds()).toBeCloseTo(3.99, 6);
    expect(bench.player.getState().loop).not.toBeNull();
    seek.effect(bench, 8);
    expect(bench.player.getState().loop).toBeNull();
    expect(bench.playback.positionSeconds()).toBe(8);
  });

  it('is not made of next to nothing', async () => {
    const { bench } = await long(12);
    bench.playback.setLoop({ startSeconds: 3, endSeconds: 3.01 });
    expect(bench.player.getState().loop).toBeNull();
    bench.playback.setLoop({ startSeconds: 11, endSeconds: 40 });
    expect(bench.player.getState().loop).toEqual({ startSeconds: 11, endSeconds: 12 });
  });
});

describe('what is heard', () => {
  it('is the band of the region, or all of it again', async () => {
    const { bench, player } = await long(12);
    expect(hearBand.enabled(bench)).toBe(false);
    bench.view.setState({ region });
    await hearBand.effect(bench);
    expect(player.band).toEqual({ lowHz: 200, highHz: 800 });
    expect(bench.player.getState().source).toEqual({ kind: 'band', lowHz: 200, highHz: 800 });
    // Another box: its band; the same box: off.
    bench.view.setState({ region: { ...region, highHz: 900 } });
    await hearBand.effect(bench);
    expect(player.band?.highHz).toBe(900);
    await hearBand.effect(bench);
    expect(player.band).toBeNull();
  });

  it('is the whole track as it was looked at, computed once', async () => {
    const { bench, player } = await opened();
    const heard = hearAttention.effect(bench);
    expect(bench.player.getState()).toMatchObject({ rendering: 0.5, source: { kind: 'original' } });
    player.finishWeighing();
    await heard;
    expect(bench.player.getState()).toMatchObject({
      rendering: null,
      source: { kind: 'attention', windowIndex: null, stretch: null },
    });
    expect(player.log.at(-1)).toBe('replace weighed');
    expect(player.asked[0]?.stretch).toBeNull();
    // Rollouts of even attention: 1 wherever a window reaches.
    expect(new Set(player.asked[0]?.attention.map.values)).toEqual(new Set([1]));
    await hearOriginal.effect(bench);
    expect(player.log.at(-1)).toBe('replace a.mp3');
    await hearAttention.effect(bench);
    expect(player.asked).toHaveLength(1);
    expect(player.log.at(-1)).toBe('replace weighed');
  });

  it('is the selected window alone, from its beginning where the sound is elsewhere', async () => {
    const { bench, player } = await opened();
    selectWindow.effect(bench, 1);
    const heard = hearAttention.effect(bench);
    player.finishWeighing();
    await heard;
    const window = fakeReport('a').windows[1];
    expect(bench.player.getState().source).toMatchObject({ kind: 'attention', windowIndex: 1 });
    expect(bench.playback.positionSeconds()).toBeCloseTo(window?.startSeconds ?? Number.NaN, 9);
    const { map } = player.asked[0]!.attention;
    expect(map.values[0]).toBe(0);
    expect(map.values[map.nFrames - 1]).toBe(1);
    // Another map is another sound; the same one again goes back to the file.
    selectWindow.effect(bench, null);
    const whole = hearAttention.effect(bench);
    player.finishWeighing();
    await whole;
    expect(player.asked).toHaveLength(2);
    await hearAttention.effect(bench);
    expect(bench.player.getState().source.kind).toBe('original');
  });

  it('stays what it was when computing is stopped, or fails, or the file changes', async () => {
    const { bench, player } = await opened('a.mp3', 'b.wav');
    const heard = hearAttention.effect(bench);
    void hearAttention.effect(bench);
    await heard;
    expect(bench.player.getState()).toMatchObject({
      rendering: null,
      error: null,
      source: { kind: 'original' },
    });
    const other = hearAttention.effect(bench);
    select.effect(bench, bench.jobs.getState().order[1] ?? '');
    player.finishWeighing();
    await other;
    expect(bench.player.getState()).toMatchObject({ rendering: null, source: { kind: 'original' } });
    expect(player.log).not.toContain('replace weighed');
  });

  it.each([
    { what: 'from here on', at: 600, box: null, stretch: { startSeconds: 600, endSeconds: 1800 } },
    {
      what: 'the marked box',
      at: 600,
      box: { ...region, startSeconds: 3000, endSeconds: 3010 },
      stretch: { startSeconds: 3000, endSeconds: 3010 },
    },
  ])('of an hour is only a part: $what', async ({ at, box, stretch }) => {
    const { bench, player } = await long(3600);
    seek.effect(bench, at);
    bench.view.setState({ region: box });
    const heard = hearAttention.effect(bench);
    player.finishWeighing();
    await heard;
    expect(player.asked[0]?.stretch).toEqual(stretch);
    expect(bench.player.getState().source).toMatchObject({ stretch });
    expect(bench.playback.positionSeconds()).toBe(stretch.startSeconds);
  });
});

describe('files that the browser does not seek in exactly', () => {
  const exact = ok(new Blob([], { type: 'exact' }));

  it('are decoded once when somebody plays, and swapped where nobody hears it', async () => {
    const { bench, player } = await opened();
    player.setExact(exact);
    void playPause.effect(bench);
    await settle();
    expect(player.log).not.toContain('replace exact');
    seek.effect(bench, 1);
    expect(player.log.slice(-2)).toEqual(['replace exact', 'seek 1']);
    void playPause.effect(bench);
    void playPause.effect(bench);
    await settle();
    expect(player.log.filter((entry) => entry === 'replace exact')).toHaveLength(1);
  });

  it('come back as they are from the weighted sound', async () => {
    const { bench, player } = await opened();
    player.setExact(exact);
    seek.effect(bench, 1);
    await settle();
    const heard = hearAttention.effect(bench);
    player.finishWeighing();
    await heard;
    await hearOriginal.effect(bench);
    expect(player.log.at(-1)).toBe('replace exact');
  });

  it('play from their samples where the element cannot play them, and say so where nothing can', async () => {
    const { bench, player } = await opened();
    player.setExact(exact);
    player.fail(analysisError('decode-failed', 'no'));
    await settle();
    expect(player.log.at(-1)).toBe('replace exact');
    expect(bench.player.getState()).toMatchObject({ phase: 'ready', error: null });

    const other = await opened();
    other.player.setExact(err(analysisError('unreadable-file', 'gone')));
    other.player.fail(analysisError('decode-failed', 'no'));
    await settle();
    expect(other.bench.player.getState()).toMatchObject({
      phase: 'failed',
      playing: false,
      error: { code: 'unreadable-file' },
    });
    expect(playPause.enabled(other.bench)).toBe(false);
  });
});
