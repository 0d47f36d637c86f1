import { readFileSync } from 'node:fs';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkLimits } from '#core/audio/limits.ts';
import { sniffAudio } from '#core/audio/sniffing.ts';
import { audioFixturePath, playable, refused } from '../../../e2e/fixtures/audio/index.ts';

const read = (file: string): Uint8Array => new Uint8Array(readFileSync(audioFixturePath(file)));
const ascii = (text: string): Uint8Array => Uint8Array.from(text, (letter) => letter.charCodeAt(0));

/** Containers that count in frames or packets: how far their length may be from that of the sound, in seconds. */
const tolerance = { aac: 0.06, webm: 0.03 } as const;

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
    if (fixture.warnings?.includes('shorter-than-header') === true) {
      expect(header.value.durationIsExact).toBe(true);
    }
    expect(checkLimits(header.value, read(fixture.file).length).ok).toBe(true);
  });

  it('calls the lengths of streams without a promise estimates', () => {
    for (const file of ['streamed.wav', 'vorbis.ogg', 'opus.opus', 'adts.aac']) {
      const header = sniffAudio(read(file));
      expect(header.ok && header.value.durationIsExact, file).toBe(false);
    }
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
    ['caff\u0000\u0001\u0000\u0000desc', 'caf'],
    ['\u0030\u0026\u00b2\u0075\u008e\u0066', 'wma'],
    ['MThd\u0000\u0000\u0000\u0006', 'midi'],
    ['%PDF-1.7\n', 'pdf'],
    ['\u0089PNG\r\n\u001a\n', 'png'],
    ['\u00ff\u00d8\u00ff\u00e0\u0000\u0010JFIF', 'jpeg'],
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

describe('checkLimits', () => {
  it('refuses three hours by the header alone, with both figures', () => {
    const bytes = read('three-hours.flac');
    const header = sniffAudio(bytes);
    if (!header.ok) throw new Error(header.error.message);
    const verdict = checkLimits(header.value, bytes.length);
    expect(verdict.ok ? null : verdict.error).toMatchObject({
      code: 'file-too-long',
      details: { durationSeconds: 10_800, limitSeconds: 3600 },
    });
  });

  it('refuses a short file whose samples would not fit into memory', () => {
    const header = sniffAudio(read('7.1.wav'));
    if (!header.ok) throw new Error(header.error.message);
    const heavy = {
      ...header.value,
      sampleRate: 192_000 as typeof header.value.sampleRate,
      durationSeconds: 1800,
    };
    const verdict = checkLimits(heavy, 1000);
    expect(verdict.ok ? null : verdict.error.code).toBe('file-too-long');
  });
});

function expectSane(bytes: Uint8Array): void {
  const header = sniffAudio(bytes);
  if (!header.ok) {
    expect(header.error.message).not.toBe('');
    return;
  }
  const { sampleRate, channels, durationSeconds } = header.value;
  expect(Number.isFinite(sampleRate) && sampleRate > 0).toBe(true);
  expect(channels === null || channels > 0).toBe(true);
  expect(durationSeconds === null || (Number.isFinite(durationSeconds) && durationSeconds >= 0)).toBe(true);
}

describe('sniffAudio on hostile bytes', () => {
  const headers = playable.map(({ file }) => read(file).subarray(0, 8192));

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
