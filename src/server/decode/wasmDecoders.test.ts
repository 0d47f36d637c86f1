import { readFileSync } from 'node:fs';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { sniffAudio } from '#core/audio/sniffing.ts';
import { decodeAudioBytes } from '#server/decode/decodeFile.ts';
import { audioFixturePath } from '../../../e2e/fixtures/audio/index.ts';

const nowMs = (): number => 0;

async function channelsOf(bytes: Uint8Array): Promise<readonly Float32Array[]> {
  const decoded = await decodeAudioBytes('x', bytes, nowMs);
  if (!decoded.ok) throw new Error(decoded.error.message);
  return decoded.value.pcm.channels;
}

afterEach(() => {
  vi.doUnmock('node-web-audio-api');
  vi.resetModules();
});

describe('a machine on which the native decoder does not load', () => {
  it.each([
    'stereo.mp3',
    'vbr.mp3',
    'music.flac',
    'vorbis.ogg',
    's24.wav',
    'u8.wav',
    'truncated.mp3',
    'truncated.flac',
  ])('%s gives the same samples through WebAssembly', async (file) => {
    const bytes = new Uint8Array(readFileSync(audioFixturePath(file)));
    expect(sniffAudio(bytes).ok).toBe(true);
    const native = await channelsOf(bytes);
    vi.resetModules();
    vi.doMock('node-web-audio-api', () => {
      throw new Error('libasound.so.2: cannot open shared object file');
    });
    const { decodeAudioBytes: decodeWithout } = await import('#server/decode/decodeFile.ts');
    const decoded = await decodeWithout('x', bytes, nowMs);
    if (!decoded.ok) throw new Error(decoded.error.message);
    const { channels } = decoded.value.pcm;
    expect(channels.length).toBe(native.length);
    // A cut-off last frame is kept by one decoder and dropped by the other.
    const isWhole = !file.startsWith('truncated');
    const shorter = Math.min(channels[0]?.length ?? 0, native[0]?.length ?? 0);
    expect(Math.abs((channels[0]?.length ?? 0) - (native[0]?.length ?? 0))).toBeLessThanOrEqual(
      isWhole ? 0 : 4608,
    );
    let largest = 0;
    for (const [index, channel] of channels.entries())
      for (let i = 0; i < shorter - (isWhole ? 0 : 4608); i++)
        largest = Math.max(largest, Math.abs((channel[i] ?? 0) - (native[index]?.[i] ?? 0)));
    // This libFLAC build scales 16-bit samples by 32 767, Symphonia by 32 768.
    expect(largest).toBeLessThan(file.endsWith('.flac') ? 1 / 32_767 : 1e-5);
  });

  it('AAC says what is missing', async () => {
    vi.resetModules();
    vi.doMock('node-web-audio-api', () => {
      throw new Error('libasound.so.2: cannot open shared object file');
    });
    const { decodeAudioBytes: decodeWithout } = await import('#server/decode/decodeFile.ts');
    const decoded = await decodeWithout(
      'x',
      new Uint8Array(readFileSync(audioFixturePath('aac.m4a'))),
      nowMs,
    );
    expect(decoded).toMatchObject({ ok: false, error: { code: 'internal' } });
    if (!decoded.ok) expect(decoded.error.message).toContain('libasound2');
  });
});
