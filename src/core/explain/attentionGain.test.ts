import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  attentionStft,
  createAttentionGain,
  fullAttention,
  gainOfAttention,
  silentAttention,
  weighByAttention,
  type TimedAttention,
} from '#core/explain/attentionGain.ts';
import { patchRowEdges, type AttentionMap } from '#core/explain/rolloutMap.ts';
import { acousticsenseFrontEnd } from '#core/testing/frontEnds.ts';

const rows = 14;
const frameSeconds = acousticsenseFrontEnd.hopLength / acousticsenseFrontEnd.sampleRate;
const nFrames = 130;
const rowEdgesHz = patchRowEdges(acousticsenseFrontEnd, rows);
const middleOf = (row: number): number => (rowEdgesHz[row]! + rowEdgesHz[row + 1]!) / 2;

function attention(value: (row: number, frame: number) => number): TimedAttention {
  const values = new Float32Array(rows * nFrames);
  for (let row = 0; row < rows; row += 1)
    for (let frame = 0; frame < nFrames; frame += 1) values[row * nFrames + frame] = value(row, frame);
  const map: AttentionMap = { values, rows, nFrames, rowEdgesHz };
  return { map, frameSeconds, startSeconds: 0 };
}

const seconds = 6;
const tone = (hz: number, sampleRate: number): Float32Array<ArrayBuffer> =>
  Float32Array.from({ length: seconds * sampleRate }, (_, n) =>
    Math.sin((2 * Math.PI * hz * n) / sampleRate),
  );
const levelDb = (samples: Float32Array, from: number, to: number, sampleRate: number): number => {
  const part = samples.subarray(Math.round(from * sampleRate), Math.round(to * sampleRate));
  return 10 * Math.log10(part.reduce((sum, x) => sum + x * x, 1e-20) / part.length / 0.5);
};

describe('gainOfAttention', () => {
  it('is 0 up to half, a half at even attention, 1 from twice', () => {
    expect([-1, 0, silentAttention, 1, fullAttention, 99, Number.NaN].map(gainOfAttention)).toEqual([
      0, 0, 0, 0.5, 1, 1, 0,
    ]);
  });

  it('rises, within 0 and 1', () => {
    const value = fc.double({ min: 0, max: 4, noNaN: true });
    fc.assert(
      fc.property(value, value, (a, b) => {
        const [low, high] = [gainOfAttention(Math.min(a, b)), gainOfAttention(Math.max(a, b))];
        expect(low).toBeGreaterThanOrEqual(0);
        expect(high).toBeLessThanOrEqual(1);
        expect(high).toBeGreaterThanOrEqual(low);
      }),
    );
  });
});

describe('weighByAttention', () => {
  it.each([
    [22_050, 3],
    [44_100, 0],
    [44_100, 7],
    [48_000, 13],
  ])('at %i Hz a tone in row %i stays where it is attended, and is gone where it is not', (rate, row) => {
    const hz = middleOf(row);
    const attended = weighByAttention(
      tone(hz, rate),
      rate,
      attention((r) => (r === row ? 3 : 0.2)),
    );
    expect(Math.abs(levelDb(attended, 0, seconds, rate))).toBeLessThan(0.5);
    const original = tone(hz, rate);
    const inside = attended.subarray(rate, (seconds - 1) * rate);
    expect(inside.every((x, i) => Math.abs(x - original[rate + i]!) < 0.06)).toBe(true);
    const unattended = weighByAttention(
      tone(hz, rate),
      rate,
      attention((r) => (r === row ? 0.4 : 3)),
    );
    expect(levelDb(unattended, 1, seconds - 1, rate)).toBeLessThan(-40);
  });

  it('even attention is 6 dB down everywhere that the network sees, and nothing above', () => {
    const rate = 44_100;
    const even = attention(() => 1);
    for (const hz of [60, 440, 3000, 10_000])
      expect(levelDb(weighByAttention(tone(hz, rate), rate, even), 0.5, 5.5, rate)).toBeCloseTo(-6.02, 1);
    expect(levelDb(weighByAttention(tone(16_000, rate), rate, even), 0.5, 5.5, rate)).toBeLessThan(-60);
  });

  it('follows the map in time, from where the sound begins in the track', () => {
    const rate = 22_050;
    const half = nFrames / 2;
    const second = attention((_, frame) => (frame >= half ? 2 : 0));
    const border = half * frameSeconds;
    const whole = weighByAttention(tone(1000, rate), rate, second);
    expect(levelDb(whole, 0, border - 0.3, rate)).toBeLessThan(-80);
    expect(Math.abs(levelDb(whole, border + 0.3, seconds, rate))).toBeLessThan(0.1);
    const late = weighByAttention(tone(1000, rate), rate, { ...second, startSeconds: border + 0.3 });
    expect(Math.abs(levelDb(late, 0, 2, rate))).toBeLessThan(0.1);
  });

  it('does not click where attention starts and ends', () => {
    const rate = 22_050;
    const blinking = attention((_, frame) => (Math.floor(frame / 16) % 2 === 0 ? 4 : 0));
    const result = weighByAttention(tone(200, rate), rate, blinking);
    // A click has energy everywhere: look at what is left over 2 kHz, far from the tone, by the third difference.
    let high = 0;
    let all = 0;
    for (let n = 3; n < result.length; n += 1) {
      const third = result[n]! - 3 * result[n - 1]! + 3 * result[n - 2]! - result[n - 3]!;
      high += third * third;
      all += result[n]! * result[n]!;
    }
    // A pure tone of 200 Hz has (2 sin(pi 200 / 22050))^6 of its power in the third difference: -74.7 dB.
    const pure = (2 * Math.sin((Math.PI * 200) / rate)) ** 6;
    expect(high / all / pure).toBeLessThan(1.1);
  });
});

describe('createAttentionGain', () => {
  it('is 0..1 and smooth: no step between bins or frames that are close together', () => {
    const rate = 44_100;
    const stft = attentionStft(rate);
    expect(stft).toEqual({ nFft: 4096, hopLength: 1024 });
    const gain = createAttentionGain(
      attention((row, frame) => ((row * 7 + Math.floor(frame / 16) * 3) % 5) * 0.8),
      rate,
      { ...stft, hopLength: 64 },
    );
    const before = new Float32Array(2049);
    const now = new Float32Array(2049);
    gain(-40, before);
    for (let frame = -39; frame < 4000; frame += 1) {
      gain(frame, now);
      for (let k = 0; k < now.length; k += 1) {
        if (!(now[k]! >= 0 && now[k]! <= 1)) throw new Error(`gain ${now[k]}`);
        if (Math.abs(now[k]! - before[k]!) > 0.05) throw new Error(`step in time at ${frame}, ${k}`);
        // The lowest row is 16 bins wide, so its cross-fade takes 8.
        if (k > 0 && Math.abs(now[k]! - now[k - 1]!) > 0.25) throw new Error(`step at bin ${k}`);
      }
      before.set(now);
    }
  });
});
