import type { PcmAudio } from '#core/audio/pcm.ts';
import type { AnalysisError } from '#core/errors.ts';
import type { FrontEnd } from '#core/model/manifest.ts';
import type { PreparedTrack } from '#core/pipeline/ports.ts';
import type { Result } from '#core/result.ts';

/** Served by `dsp.worker.ts` over comlink. Failures are data: comlink drops error classes, codes and causes. */
export interface DspWorkerApi {
  /** Transfer the channel buffers; the tiles and the spectrogram come back as transfers. */
  prepare(pcm: PcmAudio, frontEnd: FrontEnd): Promise<Result<PreparedTrack, AnalysisError>>;
}
