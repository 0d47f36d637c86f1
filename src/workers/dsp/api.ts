import type { PcmAudio } from '#core/audio/pcm.ts';
import type { TrackDescriptors } from '#core/descriptors/trackDescriptors.ts';
import type { AnalysisError } from '#core/errors.ts';
import type { TimedAttention } from '#core/explain/attentionGain.ts';
import type { FrontEnd } from '#core/model/manifest.ts';
import type { PreparedTrack } from '#core/pipeline/ports.ts';
import type { Result } from '#core/result.ts';

/** Served by `dsp.worker.ts` over comlink. Failures are data: comlink drops error classes, codes and causes. */
export interface DspWorkerApi {
  /** Transfer the channel buffers; the spectrogram and its picture come back as transfers. */
  prepare(pcm: PcmAudio, frontEnd: FrontEnd): Promise<Result<PreparedTrack, AnalysisError>>;
  /**
   * `describeTrack` of the track that was prepared last. Its samples stay in the worker until this is answered, the next
   * track comes, or half a minute has gone by; then it is `internal`.
   */
  describe(): Promise<Result<TrackDescriptors, AnalysisError>>;
  /**
   * Sound weighted by the attention on it (`weighByAttention`), in the worker; ending the worker is how to stop it. Transfer
   * the samples: mono at `sampleRate`, from `attention.startSeconds` on; they come back as a transfer, as many.
   *
   * @param onProgress The part that is done, 0 to 1; a comlink proxy.
   */
  weigh(
    samples: Float32Array<ArrayBuffer>,
    sampleRate: number,
    attention: TimedAttention,
    onProgress?: (done: number) => void,
  ): Promise<Result<Float32Array<ArrayBuffer>, AnalysisError>>;
}
