import { describe, expect, it } from 'vitest';
import { formatClock, frequencyTicks, timeTicks, timeTicksIn } from '#core/render/axes.ts';

describe('time axis', () => {
  it('ticks stand at round times, in proportion, and are never more than asked for', () => {
    for (const duration of [0.1, 3, 10.4, 61, 237, 3600, 7200]) {
      const ticks = timeTicks(duration, 8);
      expect(ticks.length).toBeLessThanOrEqual(9);
      expect(ticks.length).toBeGreaterThanOrEqual(2);
      for (const tick of ticks) expect(tick.position).toBeCloseTo(tick.value / duration, 12);
    }
  });

  it('a visible part has round ticks inside it, all with different labels', () => {
    for (const span of [0.3, 0.6, 2, 9, 75, 4000])
      for (const start of [0, 3.217, 59.99, 6000.5]) {
        const ticks = timeTicksIn(start, start + span, 8);
        expect(ticks.length).toBeLessThanOrEqual(9);
        expect(ticks.length).toBeGreaterThanOrEqual(2);
        for (const tick of ticks) {
          expect(tick.position).toBeGreaterThanOrEqual(-1e-9);
          expect(tick.position).toBeLessThanOrEqual(1 + 1e-9);
          expect(start + tick.position * span).toBeCloseTo(tick.value, 9);
        }
        expect(new Set(ticks.map((tick) => tick.label)).size).toBe(ticks.length);
      }
  });

  it('clock labels', () => {
    expect(formatClock(61.234, 0.001)).toBe('1:01.234');
    expect(formatClock(61.23, 0.02)).toBe('1:01.23');
    expect(formatClock(7)).toBe('0:07');
    expect(formatClock(7.25, 0.1)).toBe('0:07.3');
    expect(formatClock(59.96, 0.1)).toBe('1:00.0');
    expect(formatClock(3723)).toBe('1:02:03');
  });

  it('no sound has one tick', () => {
    expect(timeTicks(0, 8)).toHaveLength(1);
  });
});

describe('mel axis', () => {
  const frontEnd = { fMin: 0, fMax: 11_025, nMels: 224 };
  // Centres of bands 0, 74, 149 and 223 of librosa 0.11 mel_frequencies(226, fmin=0, fmax=11025)[1:-1], computed with its
  // formulas: mel = f / 66.67 below 1 kHz, 15 + ln(f / 1000) / (ln 6.4 / 27) above.
  const melMax = 15 + Math.log(11.025) / (Math.log(6.4) / 27);
  const centre = (band: number): number => {
    const mel = ((band + 1) * melMax) / 225;
    return mel < 15 ? (mel * 200) / 3 : 1000 * Math.exp(((mel - 15) * Math.log(6.4)) / 27);
  };

  it('a tick stands on the row of the band whose centre it is', () => {
    for (const tick of frequencyTicks(frontEnd).filter((candidate) => candidate.value > 0)) {
      const row = tick.position * 224 - 0.5;
      const below = centre(Math.floor(row));
      const above = centre(Math.ceil(row) + (Number.isInteger(row) ? 1 : 0));
      expect(tick.value).toBeGreaterThanOrEqual(below - 1e-6);
      expect(tick.value).toBeLessThanOrEqual(above + 1e-6);
    }
  });

  it('ticks keep the distance that is asked for', () => {
    const ticks = frequencyTicks(frontEnd, 0.08);
    for (const [index, tick] of ticks.entries())
      expect(tick.position - (ticks[index - 1]?.position ?? -1)).toBeGreaterThanOrEqual(0.08);
    expect(ticks.length).toBeLessThan(frequencyTicks(frontEnd).length);
  });

  it('rises, starts at the bottom and stays inside', () => {
    const ticks = frequencyTicks(frontEnd);
    expect(ticks[0]).toMatchObject({ position: 0, value: 0, label: '0' });
    expect(ticks.map((tick) => tick.label)).toContain('5k');
    for (const [index, tick] of ticks.entries())
      expect(tick.position).toBeGreaterThan(ticks[index - 1]?.position ?? -1);
    expect(ticks.at(-1)?.position).toBeLessThanOrEqual(1);
  });
});
