import type { AnalysisError } from '#core/errors.ts';
import { layOutRollout } from '#core/explain/rolloutMap.ts';
import type { AnalysisReport } from '#core/report/report.ts';
import { preparedOf, selectedJob, type Job, type JobId, type JobsStore } from '#state/jobs.ts';
import {
  emptyPlayer,
  type HeardSource,
  type PlayerPort,
  type PlayerStore,
  type RenderedSoundPort,
  type Stretch,
} from '#state/player.ts';
import type { ViewStore } from '#state/view.ts';

/** Sound beyond this is not computed in one piece: decoded it takes 200 MB. */
export const longestRenderedSeconds = 20 * 60;

export interface PlaybackParts {
  readonly jobs: JobsStore;
  readonly view: ViewStore;
  readonly player: PlayerStore;
  readonly files: ReadonlyMap<JobId, File>;
  readonly port: PlayerPort;
  readonly sounds: RenderedSoundPort;
}

/** Drives the player: it follows the selected job, and knows which sound stands for what is heard. */
export interface Playback {
  play(): void;
  pause(): void;
  /** Seconds, held inside the track. A place outside the loop lets the loop go. */
  seek(seconds: number): void;
  /** Time in the track of what is heard now, in seconds; see `PlayerPort`. */
  positionSeconds(): number;
  setRate(rate: number): void;
  setVolume(volume: number): void;
  setMuted(muted: boolean): void;
  setLoop(loop: Stretch | null): void;
  /** Changes what is heard; the place stays. Sound weighted by attention is computed first, unless it is at hand. */
  hear(source: 'original' | { readonly lowHz: number; readonly highHz: number } | 'attention'): Promise<void>;
  /** Stops computing the weighted sound; what was heard before stays. */
  cancelRendering(): void;
  /** The map that "what it looked at" would be heard through now: a window's, or the whole track's (null). */
  attentionWindow(): number | null;
}

/** What belongs to the loaded file and goes with it. */
interface Loaded {
  readonly jobId: JobId;
  readonly file: File;
  readonly stop: AbortController;
  /** The file as it seeks exactly; null until it is known to be needed and there. */
  exact: Blob | null;
  exactAsked: boolean;
  /** Whether the sound in the player is one that seeks exactly. */
  exactInUse: boolean;
  weighed: { readonly key: string; readonly sound: Blob; readonly source: HeardSource } | null;
}

const clamp = (value: number, low: number, high: number): number => Math.min(high, Math.max(low, value));

/** Length of a job's sound, as far as its analysis knows it. */
function knownSeconds(job: Job | null): number | null {
  if (job?.phase.kind === 'done') return job.phase.report.file.durationSeconds;
  return job === null ? null : (preparedOf(job.phase)?.durationSeconds ?? null);
}

export function createPlayback(parts: PlaybackParts): Playback {
  const { jobs, view, player, files, port, sounds } = parts;
  let loaded: Loaded | null = null;
  let rendering: AbortController | null = null;
  /** True once the place has been changed by hand since the file was loaded. */
  let jumped = false;

  const jobOf = (): Job | null => selectedJob(jobs.getState());

  const cancelRendering = (): void => {
    rendering?.abort();
    rendering = null;
    player.setState({ rendering: null });
  };

  /** Puts the sound into the player that belongs to the file itself. */
  const useFile = (): void => {
    if (loaded === null) return;
    loaded.exactInUse = loaded.exact !== null;
    port.replace(loaded.exact ?? loaded.file);
  };

  const usesFile = (): boolean => player.getState().source.kind !== 'attention';

  /**
   * Browsers seek by the container's own index, which may be a frame or two off in MP3 and Ogg: as soon as somebody plays,
   * the file is decoded once more in the background, and its samples take its place.
   */
  const askExact = async (current: Loaded): Promise<AnalysisError | null> => {
    if (current.exactAsked) return null;
    const seconds = player.getState().durationSeconds;
    if (seconds > longestRenderedSeconds) return null;
    current.exactAsked = true;
    const exact = await sounds.exact(current.file, current.stop.signal);
    if (!exact.ok) return exact.error;
    if (loaded !== current || exact.value === null) return null;
    current.exact = exact.value;
    // From the beginning on without a jump both sound alike: no need to interrupt what plays.
    if (usesFile() && (!player.getState().playing || jumped || player.getState().phase === 'failed'))
      useFile();
    return null;
  };
  const follow = (): void => {
    const job = jobOf();
    // Not before the sound has been decoded: what is empty or no sound at all is never given to the player.
    const file = job === null || knownSeconds(job) === null ? undefined : files.get(job.id);
    if (job !== null && loaded !== null && loaded.jobId === job.id && loaded.file === file) {
      const seconds = knownSeconds(job);
      if (seconds !== null && seconds !== player.getState().durationSeconds)
        player.setState({ durationSeconds: seconds });
      return;
    }
    if (job !== null && file === undefined && loaded === null && player.getState().jobId === job.id) return;
    if (job === null && loaded === null && player.getState().jobId === null) return;
    loaded?.stop.abort();
    cancelRendering();
    port.setLoop(null);
    port.setBand(null);
    jumped = false;
    if (job === null || file === undefined) {
      loaded = null;
      player.setState({ ...emptyPlayer, jobId: job?.id ?? null, durationSeconds: knownSeconds(job) ?? 0 });
      port.unload();
      return;
    }
    loaded = {
      jobId: job.id,
      file,
      stop: new AbortController(),
      exact: null,
      exactAsked: false,
      exactInUse: false,
      weighed: null,
    };
    player.setState({
      ...emptyPlayer,
      jobId: job.id,
      phase: 'loading',
      durationSeconds: knownSeconds(job) ?? 0,
    });
    port.load(file);
  };

  const decodeInstead = async (current: Loaded, failure: AnalysisError | null): Promise<void> => {
    const error = await askExact(current);
    if (loaded !== current || current.exact !== null) return;
    player.setState({ phase: 'failed', error: error ?? failure });
  };

  port.onChange((status) => {
    if (loaded === null) return;
    const current = loaded;
    const seconds = knownSeconds(jobOf()) ?? status.durationSeconds;
    if (status.phase === 'failed' && !current.exactAsked) {
      // What the browser cannot stream it may still decode.
      player.setState({ phase: 'loading', playing: false });
      void decodeInstead(current, status.error);
      return;
    }
    player.setState((state) => ({
      phase: status.phase,
      playing: status.playing,
      durationSeconds: seconds,
      // An error of the weighted sound stays until something else is asked.
      error: status.phase === 'failed' ? status.error : state.phase === 'failed' ? null : state.error,
    }));
  });

  const seek = (seconds: number): void => {
    const { durationSeconds, loop } = player.getState();
    const target = clamp(seconds, 0, durationSeconds);
    if (loop !== null && (target < loop.startSeconds || target >= loop.endSeconds)) setLoop(null);
    if (loaded !== null && loaded.exact !== null && !loaded.exactInUse && usesFile()) useFile();
    jumped = true;
    port.seek(target);
    player.setState((state) => ({ jumps: state.jumps + 1, started: true }));
    if (loaded !== null) void askExact(loaded);
  };

  const setLoop = (loop: Stretch | null): void => {
    const { durationSeconds } = player.getState();
    const held =
      loop === null
        ? null
        : {
            startSeconds: clamp(loop.startSeconds, 0, durationSeconds),
            endSeconds: clamp(loop.endSeconds, 0, durationSeconds),
          };
    const next = held === null || held.endSeconds - held.startSeconds < shortestLoopSeconds ? null : held;
    player.setState({ loop: next });
    port.setLoop(next);
    if (next === null) return;
    const at = port.positionSeconds();
    if (at < next.startSeconds || at >= next.endSeconds) seek(next.startSeconds);
  };

  const attentionWindow = (): number | null => {
    const job = jobOf();
    const index = jobs.getState().selectedWindow;
    if (index === null || job?.phase.kind !== 'done') return null;
    return job.phase.report.windows[index]?.silent === false ? index : null;
  };

  /** The part of a file that is computed; null where it is short enough for all of it. */
  const renderedStretch = (report: AnalysisReport, windowIndex: number | null): Stretch | null => {
    const { durationSeconds } = report.file;
    if (durationSeconds <= longestRenderedSeconds) return null;
    const { region, viewport } = view.getState();
    const window = windowIndex === null ? undefined : report.windows[windowIndex];
    const wanted: Stretch = region ??
      window ??
      viewport ?? { startSeconds: port.positionSeconds(), endSeconds: durationSeconds };
    const startSeconds = clamp(wanted.startSeconds, 0, durationSeconds);
    return {
      startSeconds,
      endSeconds: Math.min(wanted.endSeconds, durationSeconds, startSeconds + longestRenderedSeconds),
    };
  };

  const hearWeighed = (sound: Blob, source: HeardSource): void => {
    port.setBand(null);
    if (loaded !== null) loaded.exactInUse = false;
    player.setState({ source, error: null });
    port.replace(sound);
    if (source.kind !== 'attention') return;
    const window = source.windowIndex === null ? undefined : reportOf(jobOf())?.windows[source.windowIndex];
    const audible = window ?? source.stretch;
    const at = port.positionSeconds();
    // Outside of what was weighted there is nothing to hear.
    if (audible !== undefined && audible !== null && (at < audible.startSeconds || at >= audible.endSeconds))
      seek(audible.startSeconds);
  };

  const renderAttention = async (current: Loaded, report: AnalysisReport, nFrames: number): Promise<void> => {
    const windowIndex = attentionWindow();
    const stretch = renderedStretch(report, windowIndex);
    const key = JSON.stringify([report.model.sha256, windowIndex, stretch]);
    if (current.weighed?.key === key) {
      hearWeighed(current.weighed.sound, current.weighed.source);
      return;
    }
    const stop = new AbortController();
    rendering = stop;
    player.setState({ rendering: 0, error: null });
    const { frontEnd } = report.model;
    const windows =
      windowIndex === null ? report.windows : report.windows.filter((window) => window.index === windowIndex);
    const map = layOutRollout(windows, report.model, nFrames);
    const frameSeconds = frontEnd.hopLength / frontEnd.sampleRate;
    const sound = await sounds.weigh(current.file, { map, frameSeconds }, stretch, stop.signal, (done) => {
      if (rendering === stop) player.setState({ rendering: clamp(done, 0, 1) });
    });
    // Another file, another wish, or stopped by hand.
    if (rendering !== stop || loaded !== current) return;
    rendering = null;
    player.setState({ rendering: null });
    if (!sound.ok) {
      if (sound.error.code !== 'cancelled') player.setState({ error: sound.error });
      return;
    }
    const source: HeardSource = { kind: 'attention', windowIndex, stretch };
    current.weighed = { key, sound: sound.value, source };
    hearWeighed(sound.value, source);
  };

  jobs.subscribe(follow);

  return {
    play: () => {
      player.setState({ following: true, started: true });
      port.play();
      if (loaded !== null) void askExact(loaded);
    },
    pause: () => {
      port.pause();
      if (loaded !== null && loaded.exact !== null && !loaded.exactInUse && usesFile()) useFile();
    },
    seek: (seconds) => {
      player.setState({ following: true });
      seek(seconds);
    },
    positionSeconds: () => port.positionSeconds(),
    setRate: (rate) => {
      const held = clamp(rate, playbackRateRange[0], playbackRateRange[1]);
      player.setState({ rate: held });
      port.setRate(held);
    },
    setVolume: (volume) => {
      const held = clamp(volume, 0, 1);
      player.setState({ volume: held, muted: false });
      port.setVolume(held);
    },
    setMuted: (muted) => {
      player.setState({ muted });
      port.setVolume(muted ? 0 : player.getState().volume);
    },
    setLoop,
    hear: async (wanted) => {
      const current = loaded;
      if (current === null) return;
      cancelRendering();
      if (wanted === 'attention') {
        const job = jobOf();
        const report = reportOf(job);
        if (job === null || report === null) return;
        await renderAttention(current, report, framesOf(job, report));
        return;
      }
      const fromWeighed = !usesFile();
      const band = wanted === 'original' ? null : wanted;
      player.setState({
        source:
          band === null ? { kind: 'original' } : { kind: 'band', lowHz: band.lowHz, highHz: band.highHz },
        error: null,
      });
      if (fromWeighed) useFile();
      port.setBand(band);
    },
    cancelRendering,
    attentionWindow,
  };
}

/** A loop shorter than this is a buzz, and a slip of the hand. */
const shortestLoopSeconds = 0.05;
const playbackRateRange = [0.5, 2] as const;

const reportOf = (job: Job | null): AnalysisReport | null =>
  job?.phase.kind === 'done' ? job.phase.report : null;

/** Frames of the track's spectrogram; counted from the length where the spectrogram was let go. */
function framesOf(job: Job, { model, file }: AnalysisReport): number {
  const prepared = preparedOf(job.phase);
  if (prepared !== null) return prepared.logMel.nFrames;
  const { sampleRate, hopLength } = model.frontEnd;
  return 1 + Math.floor((file.durationSeconds * sampleRate) / hopLength);
}
