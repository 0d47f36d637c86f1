import type { DescriptorName } from '#core/descriptors/trackDescriptors.ts';

/** How a descriptor is drawn: the ends of its bar, and the part of it that recorded music usually takes. */
export interface DescriptorRange {
  readonly lowest: number;
  readonly highest: number;
  readonly usual: readonly [number, number];
  readonly isLogarithmic?: boolean;
  /** Digits after the point; null is two significant ones. */
  readonly digits: number | null;
}

/** The usual ranges are rough: where about four of five of the recordings at hand and of the literature's examples lie. */
export const descriptorRanges: Readonly<Record<DescriptorName, DescriptorRange>> = {
  tempoBpm: { lowest: 40, highest: 220, usual: [70, 160], digits: 0 },
  spectralCentroidHz: { lowest: 200, highest: 8000, usual: [800, 3000], isLogarithmic: true, digits: 0 },
  spectralFlatness: { lowest: 1e-5, highest: 1, usual: [0.0005, 0.05], isLogarithmic: true, digits: null },
  spectralIrregularity: { lowest: 0, highest: 2, usual: [0.4, 1.3], digits: 2 },
  lowBandRhythmicContrastDb: { lowest: 0, highest: 60, usual: [8, 28], digits: 1 },
  percussiveToHarmonicDb: { lowest: -40, highest: 20, usual: [-15, 0], digits: 1 },
  integratedLoudnessLufs: { lowest: -40, highest: 0, usual: [-20, -8], digits: 1 },
};

/** Where a value stands on its bar, 0 to 1. */
export function placeInRange(value: number, { lowest, highest, isLogarithmic }: DescriptorRange): number {
  const scale = isLogarithmic === true ? (x: number) => Math.log(Math.max(x, lowest)) : (x: number) => x;
  const place = (scale(value) - scale(lowest)) / (scale(highest) - scale(lowest));
  return Math.min(1, Math.max(0, place));
}

/** Digits after the point that show a value well. */
export function digitsFor(value: number, { digits }: DescriptorRange): number {
  if (digits !== null) return digits;
  return value > 0 ? Math.min(6, Math.max(1, 1 - Math.floor(Math.log10(value)))) : 1;
}
