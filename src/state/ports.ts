import type { DecodedFile } from '#core/audio/pcm.ts';
import type { AnalysisError } from '#core/errors.ts';
import type { BackendKind } from '#core/model/engine.ts';
import type { HostNotice, ModelLoadProgress, ModelLoadSummary } from '#core/model/loading.ts';
import type { Clock, FrontEndPort, ModelPort } from '#core/pipeline/ports.ts';
import type { AnalysisReport } from '#core/report/report.ts';
import type { Result } from '#core/result.ts';
import type { LogMelSpectrogram } from '#core/dsp/spectrogram.ts';

/** Reads, hashes, sniffs and decodes one file at its own rate. */
export interface AudioFilePort {
  decode(
    file: File,
    signal: AbortSignal,
    onStage: (stage: 'reading' | 'decoding') => void,
  ): Promise<Result<DecodedFile, AnalysisError>>;
}

export interface OpenModelOptions {
  /** Only this backend; without it the chain WebGPU, WASM with threads, WASM with one thread. */
  readonly forcedBackend?: Extract<BackendKind, 'webgpu' | 'wasm'>;
  /** Threads of the WASM backend; without it as many as the machine and the isolation of the page allow. */
  readonly threads?: number;
  onProgress(progress: ModelLoadProgress): void;
  onReady(summary: ModelLoadSummary): void;
  onNotice(notice: HostNotice): void;
}

export interface ModelLoaderPort {
  /**
   * Fetches and validates the manifest; the weights load when `engine()` is first called. A WebGPU device that is lost
   * later is replaced by the next backend: `onNotice` and `onReady` are called again.
   */
  open(modelId: string, options: OpenModelOptions): Promise<Result<ModelPort, AnalysisError>>;
}

/** Composes the archive picture and gives it to the person as a download. */
export interface PictureExportPort {
  save(
    report: AnalysisReport,
    spectrogram: LogMelSpectrogram,
    options: {
      readonly language: 'en' | 'zh';
      readonly overlayOpacity: number;
      readonly theme: 'light' | 'dark';
    },
  ): Promise<Result<{ readonly fileName: string }, AnalysisError>>;
}

/** Everything the actions need from the host. */
export interface HostPorts {
  readonly audio: AudioFilePort;
  readonly models: ModelLoaderPort;
  readonly frontEnd: FrontEndPort;
  readonly pictures: PictureExportPort;
  readonly clock: Clock;
}
