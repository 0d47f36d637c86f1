import type { DecodedFile } from '#core/audio/pcm.ts';
import type { AnalysisError } from '#core/errors.ts';
import type { BackendKind } from '#core/model/engine.ts';
import type { HostNotice, ModelLoadProgress, ModelLoadSummary } from '#core/model/loading.ts';
import type { Clock, FrontEndPort, ModelPort, PreparedTrack } from '#core/pipeline/ports.ts';
import type { AnalysisReport } from '#core/report/report.ts';
import type { Result } from '#core/result.ts';
import type { LogMelSpectrogram } from '#core/dsp/spectrogram.ts';
import type { LibraryPort } from '#state/library.ts';
import type { PlayerPort, RenderedSoundPort } from '#state/player.ts';

/** Reads, hashes, sniffs and decodes one file at its own rate. */
export interface AudioFilePort {
  decode(
    file: File,
    signal: AbortSignal,
    onStage: (stage: 'reading' | 'decoding') => void,
    /** Called once, between hashing and decoding, which waits for it: the place to recognise a file. */
    onHashed?: (sha256: string) => Promise<void>,
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

/** Small pictures for the library. */
export interface ThumbnailPort {
  /** A PNG file of `thumbnailWidth` x `thumbnailHeight` pixels, made when there is time; null where it cannot be. */
  paint(prepared: PreparedTrack): Promise<Uint8Array<ArrayBuffer> | null>;
}

/** Gives files to the person. */
export interface DownloadPort {
  /** As a download; the name may hold any characters that file systems take. */
  save(file: Blob, fileName: string): void;
}

/** What the browser says of its storage for this page. */
export interface StorageSpacePort {
  /** Bytes, as rough as the browser wants them to be; null where it does not say. */
  estimate(): Promise<{ readonly usedBytes: number; readonly quotaBytes: number } | null>;
}

/** Everything the actions need from the host. */
export interface HostPorts {
  readonly audio: AudioFilePort;
  readonly models: ModelLoaderPort;
  readonly frontEnd: FrontEndPort;
  readonly pictures: PictureExportPort;
  readonly library: LibraryPort;
  readonly thumbnails: ThumbnailPort;
  readonly downloads: DownloadPort;
  readonly space: StorageSpacePort;
  readonly player: PlayerPort;
  readonly sounds: RenderedSoundPort;
  readonly clock: Clock;
}
