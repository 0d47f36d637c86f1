import type { AnalysisError } from '#core/errors.ts';
import { cardPlaces } from '#core/render/card.ts';
import { pyramidLevelFor, type SpectrogramPyramid } from '#core/render/spectrogramPyramid.ts';
import { exportFileName } from '#core/report/exportedResult.ts';
import { ok, type Result } from '#core/result.ts';
import { archiveFontAddress } from '#platform/archiveFont.ts';
import { workerHandle, type WorkerHandle } from '#platform/workerHandle.ts';
import type { PictureContent, PictureLook, PictureWorkerApi } from '#workers/picture/api.ts';

export type { PictureContent, PictureLook };

/** A finished picture and the name that it wants. */
export interface ComposedPicture {
  readonly fileName: string;
  readonly png: Blob;
}

/** A worker that nobody asks any more is ended: font and canvas keep some 50 MB. */
const idleMilliseconds = 60_000;

let worker: WorkerHandle<PictureWorkerApi> | null = null;
let running = 0;
let ending: ReturnType<typeof setTimeout> | undefined;

const startWorker = (): WorkerHandle<PictureWorkerApi> =>
  workerHandle<PictureWorkerApi>(
    new Worker(new URL('../workers/picture/picture.worker.ts', import.meta.url), {
      type: 'module',
      name: 'picture',
    }),
    'picture',
  );

/**
 * The archive picture of a result: ribbon, spectrogram, overlay, bars, verdict, file, model and time, with the whole
 * report as JSON in an iTXt chunk of the keyword `acousticsense.report` and what a person said of it in one of
 * `acousticsense.review`. Painted in a worker.
 *
 * The same content and look give the same bytes on every run of one browser (`paintCard`). Another version of the browser
 * may compress the same pixels to other bytes; scripts that the bundled font lacks are drawn with what the machine has.
 *
 * Errors: `font-missing`, `out-of-memory`, `internal`.
 */
export async function composePicture(
  content: PictureContent,
  look: PictureLook,
  fontAddress: string = archiveFontAddress,
): Promise<Result<ComposedPicture, AnalysisError>> {
  const handle = (worker ??= startWorker());
  running += 1;
  clearTimeout(ending);
  const sent = { ...content, picture: oneLevel(content.picture, look.scale) };
  const answer = await handle.call(async (api) =>
    api.compose(sent, look, new URL(fontAddress, location.href).href),
  );
  running -= 1;
  if (handle.crashed) {
    handle.terminate();
    if (worker === handle) worker = null;
  } else if (running === 0) {
    ending = setTimeout(() => {
      worker?.terminate();
      worker = null;
    }, idleMilliseconds);
  }
  if (!answer.ok) return answer;
  if (!answer.value.ok) return answer.value;
  return ok({ fileName: pictureFileName(content.report.file.name), png: answer.value.value });
}

/** Name of the picture: the audio file's, without what file systems refuse, at most 100 characters. */
export const pictureFileName = (audioName: string): string => exportFileName(audioName, 'acousticsense.png');

/** The level that has about a column for each pixel of the card: the others need not be copied to the worker. */
function oneLevel(picture: SpectrogramPyramid, scale: number): SpectrogramPyramid {
  const level = pyramidLevelFor(picture, picture.nFrames / (cardPlaces.plot.width * scale));
  return { ...picture, levels: picture.levels.slice(level, level + 1) };
}
