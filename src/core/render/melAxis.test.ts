import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { melFrequencies } from '#core/dsp/melFilterbank.ts';
import { frequencyTicks } from '#core/render/axes.ts';
import { bandOfHertz, frequencyTicksIn, hertzOfBand, octaveTicksIn } from '#core/render/melAxis.ts';
import { nearestNote, noteHertz, noteName } from '#core/render/notes.ts';

const range = { fMin: 0, fMax: 11_025, nMels: 224 };

describe('places on the mel axis', () => {
  it("a band's middle is its centre frequency", () => {
    const edges = melFrequencies(224, 0, 11_025);
    for (const band of [0, 1, 74, 149, 223]) {
      expect(bandOfHertz(edges[band + 1]!, range)).toBeCloseTo(band + 0.5, 9);
      expect(hertzOfBand(band + 0.5, range)).toBeCloseTo(edges[band + 1]!, 6);
    }
  });

  it('there and back again, inside the range', () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 11_025, noNaN: true }), (hertz) => {
        expect(hertzOfBand(bandOfHertz(hertz, range), range)).toBeCloseTo(hertz, 6);
      }),
    );
    expect(hertzOfBand(-5, range)).toBe(0);
    expect(hertzOfBand(500, range)).toBe(11_025);
  });
});

describe('ticks of the visible bands', () => {
  it('stand where the whole axis has them', () => {
    const whole = new Map(frequencyTicks(range).map((tick) => [tick.value, tick.position]));
    for (const tick of frequencyTicksIn(range, 0, 224, 0.05))
      if (whole.has(tick.value)) expect(tick.position).toBeCloseTo(whole.get(tick.value)!, 9);
  });

  it('keep their distance, rise, lie inside, and a closer view has finer ones', () => {
    const band = fc.tuple(
      fc.double({ min: 0, max: 200, noNaN: true }),
      fc.double({ min: 16, max: 224, noNaN: true }),
    );
    fc.assert(
      fc.property(band, ([low, span]) => {
        const high = Math.min(224, low + span);
        const ticks = frequencyTicksIn(range, low, high, 0.06);
        expect(ticks.length).toBeGreaterThanOrEqual(2);
        for (const [index, tick] of ticks.entries()) {
          expect(tick.position).toBeGreaterThanOrEqual(0);
          expect(tick.position).toBeLessThanOrEqual(1);
          const below = ticks[index - 1];
          if (below !== undefined)
            expect(tick.position - below.position).toBeGreaterThanOrEqual(0.06 - 1e-12);
        }
      }),
    );
    expect(frequencyTicksIn(range, 0, 224, 0.06).map((tick) => tick.label)).toEqual(
      expect.arrayContaining(['0', '500', '1k', '2k', '5k', '10k']),
    );
    expect(frequencyTicksIn(range, 0, 20, 0.08).map((tick) => tick.value)).toContain(200);
  });

  it('notes are octaves of C', () => {
    const ticks = octaveTicksIn(range, 0, 224, 0.02);
    expect(ticks.at(-1)?.label).toBe('C9');
    expect(ticks.map((tick) => tick.label)).toContain('C4');
    expect(ticks.find((tick) => tick.label === 'C4')?.value).toBeCloseTo(261.6256, 3);
    for (const [index, tick] of ticks.entries())
      if (index > 0) expect(Math.log2(tick.value / ticks[index - 1]!.value) % 1).toBeCloseTo(0, 9);
  });
});

describe('notes', () => {
  it('A4 is 440 Hz, and names follow the octave of C', () => {
    expect(noteHertz(69)).toBe(440);
    expect([noteName(60), noteName(59), noteName(21), noteName(108)]).toEqual(['C4', 'B3', 'A0', 'C8']);
  });

  it('the nearest note is within half a semitone', () => {
    fc.assert(
      fc.property(fc.double({ min: 10, max: 20_000, noNaN: true }), (hertz) => {
        const note = nearestNote(hertz)!;
        expect(Math.abs(note.cents)).toBeLessThanOrEqual(50);
      }),
    );
    expect(nearestNote(440)).toEqual({ name: 'A4', cents: 0 });
    expect(nearestNote(445)).toEqual({ name: 'A4', cents: 20 });
    expect(nearestNote(0)).toBeNull();
  });
});
