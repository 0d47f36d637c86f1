import { windowOf } from '#core/audio/windows.ts';
import { analysisError, type AnalysisError } from '#core/errors.ts';
import type { AttentionShape } from '#core/explain/classAttention.ts';
import type { InferencePort } from '#core/model/engine.ts';
import type { ModelManifest } from '#core/model/manifest.ts';
import { err, ok, type Result } from '#core/result.ts';
import { action, always, command } from '#state/actions/action.ts';
import { noAttention } from '#state/attention.ts';
import { selectedJob, type Job } from '#state/jobs.ts';
import type { ViewState } from '#state/view.ts';
import type { Workbench } from '#state/workbench.ts';

/** Windows whose attention is kept at once: 110 kB each for a ViT-B. */
export const mostAttentionWindows = 64;

/** Windows of the selected job that the explorer shows: the selected one, else those in view, else all; at most 64. */
export function exploredWindows(bench: Workbench): readonly number[] {
  const { selectedWindow } = bench.jobs.getState();
  const job = selectedJob(bench.jobs.getState());
  if (job?.phase.kind !== 'done') return [];
  const { viewport } = bench.view.getState();
  return job.phase.report.windows
    .filter((window) => {
      if (window.silent) return false;
      if (selectedWindow !== null) return window.index === selectedWindow;
      return (
        viewport === null ||
        (window.startSeconds < viewport.endSeconds && window.endSeconds > viewport.startSeconds)
      );
    })
    .slice(0, mostAttentionWindows)
    .map((window) => window.index);
}

const hasPicture = (bench: Workbench): boolean => {
  const job = selectedJob(bench.jobs.getState());
  return job?.phase.kind === 'done' && job.phase.prepared !== null;
};

function shapeOf({ architecture }: ModelManifest): AttentionShape {
  const { heads, layers, imageSize, patchSize } = architecture;
  return { heads, layers, tokens: 1 + (imageSize / patchSize) ** 2 };
}

/** The engine of the model that made the result; attention of another model would not explain it. */
async function engineOf(
  bench: Workbench,
  model: { readonly id: string; readonly sha256: string },
): Promise<Result<{ readonly engine: InferencePort; readonly manifest: ModelManifest }, AnalysisError>> {
  const port = await bench.session.port();
  if (!port.ok) return port;
  const { manifest } = port.value;
  if (manifest.weights.sha256 !== model.sha256)
    return err(
      analysisError('model-missing', `the result was made by ${model.id}, not by ${manifest.id}`, {
        model: model.id,
      }),
    );
  const engine = await port.value.engine();
  return engine.ok ? ok({ engine: engine.value, manifest }) : engine;
}

/** One window after another until all that are looked at are known. */
async function askWindows(bench: Workbench, job: Job): Promise<AnalysisError | null> {
  const { attention } = bench;
  if (job.phase.kind !== 'done' || job.phase.prepared === null) return null;
  const { report, prepared } = job.phase;
  const opened = await engineOf(bench, report.model);
  if (!opened.ok) return opened.error;
  const { engine, manifest } = opened.value;
  const shape = shapeOf(manifest);
  for (;;) {
    const selected = selectedJob(bench.jobs.getState());
    if (selected?.id !== job.id || bench.view.getState().attention === null) return null;
    const known = attention.getState().byWindow;
    // Asked anew each time: the person may look elsewhere by now.
    const window = report.windows[exploredWindows(bench).find((index) => !known.has(index)) ?? -1];
    if (window === undefined) return null;
    const windowDb = windowOf(prepared.logMel, window.startFrame, report.model.frontEnd);
    const asked = await engine.infer(windowDb, { classAttention: true });
    if (attention.getState().jobId !== job.id) return null;
    if (!asked.ok) return asked.error;
    const { classAttention } = asked.value;
    if (classAttention === undefined) throw new Error('the engine left out the attention it was asked for');
    attention.setState((state) => ({
      shape,
      // The oldest go first.
      byWindow: new Map(
        [...state.byWindow, [window.index, classAttention] as const].slice(-mostAttentionWindows),
      ),
    }));
  }
}

/**
 * Asks the network again for the attention of the windows that are looked at; what is known is not asked again. Needs
 * the spectrogram and the model that made the result.
 */
export const loadAttention = action({
  name: 'loadAttention',
  enabled: (bench) => hasPicture(bench) && !bench.attention.getState().loading,
  effect: async (bench): Promise<void> => {
    const job = selectedJob(bench.jobs.getState());
    const { attention } = bench;
    if (job === null || !hasPicture(bench)) return;
    if (attention.getState().jobId !== job.id) attention.setState({ ...noAttention, jobId: job.id });
    if (attention.getState().loading) return;
    attention.setState({ loading: true, error: null });
    const error = await askWindows(bench, job);
    if (attention.getState().jobId === job.id) attention.setState({ loading: false, error });
  },
});

/** Lays one layer's or head's attention over the picture; null goes back to the rollout. */
export const chooseAttention = action({
  name: 'chooseAttention',
  enabled: always,
  effect: (bench, choice: ViewState['attention']) => {
    bench.view.setState({ attention: choice });
    if (choice !== null) void loadAttention.effect(bench);
  },
});

/** Opens the explorer with the last layer, the nearest to the answer, or goes back to the rollout. */
export const exploreAttention = command({
  name: 'exploreAttention',
  group: 'view',
  icon: 'layers',
  keys: [{ key: 'y' }],
  enabled: hasPicture,
  effect: (bench) => {
    const { attention } = bench.view.getState();
    const layers = bench.model.getState().manifest?.architecture.layers ?? 1;
    chooseAttention.effect(bench, attention === null ? { layer: layers - 1, head: 'mean' } : null);
  },
});

export const attentionCommands = [exploreAttention] as const;
