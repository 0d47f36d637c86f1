import { describe, expect, it } from 'vitest';
import { ascii, f64be, joined, u16be, u32be } from '#core/testing/bytesOf.ts';
import { failure, header, read } from '#core/testing/sniffed.ts';

const id = (...bytes: readonly number[]): Uint8Array => Uint8Array.from(bytes);
const ids = {
  ebml: id(0x1a, 0x45, 0xdf, 0xa3),
  segment: id(0x18, 0x53, 0x80, 0x67),
  info: id(0x15, 0x49, 0xa9, 0x66),
  duration: id(0x44, 0x89),
  tracks: id(0x16, 0x54, 0xae, 0x6b),
  entry: id(0xae),
  number: id(0xd7),
  type: id(0x83),
  codec: id(0x86),
  audio: id(0xe1),
  rate: id(0xb5),
  channels: id(0x9f),
  cluster: id(0x1f, 0x43, 0xb6, 0x75),
  timestamp: id(0xe7),
  simpleBlock: id(0xa3),
  blockGroup: id(0xa0),
  block: id(0xa1),
  void: id(0xec),
} as const;

const unknownSize = id(0x01, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff);
const element = (name: Uint8Array, ...parts: readonly Uint8Array[]): Uint8Array => {
  const body = joined(...parts);
  return joined(name, id(0x08), u32be(body.length), body);
};
const open = (name: Uint8Array, ...parts: readonly Uint8Array[]): Uint8Array =>
  joined(name, unknownSize, ...parts);

const ebml = element(ids.ebml, new Uint8Array(5));
const track = (type: number, codec: string, number = 1): Uint8Array =>
  element(
    ids.entry,
    element(ids.number, id(number)),
    element(ids.type, id(type)),
    element(ids.codec, ascii(codec)),
    element(ids.audio, element(ids.rate, f64be(44_100)), element(ids.channels, id(2))),
  );
const sound = track(2, 'A_VORBIS');
const picture = track(1, 'V_VP8', 2);
const info = (milliseconds: number): Uint8Array =>
  element(ids.info, element(ids.void, new Uint8Array(3)), element(ids.duration, f64be(milliseconds)));
const block = (trackNumber: number, milliseconds: number): Uint8Array =>
  joined(id(0x80 | trackNumber), u16be(milliseconds), id(0), new Uint8Array(20));
const at = (milliseconds: number): Uint8Array => element(ids.timestamp, u32be(milliseconds));

describe('WebM', () => {
  it('reads one whose segment and clusters have no size and whose length is not told, as browsers record them', () => {
    const bytes = joined(
      ebml,
      open(
        ids.segment,
        element(ids.info, element(ids.void, new Uint8Array(4))),
        element(ids.tracks, sound),
        open(
          ids.cluster,
          at(0),
          element(ids.simpleBlock, block(1, 0)),
          element(ids.simpleBlock, block(1, 990)),
        ),
        open(
          ids.cluster,
          at(1000),
          element(ids.simpleBlock, block(1, 20)),
          element(ids.blockGroup, element(ids.block, block(1, 1500))),
        ),
      ),
    );
    expect(header(bytes)).toEqual({
      container: 'webm',
      sampleRate: 44_100,
      channels: 2,
      durationSeconds: 2.5,
      durationIsExact: false,
    });
  });

  it('counts only blocks of the sound', () => {
    const cluster = element(
      ids.cluster,
      at(5000),
      element(ids.simpleBlock, block(1, 0)),
      element(ids.simpleBlock, block(1, 700)),
      element(ids.simpleBlock, block(2, 9000)),
    );
    const bytes = joined(ebml, element(ids.segment, element(ids.tracks, picture, sound), cluster));
    // the sound is track 1 and stands behind the picture; a piece of a broadcast does not begin at 0
    expect(header(bytes).durationSeconds).toBe(0.7);
  });

  it('takes the told length for exact only where nothing but sound can have it', () => {
    const alone = joined(ebml, element(ids.segment, info(4000), element(ids.tracks, sound)));
    expect(header(alone)).toMatchObject({ durationSeconds: 4, durationIsExact: true });
    const film = joined(ebml, element(ids.segment, info(4000), element(ids.tracks, picture, sound)));
    expect(header(film)).toMatchObject({ durationSeconds: 4, durationIsExact: false });
  });

  it('says null where neither the header nor a block tells the length', () => {
    const bytes = joined(ebml, element(ids.segment, element(ids.tracks, sound)));
    expect(header(bytes).durationSeconds).toBeNull();
  });

  it('reads the real one from its first bytes alone', () => {
    expect(header(read('opus.webm').subarray(0, 3000))).toEqual(header(read('opus.webm')));
  });

  it.each([
    ['no tracks', element(ids.info, new Uint8Array(0)), 'decode-failed', undefined],
    ['only a picture', element(ids.tracks, picture), 'no-audio-track', undefined],
    ['AAC', element(ids.tracks, track(2, 'A_AAC')), 'unsupported-format', 'A_AAC'],
  ])('refuses a file with %s', (_what, part, code, found) => {
    const error = failure(joined(ebml, element(ids.segment, part)));
    expect(error?.code).toBe(code);
    expect(error?.details?.['found']).toBe(found);
  });
});
