import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { PcmAudio } from '#core/audio/pcm.ts';
import { resample } from '#core/audio/resample.ts';
import { hertz } from '#core/units.ts';
import { decodeAudioBytes, decodeAudioFile } from '#server/decode/decodeFile.ts';
import {
  audioFixturePath,
  losslessMusic,
  playable,
  type PlayableFixture,
  refused,
} from '../../../e2e/fixtures/audio/index.ts';

const now = (): number => performance.now();

async function decode(path: string): Promise<PcmAudio> {
  const decoded = await decodeAudioFile(path, now);
  if (!decoded.ok) throw new Error(`${decoded.error.code}: ${decoded.error.message}`);
  return decoded.value.pcm;
}

/** What the fixtures were made from: 16-bit samples without any decoder. */
function sourceSamples(piece: string): Float32Array {
  const bytes = readFileSync(join(import.meta.dirname, '../../../public/samples', piece));
  return Float32Array.from(
    { length: (bytes.length - 44) / 2 },
    (_, i) => bytes.readInt16LE(44 + 2 * i) / 32_768,
  );
}

/** Offset in samples, -span..span, at which `heard` matches `wanted` best, by cross-correlation over half a second. */
function bestLag(heard: Float32Array, wanted: Float32Array, rate: number, span: number): number {
  const from = Math.round(0.5 * rate);
  const count = Math.round(0.5 * rate);
  let best = { lag: Number.NaN, product: Number.NEGATIVE_INFINITY };
  for (let lag = -span; lag <= span; lag++) {
    let product = 0;
    for (let i = from; i < from + count; i++) product += (wanted[i] ?? 0) * (heard[i + lag] ?? 0);
    if (product > best.product) best = { lag, product };
  }
  return best.lag;
}

function snrDb(heard: Float32Array, wanted: Float32Array, from: number, to: number): number {
  let signal = 0;
  let error = 0;
  for (let i = from; i < to; i++) {
    signal += (wanted[i] ?? 0) ** 2;
    error += ((heard[i] ?? 0) - (wanted[i] ?? 0)) ** 2;
  }
  return 10 * Math.log10(signal / error);
}

const readable = playable.filter(({ onlyInBrowsers }) => onlyInBrowsers !== true);
/** Codecs whose container does not say where the last packet's music ends, or says it in milliseconds. */
const slackSeconds = (fixture: PlayableFixture): number =>
  fixture.warnings?.includes('shorter-than-header') === true
    ? 0.2
    : fixture.container === 'aac' || fixture.container === 'webm'
      ? 0.05
      : 0;

describe('decodeAudioFile', () => {
  it.each(readable)('$file: rate, channels and length', async (fixture) => {
    const { channels, sampleRate } = await decode(audioFixturePath(fixture.file));
    expect(sampleRate).toBe(fixture.sampleRate);
    expect(channels.length).toBe(fixture.channels);
    const off = Math.abs((channels[0]?.length ?? 0) - fixture.seconds * fixture.sampleRate);
    expect(off).toBeLessThanOrEqual(slackSeconds(fixture) * fixture.sampleRate);
  });

  const exact = readable.filter(({ bits, channels }) => bits !== undefined && channels === 1);
  it.each(exact)('$file: the very samples of its source', async ({ file, bits }) => {
    const source = sourceSamples('night-drive.wav');
    const [heard] = (await decode(audioFixturePath(file))).channels;
    if (heard === undefined) throw new Error('no channel');
    const halfStep = bits === 8 ? 1 / 128 : 1e-7;
    const worst = heard.reduce((most, value, i) => Math.max(most, Math.abs(value - (source[i] ?? 0))), 0);
    expect(worst).toBeLessThan(halfStep);
  });

  it('surround channels in their order, left front first', async () => {
    const source = sourceSamples('night-drive.wav');
    const gains = [0.9, 0.6, 0.75, 0.3, 0.45, 0.15, 0.5, 0.2];
    for (const [file, count] of [
      ['5.1.wav', 6],
      ['7.1.wav', 8],
    ] as const) {
      const { channels } = await decode(audioFixturePath(file));
      for (let channel = 0; channel < count; channel++) {
        const wanted = source.map((value) => value * (gains[channel] ?? 0));
        const heard = channels[channel] ?? new Float32Array();
        expect(snrDb(heard, wanted, 0, 22_050), `${file} ${channel}`).toBeGreaterThan(60);
      }
    }
  });

  it('surround channels of Opus in the same order', async () => {
    const { channels } = await decode(audioFixturePath('5.1.opus'));
    const energies = channels.map((channel) => channel.reduce((sum, value) => sum + value * value, 0));
    // the gains of 5.1.wav, in which the fourth is the low-frequency channel
    const order = [0, 2, 1, 4, 5];
    for (let i = 1; i < order.length; i++) {
      expect(energies[order[i - 1] ?? 0]).toBeGreaterThan(energies[order[i] ?? 0] ?? 0);
    }
  });

  // Floors a few decibels below what each encoder's loss leaves; a shift by one sample costs far more than that.
  it.each([
    ['cbr.mp3', 18],
    ['vbr.mp3', 18],
    ['vorbis.ogg', 18],
    ['opus.opus', 12],
    ['aac.m4a', 18],
    ['vorbis.webm', 18],
    ['opus.webm', 12],
  ])('%s begins where its source begins, channels unswapped', async (file, floorDb) => {
    const source = await decode(audioFixturePath(losslessMusic));
    const { channels, sampleRate } = await decode(audioFixturePath(file));
    for (const [channel, heard] of channels.entries()) {
      const original = source.channels[channel] ?? new Float32Array();
      const wanted =
        sampleRate === source.sampleRate
          ? original
          : resample(new Float32Array(original), source.sampleRate, hertz(sampleRate));
      expect(bestLag(heard, wanted, sampleRate, 1500)).toBe(0);
      const snr = snrDb(heard, wanted, Math.round(0.25 * sampleRate), Math.round(3.75 * sampleRate));
      expect(snr).toBeGreaterThan(floorDb);
    }
  });

  it('adts.aac keeps its encoder’s delay, which the stream does not tell: 1024 samples, as browsers do', async () => {
    const source = await decode(audioFixturePath(losslessMusic));
    const { channels, sampleRate } = await decode(audioFixturePath('adts.aac'));
    const [heard = new Float32Array()] = channels;
    expect(bestLag(heard, source.channels[0] ?? new Float32Array(), sampleRate, 1500)).toBe(1024);
  });

  it.each(refused.filter(({ by }) => by !== 'analysis'))(
    '$file is refused as $code',
    async ({ file, code }) => {
      const decoded = await decodeAudioFile(audioFixturePath(file), now);
      expect(decoded.ok ? null : decoded.error.code).toBe(code);
    },
  );

  it.each(playable.filter(({ onlyInBrowsers }) => onlyInBrowsers === true))(
    '$file is refused without a crash',
    async ({ file }) => {
      const decoded = await decodeAudioFile(audioFixturePath(file), now);
      expect(decoded.ok ? null : decoded.error.code).toMatch(/^(decode-failed|unsupported-format)$/);
    },
  );

  it('a missing file and a folder are unreadable', async () => {
    for (const path of [audioFixturePath('not-there.mp3'), import.meta.dirname]) {
      const decoded = await decodeAudioFile(path, now);
      expect(decoded.ok ? null : decoded.error.code).toBe('unreadable-file');
    }
  });
});

describe('decodeAudioBytes on damage', () => {
  const damaged = [
    'vbr.mp3',
    'music.flac',
    'vorbis.ogg',
    'opus.opus',
    'aac.m4a',
    'adts.aac',
    'opus.webm',
    's24.wav',
  ];
  it.each(damaged)(
    '%s with bytes changed all over gives sound or an error, never an exception',
    async (file) => {
      const whole = readFileSync(audioFixturePath(file));
      let state = 7;
      const random = (below: number): number => {
        state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
        return Math.floor((state / 2 ** 32) * below);
      };
      for (let round = 0; round < 6; round++) {
        const bytes = Uint8Array.from(
          whole.subarray(0, round % 2 === 0 ? whole.length : random(whole.length)),
        );
        for (let i = 0; i < 10 * (round + 1); i++) bytes[random(bytes.length)] = random(256);
        const decoded = await decodeAudioBytes(file, bytes, now);
        if (decoded.ok) expect(decoded.value.pcm.channels[0]?.length).toBeGreaterThan(0);
        else expect(decoded.error.message).not.toBe('');
      }
    },
  );

  it('only noise behind a good start', async () => {
    const bytes = Uint8Array.from(readFileSync(audioFixturePath('opus.opus')));
    bytes.fill(0xa5, 4000);
    const decoded = await decodeAudioBytes('noise.opus', bytes, now);
    expect(typeof decoded.ok).toBe('boolean');
  });
});
