import type { DecodedFile } from '#core/audio/pcm.ts';
import type { AnalysisError } from '#core/errors.ts';
import type { BackendKind } from '#core/model/engine.ts';
import type { HostNotice, ModelLoadProgress, ModelLoadSummary } from '#core/model/loading.ts';
import type { Clock, FrontEndPort, ModelPort, PreparedTrack } from '#core/pipeline/ports.ts';
import type { Review } from '#core/library/record.ts';
import type { SpectrogramPyramid } from '#core/render/spectrogramPyramid.ts';
import type { ExportChoice, ExportInput, ExportLook } from '#core/report/exportChoice.ts';
import type { AnalysisReport } from '#core/report/report.ts';
import type { Result } from '#core/result.ts';
import type { LibraryPort } from '#state/library.ts';
import type { PlayerPort, RenderedSoundPort } from '#state/player.ts';
import type { OfflinePort } from '#state/offline.ts';

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

/** How an archive picture is painted. */
export interface PictureLook {
  readonly language: 'en' | 'zh';
  readonly theme: 'light' | 'dark';
  /** Device pixels for a CSS pixel of the card. */
  readonly scale: 1 | 2;
  /** 0..1; 0 leaves the overlay out. */
  readonly overlayOpacity: number;
}

/** A finished picture and the name that it wants. */
export interface ComposedPicture {
  readonly fileName: string;
  readonly png: Blob;
}

export interface PictureExportPort {
  /** Paints the archive picture of a result; the same input gives the same bytes. */
  compose(
    content: {
      readonly report: AnalysisReport;
      readonly review: Review;
      readonly picture: SpectrogramPyramid;
    },
    look: PictureLook,
  ): Promise<Result<ComposedPicture, AnalysisError>>;
}

/** Where pictures go. */
export type ArchiveFolder =
  /** The browser has no folders to give: pictures are downloads. */
  | { readonly kind: 'unsupported' }
  | { readonly kind: 'none' }
  | { readonly kind: 'ready'; readonly name: string }
  /** Chosen before; the browser wants to hear again that the page may write there. */
  | { readonly kind: 'asks'; readonly name: string };

/** The folder of archive pictures, and the way back from a picture to its result. */
export interface ArchivePort extends PictureExportPort {
  /** What stands with the folder now, without asking anybody. */
  folder(): Promise<ArchiveFolder>;
  /** Lets the person pick one; null where they thought better of it. Call from a person's action. */
  chooseFolder(): Promise<Result<ArchiveFolder, AnalysisError> | null>;
  /** Asks once more for the folder that was chosen before. Call from a person's action. */
  allowFolder(): Promise<ArchiveFolder>;
  forgetFolder(): Promise<void>;
  /**
   * Writes into the folder under a name that nothing there has. Errors: `folder-denied`, `folder-gone`, `folder-failed`.
   */
  write(picture: ComposedPicture): Promise<Result<{ readonly fileName: string }, AnalysisError>>;
  /** Reads a result out of a picture that may come from anybody. */
  reopen(file: File): Promise<
    Result<
      {
        readonly report: AnalysisReport;
        readonly review: Review;
        /** Address of the picture; null where its pixels cannot be shown. */
        readonly address: string | null;
        readonly thumbnail: Uint8Array<ArrayBuffer> | null;
      },
      AnalysisError
    >
  >;
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

/** An export under way: results one after another, then the file. */
export interface ExportSession {
  add(input: ExportInput): Promise<Result<void, AnalysisError>>;
  /** @param onPage told after each page of a document */
  finish(
    onPage: (pagesDone: number, pages: number) => void,
  ): Promise<Result<{ readonly blob: Blob; readonly fileName: string }, AnalysisError>>;
  /** Stops it; calls in flight end with `cancelled`. */
  cancel(): void;
}

/** Writes exports. */
export interface ExportPort {
  open(choice: ExportChoice, look: ExportLook): Promise<Result<ExportSession, AnalysisError>>;
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
  readonly pictures: ArchivePort;
  readonly library: LibraryPort;
  readonly thumbnails: ThumbnailPort;
  readonly downloads: DownloadPort;
  readonly exports: ExportPort;
  readonly space: StorageSpacePort;
  readonly player: PlayerPort;
  readonly sounds: RenderedSoundPort;
  readonly offline: OfflinePort;
  readonly clock: Clock;
}
