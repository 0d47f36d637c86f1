import type { ColormapName } from '#core/render/colormaps.ts';
import type { SpectrogramPyramid } from '#core/render/spectrogramPyramid.ts';
import type { ExportedResult } from '#core/report/exportedResult.ts';

/** The formats of an export, in the order in which they are offered. */
export const exportFormats = ['csv', 'json', 'jsonl', 'audacity', 'raven', 'pdf'] as const;
export type ExportFormat = (typeof exportFormats)[number];

/** What a person chose to export. */
export interface ExportChoice {
  /** At least one. */
  readonly formats: readonly ExportFormat[];
  /** Of genres and documents. */
  readonly language: 'en' | 'zh';
  /** CSV begins with U+FEFF. */
  readonly byteOrderMark: boolean;
  /** CSV has a second table, one row a window. */
  readonly windowsTable: boolean;
}

/** Results that one PDF holds: more than anybody reads, and a minute of work. */
export const mostDocumentResults = 1000;

/** How documents show spectrogram and overlay: as the page does. */
export interface ExportLook {
  readonly colormap: ColormapName;
  /** Contrast range in dB under the loudest point. */
  readonly floorDb: number;
  readonly ceilingDb: number;
  /** 0..1; 0 leaves the overlay out. */
  readonly overlayOpacity: number;
}

/** A result on its way into an export. */
export interface ExportInput extends ExportedResult {
  /** Null where the audio is not open. */
  readonly picture: SpectrogramPyramid | null;
  /** The library's small picture, a PNG file; null where there is none. */
  readonly thumbnail: Uint8Array<ArrayBuffer> | null;
}
