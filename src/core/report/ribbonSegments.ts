import type { AnalysisReport, WindowResult } from '#core/report/report.ts';
import { windowCells } from '#core/report/windowCells.ts';

/** A run of consecutive windows with the same best genre. */
export interface RibbonSegment {
  readonly startSeconds: number;
  readonly endSeconds: number;
  /** Label id. */
  readonly genre: string;
  /** Mean over the run's windows of this genre's probability, 0..1. */
  readonly probability: number;
  readonly windows: number;
}

/**
 * The track as label tracks say it: stretches in the order of time that do not overlap. Windows overlap by half, so a
 * moment is given to the window whose middle is nearest (`windowCells`). Silent windows belong to no segment and end the
 * one before them; a gap between windows does the same.
 */
export function ribbonSegments(report: Pick<AnalysisReport, 'windows'>): RibbonSegment[] {
  const segments: RibbonSegment[] = [];
  let run: {
    readonly startSeconds: number;
    endSeconds: number;
    genre: string;
    sum: number;
    windows: number;
  } | null = null;
  const close = (): void => {
    if (run === null) return;
    const { startSeconds, endSeconds, genre, sum, windows } = run;
    segments.push({ startSeconds, endSeconds, genre, probability: sum / windows, windows });
    run = null;
  };
  for (const { window, startSeconds, endSeconds } of windowCells(report.windows)) {
    const best = bestOf(window);
    if (best === null) {
      close();
      continue;
    }
    if (run !== null && run.genre === best.genre && startSeconds - run.endSeconds < 1e-6) {
      run.endSeconds = endSeconds;
      run.sum += best.probability;
      run.windows += 1;
      continue;
    }
    close();
    run = { startSeconds, endSeconds, genre: best.genre, sum: best.probability, windows: 1 };
  }
  close();
  return segments;
}

function bestOf(window: WindowResult): WindowResult['predictions'][number] | null {
  return window.silent ? null : (window.predictions[0] ?? null);
}
