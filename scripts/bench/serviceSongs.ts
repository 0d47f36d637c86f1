/** Songs for the service's benchmark, made from one committed recording without an encoder. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const fixture = fileURLToPath(new URL('../../e2e/fixtures/audio/stereo.mp3', import.meta.url));

/** Kilobits a second of MPEG-1 layer III by the index in the header; 0 where the index means nothing. */
const bitrates = [0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 0];
const sampleRates = [44_100, 48_000, 32_000, 0];
const samplesInFrame = 1152;

interface Mp3Frames {
  readonly frames: readonly Uint8Array[];
  readonly secondsInFrame: number;
}

/** The sound frames of an mp3 (MPEG-1, layer III), without its tags and without the frame that only describes the others. */
export function mp3Frames(file: Uint8Array): Mp3Frames {
  let at = 0;
  if (file[0] === 0x49 && file[1] === 0x44 && file[2] === 0x33) {
    // ID3v2: its length is four times seven bits
    at = 10 + ((file[6]! << 21) | (file[7]! << 14) | (file[8]! << 7) | file[9]!);
  }
  const frames: Uint8Array[] = [];
  let rate = 0;
  while (at + 4 <= file.length && file[at] === 0xff && (file[at + 1]! & 0xfe) === 0xfa) {
    const third = file[at + 2]!;
    const bitrate = bitrates[third >> 4]!;
    rate = sampleRates[(third >> 2) & 3]!;
    if (bitrate === 0 || rate === 0) break;
    const length = Math.floor((144_000 * bitrate) / rate) + ((third >> 1) & 1);
    if (at + length > file.length) break;
    const frame = file.subarray(at, at + length);
    const text = Buffer.from(frame.subarray(0, 64)).toString('latin1');
    if (!text.includes('Info') && !text.includes('Xing')) frames.push(frame);
    at += length;
  }
  if (frames.length === 0) throw new Error('no MPEG-1 layer III frames at the beginning of this file');
  return { frames, secondsInFrame: samplesInFrame / rate };
}

/**
 * One song of `seconds`: the fixture from its beginning, then from another place for each `index`. Frames of an mp3 can be
 * put one behind the other as they are. Two songs differ in bytes, in hash and in what is heard.
 */
export function songOf({ frames, secondsInFrame }: Mp3Frames, seconds: number, index: number): Uint8Array {
  const wanted = Math.max(1, Math.round(seconds / secondsInFrame));
  // The first frames stay: they need no bits of frames before them. 37 is prime to the number of frames of most files.
  const lead = Math.min(50, wanted, frames.length);
  const song = frames.slice(0, lead);
  for (let i = 0; song.length < wanted; i += 1) song.push(frames[(lead + index * 37 + i) % frames.length]!);
  return Buffer.concat(song);
}

/** Songs of the committed recording, on the disk of nobody. */
export function makeSongs(count: number, seconds: number, firstIndex = 0): Uint8Array[] {
  const frames = mp3Frames(readFileSync(fixture));
  return Array.from({ length: count }, (_, i) => songOf(frames, seconds, firstIndex + i));
}

/** The same songs as files of a folder; their paths. */
export function writeSongs(folder: string, songs: readonly Uint8Array[]): string[] {
  return songs.map((song, i) => {
    const path = join(folder, `song-${String(i).padStart(5, '0')}.mp3`);
    writeFileSync(path, song);
    return path;
  });
}
