import { designBandPass } from '#core/dsp/bandPassFir.ts';
import { analysisError, type AnalysisError } from '#core/errors.ts';

/** Same shape as the state's `PlayerStatus`. */
export interface PlayerStatus {
  readonly phase: 'empty' | 'loading' | 'ready' | 'failed';
  readonly error: AnalysisError | null;
  readonly playing: boolean;
  readonly durationSeconds: number;
}

interface Stretch {
  readonly startSeconds: number;
  readonly endSeconds: number;
}

interface Band {
  readonly lowHz: number;
  readonly highHz: number;
}

/** Same shape as the state's `PlayerPort`. */
export interface Player {
  load(sound: Blob): void;
  replace(sound: Blob): void;
  unload(): void;
  play(): void;
  pause(): void;
  seek(seconds: number): void;
  positionSeconds(): number;
  setRate(rate: number): void;
  setVolume(volume: number): void;
  setLoop(loop: Stretch | null): void;
  setBand(band: Band | null): void;
  onChange(listener: (status: PlayerStatus) => void): () => void;
}

/** What tests replace: where the sound comes from and goes to. */
export interface PlayerParts {
  createContext(): AudioContext;
  /** The node that the sound is given to, `destination` in the page. */
  output(context: AudioContext): AudioNode;
}

const pageParts: PlayerParts = {
  // Larger blocks than for a game: the sound must not stutter while the network computes. What they cost in latency is
  // known and taken off the position.
  createContext: () => new AudioContext({ latencyHint: 'playback' }),
  output: (context) => context.destination,
};

/** The graph behind the element. Dry and filtered sound run side by side; one of the two gains is 0. */
interface Graph {
  readonly context: AudioContext;
  readonly source: MediaElementAudioSourceNode;
  readonly dry: GainNode;
  readonly volume: GainNode;
  filtered: { readonly node: ConvolverNode; readonly gain: GainNode; readonly latencySeconds: number } | null;
}

/** A place where the element jumped back by itself, so that what is still on its way out keeps its own time. */
interface Jump {
  /** Time of the context. */
  readonly at: number;
  readonly from: number;
}

/** Changes of gain take this long, in seconds: short for the ear, too slow for a click. */
const fadeSeconds = 0.02;
/** A context that plays nothing is put to sleep after this, in milliseconds. */
const sleepAfterMs = 5000;
/** An output that claims to be further behind than this is not believed; seconds. */
const longestLatencySeconds = 2;

/**
 * Plays a file or a computed sound through one media element, which streams, seeks, and keeps the pitch at any speed, and a
 * Web Audio graph behind it, made when somebody first plays.
 *
 * `positionSeconds` is the time in the track of what leaves the speakers now: the element's own time, which is that of the
 * sample entering the graph, less the way through the graph (the band filter's delay, and what `getOutputTimestamp` says is
 * still waiting in the output), at the speed of playing. Chromium's time stretcher is off by some more; see `stretchLead`.
 */
export function createPlayer(parts: PlayerParts = pageParts): Player {
  const element = new Audio();
  element.preload = 'auto';
  element.preservesPitch = true;
  let graph: Graph | null = null;
  let url: string | null = null;
  let phase: PlayerStatus['phase'] = 'empty';
  let error: AnalysisError | null = null;
  /** What the person wants; the element itself stops for a moment when its sound is replaced. */
  let wanted = false;
  let rate = 1;
  let volume = 1;
  let loop: Stretch | null = null;
  let band: Band | null = null;
  let jump: Jump | null = null;
  /** Where playing (re)started: before the first sound is out, the position is this and not earlier. */
  let floorSeconds = 0;
  let loopTimer: ReturnType<typeof setTimeout> | undefined;
  let sleepTimer: ReturnType<typeof setTimeout> | undefined;
  const listeners = new Set<(status: PlayerStatus) => void>();

  const status = (): PlayerStatus => ({
    phase,
    error,
    playing: wanted,
    durationSeconds: Number.isFinite(element.duration) ? element.duration : 0,
  });
  const changed = (): void => {
    const now = status();
    for (const listener of listeners) listener(now);
  };

  const build = (): Graph => {
    const context = parts.createContext();
    const source = context.createMediaElementSource(element);
    const dry = context.createGain();
    const master = context.createGain();
    master.gain.value = volume;
    source.connect(dry).connect(master).connect(parts.output(context));
    return { context, source, dry, volume: master, filtered: null };
  };

  /** Puts the band filter in, changes it, or takes it out, with a short cross-fade. */
  const applyBand = (): void => {
    if (graph === null) return;
    const { context, source, dry, volume: master, filtered: old } = graph;
    const now = context.currentTime;
    const fade = (gain: GainNode, to: number): void => {
      gain.gain.setTargetAtTime(to, now, fadeSeconds / 3);
    };
    if (old !== null) {
      fade(old.gain, 0);
      setTimeout(() => {
        source.disconnect(old.node);
        old.node.disconnect();
        old.gain.disconnect();
      }, 500);
    }
    if (band === null) {
      graph.filtered = null;
      fade(dry, 1);
      return;
    }
    const { taps, latencySeconds } = designBandPass(band.lowHz, band.highHz, context.sampleRate);
    const response = new AudioBuffer({ length: taps.length, sampleRate: context.sampleRate });
    response.copyToChannel(taps, 0);
    // Without normalisation: the filter's own gain in the band is 1.
    const node = new ConvolverNode(context, { disableNormalization: true, buffer: response });
    const gain = new GainNode(context, { gain: 0 });
    source.connect(node).connect(gain).connect(master);
    fade(gain, 1);
    fade(dry, 0);
    graph.filtered = { node, gain, latencySeconds };
  };

  const positionSeconds = (): number => {
    const at = element.currentTime;
    if (graph === null || !wanted || element.paused) return at;
    const { context, filtered } = graph;
    const heard = heardContextTime(context) - (filtered?.latencySeconds ?? 0);
    const end = Number.isFinite(element.duration) ? element.duration : Infinity;
    if (jump !== null) {
      const untilJump = (jump.at - heard) * rate;
      if (untilJump > 0) return Math.min(end, jump.from - untilJump);
      jump = null;
    }
    const position = at - (context.currentTime - heard) * rate + stretchLead(rate);
    return Math.min(end, Math.max(floorSeconds, position));
  };

  const wrap = (): void => {
    if (loop === null) return;
    if (graph !== null) jump = { at: graph.context.currentTime, from: element.currentTime };
    floorSeconds = loop.startSeconds;
    element.currentTime = loop.startSeconds;
  };

  /** Waits for the end of the loop. By a timer, not by frames: pages in the background have none. */
  const watchLoop = (): void => {
    clearTimeout(loopTimer);
    if (loop === null || !wanted || element.seeking || element.paused) return;
    const left = (loop.endSeconds - element.currentTime) / rate;
    if (left <= 0.002) wrap();
    else loopTimer = setTimeout(watchLoop, Math.max(1, left * 1000));
  };

  const fail = (failure: AnalysisError): void => {
    phase = 'failed';
    error = failure;
    wanted = false;
    changed();
  };

  const start = (): void => {
    element.play().catch((cause: unknown) => {
      // Another sound took its place, or the error event says it.
      const name = cause instanceof DOMException ? cause.name : '';
      if (name === 'AbortError' || name === 'NotSupportedError' || phase === 'failed') return;
      wanted = false;
      changed();
    });
  };

  const take = (sound: Blob, seconds: number): void => {
    const before = url;
    url = URL.createObjectURL(sound);
    phase = 'loading';
    error = null;
    jump = null;
    floorSeconds = seconds;
    element.src = url;
    if (before !== null) URL.revokeObjectURL(before);
    // Loading sets these back.
    element.defaultPlaybackRate = rate;
    element.playbackRate = rate;
    // Before the file is known this becomes the place where it starts.
    element.currentTime = seconds;
  };

  const letGo = (): void => {
    clearTimeout(loopTimer);
    if (url === null) return;
    URL.revokeObjectURL(url);
    url = null;
    element.removeAttribute('src');
    element.load();
  };

  const sleepSoon = (): void => {
    clearTimeout(sleepTimer);
    sleepTimer = setTimeout(() => {
      if (!wanted) void graph?.context.suspend();
    }, sleepAfterMs);
  };

  element.addEventListener('loadedmetadata', () => {
    phase = 'ready';
    changed();
  });
  element.addEventListener('durationchange', changed);
  for (const event of ['playing', 'seeked', 'timeupdate', 'ratechange'])
    element.addEventListener(event, watchLoop);
  element.addEventListener('pause', () => {
    // The system's media keys, or a headset that was pulled out. Replacing a sound does not come here.
    if (!wanted || element.ended || phase === 'loading') return;
    wanted = false;
    sleepSoon();
    changed();
  });
  element.addEventListener('ended', () => {
    if (loop !== null && wanted) {
      wrap();
      start();
      return;
    }
    wanted = false;
    sleepSoon();
    changed();
  });
  element.addEventListener('error', () => {
    if (url === null) return;
    const { error: cause } = element;
    // MEDIA_ERR_NETWORK: the bytes of the file could not be had.
    const code = cause?.code === 2 ? 'unreadable-file' : 'decode-failed';
    fail(analysisError(code, `media element: error ${cause?.code ?? 0}: ${cause?.message ?? ''}`));
  });

  return {
    load(sound) {
      wanted = false;
      element.pause();
      take(sound, 0);
      changed();
    },
    replace(sound) {
      const seconds = wanted ? positionSeconds() : element.currentTime;
      take(sound, seconds);
      if (wanted) start();
      changed();
    },
    unload() {
      wanted = false;
      clearTimeout(sleepTimer);
      element.pause();
      letGo();
      void graph?.context.suspend();
      phase = 'empty';
      error = null;
      changed();
    },
    play() {
      if (url === null || phase === 'failed') return;
      clearTimeout(sleepTimer);
      if (graph === null) {
        graph = build();
        applyBand();
      }
      void graph.context.resume();
      wanted = true;
      jump = null;
      floorSeconds = element.ended ? 0 : element.currentTime;
      start();
      changed();
    },
    pause() {
      wanted = false;
      clearTimeout(loopTimer);
      element.pause();
      sleepSoon();
      changed();
    },
    seek(seconds) {
      jump = null;
      floorSeconds = seconds;
      element.currentTime = seconds;
    },
    positionSeconds,
    setRate(next) {
      rate = next;
      element.defaultPlaybackRate = next;
      element.playbackRate = next;
    },
    setVolume(next) {
      volume = next;
      if (graph !== null) graph.volume.gain.setTargetAtTime(next, graph.context.currentTime, fadeSeconds / 3);
    },
    setLoop(next) {
      loop = next;
      jump = null;
      watchLoop();
    },
    setBand(next) {
      if (next === null && band === null) return;
      band = next;
      applyBand();
    },
    onChange(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

/** Time of the context at which what leaves the speakers now left the graph. */
function heardContextTime(context: AudioContext): number {
  const { contextTime = 0, performanceTime = 0 } = context.getOutputTimestamp();
  const reported = contextTime + (performance.now() - performanceTime) / 1000;
  const behind = context.currentTime - reported;
  if (performanceTime > 0 && behind >= 0 && behind < longestLatencySeconds) return reported;
  return context.currentTime - (context.outputLatency || context.baseLatency || 0);
}

/** Chromium says so itself; other engines stretch time in their own ways, which are not known here. */
const isChromium =
  typeof navigator !== 'undefined' &&
  'userAgentData' in navigator &&
  JSON.stringify(navigator.userAgentData).includes('Chromium');

/**
 * By how much what is heard is ahead of the element's time while its pitch is kept, in seconds of the track. Chromium's
 * stretcher (WSOLA: overlap-add of pieces chosen by similarity, up to 15 ms to either side) lets a piece run on for as long
 * as it may, which at lower speeds is ahead: 19 to 36 ms, 26 ms in the middle, for a sweep and for music alike. At higher
 * speeds the middle is within 8 ms of the element's time.
 */
function stretchLead(rate: number): number {
  return isChromium && rate < 1 ? 0.026 : 0;
}
