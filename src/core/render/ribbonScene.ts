import type { Ribbon } from '#core/render/ribbon.ts';

/** Where the ribbon is drawn: a stretch of time onto a rectangle, in the units of the pen (device or CSS pixels). */
export interface RibbonFrame {
  readonly startSeconds: number;
  readonly endSeconds: number;
  readonly width: number;
  readonly height: number;
}

/** One step of a band. y grows downwards, 0 is the top of the ribbon. */
export interface RibbonStep {
  readonly x: number;
  readonly width: number;
  readonly y: number;
  readonly height: number;
}

export interface RibbonBand {
  /** Place in the stack: 0 is the bottom; `leading.length` is the rest. */
  readonly place: number;
  /** Label id; null is the rest. */
  readonly genre: string | null;
  readonly steps: readonly RibbonStep[];
  /** The widest stretch in which a name of `labelHeight` fits between the edges of the band; null where there is none. */
  readonly room: RibbonStep | null;
}

/**
 * Lays the seen part of a ribbon out, band by band. Edges in time fall on whole units, so that neighbours share them
 * and no seam shows; what is narrower than a unit is left out.
 *
 * @param labelHeight height that a name needs
 */
export function ribbonBands(ribbon: Ribbon, frame: RibbonFrame, labelHeight: number): RibbonBand[] {
  const { startSeconds, endSeconds, width, height } = frame;
  const span = endSeconds - startSeconds;
  if (!(span > 0) || width <= 0 || height <= 0) return [];
  const toX = (seconds: number): number =>
    Math.min(width, Math.max(0, Math.round(((seconds - startSeconds) / span) * width)));
  const places = ribbon.leading.length + 1;
  const steps = Array.from({ length: places }, (): RibbonStep[] => []);
  for (const moment of ribbon.moments) {
    if (moment.endSeconds <= startSeconds || moment.startSeconds >= endSeconds) continue;
    const x = toX(moment.startSeconds);
    const stepWidth = toX(moment.endSeconds) - x;
    if (moment.shares === null || stepWidth <= 0) continue;
    let below = 0;
    for (const [place, share] of moment.shares.entries()) {
      const top = Math.min(1, below + share);
      steps[place]?.push({ x, width: stepWidth, y: (1 - top) * height, height: (top - below) * height });
      below = top;
    }
  }
  return steps.map((own, place) => ({
    place,
    genre: ribbon.leading[place] ?? null,
    steps: own,
    room: widestRoom(own, labelHeight),
  }));
}

/** Runs of touching steps whose common height is enough; greedy from left to right, the widest is taken. */
function widestRoom(steps: readonly RibbonStep[], needed: number): RibbonStep | null {
  let best: RibbonStep | null = null;
  let run: RibbonStep | null = null;
  for (const step of steps) {
    let joined: RibbonStep | null = null;
    if (run !== null && run.x + run.width === step.x) {
      const y = Math.max(run.y, step.y);
      const height: number = Math.min(run.y + run.height, step.y + step.height) - y;
      if (height >= needed) joined = { x: run.x, width: run.width + step.width, y, height };
    }
    run = joined ?? (step.height >= needed ? step : null);
    if (run !== null && run.width > (best?.width ?? 0)) best = run;
  }
  return best;
}
