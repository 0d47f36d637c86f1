import type { AnalysisError } from '#core/errors.ts';
import type { IndexedPicture } from '#core/render/documentPicture.ts';
import type { ExportChoice } from '#core/report/exportChoice.ts';
import type { ExportedResult } from '#core/report/exportedResult.ts';
import type { Result } from '#core/result.ts';

/** A result with what there is to show of it in a document. */
export interface DocumentInput extends ExportedResult {
  readonly spectrogram: IndexedPicture | null;
  /** The library's small picture, a PNG file; used where there is no spectrogram. */
  readonly thumbnail: Uint8Array<ArrayBuffer> | null;
}

/** How documents are drawn. */
export interface DocumentLook {
  readonly language: 'en' | 'zh';
  /** [256 x 3] bytes, the colours of the spectrograms' entries. */
  readonly palette: Uint8Array<ArrayBuffer>;
  /** Contrast range in dB under the loudest point. */
  readonly floorDb: number;
  readonly ceilingDb: number;
  /** 0..1; 0 leaves the overlay out. */
  readonly overlayOpacity: number;
}

/** An export that is done: one file, or a zip of several. */
export interface FinishedExport {
  readonly blob: Blob;
  readonly fileName: string;
}

/** Served by `exports.worker.ts` over comlink: begin, one add a result, finish. Failures are data. */
export interface ExportsWorkerApi {
  /** @param font the TrueType font of documents; null where the choice has none */
  begin(choice: ExportChoice, look: DocumentLook, font: Uint8Array<ArrayBuffer> | null): void;
  /** Transfer the spectrogram's entries. */
  add(result: DocumentInput): Promise<Result<void, AnalysisError>>;
  /** @param onPage told after each page of a document; a comlink proxy */
  finish(onPage: (pagesDone: number, pages: number) => void): Promise<Result<FinishedExport, AnalysisError>>;
}
