import { describe, expect, it } from 'vitest';
import { ByteView } from '#core/audio/containers/bytes.ts';
import { mp3MusicStretch } from '#core/audio/containers/mpeg.ts';
import { sniffAudio } from '#core/audio/sniffing.ts';
import { ascii, joined, u16be, u32be } from '#core/testing/bytesOf.ts';
import { header, read } from '#core/testing/sniffed.ts';

/** MPEG 1 layer 3, stereo, 44.1 kHz; bit rates by index. */
const kilobits = [0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320];
function frame(bitRateIndex: number, body: Uint8Array = new Uint8Array(0)): Uint8Array {
  const bytes = new Uint8Array(Math.floor((144_000 * (kilobits[bitRateIndex] ?? 0)) / 44_100));
  bytes.set([0xff, 0xfb, bitRateIndex << 4, 0x00]);
  bytes.set(body, 4);
  return bytes;
}
/** MPEG 2 layer 3, mono, 22.05 kHz, 64 kbit/s: 576 samples in 208 bytes. */
function halfRateFrame(body: Uint8Array = new Uint8Array(0)): Uint8Array {
  const bytes = new Uint8Array(208);
  bytes.set([0xff, 0xf3, 0x80, 0xc0]);
  bytes.set(body, 4);
  return bytes;
}
const repeat = (count: number, part: Uint8Array): Uint8Array =>
  joined(...Array.from({ length: count }, () => part));
const frameSeconds = 1152 / 44_100;
const vbri = (frames: number): Uint8Array =>
  joined(new Uint8Array(32), ascii('VBRI'), u16be(1, 0, 75), u32be(0, frames), new Uint8Array(8));

describe('MP3', () => {
  it('skips an ID3v2.4 tag with a footer', () => {
    const size = [0, 0, 1, 0x10]; // 144 bytes, seven bits each
    const body = new Uint8Array(144).fill(0xff); // nothing in a tag is a frame
    const tag = joined(
      ascii('ID3\u0004\u0000\u0010'),
      Uint8Array.from(size),
      body,
      ascii('3DI\u0004\u0000\u0010'),
      Uint8Array.from(size),
    );
    expect(header(joined(tag, read('cbr.mp3')))).toEqual(header(read('cbr.mp3')));
  });

  it('finds the first frame behind junk, also junk with single frame headers in it', () => {
    const junk = new Uint8Array(5000).map((_, i) => (i * 7919) % 251);
    junk.set([0xff, 0xfb, 0x90, 0x64], 1000);
    junk.set([0xff, 0xfb, 0x90, 0x64], 1417);
    expect(header(joined(junk, read('vbr.mp3')))).toEqual(header(read('vbr.mp3')));
  });

  it('looks for the first frame only so far', () => {
    expect(sniffAudio(joined(new Uint8Array(200_000), read('vbr.mp3'))).ok).toBe(false);
  });

  it('takes the length from a VBRI frame', () => {
    const bytes = joined(frame(9, vbri(5000)), repeat(20, frame(5)));
    expect(header(bytes)).toMatchObject({ durationIsExact: true, durationSeconds: 5000 * frameSeconds });
  });

  it('takes the length from a Xing frame of MPEG 2 mono, whose side information is shorter', () => {
    const xing = joined(new Uint8Array(9), ascii('Xing'), u32be(1, 700));
    expect(header(joined(halfRateFrame(xing), repeat(20, halfRateFrame())))).toEqual({
      container: 'mp3',
      sampleRate: 22_050,
      channels: 1,
      durationSeconds: (700 * 576) / 22_050,
      durationIsExact: true,
    });
  });

  it('counts the frames of a varying bit rate without a Xing frame: the first one says nothing of the rest', () => {
    const quietStart = joined(repeat(10, frame(1)), repeat(990, frame(14)));
    const { durationSeconds, durationIsExact } = header(quietStart);
    expect(durationSeconds).toBeCloseTo(1000 * frameSeconds, 3);
    expect(durationIsExact).toBe(false);
  });

  it('counts on behind damage and behind the tag of a second file', () => {
    const damage = new Uint8Array(3000);
    const tag = joined(ascii('ID3\u0003\u0000\u0000\u0000\u0000\u0002\u002c'), new Uint8Array(300));
    const bytes = joined(repeat(100, frame(9)), damage, repeat(100, frame(9)), tag, repeat(100, frame(9)));
    expect(header(bytes).durationSeconds).toBeCloseTo(300 * frameSeconds, 3);
  });

  it('takes two files one behind the other for as long as both: decoders play both', () => {
    const one = read('cbr.mp3');
    const { durationSeconds } = header(joined(one, one));
    // what Chromium 156 decodes from this
    const decoded = 356_015 / 44_100;
    expect(Math.abs((durationSeconds ?? 0) - decoded)).toBeLessThan(0.03);
    const stretch = mp3MusicStretch(new ByteView(joined(one, one)));
    expect(stretch?.start).toBe(1105);
    expect(stretch?.samples).toBe(Math.round((durationSeconds ?? 0) * 44_100));
  });

  it('does not take tags at the end for sound', () => {
    const id3v1 = joined(ascii('TAG'), new Uint8Array(125));
    const ape = joined(ascii('APETAGEX'), new Uint8Array(5000));
    const bytes = joined(repeat(100, frame(9)), ape, id3v1);
    expect(header(bytes).durationSeconds).toBeCloseTo(100 * frameSeconds, 3);
  });
});

describe('AAC in ADTS', () => {
  it('counts the frames that are there', () => {
    const whole = read('adts.aac');
    const half = header(whole.subarray(0, whole.length / 2));
    expect(half).toMatchObject({ container: 'aac', durationIsExact: false });
    expect(Math.abs((half.durationSeconds ?? 0) - 2)).toBeLessThan(0.2);
  });

  it('is not taken for MP3, nor MP3 for it', () => {
    expect(header(read('adts.aac')).container).toBe('aac');
    expect(header(repeat(10, frame(9))).container).toBe('mp3');
  });
});
