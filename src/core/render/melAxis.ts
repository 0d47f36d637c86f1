import { hertzToMel, melToHertz } from '#core/dsp/melFilterbank.ts';
import type { FrontEnd } from '#core/model/manifest.ts';
import { noteName, noteHertz } from '#core/render/notes.ts';
import type { AxisTick } from '#core/render/axes.ts';

/**
 * The frequency axis of a picture whose rows are mel bands. Places on it are bands counted from the lower edge of the
 * lowest row: row b reaches from b to b + 1, and its middle is the band's centre, mel point b + 1 of nMels + 2 evenly
 * spaced ones (librosa 0.11 `mel_frequencies`, Slaney's scale).
 */

type MelRange = Pick<FrontEnd, 'fMin' | 'fMax' | 'nMels'>;

const melStep = ({ fMin, fMax, nMels }: MelRange): number =>
  (hertzToMel(fMax) - hertzToMel(fMin)) / (nMels + 1);

/** Place of a frequency, 0 to nMels inside the picture and beyond them outside; hertz in. */
export const bandOfHertz = (hertz: number, range: MelRange): number =>
  (hertzToMel(hertz) - hertzToMel(range.fMin)) / melStep(range) - 0.5;

/** The frequency at a place, in hertz; never under fMin or over fMax. */
export const hertzOfBand = (band: number, range: MelRange): number =>
  Math.min(
    range.fMax,
    Math.max(range.fMin, melToHertz(hertzToMel(range.fMin) + (band + 0.5) * melStep(range))),
  );

/** Frequencies that may be labelled, the roundest first: closer zooms reach the later lists. */
const candidates: readonly (readonly number[])[] = [
  [0, 100, 1000, 10_000],
  [200, 500, 2000, 5000, 20_000],
  [300, 1500, 3000, 4000, 8000, 15_000],
  every(100, 1000),
  every(1000, 24_000),
  every(50, 1000),
  every(500, 24_000),
  every(100, 5000),
  every(10, 1000),
];

function every(step: number, to: number): readonly number[] {
  return Array.from({ length: Math.floor(to / step) }, (_, index) => (index + 1) * step);
}

/** `position` is the place in the visible part, 0 at the bottom, 1 at the top. */
interface Placed {
  readonly value: number;
  readonly position: number;
}

function place(hertz: number, range: MelRange, lowBand: number, highBand: number): Placed | null {
  if (hertz < range.fMin || hertz > range.fMax) return null;
  // fMin itself is half a row under the picture; it is drawn at the edge.
  const band = Math.max(0, bandOfHertz(hertz, range));
  const position = (band - lowBand) / (highBand - lowBand);
  return position >= 0 && position <= 1 ? { value: hertz, position } : null;
}

/**
 * Ticks at round frequencies of the visible bands, rising, none nearer than `minGap` (of the axis) to another; where
 * there is not room for all, the rounder ones stay.
 */
export function frequencyTicksIn(
  range: MelRange,
  lowBand: number,
  highBand: number,
  minGap: number,
): AxisTick[] {
  const kept: Placed[] = [];
  for (const [index, list] of candidates.entries()) {
    // Less round ones only where there is a lot of room.
    const gap = index < 3 ? minGap : 1.7 * minGap;
    for (const hertz of list) {
      const placed = place(hertz, range, lowBand, highBand);
      if (placed === null) continue;
      if (kept.every((other) => Math.abs(other.position - placed.position) >= gap)) kept.push(placed);
    }
  }
  return kept
    .toSorted((a, b) => a.value - b.value)
    .map((tick) => ({
      ...tick,
      label: tick.value >= 1000 ? `${tick.value / 1000}k` : String(tick.value),
    }));
}

/** Ticks at the notes C of the visible bands (A4 = 440 Hz), from C1 to C9, rising, none nearer than `minGap`. */
export function octaveTicksIn(
  range: MelRange,
  lowBand: number,
  highBand: number,
  minGap: number,
): AxisTick[] {
  const ticks: AxisTick[] = [];
  for (let octave = 9; octave >= 1; octave -= 1) {
    const midi = 12 * (octave + 1);
    const placed = place(noteHertz(midi), range, lowBand, highBand);
    const above = ticks.at(-1)?.position ?? Number.POSITIVE_INFINITY;
    // From the top, where octaves are far apart on the mel scale.
    if (placed !== null && above - placed.position >= minGap)
      ticks.push({ ...placed, label: noteName(midi) });
  }
  return ticks.toReversed();
}
