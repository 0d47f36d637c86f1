/**
 * Makes the test sounds in e2e/fixtures/audio with ffmpeg out of the synthesised samples. Run by hand, as what
 * ffmpeg writes differs between its versions; the committed files are from ffmpeg 5.1.9 (libmp3lame 3.100, libvorbis
 * 1.3.7, libopus 1.3.1, ffmpeg's own AAC and FLAC encoders, libx264, libvpx) as Debian 12 has it.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { refused, playable } from '../e2e/fixtures/audio/index.ts';

const usage = `usage: tsx scripts/make-audio-fixtures.ts [--force]
Makes the files of e2e/fixtures/audio (see its index.ts) with ffmpeg. Writes only what is missing; --force writes all anew.`;
if (process.argv.includes('--help')) {
  console.log(usage);
  process.exit(0);
}
const isForced = process.argv.includes('--force');

const root = join(import.meta.dirname, '..');
const folder = join(root, 'e2e', 'fixtures', 'audio');
const samples = join(root, 'public', 'samples');
const electronic = join(samples, 'night-drive.wav');
const strings = join(samples, 'evensong.wav');
const at = (file: string): string => join(folder, file);
mkdirSync(folder, { recursive: true });

const written = new Set<string>();
function make(file: string, write: () => void): void {
  written.add(file);
  if (!isForced) {
    try {
      readFileSync(at(file));
      return;
    } catch {
      // missing: make it
    }
  }
  write();
  console.log(`${file}  ${readFileSync(at(file)).length} bytes`);
}

function ffmpeg(...args: readonly string[]): void {
  execFileSync('ffmpeg', ['-v', 'error', '-y', ...args], { stdio: ['ignore', 'inherit', 'inherit'] });
}
/** No dates, no versions: the same ffmpeg writes the same bytes. */
const plain = [
  '-map_metadata',
  '-1',
  '-fflags',
  '+bitexact',
  '-flags:a',
  '+bitexact',
  '-flags:v',
  '+bitexact',
];

function encode(file: string, input: string, ...args: readonly string[]): void {
  make(file, () => ffmpeg('-i', input, ...args, ...plain, at(file)));
}
function cut(file: string, from: string, fraction: number): void {
  make(file, () => {
    const bytes = readFileSync(at(from));
    writeFileSync(at(file), bytes.subarray(0, Math.round(bytes.length * fraction)));
  });
}
function bytes(file: string, content: Uint8Array | string): void {
  make(file, () => writeFileSync(at(file), content));
}

// Two different channels: the right one is the strings' own, so that swapped or mixed channels are noticed.
const twoChannels = [
  '-i',
  strings,
  '-filter_complex',
  '[0][1]join=inputs=2:channel_layout=stereo',
  '-t',
  '4',
];
encode(
  'music.flac',
  electronic,
  ...twoChannels,
  '-ar',
  '44100',
  '-sample_fmt',
  's16',
  '-compression_level',
  '12',
);

// Every sample format of WAV.
const short = ['-t', '2'];
for (const [name, codec] of [
  ['u8', 'pcm_u8'],
  ['s16', 'pcm_s16le'],
  ['s24', 'pcm_s24le'],
  ['s32', 'pcm_s32le'],
  ['f32', 'pcm_f32le'],
] as const) {
  encode(`${name}.wav`, electronic, ...short, '-c:a', codec);
}
// A writer into a pipe cannot come back to fill in the sizes: they stay 0xffffffff.
make('streamed.wav', () => {
  const sound = execFileSync(
    'ffmpeg',
    ['-v', 'error', '-i', electronic, ...short, '-c:a', 'pcm_s16le', ...plain, '-f', 'wav', '-'],
    { maxBuffer: 2 ** 24 },
  );
  writeFileSync(at('streamed.wav'), sound);
});
encode('8khz.wav', electronic, ...short, '-ar', '8000');
encode('48khz.wav', electronic, ...short, '-ar', '48000');
encode('192khz.wav', electronic, '-t', '1', '-ar', '192000');
encode('stereo.wav', electronic, ...twoChannels, '-t', '2');
const surround = (layout: string, gains: readonly number[]): readonly string[] => [
  '-af',
  `pan=${layout}|${gains.map((gain, channel) => `c${channel}=${gain}*c0`).join('|')}`,
];
const six = surround('5.1', [0.9, 0.6, 0.75, 0.3, 0.45, 0.15]);
encode('5.1.wav', electronic, '-t', '1', ...six);
encode('7.1.wav', electronic, '-t', '1', ...surround('7.1', [0.9, 0.6, 0.75, 0.3, 0.45, 0.15, 0.5, 0.2]));

// The lossy codecs.
const music = at('music.flac');
encode('cbr.mp3', music, '-c:a', 'libmp3lame', '-b:a', '128k');
// Long enough for several windows: three pieces one after the other, against three others on the right.
make('stereo.mp3', () => {
  const right = ['evensong', 'far-shore', 'island-noon'];
  const left = ['night-drive', 'iron-gate', 'evensong'];
  const inputs = [...left, ...right].flatMap((piece) => ['-i', join(samples, `${piece}.wav`)]);
  const graph = '[0][1][2]concat=n=3:v=0:a=1[l];[3][4][5]concat=n=3:v=0:a=1[r];[l][r]join=inputs=2';
  const how = ['-t', '30', '-ar', '44100', '-c:a', 'libmp3lame', '-b:a', '128k'];
  ffmpeg(...inputs, '-filter_complex', graph, ...how, ...plain, at('stereo.mp3'));
});
encode('vbr.mp3', music, '-c:a', 'libmp3lame', '-q:a', '3');
encode('vorbis.ogg', music, '-c:a', 'libvorbis', '-q:a', '5');
encode('opus.opus', music, '-c:a', 'libopus', '-b:a', '96k');
encode('aac.m4a', music, '-c:a', 'aac', '-b:a', '128k', '-movflags', '+faststart');
encode('adts.aac', music, '-c:a', 'aac', '-b:a', '128k');
encode('opus.webm', music, '-c:a', 'libopus', '-b:a', '96k');
encode('vorbis.webm', music, '-c:a', 'libvorbis', '-q:a', '5');
encode('5.1.opus', electronic, ...short, ...six, '-ar', '48000', '-c:a', 'libopus', '-b:a', '192k');
encode('5.1.m4a', electronic, ...short, ...six, '-ar', '48000', '-c:a', 'aac', '-b:a', '192k');

// Sound with something odd about it.
encode('tenth-of-a-second.wav', electronic, '-t', '0.1');
make('nan.wav', () => {
  const sound = Buffer.from(readFileSync(at('f32.wav')));
  const data = sound.indexOf('data') + 8;
  for (let i = 0; i < 100; i++) {
    sound.writeFloatLE(i % 3 === 0 ? Number.POSITIVE_INFINITY : Number.NaN, data + 4 * (1000 + 37 * i));
  }
  writeFileSync(at('nan.wav'), sound);
});
encode(
  'half-silent.wav',
  electronic,
  '-af',
  'atrim=end=6,apad=whole_dur=28',
  '-ar',
  '8000',
  '-c:a',
  'pcm_u8',
);
cut('truncated.mp3', 'cbr.mp3', 0.5);
cut('truncated.flac', 'music.flac', 0.5);
cut('truncated.wav', 's16.wav', 0.5);
cut('truncated.m4a', 'aac.m4a', 0.5);

// What must be refused.
const silence = (rate: number): readonly string[] => ['-f', 'lavfi', '-i', `anullsrc=r=${rate}:cl=mono`];
make('silence.wav', () =>
  ffmpeg(...silence(8000), '-t', '11', '-c:a', 'pcm_u8', ...plain, at('silence.wav')),
);
make('three-hours.flac', () =>
  ffmpeg(...silence(8000), '-t', '10800', '-frame_size', '65535', ...plain, at('three-hours.flac')),
);
const picture = ['-f', 'lavfi', '-i', 'testsrc=size=64x64:rate=10', '-t', '1', '-pix_fmt', 'yuv420p'];
make('video-without-sound.mp4', () =>
  ffmpeg(...picture, '-c:v', 'libx264', ...plain, at('video-without-sound.mp4')),
);
make('video-without-sound.webm', () =>
  ffmpeg(...picture, '-c:v', 'libvpx', ...plain, at('video-without-sound.webm')),
);
encode('sound.aiff', electronic, '-t', '0.5');
encode('sound.au', electronic, '-t', '0.5');
make('header-only.wav', () => {
  const head = Buffer.from(readFileSync(at('s16.wav')).subarray(0, 44));
  head.writeUInt32LE(36, 4);
  head.writeUInt32LE(0, 40);
  writeFileSync(at('header-only.wav'), head);
});
bytes('empty.mp3', '');
bytes('text.mp3', 'This is not music. It is a text that someone has given the name of a song.\n'.repeat(20));
// A stored zip with one empty member and its directory (PKWARE APPNOTE 4.3).
make('zip-renamed.mp3', () => {
  const name = Buffer.from('song.mp3');
  const local = Buffer.alloc(30);
  local.write('PK\x03\x04', 'latin1');
  local.writeUInt16LE(20, 4);
  local.writeUInt16LE(name.length, 26);
  const central = Buffer.alloc(46);
  central.write('PK\x01\x02', 'latin1');
  central.writeUInt16LE(20, 4);
  central.writeUInt16LE(20, 6);
  central.writeUInt16LE(name.length, 28);
  const end = Buffer.alloc(22);
  end.write('PK\x05\x06', 'latin1');
  end.writeUInt16LE(1, 8);
  end.writeUInt16LE(1, 10);
  end.writeUInt32LE(central.length + name.length, 12);
  end.writeUInt32LE(local.length + name.length, 16);
  writeFileSync(at('zip-renamed.mp3'), Buffer.concat([local, name, central, name, end]));
});

const listed = [...playable, ...refused].map((fixture) => fixture.file);
const missing = listed.filter((file) => !written.has(file));
const extra = [...written].filter((file) => !listed.includes(file));
if (missing.length + extra.length > 0) {
  console.error(`in index.ts only: ${missing.join(', ')}; made only: ${extra.join(', ')}`);
  process.exitCode = 1;
}
