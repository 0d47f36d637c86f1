import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import {
  checkFileBytes,
  checkLimits,
  largestDecodedBytes,
  largestFileBytes,
  longestSeconds,
} from '#core/audio/limits.ts';
import type { AudioHeader } from '#core/audio/pcm.ts';
import { sniffAudio } from '#core/audio/sniffing.ts';
import { hertz } from '#core/units.ts';
import { audioFixturePath } from '../../../e2e/fixtures/audio/index.ts';

const header = (about: Partial<AudioHeader>): AudioHeader => ({
  container: 'wav',
  sampleRate: hertz(44_100),
  channels: 2,
  durationSeconds: 180,
  durationIsExact: true,
  ...about,
});
const failure = (about: Partial<AudioHeader>, bytes = 1000) => {
  const verdict = checkLimits(header(about), bytes);
  return verdict.ok ? null : verdict.error;
};

describe('checkLimits', () => {
  it('refuses a real file of three hours by its header, with both figures', () => {
    const bytes = new Uint8Array(readFileSync(audioFixturePath('three-hours.flac')));
    const found = sniffAudio(bytes);
    if (!found.ok) throw new Error(found.error.message);
    expect(found.value.durationSeconds).toBe(10_800);
    const verdict = checkLimits(found.value, bytes.length);
    expect(verdict.ok ? null : verdict.error).toMatchObject({
      code: 'file-too-long',
      details: { durationSeconds: 10_800, limitSeconds: 7200 },
    });
  });

  it('takes two hours where the decoded samples fit, and not a second more', () => {
    expect(longestSeconds).toBe(7200);
    for (const mono of [8000, 22_050, 44_100, 48_000]) {
      const long = { sampleRate: hertz(mono), channels: 1, durationSeconds: longestSeconds };
      expect(failure(long)).toBeNull();
      expect(failure({ ...long, durationSeconds: longestSeconds + 1 })).toMatchObject({
        code: 'file-too-long',
        details: { limitSeconds: longestSeconds },
      });
    }
  });

  it('takes stereo for as long as its samples fit into memory: over an hour, under two', () => {
    for (const [rate, minutes] of [
      [44_100, 76],
      [48_000, 69],
    ] as const) {
      const stereo = { sampleRate: hertz(rate), channels: 2 };
      expect(failure({ ...stereo, durationSeconds: minutes * 60 })).toBeNull();
      expect(failure({ ...stereo, durationSeconds: (minutes + 1) * 60 })?.code).toBe('file-too-long');
    }
  });

  it('takes two hours of 8 kHz mono as a WAV, by its real header', () => {
    const samples = 7200 * 8000;
    const bytes = new Uint8Array(44 + 64);
    const view = new DataView(bytes.buffer);
    const text = (at: number, letters: string): void => bytes.set(new TextEncoder().encode(letters), at);
    text(0, 'RIFF');
    view.setUint32(4, 36 + 2 * samples, true);
    text(8, 'WAVEfmt ');
    view.setUint32(16, 16, true);
    view.setUint16(20, 1, true);
    view.setUint16(22, 1, true);
    view.setUint32(24, 8000, true);
    view.setUint32(28, 16_000, true);
    view.setUint16(32, 2, true);
    view.setUint16(34, 16, true);
    text(36, 'data');
    view.setUint32(40, 2 * samples, true);
    const found = sniffAudio(bytes);
    if (!found.ok) throw new Error(found.error.message);
    expect(found.value.sampleRate).toBe(8000);
    expect(checkLimits({ ...found.value, durationSeconds: 7200 }, 44 + 2 * samples).ok).toBe(true);
  });

  it('takes of 7.1 at 192 kHz as much as fits into memory', () => {
    const heavy = { sampleRate: hertz(192_000), channels: 8 };
    const limit = Math.floor(largestDecodedBytes / (192_000 * 8 * 4));
    expect(limit).toBe(262);
    expect(failure({ ...heavy, durationSeconds: limit })).toBeNull();
    expect(failure({ ...heavy, durationSeconds: limit + 1 })).toMatchObject({
      code: 'file-too-long',
      details: { durationSeconds: limit + 1, limitSeconds: limit },
    });
  });

  it('counts two channels where the header does not say how many', () => {
    const stereo96 = { sampleRate: hertz(96_000), durationSeconds: 2100 };
    expect(failure({ ...stereo96, channels: null })).toEqual(
      expect.objectContaining({ details: failure({ ...stereo96, channels: 2 })?.details }),
    );
  });

  it('lets a file of unknown length pass if it is not too large', () => {
    expect(failure({ durationSeconds: null })).toBeNull();
    expect(failure({ durationSeconds: null }, largestFileBytes + 1)?.code).toBe('file-too-large');
  });

  it('names the size first where both are over', () => {
    expect(failure({ durationSeconds: 1e6 }, largestFileBytes + 1)).toMatchObject({
      code: 'file-too-large',
      details: { bytes: largestFileBytes + 1, limitBytes: largestFileBytes },
    });
  });
});

describe('checkFileBytes', () => {
  it('takes the limit itself', () => {
    expect(checkFileBytes(largestFileBytes).ok).toBe(true);
    expect(checkFileBytes(largestFileBytes + 1).ok).toBe(false);
    expect(checkFileBytes(0).ok).toBe(true);
  });
});
