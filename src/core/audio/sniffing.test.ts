import { readFileSync } from 'node:fs';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkLimits } from '#core/audio/limits.ts';
import { sniffAudio } from '#core/audio/sniffing.ts';
import { ascii, joined } from '#core/testing/bytesOf.ts';
import { audioFixturePath, playable, refused } from '../../../e2e/fixtures/audio/index.ts';

const read = (file: string): Uint8Array => new Uint8Array(readFileSync(audioFixturePath(file)));

/** Containers that count in frames or packets: how far their length may be from that of the sound, in seconds. */
const tolerance = { aac: 0.06, webm: 0.03 } as const;

/** Their lengths are what is there: a shorter decode is no sign of damage. */
const withoutPromise = ['streamed.wav', 'vorbis.ogg', 'opus.opus', '5.1.opus', 'adts.aac'];

describe('sniffAudio on what encoders wrote', () => {
  it.each(playable)('$file', (fixture) => {
    const header = sniffAudio(read(fixture.file));
    if (!header.ok) throw new Error(header.error.message);
    expect(header.value).toMatchObject({
      container: fixture.container,
      sampleRate: fixture.sampleRate,
      channels: fixture.channels,
    });
    const promised = fixture.headerSeconds === undefined ? fixture.seconds : fixture.headerSeconds;
    const slack = tolerance[fixture.container as keyof typeof tolerance] ?? 0.001;
    expect(Math.abs((header.value.durationSeconds ?? Number.NaN) - (promised ?? Number.NaN))).toBeLessThan(
      slack,
    );
    expect(header.value.durationIsExact).toBe(!withoutPromise.includes(fixture.file));
    expect(checkLimits(header.value, read(fixture.file).length).ok).toBe(true);
  });

  it('estimates an mp3 without a Xing frame from its bit rate', () => {
    const bytes = read('cbr.mp3');
    const info = Buffer.from(bytes).indexOf('Info');
    expect(info).toBeGreaterThan(36);
    // the frame after that of the Info tag, which begins 36 bytes before it: 128 kbit/s at 44.1 kHz makes 417 bytes
    const first = info - 36 + 417;
    const header = sniffAudio(bytes.subarray(first));
    if (!header.ok) throw new Error(header.error.message);
    expect(header.value.durationIsExact).toBe(false);
    expect(Math.abs((header.value.durationSeconds ?? 0) - 4)).toBeLessThan(0.08);
  });

  it('skips ID3v2 tags in front, several of them too', () => {
    const tag = new Uint8Array(10 + 300);
    tag.set(ascii('ID3\u0004\u0000\u0000\u0000\u0000\u0002\u002c'));
    const header = sniffAudio(new Uint8Array([...tag, ...tag, ...read('vbr.mp3')]));
    expect(header.ok && header.value).toMatchObject({ container: 'mp3', channels: 2 });
  });

  it('reads the same from a view into a larger buffer', () => {
    const bytes = read('aac.m4a');
    const padded = new Uint8Array(bytes.length + 7);
    padded.set(bytes, 7);
    expect(sniffAudio(padded.subarray(7))).toEqual(sniffAudio(bytes));
  });
});

describe('sniffAudio refuses', () => {
  it.each(refused.filter(({ by }) => by === 'header'))('$file as $code', ({ file, code, found }) => {
    const header = sniffAudio(read(file));
    expect(header.ok ? null : header.error.code).toBe(code);
    if (found !== undefined) expect(header.ok ? null : header.error.details?.['found']).toBe(found);
  });

  it.each([
    ['RIFF\u0000\u0000\u0000\u0000AVI LIST', 'avi'],
    ['FORM\u0000\u0000\u0000\u0000AIFCFVER', 'aiff'],
    ['FORM\u0000\u0000\u0000\u0000AIFFCOMM', 'aiff'],
    ['.snd\u0000\u0000\u0000\u0018', 'au'],
    ['caff\u0000\u0001\u0000\u0000desc', 'caf'],
    ['\u0030\u0026\u00b2\u0075\u008e\u0066', 'wma'],
    ['MThd\u0000\u0000\u0000\u0006', 'midi'],
    ['%PDF-1.7\n', 'pdf'],
    ['\u0089PNG\r\n\u001a\n', 'png'],
    ['\u00ff\u00d8\u00ff\u00e0\u0000\u0010JFIF', 'jpeg'],
    ['GIF89a\u0001\u0000', 'gif'],
    ['MAC \u00b0\u000f', 'ape'],
    ['wvpk\u0010\u0004', 'wavpack'],
    ['FLV\u0001\u0004', 'flv'],
    ['#!AMR\n\u003c', 'amr'],
    ['Rar!\u001a\u0007', 'rar'],
    ['7z\u00bc\u00af\u0027\u001c', '7z'],
    ['\u001f\u008b\u0008\u0000', 'gzip'],
    ['PK\u0003\u0004\u0014\u0000', 'zip'],
    [`G${'\u0000'.repeat(187)}G${'\u0000'.repeat(187)}`, 'mpeg-ts'],
    ['\n<html><body>Not found', 'html'],
    ['just words\r\n\tand more', 'text'],
    ['  <!DOCTYPE html><title>404</title>', 'html'],
    ['\u0000\u0001\u0002\u0003', 'unknown'],
  ])('%j, named %s', (start, name) => {
    const header = sniffAudio(ascii(start));
    expect(header.ok ? null : header.error).toMatchObject({
      code: 'unsupported-format',
      details: { found: name },
    });
  });
});

function expectSane(bytes: Uint8Array): void {
  const header = sniffAudio(bytes);
  if (!header.ok) {
    expect(header.error.message).not.toBe('');
    return;
  }
  const { sampleRate, channels, durationSeconds } = header.value;
  expect(sampleRate).toBeGreaterThanOrEqual(3000);
  expect(sampleRate).toBeLessThanOrEqual(768_000);
  expect(channels === null || (channels >= 1 && channels <= 32)).toBe(true);
  expect(durationSeconds === null || (Number.isFinite(durationSeconds) && durationSeconds >= 0)).toBe(true);
}

describe('sniffAudio on hostile bytes', () => {
  const files = [...playable, ...refused].map(({ file }) => read(file));
  const headers = files.map((bytes) => bytes.subarray(0, 8192));

  it('never throws on random bytes, and takes none of them for music', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 4096 }), (bytes) => {
        expect(sniffAudio(bytes).ok).toBe(false);
      }),
      { numRuns: 2000, seed: 1 },
    );
  });

  it('never throws on real headers with some bytes changed and the end cut off', () => {
    const change = fc.record({
      at: fc.nat(2000),
      byte: fc.oneof(fc.constant(0), fc.constant(255), fc.integer({ min: 0, max: 255 })),
    });
    fc.assert(
      fc.property(
        fc.nat(headers.length - 1),
        fc.array(change, { maxLength: 24 }),
        fc.nat(8192),
        (which, changes, length) => {
          const bytes = Uint8Array.from(headers[which] ?? []).subarray(0, length);
          for (const { at, byte } of changes) if (at < bytes.length) bytes[at] = byte;
          expectSane(bytes);
        },
      ),
      { numRuns: 4000, seed: 2 },
    );
  });

  it('never throws on whole files cut off anywhere, or with a stretch overwritten, doubled or left out', () => {
    const place = fc.double({ min: 0, max: 1, noNaN: true });
    fc.assert(
      fc.property(
        fc.nat(files.length - 1),
        fc.constantFrom('cut', 'noise', 'double', 'drop'),
        place,
        place,
        fc.uint8Array({ minLength: 1, maxLength: 64 }),
        (which, damage, a, b, noise) => {
          const whole = files[which] ?? new Uint8Array(0);
          const from = Math.floor(Math.min(a, b) * whole.length);
          const to = Math.floor(Math.max(a, b) * whole.length);
          const [before, middle, after] = [
            whole.subarray(0, from),
            whole.subarray(from, to),
            whole.subarray(to),
          ];
          const start = performance.now();
          if (damage === 'cut') expectSane(before);
          else if (damage === 'double') expectSane(joined(before, middle, middle, after));
          else if (damage === 'drop') expectSane(joined(before, after));
          else expectSane(joined(before, noise, whole.subarray(from + noise.length)));
          expect(performance.now() - start).toBeLessThan(1000);
        },
      ),
      { numRuns: 500, seed: 3 },
    );
  });

  it('never throws where a long number in a real header is huge, zero or negative', () => {
    const values = [0, 1, 0x7fffffff, 0x80000000, 0xffffffff, 0x00ff00ff];
    fc.assert(
      fc.property(
        fc.nat(headers.length - 1),
        fc.array(fc.tuple(fc.nat(700), fc.constantFrom(...values)), { minLength: 1, maxLength: 3 }),
        (which, changes) => {
          const bytes = Uint8Array.from(headers[which] ?? []);
          const view = new DataView(bytes.buffer);
          for (const [at, value] of changes) if (at + 4 <= bytes.length) view.setUint32(at, value);
          expectSane(bytes);
        },
      ),
      { numRuns: 4000, seed: 4 },
    );
  });

  it('stays fast on long files made to keep it busy', () => {
    const size = 4 * 1024 * 1024;
    const fill = (pattern: string): Uint8Array => {
      const bytes = new Uint8Array(size);
      const unit = ascii(pattern);
      for (let i = 0; i < size; i++) bytes[i] = unit[i % unit.length] ?? 0;
      return bytes;
    };
    const traps = [
      fill('ID3\u0004\u0000\u0000\u0000\u0000\u0000\u0000'),
      fill('\u00ff\u00fb\u0090\u0064'),
      fill('\u00ff\u00f1'),
      fill('OggS\u0000\u0002'),
      fill(`OggS\u0000\u0002${'\u0000'.repeat(20)}\u0001\u0007\u0001vorbis`),
      fill(`OggS${'\u0000'.repeat(23)}`),
      // frames that stand two by two, three never agree
      fill(`\u00ff\u00fb\u0010\u0064${'\u0000'.repeat(100)}\u00ff\u00fb\u0010\u0064\u0000`),
      // what looks like damage after every stretch of real frames
      joined(...Array.from({ length: 40 }, () => [read('cbr.mp3'), new Uint8Array(40_000)]).flat()),
      // blocks of two bytes, no end told
      joined(read('opus.webm').subarray(0, 400), fill('\u00a3\u0080')),
      new Uint8Array([...ascii('\u0000\u0000\u0000\u0008ftyp'), ...fill('\u0000\u0000\u0000\u0008moov')]),
      new Uint8Array([0x1a, 0x45, 0xdf, 0xa3, 0x80, ...fill('\u0018\u0053\u0080\u0067\u0081\u00ec')]),
      new Uint8Array([...ascii('RIFF\u0000\u0000\u0000\u0000WAVE'), ...fill('fmt \u0000\u0000\u0000\u0000')]),
    ];
    for (const bytes of traps) {
      const start = performance.now();
      expectSane(bytes);
      expect(performance.now() - start).toBeLessThan(1000);
    }
  });
});
