import { describe, expect, it } from 'vitest';
import { ascii, joined, u16be, u32be, u64be } from '#core/testing/bytesOf.ts';
import { failure, header, read } from '#core/testing/sniffed.ts';

function box(type: string, ...parts: readonly Uint8Array[]): Uint8Array {
  const body = joined(...parts);
  return joined(u32be(8 + body.length), ascii(type), body);
}
const zeros = (count: number): Uint8Array => new Uint8Array(count);
const ftyp = box('ftyp', ascii('M4A '), u32be(0));

interface Track {
  readonly handler?: string;
  readonly codec?: string;
  /** In units of the movie, 1/1000 s. */
  readonly duration?: number;
  readonly id?: number;
  readonly version?: 0 | 1;
}

function trak({
  handler = 'soun',
  codec = 'mp4a',
  duration = 0,
  id = 1,
  version = 0,
}: Track = {}): Uint8Array {
  const long = version === 1;
  const time = (value: number): Uint8Array => (long ? u64be(value) : u32be(value));
  const flags = u32be(version * 2 ** 24);
  const tkhd = box('tkhd', flags, time(0), time(0), u32be(id, 0), time(duration), zeros(60));
  const mdhd = box('mdhd', flags, time(0), time(0), u32be(48_000), time(duration * 48), zeros(4));
  const hdlr = box('hdlr', u32be(0, 0), ascii(handler), zeros(13));
  const entry = box(codec, zeros(8), zeros(8), u16be(2, 16, 0, 0), u32be(48_000 * 65_536));
  const stsd = box('stsd', u32be(0, 1), entry);
  return box('trak', tkhd, box('mdia', mdhd, hdlr, box('minf', box('stbl', stsd))));
}
const mvhd = (duration: number): Uint8Array => box('mvhd', u32be(0, 0, 0, 1000, duration), zeros(80));
const mdat = box('mdat', zeros(100));

const trex = (samples: number): Uint8Array => box('trex', u32be(0, 1, 1, samples, 0, 0));
const fragment = (base: number, ...runs: readonly Uint8Array[]): Uint8Array => {
  const tfdt = box('tfdt', u32be(2 ** 24), u64be(base));
  return joined(box('moof', box('traf', box('tfhd', u32be(0, 1)), tfdt, ...runs)), mdat);
};
const run = (count: number): Uint8Array => box('trun', u32be(0, count));
const runOfSizes = (durations: readonly number[]): Uint8Array =>
  box('trun', u32be(0x301, durations.length, 0), ...durations.map((value) => u32be(value, 20)));

function partsOf(bytes: Uint8Array): Map<string, Uint8Array> {
  const parts = new Map<string, Uint8Array>();
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let offset = 0; offset < bytes.length;) {
    const size = view.getUint32(offset);
    parts.set(
      String.fromCharCode(...bytes.subarray(offset + 4, offset + 8)),
      bytes.subarray(offset, offset + size),
    );
    offset += size;
  }
  return parts;
}

describe('MP4', () => {
  it.each(['aac.m4a', '5.1.m4a'])('reads %s the same with its index in front and at the end', (file) => {
    const parts = partsOf(read(file));
    const get = (type: string): Uint8Array => parts.get(type) ?? zeros(0);
    const inFront = joined(get('ftyp'), get('moov'), get('free'), get('mdat'));
    const atEnd = joined(get('ftyp'), get('free'), get('mdat'), get('moov'));
    expect(header(inFront)).toEqual(header(read(file)));
    expect(header(atEnd)).toEqual(header(read(file)));
    expect(header(atEnd).durationIsExact).toBe(true);
  });

  it('says that the index is missing where the end is', () => {
    expect(failure(joined(ftyp, box('mdat', zeros(5000)).subarray(0, 2000)))?.code).toBe('decode-failed');
  });

  it('takes the length of the sound, not that of a picture that goes on longer', () => {
    const picture = trak({ handler: 'vide', codec: 'avc1', duration: 9000, id: 1 });
    const bytes = joined(ftyp, box('moov', mvhd(9000), picture, trak({ duration: 4000, id: 2 })), mdat);
    expect(header(bytes)).toEqual({
      container: 'mp4',
      sampleRate: 48_000,
      channels: 2,
      durationSeconds: 4,
      durationIsExact: true,
    });
  });

  it('reads boxes of version 1, 64-bit sizes and a last box that goes on to the end', () => {
    const moov = box('moov', mvhd(0), trak({ duration: 2 ** 33, version: 1 }));
    const long = joined(u32be(1), ascii('mdat'), u64be(116), zeros(100));
    const open = joined(u32be(0), moov.subarray(4));
    expect(header(joined(ftyp, long, open)).durationSeconds).toBe(2 ** 33 / 1000);
  });

  describe('in fragments', () => {
    it('takes the length that the index announces', () => {
      const mvex = box('mvex', box('mehd', u32be(0, 6500)), trex(1024));
      const bytes = joined(ftyp, box('moov', mvhd(0), trak(), mvex), fragment(0, run(10)));
      expect(header(bytes)).toMatchObject({ durationSeconds: 6.5, durationIsExact: true });
    });

    it('else counts what is there', () => {
      const moov = box('moov', mvhd(0), trak(), box('mvex', trex(960)));
      const bytes = joined(
        ftyp,
        moov,
        fragment(960_000, run(50)),
        fragment(1_008_000, run(25), runOfSizes([480, 480])),
      );
      expect(header(bytes)).toMatchObject({
        durationSeconds: (48_000 + 25 * 960 + 960) / 48_000,
        durationIsExact: false,
      });
    });

    it('does not count those of another track', () => {
      const moov = box('moov', mvhd(0), trak({ id: 2 }), box('mvex', trex(960)));
      expect(header(joined(ftyp, moov, fragment(48_000, run(25)))).durationSeconds).toBeNull();
    });
  });

  it.each([
    ['no track', box('moov', mvhd(0)), 'no-audio-track', undefined],
    ['Apple Lossless', box('moov', trak({ codec: 'alac' })), 'unsupported-format', 'alac'],
    ['AC-3', box('moov', trak({ codec: 'ac-3' })), 'unsupported-format', 'ac-3'],
    ['encrypted sound', box('moov', trak({ codec: 'enca' })), 'unsupported-format', 'encrypted mp4'],
  ])('refuses a file with %s', (_what, moov, code, found) => {
    const error = failure(joined(ftyp, moov, mdat));
    expect(error?.code).toBe(code);
    expect(error?.details?.['found']).toBe(found);
  });

  it('takes the second sound track where the first has a codec that browsers lack', () => {
    const bytes = joined(
      ftyp,
      box('moov', mvhd(0), trak({ codec: 'ac-3', duration: 1 }), trak({ duration: 5000 })),
    );
    expect(header(bytes).durationSeconds).toBe(5);
  });
});
