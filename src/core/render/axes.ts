import type { FrontEnd } from '#core/model/manifest.ts';

export interface AxisTick {
  /** Position along the axis, 0..1: left to right for time, bottom to top for frequency. */
  readonly position: number;
  /** Seconds or hertz. */
  readonly value: number;
  readonly label: string;
}

const timeSteps = [
  0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800,
  3600,
];

/** A time as a ruler shows it: 0:07, 1:02:03, with decimals only where `step` needs them. Seconds in. */
export function formatClock(seconds: number, step = 1): string {
  const decimals = step >= 1 ? 0 : step >= 0.1 ? 1 : step >= 0.01 ? 2 : 3;
  const units = 10 ** decimals;
  const total = Math.round(seconds * units) / units;
  const hours = Math.floor(total / 3600);
  const minutes = Math.floor((total % 3600) / 60);
  const rest = (total % 60).toFixed(decimals).padStart(decimals === 0 ? 2 : 3 + decimals, '0');
  return hours > 0 ? `${hours}:${String(minutes).padStart(2, '0')}:${rest}` : `${minutes}:${rest}`;
}

/**
 * Ticks of a time axis that starts at 0 and is `durationSeconds` long, at round steps, at most `maxTicks` of them.
 * Durations of 0 or less give one tick at 0.
 */
export function timeTicks(durationSeconds: number, maxTicks: number): AxisTick[] {
  if (!(durationSeconds > 0)) return [{ position: 0, value: 0, label: formatClock(0) }];
  const step = Math.max(0.1, timeStep(durationSeconds, maxTicks));
  return ticksAt(0, durationSeconds, step);
}

/** Ticks of the visible part of a time axis, `startSeconds` < `endSeconds`, at multiples of a round step. */
export function timeTicksIn(startSeconds: number, endSeconds: number, maxTicks: number): AxisTick[] {
  return ticksAt(startSeconds, endSeconds, timeStep(endSeconds - startSeconds, maxTicks));
}

function timeStep(span: number, maxTicks: number): number {
  const wanted = span / Math.max(1, maxTicks);
  return timeSteps.find((candidate) => candidate >= wanted) ?? 3600 * Math.ceil(wanted / 3600);
}

function ticksAt(startSeconds: number, endSeconds: number, step: number): AxisTick[] {
  const ticks: AxisTick[] = [];
  const span = endSeconds - startSeconds;
  for (let index = Math.ceil(startSeconds / step - 1e-9); index * step <= endSeconds + 1e-9; index++) {
    const value = index * step;
    ticks.push({ position: (value - startSeconds) / span, value, label: formatClock(value, step) });
  }
  return ticks;
}

// Slaney's mel scale (librosa 0.11 hz_to_mel, htk=False): linear below 1 kHz, logarithmic above.
function hzToMelPosition(frequency: number): number {
  const linearStep = 200 / 3;
  return frequency < 1000 ? frequency / linearStep : 15 + Math.log(frequency / 1000) / (Math.log(6.4) / 27);
}

const roundFrequencies = [0, 100, 200, 500, 1000, 2000, 3000, 5000, 8000, 10_000, 16_000, 20_000];

/**
 * Ticks of the mel axis at round frequencies. Band b of nMels is centred on mel point b + 1 of nMels + 2 equally spaced
 * ones (librosa 0.11 `mel_frequencies`), and one band is one pixel row: the position of a frequency is that of the row
 * whose centre it is. Frequencies whose row lies outside the picture are left out, 0 Hz is drawn at the bottom edge, and a
 * tick nearer than `minGap` (of the axis) to the one below it is left out.
 */
export function frequencyTicks(frontEnd: Pick<FrontEnd, 'fMin' | 'fMax' | 'nMels'>, minGap = 0): AxisTick[] {
  const low = hzToMelPosition(frontEnd.fMin);
  const step = (hzToMelPosition(frontEnd.fMax) - low) / (frontEnd.nMels + 1);
  const ticks: AxisTick[] = [];
  for (const value of roundFrequencies) {
    if (value < frontEnd.fMin || value > frontEnd.fMax) continue;
    const row = (hzToMelPosition(value) - low) / step - 1;
    const position = Math.max(0, (row + 0.5) / frontEnd.nMels);
    const below = ticks.at(-1)?.position ?? Number.NEGATIVE_INFINITY;
    if (position > 1 || position - below < minGap) continue;
    ticks.push({ position, value, label: value >= 1000 ? `${value / 1000}k` : String(value) });
  }
  return ticks;
}
