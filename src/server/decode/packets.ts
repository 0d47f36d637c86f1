import { type AudioCodec, BufferSource, EncodedPacketSink, Input, MP4, QTFF } from 'mediabunny';

/** The first sound track of a container, taken apart. */
export interface EncodedTrack {
  readonly codec: AudioCodec | null;
  /** Hertz and channels as the track declares them. */
  readonly sampleRate: number;
  readonly channels: number;
  /** What the decoder must know first: AudioSpecificConfig, OpusHead, FLAC's STREAMINFO; empty where there is none. */
  readonly description: Uint8Array;
  readonly packets: readonly Uint8Array[];
  /** Time of the first packet in seconds: below zero by what is to be cut at the start. */
  readonly startSeconds: number;
  /** Time in seconds at which the last packet that is there ends, as far as the container says it. */
  readonly endSeconds: number;
}

/** An hour of the shortest Opus packets, 2.5 ms, is 1.4 million. */
const mostPackets = 4_000_000;

/**
 * Encoded packets of MP4, M4A and QuickTime (mediabunny 1.61.0), with edit lists turned into times. Reading stops at the first
 * packet that is damaged or not there: a truncated file gives what it has. Null where there is no sound track.
 *
 * @throws Where the container cannot be read at all.
 */
export async function readPackets(bytes: Uint8Array): Promise<EncodedTrack | null> {
  const input = new Input({
    formats: [MP4, QTFF],
    source: new BufferSource(bytes),
  });
  try {
    const track = await input.getPrimaryAudioTrack();
    if (track === null) return null;
    const config = await track.getDecoderConfig();
    const packets: Uint8Array[] = [];
    let startSeconds = 0;
    let endSeconds = 0;
    try {
      for await (const packet of new EncodedPacketSink(track).packets()) {
        if (packets.length === 0) startSeconds = packet.timestamp;
        packets.push(packet.data);
        endSeconds = packet.timestamp + packet.duration;
        if (packets.length >= mostPackets) break;
      }
    } catch (cause) {
      if (packets.length === 0) throw cause;
    }
    return {
      codec: track.codec,
      sampleRate: config?.sampleRate ?? track.sampleRate,
      channels: config?.numberOfChannels ?? track.numberOfChannels,
      description: bytesOf(config?.description),
      packets,
      startSeconds,
      endSeconds,
    };
  } finally {
    input.dispose();
  }
}

function bytesOf(description: AllowSharedBufferSource | undefined): Uint8Array {
  if (description === undefined) return new Uint8Array();
  if (ArrayBuffer.isView(description))
    return new Uint8Array(description.buffer, description.byteOffset, description.byteLength);
  return new Uint8Array(description);
}

/** Byte arrays one behind the other. */
export function joined(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  let length = 0;
  for (const part of parts) length += part.length;
  const all = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
