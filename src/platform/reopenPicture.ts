import { type AnalysisError, analysisError } from '#core/errors.ts';
import { parseReview } from '#core/library/parseReview.ts';
import type { Review } from '#core/library/record.ts';
import { cardPlaces } from '#core/render/card.ts';
import { thumbnailHeight, thumbnailWidth } from '#core/render/thumbnail.ts';
import { parseReport } from '#core/report/parseReport.ts';
import { isPng, pictureLimits, readPngText, reportKeyword, reviewKeyword } from '#core/report/pngText.ts';
import type { AnalysisReport } from '#core/report/report.ts';
import { err, ok, type Result } from '#core/result.ts';

/** What an archive picture gives back. */
export interface ReopenedPicture {
  readonly report: AnalysisReport;
  readonly review: Review;
  /** Address of the picture itself, good until `releasePicture`; null where the pixels cannot be decoded. */
  readonly address: string | null;
  /** A PNG of the spectrogram for the library; null where the pixels cannot be decoded. */
  readonly thumbnail: Uint8Array<ArrayBuffer> | null;
}

/**
 * Reads the result out of an archive picture that may come from anybody. The numbers count: where they are whole and the
 * pixels are not, the result is reopened without its picture.
 *
 * Errors: `unreadable-file`, `empty-file`, `file-too-large`, `not-our-picture`, `picture-damaged`, `report-invalid`,
 * `report-too-new`. Never throws.
 */
export async function reopenPicture(file: File): Promise<Result<ReopenedPicture, AnalysisError>> {
  if (file.size === 0) return err(analysisError('empty-file', 'a picture of 0 bytes'));
  if (file.size > pictureLimits.fileBytes)
    return err(
      analysisError('file-too-large', `a picture of ${file.size} bytes`, {
        bytes: file.size,
        limitBytes: pictureLimits.fileBytes,
      }),
    );
  let bytes: Uint8Array<ArrayBuffer>;
  try {
    bytes = new Uint8Array(await file.arrayBuffer());
  } catch (cause) {
    return err(analysisError('unreadable-file', String(cause)));
  }
  if (!isPng(bytes)) return err(analysisError('not-our-picture', 'no PNG signature'));
  const json = readPngText(bytes, reportKeyword);
  if (!json.ok) return json;
  if (json.value === null) return err(analysisError('not-our-picture', `no chunk ${reportKeyword}`));
  const report = parseReport(json.value);
  if (!report.ok) return report;
  const review = readReview(bytes, report.value);
  if (!review.ok) return review;
  return ok({ report: report.value, review: review.value, ...(await pixelsOf(file)) });
}

function readReview(bytes: Uint8Array, report: AnalysisReport): Result<Review, AnalysisError> {
  const json = readPngText(bytes, reviewKeyword);
  if (!json.ok) return json;
  try {
    const value: unknown = json.value === null ? null : JSON.parse(json.value);
    return parseReview(value, report.model.labels);
  } catch (cause) {
    return err(analysisError('picture-damaged', `the review is no JSON: ${String(cause)}`));
  }
}

async function pixelsOf(file: File): Promise<Pick<ReopenedPicture, 'address' | 'thumbnail'>> {
  let bitmap: ImageBitmap;
  try {
    bitmap = await createImageBitmap(file);
  } catch {
    return { address: null, thumbnail: null };
  }
  const thumbnail = await thumbnailOf(bitmap).catch(() => null);
  bitmap.close();
  return { address: URL.createObjectURL(file), thumbnail };
}

/** The spectrogram of the card, small. */
async function thumbnailOf(bitmap: ImageBitmap): Promise<Uint8Array<ArrayBuffer> | null> {
  const scale = bitmap.width / 1600;
  const { x, y, width, height } = cardPlaces.plot;
  if (bitmap.height < (y + height) * scale) return null;
  const canvas = document.createElement('canvas');
  canvas.width = thumbnailWidth;
  canvas.height = thumbnailHeight;
  const context = canvas.getContext('2d');
  if (context === null) return null;
  context.imageSmoothingQuality = 'high';
  context.drawImage(
    bitmap,
    x * scale,
    y * scale,
    width * scale,
    height * scale,
    0,
    0,
    thumbnailWidth,
    thumbnailHeight,
  );
  const blob = await new Promise<Blob | null>((resolve) => canvas.toBlob(resolve, 'image/png'));
  return blob === null ? null : new Uint8Array(await blob.arrayBuffer());
}
