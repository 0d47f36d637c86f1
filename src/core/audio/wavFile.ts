/** Bytes of the header of a plain PCM file: RIFF, fmt, data. */
const headerBytes = 44;

/**
 * A WAV file of 16-bit PCM (RIFF, format tag 1, channels interleaved). Samples outside -1..1 are clipped, 1 becomes 32 767;
 * what is not a number becomes 0.
 *
 * @param channels One array a channel, all of one length, nominally -1..1; at least one.
 * @param sampleRate In whole hertz.
 * @throws RangeError for channels that differ in length, for none, and for a file of 4 GiB or more, which RIFF cannot say.
 */
export function encodeWav16(
  channels: readonly (Float32Array | Float64Array)[],
  sampleRate: number,
): Uint8Array<ArrayBuffer> {
  const frames = channels[0]?.length ?? 0;
  const blockBytes = 2 * channels.length;
  const dataBytes = frames * blockBytes;
  if (channels.length === 0 || channels.some(({ length }) => length !== frames)) {
    throw new RangeError(`channels of ${channels.map(({ length }) => length).join(', ')} samples`);
  }
  if (dataBytes + headerBytes >= 2 ** 32) throw new RangeError(`${dataBytes} bytes of samples in a WAV file`);
  const view = new DataView(new ArrayBuffer(headerBytes + dataBytes));
  const ascii = (offset: number, text: string): void => {
    for (let i = 0; i < text.length; i += 1) view.setUint8(offset + i, text.charCodeAt(i));
  };
  ascii(0, 'RIFF');
  view.setUint32(4, headerBytes - 8 + dataBytes, true);
  ascii(8, 'WAVEfmt ');
  view.setUint32(16, 16, true);
  view.setUint16(20, 1, true);
  view.setUint16(22, channels.length, true);
  view.setUint32(24, sampleRate, true);
  view.setUint32(28, sampleRate * blockBytes, true);
  view.setUint16(32, blockBytes, true);
  view.setUint16(34, 16, true);
  ascii(36, 'data');
  view.setUint32(40, dataBytes, true);
  for (const [index, samples] of channels.entries()) {
    let at = headerBytes + 2 * index;
    for (let frame = 0; frame < frames; frame += 1, at += blockBytes) {
      const sample = samples[frame]!;
      view.setInt16(at, Math.round(Math.max(-1, Math.min(1, sample)) * 32_767), true);
    }
  }
  return new Uint8Array(view.buffer);
}
