import type { AudioContainer } from '#core/audio/pcm.ts';
import type { BackendAttempt } from '#core/model/engine.ts';
import type { ModelLoadProgress } from '#core/model/loading.ts';
import type { JobPhaseKind } from '#state/jobs.ts';

/** Names of the actions that have a button. */
export type ActionLabel =
  'addFiles' | 'cancel' | 'cancelAll' | 'retry' | 'remove' | 'clear' | 'dismiss' | 'savePicture';

export type TimingName =
  | 'readMs'
  | 'hashMs'
  | 'decodeMs'
  | 'resampleMs'
  | 'melMs'
  | 'pictureMs'
  | 'modelWaitMs'
  | 'inferenceMs'
  | 'firstPredictionMs'
  | 'totalMs';

/**
 * Every string that the page shows, except the texts of errors, which core owns. A key that a language lacks is a compile
 * error. Numbers come in already formatted where they are strings; counts come in as numbers for the plural.
 */
export interface Messages {
  readonly appName: string;
  readonly skipToResult: string;
  readonly privacy: string;
  readonly privacyDetail: string;
  readonly language: string;
  readonly theme: Readonly<Record<'label' | 'system' | 'light' | 'dark', string>>;
  readonly actions: Readonly<Record<ActionLabel, string>>;

  readonly intake: {
    readonly title: string;
    readonly hint: string;
    readonly choose: string;
    readonly chooseFolder: string;
    readonly formats: string;
    readonly release: string;
    readonly sample: string;
    readonly tooMany: (taken: number, left: number) => string;
    readonly nothingFound: string;
    readonly sampleFailed: string;
    readonly promises: readonly { readonly title: string; readonly text: string }[];
  };

  readonly jobs: {
    readonly title: string;
    readonly summary: (done: number, total: number) => string;
    readonly phase: Readonly<Record<JobPhaseKind, string>>;
    readonly waitingForModel: string;
    readonly windows: (done: number, total: number) => string;
    readonly finishedNews: (name: string, genre: string, percent: string) => string;
    readonly failedNews: (name: string, title: string) => string;
  };

  readonly result: {
    readonly heading: string;
    readonly channels: (count: number) => string;
    readonly container: Readonly<Record<AudioContainer, string>>;
    readonly queuedTitle: string;
    readonly queuedBefore: (count: number) => string;
    readonly working: Readonly<Record<'reading' | 'decoding' | 'preparing', string>>;
    readonly cancelledText: string;
    readonly technical: string;
    readonly pictureGone: string;
    readonly copyJson: string;
    readonly copied: string;
    readonly saving: string;
    readonly saved: (fileName: string) => string;
    readonly copyFailed: string;
    readonly notesTitle: string;
  };

  readonly spectrogram: {
    readonly title: string;
    readonly describe: (name: string, duration: string) => string;
    readonly level: string;
    readonly levelUnder: string;
    readonly overlay: string;
    readonly overlayDetail: string;
    readonly opacity: string;
    readonly evenAttention: string;
    readonly overlayLater: string;
  };

  readonly windows: {
    readonly name: (index: number) => string;
    readonly span: (start: string, end: string) => string;
  };

  readonly predictions: {
    readonly title: string;
    readonly forTrack: (windows: number) => string;
    readonly partial: (done: number, total: number) => string;
    /** How many windows have the track's first genre as their own. */
    readonly agreement: (agreeing: number, windows: number) => string;
    readonly genre: string;
    readonly confidence: string;
    readonly rank: string;
    readonly experimental: string;
    readonly experimentalDetail: string;
    readonly showAll: string;
    readonly showFive: string;
    readonly silentWindow: string;
    readonly waiting: string;
    readonly chart: (genres: number) => string;
  };

  readonly status: {
    readonly title: string;
    readonly model: string;
    readonly version: (version: string) => string;
    readonly progress: Readonly<Record<Exclude<ModelLoadProgress['stage'], 'download'>, string>>;
    readonly download: (loaded: string, total: string) => string;
    readonly idle: string;
    readonly failed: string;
    readonly threads: (count: number) => string;
    readonly details: string;
    readonly closeDetails: string;
    readonly retry: string;
    readonly why: string;
    readonly outcome: Readonly<Record<BackendAttempt['outcome'], string>>;
    readonly timings: string;
    readonly timing: Readonly<Record<TimingName, string>>;
    readonly loading: string;
    readonly loadTiming: Readonly<
      Record<'manifestMs' | 'weightsMs' | 'verifyMs' | 'sessionMs' | 'goldenMs', string>
    >;
    readonly stored: Readonly<Record<'opfs' | 'cache-storage' | 'not-stored', string>>;
    readonly fromCache: string;
    readonly downloaded: string;
    readonly total: (time: string) => string;
    readonly noTimings: string;
    readonly licence: string;
  };

  readonly crash: { readonly title: string; readonly advice: string; readonly reload: string };
}
