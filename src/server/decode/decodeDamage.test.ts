import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { array, assert, asyncProperty, nat, oneof, option, tuple } from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { PcmAudio } from '#core/audio/pcm.ts';
import { decodeAudioBytes, decodeAudioFile } from '#server/decode/decodeFile.ts';
import { audioFixturePath } from '../../../e2e/fixtures/audio/index.ts';

const now = (): number => performance.now();
const fixture = (file: string): Uint8Array => Uint8Array.from(readFileSync(audioFixturePath(file)));

async function decode(name: string, bytes: Uint8Array): Promise<PcmAudio> {
  const decoded = await decodeAudioBytes(name, bytes, now);
  if (!decoded.ok) throw new Error(`${decoded.error.code}: ${decoded.error.message}`);
  return decoded.value.pcm;
}

/** A WAV file of one channel around these sample bytes. `format`: 1 integers, 3 floats. */
function wav(data: Uint8Array, bits: number, format: 1 | 3): Uint8Array {
  const bytes = new Uint8Array(44 + data.length);
  const view = new DataView(bytes.buffer);
  const text = (offset: number, word: string): void => bytes.set(new TextEncoder().encode(word), offset);
  text(0, 'RIFF');
  view.setUint32(4, 36 + data.length, true);
  text(8, 'WAVEfmt ');
  view.setUint32(16, 16, true);
  view.setUint16(20, format, true);
  view.setUint16(22, 1, true);
  view.setUint32(24, 44_100, true);
  view.setUint32(28, (44_100 * bits) / 8, true);
  view.setUint16(32, bits / 8, true);
  view.setUint16(34, bits, true);
  text(36, 'data');
  view.setUint32(40, data.length, true);
  bytes.set(data, 44);
  return bytes;
}

const firstChannel = (pcm: PcmAudio): Float32Array => pcm.channels[0] ?? new Float32Array();

describe('WAV samples arrive unaltered', () => {
  const ramp = Array.from({ length: 4000 }, (_, i) => ((i * 7919) % 16_777_216) - 8_388_608);

  it('24-bit integers, over 2^23', async () => {
    const data = new Uint8Array(3 * ramp.length);
    const view = new DataView(data.buffer);
    for (const [i, value] of ramp.entries()) {
      view.setUint16(3 * i, value & 0xffff, true);
      view.setInt8(3 * i + 2, value >> 16);
    }
    expect(firstChannel(await decode('a.wav', wav(data, 24, 1)))).toEqual(
      Float32Array.from(ramp, (value) => value / 2 ** 23),
    );
  });

  it('32-bit floats, NaN, infinities and what is beyond full scale with them', async () => {
    const values = Float32Array.from(ramp, (value) => value / 2 ** 21);
    values.set([Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, -0], 100);
    const pcm = await decode('a.wav', wav(new Uint8Array(values.buffer), 32, 3));
    expect(firstChannel(pcm)).toEqual(values);
  });

  it('RF64 as RIFF, without what follows the samples', async () => {
    const plain = fixture('s16.wav');
    const view = new DataView(plain.buffer);
    const dataBytes = view.getUint32(40, true);
    const long = new Uint8Array(plain.length + 36 + 12);
    const write = new DataView(long.buffer);
    const text = (offset: number, word: string): void => long.set(new TextEncoder().encode(word), offset);
    text(0, 'RF64');
    write.setUint32(4, 0xffffffff, true);
    text(8, 'WAVEds64');
    write.setUint32(16, 28, true);
    write.setBigUint64(20, BigInt(long.length - 8), true);
    write.setBigUint64(28, BigInt(dataBytes), true);
    long.set(plain.subarray(12, 44 + dataBytes), 48);
    write.setUint32(48 + 28, 0xffffffff, true);
    text(48 + 32 + dataBytes, 'LIST');
    write.setUint32(48 + 36 + dataBytes, 4, true);
    const [wanted, heard] = [await decode('a.wav', plain), await decode('b.wav', long)];
    expect(firstChannel(heard)).toEqual(firstChannel(wanted));
  });
});

describe('a file that is cut off gives what is there', () => {
  it.each(['opus.webm', 'vorbis.webm', 'opus.opus', 'vorbis.ogg', 'cbr.mp3', 'adts.aac', 'music.flac'])(
    '%s at 40 to 90 percent: the beginning of the whole',
    async (file) => {
      const bytes = fixture(file);
      const whole = firstChannel(await decode(file, bytes));
      for (const part of [0.4, 0.55, 0.7, 0.9]) {
        const heard = firstChannel(await decode(file, bytes.slice(0, Math.round(part * bytes.length))));
        // a page of Ogg is about a second
        expect(heard.length).toBeGreaterThan((part - 0.3) * whole.length);
        expect(heard.length).toBeLessThan(whole.length);
        // the last frames overlap with what is missing
        const compared = Math.max(0, heard.length - 5000);
        let worst = 0;
        for (let i = 0; i < compared; i++) {
          worst = Math.max(worst, Math.abs((heard[i] ?? 0) - (whole[i] ?? 0)));
        }
        expect(worst).toBeLessThan(1e-6);
      }
    },
  );

  it('damage in the middle of Ogg Opus costs that place only', async () => {
    const bytes = fixture('opus.opus');
    const whole = firstChannel(await decode('a.opus', bytes)).length;
    // the page's mark is gone: reading goes on at the next one
    const second = Buffer.from(bytes).indexOf('OggS', Math.round(bytes.length / 3));
    bytes.fill(0, second, second + 4);
    const heard = firstChannel(await decode('a.opus', bytes)).length;
    expect(heard).toBeLessThan(whole);
    expect(heard).toBeGreaterThan(0.4 * whole);
  });
});

describe('files that cannot be opened', () => {
  it.skipIf(process.getuid?.() === 0)(
    'no permission: unreadable (skipped for root, who may read all)',
    async () => {
      const folder = mkdtempSync(join(tmpdir(), 'decode-'));
      try {
        const path = join(folder, 'locked.wav');
        writeFileSync(path, 'RIFF');
        chmodSync(path, 0);
        const decoded = await decodeAudioFile(path, now);
        expect(decoded.ok ? null : decoded.error.code).toBe('unreadable-file');
      } finally {
        rmSync(folder, { recursive: true });
      }
    },
  );

  it('neither a path with a null byte nor an empty one throws', async () => {
    for (const path of ['a\0b.wav', '']) {
      const decoded = await decodeAudioFile(path, now);
      expect(decoded.ok ? null : decoded.error.code).toBe('unreadable-file');
    }
  });
});

describe('decodeAudioBytes never throws', () => {
  const files = ['opus.opus', '5.1.opus', 'opus.webm', 'aac.m4a', 'vorbis.webm', 's16.wav', 'vbr.mp3'];
  it.each(files)('%s, changed anywhere and cut anywhere', { timeout: 60_000 }, async (file) => {
    const whole = fixture(file);
    const at = nat({ max: whole.length - 1 });
    const early = nat({ max: Math.min(600, whole.length - 1) });
    await assert(
      asyncProperty(
        array(tuple(oneof(at, early), nat({ max: 255 })), { maxLength: 12 }),
        option(at),
        async (changes, end) => {
          const bytes = whole.slice(0, end ?? whole.length);
          for (const [offset, value] of changes) if (offset < bytes.length) bytes[offset] = value;
          const decoded = await decodeAudioBytes(file, bytes, now);
          if (!decoded.ok) {
            expect(decoded.error.code).not.toBe('internal');
            return;
          }
          const { channels } = decoded.value.pcm;
          expect(channels[0]?.length).toBeGreaterThan(0);
          expect(new Set(channels.map(({ length }) => length)).size).toBe(1);
        },
      ),
      { numRuns: 25, seed: 11 },
    );
  });
});
