import type { PreparedTrack } from '#core/pipeline/ports.ts';
import { renderThumbnail, thumbnailHeight, thumbnailWidth } from '#core/render/thumbnail.ts';

/** The track's small picture as a PNG file, painted when the page has nothing better to do; null where it cannot be. */
export async function paintThumbnail({ logMel }: PreparedTrack): Promise<Uint8Array<ArrayBuffer> | null> {
  await new Promise<void>((resolve) => {
    if ('requestIdleCallback' in globalThis) requestIdleCallback(() => resolve(), { timeout: 500 });
    else setTimeout(resolve, 0);
  });
  const canvas = document.createElement('canvas');
  canvas.width = thumbnailWidth;
  canvas.height = thumbnailHeight;
  const context = canvas.getContext('2d');
  if (context === null) return null;
  context.putImageData(new ImageData(renderThumbnail(logMel), thumbnailWidth, thumbnailHeight), 0, 0);
  const blob = await new Promise<Blob | null>((resolve) => canvas.toBlob(resolve, 'image/png'));
  return blob === null ? null : new Uint8Array(await blob.arrayBuffer());
}
