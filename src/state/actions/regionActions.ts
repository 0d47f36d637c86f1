import { analyseStretch } from '#core/pipeline/analyseStretch.ts';
import { action, command } from '#state/actions/action.ts';
import { preparedOf, selectedJob } from '#state/jobs.ts';
import type { Region } from '#state/view.ts';
import type { Workbench } from '#state/workbench.ts';

/** What is running for the box, so that a newer box stops it. */
const running = new WeakMap<Workbench, AbortController>();

function stop(bench: Workbench): void {
  running.get(bench)?.abort();
  running.delete(bench);
}

/** Puts the box somewhere, or takes it away; what was found for the old one goes with it. */
export const setRegion = action({
  name: 'setRegion',
  enabled: (bench) => selectedJob(bench.jobs.getState()) !== null,
  effect: (bench, region: Region | null) => {
    stop(bench);
    bench.view.setState({ region, regionResult: { kind: 'none' } });
  },
});

/** Reads just the stretch of the box with the current model, as if it were a track. */
export const analyseRegion = command({
  name: 'analyseRegion',
  group: 'view',
  icon: 'retry',
  keys: [{ key: 'r' }],
  enabled: (bench) => {
    const job = selectedJob(bench.jobs.getState());
    const { region, regionResult } = bench.view.getState();
    return (
      job?.phase.kind === 'done' &&
      job.phase.prepared !== null &&
      region !== null &&
      regionResult.kind !== 'running'
    );
  },
  effect: async (bench) => {
    const job = selectedJob(bench.jobs.getState());
    const { region } = bench.view.getState();
    const prepared = job === null ? null : preparedOf(job.phase);
    if (!analyseRegion.enabled(bench) || region === null || prepared === null) return;
    stop(bench);
    const abort = new AbortController();
    running.set(bench, abort);
    bench.view.setState({ regionResult: { kind: 'running' } });
    const model = await bench.session.port();
    const engine = model.ok ? await model.value.engine() : model;
    const read =
      model.ok && engine.ok
        ? await analyseStretch(
            prepared.logMel,
            region.startSeconds,
            region.endSeconds,
            model.value.manifest,
            engine.value,
            abort.signal,
          )
        : engine;
    // A newer box, or another file, has taken over meanwhile.
    if (abort.signal.aborted || bench.view.getState().region !== region) return;
    running.delete(bench);
    if (!read.ok || !model.ok || !('track' in read.value)) {
      if (!read.ok) bench.view.setState({ regionResult: { kind: 'failed', error: read.error } });
      return;
    }
    const { id, labels } = model.value.manifest;
    const { track, windows } = read.value;
    bench.view.setState({
      regionResult: { kind: 'done', region, track, windows, model: { id, labels } },
    });
  },
});

export const regionCommands = [analyseRegion] as const;
