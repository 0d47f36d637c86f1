import { proxy, transfer } from 'comlink';
import type { AnalysisError } from '#core/errors.ts';
import { colormaps } from '#core/render/colormaps.ts';
import { indexedSpectrogram } from '#core/render/documentPicture.ts';
import type { ExportChoice, ExportInput, ExportLook } from '#core/report/exportChoice.ts';
import { ok, type Result } from '#core/result.ts';
import { archiveFontBytes } from '#platform/archiveFont.ts';
import { workerHandle } from '#platform/workerHandle.ts';
import type { ExportsWorkerApi, FinishedExport } from '#workers/exports/api.ts';

/** Columns of a spectrogram on a page: 167 dots an inch over the width of the plot. */
const documentColumns = 1120;

const startWorker = (): Worker =>
  new Worker(new URL('../workers/exports/exports.worker.ts', import.meta.url), {
    type: 'module',
    name: 'exports',
  });

/** Same shape as the state's `ExportSession`. */
export interface RunningExport {
  add(input: ExportInput): Promise<Result<void, AnalysisError>>;
  finish(onPage: (pagesDone: number, pages: number) => void): Promise<Result<FinishedExport, AnalysisError>>;
  cancel(): void;
}

/**
 * Starts an export in a worker of its own, which ends with the export. The page's share for each result is the message
 * and, for documents, the reduction of its spectrogram: a few milliseconds.
 *
 * Errors: `font-missing` where the choice has a document and its font cannot be loaded. Calls on a cancelled export end
 * with `cancelled`; a worker that dies with `internal` or `out-of-memory`.
 */
export async function openExport(
  choice: ExportChoice,
  look: ExportLook,
): Promise<Result<RunningExport, AnalysisError>> {
  const hasDocument = choice.formats.includes('pdf');
  const font = hasDocument ? await archiveFontBytes() : null;
  if (font?.ok === false) return font;
  const worker = workerHandle<ExportsWorkerApi>(startWorker(), 'exports');
  const { floorDb, ceilingDb, overlayOpacity } = look;
  const begun = await worker.call(async (api) =>
    api.begin(
      choice,
      {
        language: choice.language,
        palette: colormaps[look.colormap],
        floorDb,
        ceilingDb,
        overlayOpacity,
      },
      font === null ? null : font.value,
    ),
  );
  if (!begun.ok) {
    worker.terminate();
    return begun;
  }
  return ok({
    async add({ report, review, picture, thumbnail }) {
      const spectrogram =
        hasDocument && picture !== null ? indexedSpectrogram(picture, documentColumns, look) : null;
      const input = { report, review, spectrogram, thumbnail: hasDocument ? thumbnail : null };
      const moved = spectrogram === null ? input : transfer(input, [spectrogram.entries.buffer]);
      const answer = await worker.call<Result<void, AnalysisError>>(async (api) => api.add(moved));
      return answer.ok ? answer.value : answer;
    },
    async finish(onPage) {
      const answer = await worker.call<Result<FinishedExport, AnalysisError>>(async (api) =>
        api.finish(proxy(onPage)),
      );
      worker.terminate();
      return answer.ok ? answer.value : answer;
    },
    cancel: () => worker.terminate(),
  });
}
