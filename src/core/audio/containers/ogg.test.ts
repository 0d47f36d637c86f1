import { describe, expect, it } from 'vitest';
import { ascii, joined, u16le, u32le, u64le } from '#core/testing/bytesOf.ts';
import { failure, header, read } from '#core/testing/sniffed.ts';

const first = 2;
/** No packet ends on this page. */
const noGranule = 2 ** 64;

/** One page; the checksum is left out, as no reader here looks at it. */
function page(serial: number, flags: number, granule: number, body: Uint8Array): Uint8Array {
  const laces: number[] = [];
  for (let rest = body.length; rest >= 0; rest -= 255) laces.push(Math.min(255, rest));
  const position = granule === noGranule ? new Uint8Array(8).fill(0xff) : u64le(granule);
  return joined(
    ascii('OggS'),
    Uint8Array.of(0, flags),
    position,
    u32le(serial, 0, 0),
    Uint8Array.of(laces.length, ...laces),
    body,
  );
}

const vorbisHead = (rate: number): Uint8Array =>
  joined(ascii('\u0001vorbis'), u32le(0), Uint8Array.of(2), u32le(rate), new Uint8Array(14));
const opusHead = (preSkip: number): Uint8Array =>
  joined(ascii('OpusHead'), Uint8Array.of(1, 2), u16le(preSkip), u32le(44_100), new Uint8Array(3));
const theoraHead = joined(ascii('\u0080theora'), new Uint8Array(35));
const sound = new Uint8Array(300);

/** One link of a chain. */
const part = (serial: number, rate: number, seconds: number): Uint8Array =>
  joined(
    page(serial, first, 0, vorbisHead(rate)),
    page(serial, 0, rate, sound),
    page(serial, 4, rate * seconds, sound),
  );

describe('Ogg', () => {
  it('finds Vorbis behind Theora, and its own last page before the last of the picture', () => {
    const bytes = joined(
      page(1, first, 0, theoraHead),
      page(2, first, 0, vorbisHead(32_000)),
      page(1, 0, 0, sound),
      page(2, 0, 32_000, sound),
      page(1, 0, 70, sound),
      page(2, 4, 96_000, sound),
      page(1, 4, 2 ** 33, sound),
    );
    expect(header(bytes)).toEqual({
      container: 'ogg-vorbis',
      sampleRate: 32_000,
      channels: 2,
      durationSeconds: 3,
      durationIsExact: false,
    });
  });

  it('cuts the pre-skip of Opus and passes over pages on which no packet ends', () => {
    const bytes = joined(
      page(7, first, 0, opusHead(312)),
      page(7, 0, 48_312, sound),
      page(7, 0, noGranule, sound),
      page(7, 0, 96_312, sound),
      page(7, 4, noGranule, sound),
    );
    expect(header(bytes)).toMatchObject({ container: 'ogg-opus', sampleRate: 48_000, durationSeconds: 2 });
  });

  it('adds up the parts of a chained stream, each at its own rate', () => {
    expect(header(joined(part(1, 44_100, 5), part(2, 48_000, 7))).durationSeconds).toBe(12);
    // two real files one behind the other, with the same serial: 8.003 s in Chromium 156
    const twice = header(joined(read('vorbis.ogg'), read('vorbis.ogg')));
    expect(Math.abs((twice.durationSeconds ?? 0) - 8.003)).toBeLessThan(0.01);
  });

  it('takes a piece out of a running broadcast for as long as it is', () => {
    const day = 86_400 * 44_100;
    const bytes = joined(
      page(1, first, 0, vorbisHead(44_100)),
      page(1, 0, 0, sound),
      page(1, 0, day, sound),
      page(1, 4, day + 441_000, sound),
    );
    expect(header(bytes).durationSeconds).toBe(10);
  });

  it('reads on behind damage', () => {
    const whole = read('vorbis.ogg');
    const damaged = Uint8Array.from(whole);
    damaged.fill(0, whole.length / 2, whole.length / 2 + 500);
    expect(header(damaged).durationSeconds).toBe(header(whole).durationSeconds);
  });

  it('says null where no page tells', () => {
    expect(header(page(1, first, 0, vorbisHead(44_100))).durationSeconds).toBeNull();
  });

  it.each([
    ['only Theora', page(1, first, 0, theoraHead), 'no-audio-track', undefined],
    ['Speex', page(1, first, 0, ascii('Speex   1.2')), 'unsupported-format', 'speex'],
    ['FLAC', page(1, first, 0, ascii('\u007fFLAC\u0001\u0000')), 'unsupported-format', 'flac in ogg'],
    ['something else', page(1, first, 0, ascii('CELT    ')), 'unsupported-format', 'ogg'],
    ['a Vorbis rate of 0', page(1, first, 0, vorbisHead(0)), 'decode-failed', undefined],
  ])('refuses a file with %s', (_what, bytes, code, found) => {
    const error = failure(bytes);
    expect(error?.code).toBe(code);
    expect(error?.details?.['found']).toBe(found);
  });
});
