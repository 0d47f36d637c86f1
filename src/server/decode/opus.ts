import { OpusDecoder } from 'opus-decoder';
import { ByteView } from '#core/audio/containers/bytes.ts';
import type { DecodedSamples } from '#server/decode/symphonia.ts';

/** Opus packets out of a container. */
export interface OpusStream {
  /** The bytes of OpusHead. */
  readonly head: Uint8Array;
  readonly packets: readonly Uint8Array[];
  /**
   * Where the music ends, at 48 kHz: `granule` counts samples from the start with the pre-skip, `discarded` counts samples
   * to cut off the end; null where it is not said.
   */
  readonly end: number | null;
  readonly endUnit: 'granule' | 'discarded';
}

/** The identification header (RFC 7845, 5.1). */
export interface OpusHead {
  readonly channels: number;
  /** Samples at 48 kHz to cut at the start. */
  readonly preSkip: number;
  /** Factor on every sample. */
  readonly gain: number;
  readonly streams: number;
  readonly coupledStreams: number;
  /** Which decoded channel each output channel is, in Vorbis order. */
  readonly mapping: readonly number[];
}

/** Null where these bytes are no OpusHead that can be decoded. */
export function readOpusHead(bytes: Uint8Array): OpusHead | null {
  const view = new ByteView(bytes);
  if (!view.is(0, 'OpusHead') || view.length < 19) return null;
  const channels = view.u8(9);
  const family = view.u8(18);
  const signedGain = (view.u16(16, true) << 16) >> 16;
  const head = { channels, preSkip: view.u16(10, true), gain: 10 ** (signedGain / (20 * 256)) };
  if (family === 0) {
    if (channels < 1 || channels > 2) return null;
    return { ...head, streams: 1, coupledStreams: channels - 1, mapping: channels === 2 ? [0, 1] : [0] };
  }
  const streams = view.u8(19);
  const coupledStreams = view.u8(20);
  const mapping = Array.from({ length: channels }, (_, channel) => view.u8(21 + channel));
  const decoded = streams + coupledStreams;
  const isPossible = channels >= 1 && streams >= 1 && coupledStreams <= streams && decoded <= 255;
  // 255 is a silent channel
  if (!isPossible || mapping.some((from) => from !== 255 && from >= decoded)) return null;
  return { ...head, streams, coupledStreams, mapping };
}

/** Vorbis order to the order of WAV files and of Web Audio, by number of channels; as FFmpeg's vorbis_data.c has it. */
const channelOrders: Readonly<Record<number, readonly number[]>> = {
  3: [0, 2, 1],
  5: [0, 2, 1, 3, 4],
  6: [0, 2, 1, 5, 3, 4],
  7: [0, 2, 1, 6, 5, 3, 4],
  8: [0, 2, 1, 7, 5, 6, 3, 4],
};

/** Packets decoded between two returns to the event loop: at 20 ms each, a minute. */
const batch = 3000;

/**
 * Opus packets by libopus (opus-decoder 0.7.12), at 48 kHz, with the header's gain and nothing cut off. A damaged packet
 * gives no samples, as in FFmpeg.
 *
 * @param mostSamples Samples per channel after which decoding stops: a packet of one byte can stand for 120 ms.
 * @throws Where no packet at all can be decoded.
 */
export async function decodeOpus(
  head: OpusHead,
  packets: readonly Uint8Array[],
  mostSamples: number,
): Promise<DecodedSamples> {
  const order = channelOrders[head.channels];
  const mapping = order === undefined ? head.mapping : order.map((from) => head.mapping[from] ?? 255);
  const decoder = new OpusDecoder({
    channels: head.channels,
    streamCount: head.streams,
    coupledStreamCount: head.coupledStreams,
    channelMappingTable: [...mapping],
  });
  await decoder.ready;
  try {
    const pieces: Float32Array[][] = [];
    let length = 0;
    // the decoder's own buffer; a longer packet is damage (1275 bytes a frame, at most 48 frames, but see its source)
    const longestPacket = 3840 * head.channels;
    const plausible = packets.filter((packet) => packet.length > 0 && packet.length <= longestPacket);
    let firstError = 'no packets';
    for (let from = 0; from < plausible.length && length <= mostSamples; from += batch) {
      const decoded = decoder.decodeFrames(plausible.slice(from, from + batch));
      firstError = decoded.errors[0]?.message ?? firstError;
      pieces.push(decoded.channelData);
      length += decoded.samplesDecoded;
      await new Promise((resolve) => setImmediate(resolve));
    }
    if (length === 0 && packets.length > 0) throw new Error(firstError);
    const channels = Array.from({ length: head.channels }, (_, channel) => {
      const samples = new Float32Array(length);
      let at = 0;
      for (const piece of pieces) {
        const part = piece[channel];
        if (part === undefined) continue;
        samples.set(part, at);
        at += part.length;
      }
      if (head.gain !== 1) for (let i = 0; i < length; i++) samples[i]! *= head.gain;
      return samples;
    });
    return { channels, sampleRate: 48_000 };
  } finally {
    decoder.free();
  }
}
