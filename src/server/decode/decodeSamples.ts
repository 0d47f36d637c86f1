import { aacChannels } from '#core/audio/containers/aacConfig.ts';
import { ByteView } from '#core/audio/containers/bytes.ts';
import { mp3MusicStretch } from '#core/audio/containers/mpeg.ts';
import { largestDecodedBytes, longestSeconds } from '#core/audio/limits.ts';
import type { AudioHeader } from '#core/audio/pcm.ts';
import { type AnalysisError, analysisError } from '#core/errors.ts';
import { err, exhaustive, ok, type Result } from '#core/result.ts';
import { adtsStream, readAacConfig } from '#server/decode/adts.ts';
import { oggOpusPackets } from '#server/decode/oggOpusPackets.ts';
import { decodeOpus, type OpusStream, readOpusHead } from '#server/decode/opus.ts';
import { type EncodedTrack, joined, readPackets } from '#server/decode/packets.ts';
import { type DecodedSamples, DecoderMissing, decodeWithSymphonia } from '#server/decode/symphonia.ts';
import { decodeWav } from '#server/decode/wav.ts';
import { webmOpusPackets } from '#server/decode/webmOpusPackets.ts';

/**
 * The music in a file: decoded, and cut to what its encoder was given, so that it lines up with what a browser's
 * `decodeAudioData` makes of the same file.
 *
 * Errors: `unsupported-format`, `no-audio-track`, `decode-failed`.
 * @throws What the decoders throw on damage; the caller turns it into `decode-failed`.
 */
export async function decodeSamples(
  bytes: Uint8Array,
  header: AudioHeader,
): Promise<Result<DecodedSamples, AnalysisError>> {
  const { sampleRate, durationSeconds } = header;
  switch (header.container) {
    case 'wav':
      return ok(decodeWav(bytes) ?? (await decodeWithSymphonia(bytes, sampleRate)));
    case 'flac':
      return ok(await symphoniaOr('decodeFlac', bytes, sampleRate));
    case 'aac':
      if ((header.channels ?? 2) > 2) return err(multichannelAac('adts', header.channels ?? 0));
      return ok(await decodeWithSymphonia(bytes, sampleRate));
    case 'mp3': {
      const decoded = await symphoniaOr('decodeMp3', bytes, sampleRate);
      const music = mp3MusicStretch(new ByteView(bytes));
      return ok(music === null ? decoded : cut(decoded, music.start, music.samples));
    }
    case 'ogg-vorbis': {
      const decoded = await symphoniaOr('decodeOggVorbis', bytes, sampleRate);
      // the last page says how much of its last packet is music
      return ok(durationSeconds === null ? decoded : cut(decoded, 0, durationSeconds * sampleRate));
    }
    case 'ogg-opus':
      return decodeOpusStream(oggOpusPackets(bytes), header);
    case 'webm': {
      const opus = webmOpusPackets(bytes);
      if (opus !== null) return decodeOpusStream(opus, header);
      return ok(await decodeWithSymphonia(bytes, sampleRate));
    }
    case 'mp4':
      return decodeMp4(bytes, header);
    default:
      return exhaustive(header.container);
  }
}

/** Symphonia, or the decoder in WebAssembly where Symphonia's native library does not load. */
async function symphoniaOr(
  fallback: 'decodeMp3' | 'decodeFlac' | 'decodeOggVorbis',
  bytes: Uint8Array,
  sampleRate: number,
): Promise<DecodedSamples> {
  try {
    return await decodeWithSymphonia(bytes, sampleRate);
  } catch (cause) {
    if (!(cause instanceof DecoderMissing)) throw cause;
    const decoders = await import('#server/decode/wasmDecoders.ts');
    return decoders[fallback](bytes);
  }
}

async function decodeMp4(
  bytes: Uint8Array,
  header: AudioHeader,
): Promise<Result<DecodedSamples, AnalysisError>> {
  const track = await readPackets(bytes);
  if (track === null) return err(analysisError('no-audio-track', `${header.container}: no sound track`));
  switch (track.codec) {
    case 'aac':
      return decodeAac(track);
    case 'mp3': {
      const decoded = await decodeWithSymphonia(joined(track.packets), track.sampleRate);
      return ok(cutToTimes(decoded, track));
    }
    case 'flac': {
      const decoded = await decodeWithSymphonia(
        joined([track.description, ...track.packets]),
        track.sampleRate,
      );
      return ok(cutToTimes(decoded, track));
    }
    case 'opus': {
      const end = Math.round((track.endSeconds - Math.min(0, track.startSeconds)) * 48_000);
      return decodeOpusStream(
        { head: track.description, packets: track.packets, end, endUnit: 'granule' },
        header,
      );
    }
    default:
      return err(
        analysisError('unsupported-format', `${header.container} with codec ${track.codec ?? 'unknown'}`, {
          found: track.codec ?? 'unknown codec',
        }),
      );
  }
}

async function decodeAac(track: EncodedTrack): Promise<Result<DecodedSamples, AnalysisError>> {
  const config = readAacConfig(track.description);
  if (config === null || config.hasSbr) {
    // Without SBR the upper half of the band is missing: the genres of another sound would be reported.
    const found = config === null ? 'aac of a rare kind' : 'HE-AAC';
    return err(analysisError('unsupported-format', `mp4 with ${found}`, { found }));
  }
  if (config.channelConfiguration > 2) {
    return err(multichannelAac('mp4', aacChannels(config.channelConfiguration) ?? 0));
  }
  const decoded = await decodeWithSymphonia(adtsStream(config, track.packets), config.sampleRate);
  return ok(cutToTimes(decoded, track));
}

/** Keeps what lies between time zero and the end of the last packet, as edit lists and sample tables say. */
function cutToTimes(decoded: DecodedSamples, track: EncodedTrack): DecodedSamples {
  const start = Math.max(0, -track.startSeconds);
  const end = track.endSeconds - Math.max(0, track.startSeconds);
  return cut(decoded, start * decoded.sampleRate, end * decoded.sampleRate);
}

/** Symphonia's AAC decoder stops at two channels. */
function multichannelAac(container: string, channels: number): AnalysisError {
  const found = `aac with ${channels} channels`;
  return analysisError('unsupported-format', `${container} with ${found}; mono and stereo are read here`, {
    found,
  });
}

/** One Opus packet at most is cut at the end: a length that asks for more is wrong. */
const longestPacketSamples = 5760;

async function decodeOpusStream(
  stream: OpusStream | null,
  header: AudioHeader,
): Promise<Result<DecodedSamples, AnalysisError>> {
  const head = stream === null ? null : readOpusHead(stream.head);
  if (stream === null || head === null) {
    return err(analysisError('decode-failed', `${header.container}: no usable OpusHead`));
  }
  const decoded = await decodeOpus(
    head,
    stream.packets,
    Math.min(longestSeconds * 48_000, Math.floor(largestDecodedBytes / (4 * head.channels))),
  );
  const length = decoded.channels[0]?.length ?? 0;
  const surplus = stream.end === null ? 0 : stream.endUnit === 'granule' ? length - stream.end : stream.end;
  const kept = surplus > 0 && surplus <= longestPacketSamples ? length - surplus : length;
  return ok(cut(decoded, head.preSkip, kept - head.preSkip));
}

/** Samples `start` to `start + count` of every channel, as far as they are there; counts are rounded. */
function cut(decoded: DecodedSamples, start: number, count: number): DecodedSamples {
  const from = Math.round(start);
  const to = from + Math.max(0, Math.round(count));
  const length = decoded.channels[0]?.length ?? 0;
  if (from === 0 && to >= length) return decoded;
  return { ...decoded, channels: decoded.channels.map((channel) => channel.slice(from, to)) };
}
