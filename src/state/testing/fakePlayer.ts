import type { AnalysisError } from '#core/errors.ts';
import { analysisError } from '#core/errors.ts';
import type { TimedAttention } from '#core/explain/attentionGain.ts';
import { err, ok, type Result } from '#core/result.ts';
import type { Band, PlayerPort, PlayerStatus, RenderedSoundPort, Stretch } from '#state/player.ts';

/** A player without sound: tests say how long the loaded sound is and when time passes. */
export interface FakePlayer {
  readonly port: PlayerPort;
  readonly sounds: RenderedSoundPort;
  /** What was asked of the player, in order: "load a.mp3", "seek 3", "replace exact". */
  readonly log: string[];
  /** The sound that is loaded answers. */
  ready(durationSeconds?: number): void;
  fail(error: AnalysisError): void;
  /** Time passes while it plays. */
  advance(seconds: number): void;
  readonly asked: {
    readonly attention: Omit<TimedAttention, 'startSeconds'>;
    readonly stretch: Stretch | null;
  }[];
  /** What the browser's seeking is like for the next file: null where it is exact. */
  setExact(answer: Result<Blob | null, AnalysisError>): void;
  /** Lets the weighted sound that is being computed be done. */
  finishWeighing(): void;
  readonly band: Band | null;
}

const nameOf = (sound: Blob): string => (sound instanceof File ? sound.name : sound.type);

export function createFakePlayer(): FakePlayer {
  const log: string[] = [];
  const asked: FakePlayer['asked'] = [];
  let status: PlayerStatus = { phase: 'empty', error: null, playing: false, durationSeconds: 0 };
  let position = 0;
  let band: Band | null = null;
  let exact: Result<Blob | null, AnalysisError> = ok(null);
  let finish: (() => void) | null = null;
  const listeners = new Set<(status: PlayerStatus) => void>();
  const change = (next: Partial<PlayerStatus>): void => {
    status = { ...status, ...next };
    for (const listener of listeners) listener(status);
  };
  return {
    log,
    asked,
    get band() {
      return band;
    },
    ready: (durationSeconds = 2.2) => change({ phase: 'ready', durationSeconds }),
    fail: (error) => change({ phase: 'failed', playing: false, error }),
    advance: (seconds) => {
      if (status.playing) position += seconds;
    },
    setExact: (answer) => {
      exact = answer;
    },
    finishWeighing: () => finish?.(),
    port: {
      load: (sound) => {
        log.push(`load ${nameOf(sound)}`);
        position = 0;
        change({ phase: 'loading', error: null, playing: false });
      },
      replace: (sound) => {
        log.push(`replace ${nameOf(sound)}`);
        change({ phase: 'ready', error: null });
      },
      unload: () => {
        log.push('unload');
        change({ phase: 'empty', playing: false });
      },
      play: () => change({ playing: true }),
      pause: () => change({ playing: false }),
      seek: (seconds) => {
        log.push(`seek ${seconds}`);
        position = seconds;
      },
      positionSeconds: () => position,
      setRate: (rate) => log.push(`rate ${rate}`),
      setVolume: (volume) => log.push(`volume ${volume}`),
      setLoop: (loop) => log.push(loop === null ? 'no loop' : `loop ${loop.startSeconds}-${loop.endSeconds}`),
      setBand: (next) => {
        band = next;
      },
      onChange: (listener) => {
        listeners.add(listener);
        return () => listeners.delete(listener);
      },
    },
    sounds: {
      exact: () => Promise.resolve(exact),
      weigh: (_file, attention, stretch, signal, onProgress) =>
        new Promise((resolve) => {
          asked.push({ attention, stretch });
          onProgress(0.5);
          finish = () => resolve(ok(new Blob([], { type: 'weighed' })));
          signal.addEventListener('abort', () => resolve(err(analysisError('cancelled', 'stopped'))));
        }),
    },
  };
}
