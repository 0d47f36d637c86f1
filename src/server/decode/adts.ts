import { aacRates } from '#core/audio/containers/aacConfig.ts';
import { joined } from '#server/decode/packets.ts';

/** What of an AudioSpecificConfig (ISO 14496-3, 1.6.2.1) an ADTS header repeats. */
export interface AacConfig {
  /** MPEG-4 audio object type of the core: 1 Main, 2 LC, 3 SSR, 4 LTP. */
  readonly objectType: number;
  readonly rateIndex: number;
  readonly sampleRate: number;
  /** 1 to 7; 7 means eight channels. */
  readonly channelConfiguration: number;
  /** True where spectral band replication is declared (HE-AAC): the core holds only the lower half of the band. */
  readonly hasSbr: boolean;
}

/** Null where it is something that ADTS cannot carry (other object types, a rate of its own, a channel map of its own). */
export function readAacConfig(description: Uint8Array): AacConfig | null {
  let position = 0;
  const take = (count: number): number => {
    let value = 0;
    for (let i = 0; i < count; i++, position++) {
      value = value * 2 + (((description[position >> 3] ?? 0) >> (7 - (position & 7))) & 1);
    }
    return value;
  };
  const takeType = (): number => {
    const type = take(5);
    return type === 31 ? 32 + take(6) : type;
  };
  let objectType = takeType();
  const rateIndex = take(4);
  if (rateIndex === 15) return null;
  const channelConfiguration = take(4);
  const hasSbr = objectType === 5 || objectType === 29;
  if (hasSbr) {
    if (take(4) === 15) take(24);
    objectType = takeType();
  }
  const sampleRate = aacRates[rateIndex];
  if (sampleRate === undefined || objectType < 1 || objectType > 4) return null;
  if (channelConfiguration < 1 || channelConfiguration > 7) return null;
  return { objectType, rateIndex, sampleRate, channelConfiguration, hasSbr };
}

const headerBytes = 7;
/** The length of a frame has 13 bits. */
const longestFrame = 0x1fff - headerBytes;

/** Raw AAC packets as a stream of ADTS frames (ISO 14496-3, 1.A.2); packets too long for one are left out. */
export function adtsStream(config: AacConfig, packets: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const parts: Uint8Array[] = [];
  for (const packet of packets) {
    if (packet.length === 0 || packet.length > longestFrame) continue;
    const length = packet.length + headerBytes;
    parts.push(
      Uint8Array.of(
        0xff,
        0xf1, // MPEG-4, layer 0, no checksum
        ((config.objectType - 1) << 6) | (config.rateIndex << 2) | (config.channelConfiguration >> 2),
        ((config.channelConfiguration & 3) << 6) | (length >> 11),
        (length >> 3) & 0xff,
        ((length & 7) << 5) | 0x1f, // buffer fullness: all ones, variable rate
        0xfc,
      ),
      packet,
    );
  }
  return joined(parts);
}
