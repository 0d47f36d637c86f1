import { describe, expect, it } from 'vitest';
import { ascii, joined, u16le, u32le, u64le } from '#core/testing/bytesOf.ts';
import { failure, header } from '#core/testing/sniffed.ts';

const pcm = 1;
const float = 3;
const extensible = 0xfffe;

interface Format {
  readonly tag?: number;
  readonly channels?: number;
  readonly sampleRate?: number;
  readonly bits?: number;
  /** First two bytes of the sub-format's GUID, for WAVE_FORMAT_EXTENSIBLE. */
  readonly subFormat?: number;
}

const chunk = (id: string, body: Uint8Array, size = body.length): Uint8Array =>
  joined(ascii(id), u32le(size), body);

function fmt({
  tag = pcm,
  channels = 2,
  sampleRate = 44_100,
  bits = 16,
  subFormat,
}: Format = {}): Uint8Array {
  const block = (channels * bits) / 8;
  const plain = joined(
    u16le(tag, channels),
    u32le(sampleRate, sampleRate * block),
    u16le(Math.max(1, Math.floor(block)), bits),
  );
  if (subFormat === undefined) return chunk('fmt ', plain);
  const guidEnd = [0, 0, 0, 0, 0x10, 0, 0x80, 0, 0, 0xaa, 0, 0x38, 0x9b, 0x71];
  return chunk('fmt ', joined(plain, u16le(22, bits), u32le(3), u16le(subFormat), Uint8Array.from(guidEnd)));
}

const riff = (...chunks: readonly Uint8Array[]): Uint8Array =>
  joined(ascii('RIFF'), u32le(4 + joined(...chunks).length), ascii('WAVE'), ...chunks);

const halfSecond = new Uint8Array(44_100 * 2);

describe('WAV', () => {
  it.each(['RF64', 'BW64'])('takes the length of %s from its ds64 chunk', (id) => {
    // three hours and a bit: 4.7 GB, which 32 bits cannot hold
    const dataBytes = 11_000 * 44_100 * 4 * 2.5;
    const ds64 = chunk('ds64', joined(u64le(dataBytes + 100), u64le(dataBytes), u64le(0), u32le(0)));
    const bytes = joined(
      ascii(id),
      u32le(0xffffffff),
      ascii('WAVE'),
      ds64,
      fmt(),
      chunk('data', halfSecond, 0xffffffff),
    );
    expect(header(bytes)).toMatchObject({ durationSeconds: 27_500, durationIsExact: true });
  });

  it.each([
    ['PCM', pcm, 24],
    ['float', float, 32],
    ['A-law', 6, 8],
    ['mu-law', 7, 8],
  ])('reads WAVE_FORMAT_EXTENSIBLE with %s', (_name, subFormat, bits) => {
    const data = chunk('data', new Uint8Array(6 * (bits / 8) * 4800));
    const bytes = riff(fmt({ tag: extensible, channels: 6, sampleRate: 48_000, bits, subFormat }), data);
    expect(header(bytes)).toEqual({
      container: 'wav',
      sampleRate: 48_000,
      channels: 6,
      durationSeconds: 0.1,
      durationIsExact: true,
    });
  });

  // ffmpeg, others, sox, and writers that count in signed numbers
  it.each([0, 0xffffffff, 0xfffffffe, 0x7ffff000, 0x7fffffff, 0x7fffffff - 36, 0x80000000])(
    'takes a data size of %i, which a streaming writer leaves behind, for no promise',
    (size) => {
      const bytes = riff(fmt(), chunk('data', halfSecond, size));
      expect(header(bytes)).toMatchObject({ durationSeconds: 0.5, durationIsExact: false });
    },
  );

  it('keeps to the promise where the file ends early', () => {
    const bytes = riff(fmt(), chunk('data', halfSecond, halfSecond.length * 3));
    expect(header(bytes)).toMatchObject({ durationSeconds: 1.5, durationIsExact: true });
  });

  it('skips the pad byte behind chunks of odd length, wherever they stand', () => {
    const odd = joined(chunk('LIST', new Uint8Array(5)), Uint8Array.of(0));
    const bytes = riff(odd, fmt(), odd, chunk('data', halfSecond), odd);
    expect(header(bytes)).toMatchObject({ durationSeconds: 0.5, durationIsExact: true });
  });

  it.each([
    [0x0002, 4, 'wav (ms adpcm)'],
    [0x0011, 4, 'wav (ima adpcm)'],
    [0x0055, 0, 'wav (mp3)'],
    [0x0161, 16, 'wav (codec 0x161)'],
    [float, 64, 'wav (64-bit float)'],
    [pcm, 64, 'wav (64-bit pcm)'],
  ])('names codec %i with %i bits, which browsers do not decode', (tag, bits, found) => {
    expect(failure(riff(fmt({ tag, bits }), chunk('data', halfSecond)))).toMatchObject({
      code: 'unsupported-format',
      details: { found },
    });
    const wrapped = fmt({ tag: extensible, bits, subFormat: tag });
    expect(failure(riff(wrapped, chunk('data', halfSecond)))).toMatchObject({ details: { found } });
  });

  it.each([
    ['no chunk at all', riff(), 'no-samples'],
    ['no data chunk', riff(fmt()), 'no-samples'],
    ['an empty data chunk at the end', riff(fmt(), chunk('data', new Uint8Array(0))), 'no-samples'],
    ['less than one sample', riff(fmt(), chunk('data', new Uint8Array(3))), 'no-samples'],
    ['data before fmt', riff(chunk('data', halfSecond), fmt()), 'decode-failed'],
    ['a rate of 0', riff(fmt({ sampleRate: 0 }), chunk('data', halfSecond)), 'decode-failed'],
    ['a rate of 2 Hz', riff(fmt({ sampleRate: 2 }), chunk('data', halfSecond)), 'decode-failed'],
    ['65 535 channels', riff(fmt({ channels: 65_535, bits: 8 }), chunk('data', halfSecond)), 'decode-failed'],
  ])('refuses a file with %s', (_what, bytes, code) => {
    expect(failure(bytes)?.code).toBe(code);
  });
});
