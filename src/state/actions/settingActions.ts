import { action, always } from '#state/actions/action.ts';
import type { HostNoticeCode } from '#core/model/loading.ts';
import { isRunning, withNewRun } from '#state/jobs.ts';
import type { Language, Theme } from '#state/settings.ts';

export const setLanguage = action({
  name: 'setLanguage',
  enabled: always,
  effect: (bench, language: Language) => bench.settings.setState({ language }),
});

export const setTheme = action({
  name: 'setTheme',
  enabled: always,
  effect: (bench, theme: Theme) => bench.settings.setState({ theme }),
});

export const setOverlayOpacity = action({
  name: 'setOverlayOpacity',
  enabled: always,
  effect: (bench, opacity: number) =>
    bench.settings.setState({ overlayOpacity: Math.min(1, Math.max(0, opacity)) }),
});

/** Uses another model from now on. What runs starts again with it; finished results keep the model they came from. */
export const setModel = action({
  name: 'setModel',
  enabled: (bench, modelId: string) => bench.model.getState().modelId !== modelId,
  effect: (bench, modelId: string) => {
    if (!setModel.enabled(bench, modelId)) return;
    bench.session.change(modelId);
    const { order, jobs } = bench.jobs.getState();
    for (const id of order) {
      const job = jobs[id];
      if (job === undefined || !isRunning(job)) continue;
      bench.jobs.setState((state) => withNewRun(state, id, { kind: 'queued' }));
      bench.runner.stop(id);
    }
    void bench.session.warmUp();
  },
});

/** Loads the model again after a failure. */
export const retryModel = action({
  name: 'retryModel',
  enabled: (bench) => bench.model.getState().phase.kind === 'failed',
  effect: (bench) => {
    bench.session.forgetFailure();
    void bench.session.warmUp();
  },
});

export const dismissNotice = action({
  name: 'dismiss',
  enabled: always,
  effect: (bench, code: HostNoticeCode) =>
    bench.model.setState((state) => ({ dismissed: [...state.dismissed, code] })),
});

/** Whether keys without Ctrl or Command mean commands. */
export const setLetterKeys = action({
  name: 'setLetterKeys',
  enabled: always,
  effect: (bench, letterKeys: boolean) => bench.settings.setState({ letterKeys }),
});

/** Whether a verdict goes on to the next file without one. */
export const setAdvanceAfterVerdict = action({
  name: 'setAdvanceAfterVerdict',
  enabled: always,
  effect: (bench, advanceAfterVerdict: boolean) => bench.settings.setState({ advanceAfterVerdict }),
});
