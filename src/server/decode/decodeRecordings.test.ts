import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { hasShared, sharedPath } from '#core/testing/shared.ts';
import { decodeAudioFile } from '#server/decode/decodeFile.ts';

/** FFmpeg, whose decoders browsers use, is what real music is held against. */
const hasBoth = hasShared('audio') && spawnSync('ffmpeg', ['-version']).status === 0;
const reason = hasBoth ? '' : ' (skipped: no recordings or no ffmpeg here)';

function ffmpegSamples(path: string): Float32Array {
  const { stdout } = spawnSync('ffmpeg', ['-v', 'error', '-i', path, '-map', '0:a', '-f', 'f32le', '-'], {
    maxBuffer: 2 ** 30,
  });
  return new Float32Array(stdout.buffer.slice(stdout.byteOffset, stdout.byteOffset + stdout.length));
}

describe('decodeAudioFile on real music', () => {
  // Lossless to the bit, the rest to the rounding of the decoder; Opus is libopus here and in Chromium, not in this ffmpeg.
  it.skipIf(!hasBoth).each([
    ['vibe-ace-20s.flac', 140, 0],
    ['hungarian-dance-5-12s-48k.wav', 140, 0],
    ['vibe-ace.mp3', 110, 0],
    ['solo-trumpet.ogg', 110, 0],
    ['vibe-ace.ogg', 110, 0],
    // ffmpeg plays the last AAC frame to its end, browsers stop where the edit list does
    ['vibe-ace-20s.m4a', 90, 1024],
    ['solo-trumpet.opus', 50, 0],
  ])(`%s as ffmpeg decodes it, to %d dB${reason}`, async (file, floorDb, lengthSlack) => {
    const decoded = await decodeAudioFile(sharedPath(`audio/${file}`), () => performance.now());
    if (!decoded.ok) throw new Error(decoded.error.message);
    const { channels } = decoded.value.pcm;
    const reference = ffmpegSamples(sharedPath(`audio/${file}`));
    const length = channels[0]?.length ?? 0;
    const referenceLength = reference.length / channels.length;
    expect(referenceLength - length).toBeGreaterThanOrEqual(0);
    expect(referenceLength - length).toBeLessThanOrEqual(lengthSlack);
    let signal = 0;
    let error = 0;
    for (const [channel, samples] of channels.entries()) {
      for (let i = 0; i < length; i++) {
        const wanted = reference[i * channels.length + channel] ?? 0;
        signal += wanted * wanted;
        error += ((samples[i] ?? 0) - wanted) ** 2;
      }
    }
    expect(10 * Math.log10(signal / Math.max(error, 1e-30))).toBeGreaterThan(floorDb);
  });
});
