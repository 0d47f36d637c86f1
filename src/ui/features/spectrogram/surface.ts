import { bandOfHertz, hertzOfBand } from '#core/render/melAxis.ts';
import type { FrontEnd } from '#core/model/manifest.ts';
import type { Region, Viewport } from '#state/view.ts';

/** A place on the picture, 0..1 from the left and from the top. */
export interface Place {
  readonly x: number;
  readonly y: number;
}

type MelRange = Pick<FrontEnd, 'fMin' | 'fMax' | 'nMels'>;

export const secondsAt = ({ startSeconds, endSeconds }: Viewport, x: number): number =>
  startSeconds + x * (endSeconds - startSeconds);

export const bandAt = ({ lowBand, highBand }: Viewport, y: number): number =>
  highBand - y * (highBand - lowBand);

export const hertzAt = (viewport: Viewport, y: number, range: MelRange): number =>
  hertzOfBand(bandAt(viewport, y), range);

/** Where a moment and a frequency are seen; outside 0..1 where they are not. */
export const placeOf = (seconds: number, hertz: number, viewport: Viewport, range: MelRange): Place => ({
  x: (seconds - viewport.startSeconds) / (viewport.endSeconds - viewport.startSeconds),
  y: (viewport.highBand - bandOfHertz(hertz, range)) / (viewport.highBand - viewport.lowBand),
});

const inside = (value: number): number => Math.min(1, Math.max(0, value));

/** The box between two corners, cut at the edges of the picture. */
export function regionBetween(
  from: Place,
  to: Place,
  viewport: Viewport,
  range: MelRange,
  durationSeconds: number,
): Region {
  const left = secondsAt(viewport, inside(Math.min(from.x, to.x)));
  const right = secondsAt(viewport, inside(Math.max(from.x, to.x)));
  return {
    startSeconds: Math.max(0, left),
    endSeconds: Math.min(durationSeconds, right),
    lowHz: hertzAt(viewport, inside(Math.max(from.y, to.y)), range),
    highHz: hertzAt(viewport, inside(Math.min(from.y, to.y)), range),
  };
}

/** Which edges of a box are moved: all of them, or those named; -1 is left or bottom, 1 is right or top, 0 is neither. */
export interface Grip {
  readonly time: -1 | 0 | 1;
  readonly band: -1 | 0 | 1;
}

/**
 * A box moved (both of the grip are 0) or stretched by seconds and bands; it keeps inside the picture, its edges do not
 * cross, and it is never smaller than the least sizes.
 */
export function adjustRegion(
  region: Region,
  grip: Grip,
  by: { readonly seconds: number; readonly bands: number },
  range: MelRange,
  durationSeconds: number,
  least: { readonly seconds: number; readonly bands: number },
): Region {
  const [startSeconds, endSeconds] = moved(
    region.startSeconds,
    region.endSeconds,
    by.seconds,
    grip.time,
    grip.band !== 0,
    0,
    durationSeconds,
    least.seconds,
  );
  const [low, high] = moved(
    bandOfHertz(region.lowHz, range),
    bandOfHertz(region.highHz, range),
    by.bands,
    grip.band,
    grip.time !== 0,
    bandOfHertz(range.fMin, range),
    bandOfHertz(range.fMax, range),
    least.bands,
  );
  return { startSeconds, endSeconds, lowHz: hertzOfBand(low, range), highHz: hertzOfBand(high, range) };
}

function moved(
  start: number,
  end: number,
  by: number,
  edge: -1 | 0 | 1,
  isHeld: boolean,
  lowest: number,
  highest: number,
  least: number,
): readonly [number, number] {
  if (edge === -1) return [Math.max(lowest, Math.min(end - least, start + by)), end];
  if (edge === 1) return [start, Math.min(highest, Math.max(start + least, end + by))];
  if (isHeld) return [start, end];
  const shift = Math.max(lowest - start, Math.min(highest - end, by));
  return [start + shift, end + shift];
}

/** The grip of a box under a place, null outside it. Distances in CSS pixels of a picture of that size. */
export function gripAt(
  place: Place,
  region: Region,
  viewport: Viewport,
  range: MelRange,
  size: { readonly width: number; readonly height: number },
  reach = 7,
): Grip | null {
  const from = placeOf(region.startSeconds, region.lowHz, viewport, range);
  const to = placeOf(region.endSeconds, region.highHz, viewport, range);
  const x = place.x * size.width;
  const y = place.y * size.height;
  const left = from.x * size.width;
  const right = to.x * size.width;
  const bottom = from.y * size.height;
  const top = to.y * size.height;
  if (x < left - reach || x > right + reach || y < top - reach || y > bottom + reach) return null;
  const nearLeft = Math.abs(x - left) <= reach;
  const nearRight = Math.abs(x - right) <= reach;
  const nearTop = Math.abs(y - top) <= reach;
  const nearBottom = Math.abs(y - bottom) <= reach;
  return { time: nearRight ? 1 : nearLeft ? -1 : 0, band: nearTop ? 1 : nearBottom ? -1 : 0 };
}
