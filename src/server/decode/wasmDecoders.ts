import { FLACDecoder } from '@wasm-audio-decoders/flac';
import { OggVorbisDecoder } from '@wasm-audio-decoders/ogg-vorbis';
import { MPEGDecoder } from 'mpg123-decoder';
import type { DecodedSamples } from '#server/decode/symphonia.ts';

/*
 * Decoders in WebAssembly for machines on which Symphonia's native library does not load. Slower (FLAC by twenty times),
 * within 1e-6 of Symphonia's samples (FLAC: one step of 16 bits), and without needs of their own.
 */

/** What the three libraries have in common. */
interface WasmDecoder {
  readonly ready: Promise<void>;
  free(): void | Promise<void>;
}
interface WasmAudio {
  readonly channelData: readonly Float32Array[];
  readonly sampleRate: number;
}

/** mpg123 1.32 (mpg123-decoder 1.0): MPEG layers 1 to 3, encoder delay and padding still there. */
export async function decodeMp3(bytes: Uint8Array): Promise<DecodedSamples> {
  return decodeWith(new MPEGDecoder({ enableGapless: false }), (decoder) => decoder.decode(bytes));
}

/** libFLAC (@wasm-audio-decoders/flac 0.2), native FLAC files, up to 8 channels. */
export async function decodeFlac(bytes: Uint8Array): Promise<DecodedSamples> {
  return decodeWith(new FLACDecoder(), (decoder) => decoder.decodeFile(bytes));
}

/** libvorbis (@wasm-audio-decoders/ogg-vorbis 0.1), Ogg files, cut at the last page's granule position. */
export async function decodeOggVorbis(bytes: Uint8Array): Promise<DecodedSamples> {
  return decodeWith(new OggVorbisDecoder(), (decoder) => decoder.decodeFile(bytes));
}

/** Each call has a decoder of its own: their memory is freed with them, and damage in one file leaves nothing behind. */
async function decodeWith<D extends WasmDecoder>(
  decoder: D,
  decode: (decoder: D) => WasmAudio | Promise<WasmAudio>,
): Promise<DecodedSamples> {
  try {
    await decoder.ready;
    const { channelData, sampleRate } = await decode(decoder);
    // Copies: the libraries may hand out views of memory that ends with the decoder.
    return { channels: channelData.map((channel) => new Float32Array(channel)), sampleRate };
  } finally {
    await decoder.free();
  }
}
