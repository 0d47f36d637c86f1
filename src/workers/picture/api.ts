import type { AnalysisError } from '#core/errors.ts';
import type { Review } from '#core/library/record.ts';
import type { SpectrogramPyramid } from '#core/render/spectrogramPyramid.ts';
import type { AnalysisReport } from '#core/report/report.ts';
import type { Result } from '#core/result.ts';

/** How an archive picture is painted. */
export interface PictureLook {
  readonly language: 'en' | 'zh';
  readonly theme: 'light' | 'dark';
  /** Device pixels for a CSS pixel of the card. */
  readonly scale: 1 | 2;
  /** 0..1; 0 leaves the overlay out. */
  readonly overlayOpacity: number;
}

/** What an archive picture is made of. */
export interface PictureContent {
  readonly report: AnalysisReport;
  readonly review: Review;
  /** The first level is painted. */
  readonly picture: SpectrogramPyramid;
}

/** Served by `picture.worker.ts` over comlink. */
export interface PictureWorkerApi {
  /**
   * A PNG file with the result inside. Errors: `font-missing`, `out-of-memory`, `internal`.
   * @param fontAddress absolute address of a TrueType file of the page's own origin
   */
  compose(
    content: PictureContent,
    look: PictureLook,
    fontAddress: string,
  ): Promise<Result<Blob, AnalysisError>>;
}
