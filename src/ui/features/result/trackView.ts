import type { ModelLabel, FrontEnd } from '#core/model/manifest.ts';
import type { ModelManifest } from '#core/model/manifest.ts';
import type { PreparedTrack } from '#core/pipeline/ports.ts';
import type { AnalysisReport, TrackResult, WindowResult } from '#core/report/report.ts';
import { preparedOf, type JobPhase } from '#state/jobs.ts';

/** What the main view draws, whether the analysis is finished or still under way. */
export interface TrackView {
  readonly prepared: PreparedTrack | null;
  readonly windows: readonly WindowResult[];
  readonly windowsTotal: number | null;
  readonly track: TrackResult | null;
  readonly labels: readonly ModelLabel[];
  readonly model: ViewedModel | null;
  readonly report: AnalysisReport | null;
}

/** The part of a model that the picture and the overlay depend on. */
export interface ViewedModel {
  readonly frontEnd: FrontEnd;
  readonly imageSize: number;
  readonly patchSize: number;
}

export function trackView(phase: JobPhase, manifest: ModelManifest | null): TrackView {
  if (phase.kind === 'done') {
    const { report } = phase;
    return {
      prepared: phase.prepared,
      windows: report.windows,
      windowsTotal: report.windows.length,
      track: report.track,
      labels: report.model.labels,
      model: report.model,
      report,
    };
  }
  const analysing = phase.kind === 'analysing' ? phase : null;
  return {
    prepared: preparedOf(phase),
    windows: analysing?.windows ?? [],
    windowsTotal: analysing?.windowsTotal ?? null,
    track: analysing?.track ?? null,
    labels: manifest?.labels ?? [],
    model:
      manifest === null
        ? null
        : {
            frontEnd: manifest.frontEnd,
            imageSize: manifest.architecture.imageSize,
            patchSize: manifest.architecture.patchSize,
          },
    report: null,
  };
}
