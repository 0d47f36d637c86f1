import { action, always, command } from '#state/actions/action.ts';
import { isPending } from '#state/jobs.ts';
import type { Workbench } from '#state/workbench.ts';

/** True while a file is worked on or waits for its turn: the page must not be loaded again. */
export const isAtWork = (bench: Workbench): boolean =>
  Object.values(bench.jobs.getState().jobs).some(isPending);

/** True while a page that is closed or loaded again takes something with it: waiting files, or what is not stored yet. */
export const wouldLoseWork = (bench: Workbench): boolean =>
  isAtWork(bench) || bench.librarySession.isStoring();

/** Starts to listen to what the host says about installing and new versions. */
export const watchVersion = action({
  name: 'watchVersion',
  enabled: always,
  effect: (bench) => {
    bench.ports.offline.watch((version) =>
      bench.offline.setState(({ updateReady }) => ({
        ...version,
        // A newer version is news again.
        ...(version.updateReady && !updateReady ? { dismissed: false } : {}),
      })),
    );
    // A wish is fulfilled when the last file is done; results are in the library by then.
    bench.jobs.subscribe(() => {
      const { updateWished, updateReady } = bench.offline.getState();
      if (!updateWished || !updateReady || isAtWork(bench)) return;
      bench.offline.setState({ updateWished: false });
      void bench.runner.idle().then(() => bench.ports.offline.update());
    });
  },
});

/** Loads the new version: now, or, while files are worked on, when the last of them is done. */
export const updatePage = action({
  name: 'updatePage',
  enabled: (bench) => bench.offline.getState().updateReady,
  effect: async (bench) => {
    if (!updatePage.enabled(bench)) return;
    if (isAtWork(bench)) bench.offline.setState({ updateWished: true });
    else await bench.ports.offline.update();
  },
});

/** Goes on with the version that runs. A wish to change later is taken back. */
export const dismissUpdate = action({
  name: 'dismiss',
  enabled: always,
  effect: (bench) => bench.offline.setState({ dismissed: true, updateWished: false }),
});

export const offlineCommands = [
  command({
    name: 'installPage',
    group: 'page',
    icon: 'install',
    keys: [],
    enabled: (bench) => bench.offline.getState().installable,
    effect: (bench) => bench.ports.offline.install(),
  }),
] as const;
