/** The decoder's native library does not load on this machine: no file's fault. */
export class DecoderMissing extends Error {
  override name = 'DecoderMissing';
}

/** Loaded when first needed: where the library cannot be loaded, all formats but AAC still work. */
async function loadSymphonia(): Promise<typeof import('node-web-audio-api')> {
  try {
    return await import('node-web-audio-api');
  } catch (cause) {
    throw new DecoderMissing(
      `node-web-audio-api does not load (on Linux it needs libasound2): ${String(cause)}`,
      { cause },
    );
  }
}

/** Decoded sound before anything is cut: one array per channel, all of one length, at `sampleRate` hertz. */
export interface DecodedSamples {
  readonly channels: readonly Float32Array<ArrayBuffer>[];
  readonly sampleRate: number;
}

/** Longest wait for one decode. An hour of mp3 takes a small part of it; what takes longer hangs. */
const longestDecodeMs = 5 * 60_000;

type DecodingContext = InstanceType<(typeof import('node-web-audio-api'))['OfflineAudioContext']>;

/**
 * One context for each rate, as long as the process lives: node-web-audio-api 1.0.9 does not give back all that a context
 * took (some 4 to 80 kB each), which a service that makes one for each file would see. The rates of a catalogue are few; what is rarer
 * makes room.
 */
const contexts = new Map<number, DecodingContext>();
const mostContexts = 8;

async function contextAt(sampleRate: number): Promise<DecodingContext> {
  const { OfflineAudioContext } = await loadSymphonia();
  const context = contexts.get(sampleRate) ?? new OfflineAudioContext(1, 1, sampleRate);
  // The one used last is the youngest entry.
  contexts.delete(sampleRate);
  contexts.set(sampleRate, context);
  for (const [oldest] of contexts) if (contexts.size > mostContexts) contexts.delete(oldest);
  return context;
}

/**
 * Symphonia (in node-web-audio-api 1.0.9) on a whole file: WAV of rare kinds, MP3, FLAC, Ogg Vorbis, WebM with Vorbis, AAC in ADTS.
 * Encoder delay and padding are still there (except in FLAC and WAV, which have none).
 *
 * @param bytes The file; copied, not kept.
 * @param sampleRate The file's own rate in hertz, 3000 to 768 000: at another rate the library would resample.
 * @throws `DecoderMissing`; an error where the bytes are not decodable, and where the decoder does not come back.
 */
export async function decodeWithSymphonia(bytes: Uint8Array, sampleRate: number): Promise<DecodedSamples> {
  const context = await contextAt(sampleRate);
  let buffer: Awaited<ReturnType<DecodingContext['decodeAudioData']>>;
  try {
    buffer = await within(longestDecodeMs, context.decodeAudioData(bytes.slice().buffer));
  } catch (cause) {
    // What broke in it, or still runs, is not the next file's.
    contexts.delete(sampleRate);
    throw cause;
  }
  const channels = Array.from({ length: buffer.numberOfChannels }, (_, channel) => {
    const samples = new Float32Array(buffer.length);
    buffer.copyFromChannel(samples, channel);
    return samples;
  });
  return { channels, sampleRate: buffer.sampleRate };
}

async function within<T>(limitMs: number, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const tooLong = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer from the decoder in ${limitMs} ms`)), limitMs);
  });
  try {
    return await Promise.race([work, tooLong]);
  } finally {
    clearTimeout(timer);
  }
}
