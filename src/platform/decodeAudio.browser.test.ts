import { describe, expect, it } from 'vitest';
import type { AnalysisError } from '#core/errors.ts';
import type { Result } from '#core/result.ts';
import { createAudioFileReader } from '#platform/decodeAudio.ts';
import { sha256Hex } from '#platform/sha256.ts';

interface WavOptions {
  readonly sampleRate: number;
  readonly channels: number;
  readonly frames: number;
  /** 16-bit integers, else 32-bit floats. */
  readonly float?: boolean;
}

/** Sample of the test sound: every channel has its own pitch, so that swapped channels show. */
function sampleAt(channel: number, frame: number, sampleRate: number): number {
  return 0.5 * Math.sin((2 * Math.PI * 200 * (channel + 1) * frame) / sampleRate);
}

function wav({ sampleRate, channels, frames, float = false }: WavOptions): Uint8Array<ArrayBuffer> {
  const sampleBytes = float ? 4 : 2;
  const dataBytes = frames * channels * sampleBytes;
  const view = new DataView(new ArrayBuffer(44 + dataBytes));
  const text = (offset: number, value: string): void => {
    for (const [index, byte] of new TextEncoder().encode(value).entries())
      view.setUint8(offset + index, byte);
  };
  text(0, 'RIFF');
  view.setUint32(4, 36 + dataBytes, true);
  text(8, 'WAVEfmt ');
  view.setUint32(16, 16, true);
  view.setUint16(20, float ? 3 : 1, true);
  view.setUint16(22, channels, true);
  view.setUint32(24, sampleRate, true);
  view.setUint32(28, sampleRate * channels * sampleBytes, true);
  view.setUint16(32, channels * sampleBytes, true);
  view.setUint16(34, sampleBytes * 8, true);
  text(36, 'data');
  view.setUint32(40, dataBytes, true);
  for (let frame = 0; frame < frames; frame += 1) {
    for (let channel = 0; channel < channels; channel += 1) {
      const offset = 44 + (frame * channels + channel) * sampleBytes;
      const value = sampleAt(channel, frame, sampleRate);
      if (float) view.setFloat32(offset, value, true);
      else view.setInt16(offset, Math.round(value * 32767), true);
    }
  }
  return new Uint8Array(view.buffer);
}

const signal = new AbortController().signal;
const ignore = (): void => undefined;

function decode(bytes: Uint8Array<ArrayBuffer>, name = 'sound.wav') {
  return createAudioFileReader().decode(new File([bytes], name), signal, ignore);
}

function codeOf<T>(result: Result<T, AnalysisError>): string {
  return result.ok ? 'ok' : result.error.code;
}

describe('createAudioFileReader', () => {
  it.each([
    { sampleRate: 44_100, channels: 2, frames: 44_100 },
    { sampleRate: 8_000, channels: 1, frames: 8_000 },
    { sampleRate: 192_000, channels: 2, frames: 19_200, float: true },
    { sampleRate: 48_000, channels: 6, frames: 4_800, float: true },
    { sampleRate: 96_000, channels: 8, frames: 9_600 },
  ])('decodes $channels channels at $sampleRate Hz sample by sample', async (options) => {
    const bytes = wav(options);
    const stages: string[] = [];
    const decoded = await createAudioFileReader().decode(new File([bytes], 'sound.wav'), signal, (stage) => {
      stages.push(stage);
    });
    if (!decoded.ok) throw new Error(decoded.error.message);
    const { pcm, sha256, header } = decoded.value;
    expect(stages).toEqual(['reading', 'decoding']);
    expect(sha256).toBe(await sha256Hex(bytes));
    expect(header).toMatchObject({ container: 'wav', sampleRate: options.sampleRate });
    expect(pcm.sampleRate).toBe(options.sampleRate);
    expect(pcm.channels).toHaveLength(options.channels);
    let largest = 0;
    for (const [channel, samples] of pcm.channels.entries()) {
      expect(samples).toHaveLength(options.frames);
      for (let frame = 0; frame < options.frames; frame += 1) {
        const difference = Math.abs((samples[frame] ?? NaN) - sampleAt(channel, frame, options.sampleRate));
        if (!(difference <= largest)) largest = difference;
      }
    }
    expect(largest).toBeLessThan(options.float === true ? 1e-6 : 1 / 32767);
  });

  it('names what is wrong with a file', async () => {
    expect(codeOf(await decode(new Uint8Array(0)))).toBe('empty-file');
    const text = new TextEncoder().encode('This is not a song. '.repeat(50));
    expect(codeOf(await decode(text, 'renamed.mp3'))).toBe('unsupported-format');
    expect(codeOf(await decode(wav({ sampleRate: 44_100, channels: 2, frames: 0 })))).toBe('no-samples');
  });

  it('says unreadable-file for what cannot be read', async () => {
    const gone = new File(['x'], 'gone.wav');
    Object.defineProperty(gone, 'arrayBuffer', {
      value: () => Promise.reject(new DOMException('A requested file could not be found', 'NotFoundError')),
    });
    expect(codeOf(await createAudioFileReader().decode(gone, signal, ignore))).toBe('unreadable-file');
  });

  it('says decode-failed where the header is fine and the decoder refuses', async () => {
    const reader = createAudioFileReader(() => Promise.reject(new DOMException('no', 'EncodingError')));
    const file = new File([wav({ sampleRate: 44_100, channels: 1, frames: 100 })], 'odd.wav');
    expect(codeOf(await reader.decode(file, signal, ignore))).toBe('decode-failed');
  });

  it('ends at once when cancelled, also while the decoder works', async () => {
    const file = new File([wav({ sampleRate: 44_100, channels: 1, frames: 100 })], 'sound.wav');
    const before = AbortSignal.abort();
    expect(codeOf(await createAudioFileReader().decode(file, before, ignore))).toBe('cancelled');
    const controller = new AbortController();
    const never = createAudioFileReader(() => new Promise(() => undefined));
    const running = never.decode(file, controller.signal, (stage) => {
      if (stage === 'decoding') setTimeout(() => controller.abort());
    });
    expect(codeOf(await running)).toBe('cancelled');
  });
});
