import { proxy, transfer } from 'comlink';
import { monoSource } from '#core/audio/downmix.ts';
import type { AudioContainer, PcmAudio } from '#core/audio/pcm.ts';
import { sniffAudio } from '#core/audio/sniffing.ts';
import { encodeWav16 } from '#core/audio/wavFile.ts';
import { analysisError, type AnalysisError } from '#core/errors.ts';
import type { TimedAttention } from '#core/explain/attentionGain.ts';
import { err, ok, type Result } from '#core/result.ts';
import { createAudioFileReader } from '#platform/decodeAudio.ts';
import { workerHandle } from '#platform/workerHandle.ts';
import type { DspWorkerApi } from '#workers/dsp/api.ts';

interface Stretch {
  readonly startSeconds: number;
  readonly endSeconds: number;
}

/**
 * Containers in which browsers seek to the very sample. In the others Chromium is up to a frame or two off (25 ms for MP3
 * with a constant or a variable rate, 24 ms and more for Ogg Vorbis and WebM), measured against the decoder.
 */
const seeksExactly: readonly AudioContainer[] = ['wav', 'flac', 'mp4', 'ogg-opus'];
/** The head of a file tells its container. */
const headBytes = 64 * 1024;

/** Work on this many samples at once, then let the page breathe: a few milliseconds. */
const samplesAtOnce = 1 << 17;
const bytesOfSample = 2;
const wavHeaderBytes = 44;

/** Lets what waits in the page have its turn. By a message, because timers are slow in pages that nobody sees. */
const breathe = (): Promise<void> =>
  new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(null);
  });

/** See the state's `RenderedSoundPort`. */
export async function exactSound(
  file: File,
  signal: AbortSignal,
): Promise<Result<Blob | null, AnalysisError>> {
  const head = await readHead(file);
  if (head === null) return err(analysisError('unreadable-file', `${file.name} cannot be read`));
  const header = sniffAudio(head);
  if (header.ok && seeksExactly.includes(header.value.container)) return ok(null);
  const decoded = await createAudioFileReader().decode(file, signal, () => undefined);
  if (!decoded.ok) return decoded;
  return wavOf(decoded.value.pcm, signal);
}

/** See the state's `RenderedSoundPort`. */
export async function weighedSound(
  file: File,
  attention: Omit<TimedAttention, 'startSeconds'>,
  stretch: Stretch | null,
  signal: AbortSignal,
  onProgress: (done: number) => void,
): Promise<Result<Blob, AnalysisError>> {
  const decoded = await createAudioFileReader().decode(file, signal, () => undefined);
  if (!decoded.ok) return decoded;
  // Decoding says nothing of its progress: it takes the first tenth of the bar.
  onProgress(decodingShare);
  const { sampleRate } = decoded.value.pcm;
  try {
    const total = decoded.value.pcm.channels[0]?.length ?? 0;
    const first = stretch === null ? 0 : Math.round(stretch.startSeconds * sampleRate);
    const end = stretch === null ? total : Math.min(total, Math.round(stretch.endSeconds * sampleRate));
    const samples = await monoOf(decoded.value.pcm, first, Math.max(first, end), signal);
    if (samples === null) return cancelled();
    const timed = { ...attention, startSeconds: first / sampleRate };
    const weighed = await weighInWorker(samples, sampleRate, timed, signal, (done) =>
      onProgress(decodingShare + done * (1 - decodingShare)),
    );
    if (!weighed.ok) return weighed;
    return await wavOf({ channels: [weighed.value], sampleRate }, signal, first, total);
  } catch (cause) {
    return err(analysisError('out-of-memory', `weighted sound: ${String(cause)}`));
  }
}

const decodingShare = 0.1;

async function readHead(file: File): Promise<Uint8Array<ArrayBuffer> | null> {
  try {
    return new Uint8Array(await file.slice(0, headBytes).arrayBuffer());
  } catch {
    return null;
  }
}

/** Samples `first` to `end` of the channels' mean; null where it was stopped. */
async function monoOf(
  pcm: PcmAudio,
  first: number,
  end: number,
  signal: AbortSignal,
): Promise<Float32Array<ArrayBuffer> | null> {
  const mono = monoSource(pcm.channels);
  const samples = new Float32Array(end - first);
  const piece = new Float64Array(Math.min(samplesAtOnce, samples.length));
  for (let at = 0; at < samples.length; at += piece.length) {
    const count = Math.min(piece.length, samples.length - at);
    mono.read(first + at, count, piece, 0);
    samples.set(piece.subarray(0, count), at);
    await breathe();
    if (signal.aborted) return null;
  }
  return samples;
}

/** In a worker of its own, so that the analysis of other files goes on beside it. */
async function weighInWorker(
  samples: Float32Array<ArrayBuffer>,
  sampleRate: number,
  attention: TimedAttention,
  signal: AbortSignal,
  onProgress: (done: number) => void,
): Promise<Result<Float32Array<ArrayBuffer>, AnalysisError>> {
  const worker = new Worker(new URL('../workers/dsp/dsp.worker.ts', import.meta.url), {
    type: 'module',
    name: 'dsp-weighing',
  });
  const handle = workerHandle<DspWorkerApi>(worker, 'dsp');
  const stop = (): void => handle.terminate();
  signal.addEventListener('abort', stop, { once: true });
  const answer = await handle.call<Result<Float32Array<ArrayBuffer>, AnalysisError>>(async (api) =>
    api.weigh(transfer(samples, [samples.buffer]), sampleRate, attention, proxy(onProgress)),
  );
  signal.removeEventListener('abort', stop);
  handle.terminate();
  if (signal.aborted) return cancelled();
  return answer.ok ? answer.value : answer;
}

/**
 * A 16-bit WAV file as a Blob, written piece by piece so that the page stays responsive.
 *
 * @param first where the channels begin on the timeline, in samples; what is before is silence
 * @param total length of the timeline in samples; what is missing after the channels is silence
 */
async function wavOf(
  { channels, sampleRate }: PcmAudio,
  signal: AbortSignal,
  first = 0,
  total = first + (channels[0]?.length ?? 0),
): Promise<Result<Blob, AnalysisError>> {
  const length = channels[0]?.length ?? 0;
  const blockBytes = channels.length * bytesOfSample;
  const header = encodeWav16(
    channels.map((samples) => samples.subarray(0, 0)),
    sampleRate,
  );
  const view = new DataView(header.buffer);
  view.setUint32(4, wavHeaderBytes - 8 + total * blockBytes, true);
  view.setUint32(40, total * blockBytes, true);
  const pieces: BlobPart[] = [header, ...silence(first * blockBytes)];
  for (let at = 0; at < length; at += samplesAtOnce / channels.length) {
    const end = Math.min(length, at + samplesAtOnce / channels.length);
    const wav = encodeWav16(
      channels.map((samples) => samples.subarray(at, end)),
      sampleRate,
    );
    // Each piece as a Blob of its own, which the browser may put away before the next is made.
    pieces.push(new Blob([wav.subarray(wavHeaderBytes)]));
    await breathe();
    if (signal.aborted) return cancelled();
  }
  pieces.push(...silence((total - first - length) * blockBytes));
  return ok(new Blob(pieces, { type: 'audio/wav' }));
}

/** So many zero bytes; a Blob that is named many times is kept once. */
function silence(bytes: number): readonly Blob[] {
  const piece = new Blob([new Uint8Array(1 << 20)]);
  return Array.from({ length: Math.ceil(bytes / piece.size) }, (_, index) =>
    piece.slice(0, Math.min(piece.size, bytes - index * piece.size)),
  );
}

function cancelled(): Result<never, AnalysisError> {
  return err(analysisError('cancelled', 'stopped before the sound was ready'));
}
