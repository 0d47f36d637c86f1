import { action, command } from '#state/actions/action.ts';
import { selectedJob } from '#state/jobs.ts';
import { playbackRates, type Stretch } from '#state/player.ts';
import type { Workbench } from '#state/workbench.ts';

/** How far the keys jump, in seconds. */
const stepSeconds = 5;

const isPlayable = (bench: Workbench): boolean => bench.player.getState().phase === 'ready';

/** Jumps relative to what is heard now; inside the loop where there is one. */
function jump(bench: Workbench, seconds: number): void {
  const { loop, durationSeconds } = bench.player.getState();
  const low = loop?.startSeconds ?? 0;
  // Just before the end of a loop: its end itself is outside.
  const high = loop === null ? durationSeconds : loop.endSeconds - 0.01;
  const target = bench.playback.positionSeconds() + seconds;
  bench.playback.seek(Math.min(high, Math.max(low, target)));
}

/** The next speed of the list in that direction; the last one stays. */
function stepRate(bench: Workbench, direction: 1 | -1): void {
  const { rate } = bench.player.getState();
  const next =
    direction === 1
      ? playbackRates.find((candidate) => candidate > rate + 1e-6)
      : playbackRates.findLast((candidate) => candidate < rate - 1e-6);
  if (next !== undefined) bench.playback.setRate(next);
}

/** The region's band, if one is marked. */
const regionBand = (bench: Workbench) => bench.view.getState().region;

const hasAttention = (bench: Workbench): boolean => {
  const job = selectedJob(bench.jobs.getState());
  return (
    isPlayable(bench) &&
    job?.phase.kind === 'done' &&
    job.phase.report.windows.some((window) => !window.silent)
  );
};

export const playPause = command({
  name: 'playPause',
  group: 'player',
  icon: 'play',
  keys: [{ key: ' ' }],
  enabled: isPlayable,
  effect: (bench) => {
    if (bench.player.getState().playing) bench.playback.pause();
    else bench.playback.play();
  },
});

export const back5 = command({
  name: 'back5',
  group: 'player',
  icon: 'back5',
  keys: [{ key: ',' }],
  enabled: isPlayable,
  effect: (bench) => jump(bench, -stepSeconds),
});

export const forward5 = command({
  name: 'forward5',
  group: 'player',
  icon: 'forward5',
  keys: [{ key: '.' }],
  enabled: isPlayable,
  effect: (bench) => jump(bench, stepSeconds),
});

/** Repeats the marked region from now on, or lets the loop go. */
export const loopRegion = command({
  name: 'loopRegion',
  group: 'player',
  icon: 'loop',
  keys: [{ key: 'l' }],
  enabled: (bench) =>
    isPlayable(bench) && (bench.player.getState().loop !== null || regionBand(bench) !== null),
  effect: (bench) => {
    const { loop } = bench.player.getState();
    const region = regionBand(bench);
    const isSame =
      loop !== null &&
      (region === null ||
        (Math.abs(loop.startSeconds - region.startSeconds) < 1e-3 &&
          Math.abs(loop.endSeconds - region.endSeconds) < 1e-3));
    bench.playback.setLoop(isSame ? null : region);
  },
});

export const slower = command({
  name: 'slower',
  group: 'player',
  icon: 'slower',
  keys: [{ key: '[' }],
  enabled: (bench) => isPlayable(bench) && bench.player.getState().rate > playbackRates[0]!,
  effect: (bench) => stepRate(bench, -1),
});

export const faster = command({
  name: 'faster',
  group: 'player',
  icon: 'faster',
  keys: [{ key: ']' }],
  enabled: (bench) => isPlayable(bench) && bench.player.getState().rate < playbackRates.at(-1)!,
  effect: (bench) => stepRate(bench, 1),
});

export const mute = command({
  name: 'mute',
  group: 'player',
  icon: 'volume',
  keys: [{ key: 'm' }],
  enabled: isPlayable,
  effect: (bench) => bench.playback.setMuted(!bench.player.getState().muted),
});

/** Isolates the region's band, or lets everything through again. */
export const hearBand = command({
  name: 'hearBand',
  group: 'player',
  icon: 'band',
  keys: [{ key: 'b' }],
  enabled: (bench) =>
    isPlayable(bench) && (bench.player.getState().source.kind === 'band' || regionBand(bench) !== null),
  effect: (bench) => {
    const { source } = bench.player.getState();
    const region = regionBand(bench);
    const isSame =
      source.kind === 'band' &&
      (region === null || (source.lowHz === region.lowHz && source.highHz === region.highHz));
    return bench.playback.hear(
      isSame || region === null ? 'original' : { lowHz: region.lowHz, highHz: region.highHz },
    );
  },
});

/** The sound weighted by the attention of the selected window, or of the track; a second press goes back. */
export const hearAttention = command({
  name: 'hearAttention',
  group: 'player',
  icon: 'eye',
  keys: [{ key: 'h' }],
  enabled: hasAttention,
  effect: (bench) => {
    const { source, rendering } = bench.player.getState();
    if (rendering !== null) {
      bench.playback.cancelRendering();
      return undefined;
    }
    const isSame = source.kind === 'attention' && source.windowIndex === bench.playback.attentionWindow();
    return bench.playback.hear(isSame ? 'original' : 'attention');
  },
});

/** Everything, as it is in the file. */
export const hearOriginal = command({
  name: 'hearOriginal',
  group: 'player',
  icon: 'wave',
  keys: [],
  enabled: (bench) =>
    isPlayable(bench) &&
    (bench.player.getState().source.kind !== 'original' || bench.player.getState().rendering !== null),
  effect: (bench) => bench.playback.hear('original'),
});

/** The picture moves along with the sound again. */
export const followPlayhead = command({
  name: 'followPlayhead',
  group: 'player',
  icon: 'follow',
  keys: [],
  enabled: (bench) => isPlayable(bench) && !bench.player.getState().following,
  effect: (bench) => bench.player.setState({ following: true }),
});

export const playerCommands = [
  playPause,
  back5,
  forward5,
  loopRegion,
  slower,
  faster,
  mute,
  hearBand,
  hearAttention,
  hearOriginal,
  followPlayhead,
] as const;

/** Goes on from that moment of the track, in seconds; outside the loop the loop is let go. */
export const seek = action({
  name: 'seek',
  enabled: isPlayable,
  effect: (bench, seconds: number) => {
    if (isPlayable(bench)) bench.playback.seek(seconds);
  },
});

/** 0.5 to 2, pitch kept. */
export const setRate = action({
  name: 'setRate',
  enabled: isPlayable,
  effect: (bench, rate: number) => bench.playback.setRate(rate),
});

/** 0 to 1; also ends muting. */
export const setVolume = action({
  name: 'setVolume',
  enabled: isPlayable,
  effect: (bench, volume: number) => bench.playback.setVolume(volume),
});

/** Repeats a stretch of the track; null plays on. */
export const setLoop = action({
  name: 'setLoop',
  enabled: isPlayable,
  effect: (bench, loop: Stretch | null) => bench.playback.setLoop(loop),
});
